"""Papers from Europe PMC and PubMed into a corpus folder.

    fetch_queries(corpus)                        corpus/queries.yaml -> corpus/<query>/
    fetch_ids(["PMC3102344", "29768149"], ...)   single papers -> corpus/by-id/

Each folder mirrors its query: new papers come, changed ones replace, deleted ones go, and manifest.json says
where each file came from, when, and under which licence. A file lies there only after our own reader has
read it. `europepmc` and `pubmed` speak to the services, `client` is how politely, `harvest` is one query's run,
`keep` is what becomes of one record.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.fetch.client import Client, Sleep
from pipeline.fetch.europepmc import EuropePmc
from pipeline.fetch.harvest import FolderBusy, Tell, harvest
from pipeline.fetch.identifiers import IdentifierError, gather, identifier_of
from pipeline.fetch.manifest import Manifest, ManifestError
from pipeline.fetch.pubmed import PubMed
from pipeline.fetch.queries import FILE, OWN_FOLDER, QueriesError, read_queries
from pipeline.fetch.report import FetchReport, QueryReport
from pipeline.records import utc_now

if TYPE_CHECKING:
    from pipeline.fetch.found import Service
    from pipeline.settings import Settings

__all__ = [
    "FetchReport",
    "FolderBusy",
    "IdentifierError",
    "Manifest",
    "ManifestError",
    "QueriesError",
    "QueryReport",
    "fetch_ids",
    "fetch_queries",
    "identifier_of",
]

_EUROPEPMC_A_SECOND = 5.0  # Europe PMC names no number; this is half of what NCBI allows with a key
_NCBI_A_SECOND, _NCBI_A_SECOND_WITH_KEY = 3.0, 10.0


def fetch_queries(
    corpus: Path,
    names: Collection[str] | None = None,
    *,
    full: bool = False,
    settings: Settings | None = None,
    tell: Tell = lambda line: None,
    sleep: Sleep = time.sleep,
    now: Callable[[], datetime] = utc_now,
) -> FetchReport:
    """Bring every query of ``corpus/queries.yaml`` up to date; nothing where there is no such file.

    Args:
        names: Only these queries.
        full: Ask for everything again, not only for what changed since the last good run.
        tell: Is given a line now and then about how far it is.
        sleep, now: For tests.

    Raises:
        QueriesError: the file is wrong, or has no query of a name in ``names``.
        FolderBusy: another process is fetching into one of the folders.
        ManifestError, OSError: a folder is not usable.

    A service that gives nothing raises nothing: the report's failures say so, ``complete`` is false, and the next
    run goes on from there.

    >>> fetch_queries(Path("no-such-corpus")).queries
    []
    """
    path = corpus / FILE
    if not path.is_file():
        if names:
            raise QueriesError(f"{path}: no such file; write your queries into it.")
        return FetchReport()
    queries = read_queries(path)
    if unknown := [name for name in names or () if name not in queries]:
        raise QueriesError(f"{path}: has no query {unknown[0]!r}; it has {', '.join(queries) or 'none'}.")
    report = FetchReport()
    with _services(settings, sleep) as (europepmc, pubmed, current):
        sources: dict[str, Service] = {"europepmc": europepmc, "pubmed": pubmed}
        silent: set[str] = set()
        for name, query in queries.items():
            if names and name not in names:
                continue
            if query.source in silent:  # its queries would each wait for all attempts
                done = QueryReport(name, corpus / name, unreachable=True)
                done.fail(
                    None, "service", f"{name}: {query.source} gave no answer before: run it again later."
                )
            else:
                done = harvest(
                    name, query, corpus / name, sources[query.source], settings=current, now=now, full=full, tell=tell
                )  # fmt: skip
            if done.unreachable:
                silent.add(query.source)
            report.queries.append(done)
    return report


def fetch_ids(
    identifiers: Iterable[str],
    folder: Path,
    *,
    settings: Settings | None = None,
    sleep: Sleep = time.sleep,
    now: Callable[[], datetime] = utc_now,
) -> QueryReport:
    """Bring papers given by PMID, PMCID or DOI into ``folder`` (by custom ``corpus/by-id``).

    The report's ``files`` maps what was given to where it lies. What was fetched within a day is not
    asked for again.

    Raises:
        IdentifierError: one of ``identifiers`` is none.
        FolderBusy, ManifestError, OSError: as `fetch_queries`.
    """
    with _services(settings, sleep) as (europepmc, pubmed, current):
        return gather(identifiers, folder, europepmc, pubmed, settings=current, now=now)


def own_folder(corpus: Path) -> Path:
    """Where papers asked for by identifier go."""
    return corpus / OWN_FOLDER


@contextmanager
def _services(settings: Settings | None, sleep: Sleep) -> Iterator[tuple[EuropePmc, PubMed, Settings]]:
    from pipeline import __version__
    from pipeline.settings import settings as default

    current = settings or default()
    about = {"tool": current.tool}
    agent = f"{current.tool}/{__version__}"
    rate = _NCBI_A_SECOND
    if current.email:
        about["email"] = current.email
        agent += f" (mailto:{current.email})"
    if current.ncbi_api_key:
        about["api_key"] = current.ncbi_api_key.get_secret_value()
        rate = _NCBI_A_SECOND_WITH_KEY

    def client(name: str, url: str, per_second: float) -> Client:
        return Client(
            name,
            url,
            per_second=per_second,
            agent=agent,
            timeout=current.fetch_timeout_seconds,
            attempts=current.fetch_attempts,
            max_bytes=current.max_file_bytes,
            sleep=sleep,
        )

    with (
        client("Europe PMC", current.europepmc_url, _EUROPEPMC_A_SECOND) as at_ebi,
        client("PubMed", current.eutils_url, rate) as at_ncbi,
    ):
        pubmed = PubMed(at_ncbi, about)
        yield EuropePmc(at_ebi, pubmed), pubmed, current
