"""How long a report of 20,000 rows takes to open, for a machine that has nothing else to do.

``python -m tests.report.opening [ROWS]`` writes one from tables made by hand, opens it in Chromium five times, and says
the seconds on the clock from the address to the first row of the table, those of the page's own processor, and the
file's size. It fails where the middle one takes `MOST_SECONDS` or the file `MOST_MB`.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from pipeline.report import write_report
from pipeline.store import open_outputs
from tests.report.many import write_many

MOST_SECONDS, MOST_MB = 3.0, 25.0
TIMES = 5


def opened(browser: object, page_file: Path) -> tuple[float, float]:
    """(seconds on the clock, seconds of the page's processor) until the first row of the table is there."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(120_000)
    metrics = context.new_cdp_session(page)
    # The page's own processor time does not hang on what else the machine is doing.
    metrics.send("Performance.enable", {"timeDomain": "threadTicks"})
    start = time.perf_counter()
    page.goto(page_file.as_uri(), wait_until="commit")
    page.wait_for_selector("html[data-ready]")
    page.wait_for_selector("#claims-table .tabulator-row")
    clock = time.perf_counter() - start
    found = {metric["name"]: metric["value"] for metric in metrics.send("Performance.getMetrics")["metrics"]}
    context.close()
    return clock, found["TaskDuration"]


def main(rows: int) -> int:
    with TemporaryDirectory() as folder, sync_playwright() as driver:
        page_file = Path(folder) / "report.html"
        (Path(folder) / "out").mkdir()
        with open_outputs(write_many(Path(folder) / "out", rows)) as outputs:
            written = write_report(outputs, page_file)
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        times = [opened(browser, page_file) for _ in range(TIMES)]
        browser.close()
    clocks = sorted(clock for clock, _ in times)
    middle, size = median(clocks), written.size / 1e6
    print(f"{written.evidence:,} rows of evidence, {written.claims:,} claims, {size:.1f} MB")
    print(f"opened in {middle:.2f} s ({clocks[0]:.2f} to {clocks[-1]:.2f})")
    print(f"of the page's processor {median(spent for _, spent in times):.2f} s")
    return int(middle >= MOST_SECONDS or size >= MOST_MB)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
