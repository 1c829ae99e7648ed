"""From one run to the next: the manifest first, by one rename, then the fixed names, one by one.

Whoever follows the manifest changes from run to run at its rename. Whoever reads ``outputs/triples`` sees one
file, whole, of this run or of the last; no name of it is ever missing. A run that is killed between the two is
finished by `recover`, which every writer begins with. All of it happens under the folder's lock.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.store.files import put, shared, sync
from pipeline.store.lock import only_writer
from pipeline.store.manifest import (
    MANIFEST,
    REPORTS,
    RUNS,
    Manifest,
    Stored,
    read_manifest,
    run_manifest,
    write_manifest,
)
from pipeline.store.reading import table_files
from pipeline.store.schema import TABLES

PART = "part-00000.parquet"


def commit(outputs: Path, staged: Path, manifest: Manifest) -> None:
    """Make the run in the folder ``staged`` the current one, or leave the last and raise.

    Raises:
        OSError: the disk is full or the folder is not ours to write; the last run's tables are whole.
    """
    last = read_manifest(outputs)
    home = outputs / RUNS / manifest.run
    home.parent.mkdir(exist_ok=True)
    write_manifest(staged / MANIFEST, manifest)
    os.replace(staged, home)  # noqa: PTH105
    sync(home.parent)
    try:
        for name, _ in _fixed(manifest):
            (outputs / name).parent.mkdir(exist_ok=True)
        write_manifest(outputs / MANIFEST, manifest)
        place(outputs, manifest)
    except OSError:
        # Back to the last run, as far as the disk lets us; `recover` does the rest next time.
        with suppress(OSError):
            if last is not None:
                write_manifest(outputs / MANIFEST, last)
                place(outputs, last)
            shutil.rmtree(home)
        raise
    forget(outputs, manifest)


def place(outputs: Path, manifest: Manifest) -> None:
    """Let the fixed names be ``manifest``'s run; touches nothing where they are already."""
    changed = set()
    for name, item in _fixed(manifest):
        target = outputs / name
        target.parent.mkdir(exist_ok=True)
        if not shared(outputs / item.file, target):
            put(outputs / item.file, target)
            changed.add(target.parent)
    for stray in _strays(outputs, manifest):
        stray.unlink()
        changed.add(stray.parent)
    for folder in changed:
        sync(folder)


def recover(outputs: Path) -> None:
    """Finish what a killed run had begun, or undo it: afterwards the folder is one run's, and nothing else's."""
    for left_behind in outputs.glob(".writing-*"):
        shutil.rmtree(left_behind)
    manifest = read_manifest(outputs)
    if manifest is not None and all((outputs / item.file).exists() for _, item in _fixed(manifest)):
        place(outputs, manifest)
    forget(outputs, manifest)


def forget(outputs: Path, manifest: Manifest | None) -> None:
    """Remove the files of runs that ``manifest`` does not keep."""
    kept = set(manifest.history) if manifest is not None else set()
    if (outputs / RUNS).is_dir():
        for folder in (outputs / RUNS).iterdir():
            if folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)


def kept_runs(outputs: Path) -> list[Manifest]:
    """The runs that can be brought back, the newest first; the current one among them."""
    manifest = read_manifest(outputs)
    history = manifest.history if manifest is not None else ()
    return [kept for run in history if (kept := run_manifest(outputs, run)) is not None]


def rollback(outputs: Path, run: str) -> Manifest:
    """Make the kept ``run`` the current one. The runs after it stay, so that this can be undone.

    Raises:
        KeyError: ``run`` is not kept.
        Busy: a run is being written.
        OSError: the folder is not ours to write.
    """
    with only_writer(outputs):
        current, wanted = read_manifest(outputs), run_manifest(outputs, run)
        if current is None or wanted is None or run not in current.history:
            raise KeyError(run)
        manifest = wanted.model_copy(update={"history": current.history})
        write_manifest(outputs / MANIFEST, manifest)
        place(outputs, manifest)
    return manifest


def _fixed(manifest: Manifest) -> list[tuple[str, Stored]]:
    """(path under its fixed name, file) of all that a run shows."""
    fixed = [(f"{table}/{PART}", item) for table, item in manifest.tables.items()]
    if manifest.report is not None:
        fixed.append((f"{REPORTS}/{manifest.run}.json", manifest.report))
    return fixed


def _strays(outputs: Path, manifest: Manifest) -> list[Path]:
    """Tables that runs made and this one did not: of earlier versions, or of a run that had more tables.

    What others keep in the folder, curators' corrections above all, is theirs.
    """
    ours = {*TABLES, *manifest.tables}
    for folder in (outputs / RUNS).glob("*"):
        known = run_manifest(outputs, folder.name)
        ours.update(known.tables if known is not None else ())
    strays = []
    for table in sorted(ours):
        for file in table_files(outputs, table):
            if table in manifest.tables and file.name == PART:
                continue
            with suppress(pa.ArrowInvalid, OSError):
                if (pq.read_schema(file).metadata or {}).get(b"kupffer_table") == table.encode():
                    strays.append(file)
    return strays
