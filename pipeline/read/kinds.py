"""Which format an input is in: by its content first, by its name second."""

from __future__ import annotations

import codecs
import csv
import re
from enum import StrEnum

from pipeline.read.trouble import Trouble


class Kind(StrEnum):
    """The formats that have a reader."""

    PLAIN = "plain text"
    MARKDOWN = "Markdown"
    JATS = "JATS XML"
    MEDLINE = "MEDLINE XML"
    BIOC_XML = "BioC XML"
    OTHER_XML = "XML"
    JSON = "JSON"
    DELIMITED = "CSV"
    PARQUET = "Parquet"
    PUBTATOR = "PubTator"
    PDF = "PDF"


_BINARIES = (
    (b"PK\x03\x04", "is a ZIP archive (a Word or EPUB file is one too): unpack it or save it as text or PDF"),
    (b"PK\x05\x06", "is an empty ZIP archive: give the files themselves"),
    (b"\xd0\xcf\x11\xe0", "is an old Office file: save it as text or PDF"),
    (b"{\\rtf", "is an RTF file: save it as text or PDF"),
    (b"BZh", "is packed with bzip2: unpack it with bunzip2 first"),
    (b"\xfd7zXZ", "is packed with xz: unpack it with unxz first"),
    (b"\x28\xb5\x2f\xfd", "is packed with zstd: unpack it with unzstd first"),
    (b"\x1f\x8b", "is packed with gzip twice: unpack it with gunzip first"),
    (b"\x89PNG", "is a picture: run OCR on it (ocrmypdf) and give the PDF"),
    (b"\xff\xd8\xff", "is a picture: run OCR on it (ocrmypdf) and give the PDF"),
    (b"GIF8", "is a picture: run OCR on it (ocrmypdf) and give the PDF"),
    (b"II*\0", "is a picture: run OCR on it (ocrmypdf) and give the PDF"),
    (b"MM\0*", "is a picture: run OCR on it (ocrmypdf) and give the PDF"),
    (b"ARROW1", "is an Arrow file: save it as Parquet"),
    (b"ORC", "is an ORC file: save it as Parquet"),
    (b"SQLite format 3\0", "is an SQLite database: export the table as CSV"),
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ROOTS = {
    "article": Kind.JATS,
    "pmc-articleset": Kind.JATS,
    "OAI-PMH": Kind.JATS,
    "PubmedArticleSet": Kind.MEDLINE,
    "PubmedArticle": Kind.MEDLINE,
    "PubmedBookArticleSet": Kind.MEDLINE,
    "PubmedBookArticle": Kind.MEDLINE,
    "MedlineCitationSet": Kind.MEDLINE,
    "MedlineCitation": Kind.MEDLINE,
    "DeleteCitation": Kind.MEDLINE,
    "collection": Kind.BIOC_XML,
}
_XML_START = re.compile(r"\s*<(\?xml|!DOCTYPE|!--|\?|[A-Za-z_][\w.:-]*(\s|/?>))", re.IGNORECASE)
_BEFORE_ROOT = re.compile(
    r"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE(?:[^\[>\"']|\"[^\"]*\"|'[^']*')*(?:\[.*?\]\s*)?>",
    re.DOTALL | re.IGNORECASE,
)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")
_JSON_START = re.compile(r"\s*(\{\s*[\"}]|\[\s*[\[{\]])")
_PUBTATOR_START = re.compile(r"\s*[^\s|]{1,80}\|[ta]\|")
_MARKDOWN_HEADING = re.compile(r"^#{1,6} +\S", re.MULTILINE)
_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n[\w-]+:[^\n]*\n(?:.*\n)*?---[ \t]*\r?$", re.MULTILINE)
_PROMISES = {
    ".xml": "XML", ".nxml": "XML", ".json": "JSON", ".jsonl": "JSON", ".ndjson": "JSON",
    ".parquet": "Parquet", ".pdf": "PDF", ".pubtator": "PubTator", ".docx": "a Word file",
}  # fmt: skip

ID_COLUMNS = ("id", "doc_id", "pmid")
TEXT_COLUMNS = ("text", "abstract")


def encoding_of(head: bytes) -> str:
    """The encoding that a byte order mark names; UTF-8 without one."""
    return next((name for bom, name in _BOMS if head.startswith(bom)), "utf-8")


def kind_of(head: bytes, suffix: str) -> Kind:
    """The format of an input that starts with ``head`` (bytes) and whose name ends with ``suffix``.

    Raises Trouble for an empty input and for formats that have no reader.

    >>> kind_of(b"%PDF-1.7", ".xml").value
    'PDF'
    """
    if not head.strip():
        raise Trouble("empty", "is empty: give a file with text")
    start = head.lstrip()
    if start.startswith(b"%PDF-"):
        return Kind.PDF
    if head.startswith(b"PAR1"):
        return Kind.PARQUET
    for magic, what in _BINARIES:
        if head.startswith(magic):
            raise Trouble("format", what)
    if head[257:262] == b"ustar":
        raise Trouble("format", "is a tar archive: unpack it first")
    encoding = encoding_of(head)
    if encoding == "utf-8" and start[:4] in (b"<\0?\0", b"\0<\0?"):
        encoding = "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
    text = head.decode(encoding, "replace")
    if sum(c < " " and c not in "\t\n\r\f\v" for c in text) > len(text) / 50 + 1:
        raise Trouble("format", "is in no format that can be read: save it as text, PDF, XML or JSON")
    return _kind_of_text(text.lstrip("\ufeff"), suffix)


def _kind_of_text(text: str, suffix: str) -> Kind:
    if not text.strip():
        raise Trouble("empty", "is empty: give a file with text")
    if _XML_START.match(text):
        return _kind_of_xml(text)
    if _JSON_START.match(text):
        return Kind.JSON
    if _PUBTATOR_START.match(text):
        return Kind.PUBTATOR
    if delimiter_of(text) or suffix in (".csv", ".tsv"):
        return Kind.DELIMITED
    if suffix in _PROMISES:
        error = "not-xml" if _PROMISES[suffix] == "XML" else "format"
        raise Trouble(
            error, f"is named {suffix} but does not hold {_PROMISES[suffix]}: name it .txt if it is a text"
        )
    if suffix in (".md", ".markdown") or _MARKDOWN_HEADING.search(text) or _FRONT_MATTER.match(text):
        return Kind.MARKDOWN
    return Kind.PLAIN


def _kind_of_xml(text: str) -> Kind:
    position = 0
    while found := _BEFORE_ROOT.match(text, position):
        position = found.end()
    root = _ROOT.match(text, position)
    # No root within what was looked at: the parser will say what is wrong.
    name = root[1] if root else ""
    if name.lower() in ("html", "head", "body"):
        raise Trouble("format", "is a web page: save the paper as PDF or get its XML")
    return _ROOTS.get(name, Kind.OTHER_XML)


def delimiter_of(text: str) -> str | None:
    """The delimiter of a table whose first line names an id and a text column, or None for other texts."""
    line = next((line for line in text.splitlines() if line.strip()), "")[:10_000]
    for delimiter in ("\t", ",", ";", "|"):
        if delimiter in line:
            try:
                names = {cell.strip().lower() for cell in next(csv.reader([line], delimiter=delimiter))}
            except csv.Error:
                continue
            if names.intersection(ID_COLUMNS) and names.intersection(TEXT_COLUMNS):
                return delimiter
    return None
