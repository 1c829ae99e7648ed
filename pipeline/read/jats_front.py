"""What the front of a JATS article says about it: ids, journal, year, authors, types, licence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.read.draft import doi_of, pmcid_of, pmid_of, year_of
from pipeline.read.markup import flat
from pipeline.read.prose import fold

if TYPE_CHECKING:
    from lxml.etree import _Element

_HREF = "{http://www.w3.org/1999/xlink}href"
_NO_TITLE_TEXT = frozenset({"fn", "math", "tex-math", "inline-formula"})
# The printed issue's year is the one that papers are cited by, as MEDLINE does.
_DATES = ("ppub", "collection", "issue-pub", "epub", "pub", "epub-ppub", "epreprint")


def title_of(meta: _Element | None) -> str:
    """The article's title, with its subtitle, or ""."""
    group = meta.find("title-group") if meta is not None else None
    if group is None:
        return ""
    title = fold(flat(group.find("article-title"), _NO_TITLE_TEXT))
    subtitle = fold(flat(group.find("subtitle"), _NO_TITLE_TEXT))
    return f"{title}: {subtitle}" if title and subtitle else title or subtitle


def about(article: _Element, front: _Element | None, title: str) -> dict[str, Any]:
    """The fields of Document that describe the article."""
    meta = front.find("article-meta") if front is not None else None
    ids = (
        {i.get("pub-id-type"): flat(i).strip() for i in meta.iterfind("article-id")}
        if meta is not None
        else {}
    )
    kind = str(article.get("article-type") or "")
    retracted = (
        kind == "retracted-article"
        or title.lower().startswith(("retracted:", "retracted article:"))
        or any(
            item.get("related-article-type") == "retraction-forward"
            for item in (meta.iterfind("related-article") if meta is not None else ())
        )
    )
    return {
        "pmid": pmid_of(ids.get("pmid")),
        "pmcid": pmcid_of(ids.get("pmcid") or ids.get("pmc") or ids.get("pmcaid")),
        "doi": doi_of(ids.get("doi")),
        "title": title or None,
        "journal": _journal(front),
        "year": _year(meta),
        "authors": _authors(meta),
        "publication_types": tuple(dict.fromkeys(filter(None, [kind, *_subjects(meta)]))),
        "license": _license(meta),
        "retracted": retracted,
    }


def _journal(front: _Element | None) -> str | None:
    if front is None:
        return None
    for where in ("journal-title-group/journal-title", "journal-title", "journal-id"):
        if name := fold(flat(front.find(f"journal-meta/{where}"))):
            return name
    return None


def _year(meta: _Element | None) -> int | None:
    if meta is None:
        return None
    years = {
        str(date.get("pub-type") or date.get("date-type") or ""): year_of(date.findtext("year"))
        for date in meta.iterfind("pub-date")
    }
    known = {kind: year for kind, year in years.items() if year}
    return next((known[kind] for kind in _DATES if kind in known), min(known.values(), default=None))


def _authors(meta: _Element | None) -> tuple[str, ...]:
    if meta is None:
        return ()
    names = []
    for person in meta.iterfind("contrib-group/contrib"):
        if person.get("contrib-type", "author") != "author":
            continue
        name = person.find("name")
        if name is None:
            name = person.find("name-alternatives/name")
        if name is not None:
            parts = (name.findtext("given-names"), name.findtext("surname"), name.findtext("suffix"))
            names.append(fold(" ".join(filter(None, parts))))
        else:
            names.append(
                fold(
                    flat(person.find("collab"), {"contrib-group", "aff"}) or flat(person.find("string-name"))
                )
            )
    return tuple(filter(None, names))  # fmt: skip


def _subjects(meta: _Element | None) -> list[str]:
    if meta is None:
        return []
    groups = meta.iterfind("article-categories/subj-group")
    return [
        fold(flat(subject))
        for group in groups
        if group.get("subj-group-type", "heading") == "heading"
        for subject in group.iterfind("subject")
    ]


def _license(meta: _Element | None) -> str | None:
    license_ = meta.find("permissions/license") if meta is not None else None
    if license_ is None:
        return None
    found = [license_.get(_HREF), license_.findtext("license_ref")]
    found += [link.get(_HREF) for link in license_.iterfind(".//ext-link")]
    links = [fold(link) for link in found if link and fold(link)]
    creative = [link for link in links if "creativecommons.org" in link]
    text = fold(flat(license_))
    return next(iter(creative + links), None) or license_.get("license-type") or text[:200] or None
