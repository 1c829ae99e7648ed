"""The giants: each a function that puts files into a folder, and gives paths where the folder itself is not the input."""

from __future__ import annotations

import gzip
import io
import json
import os
import socket
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from tests.fuzz.words import SENTENCES

Giant = Callable[[Path], list[Path] | None]
LONG = 990_000  # characters; the default limit is a million
HUGE = 50_000_000  # bytes, of one line
BOMB = 2_500_000_000  # bytes, unpacked; the default limit is two thousand million
BOOK = " ".join(SENTENCES)
RECORD = "<PubmedArticle><MedlineCitation><PMID>{}</PMID><Article><Abstract><AbstractText>{}</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>"
LAUGHS = (
    '<!DOCTYPE article [<!ENTITY a0 "lol">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]><article><body><p>&a9;</p></body></article>"
)


def file(name: str, content: str | bytes | Callable[[], str | bytes]) -> Giant:
    """A giant that is one file."""

    def put(folder: Path) -> None:
        made = content() if callable(content) else content
        (folder / name).write_bytes(made.encode("utf-8", "surrogatepass") if isinstance(made, str) else made)

    return put


def text(unit: str, before: str = "Kupffer cells drive fibrosis. ", length: int = LONG) -> Giant:
    """A text of ``unit`` over and over."""
    return file("text.txt", lambda: (before + unit * (length // len(unit) + 1))[:length])


def packed(name: str, before: bytes, unit: bytes, length: int = BOMB) -> Giant:
    """A gzip bomb: a few MB that unpack to ``length`` bytes."""

    def put(folder: Path) -> None:
        packer = zlib.compressobj(1, zlib.DEFLATED, 31)
        chunk = unit * (1_000_000 // len(unit))
        with (folder / name).open("wb") as out:
            out.write(packer.compress(before))
            for _ in range(length // len(chunk)):
                out.write(packer.compress(chunk))
            out.write(packer.flush())

    return put


def _zip_bomb() -> bytes:
    inner = b"\0" * 10_000_000
    for _ in range(4):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(10):
                archive.writestr(f"{number}.zip", inner)
        inner = made.getvalue()
    return inner


def _parquet(rows: int, cell: int) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    made = io.BytesIO()
    words = pa.array(["Kupffer cells drive fibrosis. " * (cell // 30)])
    table = pa.table(
        {"id": pa.array(map(str, range(rows))), "text": words.take(pa.array([0] * rows)).dictionary_encode()}
    )
    parquet.write_table(
        table.cast(pa.schema({"id": pa.string(), "text": pa.large_string()})), made, compression="zstd"
    )
    return made.getvalue()


def _pdf(objects: list[bytes]) -> bytes:
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n%s%s" % (len(objects) + 1, table, end)


def _stream(data: bytes, more: bytes = b"") -> bytes:
    return b"<</Length %d/Filter/FlateDecode%s>>\nstream\n%s\nendstream" % (len(data), more, data)


def page(content: bytes, resources: bytes = b"", more: list[bytes] | None = None) -> bytes:
    """A PDF of one page: what its content stream unpacks to, resources beside the font F1, and more objects."""
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    leaf = (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>%s>>>>"
        % resources
    )
    first = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        leaf,
        _stream(zlib.compress(content)),
        font,
    ]
    return _pdf(first + (more or []))


def _pdf_laughs() -> bytes:
    forms = [
        _stream(
            zlib.compress(b"/X Do " * 10),
            b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>" % (7 + n),
        )
        for n in range(9)
    ]
    last = _stream(
        zlib.compress(b"BT /F1 9 Tf (lol) Tj ET"),
        b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</Font<</F1 5 0 R>>>>",
    )
    return page(b"/X Do", b"/XObject<</X 6 0 R>>", [*forms, last])


def _loops(folder: Path) -> None:
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "up").symlink_to(folder)
    (folder / "a" / "self").symlink_to(folder / "a" / "self")
    for name, other in (("x", "y"), ("y", "x")):
        (folder / name).symlink_to(folder / other)
    (folder / "a" / "paper.txt").write_text(BOOK)
    (folder / "outside.txt").symlink_to("/etc/hostname")


def _names(folder: Path) -> None:
    for name in (
        b"line\nend.txt",
        b"li\xffver.txt",
        b"=cmd|x.txt",
        b"\x1b[31mred.txt",
        b"a" * 250 + b".txt",
        b"..txt",
        b"-.txt",
        b"%s%n.txt",
    ):
        with open(os.path.join(os.fsencode(folder), name), "wb") as out:
            out.write(name.replace(b"\n", b" ").replace(b"\x1b", b"") + b" " + BOOK.encode() + name[:1])


def _deep_folder(folder: Path) -> None:
    here = os.getcwd()
    os.chdir(folder)
    for _ in range(1500):  # longer than a path may be
        os.mkdir("d" * 9)
        os.chdir("d" * 9)
    Path("paper.txt").write_text(BOOK)
    os.chdir(here)


def _special(folder: Path) -> None:
    os.mkfifo(folder / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(folder / "socket.txt"))
    (folder / "paper.txt").write_text(BOOK)


def _ids(folder: Path) -> None:
    ids = [
        "../../../../tmp/kupffer-was-here",
        "/etc/x",
        "..",
        ".",
        "",
        "=1+1",
        "a\0b",
        "\ud83d",
        "a\nb",
        "x" * 10_000,
        "CON",
        7,
        1e308,
        None,
    ]
    (folder / "ids.jsonl").write_text(
        "".join(json.dumps({"id": one, "text": f"{BOOK} {n}"}) + "\n" for n, one in enumerate(ids))
    )


def _many_columns() -> str:
    names = ",".join(f"c{n}" for n in range(100_000))
    return f"id,text,{names}\n" + "1,KCs clear bacteria.," + "x," * 100_000 + "\n"


COORDINATION = (
    " and ".join(["macrophages"] * 60)
    + " drive "
    + " and ".join(["fibrosis"] * 60)
    + " after "
    + " and ".join(["radiotherapy"] * 60)
    + ". "
)

GIANTS: dict[str, dict[str, Giant]] = {
    "texts": {
        "book": text(BOOK + " "),
        "opening": text("("),
        "million-opening": text("(", length=1_000_000),
        "closing": text(")"),
        "nested": file("text.txt", lambda: "KCs " + "(a " * 160_000 + ") " * 160_000),
        "abbreviations": text("myeloid-derived suppressor cells (MDSCs) "),
        "open-abbreviations": text("suppressor (MDSCs "),
        "one-word": text("a"),
        "one-word-of-hyphens": text("anti-"),
        "spaces": text(" "),
        "lines": text("a\n"),
        "no-end": text("macrophages "),
        "commas": text("macrophages, "),
        "verbs": text("macrophages drive fibrosis and "),
        "coordination": text(COORDINATION),
        "digits": text("1,000.5e-3/"),
        "dots": text("."),
        "initials": text("A.B."),
        "slashes": text("CCR2/CCR5/"),
        "marks": text("\u0301"),
        "composing": text("e\u0301"),
        "right-to-left": text("\u202eالخلايا \u202c"),
        "emoji": text("👩‍🔬"),
        "invisible": text("\u200b"),
        "growing-case": text("İ"),
        "urls": text("http://a.b/c?d=e&"),
        "mail": text("a@b."),
        "quotes": text("\"'"),
        "controls": text("\x1b\0\x85"),
        "separators": text("\u2028"),
        "huge-line": text("x ", length=HUGE),
        "huge-blank": text(" ", before="", length=HUGE),
    },
    "Markdown": {
        "quotes": file("a.md", lambda: "> " * 200_000 + "KCs"),
        "links": file("a.md", lambda: "# h\n\n" + "[" * 200_000),
        "links-to": file("a.md", lambda: "# h\n\n" + "[a](" * 100_000),
        "images": file("a.md", lambda: "# h\n\n" + "![[" * 100_000),
        "stars": file("a.md", lambda: "# h\n\n" + "*a **a " * 50_000),
        "ticks": file("a.md", lambda: "# h\n\n" + "".join("`" * n + "a" for n in range(1, 900))),
        "tags": file("a.md", lambda: "# h\n\n" + "<a " * 200_000),
        "comments": file("a.md", lambda: "# h\n\nx " + "<!-- " * 100_000),
        "lists": file("a.md", lambda: "# h\n\n" + "".join("  " * n + "- a\n" for n in range(700))),
        "columns": file("a.md", lambda: "# h\n\n" + "a|" * 50_000 + "\n" + "-|" * 50_000 + "\n" + "b|" * 50_000),
        "rows": file("a.md", lambda: "# h\n\na|b\n-|-\n" + "a|b\n" * 100_000),
        "entities": file("a.md", lambda: "# h\n\n" + "&amp" * 200_000),
        "front-matter": file("a.md", lambda: "---\n" + "a: b\n" * 190_000),
        "open-front-matter": file("a.md", lambda: "---\na: b\n" + "\n" * 900_000),
        "references": file("a.md", lambda: "# h\n\n" + "".join(f"[a{n}]: b\n" for n in range(60_000))),
    },
    "XML": {
        "laughs": file("a.xml", LAUGHS),
        "quadratic": file("a.xml", lambda: f'<!DOCTYPE article [<!ENTITY a "{"a" * 100_000}">]><article><body><p>{"&a;" * 100_000}</p></body></article>'),
        "outside": file("a.xml", '<!DOCTYPE article [<!ENTITY x SYSTEM "file:///etc/passwd">]><article><body><p>&x;</p></body></article>'),
        "late-entities": file("a.xml", lambda: "<!-- " + "x" * 100_000 + " -->" + LAUGHS),
        "deep": file("a.xml", lambda: "<article><body>" + "<sec>" * 1_000_000),
        "deep-enough": file("a.nxml", lambda: "<article><body>" + "<sec><title>a</title>" * 250 + "<p>KCs.</p>" + "</sec>" * 250 + "</body></article>"),
        "wide": file("a.nxml", lambda: "<article><body>" + "<p>a</p>" * 1_500_000 + "</body></article>"),
        "wide-inline": file("a.nxml", lambda: "<article><body><p>" + "<xref ref-type='bibr'>1</xref>" * 900_000 + "</p></body></article>"),
        "attributes": file("a.xml", lambda: "<article " + " ".join(f"a{n}='b'" for n in range(300_000)) + "/>"),
        "long-attribute": file("a.xml", lambda: f"<article a='{'b' * HUGE}'><body><p>KCs.</p></body></article>"),
        "long-name": file("a.xml", lambda: f"<{'a' * 20_000_000}/>"),
        "long-text": file("a.nxml", lambda: f"<article><body><p>{'KCs eat. ' * 3_000_000}</p></body></article>"),
        "long-comment": file("a.nxml", lambda: f"<article><!-- {'x' * HUGE} --><body><p>KCs eat.</p></body></article>"),
        "records": file("a.xml", lambda: "<PubmedArticleSet>" + RECORD.format("", "") * 200_000 + "</PubmedArticleSet>"),
        "one-id": file("a.xml", lambda: "<PubmedArticleSet>" + "".join(RECORD.format(7, f"KCs {n}.") for n in range(50_000)) + "</PubmedArticleSet>"),
        "passages": file("a.xml", lambda: "<collection><document><id>1</id>" + "<passage><offset>1</offset><text>a</text></passage>" * 300_000 + "</document></collection>"),
        "namespaces": file("a.xml", lambda: "<article " + " ".join(f"xmlns:a{n}='u{n}'" for n in range(50_000)) + "><body><p>KCs.</p></body></article>"),
        "citations": file("a.nxml", lambda: "<article><body><p>" + "a<sup><xref ref-type='bibr'>1</xref></sup>(" * 100_000 + "</p></body></article>"),
    },
    "JSON": {
        "deep-list": file("a.json", lambda: "[" * 1_000_000),
        "deep-object": file("a.json", lambda: '{"a":' * 1_000_000),
        "deep-line": file("a.jsonl", lambda: '{"id": 1, "text": ' + "[" * 500_000 + "]" * 500_000 + "}\n"),
        "number": file("a.json", lambda: f'{{"id": {"9" * 1_000_000}, "text": "KCs."}}'),
        "huge-line": file("a.jsonl", lambda: json.dumps({"id": 1, "text": "KCs eat. " * (HUGE // 9)}) + '\n{"id": 2, "text": "KCs eat."}\n'),
        "open-string": file("a.json", lambda: '[{"id": "' + "x" * HUGE),
        "open-list": file("a.json", lambda: '{"id": 1, "x": [' + "0," * (HUGE // 2)),
        "keys": file("a.json", lambda: json.dumps({f"k{n}": n for n in range(1_000_000)})),
        "empty-records": file("a.jsonl", lambda: "{}\n" * 500_000),
        "surrogates": file("a.jsonl", lambda: '{"id": 1, "text": "' + "\\ud83d" * 160_000 + '"}'),
        "passages": file("a.json", lambda: json.dumps({"documents": [{"id": "1", "passages": [{"offset": n, "text": "a"} for n in range(300_000)]}]})),
        "blank": file("a.json", lambda: "[" + " " * HUGE + "]"),
    },
    "tables": {
        "ids": _ids,
        "columns": file("a.csv", _many_columns),
        "open-quote": file("a.csv", lambda: 'id,text\n1,"' + "KCs eat.\n" * (HUGE // 9)),
        "quotes": file("a.csv", lambda: "id,text\n" + '1,""' * 5_000_000),
        "huge-cell": file("a.csv", lambda: "id,text\n1," + "x" * HUGE + "\n2,KCs eat.\n"),
        "empty-rows": file("a.csv", lambda: "id,text\n" + ",\n" * 1_000_000),
        "pubtator": file("a.pubtator", lambda: "1|t|KCs\n1|a|KCs eat.\n" + "no line of it\n" * 200_000),
        "parquet-rows": file("a.parquet", lambda: _parquet(1_000_000, 30_000)),
        "parquet-cell": file("a.parquet", lambda: _parquet(1, 600_000_000)),
    },
    "PDF": {
        "stream": file("a.pdf", lambda: page(b"BT /F1 9 Tf (KCs) Tj ET " * 20_000_000)),
        "zeros": file("a.pdf", lambda: page(b"\0" * 1_000_000_000)),
        "words": file("a.pdf", lambda: page(b"BT /F1 9 Tf 9 9 Td " + b"(Kupffer cells eat bacteria) Tj 0 1 Td " * 30_000 + b"ET")),
        "boxes": file("a.pdf", lambda: page(b"1 1 9 9 re f " * 1_000_000)),
        "laughs": file("a.pdf", _pdf_laughs),
        "kids-loop": file("a.pdf", lambda: _pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>"])),
        "many-pages": file("a.pdf", lambda: _pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 90000/Kids[" + b"3 0 R " * 90_000 + b"]>>", b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"])),
        "deep": file("a.pdf", lambda: page(b"[" * 3_000_000)),
        "length": file("a.pdf", lambda: page(b"BT (a) Tj ET").replace(b"/Length", b"/Length 99999999999 /X")),
    },
    "packed": {
        "text": packed("a.txt.gz", b"", b"Kupffer cells eat. "),
        "XML": packed("a.xml.gz", b"<PubmedArticleSet>", b" "),
        "XML-records": packed("a.xml.gz", b"<PubmedArticleSet>", RECORD.format("", "").encode(), 400_000_000),
        "JSON": packed("a.json.gz", b'[{"id": "', b"x"),
        "lines": packed("a.jsonl.gz", b'{"id": 1, "text": "KCs."}\n', b"x"),
        "CSV": packed("a.csv.gz", b"id,text\n1,", b"x"),
        "PDF": packed("a.pdf.gz", b"%PDF-1.4\n", b"\0"),
        "Parquet": packed("a.parquet.gz", b"PAR1", b"\0"),
        "PubTator": packed("a.gz", b"1|t|a\n1|a|", b"x"),
        "twice": file("a.gz", lambda: gzip.compress(gzip.compress(b"\0" * 100_000_000, 9), 9)),
        "zip": file("a.zip", _zip_bomb),
    },
    "folders": {
        "loops": _loops,
        "names": _names,
        "deep": _deep_folder,
        "special": _special,
        "zeros": lambda folder: [Path("/dev/zero")],
        "noise": lambda folder: [Path("/dev/urandom")],
        "nothing": lambda folder: [folder / "no\nsuch", folder / ("x" * 5000), Path("a\0b".replace("\0", "?"))],
    },
}  # fmt: skip
"""Every giant by group and name."""
