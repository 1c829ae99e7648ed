"""From a mention to one identifier, step by step; every step leaves its name in ``source``.

1. a short form with several meanings: by its long form, else by the words of the document;
2. the whole text, as written, then in normal form (also without what it holds in parentheses);
3. the long form that the document gives for the abbreviation;
4. composed: a target and an action ("CSF1R inhibition"), a product and its making ("secretes IL-10");
5. the head of the phrase, walking from the longest part to the shortest ("intratumoral CCR8+ Tregs"
   is a regulatory T cell), marked as narrower than the name.

Where none answers there is no identifier: None is better than a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.lexicon import composing
from pipeline.lexicon.forms import cased, normal, without_parentheses
from pipeline.lexicon.tables import senses
from pipeline.records import MentionType

if TYPE_CHECKING:
    from pipeline.lexicon.lookup import Candidate, Lexicon

# A mention's type, then the types whose names may stand for it: a drug is a chemical or a protein
# given as a drug, and a disease is what a mechanism leads to ("promotes colorectal cancer").
ALSO = {
    MentionType.THERAPY: (MentionType.CHEMICAL,),
    MentionType.MECHANISM: (MentionType.DISEASE,),
    MentionType.CHEMICAL: (MentionType.THERAPY,),
}
ABBREVIATION, CONTEXT, HEAD = "lexicon:abbreviation", "lexicon:context", "lexicon:head"
_ABBREVIATION_SCORE, _CONTEXT_SCORE = 0.9, 0.9
_HEAD_LEAST, _HEAD_SPAN = 0.5, 0.3

# What ends the noun phrase that holds the head, and what may be left off behind a name.
_BORDER = re.compile(
    r"\s+(?:of|in|by|to|into|onto|from|via|with|without|through|toward|towards|at|on|for|against|between|among"
    r"|within|during|after|upon|expressing|producing|secreting|infiltrating|that|which|who|was|were|is|are"
    r"|has|have|had|been|being|such|including)\s+.*",
    re.IGNORECASE,
)
_COORDINATED = re.compile(r"\s(?:and|or|and/or|&)\s|/|,", re.IGNORECASE)
_SEPARATOR = re.compile(r"[\s-]+")
_TRAILING = re.compile(
    r"(?:[\s-]+(?:based|treatments?|therap(?:y|ies)|administration|injections?|infusions?|monotherapy|regimens?"
    r"|agents?|drugs?|compounds?|extracts?))+$",
    re.IGNORECASE,
)
_CANCER_CELL = re.compile(
    r"^(.+?)[\s-]+(?:tumou?r[\s-]+|cancer[\s-]+)?cells?(?:[\s-]+lines?)?$", re.IGNORECASE
)
_CANCER_NAME = re.compile(r"cancer|carcinoma|oma\b|sarcoma|leukemia|lymphoma|myeloma|tumor|neoplas|malignan")
# Benign or not neoplastic for all their endings.
_NOT_MALIGNANT = re.compile(
    r"benign|adenoma|papilloma|lipoma|granuloma|hematoma|glaucoma|trachoma|atheroma|fibroma"
)
MALIGNANT_CELL = "CL:0001064"
ANY_CELL = "CL:0000000"

_LYMPHOCYTE = re.compile(r"\b([tb]) lymphocyte\b")
_LYMPHOID_CELL = re.compile(r"\b([tb]) cell\b")
_POSITIVE = re.compile(r"(?<=[a-z\d]) positive(?: ,)?(?= )")
_PLUS = re.compile(r"(?<=\d) \+")


def keys(text: str, type: MentionType) -> tuple[str, ...]:
    """Normal forms under which a row is kept: its own and, for cells, those that mean the same.

    >>> keys("CD8-positive T cell", MentionType.CELL)[1]
    'cd 8 + t cell'
    """
    key = normal(text)
    if type != MentionType.CELL:
        return (key,)
    found = {key: None}
    plus = _POSITIVE.sub(" +", key)
    for form in (plus, _PLUS.sub("", plus), _PLUS.sub(" positive", plus)):
        found[form] = None
        found[_LYMPHOCYTE.sub(r"\1 cell", form)] = None
        found[_LYMPHOID_CELL.sub(r"\1 lymphocyte", form)] = None
    return tuple(found)


def ground(
    lexicon: Lexicon, text: str, type: MentionType, long_form: str | None, context: frozenset[str]
) -> Candidate | None:
    """See ``Lexicon.ground``."""
    text = " ".join(text.split())
    if not text:
        return None
    known, found = _ambiguous(lexicon, text, type, long_form, context)
    if known:
        return found
    return (
        whole(lexicon, text, type)
        or _long_form(lexicon, long_form, type, context)
        or composing.compose(lexicon, text, type, context)
        or _cancer_cell(lexicon, text, type, context)
        or _head(lexicon, text, type, context)
    )


def whole(lexicon: Lexicon, text: str, type: MentionType) -> Candidate | None:
    """The best candidate for all of ``text``, of this type or one that may stand for it."""
    for form in dict.fromkeys((text, without_parentheses(text))):
        for accepted in (type, *ALSO.get(type, ())):
            found = _best(lexicon, form, accepted)
            if found is not None:
                return replace(found, type=type)
    return None


def _best(lexicon: Lexicon, text: str, type: MentionType) -> Candidate | None:
    key = normal(text)
    if not key:
        return None
    found = lexicon.candidates(text, key, type)
    if not found and type == MentionType.CELL:
        # "NK" and "NK cells", "Treg cell" and "Treg" are the same cell.
        for other in (f"{text} cell", re.sub(r"[\s-]+cells?$", "", text)):
            found = found or ([] if other == text else lexicon.candidates(other, normal(other), type))
    return found[0] if found else None


def _ambiguous(
    lexicon: Lexicon, text: str, type: MentionType, long_form: str | None, context: frozenset[str]
) -> tuple[bool, Candidate | None]:
    """(is it an ambiguous short form of this type, what it means here)."""
    form = cased(re.sub(r"[\s-]+cells?$", "", text) if type == MentionType.CELL else text)
    accepted = (type, *ALSO.get(type, ()))
    readings = [sense for sense in senses().get(form, ()) if sense.type in accepted]
    if not readings or lexicon.is_own(normal(text)):
        return False, None
    if long_form and normal(long_form) != normal(text):
        return True, _long_form(lexicon, long_form, type, context)
    met = frozenset(normal(word) for word in context)
    votes = [(len(sense.cues & met), sense.default, sense) for sense in readings]
    count, default, sense = max(votes, key=lambda vote: vote[:2])
    if not count and not default:
        return True, None
    return True, lexicon.named(sense.curie, type, CONTEXT, _CONTEXT_SCORE)


def _long_form(
    lexicon: Lexicon, long_form: str | None, type: MentionType, context: frozenset[str]
) -> Candidate | None:
    if not long_form:
        return None
    found = ground(lexicon, long_form, type, None, context)
    if found is None:
        return None
    return replace(found, source=ABBREVIATION, score=round(found.score * _ABBREVIATION_SCORE, 3))


def _cancer_cell(lexicon: Lexicon, text: str, type: MentionType, context: frozenset[str]) -> Candidate | None:
    """ "HCC cells", "melanoma tumor cells": malignant cells of that cancer."""
    match = _CANCER_CELL.match(without_parentheses(text)) if type == MentionType.CELL else None
    if match is None:
        return None
    disease = ground(lexicon, match[1], MentionType.DISEASE, None, context)
    if disease is None or not _CANCER_NAME.search(disease.name) or _NOT_MALIGNANT.search(disease.name):
        return None
    return replace(lexicon.named(MALIGNANT_CELL, type, HEAD, 0.7), narrower=True)


def _head(lexicon: Lexicon, text: str, type: MentionType, context: frozenset[str]) -> Candidate | None:
    """The longest part around the phrase's head that the lexicon knows."""
    bare = without_parentheses(text)
    if type == MentionType.CELL and _COORDINATED.search(bare):
        return None
    total = len(_SEPARATOR.split(bare))
    for part in _parts(bare, type):
        known, found = _ambiguous(lexicon, part, type, None, context)
        found = found if known else whole(lexicon, part, type)
        if found is not None and found.curie != ANY_CELL:
            share = len(_SEPARATOR.split(part)) / total
            score = round(_HEAD_LEAST + _HEAD_SPAN * min(share, 1.0), 3)
            return replace(found, source=HEAD, score=score, narrower=True)
    return None


def _parts(text: str, type: MentionType) -> Iterator[str]:
    """Parts of a phrase that hold its head, longest first; the whole phrase is not among them."""
    phrase = _BORDER.sub("", text)
    if type == MentionType.THERAPY:
        bare = _TRAILING.sub("", phrase)
        if bare != phrase and bare:
            yield bare
    if phrase != text:
        yield phrase
    starts = [m.end() for m in _SEPARATOR.finditer(phrase)]
    yield from (phrase[start:] for start in starts if phrase[start:])
    if type == MentionType.MECHANISM:  # "secrete interleukin-6": the verb comes first
        words = phrase.split()
        if len(words) > 1:
            yield words[0]
