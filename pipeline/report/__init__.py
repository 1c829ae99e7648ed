"""The report: one HTML file that shows what a run found and opens without network.

    with open_outputs("outputs") as outputs:
        write_report(outputs, Path("report.html"))

``choose`` picks the claims and their evidence, ``texts`` what each document's page shows, ``overview`` counts,
``payload`` puts the three into what the page reads; ``page`` writes the file around it. The page's own parts are in
``page/`` (a template, its style and scripts), the libraries it draws with in ``vendor/``, licences kept.
"""

from pipeline.report.payload import LIMIT, TEXT_BYTES
from pipeline.report.write import Written, write_report

__all__ = ["LIMIT", "TEXT_BYTES", "Written", "write_report"]
