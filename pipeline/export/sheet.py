"""The curator's sheet: one wide CSV row for each triple, with two empty columns to fill in.

A sheet holds other people's text, and spreadsheets run cells that look like formulas. Cells are made harmless
as OWASP advises (https://owasp.org/www-community/attacks/CSV_Injection): a leading apostrophe, every cell quoted.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

from pipeline.export.files import whole
from pipeline.export.source import Source

COLUMNS = (
    "triple_id", "correct", "comment", "sentence",
    "cell_text", "cell_role", "mechanism_text", "therapy_role", "therapy_text",
    "negated", "negation_cue", "speculated", "speculation_cue", "confidence", "level", "link",
    "cell_id", "cell_name", "mechanism_id", "mechanism_name", "therapy_id", "therapy_name",
    "doc_id", "pmid", "pmcid", "doi", "title", "journal", "year", "license", "retracted", "section",
    "evidence_start", "evidence_end", "rules", "pipeline_version", "model_version",
)  # fmt: skip
"""What a curator judges comes first."""

# Where the list separator is a semicolon, a spreadsheet cuts cells there, quoted or not: what follows must
# not begin a formula either. Full-width signs count as formulas in East Asian settings.
_FORMULA = re.compile(r'(?:^|(?<=[;\t\r\n]))(?=[\s"]*[=+\-@＝＋－＠])|^(?=[\t\r\n])')


def write_sheet(source: Source, path: Path) -> dict[str, int]:
    """Write the rows of ``source`` to ``path``. UTF-8 with a mark, by which Excel knows it."""
    count = 0
    with whole(path, encoding="utf-8-sig") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for count, row in enumerate(source.rows(), 1):  # noqa: B007
            writer.writerow([harmless(row.get(column)) for column in COLUMNS])
    return {"row": count}


def harmless(value: Any) -> Any:
    """A value as a cell that no spreadsheet takes for a formula; numbers stay numbers.

    >>> harmless("=1+1"), harmless(" @SUM(A1)"), harmless("IL-10"), harmless(-0.5), harmless(None)
    ("'=1+1", "' @SUM(A1)", 'IL-10', -0.5, '')
    >>> harmless("low; =1+1")
    "low;' =1+1"
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    if not isinstance(value, str):
        return value
    # A null character ends the cell for some readers, and hides what follows for others.
    value = value.replace("\0", "")
    return _FORMULA.sub("'", value)


def as_typed(cell: str) -> str:
    """A cell without the apostrophe that `harmless` may have put before it.

    >>> as_typed("'=1+1"), as_typed("'quoted'")
    ('=1+1', "'quoted'")
    """
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell
