"""Values as JSON and CSV have them."""

from __future__ import annotations

import json
import math
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any


def plain(value: Any) -> Any:
    """A value of DuckDB's as JSON has it: times in ISO 8601, no number as null, what has no form as text.

    >>> plain({"at": date(2026, 1, 2), "share": math.nan, "of": Decimal("1.50"), 3: b"\\xff"})
    {'at': '2026-01-02', 'share': None, 'of': 1.5, '3': 'ff'}
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def cell(value: Any) -> Any:
    """The same for CSV: a list of words stays one, which the writer joins; what is nested deeper is JSON.

    >>> cell([1, None, "x"]), cell([{"a": 1}]), cell({"a": [1]})
    (['1', '', 'x'], '[{"a": 1}]', '{"a": [1]}')
    """
    value = plain(value)
    flat = isinstance(value, list) and not any(isinstance(item, list | dict) for item in value)
    if flat:
        return ["" if item is None else str(item) for item in value]
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
