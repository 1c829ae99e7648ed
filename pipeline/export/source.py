"""What every format is made of: rows of triples with their papers, one by one or gathered by claim."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, Protocol

import pyarrow as pa

from pipeline.claims import DOCUMENT_COLUMNS, TRIPLE_COLUMNS, build_claims, claim_id
from pipeline.claims.database import database, load
from pipeline.claims.identity import papers, slot_text
from pipeline.export.choice import SLOTS, Choice
from pipeline.export.licenses import is_open
from pipeline.records import utc_now
from pipeline.store.schema import DOCUMENTS, TEXT, TRIPLES

Row = dict[str, Any]

PAPER = ("pmid", "pmcid", "doi", "title", "journal", "year", "license", "retracted")
"""Columns of ``documents`` that each row carries; with them ``paper``, the same for each document of one paper."""

_OF_DOCUMENTS = tuple(dict.fromkeys((*DOCUMENT_COLUMNS, *PAPER)))
_BATCH_ROWS = 4096  # sentences are long: so many rows as dicts are some 20 MB
_MEMORY = "110MB"  # for putting rows in order; what does not fit goes to disk
_BATCH_DOCUMENTS = 32  # whole texts
_ORDERED = pa.schema(
    [
        ("claim_id", TEXT),
        *(field.with_nullable(True) for field in TRIPLES),
        *(DOCUMENTS.field(name).with_nullable(True) for name in PAPER),
        ("paper", TEXT),
    ]
)


class Tables(Protocol):
    """What an export needs of an output folder; `pipeline.store.Outputs` is one."""

    def batches(
        self, table: str, columns: Sequence[str] | None = None, rows: int = ...
    ) -> Iterator[pa.RecordBatch]:
        """A table's rows, piece by piece."""


class Only(Protocol):
    """Which rows and documents go out; `pipeline.export.since.Since` is one."""

    def takes(self, row: Row) -> bool:
        """Whether a row of triples goes out."""

    def takes_document(self, doc_id: str) -> bool:
        """Whether a document does."""


@dataclass(frozen=True)
class Statement:
    """A claim, and the rows that say or deny it.

    Attributes:
        claim: A row of `pipeline.claims.CLAIMS`, made of ``rows`` alone. The id of a claim of linked rows ends
            with "-linked", for they are never mixed with asserted ones.
        rows: Rows of `Source.rows`, in the order of their ids; at least one.
    """

    claim: Row
    rows: list[Row]


