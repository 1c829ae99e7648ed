"""Whatever runs came before, and whichever were cut off, the tables are those of a first run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.annotate import section_of
from pipeline.records import CellRole, Document, Evidence, Failure, Mention, MentionType, Section, Triple
from pipeline.store import Batch, Update, Versions
from tests.store.small_runs import annotated, followed

TEXTS = (
    "Kupffer cells drive fibrosis.",
    "Fibrosis suppresses Kupffer cells.",
    "Kupffer cells, fibrosis: no tree.",
    "Kupffer cells and fibrosis, but it fails.",
)
FLAT, FAILING = TEXTS[2:]
SECTIONS = ((), (Section("title", 0, 12),), (Section("title", 0, 4), Section("abstract", 5, 24)))
CONFIDENCE = {"l1": 0.5, "l2": 0.6, "l3": 0.7}


class Run(NamedTuple):
    """One refresh: documents as (text, sections, title), in an order, and how it goes."""

    corpus: Mapping[str, tuple[str, int, str]]
    annotate: str
    relate: str
    batch: int
    backwards: bool
    cut: int | None  # taken batches after which it is cut off

    def documents(self) -> list[Document]:
        return [
            Document(name, text, sections=SECTIONS[sections], title=title)
            for name, (text, sections, title) in self.corpus.items()
        ]


TEXT = st.tuples(st.sampled_from(TEXTS), st.sampled_from(range(3)), st.sampled_from(["one", "two"]))
# One is always well: a run that gives no document at all leaves the tables of the last one.
CORPUS = st.dictionaries(st.sampled_from("abcdef"), TEXT).map(
    lambda some: {**some, "z": (TEXTS[0], 0, "one")}
)
RUN = st.builds(
    Run,
    CORPUS,
    st.sampled_from(["a1", "a1", "a1", "a2"]),
    st.sampled_from(sorted(CONFIDENCE)),
    st.integers(1, 3),
    st.booleans(),
    st.one_of(st.none(), st.none(), st.integers(0, 3)),
)


class CutOff(Exception):
    """The end of a run that does not end."""


def found(document: Document, run: Run) -> tuple[Document, list[Mention], list[Triple]]:
    """What hangs on all that a row may hang on: text, sections, model, and rules where there is a tree."""
    cell, mechanism = (
        Mention(
            start := document.text.lower().index(word.lower()),
            start + len(word),
            document.text[start : start + len(word)],
            type_,
            name=run.annotate,
            section=section_of(document, start),
        )
        for word, type_ in (("Kupffer cells", MentionType.CELL), ("fibrosis", MentionType.MECHANISM))
    )
    evidence = Evidence(0, len(document.text), 0, document.text, section_of(document, 0))
    triple = Triple(
        mechanism, evidence, cell=cell, cell_role=CellRole.DRIVES, confidence=CONFIDENCE[run.relate]
    )
    return document, [cell, mechanism], [] if document.text == FLAT else [triple]


def results(batch: Batch, run: Run) -> list[Any]:
    done = [document for document in batch if document.text != FAILING]
    failed = [Failure(d.doc_id, None, "annotate", "X", "no.") for d in batch if d.text == FAILING]
    told: list[Any] = [*failed, *(found(document, run) for document in done)]
    if not batch.stored:
        told.append(annotated(done, lambda document: document.text == FLAT, f"en_x-{run.annotate}"))
    return told


def make(outputs: Path, run: Run, cut: int | None = None) -> None:
    with Update(outputs, Versions("r", run.annotate, run.relate), batch_documents=run.batch) as update:
        batches: Any = update.batches(run.documents())
        if run.backwards:
            batches = reversed(list(batches))
        for number, batch in enumerate(batches):
            if number == cut:
                raise CutOff
            update.take(results(batch, run))
        if cut is not None:
            raise CutOff
        update.finish()


@settings(deadline=None, max_examples=40)
@given(st.lists(RUN, min_size=2, max_size=4))
def test_any_runs_end_with_the_tables_of_a_first_run(runs: list[Run]) -> None:
    with TemporaryDirectory() as folder:
        outputs = Path(folder, "out")
        for number, run in enumerate(runs):
            if run.cut is not None:
                try:
                    make(outputs, run, run.cut)
                except CutOff:
                    continue
            make(outputs, run)
            anew = Path(folder, f"anew-{number}")
            make(anew, run)
            assert followed(outputs) == followed(anew)
