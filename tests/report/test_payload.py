"""What the report embeds is what the tables hold."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.payload import CELL_ROLES, THERAPY_ROLES, payload
from pipeline.report.texts import TYPES, excerpts
from pipeline.report.write import embedded, render
from pipeline.store import Writer, open_outputs
from tests.report.tables import FAILURES, MARKUP, PAPERS, paper, write_tables


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_tables(tmp_path_factory.mktemp("report") / "out")


@pytest.fixture(scope="module")
def content(folder):
    with open_outputs(folder) as outputs:
        return payload(outputs)


def rows(folder, table):
    with open_outputs(folder) as outputs:
        return outputs.table(table).to_pylist()


def shown_evidence(content):
    """(claim number, document number, evidence text, {slot: text}, flags) of each row, cut by its offsets."""
    main, pages = content.main, content.pages
    evidence = main["evidence"]
    of = [claim for claim, count in enumerate(evidence["of"]) for _ in range(count)]
    for row, claim in enumerate(of):
        document = evidence["document"][row]
        start, length = evidence["start"][row], evidence["length"][row]
        at, text = next(
            (at, text)
            for at, text in pages["documents"][document][0]
            if at <= start and start + length <= at + len(text)
        )
        cut = text[start - at : start - at + length]
        slots = {
            slot: cut[spot[0] : sum(spot)] if (spot := evidence[slot][row]) else None
            for slot in ("cell", "mechanism", "therapy")
        }
        yield claim, document, cut, slots, evidence["flags"][row]


def test_counts_are_the_tables(folder, content):
    triples = rows(folder, "triples")
    asserted = [row for row in triples if row["level"] == "asserted"]
    counts = content.main["counts"]
    assert counts["documents"] == len(PAPERS) == len(content.main["documents"]["id"])
    assert counts["mentions"] == len(rows(folder, "mentions"))
    assert counts["triples"] == len(triples)
    assert counts["linked"] == len(triples) - len(asserted) == 1
    assert counts["negated"] == sum(row["negated"] for row in asserted) == 1
    assert counts["speculated"] == sum(row["speculated"] for row in asserted) == 1
    assert counts["retracted"] == 1
    assert counts["rejected"] == 0
    assert counts["failures"] == len(FAILURES) == sum(kind[2] for kind in content.main["failures"]["kinds"])
    assert counts["claims"] == len(content.main["claims"]["id"])
    assert counts["contradicted"] == 2
    assert counts["several"] == 1


@pytest.mark.parametrize("text_bytes", [10_000_000, 1_500, 0])
def test_every_claim_has_its_evidence_word_for_word(folder, text_bytes):
    with open_outputs(folder) as outputs:
        content = payload(outputs, text_bytes=text_bytes)
    main = content.main
    known = {
        (row["doc_id"], row["sentence"], row["cell_text"], row["mechanism_text"], row["therapy_text"]): row
        for row in rows(folder, "triples")
        if row["level"] == "asserted" and row["doc_id"] != "505"  # retracted
    }
    seen = set()
    for claim, document, sentence, slots, flags in shown_evidence(content):
        key = (main["documents"]["id"][document], sentence, *slots.values())
        row = known[key]
        assert flags == row["negated"] + 2 * row["speculated"]
        role = main["claims"]["cell_role"][claim]
        assert (CELL_ROLES[role] if role >= 0 else None) == row["cell_role"]
        role = main["claims"]["therapy_role"][claim]
        assert (THERAPY_ROLES[role] if role >= 0 else None) == row["therapy_role"]
        seen.add(key)
    assert seen == set(known)
    whole = sum(page[1] for page in content.pages["documents"])
    assert whole == len(PAPERS) if text_bytes > 10_000 else whole < len(PAPERS)


def test_terms_have_a_name_a_person_would_write(content):
    terms = {(slot, name): (curie, forms) for slot, name, curie, forms in content.main["terms"]}
    assert terms[0, "Kupffer cell"] == ("CL:0000091", ["Kupffer cells"])
    assert terms[2, "CSF1R blockade"] == ("", ["CSF1R blockade"])  # not "csf 1 r blockade"


def test_mentions_are_where_the_text_has_them(folder, content):
    names, documents = content.pages["names"], content.main["documents"]["id"]
    shown = set()
    for doc_id, (stretches, _, _, flat) in zip(documents, content.pages["documents"], strict=True):
        at = 0
        for place in range(0, len(flat), 4):
            distance, length, kind, name = flat[place : place + 4]
            at += distance
            curie = names[name][1] if name >= 0 else None
            shown.add((doc_id, stretches[0][1][at : at + length], TYPES[kind], curie))
    assert shown == {(row["doc_id"], row["text"], row["type"], row["id"]) for row in rows(folder, "mentions")}


def test_only_identifiers_that_are_some_become_links(content):
    documents = content.main["documents"]
    identifiers = zip(documents["pmid"], documents["pmcid"], documents["doi"], strict=True)
    about = dict(zip(documents["id"], identifiers, strict=True))
    assert about["404"] == ("", "", "")  # javascript:
    assert about["101"] == ("101", "", "10.1000/a<b>")
    assert about["PMC202"] == ("", "PMC202", "")


def test_more_evidence_than_the_limit_keeps_whole_claims_and_says_so(tmp_path):
    folder = write_tables(tmp_path / "out", copies=6)
    with open_outputs(folder) as outputs:
        whole = payload(outputs).main
        part = payload(outputs, limit=20).main
    in_all = part["about"]["evidence_in_all"]
    assert in_all == whole["about"]["evidence_in_all"] == sum(whole["claims"]["evidence"]) > 20
    assert 0 < sum(part["claims"]["evidence"]) <= 20
    assert part["evidence"]["of"] == part["claims"]["evidence"]
    assert part["counts"] == whole["counts"]
    assert sum(map(bool, part["claims"]["against_in_all"])) >= 1


def test_tables_without_a_claim(tmp_path):
    with Writer(tmp_path) as writer:
        writer.add(*paper("1", "Nothing at all."))
    with open_outputs(tmp_path) as outputs:
        content = payload(outputs)
    assert content.main["claims"]["id"] == []
    assert b"Nothing at all" in render(content)


def test_markup_in_a_title_is_no_markup(content):
    page = render(content, MARKUP).decode()
    assert "<script>alert" not in page and "\u2028" not in page.split('id="data-main">')[1]
    assert "<title>&lt;script&gt;alert(1)&lt;/script&gt;" in page


@given(st.recursive(st.text(), lambda inner: st.lists(inner, max_size=3)))
def test_embedded_json_is_the_value_and_never_ends_its_element(value):
    text = embedded(value)
    assert json.loads(text) == value
    assert "<" not in text and "\u2028" not in text and "\u2029" not in text


@given(
    st.text(min_size=1, max_size=60), st.lists(st.tuples(st.integers(0, 59), st.integers(1, 30)), max_size=8)
)
def test_excerpts_cover_the_evidence_and_nothing_twice(text, spots):
    spans = [(start, min(start + length, len(text))) for start, length in spots if start < len(text)]
    parts = excerpts({"evidence_start": a, "evidence_end": b, "sentence": text[a:b]} for a, b in spans)
    covered = [place for at, part in parts for place in range(at, at + len(part))]
    assert covered == sorted(set(covered)) == sorted({place for a, b in spans for place in range(a, b)})
    assert all(text[at : at + len(part)] == part for at, part in parts)
