"""Floret vectors of words and parts of words, learned from abstracts without marks."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from spacy.language import Language
from spacy.vectors import Vectors

DIMENSIONS = 96
ROWS = 20_000
SHORTEST, LONGEST = 3, 5  # characters of a part of a word
HASHES = 2


def read_abstracts(path: Path) -> Iterator[dict[str, str]]:
    """The records of ``text/medline-abstracts.jsonl.gz``: pmid, title, abstract."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def abstract_text(record: dict[str, str]) -> str:
    """Title, newline, abstract: the text that marks count characters in."""
    return record["title"] + "\n" + record["abstract"]


def write_words(nlp: Language, abstracts: Path, path: Path) -> int:
    """Write each abstract as one line of lower-case words; returns the number of words."""
    count = 0
    with path.open("w", encoding="utf-8") as out:
        for record in read_abstracts(abstracts):
            words = [token.lower_ for token in nlp.make_doc(abstract_text(record)) if not token.is_space]
            count += len(words)
            out.write(" ".join(words) + "\n")
    return count


def train_vectors(words: Path, path: Path, *, epochs: int = 3, threads: int = 2) -> None:
    """Skip-gram vectors of the lower-case words in ``words``, written in floret's own text format."""
    import floret

    model = floret.train_unsupervised(
        str(words), model="skipgram", mode="floret", hashCount=HASHES, bucket=ROWS, dim=DIMENSIONS,
        minn=SHORTEST, maxn=LONGEST, minCount=5, epoch=epochs, lr=0.05, ws=5, neg=5, thread=threads, verbose=1,
    )  # fmt: skip
    model.save_floret_vectors(str(path))


def use_vectors(nlp: Language, path: Path) -> None:
    """Give ``nlp`` the vectors in ``path``, looked up by lower-case form."""
    with path.open(encoding="utf-8") as lines:
        rows, dimensions, shortest, longest, hashes, seed, begin, end = lines.readline().split()
        table = np.zeros((int(rows), int(dimensions)), dtype="float32")
        for i, line in enumerate(lines):
            table[i] = np.array(line.split(" ")[1 : int(dimensions) + 1], dtype="float32")
    nlp.vocab.vectors = Vectors(
        strings=nlp.vocab.strings, mode="floret", data=table, hash_count=int(hashes), hash_seed=int(seed),
        minn=int(shortest), maxn=int(longest), bow=begin, eow=end, attr="LOWER",
    )  # fmt: skip
