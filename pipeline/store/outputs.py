"""Reading an output folder: all tables of one run, whatever is committed meanwhile.

with pipeline.open_outputs("outputs") as outputs:
    outputs.run, outputs.table("triples")
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.store.manifest import Manifest, read_manifest
from pipeline.store.reading import found_version, migrated, table_files
from pipeline.store.schema import TABLES, DamagedError

if TYPE_CHECKING:
    from pyarrow.dataset import Dataset, Fragment, ParquetFileFormat

_TRIES = 50  # a run that is committed between the manifest's reading and the files' opening costs one
_BATCH_ROWS = 65_536


class Outputs:
    """The tables of one run. Its files are open, so that nothing that happens to the folder changes them.

    Attributes:
        folder: The output folder.
        run: The run's id; None for a folder that an older Kupffer wrote, which has no manifest.
        manifest: The run's manifest, or None likewise.
    """

    def __init__(
        self, folder: Path, files: Mapping[str, Sequence[Path]], manifest: Manifest | None = None
    ) -> None:
        self.folder = folder
        self.manifest = manifest
        self.run = manifest.run if manifest else None
        self._files = {name: [_File(path, name) for path in paths] for name, paths in files.items() if paths}

    @property
    def names(self) -> tuple[str, ...]:
        """The tables there are."""
        return tuple(self._files)

    def has(self, table: str) -> bool:
        """Whether there is such a table."""
        return table in self._files

    def rows(self, table: str) -> int:
        """The number of its rows; 0 where there is none."""
        return sum(file.rows for file in self._files.get(table, ()))

    def table(self, table: str, columns: Sequence[str] | None = None) -> pa.Table:
        """One table in today's schema, or some of its ``columns``.

        Raises:
            FileNotFoundError: there is no such table.
            SchemaError: it was written by a newer Kupffer, or not by Kupffer at all.
        """
        return pa.concat_tables([file.read(columns) for file in self._of(table)])

    def batches(
        self, table: str, columns: Sequence[str] | None = None, rows: int = _BATCH_ROWS
    ) -> Iterator[pa.RecordBatch]:
        """The same, piece by piece, for tables that do not fit into memory."""
        for file in self._of(table):
            yield from file.batches(columns, rows)

    def dataset(self, table: str) -> Dataset:
        """The same for those who want some columns and rows of it, as DuckDB and Polars do: none is read before."""
        from pyarrow.dataset import FileSystemDataset, InMemoryDataset, ParquetFileFormat

        files = self._of(table)
        if not all(file.current for file in files):
            return InMemoryDataset(self.table(table))
        kind = ParquetFileFormat()
        fragments = [file.fragment(kind) for file in files]
        return FileSystemDataset(fragments, files[0].schema, kind)

    def pieces(self, table: str, start: int, stop: int) -> Iterator[pa.Table]:
        """Rows ``start`` up to ``stop`` of a table, as they lie in the files. In order costs one reading."""
        for file in self._of(table):
            yield from file.pieces(start, stop)
            start, stop = start - file.rows, stop - file.rows

    def _of(self, table: str) -> list[_File]:
        if table not in self._files:
            raise FileNotFoundError(f"{self.folder / table}: no such table; run `kupffer refresh` first.")
        return self._files[table]

    def close(self) -> None:
        """Let go of the files."""
        for files in self._files.values():
            for file in files:
                file.close()

    def __enter__(self) -> Outputs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()


class _File:
    """One open Parquet file of one table."""

    def __init__(self, path: Path, table: str) -> None:
        self._path = path
        self._table = table
        self._source = pa.OSFile(str(path))
        self._last: tuple[int, pa.Table] | None = None

    @cached_property
    def _parquet(self) -> pq.ParquetFile:
        self._version = found_version(self._source, self._table, self._path)
        return pq.ParquetFile(self._source)

    @cached_property
    def schema(self) -> pa.Schema:
        return TABLES.get(self._table, self._parquet.schema_arrow)

    @cached_property
    def _borders(self) -> list[int]:
        """The first row of each row group, and one past the last row."""
        metadata = self._parquet.metadata
        borders = [0]
        for group in range(metadata.num_row_groups):
            borders.append(borders[-1] + metadata.row_group(group).num_rows)
        return borders

    @property
    def rows(self) -> int:
        return int(self._parquet.metadata.num_rows)

    @property
    def groups(self) -> int:
        return len(self._borders) - 1

    def read(self, columns: Sequence[str] | None) -> pa.Table:
        return self._today(self._parquet.read(columns=self._needed(columns)), columns)

    def group(self, number: int, columns: Sequence[str] | None = None) -> pa.Table:
        return self._today(self._parquet.read_row_group(number, columns=self._needed(columns)), columns)

    def batches(self, columns: Sequence[str] | None, rows: int) -> Iterator[pa.RecordBatch]:
        needed = self._needed(columns)
        if self.current:
            # A row group may hold a million texts, so it is never decoded as a whole.
            for batch in self._parquet.iter_batches(rows, columns=needed):
                yield from self._today(pa.Table.from_batches([batch]), columns).to_batches()
        else:
            for number in range(self.groups):
                yield from self.group(number, columns).to_batches(max_chunksize=rows)

    def fragment(self, kind: ParquetFileFormat) -> Fragment:
        """The open file as a piece of a dataset."""
        return kind.make_fragment(self._source)

    def pieces(self, start: int, stop: int) -> Iterator[pa.Table]:
        borders = self._borders
        for number in range(self.groups):
            first, last = max(start, borders[number]), min(stop, borders[number + 1])
            if first < last:
                if self._last is None or self._last[0] != number:
                    self._last = (number, self.group(number))
                yield self._last[1].slice(first - borders[number], last - first)

    def _needed(self, columns: Sequence[str] | None) -> list[str] | None:
        """What to read from the file; a table of another version is read whole, for its columns may be others."""
        return list(columns) if columns is not None and self.current else None

    @property
    def current(self) -> bool:
        """Whether the file has today's columns."""
        self._parquet  # noqa: B018 (tells the version)
        wanted = self.schema.metadata or {}
        return int(wanted.get(b"schema_version", self._version)) == self._version

    def _today(self, data: pa.Table, columns: Sequence[str] | None) -> pa.Table:
        if columns is not None and self.current:
            return data.select(list(columns))
        data = migrated(data, self._table, self._version, self.schema)
        return data if columns is None else data.select(list(columns))

    def close(self) -> None:
        self._last = None
        self._source.close()


