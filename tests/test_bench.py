"""The bench's own parts that need no model: what it reads, and that what fails is a row that says why."""

from __future__ import annotations

import gzip
import io
import json
import sys
from pathlib import Path

import pytest

from bench import inputs, speed
from bench.others import last_line
from bench.startup import once
from bench.table import Report

RECORD = (
    '<PubmedArticle><MedlineCitation><PMID Version="1">{}</PMID><Article><ArticleTitle>T.</ArticleTitle>'
    "<Abstract><AbstractText>Kupffer cells drive fibrosis.</AbstractText></Abstract><Language>{}</Language>"
    "</Article></MedlineCitation></PubmedArticle>"
)


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    folder = tmp_path / "shared" / "inputs" / "medline"
    folder.mkdir(parents=True)
    records = [RECORD.format(1, "eng"), RECORD.format(2, "ger"), RECORD.format(3, "eng")]
    with gzip.open(folder / "pubmed20n0014.xml.gz", "wt") as file:
        file.write("<PubmedArticleSet>\n" + "\n".join(records) + "\n</PubmedArticleSet>")
    return tmp_path / "shared"


def test_records_come_again_under_new_numbers(shared: Path, tmp_path: Path) -> None:
    from pipeline.read import read
    from pipeline.records import Document

    folder = inputs.abstracts(shared, tmp_path / "bench", 5)
    found = [one for one in read(inputs.files(folder)) if isinstance(one, Document)]
    assert len({one.doc_id for one in found}) == len(found) == 5
    assert json.loads(inputs.texts(folder).read_text()) == [one.text for one in found]


def test_missing_inputs_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert speed.main(["--shared", str(tmp_path), "--folder", str(tmp_path / "bench")]) == 2
    assert "SHARED=" in capsys.readouterr().err


def test_what_fails_is_a_row_that_says_why() -> None:
    figures, why = speed.measured([sys.executable, "-c", "raise SystemExit('no such tool')"])
    assert (figures, why) == (None, "failed: no such tool")
    assert speed.measured([sys.executable, "-c", "print('{\"seconds\": 1}')"]) == ({"seconds": 1}, "")
    assert "no figures" in speed.measured([sys.executable, "-c", "print('hello')"])[1]
    assert last_line("a\n\nb \n") == "b"


def test_ratios_are_of_one_round() -> None:
    report, shown = Report(), io.StringIO()
    ours = [{"seconds": s, "documents": 10, "peak": 1.0} for s in (1.0, 4.0, 2.0)]
    bare = [{"seconds": s, "documents": 10, "peak": 2.0} for s in (2.0, 8.0, 6.0)]
    report.comparison(
        "texts",
        100,
        {"kupffer, all": ours, "bare": bare},
        {"other": "not installed: why"},
        first="kupffer, all",
    )
    report.growth(
        {
            "rows": [
                {"documents": 200, "ms": 5.0, "peak": 100.0},
                {"documents": 2000, "ms": 10.0, "peak": 200.0},
            ]
        },
        "",
    )
    report.stages(None, "failed: why")
    report.start_up({"ours": [(3.0, 2.0)], "import spacy": [(1.0, 1.0)]})
    report.scores(
        {"all": "no file", "some": {"scores": {k: {"f1": 0.5} for k in ("pair", "pair+sign", "full")}}}
    )
    report.lines("lexicon", ["load seconds        0.5"])
    report.show(shown)
    text = shown.getvalue()
    assert "2.00x as fast" in text
    assert "not installed: why" in text
    assert "0.50x" in text
    assert "50.0" in text
    assert json.dumps(report.figures)


def test_a_start_is_timed_to_the_first_line() -> None:
    program = "import time; print(1, flush=True); time.sleep(0.4)"
    clock, processor = once([sys.executable, "-S", "-c", program], speed.environment())
    assert processor > 0
    assert clock > 0
