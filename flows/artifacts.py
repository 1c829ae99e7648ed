"""The report of a run on Prefect's pages: as a text, and its documents as a table; and the page of what it found."""

from __future__ import annotations

import html
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from prefect import get_run_logger
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.context import FlowRunContext

from flows.release import ReleaseReport
from pipeline.claims import Difference
from pipeline.report import write_report
from pipeline.store import SchemaError, open_outputs
from pipeline.store.files import write_whole

PAGE = "report.html"
REPORT_KEY, DOCUMENTS_KEY = "kupffer-refresh", "kupffer-refresh-documents"
_DOCUMENTS = 500  # of the table; the file has them all


def publish(report: ReleaseReport) -> bool:
    """Show the report with the flow run that this is called in; says whether it was shown.

    Outside a flow run nothing happens. A server that does not take it is a warning: the run itself is done.
    """
    if FlowRunContext.get() is None:
        return False
    try:
        create_markdown_artifact(as_markdown(report), key=REPORT_KEY, description=f"Refresh {report.run}")
        create_table_artifact(
            [asdict(note) for note in report.per_document[:_DOCUMENTS]],
            key=DOCUMENTS_KEY,
            description=f"Documents of refresh {report.run}",
        )
    except Exception as error:  # whatever a server or its proxy answers
        get_run_logger().warning("The report is not on Prefect's pages: %s", error)
        return False
    return True


def write_page(
    outputs: Path,
    log: logging.Logger | logging.LoggerAdapter[logging.Logger],
    same: ReleaseReport | None = None,
) -> Path | None:
    """Write ``report.html`` beside the tables; gives its path, or None where it could not be written.

    The tables are in place by then: what goes wrong here is a warning. ``same`` is the report of a run in which
    nothing changed: the page of the run before is its own, but for the run's name.
    """
    path = outputs / PAGE
    try:
        if same is not None and _renamed(path, same):
            return path
        with open_outputs(outputs) as tables:
            write_report(tables, path)
    except (OSError, SchemaError) as error:
        log.warning("%s was not written: %s", path, error)
        return None
    return path


def _renamed(path: Path, same: ReleaseReport) -> bool:
    try:
        page = path.read_bytes()
    except FileNotFoundError:
        return False
    # Texts cannot hold these: in JSON their quotation marks have backslashes.
    old, new = (f'"run":"{run}"'.encode() for run in (same.previous, same.run))
    if page.count(old) != 1:
        return False
    write_whole(path, page.replace(old, new))
    return True


def as_markdown(report: ReleaseReport) -> str:
    """The report for a person."""
    lines = [f"# Refresh {report.run}", ""]
    if report.refused:
        lines += [f"**Refused**: {_plain(report.refused)}", ""]
    since = f"Against run {report.previous}." if report.previous else "The first run here."
    lines += [since, "", *_table("documents", report.documents), *_table("work", report.work)]
    for stage, counts in report.stages.items():
        if counts:
            lines += _table(stage, counts)
    lines += _changes("Triples", report.triples) + _changes("Claims", report.claims)
    if empty := [note for note in report.per_document if note.note]:
        lines += ["## Documents to look at", ""]
        lines += [f"- `{_plain(note.doc_id)}` {note.state}: {_plain(note.note or '')}" for note in empty[:20]]
        lines += [f"- and {len(empty) - 20} more"] if len(empty) > 20 else []
        lines += [""]
    lines += [*_table("seconds", report.seconds), *_table("versions", report.versions)]
    return "\n".join(lines)


def _table(name: str, values: Mapping[str, object]) -> list[str]:
    rows = [f"| {_plain(key)} | {_plain(str(value))} |" for key, value in values.items()]
    return [f"| {name} | |", "|---|--:|", *rows, ""] if rows else []


def _changes(name: str, changes: Difference) -> list[str]:
    lines = [f"## {name}: {changes}", ""]
    if changes.columns:
        counts = sorted(changes.columns.items(), key=lambda item: (-item[1], item[0]))
        lines += ["Changed: " + ", ".join(f"{column} {count}" for column, count in counts), ""]
    if changes.before is None:
        return lines
    for kind, rows in changes.examples.items():
        lines += _examples(kind, rows)
    return lines


def _examples(kind: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    lines = []
    for row in rows:
        said = " ".join(
            str(row[part])
            for part in ("cell_text", "cell_role", "mechanism_text", "therapy_role", "therapy_text")
            if row[part] is not None
        )
        change = "; ".join(f"{name} {old} → {row['is'][name]}" for name, old in row.get("was", {}).items())
        lines.append(f"- {kind}: {_plain(said)}" + (f" ({_plain(change)})" if change else ""))
    return [*lines, ""] if lines else []


_MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]|#"})


def _plain(text: str) -> str:
    """Somebody's words in a line of Markdown, without a mark that means anything."""
    return html.escape(" ".join(text.split()), quote=False).translate(_MARKS)
