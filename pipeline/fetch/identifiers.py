"""Papers by their identifiers: the full text where it is open, otherwise the abstract.

Europe PMC tells of each identifier, whatever its kind, which other ones the paper has and whether its full text
is open: that spares NCBI's ID converter, which knows only papers in PMC. A DOI that Europe PMC does not know is
looked for in PubMed ([doi] of https://pubmed.ncbi.nlm.nih.gov/help/).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from pipeline.fetch.client import ServiceError
from pipeline.fetch.europepmc import EuropePmc, Hit
from pipeline.fetch.found import Absent, Record
from pipeline.fetch.harvest import only_fetcher
from pipeline.fetch.keep import Keeper
from pipeline.fetch.manifest import Manifest
from pipeline.fetch.pubmed import PubMed
from pipeline.fetch.report import QueryReport
from pipeline.read.draft import doi_of, pmcid_of, pmid_of
from pipeline.settings import Settings

_PMID = re.compile(r"(?:pmid:?\s*)?(\d{1,9})", re.IGNORECASE)
_PMCID = re.compile(r"(?:pmcid:?\s*)?(PMC\d{1,9})(?:\.\d+)?", re.IGNORECASE)
_AS_NEW = timedelta(days=1)  # what was fetched within it is not asked for again


class IdentifierError(ValueError):
    """Something is no PMID, PMCID or DOI; the message names it."""


class Kind(StrEnum):
    """The kinds of identifiers."""

    PMID = "PMID"
    PMCID = "PMCID"
    DOI = "DOI"


@dataclass(frozen=True, slots=True)
class Identifier:
    """A paper's identifier; ``value`` is "29768149", "PMC3102344" or "10.1000/xyz", a DOI in lower case."""

    kind: Kind
    value: str

    def names(self, hit: Hit) -> bool:
        """Whether a paper that was found is the one that is meant."""
        ids = {Kind.PMID: hit.pmid, Kind.PMCID: hit.pmcid, Kind.DOI: (hit.doi or "").lower()}
        return self.value == ids[self.kind]

    @property
    def clause(self) -> str:
        """The search for it in Europe PMC's language."""
        match self.kind:
            case Kind.PMID:
                return f"EXT_ID:{self.value} AND SRC:MED"
            case Kind.PMCID:
                return f"PMCID:{self.value}"
        return 'DOI:"{}"'.format(self.value.replace('"', ""))


def identifier_of(text: str) -> Identifier | None:
    """What ``text`` names, or None where it is no identifier.

    >>> identifier_of("pmid: 29768149").value, identifier_of("https://doi.org/10.1000/Xyz").value
    ('29768149', '10.1000/xyz')
    >>> identifier_of("paper.pdf")
    """
    text = text.strip()
    if (found := _PMID.fullmatch(text)) and (pmid := pmid_of(found[1])):
        return Identifier(Kind.PMID, pmid)
    if (found := _PMCID.fullmatch(text)) and (pmcid := pmcid_of(found[1])):
        return Identifier(Kind.PMCID, pmcid)
    doi = doi_of(text)
    return Identifier(Kind.DOI, doi.lower()) if doi else None


def gather(
    given: Iterable[str],
    folder: Path,
    europepmc: EuropePmc,
    pubmed: PubMed,
    *,
    settings: Settings,
    now: Callable[[], datetime],
) -> QueryReport:
    """Bring the papers ``given`` by identifier into ``folder``; the report's ``files`` is by what was given.

    Raises:
        IdentifierError: one of them is no identifier; nothing is asked for then.
        FolderBusy, ManifestError, OSError: as `harvest`.
    """
    wanted: dict[str, Identifier] = {}
    for text in given:
        identifier = identifier_of(text)
        if identifier is None:
            raise IdentifierError(
                f"{text}: is no PMID, PMCID or DOI; write 29768149, PMC3102344 or 10.1000/xyz."
            )
        wanted[text] = identifier
    report = QueryReport(folder.name, folder)
    with only_fetcher(folder):
        manifest = Manifest.load(folder)
        keeper = Keeper(manifest, report, settings, now)
        known = _Known()
        try:
            left = {i for i in wanted.values() if not known.held(i, manifest, now())}
            for item in _items(sorted(left, key=lambda i: i.value), europepmc, pubmed, known, report):
                keeper.take(item)
                if item.key in keeper.refused:
                    report.fail(item.key, *keeper.refused[item.key])
                manifest.save()
        except ServiceError as error:
            report.fail(None, "service", str(error))
            report.unreachable = error.unreachable
        finally:
            keeper.close()
            manifest.save()
        report.files = {
            text: folder / entry.file
            for text, identifier in wanted.items()
            if (entry := manifest.records.get(known.keys.get(identifier, ""))) and not entry.deleted_at
        }
    report.found, report.complete = len(report.files), not report.failures
    return report


class _Known:
    """Which paper of the folder each identifier means."""

    def __init__(self) -> None:
        self.keys: dict[Identifier, str] = {}

    def held(self, identifier: Identifier, manifest: Manifest, at: datetime) -> bool:
        """Whether it was fetched a short while ago (by PMID or PMCID: the manifest knows no DOIs)."""
        for key, entry in manifest.held():
            if (
                identifier.value in (key, entry.id)
                and at - entry.fetched_at < _AS_NEW
                and (manifest.folder / entry.file).is_file()
            ):
                self.keys[identifier] = key
                return True
        return False


def _items(
    wanted: list[Identifier], europepmc: EuropePmc, pubmed: PubMed, known: _Known, report: QueryReport
) -> Iterator[Record | Absent]:
    try:
        found = europepmc.find(identifier.clause for identifier in wanted) if wanted else []
    except ServiceError as error:  # PubMed may still have the abstracts
        report.fail(None, "service", str(error))
        found = []
    hits: dict[str, Hit] = {}
    for identifier in wanted:
        for hit in found:
            if identifier.names(hit):
                hits[hit.key] = hit
                known.keys[identifier] = hit.key
                break
    yield from europepmc.take(list(hits.values()), open_access_only=False)
    pmids: list[str] = []
    for identifier in wanted:
        if identifier in known.keys:
            continue
        pmid = identifier.value if identifier.kind is Kind.PMID else None
        if identifier.kind is Kind.DOI:
            pmid = pubmed.pmid_of_doi(identifier.value)
        if pmid is None:
            what = f"{identifier.value}: neither Europe PMC nor PubMed knows it; check the identifier."
            yield Absent(identifier.value, "unknown", what)
        else:
            known.keys[identifier] = pmid
            pmids.append(pmid)
    yield from pubmed.again(pmids)
