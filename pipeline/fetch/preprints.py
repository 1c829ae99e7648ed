"""The abstract in a core result of Europe PMC, as a JSON record that our reader knows."""

from __future__ import annotations

import json
import re
from typing import Any

from pipeline.read.draft import doi_of, pmcid_of, pmid_of, year_of
from pipeline.read.prose import compose, fold

_HEADING = re.compile(r"<h4>(.*?)</h4>", re.IGNORECASE | re.DOTALL)


def abstract_json(key: str, fields: dict[str, Any]) -> bytes | None:
    """The record's bytes, or None where the result has no abstract.

    Europe PMC writes abstracts with a little HTML: ``<h4>Background</h4>`` before a part, ``<i>``, ``<sup>``.
    """
    pieces = _HEADING.split(str(fields.get("abstractText") or ""))
    parts = [("abstract", [_words(pieces[0])])]
    parts += [
        (_words(name) or "abstract", [_words(text)])
        for name, text in zip(*[iter(pieces[1:])] * 2, strict=True)
    ]
    parts = [part for part in parts if part[1][0]]
    if not parts:
        return None
    title = _words(str(fields.get("title") or ""))
    prose = compose([("title", [title]), *parts])
    authors = (fields.get("authorList") or {}).get("author") or []
    types = (fields.get("pubTypeList") or {}).get("pubType") or []
    journal = ((fields.get("journalInfo") or {}).get("journal") or {}).get("title")
    record = {
        "id": key,
        "title": title,
        "text": prose.text,
        "sections": [{"name": s.name, "start": s.start, "end": s.end} for s in prose.sections],
        "pmid": pmid_of(fields.get("pmid")),
        "pmcid": pmcid_of(fields.get("pmcid")),
        "doi": doi_of(fields.get("doi")),
        "journal": journal,
        "year": year_of(fields.get("pubYear") or fields.get("firstPublicationDate")),
        "authors": [name for author in authors if (name := _author(author))],
        "publication_types": [types] if isinstance(types, str) else list(map(str, types)),
        "language": fields.get("language"),
        "license": fields.get("license"),
    }
    return f"{json.dumps(record, ensure_ascii=False)}\n".encode()


def _author(author: object) -> str:
    known = author if isinstance(author, dict) else {}
    whole = " ".join(filter(None, (known.get("firstName"), known.get("lastName"))))
    return fold(str(whole or known.get("fullName") or known.get("collectiveName") or ""))


def _words(text: str) -> str:
    from lxml import html

    if not text.strip():
        return ""
    return fold(str(html.fragment_fromstring(text, create_parent="div").text_content()))
