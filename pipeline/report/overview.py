"""The counts at the head of the report, and what was left out."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa

from pipeline.claims import verdicts
from pipeline.store import Outputs

Row = dict[str, Any]


def counts(outputs: Outputs, claims: pa.Table) -> dict[str, int]:
    """Rows of the tables, and of what kind they are."""
    rows: Counter[str] = Counter()
    judged = verdicts(outputs.folder)
    for batch in outputs.batches("triples", ("triple_id", "level", "negated", "speculated")):
        columns = (column.to_pylist() for column in batch.columns)
        for triple, level, negated, speculated in zip(*columns, strict=True):
            if level != "asserted":
                rows["linked"] += 1
            elif judged.get(triple) == "rejected":
                rows["rejected"] += 1
            else:
                rows.update(negated=negated, speculated=speculated)
    for batch in outputs.batches("documents", ("retracted",)):
        rows["retracted"] += sum(batch.column(0).to_pylist())
    return {
        "documents": outputs.rows("documents"),
        "retracted": rows["retracted"],
        "mentions": outputs.rows("mentions"),
        "triples": outputs.rows("triples"),
        "linked": rows["linked"],
        "rejected": rows["rejected"],
        "negated": rows["negated"],
        "speculated": rows["speculated"],
        "claims": claims.num_rows,
        "several": sum(papers > 1 for papers in claims["paper_count"].to_pylist()),
        "contradicted": sum(map(bool, claims["contradicted_by"].to_pylist())),
        "failures": outputs.rows("failures"),
    }


def failures(outputs: Outputs, limit: int) -> tuple[list[list[Any]], list[list[str]]]:
    """Failures by stage and error with their number, the most frequent first, and the first ``limit`` of them."""
    kinds: Counter[tuple[str, str]] = Counter()
    listed: list[list[str]] = []
    columns = ("doc_id", "path", "stage", "error", "message")
    for batch in outputs.batches("failures", columns) if outputs.has("failures") else ():
        for row in batch.to_pylist():
            kinds[row["stage"], row["error"]] += 1
            if len(listed) < limit:
                listed.append(
                    [row["path"] or row["doc_id"] or "", row["stage"], row["error"], row["message"]]
                )
    ordered = sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    return [[*kind, count] for kind, count in ordered], listed
