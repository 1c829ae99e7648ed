"""PubMed by the E-utilities: a search kept on NCBI's history server, records from it as MEDLINE XML.

Parameters, limits and answers: https://www.ncbi.nlm.nih.gov/books/NBK25499/ (ESearch: usehistory, WebEnv,
query_key, retstart, retmax, sort; EFetch: the same and id). Rates, tool and email:
https://www.ncbi.nlm.nih.gov/books/NBK25497/. Field tags: https://pubmed.ncbi.nlm.nih.gov/help/. ESearch lists
the first 9,999 papers of a search and no more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from pipeline.fetch.client import Client, ServiceError, Unexpected, xml_of
from pipeline.fetch.found import Absent, Batch, Record
from pipeline.fetch.queries import Query
from pipeline.read.draft import pmid_of
from pipeline.read.language import bibliographic_code

if TYPE_CHECKING:
    from lxml.etree import _Element

_A_REQUEST = 200  # records; NCBI asks for POST beyond that, and an answer stays below some megabytes
_IDS_A_SEARCH = 100
_HISTORIES = 3  # how often a search that the history server lost is made again
_DAY = "%Y/%m/%d"


class HistoryLost(Exception):
    """The history server no longer has the search: they are kept for some hours."""


@dataclass(frozen=True, slots=True)
class _Search:
    found: int
    ids: list[str]
    query_key: str
    web_env: str


class PubMed:
    """PubMed as a source. ``about`` is sent with every request: tool, email and api_key where there are any."""

    name = "pubmed"

    def __init__(self, client: Client, about: Mapping[str, str]) -> None:
        self._client = client
        self._about = about

    def batches(self, query: Query, since: date | None, fresh: Collection[str]) -> Iterator[Batch]:
        """See `Service.batches`."""
        term = term_of(query, since)
        taken: set[str] = set()
        for _ in range(_HISTORIES):
            try:
                yield from self._listed(term, query.limit, fresh, taken)
            except HistoryLost:
                continue
            return
        raise ServiceError(
            f"PubMed lost the search {_HISTORIES} times: run it again; what was fetched is kept.",
            unreachable=True,
        )

    def _listed(self, term: str, limit: int, fresh: Collection[str], taken: set[str]) -> Iterator[Batch]:
        search = self._search(term, limit)
        wanted = {pmid for pmid in search.ids if pmid not in fresh}
        for start in range(0, len(search.ids), _A_REQUEST):
            part = search.ids[start : start + _A_REQUEST]
            items: list[Record | Absent] = []
            if (wanted - taken).intersection(part):
                kept = {"query_key": search.query_key, "WebEnv": search.web_env}
                place = {"retstart": str(start), "retmax": str(len(part))}
                for item in self._fetch({**kept, **place}, some=True):
                    # The history's order need not be the list's: what is not of this part counts all the same.
                    if item.key in wanted and item.key not in taken:
                        taken.add(item.key)
                        items.append(item)
            yield Batch(items, search.found, part)
        if missing := [pmid for pmid in search.ids if pmid in wanted and pmid not in taken]:
            yield Batch(list(self.again(missing)), search.found, missing)

    def known(self, keys: Iterable[str]) -> set[str]:
        """See `Service.known`; the keys are PMIDs."""
        known: set[str] = set()
        for part in _parts(keys, _IDS_A_SEARCH):
            known |= set(self._search(" OR ".join(f"{pmid}[pmid]" for pmid in part), len(part)).ids)
        return known

    def again(self, keys: Iterable[str], open_access_only: bool = False) -> Iterator[Record | Absent]:
        """See `Service.again`; the keys are PMIDs."""
        for part in _parts(keys, _A_REQUEST):
            left = dict.fromkeys(part)
            for item in self._fetch({"id": ",".join(part)}, some=False):
                if item.key in left:
                    del left[item.key]
                    yield item
            for pmid in left:
                yield _deleted(pmid)

    def pmid_of_doi(self, doi: str) -> str | None:
        """The PMID of a paper, or None where PubMed knows none, or several, of that DOI."""
        ids = self._search('"{}"[doi]'.format(doi.replace('"', "")), 2).ids
        return ids[0] if len(ids) == 1 else None

    def _search(self, term: str, limit: int) -> _Search:
        form = {"db": "pubmed", "term": term, "usehistory": "y", "sort": "pub_date", "retmode": "xml"}
        return self._client.post("esearch.fcgi", {**form, "retmax": str(limit), **self._about}, _found)

    def _fetch(self, which: Mapping[str, str], *, some: bool) -> list[Record | Absent]:
        def records(body: bytes) -> list[Record | Absent]:
            found = list(_records(body))
            if some and not found:
                raise Unexpected("sent none of the records that it had found")
            return found

        form = {"db": "pubmed", "retmode": "xml", **which, **self._about}
        return self._client.post("efetch.fcgi", form, records)


def term_of(query: Query, since: date | None) -> str:
    """The search with its filters, in PubMed's language.

    >>> term_of(Query(source="pubmed", query="fibrosis", published_from=date(2020, 1, 1)), date(2026, 11, 1))
    '(fibrosis) AND ("Review"[pt]) AND eng[la] AND hasabstract AND 2020/01/01:3000/12/31[dp] AND \
(2026/11/01:3000/12/31[crdt] OR 2026/11/01:3000/12/31[lr])'
    """
    parts = [f"({query.query})"]
    if query.publication_types:
        parts.append("({})".format(" OR ".join(f'"{name}"[pt]' for name in query.publication_types)))
    if query.language:
        parts.append(f"{bibliographic_code(query.language)}[la]")
    parts.append("hasabstract")
    if query.published_from or query.published_until:
        first, last = query.published_from or date(1800, 1, 1), query.published_until or date(3000, 12, 31)
        parts.append(f"{first:{_DAY}}:{last:{_DAY}}[dp]")
    if since:
        span = f"{since:{_DAY}}:3000/12/31"
        parts.append(f"({span}[crdt] OR {span}[lr])")
    return " AND ".join(parts)


def _found(body: bytes) -> _Search:
    root = xml_of(body, "eSearchResult")
    if error := (root.findtext("ERROR") or "").strip():
        raise Unexpected(f"sent an error ({error})")
    # A field that PubMed does not know is left out of the search, which then finds far too much.
    if field := (root.findtext("ErrorList/FieldNotFound") or "").strip():
        raise ServiceError(f"PubMed does not know the field {field!r} of the query: correct it.")
    count = (root.findtext("Count") or "").strip()
    if not count.isdecimal():
        raise Unexpected("sent a search without its count")
    ids = [pmid for item in root.iterfind("IdList/Id") if (pmid := pmid_of(item.text))]
    return _Search(int(count), ids, root.findtext("QueryKey") or "", root.findtext("WebEnv") or "")


def _records(body: bytes) -> Iterator[Record | Absent]:
    root = xml_of(body, "PubmedArticleSet", "eFetchResult")
    if root.tag == "eFetchResult":
        error = " ".join((root.findtext("ERROR") or "without a reason").split())
        if "ID list is empty" in error:  # none of the ids asked for exists
            return
        if any(word in error for word in ("history", "WebEnv", "obtain query")):
            raise HistoryLost(error)
        raise Unexpected(f"sent an error ({error})")
    for element in root:
        if element.tag == "DeleteCitation":
            yield from (_deleted(pmid) for item in element.iterfind("PMID") if (pmid := pmid_of(item.text)))
        elif (record := _record(element)) is not None:
            yield record


def _record(element: _Element) -> Record | None:
    from lxml import etree

    citation = element.find("MedlineCitation")
    if citation is None:
        citation = element.find("BookDocument")
    pmid = pmid_of(citation.findtext("PMID")) if citation is not None else None
    if citation is None or pmid is None:
        return None
    number = citation.find("PMID")
    version = str(number.get("Version") or "1") if number is not None else "1"
    revised = "".join((citation.findtext(f"DateRevised/{part}") or "") for part in ("Year", "Month", "Day"))
    # Without its doctype: the reader needs none, and nothing is left to point outside.
    text = etree.tostring(element, encoding="utf-8", with_tail=False)
    data = b'<?xml version="1.0" encoding="utf-8"?>\n<PubmedArticleSet>\n' + text + b"\n</PubmedArticleSet>\n"
    return Record(pmid, "pubmed", pmid, f"{pmid}.xml", data, f"{version} {revised}".strip())


def _deleted(pmid: str) -> Absent:
    return Absent(pmid, "deleted", f"PubMed has no record {pmid}: check the number.", gone=True)


def _parts(keys: Iterable[str], size: int) -> Iterator[Sequence[str]]:
    stream = iter(keys)
    while part := list(islice(stream, size)):
        yield part
