"""One measured thing in a process of its own: `python -m bench.work TASK FOLDER`; prints a line of JSON.

Times are the process's share of the processor in seconds, with one thread, after model and first text; ``peak`` is the
most memory of the process in MB.
"""

from __future__ import annotations

import gc
import json
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.inputs import files
from pipeline.garbage import collect_rarely

BATCH = 64  # documents that nlp.pipe is given at once, as our own settings have it; papers come two at a time


def kupffer(folder: Path) -> dict[str, Any]:
    """Files in, Parquet out, as `kupffer extract --out` does it."""
    return end_to_end(folder, parse_all=False)


def kupffer_all(folder: Path) -> dict[str, Any]:
    """The same with every sentence parsed."""
    return end_to_end(folder, parse_all=True)


def end_to_end(folder: Path, *, parse_all: bool, nlp: Any = None) -> dict[str, Any]:
    """Seconds, documents, words and triples from files to tables."""
    from pipeline.extraction import load, model_version, run
    from pipeline.records import Failure
    from pipeline.store import Writer

    if nlp is None:
        nlp = load(parse_all=parse_all)
        warm(nlp)
    documents = triples = 0
    with tempfile.TemporaryDirectory() as out:
        begun = time.process_time()
        with Writer(out, model_version=model_version(nlp)) as writer:
            for result in run(files(folder), nlp):
                if isinstance(result, Failure):
                    writer.fail(result)
                else:
                    documents += 1
                    triples += len(result.triples)
                    writer.add(*result)
        seconds = time.process_time() - begun
    return {"seconds": seconds, "documents": documents, "triples": triples}


def bare(folder: Path) -> dict[str, Any]:
    """`nlp.pipe` of the same model, all components, every sentence parsed; texts are at hand, nothing is written."""
    import spacy

    from pipeline import annotate

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nlp = spacy.load(annotate.MODEL)
    nlp.add_pipe("kupffer_terms", before="kupffer_recognizer")  # which the recogniser would find by itself
    return piped(folder, nlp)


def blank(folder: Path) -> dict[str, Any]:
    """spaCy's English tokenizer and nothing else."""
    import spacy

    return piped(folder, spacy.blank("en"))


def piped(folder: Path, nlp: Any) -> dict[str, Any]:
    """`nlp.pipe` over the texts of ``folder``."""
    texts = json.loads(folder.with_suffix(".json").read_text("utf-8"))
    warm(nlp)
    size = BATCH if len(texts) and len(texts[0]) < 10_000 else 2
    begun = time.process_time()
    words = sum(len(doc) for doc in nlp.pipe(texts, batch_size=size))
    return {"seconds": time.process_time() - begun, "documents": len(texts), "words": words}


def warm(nlp: Any) -> None:
    """Let everything be loaded that the first text would load, and leave what is there to stay alone."""
    list(nlp.pipe(["Kupffer cells drive fibrosis. CSF1R blockade inhibits it."]))
    collect_rarely()  # as the command line does
    gc.collect()


def stages(folder: Path) -> dict[str, Any]:
    """Seconds of each stage, from files to tables."""
    from pipeline import annotate, extraction, read, relate, store
    from pipeline.annotate import pieces

    spent: dict[str, float] = {}
    nlp = extraction.load(parse_all=False)
    for number, (name, component) in enumerate(nlp._components):
        nlp._components[number] = (name, Timed(name, component, spent))
    pieces.words_of = timed("tokenizer", pieces.words_of, spent)
    annotate.mentions_of = timed("records", annotate.mentions_of, spent)
    relate.triples_of = timed("records", relate.triples_of, spent)
    store.Writer.add = timed("tables", store.Writer.add, spent)
    store.Writer._finish = timed("tables", store.Writer._finish, spent)
    read.read = each_timed("reading", read.read, spent)
    warm(nlp)
    spent.clear()
    figures = end_to_end(folder, parse_all=False, nlp=nlp)
    inner = ("tok2vec", "tagger", "attribute_ruler", "lemmatizer", "parser")
    spent["kupffer_syntax"] = spent.get("kupffer_syntax", 0.0) - sum(spent.get(name, 0.0) for name in inner)
    spent["all else"] = figures["seconds"] - sum(spent.values())
    return {**figures, "stages": spent}


class Timed:
    """A component whose time is taken."""

    def __init__(self, name: str, component: Any, spent: dict[str, float]) -> None:
        self._component = component
        self._run = timed(name, component, spent)
        self._pipe = timed(name, self._all, spent)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._component, name)

    def __call__(self, doc: Any) -> Any:
        return self._run(doc)

    def _all(self, docs: list[Any]) -> list[Any]:
        pipe = getattr(self._component, "pipe", None)
        return list(pipe(docs)) if pipe else [self._component(doc) for doc in docs]

    def pipe(self, stream: Any, **options: Any) -> Iterator[Any]:
        from spacy.util import minibatch

        for docs in minibatch(stream, BATCH):
            yield from self._pipe(docs)


def timed(name: str, work: Callable[..., Any], spent: dict[str, float]) -> Callable[..., Any]:
    """``work``, whose processor time goes to ``spent[name]``."""

    def run(*arguments: Any, **options: Any) -> Any:
        begun = time.process_time()
        try:
            return work(*arguments, **options)
        finally:
            spent[name] = spent.get(name, 0.0) + time.process_time() - begun

    return run


def each_timed(name: str, work: Callable[..., Any], spent: dict[str, float]) -> Callable[..., Iterator[Any]]:
    """As `timed`, for what gives one thing after another."""

    def run(*arguments: Any, **options: Any) -> Iterator[Any]:
        following = timed(name, iter(work(*arguments, **options)).__next__, spent)
        while True:
            try:
                yield following()
            except StopIteration:
                return

    return run


def growth(folder: Path) -> dict[str, Any]:
    """Milliseconds a document, and memory, after 200 documents and ten times as many, in one process."""
    from pipeline.extraction import extract_documents, load, model_version
    from pipeline.read import read
    from pipeline.records import Document
    from pipeline.store import Writer

    nlp = load(parse_all=False)
    warm(nlp)
    rows: list[dict[str, float]] = []
    done = last = 0
    goal = 200
    with tempfile.TemporaryDirectory() as out, Writer(out, model_version=model_version(nlp)) as writer:
        begun = time.process_time()

        def note() -> None:
            nonlocal begun, last
            now = time.process_time()
            rows.append({"documents": done, "ms": 1000 * (now - begun) / max(done - last, 1), "peak": peak()})
            begun, last = now, done

        stream = (one for one in read(files(folder)) if isinstance(one, Document))
        for result in extract_documents(nlp, stream):
            writer.add(*result)
            done += 1
            if done == goal:
                note()
                goal *= 10
        if done > last:
            note()
    return {"rows": rows}


def peak() -> float:
    """The most memory of this process so far, in MB. (What getrusage says is never less than its parent's.)"""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


TASKS = {
    "kupffer": kupffer,
    "kupffer-all": kupffer_all,
    "bare": bare,
    "blank": blank,
    "stages": stages,
    "growth": growth,
}


def main() -> None:
    """The command."""
    figures = TASKS[sys.argv[1]](Path(sys.argv[2]))
    print(json.dumps({**figures, "peak": peak()}))


if __name__ == "__main__":
    main()
