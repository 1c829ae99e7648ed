"""Mentions that only a weaker source proposes where the model read the text and marked nothing.

The model has the lexicon's terms as features, so its silence says something. Each doubt was set on the marked abstracts
that training may see, marked by recognisers that had not seen them (``pipeline.train.halves``): of the mentions of
a kind, the share that overlaps a marked one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pipeline.annotate.candidates import ABBREVIATED, LEXICON, MODEL, REPEATED, Found
from pipeline.lexicon.forms import normal
from pipeline.records import MentionType

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from pipeline.lexicon import Lexicon

# An abbreviation is believed where the long form was marked this surely: those below were right 1 time in 4
# (therapies) and 1 in 3 (mechanisms: a disease's name is one here and none there, "IPF").
LEAST_OF_LONG_FORM = {MentionType.THERAPY: 0.5, MentionType.MECHANISM: 0.8}
# A name is repeated where the model marked this share of its places: 7 in 10 are right, of the others 3.
LEAST_OF_PLACES = 0.5
# Ontologies whose treatments are as often a procedure, a poison or a model of disease: 13 in 100 were right.
_UNSURE_ORIGIN = "mesh"


def believed(doc: Doc, lexicon: Lexicon, mentions: Sequence[Found]) -> list[Found]:
    """``mentions`` without those that the model's silence speaks against; of a model without slots, all."""
    read = {
        type_ for type_ in LEAST_OF_LONG_FORM | {MentionType.CELL: 0} if f"model:{type_.lower()}" in doc.spans
    }
    if not read:
        return list(mentions)
    places = _places_of_therapies(doc, mentions)
    others = {
        type_: [f for f in mentions if f.type is type_] for type_ in (MentionType.MECHANISM, MentionType.GENE)
    }
    return [
        f
        for f in mentions
        if f.type not in read or f.source == MODEL or _is_believed(doc, lexicon, f, places, others)
    ]


def _is_believed(
    doc: Doc,
    lexicon: Lexicon,
    found: Found,
    places: dict[str, tuple[int, int]],
    others: dict[MentionType, list[Found]],
) -> bool:
    text = doc[found.start : found.end].text
    if found.source == ABBREVIATED:
        return found.score >= LEAST_OF_LONG_FORM.get(found.type, 0.0)
    if found.source == REPEATED and found.type is MentionType.THERAPY:
        marked, all_ = places[text.lower()]
        return marked >= LEAST_OF_PLACES * all_
    if found.source != LEXICON or lexicon.is_own(normal(text)):
        return True
    if found.type is MentionType.CELL:  # "fibroblast growth factor" names no fibroblast
        return not any(o.start <= found.start and found.end <= o.end for o in others[MentionType.GENE])
    if found.type is MentionType.THERAPY:  # "reperfusion injury" is no reperfusion
        known = lexicon.lookup(text, found.type)
        return not _meets(found, others[MentionType.MECHANISM]) and not (
            known and known[0].origin == _UNSURE_ORIGIN
        )
    return True


def _places_of_therapies(doc: Doc, mentions: Iterable[Found]) -> dict[str, tuple[int, int]]:
    """(places where the model marked it, all places) of each text that is a therapy somewhere."""
    all_: Counter[str] = Counter()
    marked: Counter[str] = Counter()
    for found in mentions:
        if found.type is MentionType.THERAPY:
            text = doc[found.start : found.end].text.lower()
            all_[text] += 1
            marked[text] += found.source == MODEL
    return {text: (marked[text], count) for text, count in all_.items()}


def _meets(found: Found, others: Iterable[Found]) -> bool:
    return any(o.start < found.end and found.start < o.end for o in others)
