"""Why a score is what it is: errors by their cause, what each rule gave, and whether confidence means what it says."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path

from pipeline.evaluate.marked import SLOTS, Marked, MarkedTriple, Span
from pipeline.evaluate.scores import Compared, Scores

STEPS = (0.5, 0.6, 0.7, 0.8, 0.9)
_SENTENCE_END = re.compile(r"\n|(?<=[.!?])\s+(?=[A-Z\d])")
_ROLES = {"cell": "cell_role", "therapy": "therapy_role"}


class Cause(StrEnum):
    """What went wrong, in the order in which the program could have got it right."""

    MENTION_MISSED = "mention missed"
    MENTION_WRONG = "mention wrong"
    NOT_LINKED = "not linked"
    WRONGLY_LINKED = "wrongly linked"
    ROLE = "role"
    NEGATION = "negation"
    SPECULATION = "speculation"


@dataclass(frozen=True, slots=True)
class Error:
    """One line of errors.tsv. Slots and roles are gold's where gold has the triple, else what was found."""

    doc_id: str
    cause: Cause
    detail: str
    cell: str
    cell_role: str
    mechanism: str
    therapy_role: str
    therapy: str
    rules: str
    confidence: float | None
    sentence: str


def errors(scores: Scores) -> list[Error]:
    """Everything that the view "any" holds against the predictions, and wrong roles and flags of what it matched.

    Sorted by cause, then in the order of documents and of their triples. A gold triple that was not found is
    *mention missed* when one of its slots has no found mention like it, else *not linked*; a found triple that gold
    does not have is *mention wrong* when gold marks no such mention, else *wrongly linked*.
    """
    found = [error for compared in scores.documents for error in _errors_of(compared)]
    order = list(Cause)
    return sorted(found, key=lambda error: order.index(error.cause))


def _errors_of(compared: Compared) -> Iterator[Error]:
    gold, predicted = compared.gold, compared.predicted
    found_spans, gold_spans = spans_by_slot(predicted), spans_by_slot(gold)
    same = compared.wording.same
    for index in compared.any.missed:
        triple = compared.marked[index]
        lacking = [
            slot
            for slot in SLOTS
            if (span := triple.slot(slot)) and not any(same(f, span) for f in found_spans[slot])
        ]
        cause = Cause.MENTION_MISSED if lacking else Cause.NOT_LINKED
        detail = ", ".join(lacking) if lacking else _nearest(compared, triple)
        yield _error(compared, cause, detail, triple, None)
    for index in compared.any.wrong:
        triple = compared.found[index]
        lacking = [
            slot
            for slot in SLOTS
            if (span := triple.slot(slot)) and not any(same(span, g) for g in gold_spans[slot])
        ]
        cause = Cause.MENTION_WRONG if lacking else Cause.WRONGLY_LINKED
        yield _error(compared, cause, ", ".join(lacking), triple, triple)
    for one, other in compared.any.pairs:
        prediction, triple = compared.found[one], compared.marked[other]
        wrong = [
            f"{slot}: {ours} for {theirs}"
            for slot, role in _ROLES.items()
            if (ours := getattr(prediction, role)) != (theirs := getattr(triple, role))
        ]
        if wrong:
            yield _error(compared, Cause.ROLE, ", ".join(wrong), triple, prediction)
        for cause, flag in ((Cause.NEGATION, "negated"), (Cause.SPECULATION, "speculated")):
            if getattr(prediction, flag) != getattr(triple, flag):
                detail = flag if getattr(prediction, flag) else f"not {flag}"
                yield _error(compared, cause, f"found as {detail}", triple, prediction)


def spans_by_slot(marked: Marked) -> dict[str, list[Span]]:
    """The mentions of each slot, with what triples point at: some gold marks nothing else."""
    mentions = (*marked.mentions, *marked.optional_mentions)
    triples = (*marked.triples, *marked.optional_triples)
    return {
        slot: [
            *((m.start, m.end) for m in mentions if m.type == slot.upper()),
            *(span for t in triples if (span := t.slot(slot))),
        ]
        for slot in SLOTS
    }


def _nearest(compared: Compared, gold: MarkedTriple) -> str:
    """What was found of a gold triple instead, when its mechanism has a row with one of its other slots."""
    for slots in (("cell", "mechanism"), ("mechanism", "therapy")):
        if all(gold.slot(slot) for slot in slots) and any(
            compared.wording.alike(found, gold, slots) for found in compared.predicted.triples
        ):
            return f"only {' and '.join(slots)}"
    return ""


