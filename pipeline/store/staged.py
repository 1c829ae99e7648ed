"""A run that is being made: its tables' files, and what may be added before it is the current one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.store.files import share
from pipeline.store.outputs import Outputs
from pipeline.store.rows import Row

_ROWS_IN_MEMORY = 5_000  # of any one table, and
_BYTES_IN_MEMORY = (
    8_000_000  # of documents' texts, or of rows carried over: what is held before it is written
)


class Staged:
    """A finished run before it is the current one: its tables, the last run's, and room for more.

    Attributes:
        run: The run's id.
        tables: This run's tables, as `Outputs`.
        last: The last run's, or None where there is none.
        same: The names of those tables that are the last run's very files.
    """

    def __init__(
        self,
        run: str,
        folder: Path,
        paths: dict[str, Path],
        last: Outputs | None,
        same: frozenset[str] = frozenset(),
    ) -> None:
        self.run = run
        self.last = last
        self.same = same
        self.paths = paths
        self.report_file: Path | None = None
        self._folder = folder

    @property
    def tables(self) -> Outputs:
        """This run's tables as they are by now; close them, or use them in a ``with`` block."""
        return Outputs(self._folder, {name: [path] for name, path in self.paths.items()})

    def write(self, name: str, schema: pa.Schema, rows: Iterable[Mapping[str, Any]]) -> int:
        """Add a table to the run; gives its number of rows. ``schema`` is one of `table_schema`."""
        path = self._folder / f"{name}.parquet"
        count = 0
        with TableFile(path, schema) as table:
            for row in rows:
                table.add([dict(row)])
                count += 1
            table.close()
        self.paths[name] = path
        return count

    def put(self, name: str, rows: pa.Table) -> None:
        """Add a table to the run as it is; its schema is one of `table_schema`."""
        path = self._folder / f"{name}.parquet"
        with TableFile(path, rows.schema) as table:
            table.carry(rows)
            table.close()
        self.paths[name] = path

    def copy(self, name: str, last: Outputs) -> None:
        """Take a table of another run as it is."""
        path = self._folder / f"{name}.parquet"
        pieces = last.pieces(name, 0, last.rows(name))
        first = next(pieces, None)
        if first is None:
            first = last.table(name)
        with TableFile(path, first.schema) as table:
            table.carry(first)
            for piece in pieces:
                table.carry(piece)
            table.close()
        self.paths[name] = path

    def copy_report(self, file: Path) -> None:
        """Take another run's report."""
        self.report_file = self._folder / "report.json"
        shutil.copyfile(file, self.report_file)

    def report(self, content: Mapping[str, Any]) -> None:
        """Give the run a report: ``outputs/runs/<run>.json`` once the run is the current one."""
        self.report_file = self._folder / "report.json"
        self.report_file.write_text(report_text(content), encoding="utf-8")


def report_text(content: Mapping[str, Any]) -> str:
    """A run's report as its file has it."""
    return json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n"


class TableFile:
    """One table's file on its way: rows and pieces of the last run in the order they come."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path = path
        self._schema = schema
        self._rows: list[Row] = []
        self._pieces: list[pa.Table] = []
        self._weight = 0  # bytes, roughly
        self._waiting = 0  # rows in pieces
        self._file: pq.ParquetWriter | None = None
        self._done = False
        self.reused = False

    def __enter__(self) -> TableFile:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, rows: list[Row], weight: int = 0) -> None:
        self._rows += rows
        self._weight += weight
        self._write_when_full()

    def carry(self, rows: pa.Table) -> None:
        self._settle()
        self._pieces.append(rows)
        self._waiting += rows.num_rows
        self._weight += rows.nbytes
        self._write_when_full()

    def reuse(self, file: Path) -> bool:
        """Be ``file``, if nothing else was taken."""
        if self._rows or self._pieces or self._file is not None:
            return False
        if not pq.read_schema(file).equals(self._schema, check_metadata=True):
            return False
        share(file, self.path)
        self._done = self.reused = True
        return True

    def close(self) -> None:
        if not self._done:
            self._write_out()
            self._opened().close()
            self._file, self._done = None, True

    def _settle(self) -> None:
        if self._rows:
            piece = pa.Table.from_pylist(self._rows, schema=self._schema)
            self._rows = []
            self._pieces.append(piece)
            self._waiting += piece.num_rows

    def _write_when_full(self) -> None:
        if len(self._rows) + self._waiting >= _ROWS_IN_MEMORY or self._weight >= _BYTES_IN_MEMORY:
            self._write_out()

    def _write_out(self) -> None:
        self._settle()
        if self._pieces:
            self._opened().write_table(pa.concat_tables(self._pieces))
            self._pieces, self._waiting, self._weight = [], 0, 0

    def _opened(self) -> pq.ParquetWriter:
        if self._file is None:
            self._file = pq.ParquetWriter(self.path, self._schema, compression="zstd")
        return self._file
