"""The reader's one loop: find the inputs, tell their formats, read them, settle language and ids."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from pipeline.read.choice import Choice
from pipeline.read.decoding import too_long
from pipeline.read.draft import Draft, safe_id
from pipeline.read.find import find
from pipeline.read.kinds import Kind, kind_of
from pipeline.read.language import guess, iso_code, language_name
from pipeline.read.source import Source
from pipeline.read.trouble import Trouble, shown
from pipeline.records import Document, Failure

if TYPE_CHECKING:
    from pipeline.settings import Settings

_MAY_BE_FULL_TEXT = frozenset({Kind.JATS, Kind.BIOC_XML, Kind.JSON})
# A text of so many characters may take so many bytes with its markup, escapes and metadata around it.
_BYTES_A_CHARACTER = 32
_LEAST_LINE_BYTES = 1 << 26


@dataclass(frozen=True, slots=True)
class _Input:
    source: Source
    kind: Kind
    place: int


@dataclass(frozen=True, slots=True)
class _Settled:
    document: Document
    draft: Draft


def read(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    settings: Settings | None = None,
    stdin: BinaryIO | None = None,
) -> Iterator[Document | Failure]:
    """Every document in ``paths`` (files, folders, "-" for ``stdin``), in order, as it is read.

    Nothing is raised for bad input: each trouble is a Failure with stage "read", a short ``error`` code and
    one sentence that names the input and the cure. Of two texts with one id the newest MEDLINE version wins,
    a full text over an abstract, otherwise the first; the same text twice is read once. Memory holds one
    record at a time, and for each record its id and a hash.

    >>> [f.error for f in read(["no-such-file.txt"])]
    ['missing']
    """
    if settings is None:
        # Imported on use: it costs more than the rest of this package.
        from pipeline.settings import settings as default

        settings = default()
    given = [paths] if isinstance(paths, str | os.PathLike) else paths
    inputs: list[_Input | Failure] = []
    for place, found in enumerate(find(given, settings.max_file_bytes, stdin)):
        source, trouble = found if isinstance(found, tuple) else (found, None)
        try:
            if trouble is not None:
                raise trouble
            inputs.append(_Input(source, kind_of(source.head(), source.suffix), place))
        except Trouble as why:
            source.close()
            inputs.append(_failure(source, why))
    choice = _first_pass(inputs, settings)
    names = {item.place: item.source.name for item in inputs if isinstance(item, _Input)}
    for item in inputs:
        if isinstance(item, Failure):
            yield item
            continue
        with closing(item.source):
            for result in _results(item, settings):
                if isinstance(result, Trouble):
                    yield _failure(item.source, result)
                elif (chosen := _chosen(result, item, choice, names)) is not None:
                    yield chosen


def _first_pass(inputs: list[_Input | Failure], settings: Settings) -> Choice:
    """What has to be known before the first document goes out; nothing where no input is MEDLINE."""
    choice = Choice()
    known = [item for item in inputs if isinstance(item, _Input)]
    if not any(item.kind is Kind.MEDLINE for item in known):
        return choice
    for item in known:
        if item.kind is Kind.MEDLINE:
            for found in _scan(item, settings):
                if isinstance(found, str):
                    choice.saw_withdrawal(found, item.place)
                else:
                    choice.saw_record(*found, item.place)
        elif item.kind in _MAY_BE_FULL_TEXT:
            # Read in full, twice: only a full text that can be read may take the place of an abstract.
            for result in _results(item, settings):
                if isinstance(result, _Settled) and result.draft.full_text:
                    choice.saw_full_text(result.document)
    return choice


def _scan(item: _Input, settings: Settings) -> Iterator[tuple[str, tuple[int, int, int]] | str]:
    from pipeline.read.medline import scan_medline

    # What is wrong with the input is told in the second pass.
    with suppress(Exception), item.source.open() as stream:
        yield from scan_medline(stream, item.source.head(), settings.max_characters * _BYTES_A_CHARACTER)


def _results(item: _Input, settings: Settings) -> Iterator[_Settled | Trouble]:
    """What an input holds, and what is wrong with it, as the last of them if nothing more can be read."""
    try:
        for draft in _drafts(item, settings):
            yield draft if isinstance(draft, Trouble) else _settled(draft, item.source, settings)
    except Trouble as trouble:
        yield trouble
    except MemoryError:
        yield Trouble("too-large", "needs more memory than there is: split it")
    except Exception as error:
        # The last net: what no reader foresaw in foreign bytes must not end the run.
        reason = f"{type(error).__name__}: {error}"
        yield Trouble("broken", f"cannot be read as {item.kind.value} ({reason}): open it to check it")


def _drafts(item: _Input, settings: Settings) -> Iterator[Draft | Trouble]:
    source, limit = item.source, settings.max_characters
    record_bytes = limit * _BYTES_A_CHARACTER
    line_bytes = max(record_bytes, _LEAST_LINE_BYTES)
    # Each format's module, and the library that it needs, is imported when its first file comes.
    if item.kind is Kind.PDF:
        from pipeline.read.pdf import read_pdf

        with source.open_seekable() as file:
            yield from read_pdf(file, source.stem, limit)
    elif item.kind is Kind.PARQUET:
        from pipeline.read.tables import read_parquet

        with source.open_seekable() as file:
            yield from read_parquet(file, settings.max_file_bytes)
    else:
        head = source.head()
        with source.open() as stream:
            yield from _streamed(item, stream, head, limit, record_bytes, line_bytes)


def _streamed(
    item: _Input, stream: BinaryIO, head: bytes, limit: int, record_bytes: int, line_bytes: int
) -> Iterator[Draft | Trouble]:
    stem = item.source.stem
    match item.kind:
        case Kind.JATS:
            from pipeline.read.jats import read_jats

            yield from read_jats(stream, head, record_bytes, stem)
        case Kind.MEDLINE:
            from pipeline.read.medline import read_medline

            yield from read_medline(stream, head, record_bytes)
        case Kind.BIOC_XML:
            from pipeline.read.bioc import read_bioc_xml

            yield from read_bioc_xml(stream, head, record_bytes, stem)
        case Kind.JSON:
            from pipeline.read.jsons import read_json

            yield from read_json(stream, head, stem, line_bytes)
        case Kind.DELIMITED:
            from pipeline.read.tables import read_delimited

            yield from read_delimited(stream, head, item.source.suffix, limit, line_bytes)
        case Kind.PUBTATOR:
            from pipeline.read.pubtator import read_pubtator

            yield from read_pubtator(stream, line_bytes)
        case Kind.MARKDOWN:
            from pipeline.read.markdown import read_markdown

            yield from read_markdown(stream, stem, limit)
        case Kind.PLAIN:
            from pipeline.read.plain import read_plain

            yield from read_plain(stream, stem, limit)
        case _:
            from pipeline.read.markup import unknown_xml

            raise unknown_xml(stream, head, record_bytes)


def _settled(draft: Draft, source: Source, settings: Settings) -> _Settled | Trouble:
    """The Document of a draft, or why it is left out: its length or its language."""
    text = draft.prose.text
    if len(text) > settings.max_characters:
        return too_long(settings.max_characters, draft.doc_id)
    # A record kept for its English abstract is judged by that, not by what MEDLINE says of the paper.
    language = iso_code(draft.language) or guess(text)
    if language is not None and language != settings.language:
        return Trouble(
            "language",
            f"holds a text in {language_name(language)} ({draft.doc_id}): give it in "
            f"{language_name(settings.language)}, or set KUPFFER_LANGUAGE={language}",
            draft.doc_id,
        )
    document = Document(
        doc_id=draft.doc_id,
        text=text,
        sections=draft.prose.sections,
        language=language,
        source=source.path,
        **draft.about,
    )
    return _Settled(document, draft)


def _chosen(
    settled: _Settled, item: _Input, choice: Choice, names: dict[int, str]
) -> Document | Failure | None:
    """The document, a Failure where another with its id was first, or None where it gives way in silence."""
    document, newness = settled.document, settled.draft.newness
    if newness is not None and (
        choice.supersedes(document.doc_id, newness, item.place) or choice.has_full_text(document)
    ):
        return None
    first = choice.take(document, item.place)
    if first is None:
        return document
    if first < 0:
        return None
    where = f"{names[first]} has too" if first != item.place else "an earlier record of it has too"
    what = f"holds another text with the id {document.doc_id} that {where}: rename one"
    return _failure(item.source, Trouble("clash", what, document.doc_id))


def _failure(source: Source, trouble: Trouble) -> Failure:
    doc_id = safe_id(trouble.doc_id) if trouble.doc_id else None
    message = f"{source.name} {shown(trouble.what)}."
    return Failure(doc_id, source.path, "read", trouble.error, message)
