"""Every setting of the program, once. Nothing else reads the environment.

Each field can be given as an environment variable with the prefix ``KUPFFER_``:
``KUPFFER_MAX_CHARACTERS=500000 kupffer extract paper.pdf``.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.runner_names import Runner


class Settings(BaseSettings):
    """Settings with their defaults; see each field's description."""

    model_config = SettingsConfigDict(env_prefix="KUPFFER_", frozen=True)

    corpus: Path = Field(Path("corpus"), description="Folder that the refresh flow reads.")
    outputs: Path = Field(Path("outputs"), description="Folder that the refresh flow writes.")
    model: str | None = Field(None, description="An installed scispaCy model to take mentions from.")
    lexicon: Path | None = Field(None, description="A TSV of your own terms, added to ours.")
    parse_all: bool = Field(
        False, description="Parse every sentence, not only those that can hold a triple: slower by half."
    )
    max_characters: int = Field(
        1_000_000, gt=0, description="Longest text of one document, in characters; longer is a failure row."
    )
    max_seconds: float = Field(
        60.0,
        gt=0,
        description="Most processor time of one document to read, and again to work on; then a failure row.",
    )
    max_file_bytes: int = Field(
        2_000_000_000, gt=0, description="Largest unpacked input, in bytes, that a reader takes in."
    )
    pdf_memory_bytes: int = Field(
        768 << 20,
        ge=128 << 20,
        description="Memory of the process that reads PDFs; what needs more is a failure row.",
    )
    batch_documents: int = Field(64, gt=0, description="Documents that one task of the flow handles.")
    runner: Runner = Field(Runner.PROCESSES, description="Where they are handled: serial, processes or dask.")
    few_characters: int = Field(
        250_000,
        ge=0,
        description="Less text than this is handled in one process: it is done before others have loaded the model.",
    )
    workers: int | None = Field(None, gt=0, description="Processes that work; one for each core by default.")
    dask_address: str | None = Field(
        None, description="A Dask scheduler (tcp://host:8786) in place of a cluster on this machine."
    )
    notify_url: SecretStr | None = Field(
        None, description='Webhook (Slack, Mattermost) that is sent {"text": …} when a refresh fails.'
    )
    keep_runs: int = Field(5, gt=0, description="Runs whose tables are kept, to go back to them.")
    language: str = Field("en", description="ISO 639-1 code of the texts to keep; others are failure rows.")
    europepmc_url: str = Field(
        "https://www.ebi.ac.uk/europepmc/webservices/rest",
        pattern=r"^https?://",
        description="Base address of Europe PMC's Articles RESTful API.",
    )
    eutils_url: str = Field(
        "https://eutils.ncbi.nlm.nih.gov/entrez/eutils",
        pattern=r"^https?://",
        description="Base address of NCBI's E-utilities.",
    )
    tool: str = Field("kupffer", pattern=r"^\S+$", description="Name that NCBI is told; no spaces.")
    email: str | None = Field(
        None,
        pattern=r"^\S+@\S+$",
        description="Your address, for both services to write to before they block.",
    )
    ncbi_api_key: SecretStr | None = Field(
        None, description="NCBI key: 10 requests a second in place of 3; from your NCBI account."
    )
    fetch_timeout_seconds: float = Field(
        60.0, gt=0, description="How long a service may be silent before the request is tried again."
    )
    fetch_attempts: int = Field(6, gt=0, description="How often one request is tried before it is given up.")


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read from the environment once."""
    return Settings()
