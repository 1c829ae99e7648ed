"""What services and networks do to a request: waited for, tried again, given up with one sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from pipeline.fetch.client import Client, ServiceError, Unexpected, json_of, xml_of
from tests.fetch.conftest import ABSTRACTS, FULL_TEXTS
from tests.fetch.services import Fault, Paper

PAGE = b"<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body>Back soon.</body></html>"
TOO_MANY = b'{"error":"API rate limit exceeded","api-key":"192.0.2.1","count":"4","limit":"3"}'
EPMC_ERROR = b'{"version":"6.9","errCode":500,"errMsg":"Internal server error"}'

PASSING = {
    "429": Fault(429, TOO_MANY),
    "500": Fault(500, b"Internal Server Error"),
    "502": Fault(502, PAGE),
    "503": Fault(503),
    "a cut body": Fault(cut=True),
    "a web page with 200": Fault(200, PAGE),
    "a page without doctype": Fault(200, b"\n <HTML><body>Error</body></HTML>"),
    "nothing with 200": Fault(200, b""),
    "NCBI's error with 200": Fault(200, TOO_MANY),
    "Europe PMC's error with 200": Fault(200, EPMC_ERROR),
    "cut XML with 200": Fault(200, b"<?xml version='1.0'?><PubmedArticleSet><PubmedArticle><Medli"),
    "cut JSON with 200": Fault(200, b'{"version":"6.9","hitCount":3,"resultList":{"res'),
    "other XML": Fault(200, b"<error>no</error>"),
    "JSON that is no object": Fault(200, b"[1, 2]"),
    "a passing error in 400": Fault(
        400, b"<eFetchResult><ERROR>proxy_stream(): 502 Bad Gateway</ERROR></eFetchResult>"
    ),
}


def _both(fetcher):
    fetcher.services.papers = [Paper("100", "PMC200"), Paper("101", "PMC201")]
    fetcher.ask(ABSTRACTS + FULL_TEXTS.replace("livers", "papers"))


NCBI, EUROPE_PMC = ("esearch.fcgi", "efetch.fcgi"), ("search", "PMC201/fullTextXML")


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        pytest.param(path, fault, id=f"{name} from {path}")
        for name, fault in PASSING.items()
        for path in (NCBI if fault.status == 400 else NCBI + EUROPE_PMC)  # only NCBI wraps its errors so
    ],
)
def test_what_passes_is_tried_again(fetcher, fault, path):
    _both(fetcher)
    fetcher.services.fail(path, fault, fault)
    report = fetcher.all()
    assert report.new == 4 and report.complete and not report.failures
    assert sum(wait >= 1 for wait in fetcher.slept) == 2  # the others keep the pace
    assert all(wait <= 5 for wait in fetcher.slept)


def test_silence_is_tried_again(fetcher):
    _both(fetcher)
    fetcher.changed_settings = {"fetch_timeout_seconds": 0.2}
    fetcher.services.fail("efetch.fcgi", Fault(silent=0.5))
    assert fetcher.all().new == 4


def test_retry_after_in_seconds_and_as_a_date_is_honoured(fetcher):
    _both(fetcher)
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    fetcher.services.fail(
        "esearch.fcgi", Fault(429, headers={"Retry-After": "33"}), Fault(503, headers={"Retry-After": soon})
    )
    assert fetcher.all().complete
    assert 33.0 in fetcher.slept
    assert any(85 < wait <= 90 for wait in fetcher.slept)


def test_a_long_retry_after_ends_the_run(fetcher):
    fetcher.ask(ABSTRACTS)
    fetcher.services.fail("esearch.fcgi", Fault(429, headers={"Retry-After": "86400"}))
    report = fetcher.run()
    assert not report.complete
    assert report.failures[0].message == (
        "PubMed asks for 86,400 seconds of rest: run it again after that; what was fetched is kept."
    )
    assert max(fetcher.slept, default=0) < 5


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(503), "PubMed failed with status 503, 3 times in a row: run it again later"),
        (Fault(429), "PubMed asks for fewer requests, 3 times"),
        (Fault(200, PAGE), "PubMed sent a web page in place of XML, 3 times"),
        (Fault(200, TOO_MANY), "PubMed sent an error (API rate limit exceeded), 3 times"),
        (Fault(cut=True), "PubMed could not be reached or broke off"),
        (Fault(403, b"Forbidden"), "PubMed refused the request (status 403: Forbidden): correct the query"),
    ],
)
def test_what_does_not_pass_is_one_sentence_and_the_old_files_stay(fetcher, fault, said):
    fetcher.ask(ABSTRACTS)
    fetcher.services.papers = [Paper("100")]
    fetcher.run()
    fetcher.services.fail("efetch.fcgi", *[fault] * 3)
    report = fetcher.run(full=True)
    (failure,) = report.failures
    assert said in failure.message and failure.stage == "fetch" and failure.message.endswith(".")
    assert not report.complete and report.held == 1
    assert (fetcher.folder / "100.xml").is_file()


def test_no_service_at_all(fetcher):
    _both(fetcher)
    fetcher.changed_settings = {"eutils_url": "http://127.0.0.1:9", "europepmc_url": "http://127.0.0.1:9"}
    report = fetcher.all()
    assert [q.complete for q in report.queries] == [False, False]
    assert "could not be reached" in report.failures[0].message


def test_the_pace_is_kept():
    time, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        time[0] += seconds

    client = Client(
        "X", "http://127.0.0.1:9", per_second=4, agent="x", timeout=1, attempts=1, max_bytes=9,
        sleep=sleep, clock=lambda: time[0],
    )  # fmt: skip
    for _ in range(3):
        with pytest.raises(ServiceError):
            client.get("y", {}, bytes)
    time[0] += 10
    with client, pytest.raises(ServiceError):
        client.get("y", {}, bytes)
    assert slept == [0.25, 0.25]


@pytest.mark.parametrize(("key", "interval"), [(None, 1 / 3), ("k" * 36, 1 / 10)])
def test_ncbi_is_told_who_asks_and_a_key_makes_it_faster(fetcher, key, interval):
    _both(fetcher)
    fetcher.changed_settings = {"ncbi_api_key": key, "email": "jane@example.org", "tool": "livers"}
    fetcher.all(names=["livers"])
    for path, params, headers in fetcher.services.asked:
        assert (params["tool"], params["email"], params.get("api_key")) == ("livers", "jane@example.org", key)
        assert headers["User-Agent"].startswith("livers/") and "jane@example.org" in headers["User-Agent"]
        assert path.startswith("/eutils/") and "key" not in path
    assert max(fetcher.slept) <= interval and max(fetcher.slept) > interval / 2


def test_the_key_is_in_no_message_and_no_log(fetcher, caplog):
    import logging

    caplog.set_level(logging.DEBUG)
    _both(fetcher)
    fetcher.changed_settings = {"ncbi_api_key": "secretkey"}
    fetcher.services.fail("efetch.fcgi", Fault(400, b"bad request"))
    report = fetcher.all(names=["livers"])
    assert report.failures
    assert "secretkey" not in caplog.text + str(report) + repr(fetcher.settings)


def test_an_answer_without_end_is_refused(fetcher):
    _both(fetcher)
    fetcher.changed_settings = {"max_file_bytes": 200}
    assert "raise KUPFFER_MAX_FILE_BYTES" in fetcher.all().failures[0].message


def test_entities_are_not_expanded():
    body = (
        b'<!DOCTYPE a [<!ENTITY b "boo"><!ENTITY f SYSTEM "file:///etc/hostname">]><article>&b;&f;</article>'
    )
    assert "boo" not in "".join(xml_of(body, "article").itertext())


def test_an_error_in_json_is_quoted_and_not_at_length():
    with pytest.raises(Unexpected, match="sent an error") as caught:
        json_of(b'{"errMsg": "' + b"very " * 200 + b'"}', "hitCount")
    assert len(str(caught.value)) < 250
