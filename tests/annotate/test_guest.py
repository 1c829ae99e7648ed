"""Models of others: a stand-in with scispaCy's labels gives mentions, our rules read our own tree."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import DocBin

import pipeline
from pipeline.annotate import ModelError, load

NAME = "en_ner_standin_md"
TEXT = "Gloopocytes drive metastasis. Kupffer cells suppress metastasis."


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model on disk with the labels of en_ner_bionlp13cg_md, which knows one cell that nobody else does."""
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "CELL", "pattern": "Gloopocytes"}])  # type: ignore[attr-defined]
    folder = tmp_path_factory.mktemp("models") / NAME
    nlp.to_disk(folder)
    return folder


def cells(nlp: Language) -> set[str]:
    return {m["text"] for m in nlp(TEXT)._.mentions if m["type"] == "CELL"}


def test_a_guest_supplies_mentions(stand_in: Path) -> None:
    nlp = pipeline.load(model=str(stand_in))
    assert {"Gloopocytes", "Kupffer cells"} <= cells(nlp)
    rows = nlp(TEXT)._.triples
    assert any(TEXT[slice(*row["cell"])] == "Gloopocytes" for row in rows if row["cell"])


def test_kupffer_inside_anothers_model(stand_in: Path) -> None:
    nlp = spacy.load(stand_in)
    nlp.add_pipe("kupffer")
    doc = nlp(TEXT)
    assert {"Gloopocytes", "Kupffer cells"} <= cells(nlp)
    assert [TEXT[slice(*row["mechanism"])] for row in doc._.triples]
    assert {span.label_ for span in doc.spans["mentions"]} >= {"CELL", "MECHANISM"}


def test_a_model_that_is_not_there_is_named() -> None:
    with pytest.raises(ModelError, match="en_core_sci_nowhere"):
        load(model="en_core_sci_nowhere")


def test_entry_points_work_without_importing_us(stand_in: Path) -> None:
    code = (
        f"import spacy; nlp = spacy.load({str(stand_in)!r}); nlp.add_pipe('kupffer'); "
        f"print(len(nlp({TEXT!r})._.triples))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0


def test_the_pipeline_survives_disk_bytes_and_processes(tmp_path: Path) -> None:
    nlp = pipeline.load()
    nlp.to_disk(tmp_path / "whole")
    again = spacy.load(tmp_path / "whole")
    texts = [TEXT, "MDSC-driven T-cell exhaustion was reversed by pembrolizumab.", ""]
    wanted = [(doc._.mentions, doc._.triples) for doc in nlp.pipe(texts)]
    assert [(doc._.mentions, doc._.triples) for doc in again.pipe(texts)] == wanted
    assert [(doc._.mentions, doc._.triples) for doc in nlp.pipe(texts, n_process=2)] == wanted
    stored = DocBin(docs=list(nlp.pipe(texts)), store_user_data=True).to_bytes()
    back = [doc._.triples for doc in DocBin().from_bytes(stored).get_docs(nlp.vocab)]
    assert json.loads(json.dumps(back)) == [t for _, t in wanted]  # msgpack makes lists tuples
