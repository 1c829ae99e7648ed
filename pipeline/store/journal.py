"""The journal of a run: which texts it has annotated and where they lie, for the run after a crash."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from pipeline.store.annotations import ANNOTATIONS
from pipeline.store.files import sync
from pipeline.store.ledger import Entry
from pipeline.store.plan import Stored


class Journal:
    """One line of JSON a text: the text's hash, the model's fingerprint, shard, place, parsed, the model's name.

    Attributes:
        found: What a killed run has left, by text and model; a line that was cut is passed over.
    """

    def __init__(self, outputs: Path) -> None:
        self._path = outputs / ANNOTATIONS / "journal.jsonl"
        self.found: dict[tuple[str, str], Stored] = {}
        if not self._path.is_file():
            return
        for line in self._path.read_text("utf-8", errors="replace").splitlines():
            try:
                text, annotate, shard, place, parsed, model_version = json.loads(line)
                stored = Stored(str(shard), int(place), bool(parsed), str(model_version))
                self.found[str(text), str(annotate)] = stored
            except (ValueError, TypeError):
                continue

    def write(self, entries: Iterable[Entry]) -> None:
        """Note what was annotated."""
        with self._path.open("a", encoding="utf-8") as journal:
            for e in entries:
                line = (e.text, e.annotate, e.shard, e.place, e.parsed, e.model_version)
                journal.write(json.dumps(line) + "\n")
        sync(self._path)

    def remove(self) -> None:
        """The run is the current one: its ledger knows all this."""
        self._path.unlink(missing_ok=True)
