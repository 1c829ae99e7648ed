"""MEDLINE and PubMed XML: PubmedArticleSet, MedlineCitationSet, one record or a whole baseline file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from pipeline.read.draft import Draft, doi_of, pmcid_of, pmid_of, year_of
from pipeline.read.language import iso_code
from pipeline.read.markup import elements, flat, local
from pipeline.read.prose import compose, fold
from pipeline.read.trouble import Trouble

if TYPE_CHECKING:
    from lxml.etree import _Element

_RECORDS = ("PubmedArticle", "MedlineCitation", "PubmedBookArticle", "DeleteCitation")
_FORMULAS = frozenset({"math"})
# The database's own remarks, not the author's words.
_TRUNCATED = re.compile(r"\(ABSTRACT TRUNCATED(?: AT \d+ WORDS)?\)\s*$")
_NO_TITLE = re.compile(r"\[?(?:not available|no title available|in process citation)\.?\]?\.?", re.IGNORECASE)


def read_medline(stream: BinaryIO, head: bytes, record_bytes: int) -> Iterator[Draft | Trouble]:
    """A Draft for each record with an abstract, a Trouble for each without. Raises Trouble for broken XML."""
    any_record = False
    for place, element in enumerate(elements(stream, _RECORDS, record_bytes=record_bytes, head=head)):
        any_record = True
        if local(element) != "DeleteCitation":
            yield _record(element, place)
    if not any_record:
        raise Trouble("no-text", "holds no MEDLINE record: check the search that it came from")


def scan_medline(
    stream: BinaryIO, head: bytes, record_bytes: int
) -> Iterator[tuple[str, tuple[int, int, int]] | str]:
    """The light first pass: (pmid, newness) of each record, and each withdrawn pmid as a string."""
    for place, element in enumerate(elements(stream, _RECORDS, record_bytes=record_bytes, head=head)):
        if local(element) == "DeleteCitation":
            for item in element.iterfind("PMID"):
                if pmid := pmid_of(item.text):
                    yield pmid
        else:
            citation = _citation(element)
            if pmid := pmid_of(citation.findtext("PMID")):
                yield pmid, _newness(citation, place)


def _citation(element: _Element) -> _Element:
    found = element.find("MedlineCitation")
    if found is None:
        found = element.find("BookDocument")
    return element if found is None else found


def _newness(citation: _Element, place: int) -> tuple[int, int, int]:
    pmid = citation.find("PMID")
    version = str(pmid.get("Version") or "1") if pmid is not None else "1"
    date = citation.find("DateRevised")
    parts = [(date.findtext(part) or "0") for part in ("Year", "Month", "Day")] if date is not None else []
    revised = int("".join(f"{int(p):02d}" for p in parts)) if parts and all(map(str.isdecimal, parts)) else 0
    return int(version) if version.isdecimal() else 1, revised, place


def _record(element: _Element, place: int) -> Draft | Trouble:
    citation = _citation(element)
    article = citation.find("Article")
    if article is None:
        article = citation
    pmid = pmid_of(citation.findtext("PMID"))
    if pmid is None:
        return Trouble("no-id", f"holds a record without PMID (number {place + 1}): get that record again")
    title = fold(flat(article.find("ArticleTitle"), _FORMULAS))
    if _NO_TITLE.fullmatch(title):
        title = ""
    abstract = [
        (str(part.get("Label") or "").strip(), _TRUNCATED.sub("", flat(part, _FORMULAS)))
        for part in article.iterfind("Abstract/AbstractText")
    ]
    parts = [
        ("abstract" if label.upper() in ("", "UNLABELLED", "UNLABELED", "ABSTRACT") else label, [text])
        for label, text in abstract
        if fold(text)
    ]
    if not parts:
        return Trouble(
            "no-abstract",
            f"holds the record {pmid} without abstract: give its full text (JATS or PDF) instead",
            pmid,
        )
    declared = [iso_code(item.text) for item in article.iterfind("Language")]
    return Draft(
        doc_id=pmid,
        prose=compose([("title", [title]), *parts]),
        about=_about(element, citation, article, pmid, title),
        # The abstract of a paper in French is in English here: then the text itself is asked.
        language="en" if "en" in declared else None,
        newness=_newness(citation, place),
    )


def _about(
    element: _Element, citation: _Element, article: _Element, pmid: str, title: str
) -> dict[str, object]:
    types = tuple(fold(item.text or "") for item in article.iterfind("PublicationTypeList/PublicationType"))
    ids = {str(item.get("IdType")): item.text for item in element.iterfind("*/ArticleIdList/ArticleId")}
    for item in citation.iterfind("OtherID"):
        if (item.text or "").startswith("PMC"):
            ids.setdefault("pmc", item.text)
    for item in article.iterfind("ELocationID"):
        if item.get("EIdType") == "doi" and item.get("ValidYN") != "N":
            ids.setdefault("doi", item.text)
    retracted = "Retracted Publication" in types or any(
        item.get("RefType") == "RetractionIn"
        for item in citation.iterfind("CommentsCorrectionsList/CommentsCorrections")
    )
    date = article.find("Journal/JournalIssue/PubDate")
    journal = article.findtext("Journal/Title") or citation.findtext("MedlineJournalInfo/MedlineTA") or ""
    return {
        "pmid": pmid,
        "pmcid": pmcid_of(ids.get("pmc")),
        "doi": doi_of(ids.get("doi")),
        "title": title or None,
        "journal": fold(journal) or None,
        "year": year_of(" ".join(flat(part) for part in date)) if date is not None else None,
        "authors": tuple(filter(None, map(_author, article.iterfind("AuthorList/Author")))),
        "publication_types": types,
        "retracted": retracted,
    }


def _author(author: _Element) -> str:
    collective = flat(author.find("CollectiveName"))
    given = author.findtext("ForeName") or author.findtext("Initials") or ""
    names = (given, author.findtext("LastName") or "", author.findtext("Suffix") or "")
    return fold(collective or " ".join(names))