class Source:
    """The rows of one run that an export takes.

    Attributes:
        choice: What was asked for.
        left_out: How many rows were left out, and why; filled by each reading anew.
        run: The run's id; None where the tables have none.
    """

    def __init__(
        self,
        tables: Tables,
        choice: Choice | None = None,
        verdicts: Mapping[str, str] | None = None,
        only: Only | None = None,
    ) -> None:
        """
        Args:
            tables: An opened output folder.
            choice: Which rows; by default what texts assert, grounded, of papers that were not retracted.
            verdicts: triple_id -> "accepted" or "rejected", by a curator.
            only: Which of the rows that are taken, and of documents, go out; all by default.
        """
        self.choice = choice or Choice()
        self.left_out: Counter[str] = Counter()
        self.run: str | None = getattr(tables, "run", None)
        self._tables = tables
        self._verdicts = verdicts or {}
        self._only = only

    @property
    def date(self) -> str:
        """The day of the run, as 20261125; empty where there is no run."""
        return (self.run or "")[:8]

    def verdict(self, triple_id: str) -> str | None:
        """What a curator said of a row: accepted, rejected or nothing."""
        return self._verdicts.get(triple_id)

    def rows(self) -> Iterator[Row]:
        """Every triple that is taken, in the table's order, with the columns `PAPER` of its document.

        The papers' metadata are held in memory (no texts), the triples are not. With ``choice.open_only``,
        ``sentence`` is None where the paper's licence is not known to be open.

        Raises:
            FileNotFoundError: there is no table of documents or triples.
            SchemaError: a newer Kupffer wrote it.
        """
        self.left_out.clear()
        unknown: Row = {**dict.fromkeys(PAPER), "retracted": False}
        for batch in self._tables.batches("triples", rows=_BATCH_ROWS):
            for triple in batch.to_pylist():
                paper = self._papers.get(triple["doc_id"]) or {
                    **unknown,
                    "paper": f"document {triple['doc_id']}",
                }
                rejected = self._verdicts.get(triple["triple_id"]) == "rejected"
                why = self.choice.refuses(triple, retracted=paper["retracted"], rejected=rejected)
                if why:
                    self.left_out[why] += 1
                    continue
                row = {**paper, **triple}
                if self.choice.open_only and not is_open(row["license"]):
                    row["sentence"] = None
                if self._only is None or self._only.takes(row):
                    yield row

    def documents(self, columns: Sequence[str] = tuple(DOCUMENTS.names)) -> Iterator[Row]:
        """Every document that may go out, some of its columns, in the table's order; a few are in memory at a time.

        Those of retracted papers are left out unless asked for. With ``choice.open_only`` the text of a document
        whose licence is not known to be open is None, as its sentences are.
        """
        for batch in self._tables.batches("documents", columns, rows=_BATCH_DOCUMENTS):
            for row in batch.to_pylist():
                paper = self._papers[row["doc_id"]]
                if paper["retracted"] and not self.choice.retracted:
                    continue
                if self._only is not None and not self._only.takes_document(row["doc_id"]):
                    continue
                if "text" in row and self.choice.open_only and not is_open(paper["license"]):
                    row["text"] = None
                yield row

    def mentions(self) -> Iterator[pa.RecordBatch]:
        """Every mention, of documents that go out and of others, in the table's order."""
        return self._tables.batches("mentions", rows=_BATCH_ROWS)

    def statements(self) -> Iterator[Statement]:
        """What the rows claim together, in the order of the claims' ids; asserted claims first, then linked ones.

        Rows are put in order by DuckDB, on disk where they are many: one claim is in memory at a time. Claims are
        made anew, so that they rest on the rows that go out, and on no others.
        """
        with database(_MEMORY) as db:
            load(db, map(with_claim, self.rows()), _ORDERED, "said", "SELECT * FROM incoming")
            for level in ("asserted", "linked"):
                yield from self._claimed(db, level)

    def _claimed(self, db: Any, level: str) -> Iterator[Statement]:
        names = ", ".join(name for name in TRIPLE_COLUMNS if name != "level")
        where = "level = 'asserted'" if level == "asserted" else "level <> 'asserted'"
        some = db.sql(f"SELECT {names}, 'asserted' AS level FROM said WHERE {where}")
        ((count,),) = db.sql(f"SELECT count(*) FROM said WHERE {where}").fetchall()
        found = build_claims(
            some.to_arrow_reader(_BATCH_ROWS),
            ({**paper, "doc_id": doc_id, "retracted": False} for doc_id, paper in self._all.items()),
            corrections=(
                {"triple_id": key, "verdict": said, "at": utc_now()}
                for key, said in self._verdicts.items()
                if said == "accepted"
            ),
            now=utc_now(),
            # Half a kilobyte a row is what claims want where each says something else.
            memory=f"{110 + count // 2000}MB",
        )
        claims = (row for batch in found.to_batches(_BATCH_ROWS) for row in batch.to_pylist())
        ordered = db.sql(f"SELECT * FROM said WHERE {where} ORDER BY claim_id, triple_id")
        rows = (row for batch in ordered.to_arrow_reader(_BATCH_ROWS) for row in batch.to_pylist())
        for claim, (key, group) in zip(claims, groupby(rows, itemgetter("claim_id")), strict=True):
            assert claim["claim_id"] == key, "claims and rows are put in order by the same key"
            if level == "linked":
                claim["claim_id"] += "-linked"
            yield Statement(claim, list(group))

    @cached_property
    def _all(self) -> dict[str, Row]:
        """doc_id -> what is known of the document, its text apart."""
        return {
            row["doc_id"]: row
            for batch in self._tables.batches("documents", _OF_DOCUMENTS)
            for row in batch.to_pylist()
        }

    @cached_property
    def _papers(self) -> dict[str, Row]:
        """doc_id -> columns `PAPER`; a paper is retracted when any of its documents says so."""
        numbers = papers(self._all.values())
        withdrawn = {numbers[doc_id] for doc_id, row in self._all.items() if row["retracted"]}
        return {
            doc_id: {
                **{name: row[name] for name in PAPER},
                "retracted": numbers[doc_id] in withdrawn,
                "paper": str(numbers[doc_id]),
            }
            for doc_id, row in self._all.items()
        }


def with_claim(row: Row) -> Row:
    """A row of triples with the ``claim_id`` of what it says."""
    keys = {slot: row[f"{slot}_id"] or _normal(row[f"{slot}_text"]) for slot in SLOTS}
    return {
        **row,
        "claim_id": claim_id(
            keys["cell"], row["cell_role"], keys["mechanism"] or "", keys["therapy"], row["therapy_role"]
        ),
    }


@lru_cache(maxsize=100_000)
def _normal(text: str | None) -> str | None:
    return None if text is None else slot_text(text)
