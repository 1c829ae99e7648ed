"""The current run again in as few pieces as it needs, and nothing kept beside it."""

from __future__ import annotations

from pathlib import Path

from pipeline.store.annotations import AnnotationFolder, merged
from pipeline.store.ledger import LEDGER, Entry, Ledger, as_table
from pipeline.store.listings import LISTINGS
from pipeline.store.schema import TABLES
from pipeline.store.staged import Staged
from pipeline.store.update import keep_annotations
from pipeline.store.writer import Writer

_DOCUMENTS_A_SHARD = 512


def compact(outputs: Path | str) -> tuple[int, int]:
    """Write the current run's tables and annotations anew and let go of earlier runs; gives bytes before, after.

    Raises:
        FileNotFoundError: there is no run.
        Busy, SchemaError, OSError: as `Writer`.
    """
    folder = Path(outputs)
    before = _size(folder)
    with Writer(folder, kind="compact", keep=1, stage=_others) as writer:
        last = writer.last
        if last is None:
            raise FileNotFoundError(f"{folder}: no tables here; run `kupffer refresh` first.")
        writer.afterwards = lambda: keep_annotations(folder)
        for table in TABLES:
            if last.has(table):
                for piece in last.pieces(table, 0, last.rows(table)):
                    writer.carry(table, piece)
        ledger = Ledger.of(last)
        if ledger.entries:
            entries = _in_few_shards(list(ledger.entries.values()), AnnotationFolder(folder))
            writer.remember(LEDGER, as_table(entries))
            writer.remember(LISTINGS, last.table(LISTINGS))
            if last.manifest is not None:
                writer.versions, writer.summary = last.manifest.versions, last.manifest.counts
    return before, _size(folder)


def _others(staged: Staged) -> None:
    """Tables that stages of a refresh added, and the report, are the new run's too."""
    last = staged.last
    if last is None or last.manifest is None:
        return
    for name in last.names:
        if name not in TABLES and name in last.manifest.tables:
            staged.copy(name, last)
    if last.manifest.report is not None:
        staged.copy_report(last.folder / last.manifest.report.file)


def _in_few_shards(entries: list[Entry], annotations: AnnotationFolder) -> list[Entry]:
    """The entries with their annotations side by side, without those that no document has any more."""
    new: list[Entry] = []
    for start in range(0, len(entries), _DOCUMENTS_A_SHARD):
        some = entries[start : start + _DOCUMENTS_A_SHARD]
        parts: list[tuple[bytes, list[int]]] = []
        current, places = None, 0
        for entry in some:
            data = annotations.get(entry.shard) if entry.shard is not None else None
            if data is None or entry.place is None:
                new.append(entry._replace(shard=None, place=None))
                continue
            if current != entry.shard:
                parts.append((data, []))
                current = entry.shard
            parts[-1][1].append(entry.place)
            new.append(entry._replace(shard="", place=places))
            places += 1
        if parts:
            name = annotations.put(merged(parts))
            new[start:] = [e._replace(shard=name) if e.shard == "" else e for e in new[start:]]
    return new


def _size(folder: Path) -> int:
    """Bytes of the tables and annotations, each file once however many names it has."""
    files = {}
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and ".prefect" not in path.parts:
            status = path.stat()
            files[status.st_dev, status.st_ino] = status.st_size
    return sum(files.values())
