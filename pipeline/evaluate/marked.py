"""Marked documents: a text with the mentions and triples that somebody, or this program, marked in it.

All offsets are characters of ``Marked.text``, end exclusive. ``read_gold`` and ``read_predictions`` bring in files;
``of_records`` takes what extraction gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from pipeline.records import CellRole, Document, Level, Mention, TherapyRole, Triple

Span = tuple[int, int]
SLOTS = ("cell", "mechanism", "therapy")


class MarksError(ValueError):
    """A file of marks that cannot be used; the message names it, says what is wrong and what would mend it."""


@dataclass(frozen=True, slots=True)
class MarkedMention:
    """A span with its type ("CELL", "MECHANISM", "THERAPY" or another, which is not scored)."""

    type: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class MarkedTriple:
    """Three spans, two roles, two flags; predictions also say how sure they are, by which rules, and from where."""

    cell: Span | None
    mechanism: Span | None
    therapy: Span | None
    cell_role: str | None = None
    therapy_role: str | None = None
    negated: bool = False
    speculated: bool = False
    confidence: float | None = None
    rules: tuple[str, ...] = ()
    evidence: Span | None = None

    def slot(self, name: str) -> Span | None:
        """The span of "cell", "mechanism" or "therapy"."""
        found: Span | None = getattr(self, name)
        return found


@dataclass(frozen=True, slots=True)
class Marked:
    """One document. ``optional_*``: what two annotators did not agree on; it counts neither for nor against."""

    id: str
    text: str
    mentions: tuple[MarkedMention, ...] = ()
    triples: tuple[MarkedTriple, ...] = ()
    optional_mentions: tuple[MarkedMention, ...] = ()
    optional_triples: tuple[MarkedTriple, ...] = ()


def of_records(document: Document, mentions: Iterable[Mention], triples: Iterable[Triple]) -> Marked:
    """What extraction found, as marks: the rows that the tables would hold, linked rows left out."""
    from pipeline.store.rows import mention_rows, triple_rows

    triples = list(triples)
    return Marked(
        document.doc_id,
        document.text,
        tuple(_mention_of_row(row) for row in mention_rows(document, mentions, triples)),
        tuple(_triples_of_rows(triple_rows(document, triples))),
    )


def _mention_of_row(row: Mapping[str, Any]) -> MarkedMention:
    return MarkedMention(row["type"].upper(), row["start"], row["end"])


def _triples_of_rows(rows: Iterable[Mapping[str, Any]]) -> Iterator[MarkedTriple]:
    for row in rows:
        if row["level"] == Level.ASSERTED:
            cell, mechanism, therapy = (
                None if row[f"{slot}_start"] is None else (row[f"{slot}_start"], row[f"{slot}_end"])
                for slot in SLOTS
            )
            yield MarkedTriple(
                cell,
                mechanism,
                therapy,
                row["cell_role"],
                row["therapy_role"],
                row["negated"],
                row["speculated"],
                row["confidence"],
                tuple(row["rules"]),
                (row["evidence_start"], row["evidence_end"]),
            )


def read_gold(path: Path) -> list[Marked]:
    """Marked documents of a JSONL file in our format, or of a folder in brat's or BioNLP's standoff format.

    Raises:
        MarksError: nothing there that can be read as marks, or a mark that does not fit its text.
        OSError: the file cannot be opened.
    """
    if path.is_dir():
        from pipeline.evaluate.brat import read_brat

        return read_brat(path)
    return read_jsonl(path)


def read_predictions(path: Path, gold: Sequence[Marked]) -> dict[str, Marked]:
    """Predictions by document: a folder of tables as ``kupffer extract --out`` writes, or a JSONL file as gold's.

    Documents of the folder that ``gold`` does not know are left out.

    Raises:
        MarksError: the JSONL file is not in the format, or the folder's texts are not gold's.
        OSError: the file or a table is missing.
        pipeline.store.SchemaError: the folder holds other tables than ours.
    """
    if not path.is_dir():
        return {marked.id: marked for marked in read_jsonl(path)}
    from pipeline.store import open_outputs

    texts = {marked.id: marked.text for marked in gold}
    with open_outputs(path) as outputs:
        documents = outputs.table("documents", ["doc_id", "text"]).to_pylist()
        found = outputs.table("mentions", ["doc_id", "type", "start", "end"]).to_pylist()
        triples = outputs.table("triples").to_pylist()
    for row in documents:
        if texts.get(row["doc_id"], row["text"]) != row["text"]:
            raise MarksError(
                f"{path}: the text of document {row['doc_id']} is not the one that gold's offsets point into; "
                "extract again from gold's own text."
            )
    mentions: dict[str, list[MarkedMention]] = {id_: [] for id_ in texts}
    rows: dict[str, list[Mapping[str, Any]]] = {id_: [] for id_ in texts}
    for row in found:
        if row["doc_id"] in texts:
            mentions[row["doc_id"]].append(_mention_of_row(row))
    for row in triples:
        if row["doc_id"] in texts:
            rows[row["doc_id"]].append(row)
    return {
        id_: Marked(id_, text, tuple(mentions[id_]), tuple(_triples_of_rows(rows[id_])))
        for id_, text in texts.items()
    }


# -- our JSONL --


def _in_order(span: Span) -> Span:
    if not 0 <= span[0] < span[1]:
        raise ValueError("a span is [start, end] with 0 <= start < end")
    return span


_Span = Annotated[Span, AfterValidator(_in_order)]
_Flag = Annotated[bool | None, AfterValidator(bool)]


class _MentionLine(BaseModel):
    type: str
    start: int
    end: int

    def marked(self) -> MarkedMention:
        return MarkedMention(self.type, *_in_order((self.start, self.end)))


class _TripleLine(BaseModel):
    cell: _Span | None = None
    mechanism: _Span
    therapy: _Span | None = None
    cell_role: CellRole | None = None
    therapy_role: TherapyRole | None = None
    negated: _Flag = False
    speculated: _Flag = False
    confidence: float | None = None
    level: Level = Level.ASSERTED
    rules: tuple[str, ...] = ()

    def marked(self) -> MarkedTriple:
        return MarkedTriple(
            self.cell,
            self.mechanism,
            self.therapy,
            None if self.cell_role is None else str(self.cell_role),
            None if self.therapy_role is None else str(self.therapy_role),
            bool(self.negated),
            bool(self.speculated),
            self.confidence,
            self.rules,
        )


class _Line(BaseModel):
    """One line of gold: other keys are somebody's notes."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    id: str
    text: str
    mentions: list[_MentionLine] = Field(default_factory=list)
    triples: list[_TripleLine] = Field(default_factory=list)
    optional_mentions: list[_MentionLine] = Field(default_factory=list)
    optional_triples: list[_TripleLine] = Field(default_factory=list)

    def marked(self) -> Marked:
        return Marked(
            self.id,
            self.text,
            tuple(m.marked() for m in self.mentions),
            _asserted(self.triples),
            tuple(m.marked() for m in self.optional_mentions),
            _asserted(self.optional_triples),
        )


