"""Markdown: headings name the sections, tables and code are left out, emphasis and links keep their words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from pipeline.read.decoding import decoded
from pipeline.read.draft import Draft, doi_of, pmcid_of, pmid_of, safe_id, year_of
from pipeline.read.headings import is_back_matter, path, without_number
from pipeline.read.prose import compose, fold
from pipeline.read.trouble import Trouble

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"([A-Za-z_-]+):[ \t]*(.*)")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?-->", re.DOTALL)
_NOTE = re.compile(r"^\[\^[^\]\s]+\]:")
_NOTE_MARK = re.compile(r"\[\^[^\]\s]+\]")


def read_markdown(stream: BinaryIO, stem: str, max_characters: int) -> Iterator[Draft]:
    """One Draft; its metadata from a front matter of ``name: value`` lines. Raises Trouble as read_plain."""
    text = decoded(stream, max_characters).lstrip("\ufeff")
    fields: dict[str, str] = {}
    if found := _FRONT_MATTER.match(text):
        fields = _fields(found[1])
        text = text[found.end() :]
    parts = _parts(text, fields.get("title"))
    prose = compose(parts)
    if not prose.sections:
        raise Trouble("no-text", "holds no text: give a file with text")
    title = prose.text[: prose.sections[0].end] if prose.sections[0].name == "title" else None
    about = _about(fields) | {"title": title}
    yield Draft(
        str(about["pmid"] or about["pmcid"] or safe_id(stem)),
        prose,
        about,
        language=fields.get("language") or fields.get("lang"),
        full_text=False,
    )


def _fields(block: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in block.split("\n"):
        if found := _FIELD.fullmatch(line.rstrip()):
            fields[found[1].lower()] = found[2].strip().strip("\"'")
    return fields


def _about(fields: dict[str, str]) -> dict[str, Any]:
    authors = fields.get("authors") or fields.get("author") or ""
    return {
        "pmid": pmid_of(fields.get("pmid")),
        "pmcid": pmcid_of(fields.get("pmcid")),
        "doi": doi_of(fields.get("doi")),
        "journal": fold(fields.get("journal", "")) or None,
        "year": year_of(fields.get("year") or fields.get("date")),
        "authors": tuple(filter(None, (fold(a.strip("\"'[] ")) for a in re.split(r"[;,]", authors)))),
        "license": fold(fields.get("license") or fields.get("licence") or "") or None,
    }


def _parts(text: str, title: str | None) -> list[tuple[str, list[str]]]:
    # Imported on use: 0.05 s.
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark", {"maxNesting": 50}).enable(["table", "strikethrough"]).parse(text)
    parts: list[tuple[str, list[str]]] = [("title", [title])] if title else []
    names: list[tuple[int, str]] = []
    paragraphs: list[str] = []
    table = 0
    left_out_from = 0
    for number, token in enumerate(tokens):
        table += (token.type == "table_open") - (token.type == "table_close")
        if token.type != "inline" or table:
            continue
        words = _words(token)
        before = tokens[number - 1]
        if before.type != "heading_open":
            if not left_out_from and not _NOTE.match(token.content):
                paragraphs.append(words)
            continue
        level = int(before.tag[1:])
        parts.append((path([name for _, name in names]) or "text", paragraphs))
        paragraphs = []
        if level == 1 and not title:
            title = fold(words)
            parts.insert(0, ("title", [title]))
            names = []
            left_out_from = 0
            continue
        if left_out_from and level > left_out_from:
            continue
        heading = without_number(words)[0]
        left_out_from = level if is_back_matter(heading) else 0
        names = [known for known in names if known[0] < level]
        if fold(words) != title:
            names.append((level, heading))
    parts.append((path([name for _, name in names]) or "text", paragraphs))
    return parts


def _words(inline: Token) -> str:
    pieces = []
    for child in inline.children or []:
        if child.type in ("text", "code_inline"):
            pieces.append(child.content)
        elif child.type in ("softbreak", "hardbreak") or (
            child.type == "html_inline" and re.match(r"<br\b", child.content)
        ):
            pieces.append(" ")
    # Tags are tokens of their own ("CD8<sup>+</sup>"); what the parser took for text may still hold one.
    return _NOTE_MARK.sub("", _TAG.sub("", "".join(pieces)))
