"""From candidates to mentions: what the model marked, what the lexicon knows, what the document itself defines.

Writes ``doc.spans["mentions"]`` (may nest; ``label_`` is the type, ``kb_id_`` the CURIE), ``doc._.mentions`` (the
same as plain data, with name, source and score) and ``doc.ents`` (the longest-first flattening).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from spacy.attrs import TAG
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from pipeline.annotate.candidates import ABBREVIATED, LEXICON, MODEL, PATTERN, REPEATED, Apart, Found
from pipeline.annotate.doubts import believed
from pipeline.annotate.labels import type_of
from pipeline.annotate.patterns import acts_on, targeted
from pipeline.annotate.terms import bundled_lexicon, terms_of
from pipeline.annotate.words import lower_case, written
from pipeline.lexicon import Lexicon, load_lexicon, spelled_out
from pipeline.records import MentionType

SLOTS = frozenset({MentionType.CELL, MentionType.MECHANISM, MentionType.THERAPY})
# What the lexicon may add where the model is silent, set on marked abstracts; mechanisms are the model's alone,
# since whether "response" names a process is a matter of the sentence.
FOUND_BY_LEXICON = frozenset(
    {
        MentionType.CELL,
        MentionType.THERAPY,
        MentionType.GENE,
        MentionType.DISEASE,
        MentionType.ANATOMY,
        MentionType.CHEMICAL,
    }
)

FOUND = "kupffer_found"
"""Key of ``doc.user_data`` where ``candidates`` wait if somebody before, ``kupffer_syntax``, found them already."""

Candidates = dict[MentionType, Apart]

_FINITE = ("VBZ", "VBP", "VB")
_NEVER_FIRST = frozenset({"the", "a", "an", ",", ";", ")", "-"})
_NEVER_LAST = frozenset({",", ";", ".", "(", ":", "-", "and"})
_KEPT_ANSWERS = 20_000
_PIECE = re.compile(r"[\s/,;()]+|(?i:\banti[-‐‑])")


class MentionFinder:
    """The component ``kupffer_mentions``: one lexicon; what it keeps changes no document's mentions."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._grounded: dict[tuple[str, MentionType, str | None, str | None], Any] = {}

    def __call__(self, doc: Doc) -> Doc:
        known: Candidates | None = doc.user_data.pop(FOUND, None)
        return self.set_annotations(doc, self.settled(doc, self.candidates(doc) if known is None else known))

    def find(self, doc: Doc) -> list[Found]:
        """All mentions of a document, in the order of the text; of one type they do not overlap."""
        return self.settled(doc, self.candidates(doc))

    def candidates(self, doc: Doc) -> Candidates:
        """What stands in the text whatever its tree: of one type no two share a word.

        Of tags and trees only `hangs_on_tags` tells what would change.
        """
        by_type = {type_: Apart() for type_ in MentionType}
        lower = lower_case(doc)
        _put(
            by_type,
            self._of_model(doc, lower),
            targeted(doc, lower),
            self._of_lexicon(doc),
            self._of_abbreviations(doc, by_type),
            self._repeated(lower, by_type),
        )
        return by_type

    def settled(self, doc: Doc, by_type: Candidates) -> list[Found]:
        """The mentions among ``candidates``, which are used up, and the acts that the tree shows."""
        _put(by_type, acts_on(doc, list(by_type[MentionType.CELL])))
        out = [f for those in by_type.values() for f in those]
        # "CAR-T cells" inside "FAP-directed CAR-T cells" are the cell; only the model may see a therapy there.
        out = [
            f
            for f in out
            if f.type is not MentionType.THERAPY
            or f.source == MODEL
            or not any(c.start <= f.start and f.end <= c.end for c in by_type[MentionType.CELL].meeting(f))
        ]
        # A cell is no gene, and a slot's name needs no second reading as chemical or anatomy; a cytokine that is
        # given as a therapy stays a gene too.
        cells = {(f.start, f.end) for f in out if f.type is MentionType.CELL}
        slots = {(f.start, f.end) for f in out if f.type in SLOTS}
        out = [
            f
            for f in out
            if f.type in SLOTS
            or (f.start, f.end) not in slots
            or (f.type is MentionType.GENE and (f.start, f.end) not in cells)
        ]
        return sorted(believed(doc, self.lexicon, out), key=lambda f: (f.start, -f.end, f.type))

    def _of_model(self, doc: Doc, lower: Sequence[str]) -> Iterator[Found]:
        for group in sorted(key for key in doc.spans if key.startswith("model:")):
            spans = doc.spans[group]
            scores = spans.attrs.get("scores") or [1.0] * len(spans)
            for span, score in zip(spans, scores, strict=True):
                type_ = type_of(span.label_)
                # The slots have heads of their own; a cell or drug of another scheme follows other guidelines.
                if type_ is not None and (type_ not in SLOTS or span.label_ in SLOTS):
                    found = _trimmed(
                        doc, lower, Found(span.start, span.end, type_, MODEL, round(float(score), 3))
                    )
                    if found is not None:
                        yield found

    def _of_lexicon(self, doc: Doc) -> Iterator[Found]:
        for start, end, type_, score in terms_of(doc, self.lexicon):
            if type_ in FOUND_BY_LEXICON:
                yield Found(start, end, MentionType(type_), LEXICON, score)

    def _of_abbreviations(self, doc: Doc, so_far: Candidates) -> Iterator[Found]:
        """An abbreviation is what its long form is, everywhere in the document.

        The mention must be the long form or its better part, head included: "T cell" does not make "T cell receptor
        (TCR)" a cell.
        """
        defined = short_forms(doc)
        if not defined:
            return
        ending: dict[int, list[Found]] = {}
        for found in (found for type_ in SLOTS for found in so_far[type_]):
            ending.setdefault(found.end, []).append(found)
        places: dict[str, list[int]] = {}
        for i, word in enumerate(written(doc)):
            places.setdefault(word, []).append(i)
        for short, (start, end) in defined.items():
            # The surest, whatever order a set of types comes in: that differs from process to process.
            known = max(
                (f for f in ending.get(end, ()) if f.start <= (start + end) / 2),
                key=lambda f: (f.score, f.end - f.start, f.type),
                default=None,
            )
            if known is None or len(short) < 2:
                continue
            for form in {short, short + "s", short.removesuffix("s")}:
                for i in places.get(form, ()):
                    yield Found(i, i + 1, known.type, ABBREVIATED, known.score)

    def _repeated(self, lower: Sequence[str], so_far: Candidates) -> Iterator[Found]:
        """A name the model was sure of is that name in the other sentences too; ``lower``: the document's words."""
        for type_ in (MentionType.CELL, MentionType.THERAPY):
            texts: dict[tuple[str, ...], float] = {}
            for found in so_far[type_]:
                words = tuple(lower[found.start : found.end])
                if found.score >= 0.8 and len("".join(words)) > 2:
                    texts[words] = max(found.score, texts.get(words, 0.0))
            lengths: dict[str, set[int]] = {}
            for words in texts:
                lengths.setdefault(words[0], set()).add(len(words))
            for i, first in enumerate(lower):
                for length in lengths.get(first, ()):
                    score = texts.get(tuple(lower[i : i + length]))
                    if score is not None and i + length <= len(lower):
                        yield Found(i, i + length, type_, REPEATED, score)

    def set_annotations(self, doc: Doc, mentions: Sequence[Found]) -> Doc:
        """Ground the mentions and write them."""
        context, longs = Context.of(doc), long_forms(doc)
        spans, rows = [], []
        seen: dict[tuple[str, MentionType], Any] = {}
        if len(self._grounded) > _KEPT_ANSWERS:
            self._grounded.clear()
        for found in mentions:
            text = doc[found.start : found.end].text
            key = (text, found.type)
            if key not in seen:
                seen[key] = self._ground(text, found.type, longs, context)
            entry = seen[key]
            spans.append(
                Span(doc, found.start, found.end, label=str(found.type), kb_id=entry.curie if entry else "")
            )
            rows.append(
                {
                    "start": spans[-1].start_char,
                    "end": spans[-1].end_char,
                    "text": text,
                    "type": str(found.type),
                    "id": (entry.curie or None) if entry else None,
                    "name": (entry.name or None) if entry else None,
                    "source": found.source + (f"|{entry.source}" if entry else ""),
                    "score": round(found.score, 3),
                }
            )
            if found.type is MentionType.THERAPY:
                rows[-1]["targets"] = self._targets(text)
        doc.spans["mentions"] = spans
        doc._.mentions = rows
        doc.ents = filter_spans([span for span in spans if span.end > span.start])
        return doc

    def _ground(self, text: str, type_: MentionType, longs: dict[str, str], context: Context) -> Any:
        """What the lexicon says; kept for the next documents where it did not look at the words of this one."""
        long_form, in_full = longs.get(text), spelled_out(text, longs) if longs else None
        key = (text, type_, long_form, in_full)
        if key in self._grounded:
            return self._grounded[key]
        context.read = False
        entry = self.lexicon.ground(text, type_, long_form=long_form, in_full=in_full, context=context)
        if not context.read:
            self._grounded[key] = entry
        return entry

    def _targets(self, text: str) -> list[str]:
        """CURIEs of the genes a therapy's name holds: both of "CCR2/CCR5 blockade"."""
        pieces = [p for p in _PIECE.split(text) if len(p) > 2]
        genes = [self.lexicon.lookup(piece, MentionType.GENE) for piece in pieces]
        return sorted(
            {found[0].curie for found in genes if found and found[0].source.startswith("lexicon:exact")}
        )


