"""The refresh: a whole corpus folder into the tables, as a Prefect flow. What did not change costs nothing.

    refresh(corpus, outputs)         the flow, for whoever has a Prefect server (or schedules one)
    refresh.fn(corpus, outputs)      its body: the decorators away, the program still runs
    run(corpus, outputs)             what `kupffer refresh` calls: the flow with a server for its length

A task is a batch of documents, never one: a task run costs about 50 ms.
"""

# Not `from __future__ import annotations`: Prefect pickles a served flow by value, and names in strings are lost.
import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from errno import ENOSPC
from functools import partial
from importlib import import_module
from itertools import chain
from os import strerror
from pathlib import Path
from shutil import disk_usage
from typing import TypedDict, Unpack

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.exceptions import MissingContextError

from flows.artifacts import publish, write_page
from flows.endings import brief
from flows.fetching import TROUBLE, fetched
from flows.notify import notify
from flows.release import DropError, release
from flows.report import Report
from flows.runners import STORED, early
from flows.runners import runner as workers_of
from flows.server import prefect_server
from pipeline import extraction
from pipeline.claims.curators import read_corrections
from pipeline.extraction import Extracted
from pipeline.read import Known, read
from pipeline.records import Document, Failure
from pipeline.runner_names import Runner
from pipeline.settings import settings
from pipeline.store import (
    Annotated,
    Busy,
    SchemaError,
    Update,
    Versions,
    Writer,
    read_manifest,
    versions,
)

_LEAST_ROOM = 8_000_000  # bytes; with less, Prefect's own notes do not find room
_CHARACTERS_A_BYTE = 2  # of texts in a table of documents, which is packed
_FAILURES_LOGGED = 100  # a file of old MEDLINE records without abstracts has 15,000; the table holds them all

_Log = logging.Logger | logging.LoggerAdapter[logging.Logger]
Results = list[Extracted | Failure | Annotated]


# Prefect would hash every text to find an earlier run's result, and its keys ignore changed code: no cache.
@task(task_run_name="extract-batch-{number}", cache_policy=NO_CACHE, persist_result=False)
def extract_batch(number: int, wait: Callable[[], Results]) -> Results:
    """`pipeline.extraction.work_on` on one batch, wherever the runner has it done."""
    return wait()


@flow(name="refresh", persist_result=False, on_failure=[notify], on_crashed=[notify])
def refresh(
    corpus: Path,
    outputs: Path,
    model: str | None = None,
    lexicon: Path | None = None,
    runner: Runner | None = None,
    workers: int | None = None,
    fetch: bool = False,
    allow_drop: bool = False,
) -> Report:
    """Bring the tables in ``outputs`` up to the texts under ``corpus``.

    Documents whose text was worked on before, by the same model, lexicon and rules, are carried over; where
    only rules changed, relations are made from stored annotations. Rows of texts that are gone go too.

    Args:
        corpus: Folder of texts of any format.
        outputs: Folder of the tables; made when missing.
        model: An installed scispaCy model to take mentions from; the bundled one when None.
        lexicon: A TSV of terms added to ours.
        runner: Where batches are worked on, as `flows.runners.runner`; the setting when None.
        workers: How many processes work; the setting when None, and one for each core without one.
        fetch: First bring what ``queries.yaml`` of the corpus asks for. What a service does not give is a failure
            row, and the texts that are here are worked on all the same.
        allow_drop: Accept a run that loses more than a fifth of the last one's triples.

    Raises:
        flows.release.DropError: it lost so many and nobody said that it may; the last run's tables stay.
        OSError, ValueError: the model, the lexicon or the output folder is not usable.
        pipeline.store.Busy: another run is writing ``outputs``.
    """
    log, begun = _log(), time.perf_counter()
    report, chosen = Report(outputs), settings()
    try:
        with Update(
            outputs,
            _versions(model, lexicon),
            batch_documents=chosen.batch_documents,
            keep=chosen.keep_runs,
            stage=lambda staged: release(
                staged, report, update, corrections=judged.to_pylist(), allow_drop=allow_drop
            ),
        ) as update:
            # Now and not at the end: what cannot be read is to stop a run before its work. They change under the lock.
            judged = read_corrections(outputs)
            missed = fetched(corpus, report, log) if fetch else []
            log.info("reading %s", corpus)
            texts = read([corpus], settings=chosen, memory=update.memory)
            batches = update.batches(_noted(chain(missed, texts), report, log))
            with workers_of(
                runner or chosen.runner,
                workers=workers or chosen.workers,
                address=chosen.dask_address,
                few=chosen.few_characters,
                model=model,
                lexicon=lexicon,
            ) as pool:
                for number, wait in enumerate(pool.submit(batches), start=1):
                    with report.timing("extract"):
                        results = extract_batch(number, wait)
                    update.take(results)
                    _count(results, report, log)
                    log.info(
                        "batch %d done: %d documents, %d triples, %d left out so far",
                        number,
                        report.documents,
                        report.triples,
                        len(report.failures),
                    )
            update.finish()
            report.states, report.works = update.states, update.works
    except DropError as error:
        if error.report is not None:
            publish(error.report)  # whoever looks at Prefect's pages sees what would have been lost
        raise
    if report.release is not None:
        publish(report.release)
    report.written = update.counts if update.replaced else None
    if report.written is not None:
        report.page = write_page(outputs, log, same=report.release if report.as_before else None)
    report.seconds = time.perf_counter() - begun
    log.info("%s", report.outcome())
    return report


