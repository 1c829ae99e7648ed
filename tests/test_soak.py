from __future__ import annotations

from tests.soak import Row, main, verdict


def row(documents: int, memory: float, milliseconds: float) -> Row:
    return Row(documents, 0, memory, 0, milliseconds)


def test_growth_is_told():
    steady = [row(1000, 400, 10), row(2000, 500, 12), row(4000, 590, 11)]
    assert verdict(steady, 2000) == []
    assert "1.24 times" in verdict([*steady, row(5000, 620, 11)], 2000)[0]
    assert "1.50 times as long" in verdict([*steady, row(5000, 500, 15)], 2000)[0]
    assert verdict(steady[:1], 2000)


def test_a_folder_without_the_file_is_told(tmp_path, capsys):
    assert main(["--corpora", str(tmp_path / "corpora")]) == 2
    assert "name the folder of the corpora" in capsys.readouterr().err