def short_forms(doc: Doc) -> dict[str, tuple[int, int]]:
    """Abbreviations the document defines: short form -> token offsets of its first long form."""
    out: dict[str, tuple[int, int]] = {}
    for row in (doc._.abbreviations if doc.has_extension("abbreviations") else None) or ():
        if isinstance(row, dict):
            out.setdefault(row["short_text"], (row["long_start"], row["long_end"]))
        else:
            out.setdefault(row.text, (row._.long_form.start, row._.long_form.end))
    return out


def long_forms(doc: Doc) -> dict[str, str]:
    """Abbreviations the document defines: short form -> long form, as grounding wants them."""
    return {short: doc[start:end].text for short, (start, end) in short_forms(doc).items()}


class Context(frozenset[str]):
    """A document's words in lower case; ``read`` tells whether anybody looked at them, which few need."""

    read = False
    _doc: Doc | None = None
    _words: frozenset[str] | None = None

    @classmethod
    def of(cls, doc: Doc) -> Context:
        """Those of ``doc``, collected when somebody looks."""
        context = cls()
        context._doc = doc
        return context

    def _seen(self) -> frozenset[str]:
        self.read = True
        if self._words is None:
            self._words = context_of(self._doc) if self._doc is not None else frozenset(super().__iter__())
        return self._words

    def __iter__(self) -> Iterator[str]:
        return iter(self._seen())

    def __contains__(self, word: object) -> bool:
        return word in self._seen()


