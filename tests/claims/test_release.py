"""The last step of a refresh, with the store as it is and documents made by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows import release as module
from flows.artifacts import as_markdown, publish
from flows.release import DropError, drop, read_report, reason, release
from flows.report import Report
from pipeline.claims import basis, build_claims
from pipeline.extraction import Extracted
from pipeline.records import CellRole, Document, Evidence, Failure, Mention, MentionType, TherapyRole, Triple
from pipeline.store import SchemaError, Update, Versions, open_outputs
from pipeline.terminal import Terminal

ROOT = Path(__file__).parents[2]
FIRST = Versions("reader", "model", "rules")


def extracted(doc_id: str, text: str, **about) -> Extracted:
    """A document in which "X drives Y" and "Y ... under Z" are found where the words stand."""
    document = Document(doc_id, text, title=f"On {doc_id}", **about)
    names = {
        MentionType.CELL: ("Kupffer cells", "neutrophils"),
        MentionType.MECHANISM: ("fibrosis", "metastasis"),
        MentionType.THERAPY: ("imatinib",),
    }
    found = {
        kind: [
            Mention(text.index(w), text.index(w) + len(w), w, kind, source="test") for w in words if w in text
        ]
        for kind, words in names.items()
    }
    cells, mechanisms, therapies = found.values()
    triples = [
        Triple(
            mechanism,
            Evidence(0, len(text), 0, text),
            cell,
            CellRole.DRIVES,
            therapies[0] if therapies else None,
            TherapyRole.INHIBITS if therapies else None,
            confidence=0.9,
        )
        for cell in cells
        for mechanism in mechanisms
        if " drive " in text
    ]
    return Extracted(document, [mention for kind in found.values() for mention in kind], triples)


SAYS = [extracted(f"d{n}", f"Kupffer cells drive fibrosis in group {n}.") for n in range(4)]
EMPTY = extracted("e1", "Kupffer cells and neutrophils were counted; fibrosis was graded.")


def refresh(outputs, results, versions=FIRST, failures=(), **more) -> Report:
    """A run as the flow makes it."""
    page = Report(outputs)
    made = {result.document.doc_id: result for result in results}
    with Update(outputs, versions, stage=lambda staged: release(staged, page, update, **more)) as update:
        for failure in failures:
            page.fail(failure)
        for batch in update.batches([*(result.document for result in results), *failures]):
            done = [made[document.doc_id] for document in batch]
            for result in done:
                page.add(result)
            update.take(done)
        update.finish()
    page.written = update.counts
    return page


def rows(outputs, table):
    with open_outputs(outputs) as tables:
        return tables.table(table).to_pylist()


def test_the_first_run(tmp_path):
    failure = Failure(None, "corpus/x.pdf", "read", "NoText", "corpus/x.pdf: no text layer; run OCR first.")
    page = refresh(tmp_path, [*SAYS, EMPTY], failures=[failure])
    report = page.release
    assert report.previous is None
    assert report.documents == {
        "new": 5,
        "changed": 0,
        "unchanged": 0,
        "retracted": 0,
        "deleted": 0,
        "failed": 1,
    }
    assert report.work == {"annotated": 5}
    assert report.stages["relate"] == {"triples": 4, "asserted": 4, "linked": 0}
    assert report.stages["claims"] == {"claims": 1, "in several papers": 1, "contradicted": 0, "curated": 0}
    assert report.tables == {"documents": 5, "mentions": 11, "triples": 4, "failures": 1, "claims": 1}
    assert {"claims", "compare"} <= report.seconds.keys()
    assert report.versions == {**FIRST.as_dict(), "claims": basis([])}
    failed, empty, *others = report.per_document
    assert (failed.doc_id, failed.state, failed.note) == ("corpus/x.pdf", "failed", failure.message)
    assert empty.note == "0 triples: no therapy mention, 2 cells, 1 mechanism"
    assert [(note.doc_id, note.triples, note.note) for note in others] == [
        (f"d{n}", 1, None) for n in range(4)
    ]
    assert page.written["claims"] == 1


def test_the_file_is_the_report(tmp_path):
    report = refresh(tmp_path, SAYS).release
    (file,) = (tmp_path / "runs").iterdir()
    assert file.name == f"{report.run}.json"
    assert read_report(file) == report
    assert json.loads(file.read_text())["claims"]["after"] == 1


def test_claims_are_a_table_of_the_run(tmp_path):
    refresh(tmp_path, SAYS)
    (claim,) = rows(tmp_path, "claims")
    assert (claim["paper_count"], claim["evidence_count"]) == (4, 4)
    first = claim["first_seen"]
    refresh(tmp_path, SAYS)
    (again,) = rows(tmp_path, "claims")
    assert again == {**claim, "last_seen": again["last_seen"]}
    assert again["first_seen"] == first < again["last_seen"]


def test_where_nothing_changed_claims_are_not_made_again(tmp_path, monkeypatch):
    refresh(tmp_path, SAYS)
    before, made = rows(tmp_path, "claims"), []

    def counted(*args, **more):
        made.append(args)
        return build_claims(*args, **more)

    monkeypatch.setattr(module, "build_claims", counted)
    unchanged = refresh(tmp_path, SAYS)
    assert (made, unchanged.as_before) == ([], True)
    times = ("first_seen", "last_seen")
    after = rows(tmp_path, "claims")
    assert [{k: v for k, v in row.items() if k not in times} for row in after] == [
        {k: v for k, v in row.items() if k not in times} for row in before
    ]
    assert after[0]["first_seen"] == before[0]["first_seen"] == before[0]["last_seen"]
    assert after[0]["last_seen"] > before[0]["last_seen"]
    assert (str(unchanged.release.triples), unchanged.release.claims.before) == (
        "4 (0 added, 0 dropped, 0 changed)",
        1,
    )

    # What claims are made of may change beside the texts: verdicts, and the code itself.
    verdict = {"triple_id": rows(tmp_path, "triples")[0]["triple_id"], "verdict": "rejected", "at": None}
    assert refresh(tmp_path, SAYS, corrections=[verdict]).release.claims.changed == 1
    assert len(made) == 1
    monkeypatch.setattr(module, "basis", lambda corrections: "edited")
    refresh(tmp_path, SAYS, corrections=[verdict])
    assert len(made) == 2

    # A new failure changes no claim, but it is on the page.
    failure = Failure(None, "x.pdf", "read", "NoText", "x.pdf: no text layer; run OCR first.")
    assert refresh(tmp_path, SAYS, corrections=[verdict], failures=[failure]).as_before is False
    assert len(made) == 2


def test_a_run_against_the_run_before(tmp_path):
    first = refresh(tmp_path, [*SAYS, EMPTY]).release
    changed = extracted("d1", "Kupffer cells drive metastasis in group 1.")
    new = extracted("n1", "neutrophils drive fibrosis under imatinib.")
    withdrawn = extracted("d2", SAYS[2].document.text, retracted=True)
    report = refresh(tmp_path, [SAYS[0], changed, withdrawn, EMPTY, new]).release  # without d3
    assert report.previous == first.run
    assert report.documents == {
        "new": 1,
        "changed": 1,
        "unchanged": 2,
        "retracted": 1,
        "deleted": 1,
        "failed": 0,
    }
    assert (report.triples.before, report.triples.added, report.triples.dropped) == (4, 2, 2)
    assert (report.claims.added, report.claims.dropped, report.claims.changed) == (2, 0, 1)
    (change,) = report.claims.examples["changed"]
    assert (change["was"]["paper_count"], change["is"]["paper_count"]) == (4, 1)
    notes = {note.doc_id: note for note in report.per_document}
    assert notes.keys() == {"d1", "d2", "d3", "n1"}
    assert notes["d2"].note == "retracted: no claim rests on it any more"
    assert notes["d3"].state == "deleted"


def test_a_run_that_loses_too_much_leaves_the_old_tables(tmp_path):
    refresh(tmp_path, SAYS)
    before = {table: rows(tmp_path, table) for table in ("documents", "triples", "claims")}
    with pytest.raises(DropError, match=r"from 4 to 3 \(by 25.0%, .*--allow-drop") as raised:
        refresh(tmp_path, SAYS[:3])
    assert isinstance(raised.value, SchemaError)
    report = raised.value.report
    assert report.triples.dropped == 1
    assert "Refused" in as_markdown(report)
    assert {table: rows(tmp_path, table) for table in before} == before
    reports = [read_report(file) for file in (tmp_path / "runs").iterdir()]
    assert sorted(one.refused is None for one in reports) == [False, True]

    report = refresh(tmp_path, SAYS[:3], allow_drop=True).release
    assert (report.refused, len(rows(tmp_path, "triples"))) == (None, 3)


@pytest.mark.parametrize(
    "before, after, refused", [(5, 4, False), (5, 3, True), (0, 0, False), (4, 9, False)]
)
def test_a_fifth_may_go(before, after, refused):
    assert (drop(before, after) is not None) is refused


def test_corrections_reach_the_claims(tmp_path):
    refresh(tmp_path, SAYS)
    accepted, rejected, *_ = [row["triple_id"] for row in rows(tmp_path, "triples")]
    corrections = [
        {"triple_id": accepted, "verdict": "accepted", "at": None},
        {"triple_id": rejected, "verdict": "rejected", "at": None},
    ]
    report = refresh(tmp_path, SAYS, corrections=corrections).release
    assert report.stages["claims"]["curated"] == 1
    (claim,) = rows(tmp_path, "claims")
    assert (claim["evidence_count"], claim["curated"]) == (3, True)


@pytest.mark.parametrize("counts", [(0, 0, 0), (1, 0, 0), (0, 1, 1), (2, 1, 0), (1, 1, 1)])
def test_a_reason_is_always_given(counts):
    assert reason(*counts).startswith("0 triples: no ")


def test_the_page_speaks_of_claims_and_the_last_run(tmp_path, capsys):
    refresh(tmp_path, SAYS)
    refresh(tmp_path, SAYS).show(Terminal(file=sys.stdout, width=100))
    page = " ".join(capsys.readouterr().out.split())
    assert "claims claims 1, in several papers 1" in page
    assert (
        "last run triples 4 (0 added, 0 dropped, 0 changed); claims 1 (0 added, 0 dropped, 0 changed)" in page
    )


def test_markdown_is_not_broken_by_texts(tmp_path):
    failure = Failure("a|b", None, "read", "X", "<script> | `*_[x](y)\nline")
    report = refresh(tmp_path, SAYS, failures=[failure]).release
    text = as_markdown(report)
    assert r"\`a\|b\`" not in text
    assert r"&lt;script&gt; \| \`\*\_\[x\](y) line" in text
    assert "| new | 4 |" in text


def test_outside_a_flow_nothing_is_published(tmp_path):
    assert publish(refresh(tmp_path, SAYS).release) is False


SHOWN = """
import json, sys
from pathlib import Path

from prefect import flow
from prefect.artifacts import Artifact

from flows.artifacts import DOCUMENTS_KEY, REPORT_KEY, publish
from flows.server import prefect_server
from tests.claims.test_release import EMPTY, SAYS, refresh

folder = Path(sys.argv[1])

@flow(persist_result=False)
def made():
    return publish(refresh(folder / "out", [*SAYS, EMPTY]).release)

with prefect_server(folder / "prefect"):
    shown = made()
    found = [Artifact.get(key).data for key in (REPORT_KEY, DOCUMENTS_KEY)]
print(json.dumps([shown, *found]))
"""


@pytest.mark.slow
def test_prefect_shows_the_report(tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    done = subprocess.run(
        [sys.executable, "-c", SHOWN, str(tmp_path)],
        cwd=ROOT,
        env=environment | {"HOME": str(tmp_path), "PREFECT_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown, text, documents = json.loads(done.stdout.splitlines()[-1])
    assert shown is True
    assert "| new | 5 |" in text
    assert json.loads(documents)[0]["note"].startswith("0 triples: no therapy mention")
