"""From the corpora's own formats to spaCy documents with the words the pipeline will see.

Every function yields ``Doc`` objects with sentence starts and with gold in span groups ``model:<head>``
(see ``pipeline.annotate.heads``). Corpora of one token a line come twice for training: with their own tokens,
as others measure on them, and as running text cut by our tokenizer, as the pipeline reads.
"""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, DocBin, SpanGroup
from spacy.util import filter_spans

from pipeline.annotate.heads import group_name

Marks = list[tuple[int, int, str]]  # characters: start, end, type

SLOT_HEADS = {"cell": "CELL", "mechanism": "MECHANISM", "therapy": "THERAPY"}
HELD_BACK = ("7", "8", "9")  # last digits of the ids in triples/train.jsonl that are for measuring only
IOB_CORPORA = {"cg": "BioNLP13CG-IOB", "bc5cdr": "BC5CDR-IOB", "craft": "CRAFT-IOB"}


def save_docs(docs: Iterable[Doc], path: Path, *, trees: bool = False) -> int:
    """Write documents in spaCy's binary format, ``trees`` and all; returns how many words they have."""
    docs = list(docs)
    path.parent.mkdir(parents=True, exist_ok=True)
    attrs = ["ORTH", "NORM", "TAG", "LEMMA", "HEAD", "DEP"] if trees else ["ORTH", "NORM", "SENT_START"]
    DocBin(attrs=attrs, docs=docs).to_disk(path)
    return sum(map(len, docs))


def load_docs(path: Path, nlp: Language) -> list[Doc]:
    """Read what ``save_docs`` wrote."""
    return list(DocBin().from_disk(path).get_docs(nlp.vocab))


def mark_doc(nlp: Language, text: str, marks: dict[str, Marks], starts: Sequence[int] = ()) -> Doc:
    """Cut ``text`` into words and set a span group for each head in ``marks``.

    ``starts`` are the characters at which sentences begin; without them the borders are guessed. A mark that
    ends inside a word takes in the whole word; of marks of one head that overlap, the longest stays.
    """
    doc = nlp.make_doc(text)
    inside: set[int] = set()
    for head, items in marks.items():
        spans = [doc.char_span(s, e, label, alignment_mode="expand") for s, e, label in items]
        set_group(doc, head, filter_spans([span for span in spans if span is not None and len(span)]))
        for span in doc.spans[group_name(head)]:
            inside.update(range(span.start + 1, span.end))
    if starts:
        wanted = sorted(starts)
        firsts = {_first_word_from(doc, start) for start in wanted} | {0}
    else:
        firsts = guessed_starts(doc)
    for token in doc:
        token.is_sent_start = token.i in firsts and token.i not in inside
    return doc


def set_group(doc: Doc, head: str, spans: Sequence[Any]) -> None:
    """Set the gold of ``head``; an empty group says that the document has no mention of its types."""
    doc.spans[group_name(head)] = SpanGroup(doc, name=group_name(head), spans=list(spans))


def _first_word_from(doc: Doc, character: int) -> int:
    span = doc.char_span(character, min(character + 1, len(doc.text)), alignment_mode="expand")
    return span.start if span is not None else -1


def guessed_starts(doc: Doc) -> set[int]:
    """Word numbers at which sentences seem to begin: after a newline, or after a full stop before a capital."""
    firsts = {0}
    for token in doc[:-1]:
        following = doc[token.i + 1]
        if (token.is_space and "\n" in token.text) or (
            token.text in ".?!" and token.whitespace_ and (following.text[0].isupper() or following.is_digit)
        ):
            firsts.add(following.i)
    return firsts


