"""The rules as read from rules/: checked once, then frozen.

A rule file is YAML, read by srsly (which does not take the cue "no" for False); see ``paths.py`` for the notation.
Every rule carries ``examples`` (sentences with marks in which it must find its link) and may carry
``counterexamples`` (in which it must not): the tests run all of them.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Literal

import srsly
from pydantic import BaseModel, ConfigDict, Field

from pipeline.records import MentionType
from pipeline.relate.paths import Position, Rule, parse_path
from pipeline.relate.words import words

RULES = "pipeline.relate"


Share = Annotated[float, Field(ge=0, le=1)]


class RuleRow(BaseModel):
    """One rule as written in YAML."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    id: str = Field(pattern=r"^[a-z]+(\.[a-z_]+)+$")
    source: list[Literal["CELL", "THERAPY"]] = Field(alias="from", min_length=1)
    path: str | list[str]
    position: Position
    sign: Literal[-1, 1] = 1
    confidence: Share | dict[Literal["CELL", "THERAPY"], Share]
    examples: list[str] = Field(min_length=1)
    counterexamples: list[str] = []


@lru_cache(maxsize=1)
def rule_rows() -> tuple[RuleRow, ...]:
    """All rules as written, in the order of the files.

    Raises:
        ValueError: two rules share an id.
    """
    rows: list[RuleRow] = []
    folder = files(RULES).joinpath("rules")
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".yaml"):
            rows += [
                RuleRow.model_validate(row) for row in srsly.yaml_loads(entry.read_text(encoding="utf-8"))
            ]
    ids = [row.id for row in rows]
    for rule_id in ids:
        if ids.count(rule_id) > 1:
            raise ValueError(f"two rules are called {rule_id!r}: give one of them another id")
    return tuple(rows)


@lru_cache(maxsize=1)
def rules() -> dict[MentionType, tuple[Rule, ...]]:
    """Compiled rules by the slot they start from."""
    out: dict[MentionType, list[Rule]] = {MentionType.CELL: [], MentionType.THERAPY: []}
    for rank, row in enumerate(rule_rows()):
        written = [row.path] if isinstance(row.path, str) else row.path
        paths = tuple(p for path in written for p in parse_path(path, words().lists))
        for slot in row.source:
            share = row.confidence if isinstance(row.confidence, float) else row.confidence[slot]
            out[MentionType(slot)].append(Rule(row.id, paths, row.position, row.sign, share, rank))
    return {slot: tuple(members) for slot, members in out.items()}