def _asserted(triples: Iterable[_TripleLine]) -> tuple[MarkedTriple, ...]:
    return tuple(t.marked() for t in triples if t.level is Level.ASSERTED)


def read_jsonl(path: Path) -> list[Marked]:
    """The documents of a JSONL file: ``id``, ``text``, ``mentions``, ``triples``, ``optional_*`` on each line.

    Raises:
        MarksError: a line is not in the format, or a document stands there twice.
        OSError: the file cannot be opened.
    """
    out: dict[str, Marked] = {}
    with path.open(encoding="utf-8") as lines:
        try:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    marked = _read_line(path, number, line)
                    if marked.id in out:
                        raise MarksError(
                            f"{path}, line {number}: document {marked.id} stands there twice; keep one."
                        )
                    out[marked.id] = marked
        except UnicodeDecodeError:
            raise MarksError(f"{path}: not UTF-8 text; save the marks as UTF-8.") from None
    if not out:
        raise MarksError(
            f"{path}: no documents in it; give one JSON object a line, with id, text and triples."
        )
    return list(out.values())


def _read_line(path: Path, number: int, line: str) -> Marked:
    try:
        marked = _Line.model_validate_json(line).marked()
    except ValidationError as error:
        wrong = error.errors()[0]
        where = ".".join(map(str, wrong["loc"])) or "the line"
        raise MarksError(f"{path}, line {number}: {where}: {wrong['msg']}; correct this line.") from None
    except ValueError as error:
        raise MarksError(f"{path}, line {number}: {error}; correct this line.") from None
    beyond = next((span for span in all_spans(marked) if span[1] > len(marked.text)), None)
    if beyond:
        raise MarksError(
            f"{path}, line {number}: the span {list(beyond)} ends after the text, which has {len(marked.text)} "
            "characters; correct this line."
        )
    return marked


def all_spans(marked: Marked) -> Iterator[Span]:
    """Every span marked in a document."""
    for mention in (*marked.mentions, *marked.optional_mentions):
        yield mention.start, mention.end
    for triple in (*marked.triples, *marked.optional_triples):
        yield from (span for slot in SLOTS if (span := triple.slot(slot)) is not None)
