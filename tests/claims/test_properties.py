"""What must hold for any rows."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.claims.rows import claims, document, triple

few = settings(max_examples=8, deadline=None)

CONFIDENCES = st.integers(0, 1000).map(lambda thousandths: thousandths / 1000)
DOCUMENTS = [document(str(n), pmid=str(100 + n), year=2015 + n % 3, retracted=n == 7) for n in range(8)]


@st.composite
def tables(draw, least=0):
    """Rows of triples that meet in claims again and again."""
    size = draw(st.integers(least, 20))
    rows = []
    for number in range(size):
        cell = draw(st.sampled_from(["kupffer", "mdsc", None]))
        therapy = draw(st.sampled_from(["csf1r", "imatinib", None] if cell else ["csf1r", "imatinib"]))
        row = triple(
            f"t{number}",
            draw(st.sampled_from([d["doc_id"] for d in DOCUMENTS])),
            cell,
            draw(st.sampled_from(["drives", "suppresses", "undergoes"])),
            draw(st.sampled_from(["fibrosis", "exhaustion"])),
            therapy,
            draw(st.sampled_from(["promotes", "inhibits", "targets"])),
            negated=draw(st.booleans()),
            speculated=draw(st.booleans()),
            confidence=draw(CONFIDENCES),
            level=draw(st.sampled_from(["asserted", "asserted", "asserted", "linked"])),
        )
        if cell:
            row["cell_text"] = draw(st.sampled_from([row["cell_text"], row["cell_text"].upper(), "KCs"]))
        rows.append(row)
    return rows


@few
@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows, random):
    mixed, documents = list(rows), list(DOCUMENTS)
    random.shuffle(mixed)
    random.shuffle(documents)
    assert claims(mixed, documents) == claims(rows, DOCUMENTS)


@few
@given(tables())
def test_every_asserted_row_is_in_one_claim(rows):
    taken = [row for row in rows if row["level"] == "asserted" and row["doc_id"] != "7"]
    found = claims(rows, DOCUMENTS)
    assert sorted(id for claim in found for id in claim["evidence"]) == sorted(r["triple_id"] for r in taken)
    for count, flag in (("negated_count", "negated"), ("speculated_count", "speculated")):
        assert sum(claim[count] for claim in found) == sum(row[flag] for row in taken)
    assert len({claim["claim_id"] for claim in found}) == len(found)
    for claim in found:
        assert claim["evidence_count"] == len(claim["evidence"])
        assert 1 <= claim["paper_count"] <= claim["evidence_count"]
        assert 0 <= claim["confidence"] <= 1
        assert claim["years"] == sorted(set(claim["years"]))


@few
@given(tables())
def test_contradiction_is_mutual_and_never_with_oneself(rows):
    found = {claim["claim_id"]: claim for claim in claims(rows, DOCUMENTS)}
    for name, claim in found.items():
        assert name not in claim["contradicted_by"]
        for other in claim["contradicted_by"]:
            assert name in found[other]["contradicted_by"]
            for slot in ("cell_id", "mechanism_id", "therapy_id"):
                assert found[other][slot] == claim[slot]


@few
@given(tables())
def test_a_second_run_changes_nothing(rows):
    found = claims(rows, DOCUMENTS)
    assert claims(rows, DOCUMENTS, previous=found) == found


@few
@given(tables())
def test_an_unrelated_paper_changes_nothing_else(rows):
    other = {**triple("new", "new", "mdsc"), "mechanism_text": "efferocytosis", "mechanism_id": "GO:0043277"}
    found = claims([*rows, other], [*DOCUMENTS, document("new", pmid="99")])
    assert [claim for claim in found if claim["evidence"] != ["new"]] == claims(rows, DOCUMENTS)


@few
@given(tables(least=1))
def test_a_paper_that_was_fetched_twice_is_one_paper(rows):
    """The full text says all that the abstract says, once more: more evidence, not more papers, not surer."""
    again = [{**row, "triple_id": f"{row['triple_id']}-2", "doc_id": f"PMC{row['doc_id']}"} for row in rows]
    copies = [{**row, "doc_id": f"PMC{row['doc_id']}", "retracted": False} for row in DOCUMENTS]
    before = {claim["claim_id"]: claim for claim in claims(rows, DOCUMENTS)}
    after = {claim["claim_id"]: claim for claim in claims([*rows, *again], [*DOCUMENTS, *copies])}
    assert after.keys() == before.keys()
    for name, claim in after.items():
        assert claim["evidence_count"] == 2 * before[name]["evidence_count"]
        for column in ("paper_count", "confidence", "years", "contradicted_by", "cell_text"):
            assert claim[column] == before[name][column]


@few
@given(CONFIDENCES, st.lists(CONFIDENCES, max_size=6), st.lists(CONFIDENCES, max_size=6))
def test_saying_raises_and_denying_lowers(more, said, denied):
    from pipeline.claims.confidence import confidence

    before = confidence(said, denied)
    assert 0 <= before <= 1
    assert confidence([*said, more], denied) >= before
    assert confidence(said, [*denied, more]) <= before
    assert confidence([], denied) == 0
