"""From words to vectors: a small convolutional network over hashed word features and floret vectors.

The network is spaCy's own ``MultiHashEmbed`` and ``MaxoutWindowEncoder`` in substance. Three things differ,
all for speed on one core: the features of a word are looked up once per distinct word of a batch, not once
per token; floret vectors of words already seen are kept; and matrices are multiplied by NumPy, whose
OpenBLAS is about three times as fast here as the BLIS that comes with spaCy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

import numpy as np
from spacy.attrs import NORM, ORTH, PREFIX, SHAPE, SUFFIX
from spacy.tokens import Doc
from spacy.util import registry
from thinc.api import HashEmbed, Maxout, Model, NumpyOps, chain, clone, expand_window, residual, with_array
from thinc.initializers import glorot_uniform_init
from thinc.types import Floats2d

from pipeline.annotate.encode import reads_quickly
from pipeline.annotate.terms import FEATURES as TERM_FEATURES
from pipeline.annotate.terms import term_features

FEATURES = (NORM, PREFIX, SUFFIX, SHAPE)
_KEPT_WORDS = 25_000  # at 128 floats each: 13 MB


class MatmulOps(NumpyOps):
    """thinc's CPU operations with NumPy's matrix product."""

    def gemm(self, x: Any, y: Any, out: Any = None, trans1: bool = False, trans2: bool = False) -> Any:
        x = x.T if trans1 else x
        y = y.T if trans2 else y
        if out is None:
            return x @ y
        return np.matmul(x, y, out=out)


class KnownWords:
    """Floret vectors of words, kept by the hash of the word: the same hash is the same word in any vocabulary."""

    def __init__(self) -> None:
        self.rows: dict[int, int] = {}
        self.table: np.ndarray = np.zeros((0, 0), dtype="float32")

    def __call__(self, doc: Doc, keys: np.ndarray) -> np.ndarray:
        """The vectors of ``keys`` (hashes of distinct words), one row each."""
        vectors = doc.vocab.vectors
        if len(self.rows) + len(keys) > _KEPT_WORDS:
            self.rows, self.table = {}, self.table[:0]
        new = [key for key in dict.fromkeys(keys.tolist()) if key not in self.rows]
        if new:
            found = vectors.get_batch(new).astype("float32")
            start = len(self.rows)
            if start + len(new) > len(self.table):
                grown = np.zeros((max(4096, 2 * (start + len(new))), found.shape[1]), dtype="float32")
                grown[:start] = self.table[:start] if start else 0.0
                self.table = grown
            self.table[start : start + len(new)] = found
            self.rows.update((key, start + i) for i, key in enumerate(new))
        return cast(np.ndarray, self.table[[self.rows[key] for key in keys.tolist()]])


@registry.architectures("kupffer.Tok2Vec.v1")
def build_tok2vec(
    width: int, rows: list[int], depth: int, pieces: int = 3, terms: bool = False
) -> Model[list[Doc], list[Floats2d]]:
    """A model from documents to one vector of ``width`` floats a token.

    ``rows`` are the sizes of the hash tables for NORM, PREFIX, SUFFIX and SHAPE; ``depth`` the number of
    convolutions, each seeing one word to either side; ``pieces`` the candidates of each maxout;
    ``terms`` whether it reads the lexicon's terms too.
    """
    embed = word_embedding(width, rows, pieces, terms=terms)
    convolution: Model[Any, Any] = chain(
        expand_window(window_size=1),
        Maxout(nO=width, nI=3 * width, nP=pieces, dropout=0.0, normalize=True),
    )
    encode: Model[Any, Any] = reads_quickly(with_array(clone(residual(convolution), depth), pad=depth))
    model: Model[list[Doc], list[Floats2d]] = chain(embed, encode)
    model.set_dim("nO", width)
    model.set_ref("embed", embed)
    model.set_ref("encode", encode)
    return use_matmul(model)


def use_matmul(model: Model) -> Model:
    """Let every layer of ``model`` that runs on the CPU multiply with NumPy."""
    ops = MatmulOps()
    for node in model.walk():
        if type(node.ops).__name__ in ("NumpyOps", "AppleOps"):
            node.ops = ops
    return model


def word_embedding(
    width: int, rows: Sequence[int], pieces: int, *, terms: bool = False
) -> Model[list[Doc], list[Floats2d]]:
    """One vector a token, from its features and its floret vector alone; with ``terms`` from the lexicon's too."""
    if len(rows) != len(FEATURES):
        raise ValueError(f"rows needs {len(FEATURES)} numbers, one for each feature, and has {len(rows)}")
    tables: list[Model[Any, Any]] = [
        HashEmbed(width, n, column=i, seed=8 + i, dropout=0.0) for i, n in enumerate(rows)
    ]
    mix = Maxout(width, width * (len(tables) + 1), nP=pieces, dropout=0.0, normalize=True)
    return Model(
        "word_embedding",
        partial(_embed_forward, KnownWords()),
        init=_embed_init,
        layers=[*tables, mix],
        dims={"nO": width, "nM": None},
        params={"W": None, "W_terms": None} if terms else {"W": None},
        attrs={"word_dropout": 0.0, "term_dropout": 0.0},
    )


