"""Rows of the lexicon and how they are read: our TSVs, the prebuilt terms, a user's own TSV.

A row is one surface form. ``match`` says when it counts:

* ``lower`` - in any case, plural, hyphenation, spelling (see forms.py);
* ``exact`` - only as written, but for hyphens, Greek letters and a plural -s: short forms, genes;
* ``ground`` - names a mention that somebody else found; never finds one by itself ("growth"). In any case,
  but for capitals.
"""

from __future__ import annotations

import csv
import gzip
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.lexicon.forms import cased, normal
from pipeline.records import MentionType

COLUMNS = ("text", "curie", "name", "type", "match", "source")
MOST_ROWS = 200_000  # of a user's TSV: loading takes about 60 µs and 1 kB for each
CURIE = r"^[A-Za-z][A-Za-z0-9.]*:[A-Za-z0-9][A-Za-z0-9._+-]*$"
DATA = Path(__file__).parent / "data"
CURATED = (
    "anatomy.tsv",
    "cells.tsv",
    "chemicals.tsv",
    "diseases.tsv",
    "genes.tsv",
    "lines.tsv",
    "mechanisms.tsv",
    "therapies.tsv",
)


class LexiconError(ValueError):
    """A lexicon file cannot be used; the message names the file, the line and the cure."""


class Row(BaseModel):
    """One line of a lexicon TSV; its header equals these fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    text: str = Field(min_length=1, max_length=300)
    curie: str = Field(pattern=CURIE, max_length=120)
    name: str = Field(min_length=1, max_length=500)
    type: MentionType
    match: Literal["exact", "lower", "ground"]
    source: str = Field(min_length=1, max_length=200)


@dataclass(frozen=True, slots=True)
class Term:
    """A row as the lexicon keeps it: without its name, which the table of names holds once."""

    text: str
    curie: str
    type: MentionType
    match: str
    source: str

    @property
    def cased(self) -> str:
        """What a text must equal, case and all, when ``match`` is exact."""
        return cased(self.text)


@dataclass(frozen=True, slots=True)
class Sense:
    """One reading of a short form, and the words of a document that speak for it (normal forms)."""

    form: str
    type: MentionType
    curie: str
    name: str
    match: str
    cues: frozenset[str]
    default: bool


@dataclass(frozen=True, slots=True)
class Target:
    """What an immunotherapy target is known to act on."""

    target: str
    target_curie: str
    acts_on: str
    acts_on_curie: str
    why: str
    source: str


def read_rows(path: Path, name: str | None = None) -> Iterator[Row]:
    """The rows of a lexicon TSV, checked one by one.

    The header must be text, curie, name, type, match, source, in any order. Raises LexiconError at
    the first line that is wrong, naming file, line and what to do.
    """
    shown = name or str(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            header = lines.readline().rstrip("\r\n").split("\t")
            if sorted(header) != sorted(COLUMNS):
                raise LexiconError(
                    f"{shown}, line 1: the columns must be {', '.join(COLUMNS)}, separated by tabs; "
                    f"found {', '.join(header)}."
                )
            for number, line in enumerate(lines, start=2):
                if line.strip():
                    yield _row(line.rstrip("\r\n").split("\t"), header, f"{shown}, line {number}")
    except OSError as error:
        raise LexiconError(
            f"{shown} cannot be read ({error.strerror}); give the path of a TSV file."
        ) from error
    except UnicodeDecodeError as error:
        raise LexiconError(f"{shown} is not UTF-8 text (byte {error.start}); save it as UTF-8.") from error


def refuse_too_many(path: Path) -> None:
    """Raises LexiconError, before a row is read, where a user's TSV has more than MOST_ROWS rows."""
    try:
        with path.open("rb") as lines:
            count = sum(bool(line.strip()) for line in lines) - 1
    except OSError:
        return  # read_rows says it better
    if count > MOST_ROWS:
        raise LexiconError(
            f"{path}, line {MOST_ROWS + 2}: {count:,} rows are too many, {MOST_ROWS:,} are taken; keep the terms "
            "that your texts use."
        )


def _row(fields: list[str], header: list[str], where: str) -> Row:
    if len(fields) != len(header):
        raise LexiconError(
            f"{where}: {len(header)} fields are wanted and {len(fields)} found; "
            "a field may not hold a tab and none may be left out."
        )
    try:
        row = Row.model_validate(dict(zip(header, fields, strict=True)))
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        raise LexiconError(f"{where}: {field} is {first['input']!r}; {_cure(field)}") from error
    if not any(map(str.isalnum, row.text)):
        raise LexiconError(f"{where}: text is {row.text!r}; it needs a letter or a digit.")
    return row


def _cure(field: str) -> str:
    if field == "type":
        return f"use one of {', '.join(MentionType)}."
    if field == "match":
        return "use exact, lower or ground."
    if field == "curie":
        return "write a CURIE such as CL:0000235."
    return "give some text, and not more than a few hundred characters."


def packed_lines(name: str) -> list[str]:
    """The lines of one of the prebuilt tables in data/."""
    return gzip.decompress((DATA / name).read_bytes()).decode().split("\n")


@lru_cache(maxsize=1)
def prebuilt_lines() -> list[str]:
    """Lines of terms.tsv.gz: key, text, curie, type, match, source; sorted by key."""
    return packed_lines("terms.tsv.gz")


@lru_cache(maxsize=1)
def name_lines() -> list[str]:
    """Lines of names.tsv.gz: CURIE, name; sorted, one for every CURIE the lexicon uses."""
    return packed_lines("names.tsv.gz")


def name_of(curie: str) -> str | None:
    """The name that a CURIE's source gives it, or None.

    >>> name_of("CL:0000235")
    'macrophage'
    """
    lines = name_lines()
    at = bisect_left(lines, f"{curie}\t")
    found = lines[at].split("\t") if at < len(lines) else [""]
    return found[1] if found[0] == curie else None


@lru_cache(maxsize=1)
def curated_terms() -> tuple[Term, ...]:
    """The rows written by hand, as terms. They are not checked here but by the tests: that is 0.2 s."""
    terms = []
    for file in CURATED:
        lines = (DATA / file).read_text(encoding="utf-8").splitlines()[1:]
        for line in lines:
            text, curie, _, type_, match, source = line.split("\t")
            terms.append(Term(text, curie, MentionType(type_), match, source))
    return tuple(terms)


def table(name: str) -> Iterator[dict[str, str]]:
    """The rows of one of our tables in data/."""
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


def source_names() -> frozenset[str]:
    """The sources that sources.tsv lists."""
    return frozenset(row["source"] for row in table("sources.tsv"))


@lru_cache(maxsize=1)
def senses() -> dict[str, tuple[Sense, ...]]:
    """Ambiguous short forms: cased form -> its senses in the file's order.

    The cue ``*`` marks the sense to take where no cue of any sense is met.
    """
    found: dict[str, list[Sense]] = {}
    for row in table("ambiguous.tsv"):
        cues = row["cues"].split("|")
        sense = Sense(
            row["form"],
            MentionType(row["type"]),
            row["curie"],
            row["name"],
            row["match"],
            frozenset(normal(cue) for cue in cues if cue != "*"),
            "*" in cues,
        )
        found.setdefault(cased(sense.form), []).append(sense)
    return {form: tuple(those) for form, those in found.items()}


@lru_cache(maxsize=1)
def targets() -> tuple[Target, ...]:
    """What each immunotherapy target acts on, for rows of the level "linked".

    >>> any(t.target == "CSF1R" and t.acts_on == "macrophage" for t in targets())
    True
    """
    return tuple(Target(**row) for row in table("targets.tsv"))
