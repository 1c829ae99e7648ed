from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.records import Failure
from pipeline.store import State, Update, Versions, Work, Writer, open_outputs
from pipeline.store.annotations import AnnotationFolder
from pipeline.store.ledger import as_table
from tests.store.small_runs import annotated, followed

FIRST = Versions("r1", "a1", "l1")


@pytest.fixture
def make(tmp_path, document, mentions, triples):
    """A refresh of documents given as {doc_id: title}, with results made by hand."""

    def make(read, versions=FIRST, *, fail=(), flat=(), batch=2, backwards=False, out="out", **changes):
        def items():
            for doc_id, title in read.items():
                about = changes.get(doc_id, {})
                yield replace(document, doc_id=doc_id, title=title, text=document.text + title, **about)

        with Update(tmp_path / out, versions, batch_documents=batch) as update:
            batches = list(update.batches(items())) if backwards else update.batches(items())
            for batch in reversed(batches) if backwards else batches:
                failed = [Failure(d.doc_id, None, "annotate", "X", "no.") for d in batch if d.doc_id in fail]
                done = [d for d in batch if d.doc_id not in fail]
                results = [*failed, *((d, mentions, () if d.doc_id in flat else triples) for d in done)]
                if not batch.stored:
                    results.append(annotated(done, lambda d: d.doc_id in flat))
                update.take(results)
            update.finish()
        return update

    return make


def counts(counter):
    return {str(key): value for key, value in counter.items() if value}


CORPUS = {f"d{number}": f"title {number}" for number in range(7)}


def test_the_first_run_does_all_and_the_second_nothing(make, tmp_path):
    first = make(CORPUS)
    assert counts(first.states) == {"new": 7}
    assert counts(first.works) == {"annotated": 7}
    before = followed(tmp_path / "out")
    second = make(CORPUS)
    assert counts(second.states) == {"unchanged": 7}
    assert counts(second.works) == {"carried": 7}
    assert second.counts == first.counts
    assert followed(tmp_path / "out") == before
    # Nothing was copied: both runs' tables are the same files.
    files = sorted((tmp_path / "out" / ".runs").glob("*/triples.parquet"))
    assert len(files) == 2
    assert files[0].samefile(files[1])


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("batch", [1, 2, 64])
def test_new_changed_and_deleted_give_the_tables_of_a_first_run(make, tmp_path, batch, backwards):
    make(CORPUS, batch=batch)
    corpus = {"a": "first", **CORPUS, "z": "last", "d3": "changed"}
    del corpus["d0"], corpus["d5"]
    update = make(corpus, batch=batch, backwards=backwards)
    assert counts(update.states) == {"new": 2, "changed": 1, "unchanged": 4, "deleted": 2}
    assert counts(update.works) == {"annotated": 3, "carried": 4}
    assert update.by_document["d3"] == (State.CHANGED, Work.ANNOTATED)
    make(corpus, out="anew")
    assert followed(tmp_path / "out") == followed(tmp_path / "anew")


