from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.claims import build_claims
from pipeline.export.choice import Choice
from pipeline.export.source import Source
from pipeline.store import open_outputs
from pipeline.store.schema import TABLES
from tests.export.conftest import NOW, paper, triple, write

EVERYTHING = Choice(ungrounded=True, linked=True, retracted=True, rejected=True)
MIXED = [
    triple("grounded"),
    triple("denied", negated=True, negation_cue="not"),
    triple("words", mechanism_id=None, mechanism_name=None),
    triple(
        "linked", therapy_text="imatinib", therapy_id="CHEBI:45783", therapy_role="targets", level="linked"
    ),
    triple("withdrawn", "3"),
    triple("wrong"),
]


@pytest.fixture
def tables(tmp_path):
    # The paper was retracted by what one of its two documents says.
    papers = [
        paper("1"),
        paper("2", pmid="7", retracted=True, text_sha256="2"),
        paper("3", pmid="7", text_sha256="3"),
    ]
    with open_outputs(write(tmp_path / "outputs", papers, MIXED)) as opened:
        yield opened


def ids(rows):
    return [row["triple_id"] for row in rows]


def test_by_default_only_what_texts_assert_of_things_with_identifiers(tables):
    source = Source(tables, verdicts={"wrong": "rejected"})
    assert ids(source.rows()) == ["grounded", "denied"]
    assert source.left_out == {"ungrounded": 1, "linked": 1, "retracted": 1, "rejected": 1}


@pytest.mark.parametrize(
    ("asked", "more"),
    [("ungrounded", "words"), ("linked", "linked"), ("retracted", "withdrawn"), ("rejected", "wrong")],
)
def test_each_is_given_when_asked_for(tables, asked, more):
    source = Source(tables, Choice(**{asked: True}), {"wrong": "rejected"})
    assert ids(source.rows()) == [name for name in ids(MIXED) if name in {"grounded", "denied", more}]
    assert len(source.left_out) == 3


def test_statements_gather_rows_and_count_only_those(tables):
    source = Source(tables, verdicts={"wrong": "rejected", "grounded": "accepted"})
    (said,) = source.statements()
    assert ids(said.rows) == ["denied", "grounded"]
    assert said.claim["evidence"] == ["denied", "grounded"]
    assert (said.claim["negated_count"], said.claim["curated"]) == (1, True)


def test_linked_rows_are_claims_of_their_own(tables):
    (_, linked) = Source(tables, Choice(linked=True)).statements()
    assert ids(linked.rows) == ["linked"] and linked.claim["claim_id"].endswith("-linked")


def test_rows_of_retracted_papers_make_claims_when_asked_for(tables):
    (said,) = Source(tables, Choice(retracted=True)).statements()
    assert said.claim["evidence"] == sorted(["grounded", "denied", "wrong", "withdrawn"])


texts = st.sampled_from(["Kupffer cells", "kupffer cell", "Tregs", "fibrosis", "β", "=1", " "])
rows = st.lists(
    st.builds(
        lambda cell, cell_id, role, mechanism, mechanism_id, level: {
            "cell_text": cell, "cell_id": cell and cell_id, "cell_role": cell and role,
            "mechanism_text": mechanism, "mechanism_id": mechanism_id, "level": level,
        },
        st.none() | texts, st.sampled_from([None, "CL:1", "CL:2"]), st.sampled_from(["drives", "undergoes"]),
        texts, st.sampled_from([None, "GO:1"]), st.sampled_from(["asserted", "asserted", "linked"]),
    ),
    max_size=12,
)  # fmt: skip


class Memory:
    """Tables that lie in memory."""

    def __init__(self, documents, triples):
        self.rows = {"documents": documents, "triples": triples}

    def batches(self, table, columns=None, rows=4):
        import pyarrow as pa

        found = pa.Table.from_pylist(self.rows[table], TABLES[table])
        return iter((found.select(columns) if columns else found).to_batches(rows))


@settings(deadline=None, max_examples=10)
@given(rows)
def test_statements_are_the_claims_and_every_row_is_in_one(given_rows):
    triples = [triple(f"t{number}", str(number % 3), **row) for number, row in enumerate(given_rows)]
    papers = [paper(str(number), text_sha256=str(number)) for number in range(3)]
    found = list(Source(Memory(papers, triples), EVERYTHING).statements())
    assert sorted(ids(row for said in found for row in said.rows)) == sorted(ids(triples))
    asserted = sorted(
        (said.claim for said in found if said.rows[0]["level"] == "asserted"), key=lambda row: row["claim_id"]
    )
    claims = build_claims(triples, papers, now=NOW).to_pylist()
    differ = {"first_seen", "last_seen"}
    assert [{**row, **dict.fromkeys(differ)} for row in asserted] == [
        {**row, **dict.fromkeys(differ)} for row in claims
    ]
