"""What can go wrong with an input, as one exception that ends up as one Failure."""

from __future__ import annotations

_REASON = 200  # characters


class Trouble(Exception):
    """One input, or one record of it, cannot be read.

    ``error`` is a short stable code ("empty", "entities"). ``what`` completes the sentence that starts
    with the input's name and ends with the cure: ``Trouble("empty", "is empty: give a file with text")``.
    A reader raises it when nothing more can be had from the input and yields it when only one record
    is lost; ``doc_id`` names that record where it is known.
    """

    def __init__(self, error: str, what: str, doc_id: str | None = None) -> None:
        super().__init__(what)
        self.error = error
        self.what = what
        self.doc_id = doc_id


def brief(error: Exception) -> str:
    """What a library says, on one line and not a page long: some repeat the input in their words.

    >>> brief(ValueError("no such tag:\\n<b>."))
    'no such tag: <b>'
    """
    reason = " ".join(str(error).split()).rstrip(".")
    return reason if len(reason) <= _REASON else f"{reason[:_REASON]}…"


def shown(name: str) -> str:
    """``name`` as it may be printed: control characters, newlines and lone surrogates are escaped.

    >>> shown("a\\nb.txt")
    'a\\\\nb.txt'
    """
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in name
    )
