"""A linear-chain conditional random field in NumPy: which sequence of tags is likeliest, and how sure is that.

A tag is the place of a word in a mention: ``O`` outside, ``B-X`` first, ``I-X`` inside, ``L-X`` last, ``U-X``
the only word of a mention of type X. Sequences are sentences, padded to one length; all arrays here are
(sequences, words, tags). Sums over paths are scaled at each word, so that no logarithm is needed inside.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FORBIDDEN = -1e4


def tags_of(labels: Sequence[str]) -> list[str]:
    """The tags for mention types ``labels``: ``["O", "B-X", "I-X", "L-X", "U-X", ...]``."""
    return ["O", *(f"{place}-{label}" for label in labels for place in "BILU")]


def allowed(tags: Sequence[str]) -> np.ndarray:
    """(tags + 1) x (tags + 1) costs: 0 where the column's tag may follow the row's, else ``FORBIDDEN``.

    The last row is the sentence's start, the last column its end.
    """
    size = len(tags)
    costs = np.full((size + 1, size + 1), FORBIDDEN, dtype="float32")
    for i in range(size + 1):
        left = tags[i] if i < size else "O"
        is_open = left[0] in "BI"
        for j in range(size + 1):
            right = tags[j] if j < size else "O"
            goes_on = right[0] in "IL"
            if is_open == goes_on and (not is_open or left[2:] == right[2:]):
                costs[i, j] = 0.0
    return costs


def spans_of(tags: Sequence[str], path: Sequence[int]) -> list[tuple[int, int, str]]:
    """The mentions of one sequence as (first word, end, type), from its tag numbers."""
    spans, start = [], 0
    for i, number in enumerate(path):
        tag = tags[number]
        if tag[0] in "BU":
            start = i
        if tag[0] in "LU":
            spans.append((start, i + 1, tag[2:]))
    return spans


def gold_tags(tags: Sequence[str], length: int, spans: Sequence[tuple[int, int, str]]) -> np.ndarray:
    """Tag numbers of a sequence of ``length`` words whose mentions are ``spans`` (first word, end, type)."""
    number = {tag: i for i, tag in enumerate(tags)}
    path = np.zeros(length, dtype="int64")
    for start, end, label in spans:
        if end - start == 1:
            path[start] = number[f"U-{label}"]
        else:
            path[start] = number[f"B-{label}"]
            path[start + 1 : end - 1] = number[f"I-{label}"]
            path[end - 1] = number[f"L-{label}"]
    return path


CHUNK = 64  # sequences of 65 tags at a time, of fewer tags more: their tables stay in the processor's cache


def likeliest(scores: np.ndarray, lengths: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """The best tag numbers of each sequence (Viterbi), -1 past its length; sequences come longest first.

    ``scores`` are per word and tag, ``moves`` per pair of tags with start and end in the last row and column.
    Only moves that ``allowed`` allows are looked at, which is a quarter of all.
    """
    paths = np.full(scores.shape[:2], -1, dtype="int64")
    chunk = CHUNK * max(1, 65 // scores.shape[2])
    for start in range(0, len(scores), chunk):
        rows = slice(start, start + chunk)
        longest = int(lengths[start])
        paths[rows, :longest] = _likeliest(scores[rows, :longest], lengths[rows], moves)
    return paths


def _likeliest(scores: np.ndarray, lengths: np.ndarray, moves: np.ndarray) -> np.ndarray:
    count, longest, size = scores.shape
    first = np.arange(1, size, 4)  # B of each type; I, L and U follow it
    closed = np.array(
        [0, *np.stack([first + 2, first + 3], axis=1).ravel()]
    )  # O, L, U: a mention is not open
    opening = np.array(
        [0, *np.stack([first, first + 3], axis=1).ravel()]
    )  # O, B, U: what may come after them
    inside = np.stack([first + 1, first + 2], axis=1).ravel()  # I and L of each type
    begun, going = first.repeat(2), first.repeat(2) + 1  # and the two tags that they may follow
    to_opening = np.ascontiguousarray(moves[np.ix_(closed, opening)].T)
    from_begun, from_going = moves[begun, inside], moves[going, inside]
    best = scores[:, 0] + moves[size, :size]
    came_from = np.zeros((longest, count, size), dtype="int16")
    final = best.copy()
    for t in range(1, longest):
        live = int(np.searchsorted(-lengths, -t, side="left"))
        options = best[:live, None, closed] + to_opening
        which = options.argmax(axis=2)
        after_begun, after_going = best[:live, begun] + from_begun, best[:live, going] + from_going
        goes_on = after_going > after_begun
        now = np.empty((live, size), dtype=best.dtype)
        now[:, opening] = np.take_along_axis(options, which[:, :, None], axis=2)[:, :, 0]
        now[:, inside] = np.where(goes_on, after_going, after_begun)
        came_from[t, :live, opening] = closed[which].T
        came_from[t, :live, inside] = np.where(goes_on, going, begun).T
        best = now + scores[:live, t]
        final[:live] = best
    paths = np.full((count, longest), -1, dtype="int64")
    tag = (final + moves[:size, size]).argmax(axis=1)
    rows = np.arange(count)
    paths[rows, lengths - 1] = tag
    for t in range(longest - 1, 0, -1):
        live = int(np.searchsorted(-lengths, -t, side="left"))
        tag[:live] = came_from[t, rows[:live], tag[:live]]
        paths[:live, t - 1] = tag[:live]
    return paths


def marginals(
    scores: np.ndarray, lengths: np.ndarray, moves: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How probable each tag is at each word, how often each move is taken, and each sequence's log Z.

    Returns arrays (sequences, words, tags), (tags + 1, tags + 1) summed over all sequences, and (sequences,).
    """
    forward, backward, scale, top, end_weight, weight = _both_ways(scores, lengths, moves)
    _, longest, size = scores.shape
    inner, last = np.exp(moves[:size, :size]), size
    probable = forward * backward
    taken = np.zeros((size + 1, size + 1), dtype=weight.dtype)
    ahead = backward[:, 1:] * weight[:, 1:] / scale[:, 1:, None]
    taken[:size, :size] = inner * (forward[:, :-1].reshape(-1, size).T @ ahead.reshape(-1, size))
    taken[last, :size] = probable[:, 0].sum(axis=0)
    taken[:size, last] = probable[np.arange(len(scores)), lengths - 1].sum(axis=0)
    inside = np.arange(longest) < lengths[:, None]
    log_z = (np.log(scale) * inside).sum(axis=1) + (top[:, :, 0] * inside).sum(axis=1) + np.log(end_weight)
    return probable, taken, log_z