def _error(
    compared: Compared, cause: Cause, detail: str, triple: MarkedTriple, found: MarkedTriple | None
) -> Error:
    text = compared.gold.text

    def words(slot: str) -> str:
        span = triple.slot(slot)
        return text[slice(*span)] if span else ""

    sentence = found.evidence if found and found.evidence else sentence_around(text, triple)
    return Error(
        compared.gold.id,
        cause,
        detail,
        words("cell"),
        triple.cell_role or "",
        words("mechanism"),
        triple.therapy_role or "",
        words("therapy"),
        "; ".join(found.rules) if found else "",
        found.confidence if found else None,
        text[slice(*sentence)],
    )


def sentence_around(text: str, triple: MarkedTriple) -> Span:
    """From the first sentence that a slot stands in to the last, told by full stops and line ends alone."""
    spans = [span for slot in SLOTS if (span := triple.slot(slot))]
    first, last = min(start for start, _ in spans), max(end for _, end in spans)
    start = max((m.end() for m in _SENTENCE_END.finditer(text) if m.end() <= first), default=0)
    end = min((m.start() for m in _SENTENCE_END.finditer(text) if m.start() >= last), default=len(text))
    return start, end


def write_errors(found: Iterable[Error], path: Path) -> None:
    """Errors as TSV with a header; tabs, line ends and backslashes in texts are written ``\\t``, ``\\n``, ``\\\\``.

    Raises:
        OSError: the file cannot be written.
    """
    names = [f.name for f in fields(Error)]
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(
            out, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None, escapechar=None
        )
        writer.writerow(names)
        writer.writerows([_escaped(getattr(error, name)) for name in names] for error in found)


def _escaped(value: object) -> str:
    text = "" if value is None else str(value)
    for plain, written in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(plain, written)
    return text


# -- rules and confidence --


@dataclass(frozen=True, slots=True)
class RuleFigure:
    """Links that a rule made, how many tie what gold ties, and how many of those with gold's role."""

    rule: str
    links: int
    right: int
    role_right: int


LinkKey = tuple[str, Span, Span]  # "cell" or "therapy", its span, the mechanism's


def rule_figures(
    scores: Scores, rules_of: dict[str, dict[LinkKey, tuple[str, ...]]] | None = None
) -> list[RuleFigure]:
    """Every rule by its links, most first. A link is one cell or therapy tied to one mechanism.

    A link that only an optional triple has is left out of the counts.

    Args:
        rules_of: for each document, which rules made a link. Without it, as for predictions from a file, both links
            of a row with three slots are counted for each of its rules.
    """
    made: Counter[str] = Counter()
    right: Counter[str] = Counter()
    role_right: Counter[str] = Counter()
    for compared in scores.documents:
        known = (rules_of or {}).get(compared.gold.id, {})
        for key, (role, rules) in _links(compared.predicted.triples).items():
            told = _told(compared, compared.gold.triples, key)
            if not told and _told(compared, compared.gold.optional_triples, key):
                continue
            for rule in known.get(key, rules):
                made[rule] += 1
                right[rule] += bool(told)
                role_right[rule] += role in told
    return [RuleFigure(rule, n, right[rule], role_right[rule]) for rule, n in made.most_common()]


def _links(triples: Iterable[MarkedTriple]) -> dict[LinkKey, tuple[str | None, tuple[str, ...]]]:
    out: dict[LinkKey, tuple[str | None, tuple[str, ...]]] = {}
    for triple in triples:
        for slot, role in _ROLES.items():
            source, mechanism = triple.slot(slot), triple.mechanism
            if source and mechanism:
                out.setdefault((slot, source, mechanism), (getattr(triple, role), triple.rules))
    return out


def _told(compared: Compared, triples: Iterable[MarkedTriple], key: LinkKey) -> set[str | None]:
    """The roles by which gold ties the two ends of a link; empty where it does not tie them."""
    slot, source, mechanism = key
    same = compared.wording.same
    return {
        getattr(triple, _ROLES[slot])
        for triple in triples
        if triple.slot(slot) and same(source, triple.slot(slot)) and same(mechanism, triple.mechanism)
    }


@dataclass(frozen=True, slots=True)
class Calibration:
    """Of the rows at ``confidence`` or above: how many there are and how many gold has."""

    confidence: float
    rows: int
    right: int


def calibration(scores: Scores, steps: Sequence[float] = STEPS) -> list[Calibration]:
    """Rows and right rows (view "any") at each confidence or above; the first entry, at 0, is all of them.

    Rows without a confidence, as in other people's files, are left out.
    """
    rows = [
        (confidence, index in matched)
        for compared in scores.documents
        for matched in ({p for p, _ in compared.any.pairs},)
        for index in (*matched, *compared.any.wrong)
        if (confidence := compared.found[index].confidence) is not None
    ]
    return [
        Calibration(step, sum(c >= step for c, _ in rows), sum(hit for c, hit in rows if c >= step))
        for step in (0.0, *steps)
    ]
