"""The claims of an output folder, whatever made its tables."""

from __future__ import annotations

import pyarrow as pa

from pipeline.claims.build import DOCUMENT_COLUMNS, TRIPLE_COLUMNS, build_claims
from pipeline.records import utc_now
from pipeline.store import Outputs


def claims_of(outputs: Outputs) -> pa.Table:
    """The table of claims; made now where the tables come from a command that makes none (`extract`).

    Raises:
        FileNotFoundError: there are no tables at all.
    """
    if outputs.has("claims"):
        return outputs.table("claims")
    return build_claims(
        outputs.batches("triples", TRIPLE_COLUMNS),
        outputs.batches("documents", DOCUMENT_COLUMNS),
        now=utc_now(),
    )
