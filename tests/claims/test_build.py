from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from pipeline.claims import CLAIMS, build_claims, claim_id
from pipeline.store.schema import TRIPLES
from tests.claims.rows import NOW, claims, document, triple


def one(*triples, documents=(), **more):
    (claim,) = claims(triples, documents, **more)
    return claim


def test_rows_of_one_statement_are_one_claim():
    claim = one(
        triple("b", "2", negated=True),
        triple("a", "1"),
        triple("c", "3", speculated=True, cell_text="Kupffer cell"),
        documents=[document("1", year=2021), document("2", year=2019), document("3", year=None)],
    )
    assert claim == {
        "claim_id": claim_id("CL:0000091", "drives", "MESH:D005355", None, None),
        "cell_id": "CL:0000091",
        "cell_name": "Kupffer cell",
        "cell_text": "kupffer cell",
        "cell_role": "drives",
        "mechanism_id": "MESH:D005355",
        "mechanism_name": "Fibrosis",
        "mechanism_text": "fibrosis",
        "therapy_id": None,
        "therapy_name": None,
        "therapy_text": None,
        "therapy_role": None,
        "evidence_count": 3,
        "paper_count": 3,
        "negated_count": 1,
        "speculated_count": 1,
        "years": [2019, 2021],
        # said: 0.95 (1 - 0.1 x 0.55); denied: 0.95 x 0.9
        "confidence": 0.130,
        "contradicted_by": [],
        "first_seen": NOW,
        "last_seen": NOW,
        "evidence": ["a", "b", "c"],
        "curated": False,
    }


def test_nothing_makes_an_empty_table():
    table = build_claims([], [], now=NOW)
    assert table.num_rows == 0
    assert table.schema.equals(CLAIMS, check_metadata=True)


def test_batches_and_plain_rows_are_the_same():
    rows = [triple("a", "1"), triple("b", "2", cell="mdsc")]
    full = [{**dict.fromkeys(TRIPLES.names), **row} for row in rows]
    batch = pa.RecordBatch.from_pylist(full, schema=TRIPLES)
    assert claims([batch]) == claims(rows)


def test_a_slot_without_identifier_goes_by_its_normal_text():
    texts = ("CSF1R blockade", "CSF1R-blockade", "CSF1R-blockade")
    rows = [triple(str(n), "1", therapy="csf1r", therapy_role="inhibits") for n in range(3)]
    claim = one(*({**row, "therapy_text": text} for row, text in zip(rows, texts, strict=True)))
    assert (claim["therapy_id"], claim["therapy_text"]) == (None, "csf 1 r blockade")
    assert claim["evidence_count"] == 3


def test_an_identifier_and_its_words_are_two_claims():
    grounded, bare = triple("a", "1"), {**triple("b", "1"), "cell_id": None, "cell_name": None}
    assert len(claims([grounded, bare])) == 2


@pytest.mark.parametrize("text", ["_", "  ", "—", "_x_", "β"])
def test_odd_words_of_a_slot_stay_a_slot(text):
    assert one({**triple("a", "1", cell="mdsc"), "cell_text": text})["cell_text"] is not None


def test_text_is_that_of_the_most_frequent_words():
    texts = ("KCs", "Kupffer cells", "Kupffer cells")
    rows = [{**triple(str(n), "1"), "cell_text": text} for n, text in enumerate(texts)]
    assert one(*rows)["cell_text"] == "kupffer cell"
    assert one(*rows[:2])["cell_text"] == "kc"  # the alphabet decides where numbers do not


def test_only_what_is_asserted():
    assert claims([triple("a", "1", level="linked")]) == []


def test_a_retracted_paper_is_out_with_all_its_documents():
    rows = [triple("a", "1"), triple("b", "PMC2"), triple("c", "3", cell="mdsc")]
    documents = [
        document("1", pmid="1", retracted=True),
        document("PMC2", pmid="1", pmcid="PMC2"),
        document("3"),
    ]
    assert [claim["evidence"] for claim in claims(rows, documents)] == [["c"]]


def test_a_curators_verdict_holds():
    rows = [triple("a", "1"), triple("b", "2"), triple("c", "3", cell="mdsc")]
    later = NOW + timedelta(days=1)
    corrections = [
        {"triple_id": "a", "verdict": "rejected", "comment": "", "at": NOW, "by": "ec"},
        {"triple_id": "b", "verdict": "rejected", "comment": "", "at": NOW, "by": "ec"},
        {"triple_id": "b", "verdict": "accepted", "comment": "", "at": later, "by": "ec"},
        {"triple_id": "c", "verdict": "rejected", "comment": "", "at": NOW, "by": "ec"},
        {"triple_id": "gone", "verdict": "accepted", "comment": "", "at": NOW, "by": "ec"},
    ]
    (claim,) = claims(rows, corrections=corrections)
    assert (claim["evidence"], claim["curated"]) == (["b"], True)
    assert claims(rows, corrections=corrections[::-1]) == [claim]


def test_first_seen_is_carried_over():
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    before = build_claims([triple("a", "1")], [], now=long_ago)
    first, second = claims([triple("a", "1"), triple("b", "1", cell="mdsc")], previous=before.to_batches())
    assert {claim["first_seen"] for claim in (first, second)} == {long_ago, NOW}
    assert first["last_seen"] == second["last_seen"] == NOW


def test_an_error_of_who_reads_the_rows_is_raised_as_it_is():
    def broken():
        yield triple("a", "1")
        raise OSError("the file is cut short")

    with pytest.raises(OSError, match="cut short"):
        build_claims(broken(), [], now=NOW)


OPPOSED = [
    # roles of cell and therapy, negated; twice
    (("drives", None, False), ("suppresses", None, False), True),
    (("drives", "inhibits", False), ("suppresses", "inhibits", False), True),
    (("drives", "inhibits", False), ("drives", "promotes", False), True),
    (("drives", "inhibits", False), ("suppresses", "promotes", False), True),
    (("drives", None, False), ("undergoes", None, False), False),
    (("drives", "inhibits", False), ("suppresses", "targets", False), False),
    (("drives", "inhibits", False), ("drives", "targets", False), False),
    (("drives", None, False), ("suppresses", "inhibits", False), False),  # not the same slots
    (("drives", None, False), ("suppresses", None, True), False),  # it drives, and does not suppress
    (("drives", None, True), ("suppresses", None, True), False),  # it does neither
    (("undergoes", "promotes", False), ("undergoes", "targets", True), True),  # denied that it acts at all
    (("undergoes", "promotes", True), ("undergoes", "targets", False), False),
    (("drives", "promotes", False), ("suppresses", "targets", True), False),
]


@pytest.mark.parametrize("one, other, opposed", OPPOSED)
@pytest.mark.parametrize("therapy", ["csf1r", "imatinib"])
def test_who_contradicts_whom(one, other, opposed, therapy):
    rows = [
        triple(str(n), str(n), "kupffer", cell, "fibrosis", therapy if role else None, role, negated=negated)
        for n, (cell, role, negated) in enumerate((one, other))
    ]
    for order in (rows, rows[::-1]):
        first, second = claims(order)
        assert first["contradicted_by"] == ([second["claim_id"]] if opposed else [])
        assert second["contradicted_by"] == ([first["claim_id"]] if opposed else [])


def test_claims_without_a_cell_are_opposed_too():
    rows = [
        triple(role, "1", cell=None, therapy="csf1r", therapy_role=role) for role in ("promotes", "inhibits")
    ]
    assert all(claim["contradicted_by"] for claim in claims(rows))
