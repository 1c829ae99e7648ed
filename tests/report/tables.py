"""Tables with what a report must show: claims of several papers, a contradiction, denials, markup in a title."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pipeline.records import (
    CellRole,
    Document,
    Evidence,
    Failure,
    Level,
    Mention,
    MentionType,
    Section,
    TherapyRole,
    Triple,
)
from pipeline.store import Writer

WORDS = {
    MentionType.CELL: (
        ("Kupffer cells", "CL:0000091", "Kupffer cell"),
        ("neutrophils", "CL:0000775", "neutrophil"),
    ),
    MentionType.MECHANISM: (("fibrosis", "MESH:D005355", "Fibrosis"), ("metastasis", None, None)),
    MentionType.THERAPY: (("CSF1R blockade", None, None), ("imatinib", "CHEBI:45783", "imatinib")),
    MentionType.GENE: (("TGFB1", "HGNC:11766", "TGFB1"),),
}
ROLES = {"drive": CellRole.DRIVES, "suppress": CellRole.SUPPRESSES}
MARKUP = "<script>alert(1)</script> on \u2028 livers & more"


def found(sentence: str, at: int, index: int) -> tuple[list[Mention], list[Triple]]:
    """What a sentence names, and the statement it makes where it names a mechanism and something else."""
    mentions = [
        Mention(
            at + sentence.index(text),
            at + sentence.index(text) + len(text),
            text,
            kind,
            curie,
            name,
            source="test",
            section="abstract",
            sentence_index=index,
        )
        for kind, words in WORDS.items()
        for text, curie, name in words
        if text in sentence
    ]
    slot = {mention.type: mention for mention in mentions}
    cell, mechanism, therapy = (slot.get(kind) for kind in list(WORDS)[:3])
    role = next((role for verb, role in ROLES.items() if f" {verb} " in sentence), None)
    if mechanism is None or (cell is None and therapy is None) or role is None:
        return mentions, []
    return mentions, [
        Triple(
            mechanism,
            Evidence(at, at + len(sentence), index, sentence, "abstract"),
            cell,
            role if cell else None,
            therapy,
            TherapyRole.INHIBITS if therapy else None,
            negated="never" in sentence,
            negation_cue="never" if "never" in sentence else None,
            speculated="perhaps" in sentence,
            speculation_cue="perhaps" if "perhaps" in sentence else None,
            confidence=0.9 if cell else 0.6,
            level=Level.LINKED if "nearby" in sentence else Level.ASSERTED,
            link="CSF1R acts on macrophages" if "nearby" in sentence else None,
            rules=("test",),
        )
    ]


def paper(doc_id: str, *sentences: str, **about: object) -> tuple[Document, list[Mention], list[Triple]]:
    """A document of some sentences with all that is found in it."""
    title = str(about.pop("title", f"On {doc_id}"))
    text = title + "\n\n" + " ".join(sentences)
    start = len(title) + 2
    mentions: list[Mention] = []
    triples: list[Triple] = []
    at = start
    for index, sentence in enumerate(sentences, 1):
        named, said = found(sentence, at, index)
        mentions += named
        triples += said
        at += len(sentence) + 1
    sections = (Section("title", 0, len(title)), Section("abstract", start, len(text)))
    document = Document(doc_id, text, sections, title=title, authors=("Ax O", "Bo B"), **about)
    return document, mentions, triples


PAPERS = (
    paper(
        "101",
        "Kupffer cells drive fibrosis.",
        "TGFB1 rises.",
        pmid="101",
        doi="10.1000/a<b>",
        year=2019,
        journal="Liver",
        title=MARKUP,
    ),
    paper(
        "PMC202",
        "In 𝒮-mice, Kupffer cells drive fibrosis.",
        "Perhaps, or perhaps not, neutrophils drive metastasis under CSF1R blockade.",
        pmcid="PMC202",
        year=2021,
        journal="Gut",
    ),
    paper(
        "303",
        "Kupffer cells suppress fibrosis.",
        "Kupffer cells never drive fibrosis.",
        pmid="303",
        year=2021,
    ),
    paper(
        "404",
        "Here imatinib can drive metastasis.",
        "Kupffer cells drive metastasis nearby.",
        pmid="javascript:alert(1)",
        doi="javascript:alert(2)",
    ),
    paper("505", "Kupffer cells drive metastasis.", pmid="505", retracted=True),
    paper("empty", "Nothing is said of anything."),
)
FAILURES = (
    Failure(
        None,
        "corpus/broken.pdf",
        "read",
        "ReadError",
        "corpus/broken.pdf: no text layer; run OCR <b>first</b>.",
    ),
    Failure("g1", "corpus/g.txt", "read", "LanguageError", "corpus/g.txt: German; give English texts."),
)


def write_tables(folder: Path, copies: int = 1) -> Path:
    """Write the tables; ``copies`` of the papers, each with identifiers of its own."""
    with Writer(folder) as writer:
        for number in range(copies):
            for document, mentions, triples in PAPERS:
                writer.add(_copied(document, number), mentions, triples)
        for failure in FAILURES:
            writer.fail(failure)
    return folder


def _copied(document: Document, number: int) -> Document:
    """The same with identifiers and a text of its own, so that it is another paper."""
    if not number:
        return document
    pmid = f"{number}{document.pmid}" if (document.pmid or "").isdigit() else None
    return replace(
        document,
        doc_id=f"{document.doc_id}-{number}",
        text=f"{document.text} In group {number}.",
        pmid=pmid,
        pmcid=None,
        doi=None,
        title=f"{document.title}, {number}",
        year=2000 + number % 25,
    )
