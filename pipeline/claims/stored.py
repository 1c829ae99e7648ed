"""The claims of an output folder, whatever made its tables, as curators' verdicts leave them."""

from __future__ import annotations

import pyarrow as pa

from pipeline.claims.build import DOCUMENT_COLUMNS, TRIPLE_COLUMNS, build_claims
from pipeline.claims.curators import read_corrections
from pipeline.records import utc_now
from pipeline.store import Outputs


def claims_of(outputs: Outputs) -> pa.Table:
    """The table of claims; made now where the run has none (`extract`), or where curators judged rows since.

    Raises:
        FileNotFoundError: there are no tables at all.
        SchemaError: the verdicts beside the tables cannot be read.
    """
    if claims_hold(outputs):
        return outputs.table("claims")
    return build_claims(
        outputs.batches("triples", TRIPLE_COLUMNS),
        outputs.batches("documents", DOCUMENT_COLUMNS),
        previous=outputs.batches("claims", ("claim_id", "first_seen")) if outputs.has("claims") else (),
        corrections=read_corrections(outputs.folder).to_batches(),
        now=outputs.manifest.written_at if outputs.manifest else utc_now(),
    )


def claims_hold(outputs: Outputs) -> bool:
    """Whether the run has a table of claims that rests on all verdicts there are.

    A run knows the verdicts that are older than it is: none is taken in while one is being made.
    """
    if not outputs.has("claims"):
        return False
    verdicts = read_corrections(outputs.folder)
    if outputs.manifest is None or not verdicts.num_rows:
        return verdicts.num_rows == 0
    return all(at <= outputs.manifest.written_at for at in verdicts["at"].to_pylist())
