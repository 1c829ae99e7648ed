"""A review in two columns, drawn by reportlab: running heads, page numbers, a footnote, hyphens, a figure."""

from __future__ import annotations

import io
from collections.abc import Iterator

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = A4
COLUMN, LEFTS = 225.0, (60.0, 310.0)
PITCH, SIZE = 12.0, 10.0

TITLE = "Kupffer cells as gatekeepers of liver metastasis"
AUTHORS = "Ada Example, Ben Sample and Cem Muster"
ABSTRACT = (
    "Kupffer cells capture circulating tumour cells in the hepatic sinusoids. "
    "Their depletion promotes the outgrowth of metastases in mice."
)
# "|" is where a line may end with a hyphen that is not the author's.
SECTIONS = (
    (
        "1 Introduction",
        (
            "The liver is a frequent site of metastasis. Resident macro|phages patrol the sinusoids and "
            "phago|cytose tumour cells that arrive with the portal blood. Neutro|phils join them within hours and "
            "release extra|cellular traps, which can hold tumour cells and awaken dormant ones. Myeloid-derived "
            "suppres|sor cells gather later and blunt the cyto|toxicity of T cells, so that immuno|suppression "
            "prevails around estab|lished lesions. This immunosuppression is the subject of our review.",
            "We first describe how the early defence works. We then ask why it fails and which thera|pies "
            "may restore it. Blockade of CSF1R depletes tumour-associated macrophages in mice, yet it also "
            "removes the cells that guard the sinusoids, and this trade-off limits its use in pa|tients.",
        ),
    ),
    (
        "2 Early defence",
        (
            "Kupffer cells bind tumour cells through comple|ment receptors. KC-mediated fibro|nectin deposition "
            "prepares the niche, as shown by adoptive transfer. Dectin-1 on Kupffer cells recognises tumour cells "
            "and triggers phago|cytosis. Natural killer cells depend on inter|leukin-18 from Kupffer cells, and "
            "their kill|ing of tumour cells wanes when Kupffer cells are missing. After two weeks the niche "
            "has changed and the same macrophages support angio|genesis and growth of the lesion.",
        ),
    ),
    (
        "2.1 Neutrophils",
        (
            "Neutrophils release extracellular traps within a day. DNase I dissolves these traps and lowers "
            "the number of metastases in mice. Inhibitors of PAD4 prevent their forma|tion altogether, and "
            "neutro|phils then fail to arrest tumour cells in the sinusoids. Whether this holds in patients is "
            "not known, since the traps are short-lived and difficult to measure in biopsies of the liver.",
            "CXCR2 antagonists reduce the recruit|ment of neutro|phils. Their combina|tion with check|point "
            "inhibitors restored the infiltra|tion of CD8 T cells in two models of colorectal cancer, while "
            "either drug alone did little. Radio|therapy of the liver had the opposite effect and attracted "
            "myeloid-derived suppressor cells through CCR2, which its antagonists prevented in turn.",
        ),
    ),
    (
        "3 Conclusions",
        (
            "Kupffer cells protect first and betray later. Therapies must respect this order: activation of "
            "macrophages by CD40 agonists early, and depletion or repolarisation of macrophages late. Trials "
            "that select patients by the stage of the niche are needed, and imaging of macrophages may help.",
        ),
    ),
)
FOOTNOTE = ("* Correspondence: ada@example.org. Both authors", "contributed equally to this footnote.")
CAPTION = "Figure 1. Kupffer cells engulf tumour cells in the sinusoid."
REFERENCES = ("[1] Example A. Macrophages of the liver. J Ex 2020.", "[2] Sample B. Traps. J Ex 2021.")


