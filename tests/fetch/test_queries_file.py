from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.fetch.queries import FILE, QueriesError, read_queries

ROOT = Path(__file__).parents[2]


@pytest.fixture
def read(tmp_path):
    def call(text: str):
        (tmp_path / FILE).write_text(text, encoding="utf-8")
        return read_queries(tmp_path / FILE)

    return call


def test_the_queries_that_are_shipped_are_sound_and_ask_for_reviews():
    queries = read_queries(ROOT / "corpus" / FILE)
    assert {query.source for query in queries.values()} == {"europepmc", "pubmed"}
    assert all(query.publication_types == ("Review",) for query in queries.values())


def test_defaults(read):
    queries = read(
        "a:\n  source: europepmc\n  query: liver\nb:\n  source: pubmed\n  query: liver\n  language: no\n"
    )
    assert (queries["a"].open_access_only, queries["b"].open_access_only) == (True, False)
    assert (queries["a"].language, queries["b"].language) == ("en", "no")
    assert queries["a"].publication_types == ("Review",) and queries["a"].limit == 1000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "is no YAML"),
        ("- a", "holds no named queries"),
        ("", "holds no named queries"),
        ("../a:\n  source: pubmed\n  query: x", "'../a' cannot name a folder"),
        ("by-id:\n  source: pubmed\n  query: x", "'by-id' cannot name a folder"),
        ("a: liver", "a: the query: "),
        ("a:\n  source: scopus\n  query: x", "a: source: "),
        ("a:\n  source: pubmed", "a: query: Field required"),
        ("a:\n  source: pubmed\n  query: ' '", "a: query: "),
        ("a:\n  source: pubmed\n  query: x\n  colour: red", "a: colour: "),
        ("a:\n  source: pubmed\n  query: x\n  limit: 0", "a: limit: "),
        ("a:\n  source: pubmed\n  query: x\n  limit: 10000", "a: limit: "),
        ("a:\n  source: pubmed\n  query: x\n  language: xx", "'xx' is no language code"),
        ("a:\n  source: pubmed\n  query: x\n  open_access_only: true", "PubMed has no full texts"),
        ("a:\n  source: pubmed\n  query: x\n  licenses: [cc0]", "records name no licence"),
        ("a:\n  source: pubmed\n  query: x\n  publication_types: ['a\"b']", "quotation marks"),
        (
            "a:\n  source: pubmed\n  query: x\n  published_from: 2024-01-01\n  published_until: 2023-01-01",
            "is after",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence_with_file_and_query(read, tmp_path, text, said):
    with pytest.raises(QueriesError) as caught:
        read(text)
    message = str(caught.value)
    assert said in message and message.startswith(str(tmp_path / FILE)) and "\n" not in message
    assert message.endswith(".")
