"""Training: the recogniser over all corpora at once, and tagger and parser on CRAFT's trees."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import fix_random_seed
from thinc.api import Adam, Optimizer

from pipeline.annotate.heads import MentionRecognizer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """Documents to learn from and how often: ``share`` of the words of the batches, relative to the others."""

    docs: Sequence[Doc]
    share: float


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how hard to train. ``minutes`` is a cap: the rate falls to its end by then at the latest."""

    steps: int
    batch_words: int = 1500
    rate: float = 0.002
    warm_up: int = 200
    drop: float = 0.25
    word_drop: float = 0.1
    term_drop: float = 0.15
    evaluate_every: int = 400
    minutes: float = 60.0
    seed: int = 0


def endless(docs: Sequence[Doc], chance: random.Random) -> Iterator[Doc]:
    """The documents again and again, in a new order each time."""
    order = list(range(len(docs)))
    while True:
        chance.shuffle(order)
        for i in order:
            yield docs[i]


def batches(sources: dict[str, Source], words: int, chance: random.Random) -> Iterator[list[Doc]]:
    """Endless batches of about ``words`` words, mixed from the sources by their shares."""
    streams = {name: endless(source.docs, chance) for name, source in sources.items()}
    drawn = dict.fromkeys(sources, 0.0)
    while True:
        batch: list[Doc] = []
        size = 0
        while size < words:
            # The source that is furthest behind its share comes next.
            name = min(drawn, key=lambda n: drawn[n] / sources[n].share)
            doc = next(streams[name])
            drawn[name] += len(doc)
            size += len(doc)
            batch.append(doc)
        yield batch


class Clock:
    """Where training stands between 0 and 1, by steps or by minutes, whichever is further."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.step, self.began = plan, 0, time.monotonic()

    @property
    def done(self) -> float:
        """Share of the training that is over, 0 to 1."""
        minutes = (time.monotonic() - self.began) / 60
        return min(1.0, max(self.step / self.plan.steps, minutes / self.plan.minutes))

    @property
    def rate(self) -> float:
        """Learning rate now: up in a line over ``warm_up`` steps, then down in a line to 2 per cent."""
        return self.plan.rate * min((self.step + 1) / self.plan.warm_up, 1.0) * (1.0 - 0.98 * self.done)


def optimizer(rate: float) -> Optimizer:
    """Adam with decoupled weight decay, clipped gradients and averaged weights."""
    return Adam(rate, L2=0.01, L2_is_weight_decay=True, grad_clip=1.0, use_averages=True)


def fit_recognizer(
    recognizer: MentionRecognizer,
    sources: dict[str, Source],
    plan: Plan,
    measure: Callable[[], tuple[float, dict[str, Any]]],
) -> dict[str, Any]:
    """Train, and leave the recogniser with the averaged weights that ``measure`` liked best.

    ``measure`` returns a score to maximise and figures to log. Returns the figures of the best weights.
    """
    fix_random_seed(plan.seed)
    chance = random.Random(plan.seed)
    sgd = optimizer(plan.rate)
    _set_dropout(recognizer, plan.word_drop, plan.term_drop)
    clock = Clock(plan)
    best, best_bytes, best_figures = -1.0, recognizer.model.to_bytes(), {}
    losses: dict[str, float] = {}
    stream = batches(sources, plan.batch_words, chance)
    while clock.done < 1.0:
        sgd.learn_rate = clock.rate
        recognizer.update([Example(doc, doc) for doc in next(stream)], drop=plan.drop, sgd=sgd, losses=losses)
        clock.step += 1
        if clock.step % plan.evaluate_every == 0 or clock.done >= 1.0:
            with recognizer.model.use_params(sgd.averages or {}):
                score, figures = measure()
                log.info("step %d (%.0f%%) loss %.3f %s", clock.step, 100 * clock.done,
                         losses[recognizer.name] / plan.evaluate_every, figures)  # fmt: skip
                if score > best:
                    best, best_bytes, best_figures = score, recognizer.model.to_bytes(), figures
            losses.clear()
    recognizer.model.from_bytes(best_bytes)
    _set_dropout(recognizer, 0.0, 0.0)
    return best_figures | {"steps": clock.step}


def _set_dropout(recognizer: MentionRecognizer, words: float, terms: float) -> None:
    for node in recognizer.model.walk():
        if "word_dropout" in node.attrs:
            node.attrs["word_dropout"] = words
            node.attrs["term_dropout"] = terms


def use_averages(model: Any, averages: dict[Any, Any]) -> None:
    """Make a model's averaged weights its own."""
    with model.use_params(averages):
        data = model.to_bytes()
    model.from_bytes(data)


def fit_syntax(
    nlp: Language,
    docs: Sequence[Doc],
    plan: Plan,
    measure: Callable[[], tuple[float, dict[str, Any]]],
) -> dict[str, Any]:
    """Train ``tok2vec``, ``tagger`` and ``parser`` of ``nlp``; see ``fit_recognizer``."""
    fix_random_seed(plan.seed)
    chance = random.Random(plan.seed)
    sgd = optimizer(plan.rate)
    clock = Clock(plan)
    border = nlp.get_pipe("kupffer_paragraphs")
    best, best_bytes, best_figures = -1.0, b"", {}
    parts: list[Any] = [nlp.get_pipe(name) for name in ("tok2vec", "tagger", "parser")]
    losses: dict[str, float] = {}
    stream = batches({"craft": Source(docs, 1.0)}, plan.batch_words, chance)
    while clock.done < 1.0:
        sgd.learn_rate = clock.rate
        examples = [
            Example(
                border(Doc(nlp.vocab, words=[t.text for t in d], spaces=[bool(t.whitespace_) for t in d])), d
            )
            for d in next(stream)
        ]
        for part in parts:
            part.update(examples, drop=plan.drop, sgd=None, losses=losses)
        for part in parts:
            part.finish_update(sgd)
        clock.step += 1
        if clock.step % plan.evaluate_every == 0 or clock.done >= 1.0:
            with nlp.use_params(sgd.averages):
                score, figures = measure()
                log.info("step %d (%.0f%%) %s %s", clock.step, 100 * clock.done,
                         {k: round(v / plan.evaluate_every, 2) for k, v in losses.items()}, figures)  # fmt: skip
                if score > best:
                    best, best_figures = score, figures
                    best_bytes = nlp.to_bytes(exclude=["vocab"])
            losses.clear()
    nlp.from_bytes(best_bytes, exclude=["vocab"])
    return best_figures | {"steps": clock.step}
