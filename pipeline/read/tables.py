"""CSV, TSV and Parquet: a row a document, read row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from typing import BinaryIO

from pipeline.read.decoding import not_decodable
from pipeline.read.draft import Draft
from pipeline.read.kinds import ID_COLUMNS, TEXT_COLUMNS, delimiter_of, encoding_of
from pipeline.read.lines import lines
from pipeline.read.rows import FIELDS, draft_of
from pipeline.read.source import too_large
from pipeline.read.trouble import Trouble, brief

_BATCH_ROWS = 64


def read_delimited(
    stream: BinaryIO, head: bytes, suffix: str, max_characters: int, line_bytes: int
) -> Iterator[Draft | Trouble]:
    """A Draft a row; the first line names the columns. Raises Trouble where none is an id or a text."""
    delimiter = delimiter_of(head.decode(encoding_of(head), "replace")) or ("\t" if suffix == ".tsv" else ",")
    # The csv module has one limit for the process; it is only ever raised.
    csv.field_size_limit(max(csv.field_size_limit(), 2 * max_characters))
    rows = csv.reader(_lines(stream, encoding_of(head), line_bytes), delimiter=delimiter)
    try:
        names = [name.strip().lower() for name in next(filter(_filled, rows), [])]
        _require_columns(names)
        for row in filter(_filled, rows):
            where = f"line {rows.line_num}"
            if len(row) > len(names):
                yield Trouble(
                    "record",
                    f"has more cells than columns in {where}: put quotes around cells with a delimiter",
                )
            else:
                yield draft_of(dict(zip(names, row, strict=False)), where)
    except csv.Error as error:
        raise Trouble(
            "record", f"cannot be read as a table from line {rows.line_num} on ({error}): check its quotes"
        ) from error


def _filled(row: list[str]) -> bool:
    return any(cell.strip() for cell in row)


def _lines(stream: BinaryIO, encoding: str, line_bytes: int) -> Iterator[str]:
    if not encoding.startswith("utf-8"):
        text = io.TextIOWrapper(stream, encoding)
        try:
            yield from text
        except UnicodeError as error:
            raise not_decodable(b"", encoding, error) from error
        return
    for line in lines(stream, line_bytes):
        if isinstance(line, Trouble):
            raise line
        yield line.text + "\n"


def _require_columns(names: Collection[str]) -> None:
    if not set(names).intersection(ID_COLUMNS):
        raise Trouble("columns", "has no column id, doc_id or pmid: name the one with the ids so")
    if not set(names).intersection(TEXT_COLUMNS):
        raise Trouble("columns", "has no column text or abstract: name the one with the texts so")


def read_parquet(file: BinaryIO, max_file_bytes: int) -> Iterator[Draft | Trouble]:
    """A Draft a row, 64 rows in memory at a time. Raises Trouble for a damaged or too large file."""
    # Imported on use: 0.2 s.
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(file)
        meta = table.metadata
        if sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups)) > max_file_bytes:
            raise too_large(max_file_bytes, packed=True)
        names = {name: name.strip().lower() for name in table.schema_arrow.names}
        _require_columns(names.values())
        wanted = [name for name, plain in names.items() if plain in FIELDS]
        number = 0
        for batch in table.iter_batches(batch_size=_BATCH_ROWS, columns=wanted, use_threads=False):
            for row in batch.to_pylist():
                number += 1
                yield draft_of(row, f"row {number}")
    except (pa.ArrowException, OSError, UnicodeError, ValueError) as error:
        reason = brief(error)
        raise Trouble("broken", f"is a damaged Parquet file ({reason}): write it again") from error