def test_a_batch_ends_with_its_documents_or_its_characters(document, tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.store.update._MOST_CHARACTERS", 1000)
    lengths = [400, 400, 400, 400, 1000, 1, 1, 1, 1, 1]
    texts = [replace(document, doc_id=f"d{n}", text="x" * long) for n, long in enumerate(lengths)]
    with Update(tmp_path, FIRST, batch_documents=4) as update:
        assert [len(batch) for batch in update.batches(texts)] == [3, 2, 4, 1]
        update.writer.discard()


def test_documents_may_come_in_another_order(make, tmp_path):
    make(CORPUS)
    corpus = dict(reversed(CORPUS.items()))
    assert counts(make(corpus).works) == {"carried": 7}
    make(corpus, out="anew")
    assert followed(tmp_path / "out") == followed(tmp_path / "anew")


@pytest.mark.parametrize("backwards", [False, True])
def test_changed_rules_leave_what_has_no_tree(make, tmp_path, backwards):
    flat, rules = ("d0", "d3", "d4"), replace(FIRST, relate="l2")
    make(CORPUS, flat=flat)
    about = {"d3": {"year": 1999}, "d4": {"sections": ()}}
    update = make(CORPUS, rules, flat=flat, backwards=backwards, **about)
    # One has another row of its own, and the mentions of one stand in other sections.
    assert counts(update.works) == {"carried": 1, "updated": 1, "related": 5}
    make(CORPUS, rules, flat=flat, out="anew", **about)
    assert followed(tmp_path / "out") == followed(tmp_path / "anew")
    assert counts(make(CORPUS, rules, flat=flat, **about).works) == {"carried": 7}


@pytest.fixture
def make_before(make, monkeypatch):
    """A run of a program whose ledger did not have some columns."""

    def make_before(*columns, **how):
        with monkeypatch.context() as patch:
            patch.setattr(
                "pipeline.store.update.as_table", lambda all_: as_table(all_).drop_columns([*columns])
            )
            make(CORPUS, **how)

    return make_before


def test_a_ledger_of_before_knows_no_trees_and_has_the_rules_read_all(make, make_before):
    make_before("parsed", flat=("d0",))
    assert counts(make(CORPUS, replace(FIRST, relate="l2"), flat=("d0",)).works) == {"related": 7}
    make_before("parsed", flat=("d0",), out="other")
    assert counts(make(CORPUS, flat=("d0",), out="other").works) == {"carried": 7}


def test_a_ledger_without_what_must_be_known_has_all_made_anew(make, make_before):
    make_before("sections")
    assert counts(make(CORPUS).works) == {"annotated": 7}


def test_changed_rules_take_stored_annotations(make, tmp_path):
    make(CORPUS)
    update = make(CORPUS, replace(FIRST, relate="l2"))
    assert counts(update.states) == {"unchanged": 7}
    assert counts(update.works) == {"related": 7}
    assert counts(make(CORPUS, replace(FIRST, relate="l2")).works) == {"carried": 7}
    with open_outputs(tmp_path / "out") as opened:
        assert set(opened.table("triples")["model_version"].to_pylist()) == {"en_x-1"}


@pytest.mark.parametrize("backwards", [False, True])
def test_changed_rules_and_all_else_at_once_give_the_tables_of_a_first_run(make, tmp_path, backwards):
    make(CORPUS, fail=("d3",))
    rules = replace(FIRST, relate="l2")
    now = {"d9": "new", **{name: title for name, title in CORPUS.items() if name != "d1"}, "d2": "changed"}
    changes = {"d4": {"retracted": True}, "d5": {"sections": ()}}
    update = make(now, rules, backwards=backwards, **changes)
    assert counts(update.works) == {"annotated": 2, "related": 4, "carried": 1}  # d3 failed by its text
    make(now, rules, out="anew", fail=("d3",), **changes)
    assert followed(tmp_path / "out") == followed(tmp_path / "anew")
    assert counts(make(now, rules, **changes).works) == {"carried": 7}


def test_changed_rules_leave_the_files_of_documents_and_mentions(make, tmp_path):
    make(CORPUS)
    with open_outputs(tmp_path / "out") as opened:
        read_at = opened.table("documents", ["read_at"])
        mentions = (tmp_path / "out" / "mentions" / "part-00000.parquet").stat().st_ino
    make(CORPUS, replace(FIRST, relate="l2"))
    with open_outputs(tmp_path / "out") as opened:
        assert opened.table("documents", ["read_at"]) == read_at
    assert (tmp_path / "out" / "mentions" / "part-00000.parquet").stat().st_ino == mentions


def test_without_its_shard_a_text_is_annotated_again(make, tmp_path):
    make(CORPUS)
    for shard in (tmp_path / "out" / ".annotations").glob("*.spacy"):
        shard.write_bytes(b"no shard")
    assert counts(make(CORPUS, replace(FIRST, relate="l2")).works) == {"annotated": 7}


def test_a_changed_model_annotates_all_again(make):
    make(CORPUS)
    assert counts(make(CORPUS, replace(FIRST, annotate="a2")).works) == {"annotated": 7}


def test_what_is_said_of_a_document_is_written_anew_and_nothing_else(make, tmp_path):
    make(CORPUS)
    changes = {"d2": {"retracted": True}, "d4": {"license": "CC BY"}}
    update = make(CORPUS, **changes)
    assert counts(update.states) == {"retracted": 1, "changed": 1, "unchanged": 5}
    assert counts(update.works) == {"updated": 2, "carried": 5}
    make(CORPUS, out="anew", **changes)
    assert followed(tmp_path / "out") == followed(tmp_path / "anew")
    assert sum(row["retracted"] for row in followed(tmp_path / "out")["documents"]) == 1
    assert counts(make(CORPUS, **changes).states) == {"unchanged": 7}


def test_a_document_with_other_sections_is_related_again(make):
    make(CORPUS)
    assert counts(make(CORPUS, d1={"sections": ()}).works) == {"related": 1, "carried": 6}


def test_a_renamed_document_keeps_its_annotation(make, tmp_path):
    make(CORPUS)
    corpus = {("other" if doc_id == "d1" else doc_id): title for doc_id, title in CORPUS.items()}
    update = make(corpus)
    assert counts(update.states) == {"new": 1, "deleted": 1, "unchanged": 6}
    assert counts(update.works) == {"related": 1, "carried": 6}


def test_a_failure_is_carried_over_until_text_or_model_change(make, tmp_path):
    make(CORPUS, fail=["d1"])
    update = make(CORPUS)
    assert counts(update.works) == {"carried": 7}
    assert update.counts["failures"] == 1
    assert update.counts["documents"] == 6
    update = make(CORPUS, replace(FIRST, annotate="a2"))
    assert update.counts["failures"] == 0
    assert update.counts["documents"] == 7


def test_a_run_by_extract_is_no_ground_to_stand_on(make, tmp_path, document):
    make(CORPUS)
    with Writer(tmp_path / "out") as writer:
        writer.add(document, [], [])
    update = make(CORPUS)
    assert counts(update.states) == {"new": 7}
    assert counts(update.works) == {"annotated": 7} or counts(update.works) == {"related": 7}


def test_a_run_without_documents_leaves_the_tables(make, tmp_path):
    make(CORPUS)
    assert not make({}).replaced
    assert len(followed(tmp_path / "out")["documents"]) == 7


def test_annotations_of_a_killed_run_are_found_by_the_next(make, tmp_path, monkeypatch):
    def cut(update):
        raise RuntimeError("cut")

    with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="cut"):
        patch.setattr(Update, "finish", cut)
        make(CORPUS)
    update = make(CORPUS)
    assert counts(update.works) == {"related": 7}
    assert not (tmp_path / "out" / ".annotations" / "journal.jsonl").exists()


def test_shards_that_no_kept_run_needs_are_removed(make, tmp_path):
    make(CORPUS)
    kept = set(AnnotationFolder(tmp_path / "out")._names)
    for number in range(6):
        make(dict.fromkeys(CORPUS, f"round {number}"))
    assert not kept & AnnotationFolder(tmp_path / "out")._names


def test_rows_of_many_row_groups_are_carried(make, tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.store.staged._ROWS_IN_MEMORY", 6)
    corpus = {f"d{number}": f"title {number}" for number in range(40)}
    make(corpus)
    for number in range(3, 40, 5):
        corpus[f"d{number}"] = "changed"
    assert counts(make(corpus).works) == {"annotated": 8, "carried": 32}
    make(corpus, out="anew")
    assert followed(tmp_path / "out") == followed(tmp_path / "anew")
