"""The last step of a refresh before its tables become the current ones: claims, the run's report, the drop guard.

    with Update(outputs, versions, stage=lambda staged: release(staged, page, update)) as update:
        ...
    publish(page.release)        # flows.artifacts: the same report for Prefect's pages

The report is ``outputs/runs/<run>.json`` once the run is the current one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pydantic import TypeAdapter

from pipeline.claims import (
    DOCUMENT_COLUMNS,
    OF_CLAIMS,
    OF_TRIPLES,
    TRIPLE_COLUMNS,
    Compared,
    Difference,
    basis,
    build_claims,
    difference,
    no_difference,
    seen_again,
)
from pipeline.claims.database import Rows
from pipeline.records import utc_now
from pipeline.store import TABLES, Outputs, SchemaError, Staged, State, Update
from pipeline.store.files import write_whole
from pipeline.store.manifest import REPORTS
from pipeline.store.staged import report_text

if TYPE_CHECKING:
    from flows.report import DocumentCount, Report

DROP_LIMIT = 0.2
"""The part of the last run's triples that a run may lose before somebody has to say that it is meant."""

LISTED = 10_000
"""Documents that a report lists, those with something to say first; the tables hold them all."""


class DropError(SchemaError):
    """A run has lost so many triples that something is likely broken; the last run's tables stay.

    It is a SchemaError, a folder that must not be written over, so that it ends as those do: in one sentence.
    """

    def __init__(self, message: str, report: ReleaseReport | None = None) -> None:
        super().__init__(message)
        self.report = report


