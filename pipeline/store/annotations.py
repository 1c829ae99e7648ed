"""Annotated texts kept for the next run: what the model found, so that changed rules need no parsing.

    outputs/.annotations/<sha256>.spacy    a spaCy DocBin of some documents, named by its content

A shard holds what ``pipeline.relate`` reads: words, tags, the tree, lemmas, and the plain data in ``doc._``
(mentions, abbreviations, terms). It is msgpack throughout: reading one runs nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from struct import pack
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.store.files import write_whole

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from spacy.tokens import Doc, DocBin, Span
    from spacy.vocab import Vocab

ANNOTATIONS = ".annotations"

_ATTRIBUTES = ("TAG", "POS", "MORPH", "LEMMA", "DEP", "HEAD")  # sentences follow from the heads
_KEPT = ("mentions", "abbreviations", "terms")
_SUFFIX = ".spacy"
_NAME_CHARACTERS = 40


class Shard:
    """Some annotated documents on their way to a file."""

    def __init__(self) -> None:
        from spacy.tokens import DocBin

        self._bin = DocBin(attrs=_ATTRIBUTES, store_user_data=True)
        self.parsed: list[bool] = []  # whether a document has a tree

    def __len__(self) -> int:
        return len(self._bin)

    def add(self, doc: Doc) -> None:
        """Take a document. It loses its span groups and its triples: spans are made again from the mentions."""
        for group in list(doc.spans):
            del doc.spans[group]
        doc.user_data = {
            key: value for key, value in doc.user_data.items() if key[0] == "._." and key[1] in _KEPT
        }
        self._bin.add(doc)
        self.parsed.append(not _without_tree(doc.to_array("DEP")))

    def extend(self, other: Shard) -> None:
        """Take the documents of another shard, after one's own."""
        self._bin.merge(other._bin)
        self.parsed += other.parsed

    def to_bytes(self) -> bytes:
        """The shard as its file holds it."""
        return self._bin.to_bytes()


class Flat(NamedTuple):
    """What is stored of a text that has no tree: where its sentences begin and its mentions, in characters."""

    length: int
    starts: list[int]
    mentions: Sequence[dict[str, Any]]


def stored_docs(shard: bytes, places: Sequence[int], vocab: Vocab) -> Iterator[Doc | Flat]:
    """The documents at ``places`` of a shard, ready for ``pipeline.relate``.

    One without a tree, nearly every second of MEDLINE's, can hold no relation: it is not made a Doc again.

    Raises:
        ValueError, IndexError: the shard is not one.
    """
    from spacy.tokens import DocBin

    kept = _only(DocBin(store_user_data=True).from_bytes(shard), places)
    data = _unpacked(kept.user_data)
    kept.user_data = []
    flat = _flat(kept, data)
    docs = _only(kept, [place for place, one in enumerate(flat) if one is None]).get_docs(vocab)
    for one, user_data in zip(flat, data, strict=True):
        if one is not None:
            yield one
            continue
        doc = next(docs)
        for (_, name, *_), value in user_data.items():
            doc._.set(name, value)
        doc.spans["mentions"] = [_span(doc, row) for row in doc._.mentions or ()]
        yield doc


def _flat(kept: DocBin, data: Sequence[dict[Any, Any]]) -> list[Flat | None]:
    """For each document what `Flat` says, or None where it has a tree."""
    import numpy as np
    from spacy.attrs import DEP, HEAD, ORTH
    from spacy.strings import get_string_id

    attributes = list(kept.attrs)
    orth, head, dep = (attributes.index(attribute) for attribute in (ORTH, HEAD, DEP))
    lengths = {get_string_id(string): len(string) for string in kept.strings}
    found: list[Flat | None] = []
    for words, spaces, user_data in zip(kept.tokens, kept.spaces, data, strict=True):
        if not _without_tree(words[:, dep]):
            found.append(None)
            continue
        sizes = np.array([lengths[word] for word in words[:, orth].tolist()], dtype=np.int64)
        ends = np.cumsum(sizes + np.ravel(spaces))
        # All words of a sentence hang on its first.
        starts = (ends - sizes - np.ravel(spaces))[words[:, head] == 0]
        mentions = next((value for (_, name, *_), value in user_data.items() if name == "mentions"), None)
        found.append(Flat(int(ends[-1]) if len(ends) else 0, starts.tolist(), mentions or ()))
    return found


def _without_tree(labels: NDArray[Any]) -> bool:
    """Whether a text's words, by their labels in the tree, were not parsed."""
    import numpy as np
    from spacy.strings import get_string_id

    from pipeline.annotate.syntax import UNPARSED

    return bool((labels == np.uint64(get_string_id(UNPARSED))).all())


def _span(doc: Doc, row: dict[str, Any]) -> Span:
    span = doc.char_span(row["start"], row["end"], label=row["type"], kb_id=row["id"] or "")
    if span is None:
        raise ValueError(f"no words at characters {row['start']} to {row['end']}")
    return span


def _only(kept: DocBin, places: Sequence[int]) -> DocBin:
    for part in ("tokens", "spaces", "cats", "flags", "span_groups", "user_data"):
        if whole := getattr(kept, part):
            setattr(kept, part, [whole[place] for place in places])
    return kept


def _unpacked(user_data: Sequence[bytes | None]) -> Sequence[dict[Any, Any]]:
    """The documents' plain data, all in one msgpack list: each call of srsly's reader costs 2 ms before it reads."""
    import srsly

    parts = [one or b"\x80" for one in user_data]
    return srsly.msgpack_loads(pack(">BI", 0xDD, len(parts)) + b"".join(parts), use_list=False)


def merged(parts: Iterable[tuple[bytes, Sequence[int]]]) -> bytes:
    """One shard of (shard, places in it), in order."""
    from spacy.tokens import DocBin

    whole = Shard()
    for shard, places in parts:
        one = Shard()
        one._bin = _only(DocBin(store_user_data=True).from_bytes(shard), places)
        whole.extend(one)
    return whole.to_bytes()


class AnnotationFolder:
    """The shards of an output folder."""

    def __init__(self, outputs: Path) -> None:
        self.folder = outputs / ANNOTATIONS
        self._names = {path.stem for path in self.folder.glob(f"[!.]*{_SUFFIX}")}
        self._last: tuple[str, bytes | None] = ("", None)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def put(self, shard: bytes) -> str:
        """Write a shard and give its name."""
        name = hashlib.sha256(shard).hexdigest()[:_NAME_CHARACTERS]
        if name not in self._names:
            self.folder.mkdir(exist_ok=True)
            write_whole(self.folder / f"{name}{_SUFFIX}", shard)
            self._names.add(name)
        return name

    def get(self, name: str) -> bytes | None:
        """A shard, or None where it is not there or not what it was."""
        if self._last[0] != name:
            data = None
            with suppress(OSError):
                data = (self.folder / f"{name}{_SUFFIX}").read_bytes() if name in self._names else None
            if data is not None and hashlib.sha256(data).hexdigest()[:_NAME_CHARACTERS] != name:
                data = None
            self._last = (name, data)
        return self._last[1]

    def keep_only(self, names: Collection[str]) -> None:
        """Remove the shards that are not among ``names``, and what a killed run left."""
        for path in self.folder.glob(f"*{_SUFFIX}*"):
            if path.stem not in names or path.name.startswith("."):
                path.unlink(missing_ok=True)
        self._names &= set(names)
