"""All that ``kupffer evaluate`` says, put together and shown: as tables to read, or as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from pipeline.evaluate.causes import (
    Calibration,
    Cause,
    Error,
    LinkKey,
    RuleFigure,
    calibration,
    errors,
    rule_figures,
)
from pipeline.evaluate.marked import Marked
from pipeline.evaluate.runs import ABLATED, Ablation, ablate, annotated, predict, rules_of_links
from pipeline.evaluate.scores import DRAWS, Count, Scores, evaluate

if TYPE_CHECKING:
    from spacy.language import Language

_TITLES = {"CELL": "cells", "MECHANISM": "mechanisms", "THERAPY": "therapies"}


@dataclass(frozen=True, slots=True)
class Report:
    """Scores and where they come from; ``ablation`` is None when it was not asked for."""

    scores: Scores
    rules: tuple[RuleFigure, ...]
    calibration: tuple[Calibration, ...]
    errors: tuple[Error, ...]
    ablation: tuple[Ablation, ...] | None = None


def report_on(gold: Sequence[Marked], predicted: Mapping[str, Marked], *, intervals: bool = True) -> Report:
    """The report on predictions that somebody made before."""
    return _report(evaluate(gold, predicted, draws=DRAWS if intervals else 0))


def report_run(
    gold: Sequence[Marked],
    nlp: Language,
    *,
    scored: bool = True,
    intervals: bool = True,
    ablated: bool = False,
) -> Report:
    """The report on a run of the whole pipeline over gold's texts.

    Args:
        nlp: what ``pipeline.load()`` gives.
        scored: False leaves the learned scorer out.
        ablated: also run again without each rule.
    """
    items = annotated(nlp, gold)
    predicted = [predict(item, scored=scored) for item in items]
    scores = evaluate(gold, predicted, draws=DRAWS if intervals else 0)
    rules_of = {item.document.doc_id: rules_of_links(item) for item in items}
    ablation = tuple(ablate(items, scores, scored=scored)) if ablated else None
    return _report(scores, rules_of, ablation)


def _report(
    scores: Scores,
    rules_of: dict[str, dict[LinkKey, tuple[str, ...]]] | None = None,
    ablation: tuple[Ablation, ...] | None = None,
) -> Report:
    return Report(
        scores,
        tuple(rule_figures(scores, rules_of)),
        tuple(calibration(scores)),
        tuple(errors(scores)),
        ablation,
    )


def as_json(report: Report) -> dict[str, Any]:
    """The report as plain data: counts as they are, shares in 0..1."""
    scores = report.scores
    causes = Counter(error.cause for error in report.errors)
    out: dict[str, Any] = {
        "documents": len(scores.documents),
        "scores": {
            name: {
                "precision": count.precision,
                "recall": count.recall,
                "f1": count.f1,
                "right": count.right,
                "found": count.found,
                "gold": count.gold,
                **({"intervals": scores.intervals[name]} if name in scores.intervals else {}),
            }
            for name, count in scores.counts.items()
        },
        "rules": [
            {"rule": r.rule, "links": r.links, "right": r.right, "role_right": r.role_right}
            for r in report.rules
        ],
        "calibration": [
            {"confidence": c.confidence, "rows": c.rows, "right": c.right} for c in report.calibration
        ],
        "errors": {str(cause): causes[cause] for cause in Cause},
    }
    if report.ablation is not None:
        out["ablation"] = [
            {"rule": a.rule, "documents": a.documents, "change": a.change} for a in report.ablation
        ]
    return out


def show(report: Report, console: Console) -> None:
    """The report as tables."""
    scores = report.scores
    number = len(scores.documents)
    resampled = "; 95% intervals by resampling them" if scores.intervals else ""
    console.print(f"{number} document{'s' * (number != 1)}{resampled}", style="bold")
    console.print(_score_table(scores, [n for n in scores.counts if n.rstrip("=") not in _TITLES], "triples"))
    console.print(_score_table(scores, [n for n in scores.counts if n.rstrip("=") in _TITLES], "mentions"))
    if report.rules:
        console.print(_rule_table(report.rules))
    if report.calibration and report.calibration[0].rows:
        console.print(_calibration_table(report.calibration))
    if report.ablation is not None:
        console.print(_ablation_table(report.ablation))
    causes = Counter(error.cause for error in report.errors)
    table = _table("errors", "number")
    for cause in Cause:
        table.add_row(cause, str(causes[cause]))
    console.print(table)


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1, 0, 0))
    table.add_column(first, no_wrap=True)
    for other in others:
        table.add_column(other, justify="right", no_wrap=True)
    return table


def _score_table(scores: Scores, names: Collection[str], title: str) -> Table:
    table = _table(title, "precision", "recall", "F1", "right", "found", "gold")
    for name in names:
        count = scores[name]
        shares = [_share(scores, name, count, what) for what in ("precision", "recall", "f1")]
        table.add_row(_title(name), *shares, str(count.right), str(count.found), str(count.gold))
    table.add_row()
    return table


def _title(name: str) -> str:
    title = _TITLES.get(name.rstrip("="), name)
    return f"{title}, exact" if name.endswith("=") else title.replace("+sign", ", signed")


def _share(scores: Scores, name: str, count: Count, what: str) -> str:
    share = f"{getattr(count, what):.3f}"
    if name not in scores.intervals:
        return share
    low, high = scores.intervals[name][what]
    return f"{share} {_short(low)}-{_short(high)}"


def _short(share: float) -> str:
    """Two digits in three characters, so that a row fits eighty columns.

    >>> _short(0.5), _short(1.0)
    ('.50', '1.0')
    """
    return "1.0" if share >= 0.995 else f"{share:.2f}"[1:]


def _rule_table(rules: Sequence[RuleFigure]) -> Table:
    table = _table("rules", "links", "right", "", "role right", "")
    for r in rules:
        table.add_row(
            r.rule,
            str(r.links),
            str(r.right),
            f"{r.right / r.links:.0%}",
            str(r.role_right),
            f"{r.role_right / r.right:.0%}" if r.right else "",
        )
    table.add_row()
    return table


def _calibration_table(steps: Sequence[Calibration]) -> Table:
    table = _table("confidence", "rows", "of all", "right", "")
    for c in steps:
        table.add_row(
            f">= {c.confidence:.1f}" if c.confidence else "all rows",
            str(c.rows),
            f"{c.rows / steps[0].rows:.0%}",
            str(c.right),
            f"{c.right / c.rows:.0%}" if c.rows else "",
        )
    table.add_row()
    return table


def _ablation_table(ablation: Sequence[Ablation]) -> Table:
    table = _table("without this rule", "documents", *(f"{view} F1" for view in ABLATED))
    for a in ablation:
        table.add_row(a.rule, str(a.documents), *(f"{a.change[view]:+.4f}" for view in ABLATED))
    table.add_row()
    return table
