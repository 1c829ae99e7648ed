"""Whatever is wrong with an input: one clear sentence that names it and the cure, and the rest is read."""

from __future__ import annotations

import gzip
import io
import os
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import check, piped
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from pipeline.limits import within
from pipeline.read import read
from pipeline.records import Document, Failure
from pipeline.settings import Settings

TEXT = "Kupffer cells clear bacteria."
LAUGHS = (
    '<?xml version="1.0"?><!-- <a> --><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)).replace("&l0;", "&lol;")
    + "]><lolz>&l9;</lolz>"
)
OUTSIDE = (
    '<!DOCTYPE article [<!ENTITY x SYSTEM "file:///etc/hostname">]><article><body><p>&x;</p></body></article>'
)
PARAMETER = '<!DOCTYPE article [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]><article><p>a</p></article>'


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    return file.getvalue()


def blank_pdf(password: str | None = None) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, invariant=True, encrypt=password)
    canvas.rect(100, 100, 200, 200, fill=1)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "error", "words"),
    [
        (b"", "empty.txt", "empty", "is empty"),
        (b" \n\t\n", "blank.xml", "empty", "is empty"),
        ("\ufeff\n", "mark.txt", "empty", "is empty"),
        (gzip.compress(b"", mtime=0), "empty.xml.gz", "empty", "is empty"),
        (b"%PDF-1.7\n%\xe2\xe3\nnot really", "paper.xml", "broken", "PDF"),
        (blank_pdf(), "scan.xml", "no-text", "ocrmypdf"),
        (blank_pdf(), "scan.pdf", "no-text", "ocrmypdf"),
        (blank_pdf("secret"), "locked.pdf", "encrypted", "without password"),
        (blank_pdf()[:300], "cut.pdf", "broken", "damaged PDF"),
        ("<article><body><p>KCs</body></article>", "broken.xml", "not-xml", "broken XML"),
        ("<PubmedArticleSet><PubmedArticle>", "cut.xml", "not-xml", "broken XML"),
        ("<unheard><of></unheard>", "broken.xml", "not-xml", "broken XML"),
        (f"<{'a' * 5000}></b>", "long-name.xml", "not-xml", "…"),
        ("Not XML at all.", "words.xml", "not-xml", "name it .txt"),
        ("<catalogue><cd/></catalogue>", "other.xml", "format", "<catalogue>"),
        ("<!DOCTYPE html><html><body>x</body></html>", "page.xml", "format", "web page"),
        (LAUGHS, "laughs.xml", "entities", "never expanded"),
        (LAUGHS.replace("lolz", "PubmedArticleSet"), "laughs.txt", "entities", "never expanded"),
        (LAUGHS.encode("utf-16"), "laughs.xml", "entities", "never expanded"),
        (OUTSIDE, "outside.xml", "entities", "never expanded"),
        (PARAMETER, "parameter.xml", "entities", "never expanded"),
        ("<article>" + "<p>" * 5000 + "</p>" * 5000 + "</article>", "deep.xml", "too-deep", "nested"),
        (b"<article><body><p>caf\xe9</p></body></article>", "latin.xml", "encoding", "UTF-8"),
        ("<article><front/><body><fig/></body></article>", "nothing.nxml", "no-text", "without text"),
        ("<pmc-articleset/>", "none.xml", "no-text", "no article"),
        ("<PubmedArticleSet/>", "none.xml", "no-text", "no MEDLINE record"),
        ("<collection><source/></collection>", "none.xml", "no-text", "no BioC document"),
        (b"Kupffer cells caf\xe9 clear \xff bacteria.", "latin.txt", "encoding", "0xE9 at offset 17"),
        ("KCs".encode("utf-16") + b"a", "odd.txt", "encoding", "UTF-16"),
        ("cells " * 40, "long.txt", "too-long", "more than 200 characters"),
        ("# cells\n\n" + "cells " * 200, "long.md", "too-long", "KUPFFER_MAX_CHARACTERS"),
        (f"<article><body><p>{'cells ' * 40}</p></body></article>", "long.nxml", "too-long", "200"),
        (gzip.compress(b"cells " * 2_000_000, mtime=0), "bomb.txt.gz", "too-long", "more than 200 characters"),
        (gzip.compress(b"<PubmedArticleSet>" + b" " * 20_000_000, mtime=0), "bomb.xml.gz", "too-large",
         "unpacks to more than 1,000,000"),
        (b"cells " * 200_000, "large.txt", "too-large", "more than 1,000,000"),
        (gzip.compress(TEXT.encode(), mtime=0)[:-12], "cut.txt.gz", "gzip", "damaged gzip"),
        (b"\x1f\x8bnot gzip", "false.gz", "gzip", "damaged gzip"),
        (gzip.compress(gzip.compress(b"KCs", mtime=0), mtime=0), "twice.gz", "format", "twice"),
        (zipped(), "paper.docx", "format", "ZIP"),
        (b"\x89PNG\r\n\x1a\n", "figure.png", "format", "picture"),
        (bytes(range(256)) * 4, "noise", "format", "no format"),
        ("KCs", "x.pdf", "format", "does not hold PDF"),
        ("[]", "none.json", "no-text", "holds no record"),
        ('{"documents": []}', "none.json", "no-text", "holds no record"),
        ("id,text\n", "none.csv", "no-text", "holds no record"),
        ("---\n---\n\n| a |\n|---|\n| b |\n", "table.md", "no-text", "holds no text"),
        ("Kupffer-Zellen nehmen Tumorzellen auf und töten sie ab, bevor diese in der Leber wachsen.", "de.txt",
         "language", "German"),
    ],
)  # fmt: skip
def test_bad_input(failure, content: str | bytes, name: str, error: str, words: str) -> None:
    found = failure(content, name, max_characters=200, max_file_bytes=1_000_000)
    assert found.error == error
    assert words in found.message


