"""Words that are no terms: English words and stop words, at build and check time only."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from spacy.lang.en.stop_words import STOP_WORDS

from pipeline.lexicon.tables import LexiconError

# Natural logarithm of a word's share of running text. Above the first a process ("growth", "transport") is
# too common a word to find one by; above the second any name is ("lead"), above the third a body part ("back").
COMMON, VERY_COMMON, MOST_COMMON = -14.5, -10.0, -8.5


@lru_cache(maxsize=1)
def stop_words() -> frozenset[str]:
    """Words of grammar, and of papers, that never name anything by themselves."""
    papers = (
        "cell cells study studies result results patient patients human mouse role level levels disease disorder"
        " syndrome tissue organ process effect activity function factor protein gene receptor inhibitor agonist"
        " antagonist activator modulator blocker ligand drug agent compound molecule chemical substance mixture"
    )
    return frozenset(STOP_WORDS) | frozenset(papers.split())


@lru_cache(maxsize=1)
def english() -> dict[str, float]:
    """Lower-case English words -> logarithm of their share of text. Raises LexiconError without spacy-lookups-data."""
    import gzip
    import json

    try:
        folder = files("spacy_lookups_data") / "data"
    except ModuleNotFoundError as error:
        raise LexiconError(
            "building the lexicon needs English word lists; install them with: pip install spacy-lookups-data"
        ) from error

    def load(name: str) -> dict:
        return json.loads(gzip.decompress((folder / name).read_bytes()))

    share = load("en_lexeme_prob.json.gz")
    words = {word.lower() for those in load("en_lemma_index.json.gz").values() for word in those}
    words |= {word.lower() for word in load("en_lemma_lookup.json.gz")}
    return {word: max(share.get(word, -20.0), share.get(word.title(), -20.0)) for word in words}