@dataclass(frozen=True, slots=True)
class DocumentNote:
    """One document that a run did something to. Counts are None where it was not worked on.

    ``state`` is one of `pipeline.store.State`, or "failed"; ``note`` says why nothing was found, or why it is gone.
    """

    doc_id: str
    state: str
    title: str = ""
    work: str | None = None
    cells: int | None = None
    mechanisms: int | None = None
    therapies: int | None = None
    triples: int | None = None
    linked: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ReleaseReport:
    """What one run did, as in ``outputs/runs/<run>.json``; `read_report` reads it back.

    Attributes:
        run, previous: This run's id and that of the run before, None where there was none.
        made_at: When the report was made (UTC).
        documents: Documents by state: new, changed, unchanged, retracted, deleted; failed counts what was left out.
        work: Documents by what was done to them: annotated, related, updated, carried.
        stages: Counts by stage. Those of read, annotate and relate are of the documents that were worked on.
        tables: Rows of each table.
        per_document: The documents that were worked on, failed, retracted or deleted, at most `LISTED`.
        not_listed: How many more of them there are.
        triples, claims: Against the run before.
        versions: Fingerprints of reader, model, rules and claims.
        seconds: Time by stage.
        refused: Why the run was not made the current one; None where it was.
    """

    run: str
    previous: str | None
    made_at: datetime
    documents: dict[str, int]
    work: dict[str, int]
    stages: dict[str, dict[str, int]]
    tables: dict[str, int]
    per_document: tuple[DocumentNote, ...]
    not_listed: int
    triples: Difference
    claims: Difference
    versions: dict[str, str]
    seconds: dict[str, float] = field(default_factory=dict)
    refused: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The report as plain values for JSON."""
        plain: dict[str, Any] = _REPORT.dump_python(self, mode="json")
        return plain


_REPORT = TypeAdapter(ReleaseReport)


def read_report(path: Path) -> ReleaseReport:
    """The report in a file of ``outputs/runs``.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not such a report; the message says where.
    """
    return _REPORT.validate_json(path.read_bytes())


def release(
    staged: Staged,
    page: Report,
    update: Update,
    *,
    corrections: Rows = (),
    allow_drop: bool = False,
    now: datetime | None = None,
) -> ReleaseReport:
    """Write the run's claims and its report, and refuse a run that lost too many triples.

    Args:
        staged: The run's tables, finished but for these.
        page: What was counted on the way; ``page.release`` is set to the report.
        update: The update that made the run.
        corrections: Curators' verdicts, as for `pipeline.claims.build_claims`.
        allow_drop: Accept any loss of triples.

    Raises:
        DropError: triples fell by more than `DROP_LIMIT`; its ``report`` says what is gone.
    """
    now, last, judged = now or utc_now(), staged.last, list(corrections)
    versions = {**update.versions.as_dict(), "claims": basis(judged)}
    nothing_new = _nothing_new(staged, versions["claims"])
    with page.timing("claims"), staged.tables as tables:
        if nothing_new and last is not None:
            found = seen_again(last.table("claims"), now)
        else:
            found = build_claims(
                tables.batches("triples", TRIPLE_COLUMNS),
                tables.batches("documents", DOCUMENT_COLUMNS),
                previous=_batches(last, "claims", ("claim_id", "first_seen")),
                corrections=judged,
                now=now,
            )
        staged.put("claims", found)
    with page.timing("compare"), staged.tables as tables:
        rows = {name: tables.rows(name) for name in tables.names}
        if nothing_new and last is not None:
            page.as_before = "mentions" in staged.same and _left_out(last) == _left_out(tables)
            triples, claims = no_difference(rows["triples"]), no_difference(rows["claims"])
        else:
            triples = _compared(last, tables, "triples", OF_TRIPLES)
            claims = _compared(last, tables, "claims", OF_CLAIMS)
        notes = list(_notes(page, update, last, tables))
    refused = None if allow_drop else drop(triples.before, triples.after)
    report = ReleaseReport(
        run=staged.run,
        previous=last.run if last else None,
        made_at=now,
        documents={**{str(state): update.states[state] for state in State}, "failed": len(page.failures)},
        work={str(work): count for work, count in update.works.items()},
        stages={**_stages(page), "claims": _about_claims(found)},
        tables=rows,
        per_document=tuple(notes[:LISTED]),
        not_listed=max(0, len(notes) - LISTED),
        triples=triples,
        claims=claims,
        versions=versions,
        seconds={stage: round(seconds, 3) for stage, seconds in page.seconds_by_stage.items()},
        refused=refused,
    )
    page.release = report
    if refused is not None:
        raise DropError(f"{update.writer.outputs}: {refused}{_kept(report, update.writer.outputs)}", report)
    staged.report(report.as_json())
    update.writer.versions = versions
    return report


def _kept(report: ReleaseReport, outputs: Path) -> str:
    """Leave a refused run's report among the others, for whoever is to decide; gives a sentence that says where."""
    file = outputs / REPORTS / f"{report.run}.json"
    try:
        file.parent.mkdir(exist_ok=True)
        write_whole(file, report_text(report.as_json()).encode())
    except OSError:  # a full disk is no reason to say something else than what is wrong
        return ""
    return f" {file} says what would be gone."


def drop(before: int | None, after: int, limit: float = DROP_LIMIT) -> str | None:
    """What is wrong with the fall from ``before`` triples to ``after``, as a sentence, or None.

    >>> drop(100, 80), drop(None, 0)
    (None, None)
    >>> drop(1000, 799).split(":")[0]
    'triples would fall from 1,000 to 799 (by 20.1%, and 20% is the limit)'
    """
    if not before or before - after <= limit * before:
        return None
    lost = (before - after) / before
    return (
        f"triples would fall from {before:,} to {after:,} (by {lost:.1%}, and {limit:.0%} is the limit): the tables "
        "were left as they were; see what became of the corpus, the model or the rules, or accept the loss with "
        "--allow-drop."
    )