def draw() -> bytes:
    """The PDF's bytes: three pages of two columns after a title and an abstract across both."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=True)
    top = _first_page_top(canvas)
    slots = _slots(canvas, top)
    for number, (heading, paragraphs) in enumerate(SECTIONS):
        _put(canvas, next(slots), heading, "Helvetica-Bold", 12.0)
        for paragraph in paragraphs:
            for line, is_first, is_last in _wrapped(paragraph):
                x, y = next(slots)
                _justify(
                    canvas, x + (10 if is_first else 0), y, line, COLUMN - (10 if is_first else 0), is_last
                )
        if number == 1:
            for line, _, _ in _wrapped(CAPTION, 8.0):
                _put(canvas, next(slots), line, "Times-Roman", 8.0)
    _put(canvas, next(slots), "References", "Helvetica-Bold", 12.0)
    for reference in REFERENCES:
        _put(canvas, next(slots), reference, "Times-Roman", 9.0)
    canvas.save()
    return file.getvalue()


def _first_page_top(canvas: Canvas) -> float:
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawCentredString(WIDTH / 2, HEIGHT - 100, TITLE)
    canvas.setFont("Times-Roman", 10)
    canvas.drawCentredString(WIDTH / 2, HEIGHT - 125, AUTHORS)
    canvas.setFont("Helvetica-Bold", 11)
    canvas.drawString(LEFTS[0], HEIGHT - 150, "Abstract")
    y = HEIGHT - 164
    for line, _, is_last in _wrapped(ABSTRACT, width=LEFTS[1] + COLUMN - LEFTS[0]):
        _justify(canvas, LEFTS[0], y, line, LEFTS[1] + COLUMN - LEFTS[0], is_last)
        y -= PITCH
    return y - 14


def _slots(canvas: Canvas, top: float) -> Iterator[tuple[float, float]]:
    """The places of lines: left column, right column, next page; heads and feet are drawn on the way."""
    page = 0
    while True:
        page += 1
        head = "Example et al." if page % 2 == 0 else "Reviews of the Liver 12 (2021)"
        canvas.setFont("Times-Roman", 9)
        canvas.drawString(LEFTS[0], HEIGHT - 40, head)
        canvas.drawCentredString(WIDTH / 2, 30, str(100 + page))
        for column, x in enumerate(LEFTS):
            # The right column stands a little lower, as it does where headings have their own spacing.
            y = top - 5 * column
            bottom = 500 if page == 1 else 610
            while y > bottom:
                yield x, y
                y -= PITCH
            if page == 1 and column == 0:
                for number, line in enumerate(FOOTNOTE):
                    _put(canvas, (x, 80 - 9 * number), line, "Times-Roman", 7.5)
        canvas.showPage()
        top = HEIGHT - 80


def _put(canvas: Canvas, place: tuple[float, float], text: str, font: str, size: float) -> None:
    canvas.setFont(font, size)
    canvas.drawString(*place, text)


def _wrapped(text: str, size: float = SIZE, width: float = COLUMN) -> Iterator[tuple[str, bool, bool]]:
    """(line, is first, is last) of a paragraph, its first line indented, words broken where a "|" allows."""
    lines: list[str] = []
    current, room = "", width - 10
    for word in text.split(" "):
        for number, piece in enumerate(pieces := word.split("|")):
            glue = " " if current and not number else ""
            hyphen = "-" if number + 1 < len(pieces) else ""
            if current and stringWidth(current + glue + piece + hyphen, "Times-Roman", size) > room:
                lines.append(current + ("-" if number else ""))
                current, room = piece, width
            else:
                current += glue + piece
    lines.append(current)
    for number, line in enumerate(lines):
        yield line, number == 0 and size == SIZE, number + 1 == len(lines)


def _justify(canvas: Canvas, x: float, y: float, line: str, width: float, is_last: bool) -> None:
    canvas.setFont("Times-Roman", SIZE)
    spaces = line.count(" ")
    spare = width - stringWidth(line, "Times-Roman", SIZE)
    text = canvas.beginText(x, y)
    text.setWordSpace(spare / spaces if spaces and not is_last else 0)
    text.textOut(line)
    text.setWordSpace(0)
    canvas.drawText(text)
