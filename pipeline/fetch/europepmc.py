"""Europe PMC: searched page by page with a cursor, full texts of the open access subset as JATS.

The Articles RESTful API: https://europepmc.org/RestfulWebService (GET /search with query, resultType, cursorMark,
pageSize, sort, format; GET /{id}/fullTextXML). The fields of a query: https://europepmc.org/searchsyntax. Fields
of a core result: the reference at https://europepmc.org/docs/EBI_Europe_PMC_Web_Service_Reference.pdf. From
version 6.6 on the last page has no nextCursorMark; before, it repeated the cursor that was sent.

Abstracts of papers with a PMID are taken from PubMed, where they are complete MEDLINE records; those of
preprints, which PubMed lacks, are written as JSON that our reader knows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipeline.fetch.client import Client, NotFound, ServiceError, Unexpected, json_of, xml_of
from pipeline.fetch.found import Absent, Batch, Record
from pipeline.fetch.preprints import abstract_json
from pipeline.fetch.pubmed import PubMed
from pipeline.fetch.queries import Query
from pipeline.read.draft import doi_of, pmcid_of, pmid_of
from pipeline.read.language import bibliographic_code

_PAGE = 100  # core results of some 20 kB each
_A_BATCH = 25  # full texts between two looks at the manifest
_IDS_A_SEARCH = 25
_FAILED_IN_A_ROW = 3  # full texts; then it is not this paper that is the trouble


@dataclass(frozen=True, slots=True)
class Hit:
    """One core result, with what is asked of it."""

    id: str
    source: str
    pmid: str | None
    pmcid: str | None
    doi: str | None
    full_text: bool
    license: str | None
    version: str | None
    fields: dict[str, Any]

    @property
    def key(self) -> str:
        """What the folder knows the paper by."""
        return self.pmid or self.pmcid or self.id

    @classmethod
    def of(cls, fields: dict[str, Any]) -> Hit | None:
        """A result that has an id and a source; None for one that has not."""
        identity, source = str(fields.get("id") or ""), str(fields.get("source") or "")
        # The id will be a file's name.
        if not identity.isalnum() or not source:
            return None
        pmcid = pmcid_of(fields.get("pmcid"))
        version = fields.get("versionNumber") or fields.get("dateOfRevision") or fields.get("firstIndexDate")
        return cls(
            identity,
            source,
            pmid_of(fields.get("pmid") or (identity if source == "MED" else None)),
            pmcid,
            doi_of(fields.get("doi")),
            # inEPMC alone may be read there and not taken: only the open access subset has full texts here.
            fields.get("isOpenAccess") == "Y" and fields.get("inEPMC", "Y") == "Y" and pmcid is not None,
            str(fields["license"]) if fields.get("license") else None,
            str(version) if version else None,
            fields,
        )


class EuropePmc:
    """Europe PMC as a source; ``pubmed`` gives the abstracts."""

    name = "europepmc"

    def __init__(self, client: Client, pubmed: PubMed) -> None:
        self._client = client
        self._pubmed = pubmed
        self._failed = 0

    def batches(self, query: Query, since: date | None, fresh: Collection[str]) -> Iterator[Batch]:
        """See `Service.batches`."""
        wanted = {_plain(name) for name in query.licenses}
        left, seen = query.limit, set[str]()
        for results, found in self._pages(text_of(query, since), min(_PAGE, query.limit)):
            hits = [h for h in map(Hit.of, results) if h is not None and h.key not in seen][:left]
            seen.update(hit.key for hit in hits)
            left -= len(hits)
            for start in range(0, len(hits), _A_BATCH):
                part = hits[start : start + _A_BATCH]
                new = [hit for hit in part if hit.key not in fresh]
                right = [hit for hit in new if not wanted or _plain(hit.license) in wanted]
                items: list[Record | Absent] = [_other_license(hit) for hit in new if hit not in right]
                try:
                    for item in self.take(right, query.open_access_only):
                        items.append(item)  # noqa: PERF402 (what came before an error counts)
                except ServiceError:
                    yield Batch(items, found, [item.key for item in items])
                    raise
                yield Batch(items, found, [hit.key for hit in part])
            if left <= 0:
                return

    def known(self, keys: Iterable[str]) -> set[str]:
        """See `Service.known`."""
        wanted = set(keys)
        return wanted.intersection(
            name
            for fields in self._having(map(_clause, sorted(wanted)), "lite")
            for name in (pmid_of(fields.get("pmid")), pmcid_of(fields.get("pmcid")), fields.get("id"))
            if name
        )

    def again(self, keys: Iterable[str], open_access_only: bool) -> Iterator[Record | Absent]:
        """See `Service.again`."""
        wanted = list(keys)
        hits = [hit for hit in self.find(map(_clause, wanted)) if {hit.key, hit.pmcid} & set(wanted)]
        yield from self.take(hits, open_access_only)
        listed = {name for hit in hits for name in (hit.key, hit.pmcid)}
        for key in wanted:
            if key not in listed:
                yield Absent(key, "deleted", f"Europe PMC has no paper {key}: check the number.", gone=True)

    def find(self, clauses: Iterable[str]) -> list[Hit]:
        """The papers that fit any of some clauses of its search language."""
        return [hit for fields in self._having(clauses, "core") if (hit := Hit.of(fields)) is not None]

    def take(self, hits: Sequence[Hit], open_access_only: bool) -> Iterator[Record | Absent]:
        """The full text of each paper that has one to be had; else its abstract, where abstracts are wanted."""
        abstracts: list[str] = []
        for hit in hits:
            item = self._full_text(hit) if hit.full_text else None
            if item is not None:
                yield item
            elif open_access_only:
                message = f"Europe PMC has no open full text of {hit.key}: set open_access_only to false."
                yield Absent(hit.key, "no-full-text", message, gone=True)
            elif hit.pmid:
                abstracts.append(hit.pmid)
            else:
                yield _preprint(hit)
        yield from self._pubmed.again(abstracts)

    def _full_text(self, hit: Hit) -> Record | Absent | None:
        """The full text; None where there is none after all (taken back since the list was made)."""
        name = str(hit.pmcid)

        def article(body: bytes) -> bytes:
            xml_of(body, "article", "pmc-articleset")
            return body

        try:
            data = self._client.get(f"{name}/fullTextXML", {}, article)
        except NotFound:
            return None
        except ServiceError as error:
            self._failed += 1
            if self._failed >= _FAILED_IN_A_ROW:
                raise
            return Absent(hit.key, "failed", str(error), passing=True)
        self._failed = 0
        return Record(hit.key, self.name, name, f"{name}.nxml", data, hit.version, hit.license)

    def _having(self, clauses: Iterable[str], result_type: str) -> Iterator[dict[str, Any]]:
        given = list(clauses)
        for start in range(0, len(given), _IDS_A_SEARCH):
            query = " OR ".join(f"({clause})" for clause in given[start : start + _IDS_A_SEARCH])
            for results, _ in self._pages(query, _PAGE, result_type):
                yield from results

    def _pages(
        self, query: str, size: int, result_type: str = "core"
    ) -> Iterator[tuple[list[dict[str, Any]], int]]:
        """The pages of a search, each with the number of papers that it finds in all.

        Raises:
            ServiceError: the list ended, or came round to a page that was there before, too early.
        """
        cursor, seen, got = "*", set[str](), 0
        while True:
            seen.add(cursor)
            params: dict[str, str | int] = {
                "query": query,
                "resultType": result_type,
                "format": "json",
                "pageSize": size,
            }
            order = {"sort": "P_PDATE_D desc", "cursorMark": cursor}
            results, found, following = self._client.get("search", {**params, **order}, _page)
            got += len(results)
            if results:
                yield results, found
            if not results or not following or following in seen:
                # Short of less than a page after a page that was not full: papers left the index meanwhile.
                if got < found and (len(results) == size or found - got >= size):
                    raise ServiceError(
                        f"Europe PMC's list ended after {got:,} of {found:,} papers: run it again; "
                        "what was fetched is kept."
                    )
                return
            cursor = following


def text_of(query: Query, since: date | None) -> str:
    """The search with its filters, in Europe PMC's language.

    >>> text_of(Query(source="europepmc", query="fibrosis", licenses=["cc by"]), date(2026, 11, 1))
    '(fibrosis) AND (PUB_TYPE:"Review") AND LANG:eng AND (LICENSE:"cc by") AND OPEN_ACCESS:y AND IN_EPMC:y AND \
UPDATE_DATE:[2026-11-01 TO 3000-12-31]'
    """
    parts = [f"({query.query})"]
    if query.publication_types:
        parts.append(_any_of("PUB_TYPE", query.publication_types))
    if query.language:
        parts.append(f"LANG:{bibliographic_code(query.language)}")
    if query.licenses:
        parts.append(_any_of("LICENSE", query.licenses))
    if query.published_from or query.published_until:
        first, last = query.published_from or date(1800, 1, 1), query.published_until or date(3000, 12, 31)
        parts.append(f"FIRST_PDATE:[{first} TO {last}]")
    if query.open_access_only:
        parts += ["OPEN_ACCESS:y", "IN_EPMC:y"]
    if since:
        parts.append(f"UPDATE_DATE:[{since} TO 3000-12-31]")
    return " AND ".join(parts)


def _any_of(field: str, values: Iterable[str]) -> str:
    return "({})".format(" OR ".join(f'{field}:"{value}"' for value in values))


def _page(body: bytes) -> tuple[list[dict[str, Any]], int, str | None]:
    answer = json_of(body, "hitCount", "resultList")
    listed, found = answer["resultList"], answer["hitCount"]
    results = listed.get("result", []) if isinstance(listed, dict) else None
    if not isinstance(results, list) or not isinstance(found, int):
        raise Unexpected("sent a page of results without its list")
    following = answer.get("nextCursorMark")
    return [row for row in results if isinstance(row, dict)], found, str(following) if following else None


def _clause(key: str) -> str:
    if key.startswith("PMC"):
        return f"PMCID:{key}"
    return f"EXT_ID:{key} AND SRC:{'MED' if key.isdecimal() else 'PPR'}"


def _plain(name: str | None) -> str:
    return " ".join((name or "").lower().replace("-", " ").split())


def _other_license(hit: Hit) -> Absent:
    return Absent(hit.key, "license", f"{hit.key} has the licence {hit.license or 'unknown'}.", gone=True)


def _preprint(hit: Hit) -> Record | Absent:
    data = abstract_json(hit.key, hit.fields)
    if data is None:
        return Absent(hit.key, "no-abstract", f"Europe PMC has no abstract of {hit.key}: give its full text.")
    return Record(hit.key, "europepmc", hit.id, f"{hit.key}.json", data, hit.version, hit.license)
