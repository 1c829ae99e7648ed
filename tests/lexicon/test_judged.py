"""What a reader thought of identifiers drawn at random, and what is still grounded as judged.

Each sheet holds 200 distinct (text, type, identifier) drawn from the mentions of 400 MEDLINE abstracts with the
seed in its name: ``random.Random(seed).sample(sorted(all), 200)`` less those of earlier sheets. After a sheet the
causes of what was wrong were mended, so that only the last says how good the lexicon is.
"""

import csv
from pathlib import Path

import pytest

from pipeline.lexicon import Lexicon

SHEETS = sorted(Path(__file__).parent.glob("judged-*.tsv"))
LAST = SHEETS[-1]


def judged(sheet: Path) -> list[dict[str, str]]:
    with sheet.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.stem)
def test_a_sheet_is_whole(sheet: Path) -> None:
    rows = judged(sheet)
    assert len({(row["text"], row["type"], row["curie"]) for row in rows}) == 200
    assert all(row["verdict"] in ("right", "broader", "wrong") for row in rows)
    assert all(row["note"] for row in rows if row["verdict"] == "wrong")


def test_the_last_sheet_is_right_in_95_of_100() -> None:
    wrong = [row["text"] for row in judged(LAST) if row["verdict"] == "wrong"]
    assert len(wrong) <= 10, wrong


def test_what_was_right_stays_so(lexicon: Lexicon) -> None:
    """Short forms that only their document explains find nothing here, and must find nothing else."""
    other, none = [], []
    for row in judged(LAST):
        if row["verdict"] == "wrong":
            continue
        found = lexicon.ground(row["text"], row["type"])
        if found is None:
            none.append(row["text"])
        elif found.curie != row["curie"]:
            other.append((row["text"], found.curie, row["curie"]))
    assert not other
    assert len(none) <= 12, none


def test_what_is_broader_is_marked(lexicon: Lexicon) -> None:
    for row in judged(LAST):
        found = lexicon.ground(row["text"], row["type"])
        if row["verdict"] == "broader" and found is not None:
            assert found.narrower, row["text"]
