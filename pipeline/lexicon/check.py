"""What can be wrong in the lexicon, said in sentences: ``kupffer lexicon check``, and a test.

The table of names comes from the ontologies themselves, so that a row's identifier and name can be
held against its source without a network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.lexicon.forms import cased, keys, normal
from pipeline.lexicon.lookup import Lexicon
from pipeline.lexicon.tables import (
    CURATED,
    DATA,
    LexiconError,
    Row,
    name_lines,
    name_of,
    prebuilt_lines,
    read_rows,
    senses,
    source_names,
    targets,
)
from pipeline.records import MentionType

# Prefixes as Bioregistry prefers to write them, each with the shape of its local identifiers.
PREFIXES = {
    "CHEBI": r"\d+",
    "CL": r"\d{7}",
    "FPLX": r"[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*",
    "GO": r"\d{7}",
    "HGNC": r"\d+",
    "KUPFFER": r"[A-Za-z-]+\.(?:[A-Za-z-]+\.)?[A-Z]+_\w+(?:\+(?:[A-Za-z-]+\.)?[A-Z]+_\w+)*",
    "MESH": r"[CD]\d{6,9}",
    "MONDO": r"\d{7}",
    "UBERON": r"\d{7}",
    "cellosaurus": r"CVCL_[A-Z0-9]{4}",
}
_SHAPES = {prefix: re.compile(shape) for prefix, shape in PREFIXES.items()}
_GRAMMAR = """a an and are as at be been but by can cell cells did do does for from had has have he her his how i if
in into is it its may more most no nor not of on or our she so such than that the their them then there these they
this those to was we were what when which who will with within without you your"""
_STOP_WORDS = frozenset(_GRAMMAR.split())


def check(lexicon: Lexicon) -> list[str]:
    """Everything wrong with the lexicon, one sentence each; an empty list is what is wanted.

    Rows of a user, added to ``lexicon``, are held to well-formed identifiers only: they may use any prefix.
    """
    problems = list(_prebuilt())
    for file in CURATED:
        problems += _curated(file)
    problems += _tables()
    problems += [
        f"a row of yours has the identifier {curie}, which is no CURIE"
        for curie in lexicon.own_curies()
        if not re.fullmatch(r"[^\s:]+:\S+", curie)
    ]
    return problems


def _prebuilt() -> Iterator[str]:
    lines = prebuilt_lines()
    keys_and_lines = [(line.split("\t", 1)[0], line) for line in lines]
    if keys_and_lines != sorted(keys_and_lines):
        yield "terms.tsv.gz is not sorted by key; build it again"
    if len(set(lines)) != len(lines):
        yield "terms.tsv.gz holds a line twice; build it again"
    names = name_lines()
    if names != sorted(set(names)):
        yield "names.tsv.gz is not sorted and unique; build it again"
    known = {line.split("\t", 1)[0] for line in names}
    sources = source_names()
    curies = set()
    for line in lines:
        _, text, curie, _, match, source = line.split("\t")
        curies.add(curie)
        if text.casefold() in _STOP_WORDS:
            yield f"terms.tsv.gz: the stop word {text!r} is a term"
        if match not in ("exact", "lower", "ground"):
            yield f"terms.tsv.gz: {text!r} has the match {match!r}"
        if source not in sources:
            yield f"terms.tsv.gz: {text!r} comes from {source!r}, which sources.tsv does not list"
    for line in lines[:: len(lines) // 5_000 or 1]:
        key, text, _, type_, *_ = line.split("\t")
        if key not in keys(text, MentionType(type_)):
            yield f"terms.tsv.gz: {text!r} has the key of another normal form, {key!r}; build it again"
    yield from (f"terms.tsv.gz: {problem}" for curie in curies if (problem := _malformed(curie)))
    yield from (f"terms.tsv.gz: {curie} has no name" for curie in sorted(curies - known))


def _curated(file: str) -> Iterator[str]:
    try:
        rows = list(read_rows(DATA / file, file))
    except LexiconError as error:
        yield str(error)
        return
    plain = [tuple(row.model_dump().values()) for row in rows]
    if plain != sorted(plain):
        yield f"{file} is not sorted by text, then curie"
    sources = source_names()
    seen: dict[tuple[str, str], Row] = {}
    for row in rows:
        form = (normal(row.text), cased(row.text) if row.match == "exact" else "")
        other = seen.setdefault(form, row)
        if other is not row:
            yield f"{file}: {row.text!r} and {other.text!r} are the same form"
        if row.text.casefold() in _STOP_WORDS:
            yield f"{file}: the stop word {row.text!r} is a term"
        if row.source not in sources:
            yield f"{file}: {row.text!r} comes from {row.source!r}, which sources.tsv does not list"
        yield from _misnamed(f"{file}: {row.text!r}", row.curie, row.name)


def _tables() -> Iterator[str]:
    for those in senses().values():
        for sense in those:
            yield from _misnamed(f"ambiguous.tsv: {sense.form}", sense.curie, sense.name)
    forms = [(sense.form, sense.type, sense.curie) for those in senses().values() for sense in those]
    if forms != sorted(forms):
        yield "ambiguous.tsv is not sorted by form, type and curie"
    rows = [(t.target, t.target_curie, t.acts_on, t.acts_on_curie) for t in targets()]
    if rows != sorted(set(rows)):
        yield "targets.tsv is not sorted and unique"
    for target in targets():
        yield from _misnamed("targets.tsv", target.target_curie, target.target)
        yield from _misnamed(f"targets.tsv: {target.target}", target.acts_on_curie, target.acts_on)


def _misnamed(where: str, curie: str, name: str) -> Iterator[str]:
    problem = _malformed(curie)
    if problem:
        yield f"{where}: {problem}"
        return
    real = name_of(curie)
    if real is None:
        yield f"{where}: no source has {curie}"
    elif real != name:
        yield f"{where}: {curie} is {real!r} in its source, not {name!r}"


def _malformed(curie: str) -> str | None:
    prefix, _, local = curie.partition(":")
    shape = _SHAPES.get(prefix)
    if shape is None:
        return f"{curie} has the prefix {prefix!r}; known are {', '.join(PREFIXES)}"
    return None if shape.fullmatch(local) else f"{curie} is not the way {prefix} writes identifiers"
