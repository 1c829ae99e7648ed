"""Exports: the tables in the forms that others read, and a curator's sheet taken back.

    with open_outputs("outputs") as outputs:
        write_sheet(outputs, Path("sheet.csv"))                  # one wide row for each triple
    verdicts = read_sheet(Path("sheet.csv"))                     # what the curator made of it
    add_corrections(Path("outputs"), verdicts.rows)              # kept beside the tables, run after run

``evidence`` joins triples with their papers, row by row; every format reads from it. ``sheet`` writes CSV,
``corrections`` reads it back, ``licenses`` knows whose sentences may be passed on.
"""

from pipeline.export.corrections import SheetError, add_corrections, read_corrections, read_sheet
from pipeline.export.evidence import evidence
from pipeline.export.sheet import write_sheet

__all__ = ["SheetError", "add_corrections", "evidence", "read_corrections", "read_sheet", "write_sheet"]
