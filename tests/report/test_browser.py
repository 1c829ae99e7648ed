"""The report in a real browser: it works, it is quiet, it harms nobody, and everybody can use it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.report import write_report
from pipeline.store import open_outputs
from tests.report.many import write_many
from tests.report.tables import MARKUP, write_tables

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from tests.report.opening import opened as first_row  # noqa: E402 (it wants playwright)

see = playwright.expect
see.set_options(timeout=60_000)
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: apt-get install chromium"),
]

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
MIDDLING = {"width": 820, "height": 1100}


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    with open_outputs(write_tables(folder / "out")) as outputs:
        write_report(outputs, folder / "report.html", title=MARKUP)
    return folder / "report.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(browser, report: Path, place: str = "", viewport=WIDE, **how):
    """A page with the report; what it says on the console, throws, pops up or asks for must be nothing."""
    context = browser.new_context(viewport=viewport, reduced_motion="reduce", **how)
    page = context.new_page()
    page.set_default_timeout(60_000)  # a machine may have other things to do
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on(
        "request", lambda request: request.url.startswith("file:") or said.append(f"request: {request.url}")
    )
    page.goto(f"{report.as_uri()}{place}")
    page.wait_for_selector("html[data-ready]")
    yield page
    context.close()
    assert said == []


def shown_rows(page) -> list[str]:
    return page.locator("#claims-table .tabulator-row").all_inner_texts()


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_it_opens_quietly_with_all_there_is(browser, report, viewport):
    with opened(browser, report, viewport=viewport) as page:
        assert page.locator("#heading").text_content() == MARKUP
        for section in ("network", "trends", "flow"):
            page.locator(f"#{section}").scroll_into_view_if_needed()
            page.wait_for_selector(f"#{section}-chart svg path", state="attached")
        assert page.locator("#counts strong").all_inner_texts() == ["6", "18", "7", "4", "2", "2"]
        assert len(shown_rows(page)) == 4
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_search_narrows(browser, report):
    with opened(browser, report) as page:
        page.fill("#words", "kupffer CL:0000091 fibros")
        see(page.locator("#claims-table .tabulator-row")).to_have_count(2)
        assert page.locator("#count").inner_text() == "2 of 4 claims"
        page.keyboard.press("Escape")
        see(page.locator("#claims-table .tabulator-row")).to_have_count(4)


def test_a_click_into_the_flow_filters_and_a_chip_takes_it_back(browser, report):
    with opened(browser, report) as page:
        page.locator("#flow-chart").evaluate("chart => chart.scrollIntoView({block: 'center'})")
        page.wait_for_selector("#flow-chart svg text")
        page.wait_for_timeout(300)
        bar = page.locator("#flow-chart svg text", has_text="neutrophil").bounding_box()
        page.mouse.click(bar["x"] + bar["width"] + 10, bar["y"] + bar["height"] / 2)
        page.wait_for_selector("#chips .chip.cell")
        see(page.locator("#claims-table .tabulator-row")).to_have_count(1)
        row = page.locator("#claims-table .tabulator-row")
        see(row).to_contain_text("neutrophil")
        see(row).to_contain_text("CSF1R blockade")
        page.click("#chips .chip.cell")
        see(page.locator("#claims-table .tabulator-row")).to_have_count(4)


def test_a_ribbon_filters_by_both_its_ends(browser, report):
    with opened(browser, report) as page:
        page.locator("#flow-chart").evaluate("chart => chart.scrollIntoView({block: 'center'})")
        page.wait_for_selector("#flow-chart svg text")
        page.wait_for_timeout(300)
        from_, to = (
            page.locator("#flow-chart svg text", has_text=name).bounding_box()
            for name in ("CSF1R", "imatinib")
        )
        assert from_ and to
        box = page.locator("#flow-chart").bounding_box()
        for part in range(20, 80, 3):  # a ribbon lies somewhere on a line down the right half
            page.mouse.click(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * part / 100)
            if page.locator("#chips .chip").count() == 2:
                break
        assert page.locator("#chips .chip.mechanism").count() == 1
        assert page.locator("#chips .chip.therapy").count() == 1
        see(page.locator("#claims-table .tabulator-row")).to_have_count(1)


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_row_unfolds_by_keyboard_to_its_sentences(browser, report, viewport):
    with opened(browser, report, viewport=viewport) as page:
        page.fill("#words", "neutrophil")
        see(page.locator("#claims-table .tabulator-row")).to_have_count(1)
        toggle = page.locator("#claims-table .toggle")
        toggle.focus()
        page.keyboard.press("Enter")
        see(toggle).to_have_attribute("aria-expanded", "true")
        quote = page.locator("#claims-table .evidence blockquote")
        assert (
            quote.inner_text()
            == "Perhaps, or perhaps not, neutrophils drive metastasis under CSF1R blockade."
        )
        marks = [(mark.get_attribute("class"), mark.inner_text()) for mark in quote.locator("mark").all()]
        assert marks == [
            ("cue speculated", "Perhaps"),
            ("cell", "neutrophils"),
            ("mechanism", "metastasis"),
            ("therapy", "CSF1R blockade"),
        ]
        assert page.locator("#claims-table .badge.speculated", has_text="perhaps").count() == 1
        page.keyboard.press("Enter")
        see(page.locator("#claims-table .evidence")).to_have_count(0)


def test_denials_are_seen(browser, report):
    with opened(browser, report) as page:
        page.check("#denied")
        see(page.locator("#claims-table .tabulator-row")).to_have_count(1)
        assert "1 of 3 deny" in shown_rows(page)[0]
        page.click("#claims-table .toggle")
        assert page.locator(".said .badge.denied").inner_text() == "denied: “never”"
        assert page.locator(".said mark.cue.denied").inner_text() == "never"


def test_headers_sort_by_keyboard(browser, report):
    with opened(browser, report) as page:
        page.locator("#claims-table .sort", has_text="Mechanism").focus()
        page.keyboard.press("Enter")
        heading = page.locator("#claims-table [tabulator-field=mechanism][aria-sort]").first
        see(heading).to_have_attribute("aria-sort", "ascending")
        names = page.locator("#claims-table .slot.mechanism").all_inner_texts()
        assert names == sorted(names, key=str.lower) and len(set(names)) == 2


def test_links_go_to_the_paper_and_nowhere_else(browser, report):
    with opened(browser, report) as page:
        for toggle in page.locator("#claims-table .toggle").all():
            toggle.click()
        places = {link.get_attribute("href") for link in page.locator("a").all()}
        outside = {place for place in places if not place.startswith("#")}
        assert outside == {
            "https://pubmed.ncbi.nlm.nih.gov/101/",
            "https://pubmed.ncbi.nlm.nih.gov/303/",
            "https://pmc.ncbi.nlm.nih.gov/articles/PMC202/",
            "https://doi.org/10.1000/a%3Cb%3E",
        }


def test_a_document_has_a_page_with_its_mentions(browser, report):
    with opened(browser, report) as page:
        page.fill("#documents-words", "gut 2021")
        see(page.locator("#documents-table .tabulator-row")).to_have_count(1)
        page.click("#documents-table a")
        page.wait_for_selector("#document-title")
        assert page.evaluate("document.activeElement.id") == "document-title"
        assert page.locator("#top").is_hidden()
        sentence = page.locator(".sentence").first
        assert sentence.inner_text() == "In 𝒮-mice, Kupffer cells drive fibrosis."
        assert sentence.locator("mark.cell").inner_text() == "Kupffer cells"  # after a character of two units
        page.locator(".to").nth(1).click()
        assert "Perhaps" in page.locator(".sentence.here").inner_text()
        page.go_back()
        page.wait_for_selector("#top", state="visible")


def test_markup_and_javascript_in_documents_do_nothing(browser, report):
    for doc_id in ("101", "404"):
        with opened(browser, report, f"#document/{doc_id}") as page:
            title = page.locator("#document-title").inner_text()
            assert title.startswith("<script>alert(1)</script>") == (doc_id == "101")
            assert page.locator("#page .out").count() == (2 if doc_id == "101" else 0)
            assert page.locator("script:not([type])").count() == 3
    with opened(browser, report, "#document/javascript:alert(1)") as page:
        assert page.locator("#page").is_hidden()


def test_contradictions_and_what_was_left_out(browser, report):
    with opened(browser, report) as page:
        sides = page.locator("#contradictions-list .side")
        assert sides.count() == 2
        sides.first.locator("summary").click()
        assert "Kupffer cells" in sides.first.locator("blockquote").first.inner_text()
        left = page.locator("#left-out-list").inner_text()
        assert left.count("corpus/g.txt") == 1  # once, though its message names it too
        assert "corpus/g.txt" in left and "German; give English texts." in left and "<b>first</b>" in left
        page.locator("#left-out-list summary", has_text="no claim found").click()
        see(page.locator("#left-out-list")).to_contain_text(
            "It names no cell and no mechanism and no therapy."
        )


def test_therapies_have_their_place_in_the_network_and_every_year_in_the_trends(browser, report):
    with opened(browser, report) as page:
        page.locator("#network").scroll_into_view_if_needed()
        page.wait_for_selector("#network-chart svg text")
        drawn = page.locator("#network-chart svg text").all_text_contents()
        assert {"imatinib", "CSF1R blockade", "neutrophil"} <= set(drawn)
        page.locator("#trends").scroll_into_view_if_needed()
        page.wait_for_selector("#trends-chart svg path", state="attached")
        assert "no year" in page.locator("#trends-note").inner_text()
        page.fill("#words", "neutrophil")  # of one paper
        see(page.locator("#trends-note")).to_contain_text("All that have a year are of 2021")
        assert page.locator("#trends-chart").bounding_box()["height"] < 10


@pytest.mark.parametrize("place", ["", "#document/PMC202"], ids=["report", "document"])
@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_no_serious_fault(browser, report, colours, viewport, place):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with opened(browser, report, place, viewport, color_scheme=colours, bypass_csp=True) as page:
        if not place:
            page.click("#claims-table .toggle")
            page.click("#contradictions-list summary")
            page.fill("#words", "kupffer")
            see(page.locator("#count")).to_contain_text(" of ")
            page.locator("#network").scroll_into_view_if_needed()
        found = axe.run(page).response["violations"]
        bad = [
            (fault["id"], [node["html"][:200] for node in fault["nodes"][:3]])
            for fault in found
            if fault["impact"] in ("serious", "critical")
        ]
        assert bad == []


LAST = """() => {
  const table = document.getElementById("claims-table").getBoundingClientRect();
  const cells = [...document.querySelectorAll('#claims-table .tabulator-cell[tabulator-field="confidence"]')];
  return cells.length ? Math.max(...cells.map((cell) => cell.getBoundingClientRect().right)) - table.right : null;
}"""


def test_a_tablet_shows_every_column(browser, report):
    with opened(browser, report, viewport=MIDDLING) as page:
        assert page.evaluate(LAST) <= 1
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator("#sort").is_visible()
        rows = shown_rows(page)
        assert any("CSF1R blockade" in row for row in rows)


def test_paper_shows_every_column_and_whole_pictures(browser, report):
    with opened(browser, report) as page:
        for section in ("network", "trends", "flow"):
            page.locator(f"#{section}").scroll_into_view_if_needed()
            page.wait_for_selector(f"#{section}-chart svg path", state="attached")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 718, "height": 1000})
        assert page.evaluate(LAST) <= 1
        assert page.locator("#flow-chart svg").bounding_box()["width"] <= 718
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_prints_without_what_paper_cannot_do(browser, report):
    with opened(browser, report) as page:
        page.emulate_media(media="print")
        assert page.locator("#filters").is_hidden() and page.locator(".top nav").is_hidden()
        assert page.locator("#claims-table").is_visible()
        assert len(page.pdf()) > 10_000


def test_twenty_thousand_rows_open_in_three_seconds_and_25_megabytes(browser, tmp_path):
    """On the clock, with what a busy machine takes; `make bench-report` asks for the three seconds themselves."""
    with open_outputs(write_many(tmp_path, rows=20_000)) as outputs:
        written = write_report(outputs, tmp_path / "report.html")
    assert (written.evidence, written.documents) == (20_000, 5_000)
    assert written.claims > 5_000
    assert 10_000_000 < written.size < 25_000_000
    clock, spent = first_row(browser, tmp_path / "report.html")
    assert 0.1 < spent < 3
    assert clock < 60
    with opened(browser, tmp_path / "report.html") as page:
        page.click("#claims-table .toggle")
        see(page.locator("#claims-table blockquote mark.cell").first).to_be_visible()
