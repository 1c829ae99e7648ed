"""Both services on this machine, a corpus with queries, and a clock that the tests turn."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.fetch import FetchReport, QueryReport, fetch_ids, fetch_queries
from pipeline.settings import Settings
from tests.fetch.services import Services

ABSTRACTS = "livers:\n  source: pubmed\n  query: liver\n"
FULL_TEXTS = "livers:\n  source: europepmc\n  query: liver\n"


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    running = Services()
    yield running
    running.close()


@dataclass
class Fetcher:
    """Fetches from the services into one corpus; ``slept`` is what it would have waited, in seconds."""

    corpus: Path
    services: Services
    time: datetime = datetime(2026, 2, 1, 3, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)
    changed_settings: dict[str, Any] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        addresses = {
            "europepmc_url": f"{self.services.url}/epmc",
            "eutils_url": f"{self.services.url}/eutils/",
        }
        return Settings(**{**addresses, "fetch_attempts": 3, **self.changed_settings})

    @property
    def folder(self) -> Path:
        return self.corpus / "livers"

    def now(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time

    def ask(self, queries: str) -> None:
        (self.corpus / "queries.yaml").write_text(queries, encoding="utf-8")

    def all(self, **options: Any) -> FetchReport:
        return fetch_queries(
            self.corpus, settings=self.settings, sleep=self.slept.append, now=self.now, **options
        )

    def run(self, **options: Any) -> QueryReport:
        (report,) = self.all(**options).queries
        return report

    def ids(self, *identifiers: str) -> QueryReport:
        return fetch_ids(
            identifiers,
            self.corpus / "by-id",
            settings=self.settings,
            sleep=self.slept.append,
            now=self.now,
        )

    def files(self) -> list[str]:
        return sorted(
            p.name for p in self.folder.iterdir() if p.suffix != ".json" or p.stem.startswith("PPR")
        )

    def manifest(self, folder: str = "livers") -> dict[str, Any]:
        return json.loads((self.corpus / folder / "manifest.json").read_text("utf-8"))


@pytest.fixture
def fetcher(services: Services, tmp_path: Path) -> Fetcher:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    return Fetcher(corpus, services)


Counts = Callable[[QueryReport], tuple[int, int, int, int]]


@pytest.fixture
def counts() -> Counts:
    return lambda report: (report.new, report.changed, report.unchanged, report.deleted)
