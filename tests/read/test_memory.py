"""Files that are as they were are not opened again, and what is chosen among files is the same all the same."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from pipeline.read import Known, Memory, read
from pipeline.read.memory import Listing, listing_of, plain
from pipeline.read.source import Source
from pipeline.records import Document, Failure

RECORD = """<PubmedArticle><MedlineCitation><PMID Version="{version}">{pmid}</PMID>
<Article><ArticleTitle>{title}</ArticleTitle><Abstract><AbstractText>{text}</AbstractText></Abstract>
<Language>eng</Language></Article></MedlineCitation></PubmedArticle>"""
TEXT = "Kupffer cells were counted in the livers of twelve mice, and the counts did not differ."
FULL = f"""<article xml:lang="en"><front><article-meta><article-id pub-id-type="pmid">11</article-id>
<title-group><article-title>One, in full</article-title></title-group></article-meta></front>
<body><sec><title>Results</title><p>{TEXT}</p></sec></body></article>"""


def medline(*records, deleted=()):
    body = "".join(
        RECORD.format(pmid=pmid, version=version, title=title, text=TEXT) for pmid, version, title in records
    )
    gone = "".join(f"<PMID Version='1'>{pmid}</PMID>" for pmid in deleted)
    if gone:
        body += f"<DeleteCitation>{gone}</DeleteCitation>"
    return f"<?xml version='1.0'?><PubmedArticleSet>{body}</PubmedArticleSet>"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    os.utime(path, (1_600_000_000, 1_600_000_000))


@pytest.fixture(autouse=True)
def no_change_of_this_moment(monkeypatch):
    """What was changed a moment ago is known by its content alone: here it is taken for old."""
    monkeypatch.setattr("pipeline.read.memory._SETTLED_NS", -(10**12))


class Runs:
    """Runs over a folder, each with the memory of the one before; ``opened`` names the files it opened.

    Each must give what a run without memory gives.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.listings: dict[str, Listing] = {}
        self.held: dict[str, tuple] = {}
        self.opened: set[str] = set()
        self._watched: set[str] = set()
        real = Source._raw

        def raw(source):
            self._watched.add(Path(source.path).name)
            return real(source)

        monkeypatch.setattr(Source, "_raw", raw)

    def __call__(self) -> list[str]:
        memory = Memory(key_of, lambda doc_id, key: self.held.get(doc_id) == key, self.listings)
        self._watched.clear()
        items = list(read([self.folder], memory=memory))
        self.opened = set(self._watched)
        # By way of JSON, as they are kept.
        self.listings = {
            path: listing_of(json.loads(json.dumps(plain(listing)))) for path, listing in memory.met.items()
        }
        self.held = {item.doc_id: key(item) for item in items if not isinstance(item, Failure)}
        seen = list(map(shown, items))
        assert seen == [shown(item) for item in read([self.folder])]
        return seen


def key_of(document: Document) -> tuple:
    return (document.text_sha256[:8], document.title, document.retracted)


def key(item: Document | Known) -> tuple:
    return item.key if isinstance(item, Known) else key_of(item)


def shown(item: Document | Known | Failure) -> str:
    if isinstance(item, Failure):
        return f"{item.error}: {item.message}"
    return f"{item.doc_id} {item.source} {key(item)}"


def ids(seen: list[str]) -> list[str]:
    return [line.split()[0] for line in seen]


@pytest.fixture
def runs(tmp_path, monkeypatch):
    return Runs(tmp_path, monkeypatch)


def test_what_did_not_change_is_not_opened(runs, tmp_path):
    write(tmp_path / "a.txt", TEXT)
    write(tmp_path / "sub" / "b.xml.gz", medline(("11", 1, "One"), ("12", 1, "Two")))
    write(tmp_path / "c.jsonl", json.dumps({"id": "j1", "text": TEXT + " Once."}) + '\n{"id": "j2"}\n')
    write(tmp_path / "empty.txt", "")
    write(tmp_path / "d.docx", "PK\x03\x04")
    first = runs()
    assert runs.opened == {"a.txt", "b.xml.gz", "c.jsonl", "empty.txt", "d.docx"}
    assert runs() == first
    assert runs.opened == set()
    write(tmp_path / "a.txt", TEXT + " It changed.")
    assert runs() != first
    assert runs.opened == {"a.txt"}


