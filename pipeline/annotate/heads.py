"""Components of the bundled model: paragraph borders, and the recogniser of mentions.

The recogniser reads a document once and marks it after several schemes at a time, one *head* each: the
slots CELL, MECHANISM and THERAPY, the entities of the Cancer Genetics task, the chemicals and diseases
of BC5CDR. Each head writes into a span group of its own, ``doc.spans["model:<head>"]``, with the
probability of each span in the group's ``attrs["scores"]``; ``doc.ents`` is neither read nor written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from spacy.attrs import IS_SPACE, SENT_START
from spacy.language import Language
from spacy.pipeline import TrainablePipe
from spacy.tokens import Doc, SpanGroup
from spacy.training import Example
from spacy.util import minibatch
from spacy.vocab import Vocab
from thinc.api import Linear, Maxout, Model, Optimizer, chain, set_dropout_rate

from pipeline.annotate import crf
from pipeline.annotate.embed import build_tok2vec, use_matmul
from pipeline.annotate.sentences import begin_sentences

GROUP = "model:"
LONGEST = 400  # words; a longer "sentence" is a table or a list, and is read in pieces


@Language.component("kupffer_paragraphs")
def mark_paragraphs(doc: Doc) -> Doc:
    """Let a sentence begin after each newline. Goes first in the pipeline: the parser respects it.

    >>> mark_paragraphs(nlp.make_doc("A title\\nA text."))[3].is_sent_start
    True
    """
    table = doc.to_array([IS_SPACE, SENT_START])
    breaks = [i for i in np.flatnonzero(table[:, 0]).tolist() if "\n" in doc[i].text]
    starts = [i + 1 for i in breaks if i + 1 < len(doc) and not (table[i + 1, 0] and "\n" in doc[i + 1].text)]
    begin_sentences(doc, starts)
    return doc


def group_name(head: str) -> str:
    """The span group that ``head`` writes: ``"model:cell"`` for ``"cell"``."""
    return GROUP + head


def build_recognizer(
    heads: dict[str, list[str]], width: int, rows: list[int], depth: int, hidden: int, terms: bool
) -> Model[list[Doc], list[np.ndarray]]:
    """A tok2vec with a scorer of tags for each head behind it; ``heads`` maps a head to its types."""
    scorers = [_tag_scorer(width, hidden, labels) for labels in heads.values()]
    tok2vec = build_tok2vec(width, rows, depth, pieces=2, terms=terms)
    return use_matmul(
        Model("recognizer", _recognizer_forward, init=_recognizer_init, layers=[tok2vec, *scorers])
    )


def _tag_scorer(width: int, hidden: int, labels: Sequence[str]) -> Model:
    size = len(crf.tags_of(labels))
    scorer: Model[Any, Any] = chain(
        Maxout(nO=hidden, nI=width, nP=2, dropout=0.0, normalize=True),
        Linear(nO=size, nI=hidden),
    )
    no_moves: Any = np.zeros((size + 1, size + 1), dtype="float32")
    moves: Model[Any, Any] = Model("moves", _no_forward, params={"moves": no_moves})
    return Model("tag_scorer", _tag_scorer_forward, init=_init_layers, layers=[scorer, moves])


def _no_forward(model: Model, X: Any, is_train: bool) -> tuple[Any, Callable]:
    return X, lambda d: d


def _init_layers(model: Model, X: Any = None, Y: Any = None) -> None:
    for layer in model.layers:
        if layer.name != "moves":
            layer.initialize()


def _tag_scorer_forward(model: Model, X: np.ndarray, is_train: bool) -> tuple[np.ndarray, Callable]:
    scores, back = model.layers[0](X, is_train)
    return scores, back


def _recognizer_init(model: Model, X: list[Doc] | None = None, Y: Any = None) -> None:
    model.layers[0].initialize(X=X)
    for scorer in model.layers[1:]:
        scorer.initialize()


def _recognizer_forward(model: Model, docs: list[Doc], is_train: bool) -> tuple[list[np.ndarray], Callable]:
    """One array (all words of the batch, tags) a head; ``backprop`` takes the same, or None for a head."""
    tok2vec, *scorers = model.layers
    vectors, vectors_back = tok2vec(docs, is_train)
    flat = np.concatenate(vectors) if vectors else model.ops.alloc2f(0, tok2vec.get_dim("nO"))
    both = [scorer(flat, is_train) for scorer in scorers]

    def backprop(d_scores: list[np.ndarray | None]) -> list[Doc]:
        d_flat = np.zeros_like(flat)
        for (_, back), d_score in zip(both, d_scores, strict=True):
            if d_score is not None:
                d_flat += back(d_score)
        borders = np.cumsum([len(doc) for doc in docs])[:-1]
        vectors_back([np.ascontiguousarray(part) for part in np.split(d_flat, borders)])
        return []

    return [scores for scores, _ in both], backprop


class Sentences:
    """The sentences of a batch as rows of padded arrays, longest first, numbered in the batch's flat words."""

    def __init__(self, docs: Sequence[Doc]) -> None:
        pieces = []
        offset = 0
        for number, doc in enumerate(docs):
            pieces += [(number, offset, start, end) for start, end in _sentence_bounds(doc)]
            offset += len(doc)
        pieces.sort(key=lambda piece: piece[2] - piece[3])
        self.pieces = pieces
        self.lengths = np.array([end - start for _, _, start, end in pieces], dtype="int64")
        longest = int(self.lengths.max()) if pieces else 0
        starts = np.array([offset + start for _, offset, start, _ in pieces], dtype="int64")
        place = np.arange(longest)
        self.inside = place < self.lengths[:, None]
        self.index = np.where(self.inside, starts[:, None] + place, 0)


