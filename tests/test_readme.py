"""What the README says can be done is done: its Python runs, and its first table is what its sentence gives."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import pipeline

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", README, flags=re.S))
def test_the_python_runs(code: str) -> None:
    names: dict[str, Any] = {}
    exec(compile(code, "README.md", "exec"), names)
    assert len(names["frame"]) > 0
    (row,) = names["doc"]._.triples
    assert (row["cell_role"], row["therapy_role"]) == ("undergoes", "promotes")


def test_the_first_triple_is_real() -> None:
    sentence = " ".join(re.findall(r"^> (.*)$", README, flags=re.M))
    row = re.search(
        r"^\| (\w+) `([^`]+)` \| (\w+) \| ([\w ]+) `([^`]+)` \| (\w+) \| ([^|]+?) \|", README, flags=re.M
    )
    assert row is not None
    rows = pipeline.extract([sentence])
    columns = [
        "cell_text",
        "cell_id",
        "cell_role",
        "mechanism_text",
        "mechanism_id",
        "therapy_role",
        "therapy_text",
    ]
    assert row.groups() in set(rows[columns].itertuples(index=False, name=None))


def test_it_is_short() -> None:
    assert len(README.splitlines()) <= 150
