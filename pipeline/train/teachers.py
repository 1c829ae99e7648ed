"""Teachers and one student: recognisers that differ by chance mark what nobody read, and one learns from both.

The mean of several recognisers is better than each, and too slow to ship. What they agree on over thousands of unmarked
abstracts teaches the one that is shipped (distillation after Hinton, Vinyals and Dean 2015; of a chain's scores, so the
mean of the tags' scores and of the moves between them is decoded as one recogniser's would be).
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from pipeline.annotate.heads import MentionRecognizer, group_name, write_spans
from pipeline.train import assemble, stages
from pipeline.train.convert import read_jsonl, save_docs
from pipeline.train.fit import fit_recognizer
from pipeline.train.marks import marked_ids
from pipeline.train.vectors import abstract_text, read_abstracts

TEACHERS = (1, 2, 3)  # seeds
PLAN = replace(
    stages.MENTIONS_PLAN, steps=3500, evaluate_every=100_000
)  # therapies are at their best here; from 5,000 on the slots are learnt by heart
UNMARKED = 4000  # abstracts


class Together:
    """Several recognisers with the same heads that mark as one: by the mean of their scores.

    Raises ValueError when their heads differ.
    """

    def __init__(self, recognizers: Sequence[MentionRecognizer]) -> None:
        first, *others = recognizers
        if any(other.tags != first.tags for other in others):
            raise ValueError("recognisers that mark together need the same heads with the same types")
        self.first = first
        models = [recognizer.model for recognizer in recognizers]
        self.moves = [
            np.mean([recognizer.moves(number, head) for recognizer in recognizers], axis=0)
            for number, head in enumerate(first.heads)
        ]
        self.models = models

    def predict(self, docs: Sequence[Doc]) -> list[dict[str, list[tuple[int, int, str, float]]]]:
        """As ``MentionRecognizer.predict``."""
        scores = [model.predict(list(docs)) for model in self.models]
        means = [np.mean(each, axis=0) for each in zip(*scores, strict=True)]
        return self.first.decode(docs, means, self.moves)


def unmarked_texts(corpora: Path, *, count: int, seed: int) -> Iterator[str]:
    """``count`` abstracts drawn by chance, none of them marked by anybody."""
    known = marked_ids() | {
        record["id"]
        for name in ("train", "dev", "cg-train")
        for record in read_jsonl(corpora / "triples" / f"{name}.jsonl")
    }
    texts = [
        abstract_text(record)
        for record in read_abstracts(corpora / stages.ABSTRACTS)
        if record["pmid"] not in known
    ]
    random.Random(seed).shuffle(texts)
    yield from islice(texts, count)


def marked_by(nlp: Language, together: Together, texts: Iterator[str]) -> Iterator[Doc]:
    """Documents in the sentences of ``nlp``'s parser with what the teachers mark, for the heads that are shipped."""
    for docs in _batches(nlp.pipe(texts), 64):
        for doc, by_head in zip(docs, together.predict(docs), strict=True):
            words = [token.text for token in doc]
            plain = Doc(
                nlp.vocab,
                words=words,
                spaces=[bool(token.whitespace_) for token in doc],
                sent_starts=[bool(token.is_sent_start) for token in doc],
            )
            for head in assemble.SHIPPED_HEADS:
                write_spans(plain, head, by_head[head])
                plain.spans[group_name(head)].attrs.clear()
            yield plain


def _batches(docs: Iterator[Doc], size: int) -> Iterator[list[Doc]]:
    while batch := list(islice(docs, size)):
        yield batch


def train_teacher(work: stages.Work, seed: int, *, minutes: float) -> None:
    """Train one teacher, with its own seed, on all that is marked."""
    place = folder_of(work, seed)
    if place.exists():
        return
    began = time.monotonic()
    nlp = assemble.blank_pipeline(work.vectors)
    recognizer, sources = stages.new_recognizer(work, nlp, stages.SHARES)
    plan = replace(PLAN, minutes=minutes, seed=seed)
    steps = fit_recognizer(recognizer, sources, plan, lambda: (0.0, {}))["steps"]
    stages.save(nlp, place, {"steps": steps, "batch_words": plan.batch_words, "seed": seed})
    stages.note_time(work, f"teacher-{seed}", began)


def folder_of(work: stages.Work, seed: int) -> Path:
    """Where the teacher with ``seed`` is kept."""
    return work.folder / f"teacher-{seed}"


def mark_unmarked(work: stages.Work, *, minutes: float, seed: int, count: int = UNMARKED) -> None:
    """Train the teachers and let them mark ``count`` abstracts for the student; ``minutes`` caps the trainings."""
    if work.docs("unmarked-train").exists():
        return
    for teacher in TEACHERS:
        train_teacher(work, teacher, minutes=minutes / len(TEACHERS))
    began = time.monotonic()
    recognizers: list[Any] = [
        spacy.load(folder_of(work, teacher)).get_pipe("kupffer_recognizer") for teacher in TEACHERS
    ]
    texts = unmarked_texts(work.corpora, count=count, seed=seed)
    docs = marked_by(spacy.load(work.syntax), Together(recognizers), texts)
    save_docs(docs, work.docs("unmarked-train"))
    stages.note_time(work, "unmarked", began)
