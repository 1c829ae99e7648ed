"""How good is it? Predictions against gold, as README's "How it is scored" defines it."""

from pipeline.evaluate.marked import (
    Marked,
    MarkedMention,
    MarkedTriple,
    MarksError,
    of_records,
    read_gold,
    read_predictions,
)
from pipeline.evaluate.reports import Report, report_on, report_run
from pipeline.evaluate.scores import NAMES, Count, Scores, evaluate

__all__ = [
    "NAMES",
    "Count",
    "Marked",
    "MarkedMention",
    "MarkedTriple",
    "MarksError",
    "Report",
    "Scores",
    "evaluate",
    "of_records",
    "read_gold",
    "read_predictions",
    "report_on",
    "report_run",
]
