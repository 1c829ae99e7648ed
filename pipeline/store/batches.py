"""What a task of a refresh is given."""

from __future__ import annotations

from pipeline.records import Document
from pipeline.store.annotations import AnnotationFolder
from pipeline.store.plan import Stored


class Batch(list[Document]):
    """Documents for one task, with the sum of their characters.

    With ``stored``, (shard, places in it) for one stretch of them after the other.
    """

    stored: tuple[tuple[bytes, tuple[int, ...]], ...] = ()
    characters = 0


class StoredBatch:
    """A batch of documents whose annotations are stored, with the shards that hold them and their characters."""

    def __init__(self, annotations: AnnotationFolder) -> None:
        self._annotations = annotations
        self._documents: list[Document] = []
        self._stretches: list[tuple[str, bytes, list[int]]] = []
        self.characters = 0

    def __len__(self) -> int:
        return len(self._documents)

    def add(self, document: Document, stored: Stored) -> bool:
        """Take a document, or say that its shard cannot be used."""
        if not self._stretches or self._stretches[-1][0] != stored.shard:
            data = self._annotations.get(stored.shard)
            if data is None:
                return False
            self._stretches.append((stored.shard, data, []))
        self._stretches[-1][2].append(stored.place)
        self._documents.append(document)
        self.characters += len(document.text)
        return True

    def batch(self) -> Batch:
        batch = Batch(self._documents)
        batch.stored = tuple((data, tuple(places)) for _, data, places in self._stretches)
        return batch
