"""``kupffer fetch``: papers from Europe PMC and PubMed, by query or by identifier."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.outcomes import INTERRUPTED, NOTHING_READ, OK, WRONG_USAGE, orderly, tell

if TYPE_CHECKING:
    from pipeline.fetch import QueryReport


def fetch(
    identifiers: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PMID|PMCID|DOI]…", help="Single papers; without any, the corpus's queries."),
    ] = None,
    corpus: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of texts with queries.yaml; corpus by default.")
    ] = None,
    query: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this query; may be given again.")
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Ask for everything again, not only for what changed.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 unless everything came.")] = False,
) -> None:
    """Fetch papers from Europe PMC and PubMed into the corpus folder.

    The queries of queries.yaml each fill a folder of their name and keep it up to date; papers given by
    identifier go to by-id.
    """
    if identifiers and (query or full):
        raise typer.BadParameter("leave them out where papers are named.", None, None, "--query, --full")
    with orderly(), _kept_on_the_way():
        from pipeline.fetch import fetch_ids, fetch_queries, own_folder
        from pipeline.fetch.queries import FILE
        from pipeline.settings import settings

        corpus = corpus or settings().corpus
        if identifiers:
            reports = [fetch_ids(identifiers, own_folder(corpus))]
        elif (corpus / FILE).is_file():
            reports = fetch_queries(corpus, query, full=full, tell=tell).queries
        else:
            tell(f"{corpus / FILE}: no such file; write your queries into it, or name papers by identifier.")
            raise typer.Exit(WRONG_USAGE)
        for report in reports:
            _show(report)
    failed = any(report.failures for report in reports)
    came = any(report.complete or report.found for report in reports)
    raise typer.Exit(NOTHING_READ if failed and (strict or not came) else OK)


def on_disk(paths: list[str]) -> list[str]:
    """``paths``, where identifiers of papers are fetched first and their files stand for them.

    What exists as a file is never taken for an identifier. A paper that cannot be had is told on stderr and
    left as it is, so that the reader names it as missing.
    """
    wanted = [path for path in paths if _names_a_paper(path)]
    if not wanted:
        return paths
    with _kept_on_the_way():
        from pipeline.fetch import fetch_ids, own_folder
        from pipeline.settings import settings

        report = fetch_ids(wanted, own_folder(settings().corpus))
        for failure in report.failures:
            tell(failure.message)
        for given, file in report.files.items():
            tell(f"{given} is in {file}.")
        return [str(report.files.get(path, path)) for path in paths]


def _names_a_paper(path: str) -> bool:
    # Most paths hold no digit or end in a suffix: they need not wait for the import.
    if path == "-" or not any(map(str.isdecimal, path)) or os.path.lexists(path):
        return False
    from pipeline.fetch.identifiers import identifier_of

    return identifier_of(path) is not None


def _show(report: QueryReport) -> None:
    print(report.summary)
    for failure in report.failures:
        tell(failure.message)


@contextmanager
def _kept_on_the_way() -> Iterator[None]:
    """What may go wrong in a fetch as one sentence: what came is kept, and the next run goes on from there."""
    from pipeline.fetch import FolderBusy, IdentifierError, ManifestError, QueriesError

    try:
        yield
    except (QueriesError, IdentifierError) as error:
        tell(str(error))
        raise typer.Exit(WRONG_USAGE) from None
    except (FolderBusy, ManifestError) as error:
        tell(str(error))
        raise typer.Exit(NOTHING_READ) from None
    except KeyboardInterrupt:
        tell("Stopped before the end; what was fetched is kept, and the next run goes on from there.")
        raise typer.Exit(INTERRUPTED) from None
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        tell("The disk is full: make room and run it again; what was fetched is kept.")
        raise typer.Exit(NOTHING_READ) from None