def test_a_file_with_other_times_is_known_by_its_content(runs, tmp_path):
    write(tmp_path / "a.txt", TEXT)
    first = runs()
    os.utime(tmp_path / "a.txt")
    # It is read through, for its hash, but not by a reader.
    assert runs() == first
    assert runs.opened == set()
    # Of the same size and time of change, but another content.
    write(tmp_path / "a.txt", TEXT.replace("twelve", "eleven"))
    assert runs() != first
    assert runs.opened == {"a.txt"}


def test_what_was_written_this_moment_is_known_by_its_content(runs, tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.read.memory._SETTLED_NS", 10**12)
    write(tmp_path / "a.txt", TEXT)
    runs()
    assert [listing.stamp for listing in runs.listings.values()] == [None]
    runs()
    assert runs.opened == set()


def test_a_file_that_is_gone_is_forgotten(runs, tmp_path):
    write(tmp_path / "a.txt", TEXT)
    write(tmp_path / "b.txt", TEXT + " And again.")
    runs()
    (tmp_path / "a.txt").unlink()
    assert ids(runs()) == ["b"]
    assert runs.opened == set()
    assert [Path(path).name for path in runs.listings] == ["b.txt"]


def test_a_newer_version_in_another_file_supersedes_and_its_going_brings_the_old_one_back(runs, tmp_path):
    write(tmp_path / "1.xml", medline(("11", 1, "One"), ("12", 1, "Two")))
    first = runs()
    write(tmp_path / "2.xml", medline(("11", 2, "One, mended")))
    assert ids(runs()) == ["12", "11"]
    assert runs.opened == {"2.xml"}  # nothing more was needed of the other
    runs()
    assert runs.opened == set()
    (tmp_path / "2.xml").unlink()
    assert runs() == first
    assert runs.opened == {"1.xml"}  # for the version that nobody holds any more


def test_a_withdrawal_in_another_file_counts(runs, tmp_path):
    write(tmp_path / "1.xml", medline(("11", 1, "One"), ("12", 1, "Two")))
    runs()
    write(tmp_path / "2.xml", medline(("13", 1, "Three"), deleted=["11"]))
    assert ids(runs()) == ["12", "13"]
    assert runs.opened == {"2.xml"}
    runs()
    assert runs.opened == set()


def test_a_full_text_takes_the_abstracts_place_and_gives_it_back(runs, tmp_path):
    write(tmp_path / "1.xml", medline(("11", 1, "One"), ("12", 1, "Two")))
    write(tmp_path / "full.nxml", FULL)
    assert ids(runs()) == ["12", "11"]
    runs()
    assert runs.opened == set()
    (tmp_path / "full.nxml").unlink()
    assert ids(runs()) == ["11", "12"]
    assert runs.opened == {"1.xml"}


def test_the_same_id_in_two_files_is_told_each_time_and_costs_nothing(runs, tmp_path):
    write(tmp_path / "a" / "x.txt", TEXT)
    write(tmp_path / "b" / "x.txt", TEXT + " Otherwise.")
    write(tmp_path / "c" / "x.txt", TEXT)
    first = runs()
    assert ids(first) == ["x", "clash:"]
    assert runs() == first
    assert runs.opened == set()
    (tmp_path / "a" / "x.txt").unlink()
    assert runs()[0] != first[0]


def test_a_file_that_cannot_be_read_now_is_tried_again(runs, tmp_path, monkeypatch):
    write(tmp_path / "a.txt", TEXT)
    real = Path.open

    def refuse(path, *args, **more):
        if path.name == "a.txt":
            raise PermissionError(13, "Permission denied")
        return real(path, *args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        assert ids(runs()) == ["unreadable:"]
    assert ids(runs()) == ["a"]
