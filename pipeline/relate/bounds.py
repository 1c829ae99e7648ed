"""How much one sentence may say: what lists sixty cells and sixty mechanisms ties none of them in particular.

Pairs of a cell or therapy and a mechanism grow with the product of the two, rows with that of three. No sentence of
three hundred abstracts and four papers had more than 9 mentions a slot, 35 links proposed or 14 rows, so what these
bounds cut off is lists, tables that lost their borders, and malice.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_MECHANISMS = 20
"""Mechanisms that one cell or therapy is tried with: those whose heads stand nearest to its own."""

MOST_LINKS = 200
"""Links of one sentence that the scorer judges: by the surest rules, over the shortest ways, between the nearest."""

MOST_ROWS = 100
"""Rows of one sentence: those with the highest confidence."""

_Any = TypeVar("_Any")


def nearest(at: int, places: Sequence[int], most: int = MOST_MECHANISMS) -> Collection[int]:
    """The ``most`` of the sorted ``places`` that are nearest to ``at``; of two as near, the earlier.

    >>> sorted(nearest(5, [1, 4, 6, 9], 2))
    [4, 6]
    """
    if len(places) <= most:
        return places
    middle = bisect_left(places, at)
    around = places[max(0, middle - most) : middle + most]
    return heapq.nsmallest(most, around, key=lambda place: (abs(place - at), place))


def first(items: Sequence[_Any], most: int, key: Callable[[_Any], tuple[float, ...]]) -> list[_Any]:
    """The ``most`` items that sort first by ``key``, in the order in which they came.

    >>> first([5, 1, 4, 2], 2, key=lambda n: (n,))
    [1, 2]
    """
    if len(items) <= most:
        return list(items)
    chosen = heapq.nsmallest(most, range(len(items)), key=lambda place: (*key(items[place]), place))
    return [items[place] for place in sorted(chosen)]
