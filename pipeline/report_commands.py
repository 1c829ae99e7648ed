"""``kupffer report``: a run as one HTML file to look at and to pass on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.outcomes import WRONG_USAGE, orderly, tell


def report(
    outputs: Annotated[
        Path | None, typer.Argument(metavar="[OUTPUTS]", help="Folder of the tables; outputs by default.")
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="HTML", help="File to write; an older one is written over.")
    ] = Path("report.html"),
    title: Annotated[str | None, typer.Option(metavar="TEXT", help="Its heading.")] = None,
    limit: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Rows of evidence that it shows at most; 20,000 by default."),
    ] = None,
    texts: Annotated[
        bool,
        typer.Option(
            help="Whole texts on the documents' pages, up to some 14 MB; --no-texts: only the sentences that "
            "claims rest on, for papers that may not be passed on."
        ),
    ] = True,
) -> None:
    """Write what a run found as one HTML file: pictures, claims with their sentences, documents.

    It opens in any browser without network.
    """
    with orderly():
        from pipeline.report import LIMIT, TEXT_BYTES, write_report
        from pipeline.settings import settings
        from pipeline.store import open_outputs

        if out.is_dir():
            tell(f"{out}: is a folder; name a file in it with -o.")
            raise typer.Exit(WRONG_USAGE)
        with open_outputs(outputs or settings().outputs) as tables:
            written = write_report(
                tables, out, limit=limit or LIMIT, text_bytes=TEXT_BYTES if texts else 0, title=title
            )
        shown = f"{written.claims:,} claims, {written.evidence:,} sentences"
        if written.evidence < written.evidence_in_all:
            shown += f" of {written.evidence_in_all:,} (the contradicted and the surest; --limit for more)"
        tell(f"{shown}, {written.documents:,} documents in {out} ({written.size / 1e6:.1f} MB).")