@pytest.mark.parametrize(
    "start",
    [
        "<?x?>" * 200,
        "<!---->" * 200,
        " <?x?> <!-- -->" * 200,
        "<!DOCTYPE a " + "'' \"\" " * 5000,
        "<!DOCTYPE a ' ",
    ],
)
def test_what_stands_before_a_root_is_looked_through_once(files, start: str) -> None:
    article = "<article><body><p>KCs.</p></body></article>"
    with within(2):
        files({"a.xml": f"<?xml version='1.0'?>{start}{article}", "b.xml": f"<article {start}{article}"})


def test_a_name_of_colons_is_broken_xml(failure) -> None:
    text = f"<article><body><t::::>{'<p>KCs.</p>' * 10_000}</t::::></body></article>"
    assert failure(text, "a.nxml").error == "not-xml"


def test_entities_are_refused_behind_anything(failure) -> None:
    before = "<?a <!DOCTYPE x?> <!-- <!DOCTYPE x> --> <?c?>"
    assert failure(LAUGHS.replace("<!-- <a> -->", before), "a.xml").error == "entities"


def test_the_cure_for_another_encoding_names_it(failure) -> None:
    text = "Naïve T cells leave the spleen, reach the liver and meet macrophages there within a few hours."
    assert "iconv -f cp1252 -t utf-8" in failure(text.encode("cp1252"), "latin.txt").message


