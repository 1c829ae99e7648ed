"""The refresh that fetches first, against both services' stand-ins."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from prefect.states import Failed

from flows import fetching
from flows import refresh as module
from pipeline.settings import settings
from pipeline.store import read_table
from tests.fetch.conftest import ABSTRACTS, FULL_TEXTS, fetcher, services  # noqa: F401
from tests.fetch.services import Fault, Paper


@pytest.fixture
def refresh(plain, monkeypatch, fetcher, tmp_path):  # noqa: F811
    """The flow with its decorators taken away, on the stand-ins of services and model."""
    for name, value in {
        "EUROPEPMC_URL": f"{fetcher.services.url}/epmc",
        "EUTILS_URL": f"{fetcher.services.url}/eutils",
        "FETCH_ATTEMPTS": "1",
        "NCBI_API_KEY": "k" * 36,
    }.items():
        monkeypatch.setenv(f"KUPFFER_{name}", value)
    settings.cache_clear()
    monkeypatch.setattr(module, "extract_batch", module.extract_batch.fn)
    monkeypatch.setattr(fetching, "fetch_new", fetching.fetch_new.fn)
    (fetcher.corpus / "ours.txt").write_text("Kupffer cells drive fibrosis in our own text.")
    yield lambda **how: module.refresh.fn(
        fetcher.corpus, tmp_path / "out", fetch=True, runner="serial", **how
    )
    settings.cache_clear()


def failures(tmp_path):
    return [
        (row["stage"], row["error"], row["message"])
        for row in read_table(tmp_path / "out", "failures").to_pylist()
    ]


def test_what_is_new_is_fetched_then_read(refresh, fetcher, tmp_path):  # noqa: F811
    fetcher.ask(ABSTRACTS + FULL_TEXTS.replace("livers", "papers"))
    fetcher.services.papers = [Paper("100"), Paper("101", "PMC200")]
    report = refresh()
    assert report.fetched == {"new": 3, "changed": 0, "deleted": 0}
    assert report.release.stages["fetch"] == report.fetched
    # The abstract of 101 gives way to its full text.
    assert report.states["new"] == 3 and not failures(tmp_path)
    fetcher.services.papers.append(Paper("102", updated=datetime.now(UTC).date()))
    again = refresh()
    assert (again.states["new"], again.states["unchanged"], again.documents) == (1, 3, 1)


def test_a_service_that_fails_is_a_row_and_local_texts_are_done(refresh, fetcher, tmp_path):  # noqa: F811
    fetcher.ask(ABSTRACTS + FULL_TEXTS.replace("livers", "papers"))
    fetcher.services.papers = [Paper("100", "PMC200")]
    fetcher.services.fail("esearch.fcgi", Fault(503))
    report = refresh()
    ((stage, _, message),) = failures(tmp_path)
    assert stage == "fetch" and "PubMed failed with status 503" in message
    assert report.states["new"] == 2  # ours, and Europe PMC's
    refresh()
    assert not failures(tmp_path)


@pytest.mark.parametrize(
    ("queries", "error"), [(None, "no such file, so nothing was fetched"), ("livers: [", "queries.yaml")]
)
def test_queries_that_cannot_be_used_are_a_row_too(refresh, fetcher, tmp_path, queries, error):  # noqa: F811
    if queries is not None:
        fetcher.ask(queries)
    assert refresh().states["new"] == 1
    ((_, _, message),) = [row for row in failures(tmp_path) if row[0] == "fetch"]
    assert error in message


def test_only_what_other_machines_did_is_tried_again():
    states = [
        Failed(data=error) for error in (OSError("no room"), fetching.Unanswered(fetching.FetchReport()))
    ]
    assert [fetching._was_unanswered(None, None, state) for state in states] == [False, True]
    assert (fetching.fetch_new.retries, module.extract_batch.retries) == (2, 0)