def _sentence_bounds(doc: Doc) -> Iterator[tuple[int, int]]:
    if not len(doc):
        return
    starts = doc.to_array(["SENT_START"]).astype("int64").ravel() == 1
    starts[0] = True
    borders = [*np.flatnonzero(starts).tolist(), len(doc)]
    for start, end in pairwise(borders):
        for piece in range(start, end, LONGEST):
            yield piece, min(end, piece + LONGEST)


class MentionRecognizer(TrainablePipe):
    """Marks mentions after several schemes at once; see the module's description.

    ``heads`` maps the name of a head to its types. Gold for training is read from the span groups of
    the reference document, which must have the same words: a head learns only from documents that have its group.
    """

    def __init__(self, vocab: Vocab, model: Model, name: str, *, heads: dict[str, list[str]]) -> None:
        self.vocab, self.model, self.name = vocab, model, name
        self.cfg: dict[str, Any] = {}
        self.heads = {head: list(labels) for head, labels in heads.items()}
        self.tags = {head: crf.tags_of(labels) for head, labels in self.heads.items()}
        self._costs = {head: crf.allowed(tags) for head, tags in self.tags.items()}

    @property
    def labels(self) -> tuple[str, ...]:
        """All types of all heads, each once, sorted."""
        return tuple(sorted({label for labels in self.heads.values() for label in labels}))

    def moves(self, number: int, head: str) -> np.ndarray:
        """The learned scores of tag pairs of the head at ``number``, impossible ones ruled out."""
        return self.model.layers[1 + number].layers[1].get_param("moves") + self._costs[head]

    def predict(self, docs: Iterable[Doc]) -> list[dict[str, list[tuple[int, int, str, float]]]]:
        """For each document and head its spans: first word, end, type, probability."""
        docs = list(docs)
        if not any(len(doc) for doc in docs):
            return [{head: [] for head in self.heads} for _ in docs]
        moves = [self.moves(number, head) for number, head in enumerate(self.heads)]
        return self.decode(docs, self.model.predict(docs), moves)

    def decode(
        self, docs: Sequence[Doc], all_scores: Sequence[np.ndarray], all_moves: Sequence[np.ndarray]
    ) -> list[dict[str, list[tuple[int, int, str, float]]]]:
        """The spans of ``predict``, from each head's scores (words of all documents, tags) and moves (tag pairs)."""
        found: list[dict[str, list[tuple[int, int, str, float]]]] = [
            {head: [] for head in self.heads} for _ in docs
        ]
        sentences = Sentences(docs)
        for number, (head, tags) in enumerate(self.tags.items()):
            scores, moves = all_scores[number][sentences.index], all_moves[number]
            paths = crf.likeliest(scores, sentences.lengths, moves)
            some = np.flatnonzero((paths > 0).any(axis=1))
            if not len(some):
                continue
            longest = int(sentences.lengths[some[0]])
            probable = crf.probabilities(scores[some, :longest], sentences.lengths[some], moves)
            for row, where in enumerate(some.tolist()):
                doc_number, _, first, end = sentences.pieces[where]
                path = paths[where, : end - first].tolist()
                for start, stop, label in crf.spans_of(tags, path):
                    sure = min(float(probable[row, i, path[i]]) for i in range(start, stop))
                    found[doc_number][head].append((first + start, first + stop, label, min(sure, 1.0)))
        for by_head in found:
            for spans in by_head.values():
                spans.sort()
        return found

    def set_annotations(self, docs: Iterable[Doc], found: Any) -> None:
        """Write the spans of ``predict`` into ``doc.spans["model:<head>"]``."""
        for doc, by_head in zip(docs, found, strict=True):
            for head, spans in by_head.items():
                write_spans(doc, head, spans)

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 64) -> Iterator[Doc]:
        """Mark documents in batches, in their order."""
        for docs in minibatch(stream, size=batch_size):
            try:
                self.set_annotations(docs, self.predict(docs))
            except Exception as error:
                self.get_error_handler()(self.name, self, docs, error)
            yield from docs

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """Learn from a batch; the loss is the mean negative log-likelihood a sentence, summed over heads."""
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        examples = list(examples)
        docs = [example.reference for example in examples]
        if not any(len(doc) for doc in docs):
            return losses
        set_dropout_rate(self.model, drop)
        all_scores, backprop = self.model.begin_update(docs)
        gradients: list[np.ndarray | None] = []
        for number, head in enumerate(self.heads):
            loss, gradient = self._head_gradient(number, head, docs, all_scores[number])
            losses[self.name] += loss
            gradients.append(gradient)
        backprop(gradients)
        if sgd is not None:
            self.finish_update(sgd)
        return losses

    def _head_gradient(
        self, number: int, head: str, docs: list[Doc], flat: np.ndarray
    ) -> tuple[float, np.ndarray | None]:
        marked = [doc for doc in docs if group_name(head) in doc.spans]
        if not any(len(doc) for doc in marked):
            return 0.0, None
        offsets = dict(zip(map(id, docs), np.cumsum([0, *map(len, docs[:-1])]).tolist(), strict=True))
        sentences = Sentences(marked)
        tags = self.tags[head]
        gold_flat = np.concatenate([self._gold(head, doc) for doc in marked])
        words = np.concatenate([np.arange(offsets[id(doc)], offsets[id(doc)] + len(doc)) for doc in marked])
        scores, gold = flat[words][sentences.index], gold_flat[sentences.index]
        gold = np.where(sentences.inside, gold, -1)
        moves = self.moves(number, head)
        probable, taken, log_z = crf.marginals(scores, sentences.lengths, moves)
        loss = log_z - crf.path_score(scores, sentences.lengths, moves, gold)
        rows, places = np.nonzero(sentences.inside)
        probable[rows, places, gold[rows, places]] -= 1.0
        share = np.float32(1.0 / max(len(sentences.lengths), 1))
        gradient = np.zeros_like(flat)
        gradient[words[sentences.index[rows, places]]] = probable[rows, places] * share
        d_moves = (taken - crf.moves_of(gold, sentences.lengths, len(tags))) * share
        d_moves[self._costs[head] < 0] = 0.0
        self.model.layers[1 + number].layers[1].inc_grad("moves", d_moves)
        return float(loss.mean()), gradient

    def _gold(self, head: str, doc: Doc) -> np.ndarray:
        spans = [(span.start, span.end, span.label_) for span in doc.spans[group_name(head)]]
        return crf.gold_tags(self.tags[head], len(doc), spans)

    def initialize(
        self, get_examples: Callable[[], Iterable[Example]], *, nlp: Language | None = None
    ) -> None:
        """Give the model its weights, by chance; the documents only tell how wide the vectors are."""
        docs = [example.reference for example in get_examples()][:5]
        self.model.initialize(X=docs)
        for label in self.labels:
            self.vocab.strings.add(label)

    def get_loss(self, examples: Iterable[Example], scores: Any) -> tuple[float, float]:
        """Not used: ``update`` computes the loss head by head."""
        raise NotImplementedError("the recogniser computes its loss in update()")

    def add_label(self, label: str) -> int:
        """Types are fixed when the component is made."""
        raise NotImplementedError("give the recogniser its types as its heads when it is made")


def write_spans(doc: Doc, head: str, spans: Sequence[tuple[int, int, str, float]]) -> None:
    """Set ``doc.spans["model:<head>"]`` to (first word, end, type, probability) ``spans``."""
    name = group_name(head)
    made = [doc[start:end] for start, end, _, _ in spans]
    for i, (_, _, label, _) in enumerate(spans):
        made[i].label_ = label
    doc.spans[name] = SpanGroup(
        doc, name=name, spans=made, attrs={"scores": [round(score, 4) for *_, score in spans]}
    )


@Language.factory(
    "kupffer_recognizer",
    default_config={"width": 128, "rows": [8000, 2500, 4000, 2500], "depth": 4, "hidden": 64, "terms": False},
)
def make_recognizer(
    nlp: Language,
    name: str,
    heads: dict[str, list[str]],
    width: int,
    rows: list[int],
    depth: int,
    hidden: int,
    terms: bool,
) -> MentionRecognizer:
    """The recogniser with chance weights; ``heads`` maps the name of each head to its types."""
    model = build_recognizer(heads, width, rows, depth, hidden, terms)
    return MentionRecognizer(nlp.vocab, model, name, heads=heads)
