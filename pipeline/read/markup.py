"""XML read safely: no entities, no network, no DTD, in constant memory; and its text without the tags."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, BinaryIO

from pipeline.read.kinds import encoding_of
from pipeline.read.trouble import Trouble, brief

if TYPE_CHECKING:
    from lxml.etree import _Element

# Nothing is taken back ("(?>", "*+"): an instruction that ended at its first "?>" is not tried as a longer one, which
# doubled the time with every further instruction.
_DOCTYPE = re.compile(
    r"(?>\s+|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE(?>[^\[>\"']|\"[^\"]*\"|'[^']*')*+\[(.*)", re.DOTALL
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_INDENT = re.compile(r"\n[ \t]+\Z")
LEAST_RECORD_BYTES = 16_000_000  # of tags alone, they become 0.6 GB of elements


class _Counted:
    """A stream that knows how many bytes went by since the last record ended."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._since = 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._since += len(data)
        if self._since > self._limit:
            raise Trouble(
                "too-long", f"holds a record of more than {self._limit:,} bytes of XML: split it, or raise "
                "KUPFFER_MAX_CHARACTERS"
            )  # fmt: skip
        return data

    def record_ended(self) -> None:
        self._since = 0


def elements(
    stream: BinaryIO, names: Collection[str], *, record_bytes: int, head: bytes = b""
) -> Iterator[_Element]:
    """The elements with these local names as they end, outermost first come; each is emptied after use.

    A name inside another of ``names`` is part of that one and not handed out. Memory holds one record.
    ``head`` is the start of the stream, looked at for entity declarations. Raises Trouble for XML that is
    broken, declares entities, is too deep, or has a record of more than ``record_bytes`` bytes.
    """
    # Imported on use: 0.05 s that plain text need not pay.
    from lxml import etree

    _refuse_entities(head)
    counted = _Counted(stream, max(record_bytes, LEAST_RECORD_BYTES))
    events = etree.iterparse(
        counted,  # type: ignore[arg-type]
        events=("start", "end"),
        tag=[f"{{*}}{name}" for name in names] if names else None,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    outermost: _Element | None = None
    try:
        for event, element in events:
            if event == "start":
                if outermost is None:
                    _refuse_declared(element)
                    outermost = element
            elif outermost is not None and element is outermost:
                if nameless := events.error_log.filter_types(etree.ErrorTypes.NS_ERR_QNAME):
                    # Of a name such as "t::" lxml says nothing before the file's end, and then chokes on the element.
                    raise _broken(ValueError(nameless[0].message), head)
                yield outermost
                counted.record_ended()
                _forget(outermost)
                outermost = None
    except etree.XMLSyntaxError as error:
        raise _broken(error, head) from error


def _refuse_entities(head: bytes) -> None:
    # Before the parser sees a byte: even parsing without expansion would check nested entities.
    text = head.decode(_xml_encoding(head), "replace").lstrip("\ufeff")
    found = _DOCTYPE.match(text)
    if found and "<!ENTITY" in _COMMENT.sub("", found[1]).split("]>")[0]:
        raise _entities()


def _xml_encoding(head: bytes) -> str:
    start = head.lstrip()[:4]
    if start[:4] == b"<\0?\0" or start[:4] == b"<\0!\0":
        return "utf-16-le"
    if start[:4] == b"\0<\0?" or start[:4] == b"\0<\0!":
        return "utf-16-be"
    return encoding_of(head)


def _refuse_declared(element: _Element) -> None:
    dtd = element.getroottree().docinfo.internalDTD
    if dtd is not None and dtd.entities():  # type: ignore[attr-defined]  # the stubs lack it
        raise _entities()


def _entities() -> Trouble:
    return Trouble(
        "entities",
        "declares XML entities, which are never expanded: resolve them and remove the declarations",
    )


def _broken(error: Exception, head: bytes) -> Trouble:
    reason = brief(error)
    low = reason.lower()
    if "entity" in low and ("amplification" in low or "loop" in low):
        return _entities()
    if "excessive depth" in low:
        return Trouble("too-deep", "is XML nested too deeply to be a paper: check where it came from")
    if "huge" in low or "lookup" in low:
        return Trouble("too-long", "holds a piece of text too long for one paper: split it")
    if "encoding" in low or "utf-8" in low or "invalid bytes" in low:
        return Trouble(
            "encoding", f"is not in the encoding that it declares ({reason}): save it again as UTF-8"
        )
    return Trouble("not-xml", f"is broken XML ({reason}): get it again or mend it there")


def _forget(element: _Element) -> None:
    """Empty ``element`` and drop what stands before it, so that a long file does not pile up."""
    element.clear()
    parent = element.getparent()
    while parent is not None:
        while (before := element.getprevious()) is not None:
            parent.remove(before)
        element, parent = parent, parent.getparent()


def unknown_xml(stream: BinaryIO, head: bytes, record_bytes: int) -> Trouble:
    """Why XML of another kind is not read: that it is broken or declares entities goes before its kind."""
    from lxml import etree

    for element in elements(stream, (), record_bytes=record_bytes, head=head):
        root = etree.QName(element).localname
        return Trouble(
            "format", f"is XML that holds no paper (its root is <{root}>): give JATS, MEDLINE or BioC XML"
        )
    return Trouble("not-xml", "holds no XML element: get it again")


def local(element: _Element) -> str:
    """The name of ``element`` without its namespace; "" for comments, instructions and entity references."""
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    return tag.rpartition("}")[2] if tag[:1] == "{" else tag


def flat(element: _Element | None, leave_out: Collection[str] = ()) -> str:
    """The text in ``element`` without its tags: "CD8<sup>+</sup>" is "CD8+".

    Elements named in ``leave_out`` go with all that is in them. A named character of HTML
    (``&alpha;`` of an external DTD that is never fetched) becomes that character.
    """
    if element is None:
        return ""
    if not len(element):
        return element.text or ""
    pieces: list[str] = []
    _flatten(element, leave_out, pieces)
    return "".join(pieces)


def _flatten(element: _Element, leave_out: Collection[str], pieces: list[str]) -> None:
    if element.text:
        pieces.append(element.text)
    for child in element:
        add_flat(child, leave_out, pieces)


def add_flat(child: _Element, leave_out: Collection[str], pieces: list[str]) -> None:
    """Add the text of ``child``, and what follows it, to the pieces of the text that it stands in."""
    name = local(child)
    if not name:
        # An entity reference has the text "&alpha;"; what HTML does not know stays as the author wrote it.
        text = child.text or ""
        pieces.append(html.unescape(text) if text.startswith("&") else "")
    elif name == "break":
        pieces.append(" ")
    elif name not in leave_out:
        if name in ("sub", "sup") and pieces:
            # A pretty-printer put the index on a line of its own; the author did not.
            pieces[-1] = _INDENT.sub("", pieces[-1])
        _flatten(child, leave_out, pieces)
    if child.tail:
        pieces.append(child.tail)