def context_of(doc: Doc) -> frozenset[str]:
    """The document's words in lower case, which decide ambiguous short forms."""
    return frozenset(token.lower_ for token in doc if token.is_alpha)


def _trimmed(doc: Doc, lower: Sequence[str], found: Found) -> Found | None:
    """Without a verb that it ran into, and without articles, spaces, stray brackets and commas at its ends."""
    start, end = _without_clause(doc, found)
    while start < end and (lower[start] in _NEVER_FIRST or lower[start].isspace()):
        start += 1
    while start < end and (lower[end - 1] in _NEVER_LAST or lower[end - 1].isspace()):
        end -= 1
    if start == end:
        return None
    inside = "".join(lower[start:end])
    if inside.count("(") != inside.count(")"):
        if lower[end - 1] == ")":
            end -= 1
        elif end < len(doc) and lower[end] == ")":
            end += 1
        elif lower[start] == "(":
            start += 1
    if (start, end) == (found.start, found.end):
        return found
    return replace(found, start=start, end=end) if start < end else None


def _without_clause(doc: Doc, found: Found) -> tuple[int, int]:
    """Cell and therapy end where a finite verb begins: "irradiation attracts monocytes" is "irradiation"."""
    if found.type not in (MentionType.CELL, MentionType.THERAPY):
        return found.start, found.end
    verb = next((i for i in range(found.start, found.end) if doc[i].tag_ in _FINITE), None)
    if verb is None or doc[verb].dep_ in ("compound", "amod", "nmod"):
        return found.start, found.end
    return (found.start, verb) if verb > found.start else (verb + 1, found.end)


def hangs_on_tags(doc: Doc) -> bool:
    """Whether some mention of the model holds a finite verb, at which `MentionFinder.candidates` cuts."""
    tags = doc.to_array([TAG])
    finite = np.isin(tags, np.array([doc.vocab.strings[tag] for tag in _FINITE], dtype=tags.dtype))
    if not finite.any():
        return False
    slots = (spans for group, spans in doc.spans.items() if group.startswith("model:"))
    return any(finite[span.start : span.end].any() for spans in slots for span in spans)


def _put(by_type: Candidates, *sources: Iterable[Found]) -> None:
    """Add one source after the other, each seeing what those before it have left."""
    for found in (
        f for source in sources for f in sorted(source, key=lambda f: (-(f.end - f.start), f.start))
    ):
        rivals = by_type[found.type].meeting(found)
        if not rivals:
            by_type[found.type].add(found)
        elif found.source == PATTERN and all(found.start <= r.start and r.end <= found.end for r in rivals):
            for rival in rivals:  # "anti-PD-1 antibody" is the therapy, not "antibody"
                by_type[found.type].remove(rival)
            by_type[found.type].add(found)


if not Doc.has_extension("mentions"):
    Doc.set_extension("mentions", default=None)


@Language.factory(
    "kupffer_mentions", default_config={"lexicon": None}, assigns=["doc.spans", "doc.ents", "doc._.mentions"]
)
def make_mentions(nlp: Language, name: str, lexicon: str | None) -> MentionFinder:
    """``lexicon``: path of a TSV of the user's own terms, or None."""
    if "kupffer_terms" in nlp.pipe_names and nlp.get_pipe_config("kupffer_terms")["lexicon"] == lexicon:
        terms: Any = nlp.get_pipe("kupffer_terms")  # one lexicon for both: it takes most of a second to load
        return MentionFinder(terms.lexicon)
    return MentionFinder(load_lexicon(Path(lexicon)) if lexicon else bundled_lexicon())
