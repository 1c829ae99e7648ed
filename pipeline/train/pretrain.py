"""Teaching the shared layers to guess hidden words of abstracts, before any mark or tree is seen.

One word in six is blanked out between embedding and convolutions, and guessed from what stands around it,
out of the few thousand most frequent words. It is the objective of masked language models at the scale of
one core and twenty minutes.
"""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import fix_random_seed
from thinc.api import Linear, Maxout, Model, chain, set_dropout_rate

from pipeline.annotate.embed import build_tok2vec, use_matmul
from pipeline.train.assemble import DEPTH, ROWS, WIDTH
from pipeline.train.fit import Clock, Plan, optimizer, use_averages
from pipeline.train.vectors import abstract_text, read_abstracts

log = logging.getLogger(__name__)

HIDDEN_SHARE = 1 / 6
GUESSED_WORDS = 5000


def frequent_words(words: Path, limit: int = GUESSED_WORDS) -> list[str]:
    """The most frequent words of a file of lower-case words, the most frequent first."""
    count: Counter[str] = Counter()
    with words.open(encoding="utf-8") as lines:
        for line in lines:
            count.update(line.split())
    return [word for word, _ in count.most_common(limit)]


def pretrain(nlp: Language, abstracts: Path, guessed: Sequence[str], plan: Plan) -> Model[list[Doc], Any]:
    """A tok2vec that has learned to guess hidden words of ``abstracts``; it sees each at most once."""
    fix_random_seed(plan.seed)
    texts = [abstract_text(record) for record in read_abstracts(abstracts)]
    random.Random(plan.seed).shuffle(texts)
    tok2vec = build_tok2vec(WIDTH, ROWS, DEPTH, pieces=2)
    tok2vec.initialize(X=[nlp.make_doc(texts[0])])
    guess = use_matmul(
        chain(
            Maxout(nO=WIDTH, nI=WIDTH, nP=2, normalize=True),
            Linear(nO=len(guessed), nI=WIDTH),
        )
    )
    guess.initialize()
    number = {nlp.vocab.strings.add(word): i for i, word in enumerate(guessed)}
    sgd = optimizer(plan.rate)
    clock = Clock(plan)
    lost: list[float] = []
    for docs in _batches(nlp, texts, plan.batch_words):
        if clock.done >= 1.0:
            break
        sgd.learn_rate = clock.rate
        lost.append(_step(tok2vec, guess, docs, number, plan.drop))
        tok2vec.finish_update(sgd)
        guess.finish_update(sgd)
        clock.step += 1
        if clock.step % plan.evaluate_every == 0:
            log.info("step %d (%.0f%%) loss %.3f", clock.step, 100 * clock.done, np.mean(lost))
            lost.clear()
    use_averages(tok2vec, sgd.averages or {})
    return tok2vec


def _batches(nlp: Language, texts: Sequence[str], words: int) -> Iterable[list[Doc]]:
    batch: list[Doc] = []
    size = 0
    for text in texts:
        doc = nlp.make_doc(text)
        batch.append(doc)
        size += len(doc)
        if size >= words:
            yield batch
            batch, size = [], 0


def _step(tok2vec: Model, guess: Model, docs: list[Doc], number: dict[int, int], drop: float) -> float:
    """One batch: gradients into both models; returns the mean loss of a guessed word, in nats."""
    set_dropout_rate(tok2vec, drop)
    keys = np.concatenate([doc.to_array("LOWER") for doc in docs])
    targets = np.array([number.get(key, -1) for key in keys.tolist()])
    hidden = np.flatnonzero((np.random.random(len(keys)) < HIDDEN_SHARE) & (targets >= 0))
    embedded, embed_back = tok2vec.get_ref("embed").begin_update(docs)
    borders = np.cumsum([len(doc) for doc in docs])[:-1]
    flat = np.concatenate(embedded)
    flat[hidden] = 0.0
    encoded, encode_back = tok2vec.get_ref("encode").begin_update(np.split(flat, borders))
    scores, guess_back = guess.begin_update(np.concatenate(encoded)[hidden])
    scores = scores - scores.max(axis=1, keepdims=True)
    chance = np.exp(scores)
    chance /= chance.sum(axis=1, keepdims=True)
    rows = np.arange(len(hidden))
    loss = -np.log(chance[rows, targets[hidden]] + 1e-20).mean()
    chance[rows, targets[hidden]] -= 1.0
    d_encoded = np.zeros_like(flat)
    d_encoded[hidden] = guess_back(chance / np.float32(len(hidden)))
    d_flat = np.concatenate(encode_back(np.split(d_encoded, borders)))
    d_flat[hidden] = 0.0
    embed_back(np.split(d_flat, borders))
    return float(loss)


def save_weights(model: Model, path: Path) -> None:
    """Write a model's weights as a whole or not at all."""
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(model.to_bytes())
    unfinished.rename(path)
