"""A picture of the report for the README: ``python -m tests.report.screenshot OUTPUTS PNG``."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import sync_playwright

from pipeline.report import write_report
from pipeline.store import open_outputs

SIZE = {"width": 1200, "height": 1760}
MOST_BYTES = 300_000


def screenshot(outputs: Path, png: Path) -> int:
    """Write the head of the report on ``outputs``, with a claim unfolded, as ``png``; gives its bytes."""
    with TemporaryDirectory() as folder, sync_playwright() as driver:
        page_file = Path(folder) / "report.html"
        with open_outputs(outputs) as tables:
            write_report(tables, page_file, title="What the example reviews say")
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE, color_scheme="light", reduced_motion="reduce")
        page.goto(page_file.as_uri())
        page.wait_for_selector("#flow-chart svg text")
        page.locator("#claims-table .toggle").first.click()
        page.mouse.move(0, 0)
        page.evaluate("document.activeElement.blur()")
        page.wait_for_timeout(1_000)
        page.screenshot(path=str(png))
        browser.close()
    with Image.open(png) as picture:
        # Half of the bytes, and the same to see.
        few = picture.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE)
    few.save(png, optimize=True)
    return png.stat().st_size


if __name__ == "__main__":
    size = screenshot(Path(sys.argv[1]), Path(sys.argv[2]))
    if size > MOST_BYTES:
        sys.exit(f"{sys.argv[2]}: {size:,} bytes, more than {MOST_BYTES:,}; show less of the report.")
    print(f"{sys.argv[2]}: {size:,} bytes")
