"""Texts in, triples out: the whole program but for the tables, as plain functions.

The command line, the flow and a notebook all call these; nothing here knows of Prefect or of a terminal.
Heavy libraries are imported inside the functions, so that a command which needs none starts at once.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext, suppress
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pipeline.garbage import give_back
from pipeline.limits import Overtime, within
from pipeline.records import Document, Failure, Mention, Triple

if TYPE_CHECKING:
    import pandas as pd
    from spacy.language import Language
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

    from pipeline.settings import Settings
    from pipeline.store import Annotated, Flat, Shard

_MOST_WORDS = 200_000  # about 100 MB
_OF_ANOTHER = "the stored annotation is of another text"


class Extracted(NamedTuple):
    """One document with what was found in it."""

    document: Document
    mentions: list[Mention]
    triples: list[Triple]


def load(
    model: str | None = None, lexicon: Path | str | None = None, *, parse_all: bool | None = None
) -> Language:
    """The whole pipeline as one spaCy ``Language``.

    Args:
        model: An installed scispaCy model to take mentions from (``"en_ner_bionlp13cg_md"``); the
            bundled one when None.
        lexicon: A TSV of your own terms, added to ours.
        parse_all: Parse every sentence, not only those that can hold a triple; as the settings say when None.

    Raises:
        OSError: no model of that name is installed, or the lexicon cannot be read.
        ValueError: the model or a line of the lexicon is not usable; the message says which and why.

    >>> nlp = load()
    >>> nlp("Kupffer cells drive fibrosis.")._.triples  # doctest: +SKIP
    """
    from pipeline import annotate
    from pipeline.relate.scorer import scorers
    from pipeline.settings import settings

    everything = settings().parse_all if parse_all is None else parse_all
    nlp = annotate.load(model, Path(lexicon) if lexicon is not None else None, parse_all=everything)
    scorers()  # weights that are not ours are told now, not with the first text
    nlp.add_pipe("kupffer_relations")
    return nlp


@lru_cache(maxsize=2)
def loaded(
    model: str | None = None, lexicon: Path | str | None = None, parse_all: bool | None = None
) -> Language:
    """`load`, once a process for each choice of arguments: do not change what it gives."""
    return load(model, lexicon, parse_all=parse_all)


def extract(texts: str | Document | Iterable[str | Document], nlp: Language | None = None) -> pd.DataFrame:
    """The triples of some texts, one row each, in the columns of ``outputs/triples``.

    A text given as a string becomes a document named ``text-1``, ``text-2``, ...; a newline in it ends a
    sentence. Texts that could not be worked on are named in a warning and the rest is done.

    >>> extract("CSF1R inhibition depletes macrophages.")  # doctest: +SKIP
    """
    import warnings

    import pandas as pd
    import pyarrow as pa

    from pipeline.store import TABLES, triple_rows

    nlp = loaded() if nlp is None else nlp
    if isinstance(texts, str | Document):
        texts = [texts]
    documents = (as_document(text, number) for number, text in enumerate(texts, start=1))
    rows = []
    for result in extract_documents(nlp, documents):
        if isinstance(result, Failure):
            warnings.warn(result.message, stacklevel=2)
        else:
            rows += triple_rows(result.document, result.triples, model_version(nlp))
    table = pa.Table.from_pylist(rows, schema=TABLES["triples"])
    # pandas would make offsets with nulls into floats, which no text can be sliced by.
    return table.to_pandas(types_mapper={pa.int32(): pd.Int32Dtype()}.get)


def run(
    paths: Iterable[Path | str], nlp: Language, settings: Settings | None = None
) -> Iterator[Extracted | Failure]:
    """Read ``paths`` (files, folders, ``-`` for stdin) and work on what is in them, as it comes.

    The first document comes alone and batches grow from there, so that its result is out early.
    """
    from pipeline.read import read
    from pipeline.settings import settings as current

    settings = settings or current()
    yield from extract_documents(
        nlp, read([*paths], settings=settings, stdin=sys.stdin.buffer), settings.batch_documents
    )


def extract_documents(
    nlp: Language, documents: Iterable[Document | Failure], batch_documents: int = 64
) -> Iterator[Extracted | Failure]:
    """Work on a stream of documents in batches of 1, 2, 4, ... ``batch_documents``; failures pass through."""
    stream = iter(documents)
    size = 1
    while batch := list(islice(stream, size)):
        yield from extract_batch(nlp, batch)
        size = min(2 * size, batch_documents)


def extract_batch(nlp: Language, batch: Sequence[Document | Failure]) -> list[Extracted | Failure]:
    """Work on one batch, in order. Nothing raises: a document that cannot be done is a `Failure`.

    When the batch as a whole breaks, its documents are tried one by one, so that one bad text costs
    the others nothing.
    """
    return _extracted(nlp, batch, None)


def work_on(
    batch: Sequence[Document | Failure], model: str | None = None, lexicon: Path | str | None = None
) -> list[Extracted | Failure | Annotated]:
    """What one task of a refresh does: a batch of ``pipeline.store.Update`` in, what it takes out.

    Texts are annotated and related, and their annotations come last, to be stored; texts whose annotations
    were stored before (``batch.stored``) are related only, and no model is loaded for them.
    """
    from pipeline.store import Annotated, Shard

    if stored := getattr(batch, "stored", ()):
        return [*_related(batch, stored)]
    nlp = loaded(model, lexicon)
    shard = Shard()
    results = _extracted(nlp, batch, shard)
    done = tuple(result.document.doc_id for result in results if isinstance(result, Extracted))
    return [*results, Annotated(shard.to_bytes(), done, tuple(shard.parsed), model_version(nlp))]


def prepare(model: str | None = None, lexicon: Path | str | None = None, *, texts: bool = True) -> None:
    """Load what `work_on` needs before the first batch comes; for stored annotations alone, no ``texts``."""
    from pipeline import relate
    from pipeline.settings import settings

    settings()
    if texts:
        loaded(model, lexicon)
    else:
        _vocab()
        relate.prepare()


def _extracted(
    nlp: Language, batch: Sequence[Document | Failure], shard: Shard | None
) -> list[Extracted | Failure]:
    """`extract_batch`; the documents that were done go into ``shard``, in order."""
    from pipeline.settings import settings

    documents = [item for item in batch if isinstance(item, Document)]
    # As much as its longest document may take, and what all of them are expected to.
    share = 1 + sum(len(document.text) for document in documents) / settings().max_characters
    done: Iterator[Extracted | Failure] = (_alone(nlp, document, shard) for document in documents)
    if len(documents) > 1:
        with suppress(Exception, Overtime), within(share * settings().max_seconds):
            done = iter(_annotated(nlp, documents, shard))
    return [item if isinstance(item, Failure) else next(done) for item in batch]


def _alone(nlp: Language, document: Document, shard: Shard | None) -> Extracted | Failure:
    from pipeline.settings import settings

    try:
        with within(settings().max_seconds):
            return _annotated(nlp, [document], shard)[0]
    except Overtime:
        return _too_slow(document, "annotate", settings().max_seconds)
    except Exception as error:
        return _failed(document, "annotate", error)


def _too_slow(document: Document, stage: str, seconds: float) -> Failure:
    return Failure(
        doc_id=document.doc_id,
        path=document.source,
        stage=stage,
        error="too-slow",
        message=f"{document.doc_id}: the language pipeline took more than {seconds:g} seconds of processor time for "
        "this text and left it out: split it, or raise KUPFFER_MAX_SECONDS.",
    )


def _failed(document: Document, stage: str, error: Exception) -> Failure:
    reason = " ".join(str(error).split()) or "no reason given"
    return Failure(
        doc_id=document.doc_id,
        path=document.source,
        stage=stage,
        error=type(error).__name__,
        message=f"{document.doc_id}: the language pipeline could not work on this text and left it out; "
        f"please report it ({type(error).__name__}: {reason[:200]}).",
    )


def _annotated(nlp: Language, documents: Sequence[Document], shard: Shard | None) -> list[Extracted]:
    from pipeline import annotate
    from pipeline.store import Shard

    results = []
    docs: list[Doc] = []
    # What nearly all texts use is kept, for making a word known costs more than all else about it. Beyond that,
    # strings that only these texts use are forgotten at the end; only plain records leave the zone.
    with nlp.memory_zone() if len(nlp.vocab) > annotate.KNOWN_WORDS else nullcontext():
        for document, doc in annotate.annotate(nlp, documents, batch_size=len(documents) or 1):
            results.append(_from_doc(doc, document))
            if shard is not None:
                docs.append(doc)
        if len(results) != len(documents):
            raise ValueError(f"{len(documents)} documents went in, {len(results)} came out")
        if shard is not None:
            whole = Shard()  # all of these or, where the time runs out here, none
            for doc in docs:
                whole.add(doc)
            shard.extend(whole)
    give_back()
    return results


def _from_doc(doc: Doc, document: Document) -> Extracted:
    from pipeline import annotate, relate
    from pipeline.store import misplaced

    mentions = annotate.mentions_of(doc, document)
    triples = relate.triples_of(doc, document, mentions)
    document.text.encode()  # half a surrogate pair is no text: no file can hold it
    if wrong := misplaced(document, mentions, triples):
        raise ValueError(wrong)
    return Extracted(document, mentions, triples)


def _from_flat(flat: Flat, document: Document) -> Extracted:
    """What a text holds that has no tree: mentions alone."""
    from pipeline.annotate import mentions_in
    from pipeline.store import misplaced

    mentions = mentions_in(document, flat.mentions, flat.starts)
    if flat.length != len(document.text) or misplaced(document, mentions, ()):
        raise ValueError(_OF_ANOTHER)
    return Extracted(document, mentions, [])


def _related(
    batch: Sequence[Document | Failure], stored: Sequence[tuple[bytes, Sequence[int]]]
) -> Iterator[Extracted | Failure]:
    """Relations of documents whose annotations are stored; the Docs are made again one shard at a time."""
    from pipeline.settings import settings
    from pipeline.store import Flat, stored_docs

    documents = [item for item in batch if isinstance(item, Document)]
    for shard, places in stored:
        here, documents = documents[: len(places)], documents[len(places) :]
        docs = stored_docs(shard, places, _vocab())
        for document in here:
            try:
                doc = next(docs)
                if isinstance(doc, Flat):
                    yield _from_flat(doc, document)
                    continue
                # Its words put together would cost a twentieth of all this; each mention is held against the text.
                if (doc[-1].idx + len(doc[-1].text_with_ws) if len(doc) else 0) != len(document.text):
                    raise ValueError(_OF_ANOTHER)
            except Exception as error:
                yield _failed(document, "restore", error)  # and the next run annotates it again
                continue
            try:
                with within(settings().max_seconds):
                    related = _from_doc(doc, document)
            except Overtime:
                yield _too_slow(document, "relate", settings().max_seconds)
            except Exception as error:
                yield _failed(document, "relate", error)
            else:
                yield related


def _vocab() -> Vocab:
    """English without a model: what words look like, for Docs that were annotated before.

    Making a word known costs more than all else about it, so words stay from shard to shard; but not for ever.
    """
    vocab = _english()
    if len(vocab) > _MOST_WORDS:
        _english.cache_clear()
        vocab = _english()
    return vocab


@lru_cache(maxsize=1)
def _english() -> Vocab:
    from spacy.attrs import IS_ALPHA, IS_PUNCT, IS_SPACE, LOWER, NORM
    from spacy.lang.lex_attrs import LEX_ATTRS
    from spacy.vocab import Vocab

    from pipeline import annotate, relate  # noqa: F401 (they register what is kept on a Doc)

    # What relations read of a word, and no more: its shape, prefix and all else take time for each new word.
    return Vocab(
        lex_attr_getters={name: LEX_ATTRS[name] for name in (LOWER, NORM, IS_ALPHA, IS_PUNCT, IS_SPACE)}
    )


def model_version(nlp: Language) -> str:
    """Name and version of the model, as the tables have it: ``en_kupffer-0.1.0``."""
    return f"{nlp.meta['lang']}_{nlp.meta['name']}-{nlp.meta['version']}"


def as_document(text: str | Document, number: int) -> Document:
    """A text as a document named ``text-1``, ``text-2``, ... by its number; documents pass as they are."""
    if isinstance(text, Document):
        return text
    return Document(doc_id=f"text-{number}", text=unicodedata.normalize("NFC", text))
