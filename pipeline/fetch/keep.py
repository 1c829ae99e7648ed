"""From what a source sent to files and manifest: read before it is kept, in place whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from pipeline.fetch.found import Absent, Record
from pipeline.fetch.manifest import INCOMING, Entry, Manifest, sha256, write_synced
from pipeline.fetch.report import QueryReport
from pipeline.read import read
from pipeline.records import Document, Failure
from pipeline.settings import Settings

# What is wrong with these is the paper and not the transfer: to ask again would bring the same.
_NO_TEXT_FOR_US = frozenset({"no-abstract", "no-text", "language", "too-long", "too-large"})


class Keeper:
    """Takes the items of one run into one folder, whose lock the caller holds."""

    def __init__(
        self, manifest: Manifest, report: QueryReport, settings: Settings, now: Callable[[], datetime]
    ) -> None:
        self._manifest = manifest
        self._report = report
        self._settings = settings
        self._now = now
        self._incoming = manifest.folder / INCOMING
        self._by_file = {entry.file: key for key, entry in manifest.held()}
        self.seen: set[str] = set()
        self.passing = False
        self.refused: dict[
            str, tuple[str, str]
        ] = {}  # by key: code and sentence, for who asked for that paper
        shutil.rmtree(self._incoming, ignore_errors=True)  # what a run that was cut had not looked into

    def take(self, item: Record | Absent) -> None:
        """Keep a record that is new or changed; let go of one that its source no longer has."""
        self.seen.add(item.key)
        if isinstance(item, Record):
            self._keep(item)
        else:
            self._without(item)

    def let_go(self, key: str, reason: str) -> None:
        """Mark a held record as deleted and remove its file."""
        self._manifest.mark_deleted(key, reason, self._now())
        self._report.deleted += 1

    def _without(self, item: Absent) -> None:
        entry = self._manifest.records.get(item.key)
        if item.passing:
            self.passing = True
            self._report.fail(item.key, item.why, item.message)
            return
        self.refused[item.key] = (item.why, item.message)
        if item.gone and entry is not None and entry.deleted_at is None:
            self.let_go(item.key, item.why)
        else:
            self._report.skipped[item.why] += 1

    def _keep(self, record: Record) -> None:
        manifest, path = self._manifest, self._manifest.folder / record.file
        old = manifest.records.get(record.key)
        held = old is not None and old.deleted_at is None
        digest = sha256(record.data)
        if old is not None and held and (old.sha256, old.file) == (digest, record.file) and path.is_file():
            manifest.records[record.key] = replace(old, fetched_at=self._now(), version=record.version)
            self._report.unchanged += 1
            self._report.files[record.key] = path
            return
        document = self._read(record)
        if document is None:
            return
        (self._incoming / record.file).replace(path)
        if old is not None and held and old.file != record.file:
            (manifest.folder / old.file).unlink(missing_ok=True)  # the abstract whose full text came
        # A paper that was known by its PMCID and now has a PMID, too.
        if (other := self._by_file.get(record.file)) not in (None, record.key):
            manifest.records.pop(str(other), None)
            held = True
        self._by_file[record.file] = record.key
        manifest.records[record.key] = Entry(
            record.source,
            record.id,
            record.file,
            digest,
            self._now(),
            record.version,
            record.license or document.license,
        )
        self._report.files[record.key] = path
        if held:
            self._report.changed += 1
        else:
            self._report.new += 1

    def _read(self, record: Record) -> Document | None:
        """The document in a record, read from where it waits; None where it must not be kept."""
        self._incoming.mkdir(exist_ok=True)
        waiting = self._incoming / record.file
        write_synced(waiting, record.data)
        results = list(read([waiting], settings=self._settings))
        result = results[0] if len(results) == 1 else None
        if isinstance(result, Document):
            if record.key in (result.doc_id, result.pmid, result.pmcid):
                return result
            self._report.fail(
                record.key, "other-paper", f"{record.id}: {record.source} sent another paper: run it again."
            )
        elif isinstance(result, Failure) and result.error in _NO_TEXT_FOR_US:
            self._report.skipped[result.error] += 1
            self.refused[record.key] = (result.error, result.message.replace(str(waiting), record.id))
        else:
            message = result.message if isinstance(result, Failure) else f"{len(results)} papers in one file."
            reason = message.replace(str(waiting), record.file)
            self._report.fail(record.key, "unreadable", f"{record.id} was not kept: {reason}")
        waiting.unlink()
        return None

    def close(self) -> None:
        """Remove what waited, and count what is held."""
        shutil.rmtree(self._incoming, ignore_errors=True)
        self._report.held = sum(1 for _ in self._manifest.held())
