"""A user's own TSV: taken, or refused with file, line and cure."""

import time
from pathlib import Path

import pytest

from pipeline.lexicon import LexiconError, load_lexicon, targets
from pipeline.lexicon.tables import read_rows, senses
from pipeline.records import MentionType

HEADER = "text\tcurie\tname\ttype\tmatch\tsource\n"
ROW = "zebra cell\tMY:1\tzebra cell\tCELL\tlower\tmine\n"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_own_rows_are_looked_up_found_and_grounded(tmp_path: Path) -> None:
    mine = write(tmp_path / "my.tsv", HEADER + ROW + "\nKCs\tMY:2\tKeratocyte\tCELL\texact\tmine\n")
    lexicon = load_lexicon(mine)
    assert lexicon.lookup("Zebra cells")[0].curie == "MY:1"
    assert lexicon.ground("striped zebra cells", "CELL").name == "zebra cell"  # type: ignore[union-attr]
    assert [m.candidates[0].curie for m in lexicon.find(["zebra", "cells"])] == ["MY:1"]
    # A user's row goes before ours, for short forms too.
    assert lexicon.ground("KCs", "CELL").curie == "MY:2"  # type: ignore[union-attr]
    assert lexicon.ground("Kupffer cells", "CELL").curie == "CL:0000091"  # type: ignore[union-attr]


def test_columns_may_stand_in_any_order_with_a_mark_of_byte_order(tmp_path: Path) -> None:
    text = "\ufeffcurie\ttext\tname\tsource\ttype\tmatch\r\nMY:1\tzebra cell\tzebra\tmine\tCELL\tlower\r\n"
    assert next(read_rows(write(tmp_path / "my.tsv", text))).text == "zebra cell"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", "line 1", "columns"),
        ("text,curie,name,type,match,source\n", "line 1", "columns"),
        ("text\tcurie\n", "line 1", "columns"),
        (HEADER + "a\tMY:1\tb\tCELL\tlower\n", "line 2", "6 fields"),
        (HEADER + "a\tb\tMY:1\tb\tCELL\tlower\tmine\n", "line 2", "tab"),
        (HEADER + ROW + ROW.replace("CELL", "SELL"), "line 3", "use one of"),
        (HEADER + ROW.replace("MY:1", "no curie"), "line 2", "CURIE"),
        (HEADER + ROW.replace("MY:1", "MY:"), "line 2", "CURIE"),
        (HEADER + ROW.replace("lower", "fuzzy"), "line 2", "exact, lower or ground"),
        (HEADER + "\tMY:1\tb\tCELL\tlower\tmine\n", "line 2", "text"),
        (HEADER + "x" * 400 + "\tMY:1\tb\tCELL\tlower\tmine\n", "line 2", "text"),
        (HEADER + "  -\tMY:1\tb\tCELL\tlower\tmine\n", "line 2", "letter or a digit"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, line: str, said: str) -> None:
    path = write(tmp_path / "my.tsv", text)
    with pytest.raises(LexiconError) as caught:
        load_lexicon(path)
    message = str(caught.value)
    assert str(path) in message
    assert line in message
    assert said in message
    assert "\n" not in message


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="cannot be read"):
        load_lexicon(tmp_path / "none.tsv")
    with pytest.raises(LexiconError, match="cannot be read"):
        load_lexicon(tmp_path)
    (tmp_path / "latin.tsv").write_bytes(HEADER.encode() + b"caf\xe9\tMY:1\tb\tCELL\tlower\tmine\n")
    with pytest.raises(LexiconError, match="not UTF-8"):
        load_lexicon(tmp_path / "latin.tsv")


def test_many_rows_are_taken_in_good_time(tmp_path: Path) -> None:
    rows = "".join(f"zebra {n}\tMY:{n}\tzebra\tCELL\tlower\tmine\n" for n in range(20_000))
    path = write(tmp_path / "many.tsv", HEADER + rows)
    start = time.process_time()
    lexicon = load_lexicon(path)
    assert time.process_time() - start < 10
    assert lexicon.lookup("zebra 19999")[0].curie == "MY:19999"


def test_too_many_rows_are_refused_with_the_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.lexicon.tables.MOST_ROWS", 3)
    path = write(tmp_path / "many.tsv", HEADER + ROW * 3)
    assert load_lexicon(path).lookup("zebra cell")
    with pytest.raises(LexiconError, match="line 5: 4 rows are too many, 3 are taken"):
        load_lexicon(write(path, HEADER + ROW * 4))


def test_targets_say_what_a_target_acts_on() -> None:
    known = {(t.target, t.acts_on) for t in targets()}
    assert {("CSF1R", "macrophage"), ("CCR2", "monocyte"), ("CD40", "dendritic cell")} <= known
    assert len({t.target for t in targets()}) >= 120


def test_ambiguous_forms_have_at_most_one_default_for_a_type() -> None:
    for form, those in senses().items():
        for type_ in MentionType:
            assert sum(s.default for s in those if s.type == type_) <= 1, form
