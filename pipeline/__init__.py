"""Kupffer: which cells do what, and which therapies change it, read from reviews.

    >>> import pipeline
    >>> nlp = pipeline.load()                                        # a spaCy Language
    >>> pipeline.extract(["Kupffer cells drive fibrosis."], nlp)     # a pandas DataFrame
    ...                                                              # doctest: +SKIP

The whole program, read aloud: ``pipeline.read`` makes documents of any format, ``pipeline.annotate`` finds
and grounds mentions, ``pipeline.relate`` makes triples of them, ``pipeline.store`` writes the tables.
Importing this package imports none of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.extraction import extract, load
    from pipeline.records import Document, Evidence, Failure, Mention, Section, Triple
    from pipeline.store import open_outputs, read_table

__version__ = "0.1.0"

_HOMES = {
    "load": "pipeline.extraction",
    "extract": "pipeline.extraction",
    "open_outputs": "pipeline.store",
    "read_table": "pipeline.store",
    "Document": "pipeline.records",
    "Evidence": "pipeline.records",
    "Failure": "pipeline.records",
    "Mention": "pipeline.records",
    "Section": "pipeline.records",
    "Triple": "pipeline.records",
}

__all__ = [
    "Document",
    "Evidence",
    "Failure",
    "Mention",
    "Section",
    "Triple",
    "__version__",
    "extract",
    "load",
    "open_outputs",
    "read_table",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'pipeline' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
