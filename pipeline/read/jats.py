"""JATS full text (and its forebear, the NLM journal archiving DTD): PubMed Central and publishers.

Title, abstracts, body and appendices are read; a section is named by its headings ("Methods > Cells").
References, tables, formulas, and what says nothing about the science (thanks, funding, contributions)
are left out. Captions of figures and tables, and boxes, follow after the body as sections of their own,
because they float: in place they would cut a paragraph, or a sentence, in two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from pipeline.read.citations import drop_marks, mark
from pipeline.read.draft import Draft, safe_id
from pipeline.read.headings import is_back_matter, path, without_number
from pipeline.read.jats_front import about, title_of
from pipeline.read.markup import add_flat, elements, flat, local
from pipeline.read.prose import compose, fold
from pipeline.read.trouble import Trouble

if TYPE_CHECKING:
    from lxml.etree import _Element

_SECTIONS = frozenset({"sec", "app", "app-group", "body", "abstract"})
_CAPTIONED = frozenset({"fig", "table-wrap"})
_GROUPS = frozenset({"fig-group", "table-wrap-group", "floats-group", "floats-wrap"})
_BLOCKS = frozenset(
    {
        "p", "list", "list-item", "def-list", "def-item", "def", "disp-quote", "verse-group",
        "verse-line", "attrib", "speech", "statement", "boxed-text", "alternatives", "preformat",
    }
)  # fmt: skip
_LEFT_OUT = frozenset(
    {
        "title", "label", "table", "tex-math", "math", "disp-formula", "disp-formula-group",
        "inline-formula", "chem-struct-wrap", "chem-struct", "ref-list", "fn", "fn-group",
        "table-wrap-foot", "supplementary-material", "inline-supplementary-material", "media",
        "graphic", "inline-graphic", "glossary", "ack", "object-id", "permissions", "kwd-group", "bio",
        "notes", "sig-block", "alt-text", "long-desc", "code", "array", "related-article",
    }
)  # fmt: skip
_NOTE_MARKS = frozenset({"fn", "table-fn", "aff", "corresp", "author-notes", "contrib"})

Parts = list[tuple[str, list[str]]]


@dataclass
class _Body:
    """What the walk gathers: sections in order, and apart from them what floats."""

    parts: Parts = field(default_factory=list)
    floats: Parts = field(default_factory=list)

    def add(self, names: list[str], default: str, paragraphs: list[str]) -> None:
        if any(map(fold, paragraphs)):
            self.parts.append((path(names) or default, paragraphs))


def read_jats(stream: BinaryIO, head: bytes, record_bytes: int, stem: str) -> Iterator[Draft | Trouble]:
    """A Draft for each article. Raises Trouble for broken XML and for XML without article."""
    count = 0
    for article in elements(stream, ("article",), record_bytes=record_bytes, head=head):
        count += 1
        _prepare(article)
        yield _article(article, stem if count == 1 else f"{stem}-{count}")
    if not count:
        raise Trouble("no-text", "holds no article: check the search that it came from")


def _article(article: _Element, stem: str) -> Draft | Trouble:
    front = article.find("front")
    meta = front.find("article-meta") if front is not None else None
    title = title_of(meta)
    known = about(article, front, title)
    doc_id = str(known["pmid"] or known["pmcid"] or safe_id(stem))
    body = _Body()
    for abstract in meta.iterfind("abstract") if meta is not None else ():
        name = fold(flat(abstract.find("title"))) or str(abstract.get("abstract-type") or "")
        plain = name.lower() in ("", "abstract", "summary")
        _section(abstract, ["abstract" if plain else name], "abstract", body)
    main = article.find("body")
    abstracts = len(body.parts)
    if main is not None:
        _section(main, [], "body", body)
    full_text = len(body.parts) > abstracts
    for appendix in article.iterfind("back//app"):
        _section(appendix, [fold(flat(appendix.find("title"))) or "Appendix"], "Appendix", body)
    for group in ("floats-group", "floats-wrap", "back/floats-group"):
        for floating in article.iterfind(group):
            _block(floating, body)
    if not body.parts:
        return Trouble("no-text", f"holds the article {doc_id} without text: give its full text", doc_id)
    return Draft(
        doc_id=doc_id,
        prose=compose([("title", [title]), *body.parts, *body.floats]),
        about=known,
        language=article.get("{http://www.w3.org/XML/1998/namespace}lang"),
        full_text=full_text,
    )


def _prepare(article: _Element) -> None:
    """Take off the namespaces, mark numbered citations, and let the marks of footnotes be left out."""
    for element in article.iter():
        if not isinstance(element.tag, str):
            continue
        element.tag = local(element)
        if element.tag == "xref":
            kind = element.get("ref-type")
            if kind in _NOTE_MARKS:
                element.tag = "fn"
            elif kind == "bibr":
                parent = element.getparent()
                raised = element.find("sup") is not None or (parent is not None and parent.tag == "sup")
                text = mark(flat(element), raised=raised)
                for child in list(element):
                    element.remove(child)
                element.text = text


def _section(section: _Element, names: list[str], default: str, body: _Body) -> None:
    """Add a section: its own paragraphs first, then those in it."""
    own: list[str] = []
    for child in section:
        name = local(child)
        if name in _SECTIONS:
            body.add(names, default, own)
            own = []
            heading = without_number(flat(child.find("title"), _LEFT_OUT))[0] or fold(
                flat(child.find("label"))
            )
            if not is_back_matter(heading):
                _section(child, [*names, heading] if heading else names, default, body)
        else:
            own.extend(_block(child, body))
    body.add(names, default, own)


def _block(block: _Element, body: _Body) -> list[str]:
    """The paragraphs of a block; figures, tables and boxes in it go to ``body.floats``."""
    name = local(block)
    if not name or name in _LEFT_OUT:
        return []
    if name in _CAPTIONED or name in _GROUPS:
        _caption(block, body)
        return []
    if name == "boxed-text":
        _box(block, body)
        return []
    if name == "def-item":
        return [": ".join(filter(None, (fold(_words(block.find(part))) for part in ("term", "def"))))]
    if name == "p" or name not in _BLOCKS:
        return _paragraphs(block, body)
    return [paragraph for child in block for paragraph in _block(child, body)] or _paragraphs(block, body)


def _caption(block: _Element, body: _Body) -> None:
    label = fold(flat(block.find("label"))).rstrip(".:")
    caption = block.find("caption")
    if caption is not None:
        paragraphs = [_words(caption.find("title"))]
        paragraphs += [text for child in caption for text in _block(child, body)]
        if any(map(fold, paragraphs)):
            body.floats.append((label or ("Table" if local(block) == "table-wrap" else "Figure"), paragraphs))
    for child in block:
        if local(child) in _CAPTIONED or local(child) in _GROUPS or local(child) == "boxed-text":
            _block(child, body)


def _box(block: _Element, body: _Body) -> None:
    caption = block.find("caption")
    title = (caption if caption is not None else block).find("title")
    name = fold(flat(title)) or fold(flat(block.find("label"))).rstrip(".:") or "Box"
    inner = _Body(floats=body.floats)
    if caption is not None:
        inner.add([name], "Box", [text for child in caption for text in _block(child, inner)])
        block.remove(caption)
    _section(block, [name], "Box", inner)
    body.floats.extend(inner.parts)


def _paragraphs(element: _Element, body: _Body) -> list[str]:
    """The paragraphs of a ``p``: blocks in it (lists, quotes) end one and start the next; floats do not."""
    done: list[str] = []
    pieces: list[str] = [element.text or ""]
    for child in element:
        name = local(child)
        if name in _BLOCKS or name in _CAPTIONED or name in _GROUPS:
            inside = _block(child, body)
            if inside:
                done += ["".join(pieces), *inside]
                pieces = []
            pieces.append(child.tail or "")
        else:
            add_flat(child, _LEFT_OUT, pieces)
    done.append("".join(pieces))
    return [drop_marks(paragraph) for paragraph in done]


def _words(element: _Element | None) -> str:
    """The text of ``element`` as one paragraph, without formulas and note marks."""
    return drop_marks(flat(element, _LEFT_OUT))
