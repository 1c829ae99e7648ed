"""From mentions to triples: rules over the sentence's graph, a scorer, and the rows they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacy.language import Language
from spacy.tokens import Doc

from pipeline.annotate import mentions_of, section_of
from pipeline.records import CellRole, Document, Evidence, Level, Mention, TherapyRole, Triple
from pipeline.relate.grammar import rules
from pipeline.relate.scorer import scorers
from pipeline.relate.triples import relate
from pipeline.relate.words import words

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["prepare", "relate", "triples_of"]

if not Doc.has_extension("triples"):
    Doc.set_extension("triples", default=None)


def prepare() -> None:
    """Read rules, word lists and weights now, not with the first text."""
    words()
    rules()
    scorers()


@Language.component("kupffer_relations", assigns=["doc._.triples"])
def mark_triples(doc: Doc) -> Doc:
    """Set ``doc._.triples``: rows of plain data, so that DocBin, to_bytes and n_process keep working."""
    doc._.triples = relate(doc)
    return doc


def triples_of(doc: Doc, document: Document, mentions: Sequence[Mention] | None = None) -> list[Triple]:
    """The triples of an annotated and related Doc as records; relates the Doc first where nobody has."""
    rows = doc._.triples if doc._.triples is not None else relate(doc)
    known = {
        (m.start, m.end, m.type.value): m
        for m in (mentions if mentions is not None else mentions_of(doc, document))
    }
    out = []
    text = document.text  # the Doc's is put together from its words each time
    for row in rows:
        cell, mechanism, therapy = (
            known[(*row[slot], slot.upper())] if row[slot] else None
            for slot in ("cell", "mechanism", "therapy")
        )
        assert mechanism is not None  # relate() makes no row without one
        start, end = row["evidence"]
        out.append(
            Triple(
                mechanism=mechanism,
                evidence=Evidence(
                    start, end, row["sentence_index"], text[start:end], section_of(document, start)
                ),
                cell=cell,
                cell_role=CellRole(row["cell_role"]) if row["cell_role"] else None,
                therapy=therapy,
                therapy_role=TherapyRole(row["therapy_role"]) if row["therapy_role"] else None,
                negated=row["negated"],
                speculated=row["speculated"],
                negation_cue=row["negation_cue"],
                speculation_cue=row["speculation_cue"],
                confidence=row["confidence"],
                level=Level(row["level"]),
                link=row["link"],
                rules=tuple(row["rules"]),
            )
        )
    return out
