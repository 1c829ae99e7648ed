"""Concepts found by the lexicon against those marked in CRAFT (Bada et al., BMC Bioinformatics 2012): span and id.

The archive holds ``txt/ID.txt`` and, for each ontology, ``CL/ID.xml`` and so on in Knowtator's XML; offsets are
characters of the text. Nothing but the lexicon is measured: no model, no abbreviations, no context.
"""

from __future__ import annotations

import lzma
import tarfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import etree

from pipeline.evaluate.marked import MarksError
from pipeline.evaluate.scores import Count
from pipeline.lexicon import Lexicon
from pipeline.records import MentionType

if TYPE_CHECKING:
    from spacy.language import Language

# Fragments (start, end) and the identifier; a concept in several fragments is one that no lookup finds.
Concept = tuple[tuple[tuple[int, int], ...], str]
# A text -> (words, start of each).
Tokenizer = Callable[[str], tuple[list[str], list[int]]]

# "Gene expression" and "biological regulation" are a third of GO_BP's marks, on every "expressed" and
# "regulated": systems are compared without them.
LEFT_OUT = frozenset({"GO:0010467", "GO:0065007"})
HELD = 4  # every fourth article, in the order of ids, is never looked at: it only measures


@dataclass(frozen=True, slots=True)
class Ontology:
    """One of CRAFT's ontologies: which of our types hold its concepts, and its identifiers' prefix."""

    name: str
    types: frozenset[MentionType]
    prefix: str


ONTOLOGIES = (
    Ontology("CL", frozenset({MentionType.CELL}), "CL:"),
    Ontology("GO_BP", frozenset({MentionType.MECHANISM}), "GO:"),
    Ontology("CHEBI", frozenset({MentionType.CHEMICAL, MentionType.THERAPY}), "CHEBI:"),
)


@dataclass(frozen=True, slots=True)
class Article:
    """A text and its concepts by ontology."""

    id: str
    text: str
    concepts: Mapping[str, frozenset[Concept]] = field(default_factory=dict)


def read_craft(archive: Path) -> list[Article]:
    """All articles of CRAFT's tar archive, sorted by id.

    Raises:
        MarksError: the file is no such archive, or an article lacks the marks of one of ``ONTOLOGIES``.
        OSError: the file cannot be opened.
    """
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                folder, _, _ = member.name.partition("/")
                if member.isfile() and folder in {"txt", *(o.name for o in ONTOLOGIES)}:
                    opened = tar.extractfile(member)
                    files[member.name] = opened.read() if opened else b""
    except (tarfile.TarError, lzma.LZMAError, EOFError) as error:
        raise MarksError(
            f"{archive} is not a whole tar archive; give CRAFT's articles as .tar.xz."
        ) from error
    texts = {name[4:-4]: files[name] for name in sorted(files) if name.startswith("txt/")}
    if not texts:
        raise MarksError(f"{archive} holds no txt/ID.txt; give CRAFT's articles as .tar.xz.")
    articles = []
    for id_, text in texts.items():
        concepts = {}
        for ontology in ONTOLOGIES:
            name = f"{ontology.name}/{id_}.xml"
            if name not in files:
                raise MarksError(f"{archive} holds no {name}; give CRAFT's articles with their concepts.")
            concepts[ontology.name] = concepts_of(files[name], f"{archive}: {name}")
        articles.append(Article(id_, text.decode(), concepts))
    return articles


def concepts_of(xml: bytes, name: str = "the XML") -> frozenset[Concept]:
    """The concepts of one file in Knowtator's XML.

    Raises:
        MarksError: the XML is not well-formed; the message names it by ``name``.
    """
    try:
        root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError as error:
        raise MarksError(f"{name} is not well-formed XML ({error}); unpack the corpus again.") from None
    ids = {
        mention.get("id"): concept.get("id")
        for mention in root.iter("classMention")
        if (concept := mention.find("mentionClass")) is not None
    }
    found = set()
    for annotation in root.iter("annotation"):
        spans = tuple(
            sorted((int(s.get("start", "0")), int(s.get("end", "0"))) for s in annotation.iter("span"))
        )
        mention = annotation.find("mention")
        concept = ids.get(mention.get("id")) if mention is not None else None
        if spans and concept:
            found.add((spans, concept))
    return frozenset(found)


def held_back(articles: Sequence[Article], *, held: bool) -> list[Article]:
    """Every ``HELD``-th article of those sorted by id, or all the others.

    >>> [a.id for a in held_back([Article(i, "") for i in "abcdefg"], held=True)]
    ['a', 'e']
    """
    ordered = sorted(articles, key=lambda article: article.id)
    return [article for n, article in enumerate(ordered) if (n % HELD == 0) == held]


def words_of(nlp: Language) -> Tokenizer:
    """The tokenizer of a pipeline, so that what is measured is what users get; spaces are no words."""

    def tokenize(text: str) -> tuple[list[str], list[int]]:
        tokens = [token for token in nlp.make_doc(text) if not token.is_space]
        return [token.text for token in tokens], [token.idx for token in tokens]

    return tokenize


def found_in(
    lexicon: Lexicon, text: str, tokenize: Tokenizer, ontologies: Sequence[Ontology] = ONTOLOGIES
) -> dict[str, frozenset[Concept]]:
    """What the lexicon finds in a text, by ontology: of each match the best candidate with its prefix."""
    words, starts = tokenize(text)
    out: dict[str, set[Concept]] = {ontology.name: set() for ontology in ontologies}
    for match in lexicon.find(words):
        span = (starts[match.start], starts[match.end - 1] + len(words[match.end - 1]))
        for ontology in ontologies:
            if match.candidates[0].type in ontology.types:
                curie = next((c.curie for c in match.candidates if c.curie.startswith(ontology.prefix)), None)
                if curie is not None:
                    out[ontology.name].add(((span,), curie))
    return {name: frozenset(concepts) for name, concepts in out.items()}


def craft_scores(lexicon: Lexicon, articles: Iterable[Article], tokenize: Tokenizer) -> dict[str, Count]:
    """Right, found and gold concepts by ontology: exact span and identifier, ``LEFT_OUT`` left out of both."""
    right = dict.fromkeys((o.name for o in ONTOLOGIES), 0)
    found, gold = dict(right), dict(right)
    for article in articles:
        predicted = found_in(lexicon, article.text, tokenize)
        for name in right:
            ours = {concept for concept in predicted[name] if concept[1] not in LEFT_OUT}
            theirs = {concept for concept in article.concepts[name] if concept[1] not in LEFT_OUT}
            right[name] += len(ours & theirs)
            found[name] += len(ours)
            gold[name] += len(theirs)
    return {name: Count(right[name], found[name], gold[name]) for name in right}
