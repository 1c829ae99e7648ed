"""BioC, as JSON and as XML: the passages of annotated corpora and of PubMed Central's full texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from pipeline.read.draft import Draft, doi_of, pmcid_of, pmid_of, safe_id, year_of
from pipeline.read.headings import is_back_matter, path
from pipeline.read.markup import elements, flat
from pipeline.read.prose import Prose, compose, exactly, fold, section_name
from pipeline.read.trouble import Trouble
from pipeline.records import Section

if TYPE_CHECKING:
    from lxml.etree import _Element

_HEADING = re.compile(r"(?:abstract_)?title_(\d+)")
_CAPTION = re.compile(r"(fig|table)\w*caption|fig|table_title")
_NOT_SCIENCE = frozenset(
    {"REF", "ACK_FUND", "AUTH_CONT", "COMP_INT", "ABBR", "SUPPL", "REVIEW_INFO", "KEYWORD"}
)
_NOT_TEXT = frozenset({"ref", "table", "footnote", "table_footnote", "table_foot", "keyword", "formula"})
_BODY = frozenset({"INTRO", "METHODS", "RESULTS", "DISCUSS", "CONCL", "CASE", "APPENDIX"})
# A gap between two passages wider than this is no border but something left out of the file.
_WIDEST_GAP = 100


@dataclass(frozen=True, slots=True)
class _Passage:
    offset: int
    text: str
    infons: Mapping[str, str]

    @property
    def kind(self) -> str:
        return (self.infons.get("type") or "").lower()

    @property
    def part(self) -> str:
        return (self.infons.get("section_type") or "").upper()


def json_draft(document: Mapping[str, Any], stem: str) -> Draft | Trouble:
    """A Draft of one BioC document out of JSON."""
    passages = [_json_passage(p) for p in document["passages"] if isinstance(p, dict)]
    return _draft(str(document.get("id") or ""), _infons(document.get("infons")), passages, stem)


def _json_passage(passage: Mapping[str, Any]) -> _Passage:
    text, offset = passage.get("text"), _number(passage.get("offset"))
    if not text and isinstance(passage.get("sentences"), list):
        sentences = [s for s in passage["sentences"] if isinstance(s, dict)]
        text = _joined(offset, [(_number(s.get("offset")), str(s.get("text") or "")) for s in sentences])
    return _Passage(offset, text if isinstance(text, str) else "", _infons(passage.get("infons")))


def read_bioc_xml(stream: BinaryIO, head: bytes, record_bytes: int, stem: str) -> Iterator[Draft | Trouble]:
    """A Draft for each document of a collection. Raises Trouble for broken XML and an empty collection."""
    empty = True
    for document in elements(stream, ("document",), record_bytes=record_bytes, head=head):
        empty = False
        passages = [_xml_passage(p) for p in document.iterfind("passage")]
        yield _draft(document.findtext("id") or "", _xml_infons(document), passages, stem)
    if empty:
        raise Trouble("no-text", "holds no BioC document: check where it came from")


def _xml_passage(passage: _Element) -> _Passage:
    offset = _number(passage.findtext("offset"))
    text = flat(passage.find("text"))
    if not text:
        sentences = [
            (_number(s.findtext("offset")), flat(s.find("text"))) for s in passage.iterfind("sentence")
        ]
        text = _joined(offset, sentences)
    return _Passage(offset, text, _xml_infons(passage))


def _xml_infons(element: _Element) -> dict[str, str]:
    return {str(infon.get("key")): infon.text or "" for infon in element.iterfind("infon")}


def _infons(value: Any) -> dict[str, str]:
    return {str(k): str(v) for k, v in value.items() if v is not None} if isinstance(value, dict) else {}


def _number(value: Any) -> int:
    text = str(value if value is not None else "").strip()
    return int(text) if re.fullmatch(r"\d{1,12}", text, re.ASCII) else 0


def _joined(offset: int, sentences: list[tuple[int, str]]) -> str:
    text = ""
    for start, sentence in sentences:
        gap = start - offset - len(text)
        text += " " * (gap if 0 <= gap <= _WIDEST_GAP else 1) + sentence
    return text


def _draft(name: str, infons: Mapping[str, str], passages: list[_Passage], stem: str) -> Draft | Trouble:
    about = _about(name, infons, passages)
    doc_id = str(about["pmid"] or about["pmcid"] or safe_id(name or stem))
    named = _named(passages)
    if not any(section for section, _ in named if section not in (None, "title")):
        return Trouble(
            "no-abstract", f"holds the document {doc_id} without text: give its abstract or full text", doc_id
        )
    prose = _in_place(named) or compose(_grouped(named))
    titles = [fold(p.text) for section, p in named if section == "title"]
    return Draft(
        doc_id,
        prose,
        about | {"title": titles[0] if titles else None},
        language=infons.get("language"),
        full_text=any(p.part in _BODY for section, p in named if section),
    )


def _about(name: str, infons: Mapping[str, str], passages: list[_Passage]) -> dict[str, Any]:
    known = {**(passages[0].infons if passages else {}), **infons}
    pmcid = pmcid_of(
        known.get("pmcid") or known.get("article-id_pmc") or (name if name[:3] == "PMC" else None)
    )
    pmid = pmid_of(known.get("pmid") or known.get("article-id_pmid"))
    if pmid is None and pmcid != pmcid_of(name):
        pmid = pmid_of(name)
    return {
        "pmid": pmid,
        "pmcid": pmcid,
        "doi": doi_of(known.get("doi") or known.get("article-id_doi")),
        "journal": fold(known.get("journal", "").split(";")[0]) or None,
        "year": year_of(known.get("year")),
        "license": fold(known.get("license", "")) or None,
    }


def _named(passages: list[_Passage]) -> list[tuple[str | None, _Passage]]:
    """Each passage with the name of its section; None for headings and for what is left out."""
    named: list[tuple[str | None, _Passage]] = []
    names: list[tuple[int, str]] = []
    left_out = False
    for passage in passages:
        kind, part = passage.kind, passage.part
        heading = _HEADING.fullmatch(kind)
        if heading or (kind == "title" and part not in ("", "TITLE")):
            level = int(heading[1]) if heading else 1
            names = [known for known in names if known[0] < level] + [(level, fold(passage.text))]
            left_out = is_back_matter(names[-1][1])
            named.append((None, passage))
        elif part in _NOT_SCIENCE or kind in _NOT_TEXT or kind.startswith("ref_") or not passage.text.strip():
            named.append((None, passage))
        elif caption := _CAPTION.fullmatch(kind):
            number = re.search(r"\d+", passage.infons.get("id", ""))
            which = "Figure" if caption[0].startswith("fig") else "Table"
            named.append((f"{which} {number[0]}" if number else which, passage))
        elif kind in ("title", "front") or part == "TITLE":
            named.append(("title", passage))
        elif kind == "abstract" or part == "ABSTRACT":
            own = [name for _, name in names if name.lower() != "abstract"]
            named.append((path(["abstract", *own]), passage))
        else:
            default = part.lower() or (kind if kind not in ("", "paragraph") else "text")
            named.append((None if left_out else path([n for _, n in names]) or default, passage))
    return [(section_name(section) if section else None, passage) for section, passage in named]


def _grouped(named: list[tuple[str | None, _Passage]]) -> list[tuple[str, list[str]]]:
    parts: list[tuple[str, list[str]]] = []
    for section, passage in named:
        if section and parts and parts[-1][0] == section:
            parts[-1][1].extend(passage.text.split("\n"))
        elif section:
            parts.append((section, passage.text.split("\n")))
    return parts


def _in_place(named: list[tuple[str | None, _Passage]]) -> Prose | None:
    """The text with every passage at its own offset, so that annotations hold; None where that cannot be.

    It cannot where a passage is left out, two have no room for a border between them, or NFC changes one.
    """
    text = ""
    sections: list[Section] = []
    for section, passage in named:
        words = exactly(passage.text)
        gap = passage.offset - len(text)
        if not section or words != passage.text or not (1 if text else 0) <= gap <= _WIDEST_GAP:
            return None
        text += "\n" * gap
        start = len(text)
        text += words
        if sections and sections[-1].name == section:
            start = sections.pop().start
        sections.append(Section(section, start, len(text)))
    return Prose(text, tuple(sections))