def open_outputs(folder: Path | str = "outputs") -> Outputs:
    """The current run of an output folder: all its tables, of that run and no other.

    Raises:
        DamagedError: a file that the manifest names is missing or cut short.
        SchemaError: the manifest is not one, or a newer Kupffer's.

    >>> with open_outputs("outputs") as outputs:  # doctest: +SKIP
    ...     outputs.table("triples").to_pandas()
    """
    outputs = Path(folder)
    for left in reversed(range(_TRIES)):
        manifest = read_manifest(outputs)
        try:
            if manifest is None:
                return Outputs(outputs, {table: table_files(outputs, table) for table in TABLES})
            return run_outputs(outputs, manifest)
        except FileNotFoundError as error:
            # A run that is no longer kept: the manifest has changed while we looked, so look again.
            if not left:
                raise DamagedError(
                    f"{error.filename or error}: a file of the current run is missing; bring an earlier run "
                    "back with `kupffer outputs rollback`, or make all tables anew with `kupffer refresh`."
                ) from None
    raise AssertionError("unreachable")


def run_outputs(outputs: Path, manifest: Manifest, *, state: bool = False) -> Outputs:
    """The tables of the run that ``manifest`` describes; with ``state``, what the next run needs to know too."""
    stored = {**manifest.tables, **(manifest.state if state else {})}
    files = {}
    for name, item in stored.items():
        path = outputs / item.file
        if path.stat().st_size != item.bytes:
            raise DamagedError(
                f"{path}: damaged (it has {path.stat().st_size} bytes, not {item.bytes}); bring an earlier "
                "run back with `kupffer outputs rollback`, or make all tables anew with `kupffer refresh`."
            )
        files[name] = [path]
    return Outputs(outputs, files, manifest)


def read_table(outputs: Path | str, table: str) -> pa.Table:
    """One table of an output folder, in today's schema; `open_outputs` for several of one run.

    Raises:
        FileNotFoundError: there is no such table.
        SchemaError: it was written by a newer Kupffer, or not by Kupffer at all.
    """
    with open_outputs(outputs) as opened:
        return opened.table(table)
