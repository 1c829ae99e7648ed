"""PDF: a review in two columns, drawn by reportlab, comes back as prose in reading order."""

from __future__ import annotations

import io

import pytest
import two_columns
from conftest import by_section
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from pipeline.read.pdf_flow import _Joiner
from pipeline.read.pdf_page import Word, lines_of

EXPECTED = {
    "title": two_columns.TITLE,
    "abstract": two_columns.ABSTRACT,
    "Introduction": "\n".join(two_columns.SECTIONS[0][1]).replace("|", ""),
    "Early defence": "\n".join(two_columns.SECTIONS[1][1]).replace("|", ""),
    "Early defence > Neutrophils": "\n".join(two_columns.SECTIONS[2][1]).replace("|", ""),
    "Conclusions": "\n".join(two_columns.SECTIONS[3][1]).replace("|", ""),
    "Figure 1": two_columns.CAPTION.removeprefix("Figure 1. "),
}


@pytest.mark.parametrize("name", ["review.pdf", "review.xml"])
def test_two_columns(one, name: str) -> None:
    document = one(two_columns.draw(), name)
    assert by_section(document) == EXPECTED
    assert (document.doc_id, document.title, document.language) == ("review", two_columns.TITLE, "en")


def test_the_sample_has_what_it_is_to_test() -> None:
    from pdfplumber import open as open_pdf

    with open_pdf(io.BytesIO(two_columns.draw())) as pdf:
        pages = [page.extract_text() for page in pdf.pages]
    assert len(pages) == 3
    assert "Example et al." in pages[1] and "contributed equally" in pages[0] and "102" in pages[1]
    assert sum(line.endswith("-") for page in pages for line in page.split("\n")) >= 3


def drawn(*runs: tuple[float, float, float, str]) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=True)
    for x, y, size, text in runs:
        canvas.setFont("Times-Roman", size)
        canvas.drawString(x, y, text)
    canvas.save()
    return file.getvalue()


def test_raised_citations_go_and_raised_signs_stay(one) -> None:
    from reportlab.pdfbase.pdfmetrics import stringWidth

    x, runs = 60.0, []
    for text, rise, size in [
        ("Tumour cells meet CD8", 0, 10), ("+", 4, 6), (" T cells", 0, 10), ("3,4", 4, 6), (" at 10", 0, 10),
        ("6", 4, 6), (" per ml of blood in the liver.", 0, 10),
    ]:  # fmt: skip
        runs.append((x, 600 + rise, size, text))
        x += stringWidth(text, "Times-Roman", size)
    assert (
        one(drawn(*runs), "x.pdf").text
        == "Tumour cells meet CD8+ T cells at 106 per ml of blood in the liver."
    )


def test_bold_drawn_twice_is_read_once_and_what_is_off_the_page_not_at_all(one) -> None:
    text = "Kupffer cells kill tumour cells in the liver of mice."
    runs = [(60, 700, 10, text), (60.3, 700, 10, text), (5e9, 600, 10, "far"), (-200, 500, 10, "off")]
    assert one(drawn(*runs), "x.pdf").text == text


def test_one_column_stays_one_column(one) -> None:
    lines = [
        "Kupffer cells engulf tumour cells that reach the liver with the portal blood",
        "and keep most of them from growing. Neutrophils join them within hours and",
        "hold the cells in traps. Regulatory T cells come later and blunt the response.",
    ] * 4
    text = one(drawn(*((60, 700 - 12 * n, 10, line) for n, line in enumerate(lines))), "x.pdf").text
    assert text == " ".join(lines)


@pytest.mark.parametrize(
    ("paragraph", "line", "expected"),
    [
        ("the neutro-", "phils eat", "the neutrophils eat"),
        ("KC-", "mediated killing", "KC-mediated killing"),
        ("anti-", "inflammatory", "anti-inflammatory"),
        ("the PD-", "L1 axis", "the PD-L1 axis"),
        ("tumour-", "associated cells", "tumour-associated cells"),
        ("pro-", "and anti-tumour", "pro- and anti-tumour"),
        ("re-", "seeding of cells", "re-seeding of cells"),
        ("IFN-", "γ rose", "IFN-γ rose"),
        ("gemcita\u00ad", "bine", "gemcitabine"),
        ("no hyphen", "here", "no hyphen here"),
    ],
)
def test_line_end_hyphens(paragraph: str, line: str, expected: str) -> None:
    joiner = _Joiner(["re-seeding was seen", "neutrophils"])
    assert joiner.join(paragraph, line) == expected


def words(x: float, y: float, *texts: str) -> list[Word]:
    return [Word(text, x + 60 * n, x + 60 * n + 55, y, y + 10, 10.0, False) for n, text in enumerate(texts)]


def test_columns_below_and_above_what_runs_across() -> None:
    page: list[Word] = words(50, 50, *["across"] * 8)
    for row in range(6):
        page += words(50, 80 + 12 * row, *[f"l{row}"] * 3)
        page += words(320, 84 + 12 * row, *[f"r{row}"] * 3)
    page += words(50, 200, *["below"] * 8)
    read = [line.text.split()[0] for line in lines_of(page, 0, 800.0)]
    assert read == ["across", *(f"l{n}" for n in range(6)), *(f"r{n}" for n in range(6)), "below"]
