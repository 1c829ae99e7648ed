"""Plain text and Markdown: (input, expected sections)."""

from __future__ import annotations

import textwrap

import pytest
from conftest import by_section, piped

WRAPPED = """\
Kupffer cells in liver metastasis

Kupffer cells clear tumour cells from the portal blood. In mice that lack
Kupffer cells, metastases grow faster.

Neutrophils follow. Their anti-
inflammatory products and pro-
and anti-angiogenic factors differ.
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            WRAPPED,
            {
                "title": "Kupffer cells in liver metastasis",
                "text": "Kupffer cells clear tumour cells from the portal blood. In mice that lack Kupffer cells, "
                "metastases grow faster.\nNeutrophils follow. Their anti-inflammatory products and pro- and "
                "anti-angiogenic factors differ.",
            },
        ),
        ("MDSCs blunt T cells.", {"text": "MDSCs blunt T cells."}),
        ("One line\r\nwraps.\r\n\r\nA new paragraph.", {"text": "One line wraps.\nA new paragraph."}),
        ("A sentence ends.\n\nAnother begins.", {"text": "A sentence ends.\nAnother begins."}),
        (
            "Who eats whom?\n\nMETHODS OF STUDY\n\nWe looked.\n\nReferences\n\n1. Nobody 2020.",
            {"title": "Who eats whom?", "METHODS OF STUDY": "We looked."},
        ),
        (
            "2 Early events\n\nKupffer cells act.\n\n2.1 Neutrophils\n\nTraps form.\n\n3 Late events\n\nTregs come.",
            {
                "Early events": "Kupffer cells act.",
                "Early events > Neutrophils": "Traps form.",
                "Late events": "Tregs come.",
            },
        ),
        ("- CSF1R blockade\n- CCR2 blockade", {"text": "- CSF1R blockade\n- CCR2 blockade"}),
        ("e\u0301tude of IFN-γ\u00a0in\x00 mice\ud7ff.", {"text": "étude of IFN-γ in mice\ud7ff."}),
        ("\ufeffTregs\u200b suppress im\u00admunity.", {"text": "Tregs suppress immunity."}),
    ],
)
def test_plain_text(one, text: str, expected: dict[str, str]) -> None:
    assert by_section(one(text)) == expected


def test_long_lines_are_paragraphs_without_blank_lines(one) -> None:
    sentence = "Kupffer cells engulf tumour cells in the sinusoids of the liver and so delay metastasis. "
    document = one(f"A title on a line\n{sentence * 2}\n{sentence * 3}")
    assert document.text.count("\n") == 2


def test_a_title_right_above_a_wrapped_paragraph_is_a_line_of_its_own(one) -> None:
    body = textwrap.fill(
        "Kupffer cells engulf tumour cells and delay metastasis in the liver of mice. " * 4, 70
    )
    assert one("Kupffer cells\n" + body).text.split("\n")[0] == "Kupffer cells"


def test_utf_16_with_a_byte_order_mark(one) -> None:
    assert one("IFN-γ activates macrophages.".encode("utf-16")).text == "IFN-γ activates macrophages."


def test_standard_input() -> None:
    (document,) = piped(b"Kupffer cells clear bacteria.")
    assert (document.doc_id, document.text, document.source) == (
        "stdin",
        "Kupffer cells clear bacteria.",
        "-",
    )


MARKDOWN = """\
---
title: The hepatic niche
doi: https://doi.org/10.1000/niche.1
year: 2021
authors: Ada Example; Ben Sample
---

Opening words with *CD8*<sup>+</sup> T cells and
IFN-&gamma;.

## Methods

### Cells

Kupffer cells were [isolated](https://example.org/a_b) by `CLEC4F`.

| marker | cell |
|--------|------|
| F4/80  | KC   |

- first item
- second item[^1]

## Results

> Tregs accumulate.

```
code(left, out)
```

$10^6$ cells ![a picture](x.png) were counted<!-- or not -->.

## References

1. Example A. 2020.

[^1]: A note.
"""


def test_markdown(one) -> None:
    document = one(MARKDOWN, "niche.md")
    assert by_section(document) == {
        "title": "The hepatic niche",
        "text": "Opening words with CD8+ T cells and IFN-γ.",
        "Methods > Cells": "Kupffer cells were isolated by CLEC4F.\nfirst item\nsecond item",
        "Results": "Tregs accumulate.\n$10^6$ cells were counted.",
    }
    assert (document.doi, document.year, document.authors) == (
        "10.1000/niche.1",
        2021,
        ("Ada Example", "Ben Sample"),
    )


@pytest.mark.parametrize("name", ["review.md", "review.txt", "review"])
def test_markdown_is_told_by_its_content(one, name: str) -> None:
    document = one("# On NETs\n\nDNase I degrades NETs.\n\n## Outlook\n\nTrials are needed.\n", name)
    assert by_section(document) == {
        "title": "On NETs",
        "text": "DNase I degrades NETs.",
        "Outlook": "Trials are needed.",
    }
    assert document.doc_id == "review"
