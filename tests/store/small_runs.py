"""Two small corpora, a refresh to either of them, and a way to stop it at any write, rename or fsync.

What is killed runs in a process of its own, so that a stop is a stop: no ``finally`` runs, no file is closed. What it
would leave at every single point is copied from the disk while a run goes by, which takes a tenth of the time.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import spacy
from spacy.tokens import Doc

from flows.release import release
from flows.report import Report
from pipeline.annotate.syntax import UNPARSED
from pipeline.extraction import Extracted
from pipeline.records import CellRole, Document, Evidence, Failure, Mention, MentionType, Triple
from pipeline.store import TABLES, Annotated, Shard, Staged, Update, Versions, open_outputs, table_schema

KILLED = 9
CLAIMS = table_schema("claims", ("claim_id", pa.string(), False, "name of the claim"))
VERSIONS = Versions("r", "a", "l")
SHOWN = (*TABLES, "claims")

_NLP = spacy.blank("en")
_SENTENCE = "Kupffer cells drive fibrosis."


def _document(doc_id: str, text: str, **about: Any) -> Document:
    return Document(doc_id=doc_id, text=f"{_SENTENCE} {text}", **about)


CORPORA: dict[str, list[Document | Failure]] = {
    "one": [
        *(_document(f"d{number}", "It was seen.", title=f"{number}") for number in range(6)),
        Failure(None, "x.pdf", "read", "no-text", "x.pdf has no text."),
    ],
    "two": [
        _document("a", "It is new."),
        _document("d1", "It was seen.", title="1"),
        _document("d2", "It was changed.", title="2"),
        _document("d3", "It was seen.", title="3", retracted=True),
        _document("d4", "It was seen.", title="4"),
        _document("fails", "It cannot be done."),
    ],
}


def refresh(outputs: Path, corpus: str, keep: int = 2, *, whole: bool = False) -> None:
    """Bring ``outputs`` to one of the `CORPORA`.

    Claims and report are the flow's own if ``whole``; else stand-ins that are written alike, in a tenth of the time.
    """
    report = Report(outputs)

    def stage(staged: Staged) -> None:
        if whole:
            release(staged, report, update, allow_drop=True)
        else:
            _claims(staged)

    with Update(outputs, VERSIONS, batch_documents=2, keep=keep, stage=stage) as update:
        for batch in update.batches(CORPORA[corpus]):
            done = [d for d in batch if d.doc_id != "fails"]
            results: list[Any] = [(d, *_found(d)) for d in done]
            results += [Failure(d.doc_id, None, "annotate", "X", "no.") for d in batch if d not in done]
            if not batch.stored:
                results.append(annotated(done))
            update.take(results)
            for result in results:
                if isinstance(result, Failure):
                    report.fail(result)
                elif not isinstance(result, Annotated):
                    report.add(Extracted(*result))
        update.finish()


def annotated(
    documents: Iterable[Document],
    without_tree: Callable[[Document], bool] = lambda _: False,
    model_version: str = "en_x-1",
) -> Annotated:
    """What a worker gives beside its results: annotations of words that all hang on the first, or were not parsed."""
    shard, ids = Shard(), []
    for document in documents:
        words = [word.text for word in _NLP.make_doc(document.text)]
        labels = [UNPARSED if without_tree(document) else "dep"] * len(words)
        shard.add(Doc(_NLP.vocab, words, heads=[0] * len(words), deps=labels))
        ids.append(document.doc_id)
    return Annotated(shard.to_bytes(), tuple(ids), tuple(shard.parsed), model_version)


def _found(document: Document) -> tuple[list[Mention], list[Triple]]:
    cell = Mention(0, 13, "Kupffer cells", MentionType.CELL)
    mechanism = Mention(20, 28, "fibrosis", MentionType.MECHANISM)
    evidence = Evidence(0, len(_SENTENCE), 0, _SENTENCE)
    return [cell, mechanism], [Triple(mechanism, evidence, cell, CellRole.DRIVES)]


def _claims(staged: Staged) -> None:
    with staged.tables as tables:
        triples = tables.table("triples", ["triple_id"])["triple_id"].to_pylist()
    staged.write("claims", CLAIMS, ({"claim_id": f"claim:{triple}"} for triple in triples))
    staged.report({"claims": len(triples)})


def followed(outputs: Path) -> dict[str, list[dict[str, Any]]]:
    """All tables of the run that the manifest names, without times."""
    with open_outputs(outputs) as opened:
        return {name: _dateless(opened.table(name)) for name in opened.names}


def plain(outputs: Path) -> dict[str, list[dict[str, Any]]]:
    """All tables as whoever knows only their folders reads them, without times."""
    frames = {name: pd.read_parquet(outputs / name) for name in SHOWN if (outputs / name).is_dir()}
    return {name: _dateless(pa.Table.from_pandas(frame)) for name, frame in frames.items()}


def _dateless(table: pa.Table) -> list[dict[str, Any]]:
    times = ("_at", "_seen")
    kept = [c for c in table.column_names if c != "at" and not c.endswith(times) and c != "__index_level_0__"]
    return table.select(kept).to_pylist()


POINTS = [
    (os, "replace"),
    (os, "rename"),
    (os, "link"),
    (os, "unlink"),
    (os, "rmdir"),
    (os, "mkdir"),
    (os, "fsync"),
    (Path, "write_bytes"),
    (Path, "write_text"),
    (pq.ParquetWriter, "__init__"),
    (pq.ParquetWriter, "write_table"),
    (pq.ParquetWriter, "close"),
]
_REAL = [(owner, name, getattr(owner, name)) for owner, name in POINTS]


@contextmanager
def counted(at: Callable[[int], None]) -> Iterator[list[str]]:
    """Call ``at(number)`` before each write, rename and fsync inside the block; gives their names as they come.

    Of what `Path.write_bytes` writes, half is on the disk by then.
    """
    seen: list[str] = []
    before = [(owner, name, getattr(owner, name)) for owner, name in POINTS]

    def watched(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            seen.append(name)
            if name == "write_bytes":
                real(args[0], args[1][: len(args[1]) // 2])
            at(len(seen))
            return real(*args, **more)

        return call

    for owner, name, real in before:
        setattr(owner, name, watched(name, real))
    try:
        yield seen
    finally:
        for owner, name, real in before:
            setattr(owner, name, real)


def pictures(outputs: Path, corpus: str, into: Path, *, whole: bool = False) -> list[Path]:
    """A refresh, and what a kill would have left on the disk at each of its points: copies, those that differ.

    A kill runs nothing and flushes nothing, so what it leaves is what lies there at that moment.
    """
    taken: list[Path] = []
    before: object = None

    def take(number: int) -> None:
        nonlocal before
        state = _state(outputs)
        if state == before:
            return
        before = state
        taken.append(into / f"{number:03}")
        if outputs.exists():
            with _unwatched():
                copied(outputs, taken[-1])

    with counted(take):
        refresh(outputs, corpus, whole=whole)
    return taken


def copied(folder: Path, to: Path) -> None:
    """A copy in which files that were one file are one file again."""
    first: dict[int, Path] = {}
    for place, folders, files in os.walk(folder):
        here = to / Path(place).relative_to(folder)
        here.mkdir(exist_ok=True)
        for name in [*files, *(name for name in folders if (Path(place) / name).is_symlink())]:
            path = Path(place) / name
            known = first.setdefault(path.lstat().st_ino, here / name)
            if known != here / name:
                (here / name).hardlink_to(known)
            else:
                shutil.copy2(path, here / name, follow_symlinks=False)


def _state(folder: Path) -> object:
    paths = sorted(folder.rglob("*")) if folder.exists() else []
    return folder.exists(), [
        (path, path.lstat().st_ino, path.read_bytes() if path.is_file() else None) for path in paths
    ]


@contextmanager
def _unwatched() -> Iterator[None]:
    now = [(owner, name, getattr(owner, name)) for owner, name in POINTS]
    for owner, name, real in _REAL:
        setattr(owner, name, real)
    try:
        yield
    finally:
        for owner, name, watched in now:
            setattr(owner, name, watched)


def killed_refresh(outputs: str, corpus: str, number: int) -> None:
    """A refresh that ends without a word at its point ``number``; 0 lets it live. For a process of its own."""

    class Now(BaseException):
        pass

    def at(count: int) -> None:
        if count == number:
            raise Now

    def end(*_: object) -> None:
        os._exit(KILLED)

    # The exception unwinds one frame, the counting one, which stops the process.
    with counted(at):
        for owner, name in POINTS:
            setattr(owner, name, _ending(getattr(owner, name), Now, end))
        refresh(Path(outputs), corpus)
    sys.exit(0)


def _ending(
    call: Callable[..., Any], kind: type[BaseException], end: Callable[..., None]
) -> Callable[..., Any]:
    def ended(*args: Any, **more: Any) -> Any:
        try:
            return call(*args, **more)
        except kind:
            end()

    return ended


def read_for_ever(outputs: str, wanted: dict[str, Any], stop: Any, wrong: Any, rounds: Any) -> None:
    """Read ``outputs`` both ways until ``stop`` is set; what is none of the ``wanted`` runs goes into ``wrong``."""
    runs = list(wanted.values())
    while not stop.is_set():
        try:
            if followed(Path(outputs)) not in runs:
                wrong.put("the manifest's tables are not of one run")
            for name, rows in plain(Path(outputs)).items():
                if rows not in [run[name] for run in runs]:
                    wrong.put(f"{name} is of no run")
        except Exception as error:
            wrong.put(f"{type(error).__name__}: {error}")
        rounds.value += 1
