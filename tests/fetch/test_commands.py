from __future__ import annotations

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from pipeline import cli
from pipeline.settings import settings
from tests.fetch.conftest import ABSTRACTS, FULL_TEXTS
from tests.fetch.services import Fault, Paper


@pytest.fixture
def kupffer(fetcher, plain, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUPFFER_EUROPEPMC_URL", f"{fetcher.services.url}/epmc")
    monkeypatch.setenv("KUPFFER_EUTILS_URL", f"{fetcher.services.url}/eutils")
    monkeypatch.setenv("KUPFFER_FETCH_ATTEMPTS", "1")
    monkeypatch.setenv("KUPFFER_NCBI_API_KEY", "k" * 36)
    settings.cache_clear()
    yield lambda *arguments: CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
    settings.cache_clear()


def test_the_queries_of_the_corpus(kupffer, fetcher):
    fetcher.ask(ABSTRACTS + FULL_TEXTS.replace("livers", "papers"))
    fetcher.services.papers = [Paper("100", "PMC200")]
    result = kupffer("fetch")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "livers: 1 new, 0 changed, 0 deleted; 1 held in corpus/livers",
        "papers: 1 new, 0 changed, 0 deleted; 1 held in corpus/papers",
    ]
    assert "livers: 1 of 1" in result.stderr
    assert kupffer("fetch", "--query", "papers", "--full").stdout.startswith("papers: 0 new, 0 changed")


def test_a_service_that_fails_is_one_sentence_and_a_status(kupffer, fetcher):
    fetcher.ask(ABSTRACTS + FULL_TEXTS.replace("livers", "papers"))
    fetcher.services.papers = [Paper("100", "PMC200")]
    fetcher.services.fail("esearch.fcgi", *[Fault(503)] * 2)
    result = kupffer("fetch")
    assert result.exit_code == 0 and "PubMed failed with status 503" in result.stderr
    assert kupffer("fetch", "--strict").exit_code == 1
    fetcher.services.fail("esearch.fcgi", Fault(503))
    assert kupffer("fetch", "--query", "livers").exit_code == 1


def test_identifiers(kupffer, fetcher):
    fetcher.services.papers = [Paper("100", "PMC200"), Paper("101")]
    result = kupffer("fetch", "PMC200", "101")
    assert result.exit_code == 0
    assert result.stdout == "by-id: 2 new, 0 changed, 0 deleted; 2 held in corpus/by-id\n"
    assert sorted(p.name for p in (fetcher.corpus / "by-id").glob("[!.]*ml")) == ["101.xml", "PMC200.nxml"]
    assert kupffer("fetch", "999").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fetch"], "corpus/queries.yaml: no such file; write your queries into it"),
        (["fetch", "liver"], "liver: is no PMID, PMCID or DOI"),
        (["fetch", "100", "--full"], "leave them out where papers are named"),
        (["fetch", "--nonsense"], "--nonsense"),
    ],
)
def test_wrong_usage(kupffer, arguments, said):
    result = kupffer(*arguments)
    assert result.exit_code == 2 and said in " ".join(result.stderr.replace("│", "").split())


def test_wrong_queries_and_settings_are_wrong_usage(kupffer, fetcher, monkeypatch):
    fetcher.ask("livers:\n  source: scopus\n  query: x\n")
    result = kupffer("fetch")
    assert result.exit_code == 2 and "livers: source: " in result.stderr
    monkeypatch.setenv("KUPFFER_EMAIL", "nobody")
    settings.cache_clear()
    result = kupffer("fetch", "100")
    assert result.exit_code == 2 and result.stderr.startswith("KUPFFER_EMAIL: ")


def test_extract_fetches_what_is_no_file(kupffer, fetcher, tmp_path):
    fetcher.services.papers = [Paper("100", "PMC200")]
    (tmp_path / "101").write_text("Kupffer cells drive fibrosis, and this is a file and no PMID.")
    result = kupffer("extract", "PMC200", "101", "--format", "json")
    assert result.exit_code == 0, result.output
    assert "PMC200 is in corpus/by-id/PMC200.nxml.\n" in result.stderr
    assert {json.loads(line)["doc_id"] for line in result.stdout.splitlines()} == {"100", "101"}
    assert fetcher.services.paths("fullTextXML") == ["/epmc/PMC200/fullTextXML"]


def test_extract_of_what_cannot_be_had(kupffer):
    result = kupffer("extract", "PMC999")
    assert result.exit_code == 1
    assert "PMC999: neither Europe PMC nor PubMed knows it; check the identifier." in result.stderr


def test_help_stays_quick():
    code = (
        "import sys\nfrom pipeline import cli\n"
        "print(sorted({'httpx', 'tenacity', 'lxml', 'pydantic', 'srsly'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
