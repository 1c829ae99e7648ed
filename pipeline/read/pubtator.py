"""PubTator: ``id|t|title`` and ``id|a|abstract`` lines; the annotations below them are not ours to read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from pipeline.read.draft import Draft, pmcid_of, pmid_of, safe_id
from pipeline.read.lines import Line, lines
from pipeline.read.prose import Prose, exactly
from pipeline.read.trouble import Trouble
from pipeline.records import Section

_TEXT_LINE = re.compile(r"([^|\t]{1,200})\|([ta])\|(.*)", re.DOTALL)


def read_pubtator(stream: BinaryIO, line_bytes: int) -> Iterator[Draft | Trouble]:
    """A Draft for each record. The text is title, newline, abstract, so that PubTator's offsets hold."""
    record: dict[str, str] = {}
    name: str | None = None
    for line in lines(stream, line_bytes):
        if isinstance(line, Trouble):
            yield line
            continue
        found = _TEXT_LINE.fullmatch(line.text)
        if found is None:
            yield from _annotation(line)
            continue
        if found[1] != name or found[2] in record:
            if name is not None:
                yield _draft(name, record)
            name, record = found[1], {}
        record[found[2]] = found[3]
    if name is not None:
        yield _draft(name, record)


def _annotation(line: Line) -> Iterator[Trouble]:
    if line.text.strip() and "\t" not in line.text:
        yield Trouble("record", f"has a line that is not PubTator (line {line.number}): mend or remove it")


def _draft(name: str, record: dict[str, str]) -> Draft | Trouble:
    title, abstract = (exactly(record.get(part, "")).replace("\n", " ") for part in ("t", "a"))
    doc_id = pmid_of(name) or pmcid_of(name) or safe_id(name)
    if not abstract.strip():
        return Trouble(
            "no-abstract",
            f"holds the record {doc_id} without abstract: give its full text (JATS or PDF) instead",
            doc_id,
        )
    sections = [Section("title", 0, len(title))] if title else []
    sections.append(Section("abstract", len(title) + 1, len(title) + 1 + len(abstract)))
    about = {"pmid": pmid_of(name), "pmcid": pmcid_of(name) if not name.isdecimal() else None}
    about["title"] = title.strip() or None
    return Draft(doc_id, Prose(f"{title}\n{abstract}", tuple(sections)), about)
