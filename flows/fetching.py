"""The refresh's first step, where it is asked for: new papers into the corpus, by ``corpus/queries.yaml``."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.states import State

from pipeline.fetch import FetchReport, FolderBusy, ManifestError, QueriesError, fetch_queries
from pipeline.fetch.queries import FILE
from pipeline.records import Failure

if TYPE_CHECKING:
    from flows.report import Report

_Log = logging.Logger | logging.LoggerAdapter[logging.Logger]


class Unanswered(ConnectionError):
    """A service gave no answer, however often it was asked; ``report`` says what came before."""

    def __init__(self, report: FetchReport) -> None:
        super().__init__("; ".join(failure.message for failure in report.failures))
        self.report = report


TROUBLE = (QueriesError, FolderBusy, ManifestError, OSError)
"""What may be wrong with a fetch: one row in failures, and the texts that are here are worked on all the same."""


def _was_unanswered(task: object, run: object, state: State) -> bool:
    return isinstance(state.data, Unanswered)


# The one task that hangs on other machines: the only one that is worth another try.
@task(
    task_run_name="fetch",
    retries=2,
    retry_delay_seconds=[30, 120],
    retry_condition_fn=_was_unanswered,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def fetch_new(corpus: Path, tell: Callable[[str], None]) -> FetchReport:
    """`pipeline.fetch.fetch_queries`, which goes on where it stopped when it is tried again.

    Raises:
        Unanswered: a service gave no answer.
    """
    report = fetch_queries(corpus, tell=tell)
    if any(query.unreachable for query in report.queries):
        raise Unanswered(report)
    return report


def fetched(corpus: Path, page: Report, log: _Log) -> list[Failure]:
    """Fetch what is new and count it on ``page``; gives what could not be had, with stage "fetch"."""
    path = corpus / FILE
    if not path.is_file():
        message = (
            f"{path}: no such file, so nothing was fetched; write your queries into it, or do not ask for it."
        )
        return [Failure(None, str(path), "fetch", "missing", message)]
    log.info("fetching what %s asks for", path)
    with page.timing("fetch"):
        try:
            report = fetch_new(corpus, log.info)
        except Unanswered as error:
            report = error.report
        except TROUBLE as error:
            return [Failure(None, str(path), "fetch", type(error).__name__, str(error))]
    page.fetched = {"new": report.new, "changed": report.changed, "deleted": report.deleted}
    return report.failures