def probabilities(scores: np.ndarray, lengths: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """How probable each tag is at each word: the first of `marginals`, which is all that reading needs."""
    forward, backward, *_ = _both_ways(scores, lengths, moves)
    return forward * backward


def _both_ways(scores: np.ndarray, lengths: np.ndarray, moves: np.ndarray) -> tuple[np.ndarray, ...]:
    """Scaled sums over all paths up to each word and from it on, and what they were scaled by."""
    count, longest, size = scores.shape
    top = scores.max(axis=2, keepdims=True)
    weight = np.exp(scores - top)
    step = np.exp(moves)
    inner, first, last = step[:size, :size], step[size, :size], step[:size, size]
    forward = np.zeros_like(weight)
    scale = np.ones((count, longest), dtype=weight.dtype)
    state = first * weight[:, 0]
    for t in range(longest):
        live = int(np.searchsorted(-lengths, -t, side="left"))
        if t:
            state = (state[:live] @ inner) * weight[:live, t]
        total = state.sum(axis=1) + 1e-30
        state = state / total[:, None]
        scale[:live, t] = total
        forward[:live, t] = state
    rows = np.arange(count)
    end_weight = forward[rows, lengths - 1] @ last + 1e-30
    backward = np.zeros_like(weight)
    backward[rows, lengths - 1] = last / end_weight[:, None]
    for t in range(longest - 2, -1, -1):
        live = int(np.searchsorted(-lengths, -(t + 1), side="left"))
        ahead = backward[:live, t + 1] * weight[:live, t + 1] / scale[:live, t + 1, None]
        backward[:live, t] = ahead @ inner.T
    return forward, backward, scale, top, end_weight, weight


def path_score(scores: np.ndarray, lengths: np.ndarray, moves: np.ndarray, paths: np.ndarray) -> np.ndarray:
    """The score of one path a sequence, in the unit of ``marginals``' log Z."""
    count, longest, size = scores.shape
    inside = np.arange(longest) < lengths[:, None]
    safe = np.where(inside, paths, 0)
    total = (np.take_along_axis(scores, safe[:, :, None], axis=2)[:, :, 0] * inside).sum(axis=1)
    total += moves[size, safe[:, 0]] + moves[safe[np.arange(count), lengths - 1], size]
    return total + (moves[safe[:, :-1], safe[:, 1:]] * inside[:, 1:]).sum(axis=1)


def moves_of(paths: np.ndarray, lengths: np.ndarray, size: int) -> np.ndarray:
    """How often ``paths`` take each move, in the shape of ``marginals``' second result."""
    count, longest = paths.shape
    taken = np.zeros((size + 1, size + 1), dtype="float32")
    inside = np.arange(longest) < lengths[:, None]
    both = inside[:, 1:]
    np.add.at(taken, (paths[:, :-1][both], paths[:, 1:][both]), 1.0)
    np.add.at(taken, (np.full(count, size), paths[:, 0]), 1.0)
    np.add.at(taken, (paths[np.arange(count), lengths - 1], np.full(count, size)), 1.0)
    return taken
