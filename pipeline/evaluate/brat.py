"""Marks in standoff format: brat's ``.txt`` with ``.ann``, and BioNLP's ``.txt`` with ``.a1`` and ``.a2``.

Types are read as ``pipeline.annotate.labels`` reads those of models ("Cell_type" is CELL, what it does not know is left
out). Triples come from relations and events that are named after a role::

    R1  Drives Arg1:T1 Arg2:T2          a cell or therapy and a mechanism, in either order
    E1  Mechanism:T2 Drives:T1 Inhibits:T3
    A1  Negated R1                      also Speculated; BioNLP's "M1  Negation E1"

Relations that share a mechanism make one row for each of its cells with each of its therapies, as Kupffer itself does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from pipeline.annotate.labels import type_of
from pipeline.evaluate.marked import Marked, MarkedMention, MarkedTriple, MarksError, Span
from pipeline.records import CellRole, MentionType, TherapyRole

SUFFIXES = (".ann", ".a1", ".a2")
_ROLES: dict[MentionType, frozenset[str]] = {
    MentionType.CELL: frozenset(map(str, CellRole)),
    MentionType.THERAPY: frozenset(map(str, TherapyRole)),
}
_FLAGS = {
    "negated": "negated",
    "negation": "negated",
    "speculated": "speculated",
    "speculation": "speculated",
}


@dataclass(slots=True)
class _Link:
    source: str
    mechanism: str
    role: str
    flags: set[str] = field(default_factory=set)


def read_brat(folder: Path) -> list[Marked]:
    """The documents of a folder, by name; a text without annotations is one in which nothing is marked.

    Raises:
        MarksError: there is no text with annotations, or a line does not fit its text.
        OSError: a file cannot be opened.
    """
    texts = sorted(folder.glob("*.txt"))
    if not any(text.with_suffix(suffix).is_file() for text in texts for suffix in SUFFIXES):
        raise MarksError(
            f"{folder}: no .txt with an .ann, .a1 or .a2 beside it; name a folder of brat or BioNLP files."
        )
    return [_document(text) for text in texts]


def _document(path: Path) -> Marked:
    with path.open(encoding="utf-8", newline="") as stream:  # offsets count a \r too
        text = stream.read()
    files = [file for suffix in SUFFIXES if (file := path.with_suffix(suffix)).is_file()]
    lines = [(file, *line) for file in files for line in enumerate(file.read_text("utf-8").split("\n"), 1)]
    mentions: dict[str, MarkedMention] = {}
    links: dict[str, list[_Link]] = {}
    for file, number, line in lines:
        if line.startswith("T"):
            key, mention = _mention(line, len(text), f"{file}, line {number}")
            if mention is not None:
                mentions[key] = mention
    for _, _, line in lines:
        key, _, rest = line.partition("\t")
        if line.startswith(("R", "E")):
            links[key] = list(_links(rest, mentions))
    for _, _, line in lines:
        if line.startswith(("A", "M")):
            name, _, target = line.partition("\t")[2].partition(" ")
            if flag := _FLAGS.get(name.lower()):
                for link in links.get(target.split(" ")[0].strip(), ()):
                    link.flags.add(flag)
    triples = _triples([link for those in links.values() for link in those], mentions)
    return Marked(path.stem, text, tuple(mentions.values()), tuple(triples))


def _mention(line: str, length: int, where: str) -> tuple[str, MarkedMention | None]:
    """A T line; of a span in pieces the whole stretch."""
    found = re.match(r"(T\S+)\t(\S+) (\d+) (?:\d+;\d+ )*(\d+)(?:\t|\s*$)", line)
    if not found:
        raise MarksError(f"{where}: not a mention such as T1<tab>CELL 0 5<tab>MDSCs; correct this line.")
    start, end = int(found[3]), int(found[4])
    if not start < end <= length:
        raise MarksError(f"{where}: {start} to {end} is no stretch of this text; correct this line.")
    type_ = type_of(found[2])
    return found[1], None if type_ is None else MarkedMention(str(type_), start, end)


def _links(rest: str, mentions: dict[str, MarkedMention]) -> Iterator[_Link]:
    """The ties that a relation or an event makes, where its types are ours."""
    head, *arguments = rest.split()
    pairs = [argument.rpartition(":")[::2] for argument in arguments]
    if ":" in head:  # an event: its trigger is the mechanism and each argument's name a role
        mechanism = head.rpartition(":")[2]
        candidates = [(source, mechanism, name) for name, source in pairs]
    else:
        ends = [end for _, end in pairs[:2]]
        candidates = [(one, other, head) for one, other in (ends, ends[::-1])] if len(ends) == 2 else []
    for source, mechanism, name in candidates:
        role = re.sub(r"\d+$", "", name).lower()
        if source in mentions and mechanism in mentions:
            type_ = MentionType(mentions[source].type)
            if mentions[mechanism].type == MentionType.MECHANISM and role in _ROLES.get(type_, ()):
                yield _Link(source, mechanism, role)


def _triples(links: list[_Link], mentions: dict[str, MarkedMention]) -> Iterator[MarkedTriple]:
    def place(key: str) -> Span:
        return mentions[key].start, mentions[key].end

    for mechanism in dict.fromkeys(link.mechanism for link in links):
        here = [link for link in links if link.mechanism == mechanism]
        cells: list[_Link | None] = [k for k in here if mentions[k.source].type == MentionType.CELL]
        therapies: list[_Link | None] = [k for k in here if mentions[k.source].type == MentionType.THERAPY]
        for cell, therapy in product(cells or [None], therapies or [None]):
            flags = {flag for link in (cell, therapy) if link for flag in link.flags}
            yield MarkedTriple(
                place(cell.source) if cell else None,
                place(mechanism),
                place(therapy.source) if therapy else None,
                cell.role if cell else None,
                therapy.role if therapy else None,
                "negated" in flags,
                "speculated" in flags,
            )
