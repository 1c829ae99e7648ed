"""The manifest: which files are the tables of the current run, and which runs are kept beside it.

outputs/manifest.json            the current run; replaced by one rename, which is the moment of change
outputs/.runs/<run>/             the files of one run, never changed once they are there
outputs/triples/part-00000.parquet   the current run's table under its fixed name, for plain readers
"""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.store.files import write_whole
from pipeline.store.schema import SchemaError

MANIFEST = "manifest.json"
RUNS = ".runs"
REPORTS = "runs"

_RUN = r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{4}"
RunId = Annotated[str, Field(pattern=f"^{_RUN}$")]


class Stored(BaseModel):
    """One file of a run: its path in the output folder, its rows and its size in bytes."""

    model_config = ConfigDict(frozen=True)

    # A manifest names files of its own folder and no others, whoever wrote it.
    file: str = Field(pattern=rf"^\.runs/{_RUN}/[a-z][a-z_]*\.(parquet|json)$")
    rows: int = Field(ge=0)
    bytes: int = Field(ge=0)


class Manifest(BaseModel):
    """What ``manifest.json`` holds. ``history`` lists the kept runs, the newest first, this one among them."""

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    run: RunId
    written_at: datetime
    kind: str = Field("extract", description="what made the run: refresh, extract or compact")
    tables: dict[str, Stored]
    state: dict[str, Stored] = Field(
        default_factory=dict, description="tables for the next run: what was done"
    )
    report: Stored | None = Field(None, description="the run's report, as in runs/<run>.json")
    versions: dict[str, str] = Field(
        default_factory=dict, description="fingerprints of reader, model, rules and claims"
    )
    counts: dict[str, int] = Field(default_factory=dict, description="documents by state and by work")
    history: tuple[RunId, ...] = ()


def new_run(now: datetime | None = None) -> str:
    """A name for a run that sorts by time: ``20261125T030000Z-1f2e``."""
    return f"{(now or datetime.now(UTC)).strftime('%Y%m%dT%H%M%SZ')}-{secrets.token_hex(2)}"


def is_run(name: str) -> bool:
    """Whether ``name`` has the form of a run's.

    >>> is_run("20261125T030000Z-1f2e"), is_run("../etc")
    (True, False)
    """
    return re.fullmatch(_RUN, name) is not None


def read_manifest(outputs: Path) -> Manifest | None:
    """The manifest of an output folder, or None where there is none.

    Raises:
        SchemaError: it is not one, or a newer Kupffer's.
    """
    return _read(outputs / MANIFEST)


def run_manifest(outputs: Path, run: str) -> Manifest | None:
    """The manifest that ``run`` was committed with, or None where it is not kept."""
    return _read(outputs / RUNS / run / MANIFEST) if is_run(run) else None


def _read(path: Path) -> Manifest | None:
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "its JSON"
        raise SchemaError(
            f"{path}: not a manifest that this Kupffer can follow ({where}: {first['msg']}); update Kupffer, "
            "or move the file away to go on with the tables as they are."
        ) from None


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Put ``manifest`` under ``path`` by one rename."""
    write_whole(path, manifest.model_dump_json(indent=1, exclude_none=True).encode() + b"\n")
