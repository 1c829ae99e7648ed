"""A stand-in for the language pipeline: three words a slot, found by a regular expression.

What reads, stores, prints and runs flows is tested on it in milliseconds; tests of the real pipeline are
beside the rooms they test.
"""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Iterable, Iterator

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from pipeline.records import CellRole, Document, Evidence, Mention, MentionType, TherapyRole, Triple

# A shell that starts the tests in the background lets them ignore an interrupt, and what they start ignores it too.
if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    and threading.current_thread() is threading.main_thread()
):
    signal.signal(signal.SIGINT, signal.default_int_handler)

WORDS = {
    MentionType.CELL: r"Kupffer cells|macrophages|neutrophils",
    MentionType.MECHANISM: r"fibrosis|exhaustion|metastasis",
    MentionType.THERAPY: r"CSF1R blockade|radiotherapy|imatinib",
}
POISON = "a text that breaks the pipeline"


def annotate(nlp: Language, documents: Iterable[Document], batch_size: int) -> Iterator[tuple[Document, Doc]]:
    for document in documents:
        if POISON in document.text:
            raise RuntimeError("the parser\nchoked")
        yield document, nlp.make_doc(document.text)


def sentences(document: Document) -> list[Evidence]:
    found = re.finditer(r"[^.\n]+\.?", document.text)
    return [
        Evidence(match.start(), match.end(), index, match.group(), "abstract")
        for index, match in enumerate(found)
    ]


def mentions_of(doc: Doc, document: Document) -> list[Mention]:
    return [
        Mention(
            start, end, document.text[start:end], kind, source="test", sentence_index=sentence.sentence_index
        )
        for sentence in sentences(document)
        for kind, pattern in WORDS.items()
        for match in re.finditer(pattern, sentence.sentence)
        for start, end in [(sentence.start + match.start(), sentence.start + match.end())]
    ]


def triples_of(doc: Doc, document: Document, mentions: Iterable[Mention] = ()) -> list[Triple]:
    triples = []
    for sentence in sentences(document):
        here = [m for m in mentions_of(doc, document) if m.sentence_index == sentence.sentence_index]
        by_type = {kind: [m for m in here if m.type == kind] for kind in WORDS}
        for mechanism in by_type[MentionType.MECHANISM]:
            cell = next(iter(by_type[MentionType.CELL]), None)
            therapy = next(iter(by_type[MentionType.THERAPY]), None)
            if cell or therapy:
                triples.append(
                    Triple(
                        mechanism,
                        sentence,
                        cell,
                        CellRole.DRIVES if cell else None,
                        therapy,
                        TherapyRole.INHIBITS if therapy else None,
                        negated="not" in sentence.sentence,
                        speculated="may" in sentence.sentence,
                        confidence=0.8,
                        rules=("test",),
                    )
                )
    return triples


def load(model: str | None = None, lexicon: object = None, *, parse_all: bool = False) -> Language:
    if model is not None:
        raise OSError(f"no model {model!r} is installed; install it or leave --model out.")
    return spacy.blank("en")


STAND_INS = {
    "pipeline.annotate.load": load,
    "pipeline.annotate.annotate": annotate,
    "pipeline.annotate.mentions_of": mentions_of,
    "pipeline.relate.triples_of": triples_of,
}

COMMAND = """
import importlib, sys
from tests.conftest import STAND_INS
for path, stand_in in STAND_INS.items():
    module, name = path.rsplit(".", 1)
    setattr(importlib.import_module(module), name, stand_in)
from pipeline.cli import main
main()
"""
"""What `kupffer` is with the stand-in, for a process of its own: ``python -c COMMAND extract ...``."""


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[Language]:
    """Put the stand-in in the place of `pipeline.annotate` and `pipeline.relate`; gives an empty pipeline."""
    from pipeline import extraction

    for path, stand_in in STAND_INS.items():
        monkeypatch.setattr(path, stand_in, raising=False)
    extraction.loaded.cache_clear()
    yield load()
    extraction.loaded.cache_clear()