def test_missing_paths_and_empty_folders(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.txt").symlink_to(tmp_path / "nowhere")
    found = list(read([tmp_path / "no\nsuch", tmp_path / "folder", tmp_path, "a\0b"], settings=Settings()))
    assert [item.error for item in found] == ["missing", "empty", "missing", "unreadable"]
    assert "no\\nsuch does not exist" in found[0].message
    assert "\n" not in found[0].message + found[0].path


def test_names_with_lone_surrogates_can_be_stored(tmp_path: Path) -> None:
    name = os.fsdecode(b"li\xffver.txt")
    (tmp_path / name).write_text(TEXT)
    (document,) = read(tmp_path / name, settings=Settings())
    assert isinstance(document, Document)
    check(document)
    document.source.encode()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_files_without_permission(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "a.txt").chmod(0)
    (found,) = read(tmp_path, settings=Settings())
    assert found.error == "unreadable"


def test_folders_are_walked_sorted_and_to_the_bottom(files, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    os.mkfifo(tmp_path / "pipe")
    found = files(
        {
            "c.txt": "Third.", "a.txt": "First.", "b/z.md": "Second.", ".hidden.txt": "Never.", ".git/x.txt": "Never.",
            "queries.yaml": "a: 1", "README.md": "About.", "b/z.ann": "T1\tCELL 0 1\tx",
        }
    )  # fmt: skip
    assert [item.text for item in found] == ["First.", "Second.", "Third."]


def test_the_rest_is_read(files) -> None:
    found = files(
        {
            "a.txt": "",
            "b.xml": LAUGHS,
            "c.txt": TEXT,
            "d.pdf": b"%PDF-",
            "e.jsonl": '{"id": 1, "text": "KCs."}',
        }
    )
    assert [getattr(item, "error", item.doc_id) for item in found] == [
        "empty",
        "entities",
        "c",
        "broken",
        "1",
    ]


def test_records_before_a_break_are_read(files) -> None:
    record = (
        "<PubmedArticle><MedlineCitation><PMID>%d</PMID><Article><Abstract><AbstractText>KCs %d."
        "</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>"
    )
    text = "<PubmedArticleSet>" + "".join(record % (n, n) for n in (1, 2, 3)) + "<PubmedArticle><broken"
    found = files({"m.xml": text})
    assert [getattr(item, "error", item.doc_id) for item in found] == ["1", "2", "3", "not-xml"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\xff", LAUGHS.encode()])
def test_bad_standard_input(content: bytes) -> None:
    (found,) = piped(content)
    assert isinstance(found, Failure) and found.message.startswith("standard input ")


def test_standard_input_that_is_not_there_or_asked_for_twice() -> None:
    (found,) = read(["-"], settings=Settings())
    assert found.error == "missing"
    first, second = read(["-", "-"], settings=Settings(), stdin=io.BytesIO(TEXT.encode()))
    assert (first.text, second.error) == (TEXT, "missing")


def test_streams_that_fail() -> None:
    class Failing(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: object) -> int:
            raise OSError(5, "Input/output error")

    closed = io.BytesIO(b"KCs")
    closed.close()
    for stream in (Failing(), closed):
        (found,) = read(["-"], settings=Settings(), stdin=stream)
        assert found.error == "unreadable"


def test_a_packed_pdf_and_a_table_on_standard_input() -> None:
    (found,) = piped(gzip.compress(blank_pdf()))
    assert found.error == "no-text"
    first, second = piped(b'{"id": "a", "text": "KCs eat."}\n{"id": "b", "text": "KCs sleep."}\n')
    assert (first.doc_id, second.doc_id) == ("a", "b")


def test_nothing_is_fetched(files, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **named: object) -> None:
        raise AssertionError("a reader opened a socket")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    text = (
        '<!DOCTYPE article SYSTEM "http://127.0.0.1:9/jats.dtd"><article><body><p>KCs.</p></body></article>'
    )
    (document,) = files({"x.nxml": text})
    assert document.text == "KCs."


def test_importing_the_readers_is_cheap() -> None:
    code = (
        "import sys, pipeline.read\n"
        "heavy = {'lxml', 'pyarrow', 'pdfplumber', 'pydantic', 'numpy', 'spacy', 'py3langid'}\n"
        "sys.exit(' '.join(heavy & set(sys.modules)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


FIRST_BYTES = st.sampled_from(
    [b"", b"<article>", b"<PubmedArticleSet>", b"<collection>", b'{"id": 1, "text": ', b"[{", b"1|t|a\n1|a|", b"PAR1",
     b"id,text\n1,", b"# h\n", b"%PDF-1.4\n", b"\x1f\x8b\x08", b"\xff\xfe", b"\xef\xbb\xbf", b"---\na: b\n---\n"]
)  # fmt: skip


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    FIRST_BYTES, st.binary(max_size=200) | st.text(max_size=100).map(lambda t: t.encode("utf-8", "replace"))
)
@example(b"", b"\x1b[31m")
@example(b"", "a\u0300\u2028b\u0085c\x0bd".encode())
def test_any_bytes_give_documents_and_failures(tmp_path: Path, first: bytes, rest: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(first + rest)
    results = list(read(path, settings=Settings(max_characters=1000)))
    assert results
    for item in results + piped(first + rest):
        if isinstance(item, Document):
            check(item)
        else:
            assert isinstance(item, Failure) and item.message.endswith(".") and "\n" not in item.message
