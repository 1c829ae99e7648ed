"""A small document with a mention in a mention, two triples and a failure, made by hand."""

from __future__ import annotations

import pytest

from pipeline.records import (
    CellRole,
    Document,
    Evidence,
    Failure,
    Mention,
    MentionType,
    Section,
    TherapyRole,
    Triple,
)

TEXT = "Liver niche\nKupffer cells drive fibrosis. CSF1R blockade reduces fibrosis, β-catenin aside."


def mention(text: str, kind: MentionType, *, nth: int = 0, **more: object) -> Mention:
    start = -1
    for _ in range(nth + 1):
        start = TEXT.index(text, start + 1)
    return Mention(start, start + len(text), text, kind, sentence_index=1 if start < 42 else 2, **more)


@pytest.fixture
def document() -> Document:
    return Document(
        doc_id="101",
        text=TEXT,
        sections=(Section("title", 0, 11), Section("abstract", 12, len(TEXT))),
        pmid="101",
        title="Liver niche",
        year=2021,
        authors=("Óskar Ax", "B. Bo"),
        publication_types=("Review",),
        language="en",
    )


@pytest.fixture
def mentions() -> list[Mention]:
    return [
        mention("CSF1R blockade", MentionType.THERAPY, source="model", score=0.98765),
        mention(
            "Kupffer cells", MentionType.CELL, id="CL:0000091", name="Kupffer cell", source="lexicon:exact"
        ),
        mention("CSF1R", MentionType.GENE, id="HGNC:2433", name="CSF1R", source="lexicon:exact"),
        mention("fibrosis", MentionType.MECHANISM, source="model"),
    ]


@pytest.fixture
def triples() -> list[Triple]:
    first, second = TEXT[12:41], TEXT[42:]
    return [
        Triple(
            mechanism=mention("fibrosis", MentionType.MECHANISM, nth=1, source="model"),
            evidence=Evidence(42, len(TEXT), 2, second, "abstract"),
            therapy=mention("CSF1R blockade", MentionType.THERAPY, source="model"),
            therapy_role=TherapyRole.INHIBITS,
            confidence=0.71239,
            rules=("verb-object", "active"),
        ),
        Triple(
            mechanism=mention("fibrosis", MentionType.MECHANISM, source="model"),
            evidence=Evidence(12, 41, 1, first, "abstract"),
            cell=mention("Kupffer cells", MentionType.CELL, id="CL:0000091", name="Kupffer cell"),
            cell_role=CellRole.DRIVES,
            confidence=0.9,
            rules=("active",),
        ),
    ]


@pytest.fixture
def failure() -> Failure:
    return Failure(None, "corpus/x.pdf", "read", "NoText", "corpus/x.pdf: no text layer; run OCR first.")
