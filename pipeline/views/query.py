"""A user's SQL on the tables of one run: one question, its rows as they come."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb

from pipeline.store import Outputs
from pipeline.views.database import SCHEMAS, shut, tables_of

_ROWS = 1000
_ONLY_TABLES = "A query reads the tables and nothing else, neither files nor settings nor the network."
# PIVOT is several statements to DuckDB.
_QUESTIONS = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN, duckdb.StatementType.MULTI)
_HINT = re.compile(r"^(?:Candidate bindings|Did you mean).*$", re.M)
_KIND = re.compile(r"^(?:[A-Z][A-Za-z ]+ )?Error: ")


class QueryError(ValueError):
    """A query that cannot be answered; the message says why, and what would be."""


@dataclass(frozen=True)
class Answer:
    """The names of the columns, each once, and the rows, which are made while they are read."""

    columns: tuple[str, ...]
    rows: Iterator[Sequence[Any]]


@contextmanager
def query(outputs: Outputs, sql: str) -> Iterator[Answer]:
    """The answer to one SELECT on documents, mentions, triples, failures, claims and curators' corrections.

    Raises:
        QueryError: it is no SELECT, or not one that can be answered; also while rows are read.
        FileNotFoundError: there are no tables.
        SchemaError: a newer Kupffer wrote them.

    >>> with query(outputs, "SELECT count(*) AS papers FROM documents") as answer:  # doctest: +SKIP
    ...     list(answer.rows)
    [(12,)]
    """
    with _told():
        _refuse_orders(duckdb.extract_statements(sql))
    with tables_of(outputs, claims="claims" in sql.casefold()) as connection:
        shut(connection)
        with _told():
            connection.execute(sql)
            columns = _distinct(name for name, *_ in connection.description or ())
        yield Answer(columns, _rows(connection))


def _rows(connection: duckdb.DuckDBPyConnection) -> Iterator[Sequence[Any]]:
    while True:
        with _told():
            rows = connection.fetchmany(_ROWS)
        if not rows:
            return
        yield from rows


def _refuse_orders(statements: Sequence[duckdb.Statement]) -> None:
    if not statements:
        raise QueryError("There is no query; write one, such as SELECT count(*) FROM triples.")
    if len(statements) > 1:
        raise QueryError(f"These are {len(statements)} queries; ask one at a time.")
    if statements[0].type not in _QUESTIONS:
        raise QueryError(
            f"{statements[0].type.name} is no question; the tables can only be read, with SELECT."
        )


def _distinct(names: Iterator[str]) -> tuple[str, ...]:
    """Names of columns, told apart where two are the same.

    >>> _distinct(iter(["a", "a", "a_2", "a"]))
    ('a', 'a_2', 'a_2_2', 'a_3')
    """
    taken: dict[str, None] = {}
    for name in names:
        free, number = name, 1
        while free in taken:
            number += 1
            free = f"{name}_{number}"
        taken[free] = None
    return tuple(taken)


@contextmanager
def _told() -> Iterator[None]:
    """DuckDB's errors as one sentence."""
    try:
        yield
    except duckdb.PermissionException:
        raise QueryError(
            "A query reads the tables and nothing else, neither files nor the network."
        ) from None
    except duckdb.InterruptException:
        raise KeyboardInterrupt from None
    except duckdb.Error as error:
        if "configuration has been locked" in str(error):
            raise QueryError(_ONLY_TABLES) from None
        raise QueryError(_sentence(str(error))) from None
    except RuntimeError as error:  # DuckDB's way to pass on Ctrl-C
        if "interrupted" in str(error).casefold():
            raise KeyboardInterrupt from None
        raise


def _sentence(message: str) -> str:
    """What DuckDB says, without the lines that draw where; with the tables where one is not known."""
    reason = _KIND.sub("", message.partition("\n")[0]).rstrip(" .!")
    hints = [hint[:1].lower() + hint[1:].rstrip(" .?") for hint in _HINT.findall(message)]
    if reason.startswith("Table with name"):
        hints = [f"the tables are {', '.join(SCHEMAS)}"]
    elif reason.startswith("syntax error"):
        hints = ["write it as DuckDB's SQL has it, and names that are not words in double quotes"]
    elif not hints and message.startswith(("Binder", "Catalog")):
        hints = ["`kupffer query` alone shows the columns and their types"]
    reason = "; ".join((reason, *hints))
    return f"{reason[:1].upper()}{reason[1:]}."
