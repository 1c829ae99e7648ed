from __future__ import annotations

import time

import pytest

from pipeline import extraction
from pipeline.extraction import Extracted, extract, extract_batch, extract_documents, model_version
from pipeline.records import Document, Failure
from pipeline.store import TABLES
from tests.conftest import POISON

TEXT = "Kupffer cells drive fibrosis."


def documents(count: int) -> list[Document]:
    return [Document(f"d{number}", TEXT) for number in range(count)]


def test_extract_gives_the_columns_of_the_table(plain):
    frame = extract([TEXT, "CSF1R blockade may reduce fibrosis."])
    assert list(frame.columns) == TABLES["triples"].names
    assert list(frame["doc_id"]) == ["text-1", "text-2"]
    assert list(frame["speculated"]) == [False, True]
    first = frame.iloc[0]
    assert TEXT[first.cell_start : first.cell_end] == first.cell_text == "Kupffer cells"


@pytest.mark.parametrize("text", [TEXT, Document("text-1", TEXT)])
def test_extract_takes_one_text_as_it_takes_many(plain, text):
    assert list(extract(text)["doc_id"]) == ["text-1"]


def test_extract_of_nothing_is_an_empty_table(plain):
    assert list(extract([]).columns) == TABLES["triples"].names
    assert extract("").empty


def test_extract_warns_of_what_it_left_out(plain):
    with pytest.warns(UserWarning, match="text-1: the language pipeline could not work"):
        frame = extract([POISON, TEXT])
    assert list(frame["doc_id"]) == ["text-2"]


def test_extract_brings_letters_to_nfc(plain):
    frame = extract("Kupffer cells drive fibrosis, cafe\N{COMBINING ACUTE ACCENT}.")
    assert frame["sentence"][0].endswith("café.")


def test_one_bad_document_costs_the_others_nothing(plain):
    batch = [*documents(2), Document("bad", POISON, source="x.txt"), *documents(1)]
    results = extract_batch(plain, batch)
    assert [isinstance(result, Extracted) for result in results] == [True, True, False, True]
    failure = results[2]
    assert (failure.doc_id, failure.path, failure.stage, failure.error) == (
        "bad",
        "x.txt",
        "annotate",
        "RuntimeError",
    )
    assert "the parser choked" in failure.message
    assert "\n" not in failure.message


def test_half_a_character_is_a_failure_and_no_crash(plain):
    (failure,) = extract_batch(plain, [Document("half", "Kupffer cells \ud83d.")])
    assert failure.error == "UnicodeEncodeError"


def test_an_offset_that_lies_is_a_failure(plain, monkeypatch):
    from tests import conftest

    def off_by_one(doc, document):
        return [mention._replace(start=mention.start + 1) for mention in conftest.mentions_of(doc, document)]

    monkeypatch.setattr("pipeline.annotate.mentions_of", off_by_one)
    (failure,) = extract_batch(plain, documents(1))
    assert "'Kupffer cells'" in failure.message


def test_failures_of_reading_keep_their_place(plain):
    lost = Failure(None, "x", "read", "Empty", "x: empty file.")
    first, second, third = extract_documents(plain, [*documents(1), lost, *documents(1)])
    assert second is lost
    assert isinstance(first, Extracted)
    assert isinstance(third, Extracted)


def test_batches_grow_and_the_first_result_needs_one_document_only(plain, monkeypatch):
    taken, sizes = [], []

    def stream():
        for document in documents(100):
            taken.append(document.doc_id)
            yield document

    batch = extraction.extract_batch
    monkeypatch.setattr(extraction, "extract_batch", lambda nlp, b: sizes.append(len(b)) or batch(nlp, b))
    results = extract_documents(plain, stream(), batch_documents=16)
    next(results)
    assert taken == ["d0"]
    assert len(list(results)) == 99
    assert sizes == [1, 2, 4, 8, 16, 16, 16, 16, 16, 5]


def test_the_model_is_named_with_its_version(plain):
    assert model_version(plain) == "en_pipeline-0.0.0"


@pytest.mark.parametrize("kept", [0, 10**6])
def test_a_run_forgets_the_strings_it_met_once_it_knows_enough(plain, monkeypatch, kept):
    monkeypatch.setattr("pipeline.annotate.KNOWN_WORDS", kept)
    before = len(plain.vocab.strings)
    extract_batch(plain, [Document("d", " ".join(f"word{number}" for number in range(500)))])
    assert (len(plain.vocab.strings) < before + 50) == (kept == 0)


def busy(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


@pytest.fixture
def short_time(monkeypatch):
    from pipeline import settings

    monkeypatch.setenv("KUPFFER_MAX_SECONDS", "0.2")
    settings.settings.cache_clear()
    yield
    settings.settings.cache_clear()


def test_what_takes_too_long_is_a_failure_and_costs_the_others_nothing(plain, short_time, monkeypatch):
    from tests import conftest

    def slow(doc, document):
        if document.doc_id == "slow":
            busy(30)
        return conftest.mentions_of(doc, document)

    monkeypatch.setattr("pipeline.annotate.mentions_of", slow)
    began = time.process_time()
    results = extract_batch(plain, [*documents(1), Document("slow", TEXT), *documents(1)])
    assert time.process_time() - began < 10
    assert [isinstance(result, Extracted) for result in results] == [True, False, True]
    assert results[1].error == "too-slow"
    assert "slow: the language pipeline took more than 0.2 seconds" in results[1].message
    assert results[1].message.endswith("split it, or raise KUPFFER_MAX_SECONDS.")


def test_reading_has_its_limit_too(tmp_path, short_time, monkeypatch):
    from pipeline.read import read

    for name in ("a.txt", "slow.txt", "z.txt"):
        (tmp_path / name).write_text(f"{TEXT} {name}")
    from pipeline.read import plain as reader

    real = reader.read_plain

    def slow(stream, stem, limit):
        if stem == "slow":
            busy(30)
        yield from real(stream, stem, limit)

    monkeypatch.setattr(reader, "read_plain", slow)
    first, lost, last = read([tmp_path])
    assert (first.doc_id, lost.error, last.doc_id) == ("a", "too-slow", "z")
    assert "slow.txt takes more than 0.2 seconds of processor time to read" in lost.message
