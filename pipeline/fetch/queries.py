"""``corpus/queries.yaml``: named searches, one folder each.

    liver-macrophages:
      source: europepmc                # or pubmed
      query: '"Kupffer cell*" AND fibrosis'
      published_from: 2015-01-01
      limit: 500

Every field with its default is in `Query`; the search language is the source's own
(https://europepmc.org/searchsyntax, https://pubmed.ncbi.nlm.nih.gov/help/).
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Literal

import srsly
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pipeline.read.language import iso_code

FILE = "queries.yaml"
OWN_FOLDER = "by-id"  # where papers asked for by identifier go

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class QueriesError(ValueError):
    """The file of queries cannot be used; the message names file, query and cure."""


class Query(BaseModel):
    """One search. Dates are days of publication, both included."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    source: Literal["europepmc", "pubmed"]
    query: str = Field(min_length=1, description="In the source's own search language.")
    published_from: date | None = None
    published_until: date | None = None
    open_access_only: bool = Field(
        True, description="Only full texts of the open access subset; false takes abstracts of the rest too."
    )
    publication_types: tuple[str, ...] = Field(("Review",), description="Any of these; [] for all.")
    language: str | None = Field("en", description="ISO 639-1; null for all.")
    licenses: tuple[str, ...] = Field((), description='Any of these ("cc by", "cc0"); [] for all.')
    limit: int = Field(
        1_000, gt=0, le=9_999, description="Most papers that one run takes, the newest; PubMed lists no more."
    )

    @field_validator("publication_types", "licenses")
    @classmethod
    def _no_quotes(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if any('"' in value or not value for value in values):
            raise ValueError("names must not be empty or hold quotation marks")
        return values

    @field_validator("language")
    @classmethod
    def _known_language(cls, value: str | None) -> str | None:
        if value is None:
            return None
        code = iso_code(value)
        if code is None:
            raise ValueError(f"{value!r} is no language code such as en or fre")
        return code

    @model_validator(mode="before")
    @classmethod
    def _abstracts_from_pubmed(cls, given: object) -> object:
        # PubMed has abstracts alone, so there the default cannot be full texts alone.
        if isinstance(given, dict) and given.get("source") == "pubmed":
            return {"open_access_only": False, **given}
        return given

    @model_validator(mode="after")
    def _possible(self) -> Query:
        if self.source == "pubmed" and self.open_access_only:
            raise ValueError("PubMed has no full texts: leave open_access_only out, or take europepmc")
        if self.source == "pubmed" and self.licenses:
            raise ValueError("PubMed's records name no licence: leave licenses out, or take europepmc")
        if self.published_from and self.published_until and self.published_from > self.published_until:
            raise ValueError("published_from is after published_until")
        return self


def read_queries(path: Path) -> dict[str, Query]:
    """The queries of a file by name, in its order.

    Raises:
        FileNotFoundError: no such file.
        QueriesError: it is no YAML of named queries, or one of them is wrong.
    """
    try:
        # YAML 1.2, in which the language code "no" is a word and not a false.
        rows = srsly.yaml_loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeError) as error:
        raise QueriesError(f"{path}: is no YAML ({' '.join(str(error).split())[:200]}): mend it.") from error
    if not isinstance(rows, dict):
        raise QueriesError(f"{path}: holds no named queries: write a name, a colon, and the query's fields.")
    return {str(name): _query(path, str(name), row) for name, row in rows.items()}


def _query(path: Path, name: str, row: object) -> Query:
    if not _NAME.fullmatch(name) or name == OWN_FOLDER:
        raise QueriesError(
            f"{path}: {name!r} cannot name a folder: take lower-case letters, digits and hyphens, not {OWN_FOLDER}."
        )
    try:
        return Query.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the query"
        what = first["msg"].removeprefix("Value error, ")
        raise QueriesError(f"{path}: {name}: {where}: {what}; correct it.") from None