def _embed_init(model: Model, X: list[Doc] | None = None, Y: Any = None) -> None:
    if not X:
        raise ValueError("the word embedding needs example documents to learn the width of the vectors")
    width, vector_width = model.get_dim("nO"), X[0].vocab.vectors.shape[1]
    model.set_dim("nM", vector_width)
    model.set_param("W", glorot_uniform_init(model.ops, (width, vector_width)))
    if "W_terms" in model.param_names:
        model.set_param("W_terms", glorot_uniform_init(model.ops, (width, TERM_FEATURES)))
    for layer in model.layers:
        layer.initialize()


def _embed_forward(known: KnownWords, model: Model, docs: list[Doc], is_train: bool) -> tuple[Any, Callable]:
    *tables, mix = model.layers
    lengths = [len(doc) for doc in docs]
    if not sum(lengths):
        empty = [model.ops.alloc2f(0, model.get_dim("nO")) for _ in docs]
        return empty, lambda d_vectors: []
    # NORM is the only feature that the same word may have twice (exceptions such as "ca" of "can't").
    vector_key = docs[0].vocab.vectors.attr
    features = np.concatenate([doc.to_array([ORTH, vector_key, *FEATURES]) for doc in docs])
    key = features[:, 0] ^ (features[:, 2] * np.uint64(3))
    _, first, where = np.unique(key, return_index=True, return_inverse=True)
    words = features[first]
    columns = np.ascontiguousarray(words[:, 2:])
    vectors: Any = known(docs[0], words[:, 1])
    keep = None
    if is_train and model.attrs["word_dropout"]:
        # Now and then a known word is read by its shape, its ends and its vector alone, as an unknown one is.
        keep = (np.random.random((len(words), 1)) >= model.attrs["word_dropout"]).astype("float32")
    parts, backs = [], []
    for i, table in enumerate(tables):
        part, back = table(columns, is_train)
        parts.append(part * keep if keep is not None and i == 0 else part)
        backs.append(back)
    weights: Any = model.get_param("W")
    parts.append(model.ops.gemm(vectors, weights, trans2=True))
    mixed, mix_back = mix(np.concatenate(parts, axis=1), is_train)
    tokens = mixed[where]
    terms: Any = None
    if "W_terms" in model.param_names:
        terms = np.concatenate([_terms(doc, is_train, model.attrs["term_dropout"]) for doc in docs])
        term_weights: Any = model.get_param("W_terms")
        tokens = tokens + model.ops.gemm(terms, term_weights, trans2=True)
    borders = np.cumsum(lengths)[:-1]

    def backprop(d_docs: Any) -> list[Doc]:
        d_tokens: Any = np.concatenate(d_docs)
        if terms is not None:
            model.inc_grad("W_terms", model.ops.gemm(d_tokens, terms, trans1=True))
        order = np.argsort(where, kind="stable")
        starts = np.searchsorted(where[order], np.arange(len(words)))
        d_words = np.add.reduceat(d_tokens[order], starts, axis=0)
        d_parts = np.split(mix_back(d_words), len(tables) + 1, axis=1)
        for i, back in enumerate(backs):
            d_part = np.ascontiguousarray(d_parts[i])
            back(d_part * keep if keep is not None and i == 0 else d_part)
        d_vectors: Any = np.ascontiguousarray(d_parts[-1])
        model.inc_grad("W", model.ops.gemm(d_vectors, vectors, trans1=True))
        return []

    return np.split(tokens, borders), backprop


def _terms(doc: Doc, is_train: bool, dropout: float) -> np.ndarray:
    """The lexicon's features of a document; in training now and then none, lest context be left unread."""
    if is_train and dropout and np.random.random() < dropout:
        return np.zeros((len(doc), TERM_FEATURES), dtype="float32")
    return term_features(doc)
