"""The word table rules/words.tsv: which words raise, which lower, and the lists that rules name."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Words:
    """Signs (+1 raises, -1 lowers, 0 changes without direction) and lists of lemmas, from words.tsv."""

    signs: dict[tuple[str, str], int]
    lists: dict[str, frozenset[str]]

    def sign(self, lemma: str, tag: str) -> int | None:
        """The sign of a word, by its lemma and Penn tag; None where it has none.

        >>> words().sign("inhibit", "VBZ")
        -1
        """
        word = lemma.lower()
        if tag.startswith("VB"):
            found = self.signs.get((word, "VERB"))
        elif tag.startswith("NN"):
            found = self.signs.get((word, "NOUN"))
        else:
            found = self.signs.get((word, "ADJ"))
        return found if found is not None else self.signs.get((word, "ANY"))


@lru_cache(maxsize=1)
def words() -> Words:
    """The word table, read once."""
    signs: dict[tuple[str, str], int] = {}
    lists: dict[str, set[str]] = defaultdict(set)
    with files("pipeline.relate").joinpath("rules/words.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["sign"]:
                signs[row["lemma"], row["pos"]] = {"+": 1, "-": -1, "0": 0}[row["sign"]]
            for name in filter(None, row["lists"].split(",")):
                lists[name].add(row["lemma"])
    return Words(signs, {name: frozenset(members) for name, members in lists.items()})
