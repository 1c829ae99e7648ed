"""The stages as a whole: what is skipped, what is said when corpora are missing, what the card shows."""

import json

import pytest

from flows import train
from pipeline.train import card, stages


def test_says_in_one_sentence_that_the_corpora_are_missing(tmp_path, capsys):
    assert train.main(["--corpora", str(tmp_path / "nowhere"), "--work", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "--corpora" in said and "nowhere" in said and said.count("\n") == 1


def test_stages_that_are_done_are_skipped(tmp_path):
    work = stages.Work(tmp_path / "nowhere", tmp_path)
    work.docs("done").parent.mkdir()
    for path in (work.docs("done"), work.vectors, work.tok2vec):
        path.write_bytes(b"")
    work.syntax.mkdir()
    work.mentions.mkdir()
    stages.convert(work)
    stages.make_vectors(work)
    stages.make_tok2vec(work, seed=0)
    stages.train_syntax(work, minutes=1, seed=0)
    stages.train_mentions(work, minutes=1, seed=0)


def test_stages_that_are_not_done_need_the_corpora(tmp_path):
    with pytest.raises(FileNotFoundError):
        stages.convert(stages.Work(tmp_path / "nowhere", tmp_path))


PRF = {"p": 0.5, "r": 0.25, "f": 0.3333}
FIGURES = {
    "name": "kupffer", "version": "0", "load_seconds": 0.5, "machine": "x86_64", "words_a_second": 6000,
    "mentions": {
        "slots": {"cell": {"exact": PRF, "overlap": PRF, "types": {"CELL": {"gold": 3, "exact": PRF, "overlap": PRF}}}}
    },
    "syntax": {"uas": 0.9, "las": 0.8, "tags": 0.95, "lemmas": 0.9, "sentence_starts": PRF},
    "training": {"seed": 0},
}  # fmt: skip


def test_card_is_written_twice_and_counts_the_models_size_without_itself(tmp_path):
    (tmp_path / "weights").write_bytes(b"x" * 1000)
    card.write_card(tmp_path, FIGURES)
    card.write_card(tmp_path, FIGURES)
    again = json.loads((tmp_path / "card.json").read_text())
    assert again["size_bytes"] == 1000
    page = (tmp_path / "CARD.md").read_text()
    assert "| slots | CELL | 3 | 50.0 | 25.0 | 33.3 | 50.0 | 25.0 | 33.3 |" in page
    assert "| labelled attachment | 80.0 |" in page
    assert all(corpus["licence"] in page for corpus in card.CORPORA)
