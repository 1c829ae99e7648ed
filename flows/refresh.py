"""The refresh: a whole corpus folder into the tables, as a Prefect flow.

    refresh(corpus, outputs)         the flow, for whoever has a Prefect server (or schedules one)
    refresh.fn(corpus, outputs)      its body: the decorators away, the program still runs
    run(corpus, outputs)             what `kupffer refresh` calls: the flow with a server for its length

A task is a batch of documents, never one: a task run costs about 50 ms.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.exceptions import MissingContextError

from flows.endings import brief
from flows.report import Report
from flows.server import prefect_server
from pipeline import extraction
from pipeline.extraction import Extracted, loaded, model_version
from pipeline.read import read
from pipeline.records import Document, Failure
from pipeline.settings import settings
from pipeline.store import Busy, SchemaError, Writer

_FAILURES_LOGGED = 100  # a file of old MEDLINE records without abstracts has 15,000; the table holds them all


# Prefect would hash every text to find an earlier run's result, and its keys ignore changed code: no cache.
@task(task_run_name="extract-batch-{number}", cache_policy=NO_CACHE, persist_result=False)
def extract_batch(
    number: int, batch: Sequence[Document | Failure], model: str | None = None, lexicon: Path | None = None
) -> list[Extracted | Failure]:
    """`pipeline.extraction.extract_batch` on one batch, with the model that this process has loaded."""
    return extraction.extract_batch(loaded(model, lexicon), batch)


@flow(name="refresh", persist_result=False)
def refresh(corpus: Path, outputs: Path, model: str | None = None, lexicon: Path | None = None) -> Report:
    """Read every text under ``corpus`` and rewrite the tables in ``outputs``.

    Args:
        corpus: Folder of texts of any format.
        outputs: Folder of the tables; made when missing.
        model: An installed scispaCy model to take mentions from; the bundled one when None.
        lexicon: A TSV of terms added to ours.

    Raises:
        OSError, ValueError: the model, the lexicon or the output folder is not usable.
        pipeline.store.Busy: another run is writing ``outputs``.
    """
    log = _log()
    log.info("loading the model")
    nlp = loaded(model, lexicon)
    report = Report(outputs)
    log.info("reading %s", corpus)
    with Writer(outputs, model_version=model_version(nlp)) as writer:
        for number, batch in enumerate(_batches(corpus), start=1):
            for result in extract_batch(number, batch, model, lexicon):
                if isinstance(result, Failure):
                    if len(report.failures) < _FAILURES_LOGGED:
                        log.warning("left out: %s", result.message)
                    writer.fail(result)
                    report.fail(result)
                else:
                    writer.add(*result)
                    report.add(result)
            log.info(
                "batch %d done: %d documents, %d triples, %d left out so far",
                number,
                report.documents,
                report.triples,
                len(report.failures),
            )
    report.written = writer.counts if writer.replaced else None
    return report


def run(corpus: Path, outputs: Path, model: str | None = None, lexicon: Path | None = None) -> Report:
    """The flow, with Prefect's server started before and ended after it unless one is configured.

    What is wrong with the arguments shows here, at once, and not as a failed flow run with its traceback.

    Raises:
        ConnectionError: Prefect's server did not come up.
        OSError, ValueError, pipeline.store.Busy: as `refresh`.
    """
    loaded(model, lexicon)
    with Writer(outputs) as writer:
        writer.discard()
    print("Starting Prefect's server (10 to 20 seconds) …", file=sys.stderr, flush=True)
    with brief(OSError, Busy, SchemaError), prefect_server(outputs / ".prefect"):
        return refresh(corpus, outputs, model, lexicon)


def _batches(corpus: Path) -> Iterator[list[Document | Failure]]:
    stream = iter(read([corpus], settings=settings()))
    while batch := list(islice(stream, settings().batch_documents)):
        yield batch


def _log() -> logging.Logger | logging.LoggerAdapter[logging.Logger]:
    try:
        return get_run_logger()
    except MissingContextError:  # no flow around: the plain function was called
        return logging.getLogger(__name__)
