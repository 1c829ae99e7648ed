"""From text to mentions: the bundled model, its components, and grounding by the lexicon.

``load`` gives a spaCy Language; ``annotate`` runs it over documents; ``mentions_of`` reads the result as records.
"""

from __future__ import annotations

import warnings
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from pipeline import checksums
from pipeline.annotate import (  # noqa: F401 (they register)
    abbreviations,
    encode,
    heads,
    mentions,
    pieces,
    sentences,
    syntax,
    terms,
)
from pipeline.annotate.syntax import parse_rest
from pipeline.records import Document, Mention, MentionType

__all__ = [
    "MODEL",
    "abbreviations",
    "annotate",
    "heads",
    "load",
    "mentions",
    "mentions_in",
    "mentions_of",
    "parse_rest",
    "section_of",
]

MODEL = Path(__file__).parent / "model"

_TYPES = {type_.value: type_ for type_ in MentionType}  # to ask an enumeration costs five times as much

KNOWN_WORDS = 40_000
"""Words that a model goes on knowing, and ways to cut them that its tokenizer does (spaCy: 10,000)."""


class ModelError(ValueError):
    """No such model; the message says how to install one."""


def load(model: str | None = None, lexicon: Path | None = None, *, parse_all: bool = False) -> Language:
    """The whole annotation pipeline as a spaCy Language; no relations in it yet.

    Args:
        parse_all: parse every sentence, not only those that can hold a triple.
        model: name of an installed scispaCy model to take entities from beside our own, e.g. "en_ner_bionlp13cg_md".
        lexicon: TSV of the user's own terms.

    Raises:
        ModelError: ``model`` is not installed.
        pipeline.checksums.ChecksumError: a file of the bundled model is not the one that was shipped.
        pipeline.lexicon.LexiconError: ``lexicon`` is not well-formed.
    """
    checksums.verify(MODEL)
    with warnings.catch_warnings():
        # scispaCy's tokenizer patterns hold "[[": Python warns that a later version may read them otherwise.
        warnings.filterwarnings("ignore", "Possible set union", FutureWarning)
        nlp = spacy.load(MODEL)
    encode.frees_its_steps(nlp.get_pipe("parser").model)  # type: ignore[attr-defined]
    nlp.tokenizer.max_cache_size = KNOWN_WORDS  # type: ignore[union-attr]
    own = {"lexicon": None if lexicon is None else str(lexicon)}
    nlp.add_pipe("kupffer_terms", config=own, before="kupffer_recognizer")
    if not parse_all:
        nlp.add_pipe("kupffer_sentences", after="kupffer_paragraphs")
        for part in syntax.PARTS:
            nlp.disable_pipe(part)
    nlp.add_pipe("kupffer_abbreviations")
    if model is not None:
        from pipeline.annotate.guest import NotInstalled

        try:
            nlp.add_pipe("kupffer_guest", config={"model": model})
        except NotInstalled as error:
            raise ModelError(str(error)) from None
    if not parse_all:
        nlp.add_pipe("kupffer_syntax", config=own)
    nlp.add_pipe("kupffer_mentions", config=own)
    return nlp


def annotate(
    nlp: Language, documents: Iterable[Document], batch_size: int = 16
) -> Iterator[tuple[Document, Doc]]:
    """Documents with their annotated Docs, in order; ``batch_size`` is the most documents that are read together.

    The strings met are forgotten with each batch's memory zone, so read what you need before asking for the next.
    """
    for batch in pieces.together(documents, batch_size):
        if len(batch) == 1 and len(batch[0].text) > pieces.MOST:
            yield batch[0], pieces.in_pieces(nlp, batch[0].text)
        else:
            docs = nlp.pipe(
                [pieces.words_of(nlp, document.text) for document in batch], batch_size=len(batch)
            )
            yield from zip(batch, docs, strict=True)


def mentions_of(doc: Doc, document: Document) -> list[Mention]:
    """The mentions of an annotated Doc as records, in the order of the text."""
    starts = [doc[start].idx for start, _ in sentences.sentence_bounds(doc)]
    return mentions_in(document, doc._.mentions or (), starts)


def mentions_in(document: Document, rows: Iterable[dict[str, Any]], starts: Sequence[int]) -> list[Mention]:
    """Mentions as a Doc keeps them, as records; ``starts`` are those of its sentences, in characters."""
    return [
        Mention(
            start=row["start"],
            end=row["end"],
            text=row["text"],
            type=_TYPES[row["type"]],
            id=row["id"],
            name=row["name"],
            source=row["source"],
            score=row["score"],
            section=section_of(document, row["start"]),
            sentence_index=max(0, bisect_right(starts, row["start"]) - 1),
        )
        for row in rows
    ]


def section_of(document: Document, offset: int) -> str | None:
    """The name of the section that the character stands in."""
    place = bisect_right(document.sections, offset, key=lambda section: section.start) - 1
    return document.sections[place].name if place >= 0 and offset < document.sections[place].end else None
