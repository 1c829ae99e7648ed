"""Mappings met in a run, as SSSOM: which text was given which identifier, how, and how surely.

https://mapping-commons.github.io/sssom/ - a table that people correct by hand and tools read back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from pipeline.lexicon.grounding import BROADER, HEAD
from pipeline.records import Mention

COLUMNS = (
    "subject_label",
    "subject_type",
    "predicate_id",
    "object_id",
    "object_label",
    "mapping_justification",
    "confidence",
    "other",
)
# Step of grounding -> SSSOM's word for why.
_WHY = {
    "lexicon:exact": "semapv:LexicalMatching",
    "lexicon:normal": "semapv:LexicalSimilarityThresholdMatching",
    "lexicon:abbreviation": "semapv:LexicalMatching",
    "lexicon:context": "semapv:BackgroundKnowledgeBasedMatching",
    "lexicon:composed": "semapv:CompositeMatching",
    "lexicon:joined": "semapv:LexicalSimilarityThresholdMatching",
    "lexicon:head": "semapv:LexicalSimilarityThresholdMatching",
}
# What each prefix stands for; KUPFFER's identifiers are composed (see composing.py) and lead nowhere.
PREFIX_MAP = {
    "CHEBI": "http://purl.obolibrary.org/obo/CHEBI_",
    "CL": "http://purl.obolibrary.org/obo/CL_",
    "FPLX": "https://identifiers.org/fplx:",
    "GO": "http://purl.obolibrary.org/obo/GO_",
    "HGNC": "https://identifiers.org/hgnc:",
    "KUPFFER": "urn:kupffer:",
    "MESH": "http://id.nlm.nih.gov/mesh/",
    "MONDO": "http://purl.obolibrary.org/obo/MONDO_",
    "UBERON": "http://purl.obolibrary.org/obo/UBERON_",
    "cellosaurus": "https://www.cellosaurus.org/",
    "semapv": "https://w3id.org/semapv/vocab/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
}


def sssom(mentions: Iterable[Mention], version: str) -> Iterator[str]:
    """Lines of an SSSOM TSV: one for each (text, identifier) among the grounded mentions, sorted.

    ``version`` names the mapping tool's release. Each line's confidence is the best score met; ``other``
    counts the mentions.

    >>> next(sssom([], "0.1"))
    '#mapping_set_id: urn:kupffer:mappings'
    """
    met: Counter[tuple[str, str]] = Counter()
    best: dict[tuple[str, str], Mention] = {}
    for mention in mentions:
        if mention.id is not None:
            pair = (mention.text, mention.id)
            met[pair] += 1
            if pair not in best or best[pair].score < mention.score:
                best[pair] = mention
    yield "#mapping_set_id: urn:kupffer:mappings"
    yield f"#mapping_tool: kupffer {version}"
    yield "#license: https://creativecommons.org/licenses/by/4.0/"
    yield "#curie_map:"
    yield from (f"#  {prefix}: {url}" for prefix, url in PREFIX_MAP.items())
    yield "\t".join(COLUMNS)
    for (text, curie), count in sorted(met.items()):
        mention = best[text, curie]
        # "model|lexicon:exact:broader": who found it, how it was grounded, and that the name says less.
        told = mention.source.rpartition("|")[2]
        step = told.removesuffix(BROADER)
        broader = step == HEAD or told != step
        predicate = "skos:broadMatch" if broader else "skos:exactMatch"
        why = _WHY.get(step, "semapv:UnspecifiedMatching")
        label = " ".join(text.split())
        fields = (label, "rdfs literal", predicate, curie, mention.name or "", why, f"{mention.score:.3f}")
        yield "\t".join((*fields, f"type={mention.type}|mentions={count}"))
