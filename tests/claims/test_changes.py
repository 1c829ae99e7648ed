from __future__ import annotations

import json

from pipeline.claims import CLAIMS, OF_CLAIMS, OF_TRIPLES, build_claims, difference
from tests.claims.rows import NOW, triple


def full(**row):
    return {"link": None, "rules": ["active"], "sentence": "It is said.", **row}


def test_what_was_added_dropped_and_changed():
    before = [full(**triple(id, "1")) for id in ("gone", "same", "other")]
    after = [
        full(**triple("same", "1", extracted_at=NOW)),  # made again: the same
        full(**triple("other", "1", confidence=0.5, therapy="imatinib", therapy_role="inhibits")),
        full(**triple("new", "2")),
        full(**triple("best", "2", confidence=0.99)),
    ]
    found = difference(before, after, OF_TRIPLES)
    assert (found.before, found.after, found.added, found.dropped, found.changed) == (3, 4, 2, 1, 1)
    assert found.columns == {"therapy_id": 1, "therapy_name": 1, "confidence": 1}
    assert [row["triple_id"] for row in found.examples["added"]] == ["best", "new"]
    assert [row["triple_id"] for row in found.examples["dropped"]] == ["gone"]
    (changed,) = found.examples["changed"]
    assert changed["was"] == {"therapy_id": None, "therapy_name": None, "confidence": 0.9}
    assert changed["is"] == {"therapy_id": "CHEBI:45783", "therapy_name": "imatinib", "confidence": 0.5}
    assert changed["sentence"] == "It is said."
    assert str(found) == "4 (2 added, 1 dropped, 1 changed)"


def test_without_an_earlier_run_all_is_added():
    found = difference(None, [full(**triple("a", "1"))], OF_TRIPLES)
    assert (found.before, found.added, str(found)) == (None, 1, "1 (no earlier run)")


def test_examples_are_few():
    rows = [full(**triple(str(number), "1")) for number in range(50)]
    found = difference([], rows, OF_TRIPLES, examples=3)
    assert (found.added, len(found.examples["added"])) == (50, 3)


def test_claims_of_two_runs():
    before = build_claims([triple("a", "1"), triple("b", "2", cell="mdsc")], [], now=NOW)
    after = build_claims([triple("a", "1"), triple("c", "3")], [], now=NOW)
    found = difference(before.to_batches(), after.to_batches(), OF_CLAIMS)
    assert (found.added, found.dropped, found.changed) == (0, 1, 1)
    assert set(found.columns) == {"evidence_count", "paper_count", "confidence", "evidence"}
    (changed,) = found.examples["changed"]
    assert changed["is"] == {"evidence_count": 2, "paper_count": 2, "confidence": 0.941}
    json.dumps(found.examples)
    same = difference(after.to_batches(), after.to_batches(), OF_CLAIMS)
    assert (same.added, same.dropped, same.changed, same.columns) == (0, 0, 0, {})


def test_times_are_no_change():
    assert {"claim_id", "first_seen", "last_seen"}.isdisjoint(OF_CLAIMS.columns)
    assert set(OF_CLAIMS.columns) < set(CLAIMS.names)