def read_iob(path: Path) -> Iterator[list[tuple[str, str]]]:
    """The sentences of a file of ``word TAB tag`` lines, as (word, tag) pairs."""
    sentence: list[tuple[str, str]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip():
            if sentence:
                yield sentence
            sentence = []
            continue
        word, tag = line.split("\t")[:2]
        sentence.append((word, tag))
    if sentence:
        yield sentence


def iob_spans(tags: Sequence[str]) -> Marks:
    """Spans (first word, end, type) of B-/I-/O tags; an I- that continues nothing begins a span."""
    spans: Marks = []
    start: int | None = None
    for i, tag in enumerate([*tags, "O"]):
        goes_on = start is not None and tag[0] == "I" and tag[2:] == tags[start][2:]
        if start is not None and not goes_on:
            spans.append((start, i, tags[start][2:]))
            start = None
        if tag != "O" and start is None:
            start = i
    return spans


_NO_SPACE_BEFORE = set(".,;:)]}%'’”?!/-–+*")
_NO_SPACE_AFTER = set("([{'‘“/-–")


def joined(words: Sequence[str]) -> tuple[str, list[int]]:
    """Running text of tokens that were cut at every punctuation mark, and where each token starts in it.

    >>> joined(["TGF", "-", "beta", "(", "0", ".", "5", "%", ")"])
    ('TGF-beta (0.5%)', [0, 3, 4, 9, 10, 11, 12, 13, 14])
    """
    text, starts = "", []
    for i, word in enumerate(words):
        before = words[i - 1] if i else ""
        decimal = before in (".", ",") and word[0].isdigit() and i > 1 and words[i - 2][-1].isdigit()
        glue = not i or word in _NO_SPACE_BEFORE or before in _NO_SPACE_AFTER or decimal
        if not glue:
            text += " "
        starts.append(len(text))
        text += word
    return text, starts


def own_token_docs(nlp: Language, path: Path, head: str, sentences_a_doc: int = 5) -> Iterator[Doc]:
    """Documents of the corpus' own tokens."""
    for group in _grouped(read_iob(path), sentences_a_doc):
        words = [word for sentence in group for word, _ in sentence]
        firsts: set[int] = set()
        spans: Marks = []
        offset = 0
        for sentence in group:
            firsts.add(offset)
            tags = [tag for _, tag in sentence]
            spans += [(start + offset, end + offset, label) for start, end, label in iob_spans(tags)]
            offset += len(sentence)
        doc = Doc(nlp.vocab, words=words, sent_starts=[i in firsts for i in range(len(words))])
        made = [doc[start:end] for start, end, _ in spans]
        for span, (_, _, label) in zip(made, spans, strict=True):
            span.label_ = label
        set_group(doc, head, made)
        yield doc


def running_docs(nlp: Language, path: Path, head: str, sentences_a_doc: int = 5) -> Iterator[Doc]:
    """Documents of the corpus' text, put together again and cut by our tokenizer."""
    for group in _grouped(read_iob(path), sentences_a_doc):
        text, marks, sentence_starts = "", [], []
        for sentence in group:
            if text:
                text += " "
            words = [word for word, _ in sentence]
            part, starts = joined(words)
            sentence_starts.append(len(text))
            for first, end, label in iob_spans([tag for _, tag in sentence]):
                begin = len(text) + starts[first]
                marks.append((begin, len(text) + starts[end - 1] + len(words[end - 1]), label))
            text += part
        yield mark_doc(nlp, text, {head: marks}, sentence_starts)


def _grouped(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    group: list[Any] = []
    for item in items:
        group.append(item)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """One dictionary a line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def slot_docs(nlp: Language, records: Iterable[dict[str, Any]]) -> Iterator[Doc]:
    """Documents of marked abstracts: a head for each of the three slots."""
    for record in records:
        marks: dict[str, Marks] = {
            head: [(m["start"], m["end"], m["type"]) for m in record["mentions"] if m["type"] == label]
            for head, label in SLOT_HEADS.items()
        }
        yield mark_doc(nlp, record["text"], marks, [start for start, _ in record.get("sents", [])])


def event_docs(nlp: Language, records: Iterable[dict[str, Any]]) -> Iterator[Doc]:
    """Documents of the Cancer Genetics events turned into triples: processes and cells, in a head of their own."""
    for record in records:
        marks = [(m["start"], m["end"], m["type"]) for m in record["mentions"]]
        yield mark_doc(nlp, record["text"], {"cgslots": marks})


def cellfinder_docs(nlp: Language, archive: Path) -> Iterator[Doc]:
    """Documents of CellFinder (brat), one a paragraph."""
    with tarfile.open(archive) as tar:
        names = [name for name in tar.getnames() if re.search(r"cellfinder1_brat/[^/]+\.txt$", name)]
        for name in sorted(names):
            text = _member(tar, name)
            marks: Marks = []
            for line in _member(tar, name[:-3] + "ann").splitlines():
                found = re.match(r"T\d+\t(\w+) (\d+) (\d+)\t", line)
                if found:
                    marks.append((int(found[2]), int(found[3]), found[1]))
            for part in re.finditer(r"[^\n]+", text):
                here = [
                    (s - part.start(), e - part.start(), label)
                    for s, e, label in marks
                    if part.start() <= s and e <= part.end()
                ]
                yield mark_doc(nlp, part.group(), {"cellfinder": here})


def _member(tar: tarfile.TarFile, name: str) -> str:
    file = tar.extractfile(name)
    if file is None:
        raise ValueError(f"{name} in {tar.name!r} is not a file")
    return file.read().decode("utf-8")
