"""Numbered citations: "[12]" stays as the author wrote it; a raised 12 goes, lest it fuse with its word."""

from __future__ import annotations

import re

# Non-characters of Unicode, which no text holds; control characters would not go back into an XML tree.
_OPEN, _CLOSE, _RAISED = "\ufdd0", "\ufdd1", "\ufdd2"
_RUN = re.compile(
    r"(?P<space>\s*)(?P<bracket>[\[(]\s*)?"
    r"(?P<run>\ufdd0[^\ufdd1]*\ufdd1(?:\s*(?:[,;–—-]|and|&)?\s*\ufdd0[^\ufdd1]*\ufdd1)*)"
    r"(?P<closing>\s*[\])])?(?=(?P<next>.?))",
    re.DOTALL,
)
_WORD = re.compile(r"[^\W\d_]{2}")


def mark(text: str, *, raised: bool) -> str:
    """A citation made visible to drop_marks; one in words ("Smith et al., 2010") is text like any other."""
    if _WORD.search(text) or (text.lstrip().startswith(("[", "(")) and not raised):
        return text
    return f"{_OPEN}{_RAISED if raised else ''}{text}{_CLOSE}"


def drop_marks(text: str) -> str:
    """``text`` without raised citations and those stuck to a word; bracketed ones keep their numbers.

    >>> drop_marks("MDSCs" + mark("12", raised=True) + " expand [" + mark("3", raised=False) + "].")
    'MDSCs expand [3].'
    """
    return _RUN.sub(_decide, text) if _OPEN in text else text


def _decide(found: re.Match[str]) -> str:
    space, bracket, closing = found["space"], found["bracket"] or "", found["closing"] or ""
    before = found.string[: found.start("run")]
    bracketed = max(before.rfind("["), before.rfind("(")) > max(before.rfind("]"), before.rfind(")"))
    if _RAISED in found["run"]:
        # "cells 12." with the number gone must not leave "cells ."
        space = "" if found["next"] in (".", ",", ";", ":", ")") else space
        return space if bool(bracket) == bool(closing) else space + bracket + closing
    if bracketed or space:
        kept = re.sub(f"[{_OPEN}{_CLOSE}{_RAISED}]", "", found["run"])
        return f"{space}{bracket}{kept}{closing}"
    return space + closing
