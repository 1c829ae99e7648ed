"""Every setting of the program, once. Nothing else reads the environment.

Each field can be given as an environment variable with the prefix ``KUPFFER_``:
``KUPFFER_MAX_CHARACTERS=500000 kupffer extract paper.pdf``.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings with their defaults; see each field's description."""

    model_config = SettingsConfigDict(env_prefix="KUPFFER_", frozen=True)

    corpus: Path = Field(Path("corpus"), description="Folder that the refresh flow reads.")
    outputs: Path = Field(Path("outputs"), description="Folder that the refresh flow writes.")
    model: str | None = Field(None, description="An installed scispaCy model to take mentions from.")
    lexicon: Path | None = Field(None, description="A TSV of your own terms, added to ours.")
    max_characters: int = Field(
        1_000_000, gt=0, description="Longest text of one document, in characters; longer is a failure row."
    )
    max_file_bytes: int = Field(
        2_000_000_000, gt=0, description="Largest unpacked input, in bytes, that a reader takes in."
    )
    batch_documents: int = Field(64, gt=0, description="Documents that one task of the flow handles.")
    keep_runs: int = Field(5, gt=0, description="Runs whose tables are kept, to go back to them.")
    language: str = Field("en", description="ISO 639-1 code of the texts to keep; others are failure rows.")


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read from the environment once."""
    return Settings()
