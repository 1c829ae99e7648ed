"""Records -> rows (plain dicts, in the columns' order), and the identity of a triple."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from pipeline import __version__
from pipeline.records import Document, Failure, Level, Mention, Section, Triple, utc_now

Row = dict[str, Any]

DECIMALS = 3
"""Scores are rounded to this, so that two machines' last bits do not make two tables."""

_ID_CHARACTERS = 20  # 80 bits: a clash among a hundred million triples has odds of one in 10^8


def document_row(document: Document) -> Row:
    """The row of ``documents``."""
    return {
        "doc_id": document.doc_id,
        "pmid": document.pmid,
        "pmcid": document.pmcid,
        "doi": document.doi,
        "title": document.title,
        "journal": document.journal,
        "year": document.year,
        "authors": list(document.authors),
        "publication_types": list(document.publication_types),
        "language": document.language,
        "license": document.license,
        "retracted": document.retracted,
        "source": document.source,
        "text": document.text,
        "sections": [section._asdict() for section in document.sections],
        "text_sha256": document.text_sha256,
        "read_at": document.read_at,
    }


def document_of(row: Row) -> Document:
    """The document that `document_row` made ``row`` of."""
    fields = {name: value for name, value in row.items() if name != "text_sha256"}
    fields |= {
        "sections": tuple(Section(**section) for section in row["sections"]),
        "authors": tuple(row["authors"]),
        "publication_types": tuple(row["publication_types"]),
    }
    return Document(**fields)


def mention_rows(
    document: Document, mentions: Iterable[Mention], triples: Iterable[Triple] = ()
) -> list[Row]:
    """The rows of ``mentions`` of one document: no repeats, in text order, longest first.

    Every slot of ``triples`` is among them, whether or not the caller listed it: tables are joined on it.
    """
    listed = chain((slot for triple in triples for slot in _slots(triple)), mentions)
    distinct = {(mention.start, -mention.end, str(mention.type)): mention for mention in listed}
    return [_mention_row(document.doc_id, distinct[key]) for key in sorted(distinct)]


def _mention_row(doc_id: str, mention: Mention) -> Row:
    return {
        "doc_id": doc_id,
        "section": mention.section,
        "sentence_index": mention.sentence_index,
        "start": mention.start,
        "end": mention.end,
        "text": mention.text,
        "type": str(mention.type),
        "id": mention.id,
        "name": mention.name,
        "source": mention.source,
        "score": round(mention.score, DECIMALS),
    }


def triple_rows(document: Document, triples: Iterable[Triple], model_version: str = "") -> list[Row]:
    """The rows of ``triples`` of one document, in text order, each ``triple_id`` once.

    A sentence that stands twice in a document says its triples twice, under one id: the row kept is
    the asserted before the linked, the plain before the speculated, the surer, then the earlier.
    """
    now = utc_now()
    distinct: dict[str, Triple] = {}
    for triple in sorted(triples, key=_preference):
        distinct.setdefault(triple_id(document.doc_id, triple), triple)
    return [
        {
            "triple_id": identifier,
            "doc_id": document.doc_id,
            "section": triple.evidence.section,
            "sentence_index": triple.evidence.sentence_index,
            "sentence": triple.evidence.sentence,
            **_slot("cell", triple.cell),
            "cell_role": _text(triple.cell_role),
            **_slot("mechanism", triple.mechanism),
            **_slot("therapy", triple.therapy),
            "therapy_role": _text(triple.therapy_role),
            "negated": triple.negated,
            "negation_cue": triple.negation_cue,
            "speculated": triple.speculated,
            "speculation_cue": triple.speculation_cue,
            "confidence": round(triple.confidence, DECIMALS),
            "level": str(triple.level),
            "link": triple.link,
            "rules": sorted(set(triple.rules)),
            "evidence_start": triple.evidence.start,
            "evidence_end": triple.evidence.end,
            "pipeline_version": __version__,
            "model_version": model_version,
            "extracted_at": now,
        }
        for identifier, triple in sorted(distinct.items(), key=lambda item: _place(item[1]))
    ]


def failure_row(failure: Failure) -> Row:
    """The row of ``failures``."""
    return {
        "doc_id": failure.doc_id,
        "path": failure.path,
        "stage": failure.stage,
        "error": failure.error,
        "message": failure.message,
        "at": failure.at,
    }


def triple_id(doc_id: str, triple: Triple) -> str:
    """What names a statement in every run: a hash of the document, its evidence and its slots with roles.

    Offsets, versions, confidence and order stay out, so that a corrected typo elsewhere in the text, or
    a better model, keeps the id. Speculation and level stay out too. Negation enters only when it is
    true: a sentence may affirm and deny the same slots ("in mice, not in man"), and that is two rows.
    """
    parts: list[str | None] = [
        doc_id,
        triple.evidence.sentence,
        triple.cell.text if triple.cell else None,
        _text(triple.cell_role),
        triple.mechanism.text,
        triple.therapy.text if triple.therapy else None,
        _text(triple.therapy_role),
    ]
    if triple.negated:
        parts.append("negated")
    # A length before each part, so that no two lists of parts run together into one string.
    plain = "".join("-;" if part is None else f"{len(part)}:{part};" for part in parts)
    return hashlib.sha256(plain.encode()).hexdigest()[:_ID_CHARACTERS]


def misplaced(document: Document, mentions: Sequence[Mention], triples: Sequence[Triple]) -> str | None:
    """The first offset that does not give its text, in words, or None when the contract holds."""
    spans = [(mention.start, mention.end, mention.text, str(mention.type)) for mention in mentions]
    for triple in triples:
        evidence = triple.evidence
        spans.append((evidence.start, evidence.end, evidence.sentence, "evidence"))
        spans += [(slot.start, slot.end, slot.text, str(slot.type)) for slot in _slots(triple)]
    for start, end, text, what in spans:
        if not 0 <= start < end <= len(document.text) or document.text[start:end] != text:
            return f"the {what} {text!r} does not stand at characters {start} to {end}"
    return None


def _slots(triple: Triple) -> list[Mention]:
    return [slot for slot in (triple.cell, triple.mechanism, triple.therapy) if slot is not None]


def _slot(name: str, mention: Mention | None) -> Row:
    return {
        f"{name}_text": mention.text if mention else None,
        f"{name}_start": mention.start if mention else None,
        f"{name}_end": mention.end if mention else None,
        f"{name}_id": mention.id if mention else None,
        f"{name}_name": mention.name if mention else None,
    }


def _text(value: object | None) -> str | None:
    return None if value is None else str(value)


def _place(triple: Triple) -> tuple[object, ...]:
    """Text order, total: what decides between two triples never depends on who found them first."""
    edges = [(slot.start, slot.end) if slot else (-1, -1) for slot in (triple.cell, triple.therapy)]
    return (
        triple.evidence.start,
        triple.evidence.end,
        triple.mechanism.start,
        triple.mechanism.end,
        *edges,
        str(triple.cell_role),
        str(triple.therapy_role),
        triple.negated,
    )


def _preference(triple: Triple) -> tuple[object, ...]:
    surest = -round(triple.confidence, DECIMALS)
    return (
        triple.level is not Level.ASSERTED,
        triple.speculated,
        surest,
        _place(triple),
        sorted(triple.rules),
    )
