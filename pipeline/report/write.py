"""The file: template, style, scripts and data in one HTML page that asks nobody for anything."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pipeline.report.payload import LIMIT, TEXT_BYTES, Payload, payload
from pipeline.store import Outputs
from pipeline.store.files import write_whole

LIBRARIES = ("echarts.js", "tabulator.js")
SCRIPTS = (
    "dom.js",
    "data.js",
    "marked.js",
    "filters.js",
    "charts.js",
    "claims.js",
    "documents.js",
    "others.js",
    "start.js",
)
"""The page's own scripts, in the order they run; together they are one function, so they share their names."""

TITLE = "What the papers say"


@dataclass(frozen=True, slots=True)
class Written:
    """What a report shows and how large its file is, in bytes; ``evidence_in_all`` is what the tables hold."""

    claims: int
    evidence: int
    evidence_in_all: int
    documents: int
    size: int


def write_report(
    outputs: Outputs,
    path: Path,
    *,
    limit: int = LIMIT,
    text_bytes: int = TEXT_BYTES,
    title: str | None = None,
) -> Written:
    """Write the report on ``outputs`` under ``path``, whole or not at all.

    Args:
        outputs: Tables of a run.
        path: The HTML file.
        limit: Rows of evidence that are shown at most.
        text_bytes: Bytes of whole texts that go in; 0 leaves the sentences that claims rest on.
        title: The heading; `TITLE` by default.

    Raises:
        FileNotFoundError: there is no table of documents or triples.
        OSError: the file cannot be written.
    """
    content = payload(outputs, limit=limit, text_bytes=text_bytes, title=title)
    page = render(content, title)
    write_whole(path, page)
    main = content.main
    return Written(
        claims=len(main["claims"]["id"]),
        evidence=len(main["evidence"]["document"]),
        evidence_in_all=main["about"]["evidence_in_all"],
        documents=len(main["documents"]["id"]),
        size=len(page),
    )


def render(content: Payload, title: str | None = None) -> bytes:
    """The page as UTF-8.

    Its policy lets nothing run but the scripts below, by their hashes, and nothing load from anywhere.
    """
    folder = resources.files("pipeline.report")
    style = _text(folder / "vendor" / "tabulator.css") + _text(folder / "page" / "style.css")
    own = "".join(_text(folder / "page" / name) for name in SCRIPTS)
    scripts = [
        *(_text(folder / "vendor" / name) for name in LIBRARIES),
        f'(() => {{\n"use strict";\n{own}}})();\n',
    ]
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(map(_source, scripts))}",
            f"style-src {_source(style)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    parts = {
        "policy": policy,
        "title": html.escape(title or TITLE),
        "style": f"<style>{style}</style>",
        "licenses": "".join(_licenses(folder / "vendor" / "licenses")),
        "main": _data("main", content.main),
        "pages": _data("pages", content.pages),
        "scripts": "\n".join(f"<script>{script}</script>" for script in scripts),
    }
    template = _text(folder / "page" / "template.html")
    # Once through: what a part holds is never taken for a place of another's.
    page = re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], template)
    return page.encode("utf-8", "backslashreplace")


def embedded(value: Any) -> str:
    """``value`` as JSON that is safe between ``<script>`` and ``</script>``.

    >>> embedded("</script>")
    '"\\\\u003c/script>"'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _data(name: str, value: Any) -> str:
    return f'<script type="application/json" id="data-{name}">{embedded(value)}</script>'


def _source(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _licenses(folder: Traversable) -> Iterator[str]:
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        name = file.name.removesuffix(".txt").replace("-", " ")
        yield f"<h3>{html.escape(name)}</h3><pre>{html.escape(_text(file).strip())}</pre>"


def _text(file: Traversable) -> str:
    return file.read_text("utf-8").replace("\r\n", "\n")