def reason(cells: int, mechanisms: int, therapies: int) -> str:
    """Why a document has no triple: what it does not name first, for that is what a triple lacks.

    >>> reason(3, 1, 0), reason(0, 0, 0)
    ('0 triples: no therapy mention, 3 cells, 1 mechanism', '0 triples: no cell, mechanism or therapy mention')
    >>> reason(2, 1, 1)
    '0 triples: no sentence ties 2 cells, 1 mechanism, 1 therapy'
    """
    counts = {"cell": cells, "mechanism": mechanisms, "therapy": therapies}
    missing = [slot for slot, count in counts.items() if not count]
    named = ", ".join(_counted(slot, count) for slot, count in counts.items() if count)
    if not missing:
        return f"0 triples: no sentence ties {named}"
    words = " or ".join(filter(None, (", ".join(missing[:-1]), missing[-1])))
    return f"0 triples: no {words} mention" + (f", {named}" if named else "")


def _counted(slot: str, count: int) -> str:
    plural = {"therapy": "therapies"}.get(slot, f"{slot}s")
    return f"{count} {slot if count == 1 else plural}"


def _nothing_new(staged: Staged, made_by: str) -> bool:
    """Whether the tables that claims are made of are the last run's, and so is all else that makes them."""
    last = staged.last
    if last is None or last.manifest is None or not last.has("claims"):
        return False
    return {"documents", "triples"} <= staged.same and last.manifest.versions.get("claims") == made_by


def _left_out(outputs: Outputs) -> list[dict[str, Any]]:
    shown = [name for name in TABLES["failures"].names if name != "at"]
    return outputs.table("failures", shown).to_pylist() if outputs.has("failures") else []


def _batches(last: Outputs | None, table: str, columns: tuple[str, ...]) -> Rows:
    return last.batches(table, columns) if last is not None and last.has(table) else ()


def _compared(last: Outputs | None, tables: Outputs, table: str, of: Compared) -> Difference:
    before = last.batches(table) if last is not None and last.has(table) else None
    return difference(before, tables.batches(table), of)


def _stages(page: Report) -> dict[str, dict[str, int]]:
    return {
        "fetch": page.fetched,
        "read": {"documents": page.documents, "characters": page.characters},
        "annotate": {"mentions": sum(page.mentions.values()), **page.mentions},
        "relate": {"triples": page.triples, **page.kinds},
        "left out": dict(Counter(failure.stage for failure in page.failures)),
    }


def _about_claims(claims: pa.Table) -> dict[str, int]:
    several = sum(papers > 1 for papers in claims["paper_count"].to_pylist())
    return {
        "claims": claims.num_rows,
        "in several papers": several,
        "contradicted": sum(map(bool, claims["contradicted_by"].to_pylist())),
        "curated": sum(claims["curated"].to_pylist()),
    }


def _notes(page: Report, update: Update, last: Outputs | None, tables: Outputs) -> Iterator[DocumentNote]:
    """Failed, retracted and deleted documents, then those in which nothing was found, then the others."""
    for failure in page.failures:
        yield DocumentNote(failure.doc_id or failure.path or "", "failed", note=failure.message)
    counted = {line.doc_id: line for line in page.per_document}
    for doc_id, (state, work) in update.by_document.items():
        if state is State.RETRACTED and doc_id not in counted:
            yield DocumentNote(doc_id, state, work=work, note="retracted: no claim rests on it any more")
    for doc_id in _deleted(last, tables):
        yield DocumentNote(doc_id, State.DELETED, note="deleted: its text is no longer in the corpus")
    lines = page.per_document
    empty = (line for line in lines if not line.triples)
    for line in chain(empty, (line for line in lines if line.triples)):
        yield _counts(line, update)


def _counts(line: DocumentCount, update: Update) -> DocumentNote:
    state, work = update.by_document[line.doc_id]
    note = None if line.triples else reason(line.cells, line.mechanisms, line.therapies)
    numbers = (line.cells, line.mechanisms, line.therapies, line.triples, line.linked)
    return DocumentNote(line.doc_id, state, line.title, work, *numbers, note)


def _deleted(last: Outputs | None, tables: Outputs) -> list[str]:
    if last is None or not last.has("documents"):
        return []
    old, new = (
        set(
            chain.from_iterable(
                batch.column(0).to_pylist() for batch in outputs.batches("documents", ["doc_id"])
            )
        )
        for outputs in (last, tables)
    )
    return sorted(old - new)
