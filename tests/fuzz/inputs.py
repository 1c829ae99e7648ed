"""The inputs of a campaign, each made from the seed and its number alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.fuzz.formats import FORMATS, Made
from tests.fuzz.mutate import mutated
from tests.fuzz.words import piece, prose

READERS, PIPELINE = "readers", "pipeline"
_MAGIC = (
    b"", b"", b"<article>", b"<PubmedArticleSet>", b"<collection>", b"<?xml version='1.0'?>", b'{"id": 1, "text": "', b"[{",
    b"1|t|a\n1|a|", b"PAR1", b"id,text\n1,", b"# h\n", b"%PDF-1.4\n", b"\x1f\x8b\x08\x00", b"\xff\xfe", b"\xef\xbb\xbf",
    b"---\na: b\n---\n", b"PK\x03\x04", b"Kupffer cells ",
)  # fmt: skip
_SUFFIXES = (
    "",
    ".txt",
    ".xml",
    ".nxml",
    ".json",
    ".jsonl",
    ".csv",
    ".md",
    ".pdf",
    ".parquet",
    ".gz",
    ".xml.gz",
    ".pubtator",
)
_NAMES = (
    "input",
    "a b",
    "-",
    "--out",
    "line\nend",
    "tab\t",
    "..x",
    "=1+1",
    "%s",
    "ü",
    "e\u0301",
    "x" * 200,
    "\u202etxt",
    "'",
    "a;b",
    "NUL",
)
_REAL_BYTES = 400_000
_RECORD = re.compile(rb"<PubmedArticle>.*?</PubmedArticle>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Input:
    """One file to try: what it was made from, its name, its bytes."""

    kind: str
    name: str
    data: bytes


def real_files(folder: Path | None) -> list[Made]:
    """Files of the corpora to mutate, where they are: JATS papers, and records of MEDLINE one by one."""
    if folder is None or not folder.is_dir():
        return []
    found = [(".nxml", path.read_bytes()) for path in sorted(folder.glob("jats/*.nxml"))]
    for path in sorted(folder.glob("medline/*.xml")):
        found += [
            (".xml", b"<PubmedArticleSet>" + one + b"</PubmedArticleSet>")
            for one in _RECORD.findall(path.read_bytes())
        ]
    return [(suffix, data) for suffix, data in found if len(data) < _REAL_BYTES]


def make(seed: int, target: str, number: int, real: Sequence[Made] = ()) -> Input:
    """Input ``number`` of a campaign; the same for the same arguments.

    >>> make(0, READERS, 7) == make(0, READERS, 7)
    True
    """
    random = Random(f"{seed}:{target}:{number}")
    chance = random.random()
    if target == READERS and chance < 0.12:
        data = random.choice(_MAGIC) + random.randbytes(random.choice((0, 3, 40, 400, 4000)))
        return Input("random bytes", _name(random) + random.choice(_SUFFIXES), data)
    if target == READERS and chance < 0.18:
        data = random.choice(_MAGIC) + "".join(piece(random) for _ in range(random.randrange(40))).encode(
            "utf-8", "replace"
        )
        return Input("random words", _name(random) + random.choice(_SUFFIXES), data)
    if real and chance < 0.25:
        suffix, data = random.choice(real)
        return Input("real files, mutated", _name(random) + suffix, mutated(data, random))
    kind = random.choice(tuple(FORMATS))
    if kind in ("PDF", "Parquet") and random.random() < 0.6:  # they cost ten times as much
        kind = "text"
    suffix, data = FORMATS[kind](random)
    if target == PIPELINE:
        if random.random() < 0.2:
            suffix, data = ".txt", prose(random, 30).encode("utf-8", "replace")
        if random.random() < 0.75:
            return Input(kind, _name(random) + suffix, data)
    elif random.random() < 0.2:
        return Input(kind, _name(random) + suffix, data)
    if random.random() < 0.1:
        suffix = random.choice(_SUFFIXES)
    return Input(f"{kind}, mutated", _name(random) + suffix, mutated(data, random))


def _name(random: Random) -> str:
    return random.choice(_NAMES) if random.random() < 0.1 else "input"