class How(TypedDict, total=False):
    """What `run` hands on to `refresh` as it is; see there."""

    runner: Runner | None
    workers: int | None
    fetch: bool
    allow_drop: bool


def run(
    corpus: Path,
    outputs: Path,
    model: str | None = None,
    lexicon: Path | None = None,
    **how: Unpack[How],
) -> Report:
    """The flow, with Prefect's server started before and ended after it unless one is configured.

    What is wrong with the arguments shows here, at once, and not as a failed flow run with its traceback.

    Raises:
        ConnectionError: Prefect's server did not come up.
        OSError, ValueError, pipeline.store.Busy: as `refresh`.
    """
    if model_is_new(outputs, model, lexicon):
        extraction.loaded(model, lexicon)
    with Writer(outputs) as writer:
        writer.discard()
    print("Starting Prefect's server (10 to 20 seconds) …", file=sys.stderr, flush=True)
    if disk_usage(outputs).free < _LEAST_ROOM:
        raise _no_room(outputs)
    troubles = (ImportError, Busy, SchemaError, *TROUBLE)
    try:
        with (
            brief(*troubles),
            early() as start,
            prefect_server(
                outputs / ".prefect",
                meanwhile=lambda: _prepare(
                    outputs, model, lexicon, how.get("runner"), how.get("workers"), start
                ),
            ),
        ):
            return refresh(corpus, outputs, model, lexicon, **how)
    except Exception as error:
        # Prefect's server keeps its own notes on the disk that is full: its error hides ours, and leaves a line open.
        if ENOSPC in _numbers(error):
            print(file=sys.stderr)
            raise _no_room(outputs) from None
        raise


def _no_room(outputs: Path) -> OSError:
    return OSError(ENOSPC, strerror(ENOSPC), str(outputs))


def _numbers(error: BaseException | None) -> Iterator[int | None]:
    """Numbers of the system's errors that led to this one."""
    while error is not None:
        if isinstance(error, OSError):
            yield error.errno
        error = error.__cause__ or error.__context__


def _prepare(
    outputs: Path,
    model: str | None,
    lexicon: Path | None,
    runner: Runner | None,
    workers: int | None,
    start: Callable[[int | None, Callable[[], object]], None],
) -> None:
    """Load what the run will need: what every one does, and where model or rules changed, what all texts want."""
    # pyarrow imports pandas by itself, the first time that it makes a table.
    for name in (
        "duckdb",
        "pandas",
        "pyarrow.compute",
        "pyarrow.dataset",
        "scipy.sparse.csgraph",
        "pipeline.report",
    ):
        import_module(name)
    last, now, chosen = read_manifest(outputs), _versions(model, lexicon), settings()
    if last is None or "documents" not in last.tables:
        return
    texts, rules = (last.versions.get(part) != getattr(now, part) for part in ("annotate", "relate"))
    if not texts and not rules:
        return
    about = _CHARACTERS_A_BYTE * last.tables["documents"].bytes / (1 if texts else STORED)
    ready = partial(extraction.prepare, model, lexicon, texts=texts)
    match runner or chosen.runner:
        case Runner.PROCESSES if about >= chosen.few_characters:
            start(workers or chosen.workers, ready)
        case Runner.PROCESSES | Runner.SERIAL:
            ready()


def model_is_new(outputs: Path, model: str | None, lexicon: Path | None) -> bool:
    """Whether the last run had another model or lexicon than this, so that nobody knows yet that they work."""
    last = read_manifest(outputs)
    return last is None or last.versions.get("annotate") != _versions(model, lexicon).annotate


def _versions(model: str | None, lexicon: Path | None) -> Versions:
    chosen = settings()
    return versions(
        model,
        lexicon,
        reading=(chosen.max_characters, chosen.max_file_bytes, chosen.language),
        annotating=(chosen.parse_all,),
    )


def _noted(
    texts: Iterable[Document | Known | Failure], report: Report, log: _Log
) -> Iterator[Document | Known | Failure]:
    stream = iter(texts)
    while True:
        with report.timing("read"):
            item = next(stream, None)
        if item is None:
            return
        if isinstance(item, Failure):
            _left_out(item, report, log)
        yield item


def _count(results: Results, report: Report, log: _Log) -> None:
    for result in results:
        if isinstance(result, Failure):
            _left_out(result, report, log)
        elif isinstance(result, Extracted):
            report.add(result)


def _left_out(failure: Failure, report: Report, log: _Log) -> None:
    if len(report.failures) < _FAILURES_LOGGED:
        log.warning("left out: %s", failure.message)
    report.fail(failure)


def _log() -> _Log:
    try:
        return get_run_logger()
    except MissingContextError:  # no flow around: the plain function was called
        return logging.getLogger(__name__)
