"""The claims of a run in which nothing changed: the last run's, seen once more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa

from pipeline.claims.schema import CLAIMS
from pipeline.store.schema import UTC_TIME
from pipeline.store.versions import PACKAGE, fingerprint_of

_CODE = ("claims", "report", "lexicon/forms.py", "read/draft.py")


def basis(corrections: Iterable[Mapping[str, Any]]) -> str:
    """What claims and their page hang on beside the tables: a fingerprint of their code and of curators' verdicts."""
    return fingerprint_of([repr(dict(row)) for row in corrections], [PACKAGE / place for place in _CODE])


def seen_again(claims: pa.Table, now: datetime) -> pa.Table:
    """``claims`` of the run before, made of these very tables, as this run's."""
    place = CLAIMS.get_field_index("last_seen")
    times = pa.repeat(pa.scalar(now, UTC_TIME), claims.num_rows)
    return claims.set_column(place, CLAIMS.field(place), times).cast(CLAIMS)
