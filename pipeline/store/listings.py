"""The reader's memory of its inputs as a table of each run, beside the ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pyarrow as pa

from pipeline.read.memory import Listing, listing_of, plain
from pipeline.store.outputs import Outputs
from pipeline.store.schema import REQUIRED, TEXT, table_schema

LISTINGS = "listings"

SCHEMA = table_schema(
    LISTINGS,
    ("path", TEXT, REQUIRED, "an input, as documents.source has it"),
    ("listing", TEXT, REQUIRED, "what it holds, as JSON; see pipeline.read.memory"),
)


def listings_of(last: Outputs | None) -> dict[str, Listing]:
    """What the last run remembered."""
    if last is None or not last.has(LISTINGS):
        return {}
    table = last.table(LISTINGS)
    pairs = zip(table["path"].to_pylist(), table["listing"].to_pylist(), strict=True)
    return {path: listing_of(json.loads(listing)) for path, listing in pairs}


def as_table(listings: Mapping[str, Listing]) -> pa.Table:
    """Listings as the table of a run."""
    paths = sorted(listings)
    texts = [json.dumps(plain(listings[path]), separators=(",", ":")) for path in paths]
    return pa.table({"path": pa.array(paths, TEXT), "listing": pa.array(texts, TEXT)}, schema=SCHEMA)
