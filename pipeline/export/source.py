"""What every format is made of: rows of triples with their papers, one by one or gathered by claim."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Protocol

import pyarrow as pa

from pipeline.claims import DOCUMENT_COLUMNS, build_claims, claim_id
from pipeline.claims.identity import papers, slot_text
from pipeline.export.choice import SLOTS, Choice
from pipeline.export.licenses import is_open
from pipeline.export.ordered import Key, Row, in_order
from pipeline.records import utc_now
from pipeline.store.schema import DOCUMENTS

PAPER = ("pmid", "pmcid", "doi", "title", "journal", "year", "license", "retracted")
"""Columns of ``documents`` that each row carries; with them ``paper``, the same for each document of one paper."""

_OF_DOCUMENTS = tuple(dict.fromkeys((*DOCUMENT_COLUMNS, *PAPER)))
_BATCH_ROWS = 4096  # sentences are long: so many rows as dicts are some 20 MB
_MEMORY = "128MB"  # for making claims; DuckDB wants two thirds of it for the smallest table
_SLICE_ROWS = 4096  # of which claims are made at a time
_BATCH_DOCUMENTS = 32  # whole texts


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
        """What the rows claim together: asserted claims, then linked ones, each in an order that is always the same.

        Claims are made anew, so that they rest on the rows that go out and on no others, of so many rows at a time as
        fit into little memory.
        """
        keyed = map(_keyed, self.rows())
        for linked, some in groupby(in_order(keyed), lambda item: item[0][0]):
            for rows in _slices(some):
                yield from self._claimed(rows, "linked" if linked else "asserted")

    def _claimed(self, keyed: list[tuple[str, Row]], level: str) -> Iterator[Statement]:
        """The claims of ``keyed`` rows, which hold all rows on the same slots as one of them, in their order."""
        rows = [row for _, row in keyed]
        found = build_claims(
            ({**row, "level": "asserted"} for row in rows),
            # What is one paper is known of all documents; here they have nothing but that in common.
            (
                {
                    "doc_id": row["doc_id"],
                    "year": row["year"],
                    "retracted": False,
                    "text_sha256": row["paper"],
                }
                for row in {row["doc_id"]: row for row in rows}.values()
            ),
            corrections=(
                {"triple_id": row["triple_id"], "verdict": "accepted", "at": utc_now()}
                for row in rows
                if self.verdict(row["triple_id"]) == "accepted"
            ),
            now=utc_now(),
            memory=_MEMORY,
        )
        suffix = "" if level == "asserted" else "-linked"
        claims = {f"{claim['claim_id']}{suffix}": claim for claim in found.to_pylist()}
        for key, group in groupby(keyed, itemgetter(0)):
            yield Statement({**claims[key], "claim_id": key}, [row for _, row in group])

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
        """doc_id -> columns `PAPER`; a paper is retracted when any of its documents says so.

        A paper is known by the first of its documents' ids, which is the same in every run that has them.
        """
        numbers = papers(self._all.values())
        withdrawn = {numbers[doc_id] for doc_id, row in self._all.items() if row["retracted"]}
        first = {numbers[doc_id]: doc_id for doc_id in sorted(self._all, reverse=True)}
        return {
            doc_id: {
                **{name: row[name] for name in PAPER},
                "retracted": numbers[doc_id] in withdrawn,
                "paper": f"document {first[numbers[doc_id]]}",
            }
            for doc_id, row in self._all.items()
        }


def claim_of(row: Row) -> str:
    """The ``claim_id`` of what a row of triples says, as exports have it."""
    cell, mechanism, therapy = _slot_keys(row)
    claim = claim_id(cell, row["cell_role"], mechanism or "", therapy, row["therapy_role"])
    return claim if row["level"] == "asserted" else f"{claim}-linked"


def _keyed(row: Row) -> tuple[Key, Row]:
    """Rows of a level, on the same slots whatever the roles, of a claim stand together."""
    cell, mechanism, therapy = _slot_keys(row)
    claim = claim_of(row)
    slots = claim_id(cell, None, mechanism or "", therapy, None)
    return (int(row["level"] != "asserted"), f"{slots} {claim}", row["triple_id"]), row


def _slices(rows: Iterable[tuple[Key, Row]]) -> Iterator[list[tuple[str, Row]]]:
    """(claim, row), some thousand at a time, cut where slots change: claims on the same may contradict each other."""
    some: list[tuple[str, Row]] = []
    for _, group in groupby(rows, lambda item: item[0][1].partition(" ")[0]):
        some += [(key[1].partition(" ")[2], row) for key, row in group]
        if len(some) >= _SLICE_ROWS:
            yield some
            some = []
    if some:
        yield some


def _slot_keys(row: Row) -> list[str | None]:
    return [row[f"{slot}_id"] or _normal(row[f"{slot}_text"]) for slot in SLOTS]


@lru_cache(maxsize=100_000)
def _normal(text: str | None) -> str | None:
    return None if text is None else slot_text(text)
