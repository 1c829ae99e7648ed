"""Training the scorer of relations on mentions as they will be: found by a model that has not seen the text.

The marked abstracts are cut in halves; a recogniser trained on one half marks the other (cross-fitting). The scorer
then learns from gold mentions and from these, and so learns to distrust a mention that is none.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span

from pipeline.train import assemble, relations, stages
from pipeline.train.convert import HELD_BACK, read_jsonl
from pipeline.train.fit import Plan, fit_recognizer
from pipeline.train.marks import load_marks

HALVES = (0, 1)
PLAN = Plan(steps=3000, evaluate_every=100_000)
# Teachers have seen both halves, so what they marked lets a half know a little of the other: less so than
# mistakes of a recogniser that learnt from half as much would mislead the scorer.
WEIGHTS = Path(relations.__file__).parents[1] / "relate" / "weights.json"
Gold = dict[str, Any]


def learnt_from(work: stages.Work) -> list[Gold]:
    """The marked abstracts that training may see, ours among them, sorted by id."""
    marked = read_jsonl(work.corpora / "triples" / "train.jsonl")
    held = {record["id"] for record in marked if record["id"].endswith(HELD_BACK)}
    ours = list(load_marks(work.corpora / stages.ABSTRACTS))
    return sorted((r for r in [*marked, *ours] if r["id"] not in held), key=lambda r: str(r["id"]))


def train_half(work: stages.Work, half: int, *, minutes: float, seed: int) -> None:
    """Train a recogniser on the abstracts of the other half, beside all other corpora."""
    place = work.folder / f"half-{half}"
    if place.exists():
        return
    began = time.monotonic()
    nlp = assemble.blank_pipeline(work.vectors)
    others = [record for n, record in enumerate(learnt_from(work)) if n % 2 != half]
    own = {"slots": list(stages.slot_docs(nlp, others))}
    recognizer, sources = stages.new_recognizer(work, nlp, stages.STUDENT_SHARES, own)
    fit_recognizer(recognizer, sources, replace(PLAN, minutes=minutes, seed=seed), lambda: (0.0, {}))
    stages.save(nlp, place, {"seed": seed})
    stages.note_time(work, f"half-{half}", began)


def found(work: stages.Work, half: int, records: Sequence[Gold]) -> Iterator[tuple[Doc, Gold]]:
    """The abstracts of one half, annotated end to end by the recogniser of the other."""
    nlp = _whole(work, work.folder / f"half-{half}")
    own = [record for n, record in enumerate(records) if n % 2 == half]
    yield from zip(nlp.pipe([record["text"] for record in own]), own, strict=True)


def given(work: stages.Work, records: Sequence[Gold]) -> Iterator[tuple[Doc, Gold]]:
    """All abstracts with their gold mentions on our trees."""
    nlp = spacy.load(work.syntax)
    for doc, record in zip(nlp.pipe([record["text"] for record in records]), records, strict=True):
        spans: dict[tuple[int, int, str], Span] = {}
        for mention in record["mentions"]:
            span = doc.char_span(mention["start"], mention["end"], alignment_mode="expand")
            if span is not None:
                spans.setdefault(
                    (span.start, span.end, mention["type"]),
                    Span(doc, span.start, span.end, label=mention["type"]),
                )
        doc.spans["mentions"] = list(spans.values())
        yield doc, record


def train_relations(work: stages.Work, *, minutes: float, seed: int, out: Path = WEIGHTS) -> None:
    """Train both halves, then the scorer, and write its weights to ``out``."""
    for half in HALVES:
        train_half(work, half, minutes=minutes / 2, seed=seed)
    records = learnt_from(work)
    unseen = [pair for half in HALVES for pair in found(work, half, records)]
    relations.write(relations.fit(given(work, records), unseen), out)


def _whole(work: stages.Work, recogniser: Path) -> Language:
    import pipeline.annotate  # noqa: F401 - registers the components

    nlp = spacy.load(work.syntax)
    mentions = spacy.load(recogniser)
    assemble.keep_heads(mentions)
    assemble.lean(mentions, stages.LEANING)
    nlp.add_pipe("kupffer_recognizer", source=mentions)
    nlp.add_pipe("kupffer_abbreviations")
    nlp.add_pipe("kupffer_mentions")
    return nlp
