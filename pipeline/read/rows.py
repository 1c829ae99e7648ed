"""One record of a table or a JSON file as a Draft: which fields are the id, the text and the metadata."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pipeline.read.draft import Draft, doi_of, pmcid_of, pmid_of, safe_id, year_of
from pipeline.read.kinds import ID_COLUMNS
from pipeline.read.prose import Prose, exactly, fold, section_name, verbatim
from pipeline.read.trouble import Trouble
from pipeline.records import Section

FIELDS = frozenset(
    {
        "id", "doc_id", "pmid", "pmcid", "doi", "text", "title", "abstract", "journal", "year",
        "authors", "publication_types", "language", "license", "retracted", "sections",
    }
)  # fmt: skip


def draft_of(row: Mapping[str, Any], where: str) -> Draft | Trouble:
    """A Draft of a record with ``id`` (or doc_id, pmid) and ``text`` (or title and abstract).

    ``text`` is kept to the character where it is in NFC, so that offsets into it stay valid; otherwise
    the text is title, newline, abstract. ``where`` ("line 3") is for messages.
    """
    row = {str(key).strip().lower(): value for key, value in row.items()}
    name = next((text for key in ID_COLUMNS if (text := _text(row.get(key)).strip())), "")
    if not name:
        return Trouble("no-id", f"has a record without id ({where}): give it a field id, doc_id or pmid")
    doc_id = safe_id(name[:-2] if re.fullmatch(r"\d+\.0", name) else name)
    title = _text(row.get("title"))
    prose = _prose(row, title)
    if prose is None:
        error = "no-abstract" if title.strip() else "no-text"
        return Trouble(
            error,
            f"has a record without text ({where}, id {doc_id}): give it a field text or abstract",
            doc_id,
        )
    if not prose.text.strip():
        return Trouble("no-text", f"has a record with an empty text ({where}, id {doc_id}): fill it", doc_id)
    return Draft(doc_id, prose, _about(row, title, doc_id), language=_text(row.get("language")) or None)


def _prose(row: Mapping[str, Any], title: str) -> Prose | None:
    text, abstract = _text(row.get("text")), _text(row.get("abstract"))
    if text.strip():
        prose = verbatim(text, title)
        return _with_sections(prose, row.get("sections")) if prose.text == text else prose
    if not abstract.strip():
        return None
    abstract = exactly(abstract)
    if not title.strip():
        return Prose(abstract, (Section("abstract", 0, len(abstract)),))
    title = exactly(title).replace("\n", " ")
    start = len(title) + 1
    sections = (Section("title", 0, len(title)), Section("abstract", start, start + len(abstract)))
    return Prose(f"{title}\n{abstract}", sections)


def _with_sections(prose: Prose, given: Any) -> Prose:
    """The sections that the record brings itself (our own documents table does), where they are sound."""
    try:
        sections = tuple(
            Section(section_name(str(s["name"])), int(s["start"]), int(s["end"]))
            for s in (given if given is not None else ())
        )
        return Prose(prose.text, sections) if sections else prose
    except (TypeError, KeyError, ValueError):
        return prose


def _text(value: Any) -> str:
    """A field as text; "" for what is missing, in the ways that tables say so."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None or value != value:  # NaN is not itself
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int | float) else ""


def _about(row: Mapping[str, Any], title: str, doc_id: str) -> dict[str, Any]:
    return {
        "pmid": pmid_of(_text(row.get("pmid"))),
        "pmcid": pmcid_of(_text(row.get("pmcid")) or (doc_id if doc_id.startswith("PMC") else None)),
        "doi": doi_of(_text(row.get("doi"))),
        "title": fold(title) or None,
        "journal": fold(_text(row.get("journal"))) or None,
        "year": year_of(_text(row.get("year"))),
        "authors": _several(row.get("authors")),
        "publication_types": _several(row.get("publication_types")),
        "license": fold(_text(row.get("license"))) or None,
        "retracted": str(row.get("retracted")).strip().lower() in ("true", "1", "yes"),
    }  # fmt: skip


def _several(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        items: list[Any] = value.split(";")
    else:
        items = list(value) if isinstance(value, list | tuple) else []
    return tuple(filter(None, (fold(_text(item)) for item in items)))
