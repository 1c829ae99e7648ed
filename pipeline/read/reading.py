"""The reader's one loop: find the inputs, tell their formats, read them, settle language and ids."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, TypeVar, overload

from pipeline.limits import Overtime, within
from pipeline.read.choice import Choice, Identified, Newness, digest_of
from pipeline.read.decoding import too_long
from pipeline.read.draft import Draft, safe_id
from pipeline.read.find import Found, find
from pipeline.read.kinds import Kind, kind_of
from pipeline.read.language import guess, iso_code, language_name
from pipeline.read.memory import Entry, Known, Listing, Lost, Memory, Recorder
from pipeline.read.source import Source
from pipeline.read.trouble import Trouble, brief, shown
from pipeline.records import Document, Failure

if TYPE_CHECKING:
    from pipeline.settings import Settings

_Any = TypeVar("_Any")
_END = object()
Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

_MAY_BE_FULL_TEXT = frozenset({Kind.JATS, Kind.BIOC_XML, Kind.JSON})
# A text of so many characters may take so many bytes with its markup, escapes and metadata around it.
_BYTES_A_CHARACTER = 16
_LEAST_LINE_BYTES = 1 << 26
_MOST_ALIKE = 1_000  # troubles of one kind in one input, each a row of its own


@dataclass(frozen=True, slots=True)
class _Input:
    source: Source
    kind: Kind
    place: int
    listing: Listing | None = None
    recorder: Recorder | None = None


@dataclass(frozen=True, slots=True)
class _Settled:
    document: Document
    draft: Draft


@overload
def read(
    paths: Paths, *, settings: Settings | None = None, stdin: BinaryIO | None = None, memory: None = None
) -> Iterator[Document | Failure]: ...


@overload
def read(
    paths: Paths, *, settings: Settings | None = None, stdin: BinaryIO | None = None, memory: Memory
) -> Iterator[Document | Failure | Known]: ...


def read(
    paths: Paths,
    *,
    settings: Settings | None = None,
    stdin: BinaryIO | None = None,
    memory: Memory | None = None,
) -> Iterator[Document | Failure | Known]:
    """Every document in ``paths`` (files, folders, "-" for ``stdin``), in order, as it is read.

    Nothing is raised for bad input: each trouble is a Failure with stage "read", a short ``error`` code and
    one sentence that names the input and the cure. Of two texts with one id the newest MEDLINE version wins,
    a full text over an abstract, otherwise the first; the same text twice is read once. Memory holds one
    record at a time, and for each record its id and a hash.

    With ``memory``, files that are as they were when it was made are not opened where the caller holds all that
    would come from them: its documents are `Known`, in their places.

    >>> [f.error for f in read(["no-such-file.txt"])]
    ['missing']
    """
    if settings is None:
        # Imported on use: it costs more than the rest of this package.
        from pipeline.settings import settings as default

        settings = default()
    given = [paths] if isinstance(paths, str | os.PathLike) else paths
    found = enumerate(find(given, settings.max_file_bytes, stdin))
    inputs = [_input(place, one, memory) for place, one in found]
    choice = _first_pass(inputs, settings)
    names = {item.place: item.source.name for item in inputs if isinstance(item, _Input)}
    for item in inputs:
        if isinstance(item, Failure):
            yield item
        elif (
            memory is not None and item.listing is not None and _suffices(item.listing, item, choice, memory)
        ):
            yield from _remembered(item.listing, item, choice, names)
        else:
            yield from _read(item, choice, names, settings)


def _input(place: int, found: Found, memory: Memory | None) -> _Input | Failure:
    """An input and its format, told by its first bytes, or by its listing where it has one."""
    source, trouble = found if isinstance(found, tuple) else (found, None)
    recorder = None
    try:
        if trouble is not None:
            raise trouble
        if memory is not None and source.file is not None:
            listing = memory.find(source.file, source.path)
            if listing is not None and listing.kind is not None:
                return _Input(source, Kind(listing.kind), place, listing)
            for lost in listing.items if listing is not None else ():
                if isinstance(lost, Lost):  # the format was none of ours
                    raise Trouble(*lost)
            recorder = Recorder(memory, source.file, source.path)
        kind = kind_of(source.head(), source.suffix)
    except Trouble as why:
        source.close()
        if recorder is not None:
            recorder.lost(why)
            recorder.done(None)
        return _failure(source, why)
    return _Input(source, kind, place, recorder=recorder)


def _first_pass(inputs: list[_Input | Failure], settings: Settings) -> Choice:
    """What has to be known before the first document goes out; nothing where no input is MEDLINE."""
    choice = Choice()
    known = [item for item in inputs if isinstance(item, _Input)]
    if not any(item.kind is Kind.MEDLINE for item in known):
        return choice
    for item in known:
        if item.kind is Kind.MEDLINE:
            for found in item.listing.scanned if item.listing else _scan(item, settings):
                if isinstance(found, str):
                    choice.saw_withdrawal(found, item.place)
                else:
                    choice.saw_record(*found, item.place)
        elif item.kind in _MAY_BE_FULL_TEXT:
            for text in _full_texts(item, settings):
                choice.saw_full_text(text)
    return choice


def _full_texts(item: _Input, settings: Settings) -> Iterator[Identified]:
    if item.listing is not None:
        yield from (entry for entry in item.listing.items if isinstance(entry, Entry) and entry.full_text)
        return
    # Read in full, twice: only a full text that can be read may take the place of an abstract.
    for result in _results(item, settings):
        if isinstance(result, _Settled) and result.draft.full_text:
            yield result.document


def _suffices(listing: Listing, item: _Input, choice: Choice, memory: Memory) -> bool:
    """Whether the caller holds every text that would be chosen from a file."""
    here: set[str] = set()
    for entry in listing.items:
        if isinstance(entry, Lost) or choice.gives_way(entry, entry.newness, item.place):
            continue
        if entry.doc_id not in here and not choice.has(entry.doc_id):
            if not memory.holds(entry.doc_id, entry.key):
                return False
            here.add(entry.doc_id)
    return True


def _remembered(
    listing: Listing, item: _Input, choice: Choice, names: dict[int, str]
) -> Iterator[Known | Failure]:
    for entry in listing.items:
        if isinstance(entry, Lost):
            yield _failure(item.source, Trouble(*entry))
            continue
        chosen = _chosen(entry, entry.newness, bytes.fromhex(entry.digest), item, choice, names)
        if isinstance(chosen, Failure):
            yield chosen
        elif chosen:
            yield Known(entry.doc_id, item.source.path, entry.key)


def _read(
    item: _Input, choice: Choice, names: dict[int, str], settings: Settings
) -> Iterator[Document | Failure]:
    recorder = item.recorder
    with closing(item.source):
        for result in _put_together(_results(item, settings)):
            if isinstance(result, Trouble):
                if recorder is not None:
                    recorder.lost(result)
                yield _failure(item.source, result)
                continue
            document, draft = result.document, result.draft
            digest = digest_of(document)
            if recorder is not None:
                recorder.entry(document, digest, full_text=draft.full_text, newness=draft.newness)
            chosen = _chosen(document, draft.newness, digest, item, choice, names)
            if isinstance(chosen, Failure):
                yield chosen
            elif chosen:
                yield document
        if recorder is not None:
            recorder.done(item.kind)


def _put_together(results: Iterator[_Settled | Trouble]) -> Iterator[_Settled | Trouble]:
    """Of troubles with records that have no name, those beyond `_MOST_ALIKE` of a kind as one, at the end."""
    alike: Counter[str] = Counter()
    last: dict[str, Trouble] = {}
    for result in results:
        if isinstance(result, Trouble) and result.doc_id is None:
            alike[result.error] += 1
            if alike[result.error] > _MOST_ALIKE:
                last[result.error] = result
                continue
        yield result
    for error, trouble in last.items():
        more = alike[error] - _MOST_ALIKE
        yield Trouble(error, f"has the same trouble {more:,} times more; the last time it {trouble.what}")


def _scan(item: _Input, settings: Settings) -> Iterator[tuple[str, tuple[int, int, int]] | str]:
    from pipeline.read.medline import scan_medline

    # What is wrong with the input is told in the second pass.
    with suppress(Exception, Overtime), item.source.open() as stream:
        scanned = scan_medline(stream, item.source.head(), settings.max_characters * _BYTES_A_CHARACTER)
        for found in _each_within(settings.max_seconds, scanned):
            if item.recorder is not None:
                item.recorder.scanned.append(found)
            yield found


def _results(item: _Input, settings: Settings) -> Iterator[_Settled | Trouble]:
    """What an input holds, and what is wrong with it, as the last of them if nothing more can be read."""
    settled = (
        draft if isinstance(draft, Trouble) else _settled(draft, item.source, settings)
        for draft in _drafts(item, settings)
    )
    empty = True
    try:
        for one in _each_within(settings.max_seconds, settled):
            empty = False
            yield one
        if empty and item.kind is not Kind.MEDLINE:  # a file of PubMed may say nothing but what it deletes
            raise Trouble("no-text", "holds no record: put one into it, or leave it out")
    except Trouble as trouble:
        yield trouble
    except Overtime:
        yield Trouble(
            "too-slow",
            f"takes more than {settings.max_seconds:g} seconds of processor time to read: split it, or raise "
            "KUPFFER_MAX_SECONDS",
        )
    except MemoryError:
        yield Trouble("too-large", "needs more memory than there is: split it")
    except Exception as error:
        # The last net: what no reader foresaw in foreign bytes must not end the run.
        reason = f"{type(error).__name__}: {brief(error)}"
        yield Trouble("broken", f"cannot be read as {item.kind.value} ({reason}): open it to check it")


def _each_within(seconds: float, items: Iterator[_Any]) -> Iterator[_Any]:
    """The items, each made within ``seconds`` of processor time. Raises Overtime."""
    while True:
        with within(seconds):
            item = next(items, _END)
        if item is _END:
            return
        yield item  # type: ignore[misc]


def _drafts(item: _Input, settings: Settings) -> Iterator[Draft | Trouble]:
    source, limit = item.source, settings.max_characters
    record_bytes = limit * _BYTES_A_CHARACTER
    line_bytes = max(record_bytes, _LEAST_LINE_BYTES)
    # Each format's module, and the library that it needs, is imported when its first file comes.
    if item.kind is Kind.PDF:
        from pipeline.read.pdf import read_pdf

        with source.open_seekable() as file:
            yield from read_pdf(file, source.stem, limit, settings.max_seconds, settings.pdf_memory_bytes)
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
    text: Identified,
    newness: Newness | None,
    digest: bytes,
    item: _Input,
    choice: Choice,
    names: dict[int, str],
) -> bool | Failure:
    """Whether a text is taken; a Failure where another with its id was first, False where it gives way in silence."""
    if choice.gives_way(text, newness, item.place):
        return False
    first = choice.take(text.doc_id, digest, item.place)
    if first is None:
        return True
    if first < 0:
        return False
    where = f"{names[first]} has too" if first != item.place else "an earlier record of it has too"
    what = f"holds another text with the id {text.doc_id} that {where}: rename one"
    return _failure(item.source, Trouble("clash", what, text.doc_id))


def _failure(source: Source, trouble: Trouble) -> Failure:
    doc_id = safe_id(trouble.doc_id) if trouble.doc_id else None
    message = f"{source.name} {shown(trouble.what)}."
    return Failure(doc_id, source.path, "read", trouble.error, message)
