"""The convolutions over a text's words, read without learning.

thinc's layers give the same, but each keeps what it would want to learn from, a gigabyte for 60,000 words, and each
writes whole arrays to memory where a stretch of words stays in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from thinc.api import Model

_TOGETHER = 4_000  # words of a group of documents; a longer document is one by itself
_STRETCH = 512  # words that are multiplied at once: with their neighbours 0.8 MB
_LEAST_VARIANCE = 1e-8  # as thinc has it


def reads_quickly(model: Model[Any, Any]) -> Model[Any, Any]:
    """Let ``model`` predict by this: ``with_array`` over residual maxout convolutions that see one word to either side.

    Its layers, weights and training stay as they are.
    """
    learn = model._func

    def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[..., Any]]:
        if is_train or not isinstance(X, list) or model.ops.xp is not np:
            return learn(model, X, is_train)
        return encoded(model, X), _learns_nothing

    model._func = forward
    return model


def _learns_nothing(_: Any) -> Any:
    raise ValueError("what was only predicted is not learned from")


def encoded(model: Model[Any, Any], documents: Sequence[np.ndarray]) -> list[np.ndarray]:
    """What ``model`` makes of documents, each an array (words, width) of float32."""
    layers = list(_layers(model))
    out: list[np.ndarray] = []
    for group in _groups(documents):
        out += _encoded(layers, group, model.attrs["pad"])
    return out


_Layer = tuple[np.ndarray, np.ndarray, int, np.ndarray, np.ndarray]


def _layers(model: Model[Any, Any]) -> Iterator[_Layer]:
    """Of each convolution weights (inputs, pieces after one another), biases, number of pieces, scale and shift."""
    nodes = list(model.walk())
    maxouts = (node for node in nodes if node.name == "maxout")
    norms = (node for node in nodes if node.name == "layernorm")
    for maxout, norm in zip(maxouts, norms, strict=True):
        weights: Any = maxout.get_param("W")
        bias: Any = maxout.get_param("b")
        width, pieces, inputs = weights.shape
        # thinc has the pieces of a number side by side: the largest of them is found sooner in whole rows.
        by_piece = np.ascontiguousarray(weights.transpose(1, 0, 2).reshape(pieces * width, inputs).T)
        scale: Any = norm.get_param("G")
        shift: Any = norm.get_param("b")
        yield by_piece, np.ascontiguousarray(bias.T).reshape(-1), pieces, scale, shift


def _groups(documents: Sequence[np.ndarray]) -> Iterator[list[np.ndarray]]:
    group: list[np.ndarray] = []
    words = 0
    for document in documents:
        if group and words + len(document) > _TOGETHER:
            yield group
            group, words = [], 0
        group.append(document)
        words += len(document)
    if group:
        yield group


def _encoded(layers: Sequence[_Layer], group: Sequence[np.ndarray], pad: int) -> list[np.ndarray]:
    """Documents of one array, with ``pad`` rows of nothing between them, so that none sees another."""
    width = group[0].shape[1]
    starts = np.cumsum([1 + pad, *(len(document) + pad for document in group)])[:-1].tolist()
    # A row more at each end: what lies beyond is nothing too.
    now = np.zeros((starts[-1] + len(group[-1]) + pad + 1, width), dtype="float32")
    for start, document in zip(starts, group, strict=True):
        now[start : start + len(document)] = document
    following = np.zeros_like(now)
    window = np.empty((_STRETCH, 3 * width), dtype="float32")
    for weights, bias, pieces, scale, shift in layers:
        for first in range(1, len(now) - 1, _STRETCH):
            last = min(first + _STRETCH, len(now) - 1)
            seen = window[: last - first]
            for place in range(3):
                seen[:, place * width : (place + 1) * width] = now[first - 1 + place : last - 1 + place]
            product = seen @ weights
            product += bias
            best = product[:, :width]
            for piece in range(1, pieces):
                np.maximum(best, product[:, piece * width : (piece + 1) * width], out=best)
            best -= best.mean(axis=1, keepdims=True)
            variance = np.einsum("ij,ij->i", best, best) / width + _LEAST_VARIANCE
            best *= (1 / np.sqrt(variance))[:, None]
            best *= scale
            best += shift
            np.add(now[first:last], best, out=following[first:last])
        now, following = following, now
    return [now[start : start + len(document)].copy() for start, document in zip(starts, group, strict=True)]


def frees_its_steps(model: Model[Any, Any]) -> Model[Any, Any]:
    """Let a parser's ``model`` leave nothing to the garbage collector.

    What it makes of each batch, some ten megabytes, refers to itself by an initialiser that nobody calls, and so lay
    about until the collector next came by.
    """
    make = model._func

    def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[..., Any]]:
        steps, finish = make(model, X, is_train)
        steps.init = None
        return steps, finish

    model._func = forward
    return model
