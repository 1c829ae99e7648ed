"""From a mention to one identifier, step by step; every step leaves its name in ``source``.

1. a short form with several meanings: by its long form, else by the words of the document;
2. the whole text, as written, then in normal form (also without what it holds in parentheses), then with the
   spaces and hyphens put back that a text has lost ("myeloidderived suppressor cells");
3. the long form that the document gives for the abbreviation, also where it is a part of the text ("BCa cells");
4. composed: a target and an action ("CSF1R inhibition"), a product and its making ("secretes IL-10");
5. a word of it misspelled ("lymphoctes"): see ``pipeline.lexicon.spelling``, which has the place of scispaCy's
   nearest neighbours, and says why;
6. the head of the phrase, walking from the longest part to the shortest ("intratumoral CCR8+ Tregs"
   is a regulatory T cell), marked as narrower than the name.

A step that ends in ":broader" found a name that says less than the text; so does "lexicon:head" always. Where none
answers there is no identifier: None is better than a guess.
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

# A mention's type, then the types whose names may stand for it: what is given as a drug is a chemical, a cell
# or a protein, and a disease is what a mechanism leads to ("promotes colorectal cancer").
ALSO = {
    MentionType.THERAPY: (MentionType.CHEMICAL, MentionType.CELL, MentionType.GENE),
    MentionType.MECHANISM: (MentionType.DISEASE,),
    MentionType.CHEMICAL: (MentionType.THERAPY,),
}
ABBREVIATION, CONTEXT, HEAD = "lexicon:abbreviation", "lexicon:context", "lexicon:head"
JOINED, SPELLED, BROADER = "lexicon:joined", "lexicon:spelled", ":broader"
_ABBREVIATION_SCORE, _CONTEXT_SCORE, _JOINED_SCORE, _SPELLED_SCORE = 0.9, 0.9, 0.85, 0.85
_HEAD_LEAST, _HEAD_SPAN = 0.5, 0.3

# What ends the noun phrase that holds the head, and what may be left off behind a name.
_BORDER = re.compile(
    r"\s+(?:of|in|by|to|into|onto|from|via|with|without|through|toward|towards|at|on|for|against|between|among"
    r"|within|during|after|upon|expressing|producing|secreting|infiltrating|that|which|who|was|were|is|are"
    r"|has|have|had|been|being|such|including)\s+.*",
    re.IGNORECASE,
)
_COORDINATED = re.compile(r"\s(?:and|or|and/or|&)\s|/|,", re.IGNORECASE)
_ODD_HYPHEN = re.compile(r"[\u2010-\u2015\u2212\u00ad]")
_SEPARATOR = re.compile(r"[\s-]+")
# Where a phrase may be cut: at spaces, and at hyphens before a plain word or a plural; never after what turns it round.
_BREAK = re.compile(
    r"(?<!\bnon)(?<!\banti)(?<!\bun)(?<!\bnot)(?<!\bno)"
    r"(?<!\bpost)(?:\s+|(?<!\bpro)(?<!\bpre)(?<!\bco)(?<!\bde)(?<!\bre)-(?=[a-z]{4}|(?-i:[A-Z]{2,5}s\b)))",
    re.IGNORECASE,
)
_TRAILING = re.compile(
    r"(?:[\s-]+(?:based|treatments?|therap(?:y|ies)|administration|injections?|infusions?|monotherapy|regimens?"
    r"|agents?|drugs?|compounds?|extracts?|supplementation|supplements?|exposure|delivery|use|usage|vaccination|stimulation|challenge|pre-?treatments?|nanoformulations?))+$",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"(?:\s+(?:pathways?|process(?:es)?|capacity|capacities|capability|abilit(?:y|ies)|activit(?:y|ies)|potential|functions?"
    r"|phenotypes?|effects?|programs?|events?))+$",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"^(?:(?:the|a|an|high-dose|low-dose|oral|intravenous|systemic|recombinant|human|administration|infusion|injection|use"
    r"|treatment|therapy|transfer|delivery|combination|inhibition|of|with|by|\d[\d.,]*|million)\s+)+",
    re.IGNORECASE,
)
# What is given is behind such words: "treatment with exosomes", "injection of doxorubicin".
_GIVING = re.compile(
    r"^(?:.*\s)?(?:administration|application|infusion|injection|implantation|supplementation|transfer|treatment|use)"
    r"s? (?:of|with) (?:the )?",
    re.IGNORECASE,
)
_CANCER_CELL = re.compile(r"^(.+?)[\s-]+(?:(tumou?r|cancer)[\s-]+)?cells?(?:[\s-]+lines?)?$", re.IGNORECASE)
_CANCER_NAME = re.compile(r"cancer|carcinoma|oma\b|sarcoma|leukemia|lymphoma|myeloma|tumor|neoplas|malignan")
# Benign or not neoplastic for all their endings.
_NOT_MALIGNANT = re.compile(
    r"benign|adenoma|papilloma|lipoma|granuloma|hematoma|glaucoma|trachoma|atheroma|fibroma"
)
_CELL_WORD = re.compile(r"[\s-]+cells?(?:[\s-]+lines?)?$", re.IGNORECASE)
_SHORT_FORM = re.compile(r"[A-Z+][A-Z\d+]*s?$")
MALIGNANT_CELL = "CL:0001064"
# Of these a hyphen joins two as good as each other: "Akt-mTORC1", "serine-threonine".
_HYPHEN_JOINS = frozenset({MentionType.GENE, MentionType.CHEMICAL})
_SPACE = re.compile(r"\s+")
# Of these a phrase that joins two is neither: only what both share names it.
_HELD_APART = frozenset({MentionType.CELL, MentionType.MECHANISM, MentionType.DISEASE, MentionType.THERAPY})
# Heads that say nothing: "cell", "cell line", "disease", "syndrome", "environment", "injections".
NOTHING = frozenset(
    {
        "CL:0000000",
        "MESH:D002460",
        "MESH:D004194",
        "MONDO:0000001",
        "MESH:D013577",
        "MONDO:0002254",
        "MESH:D004777",
    }
    | {"MESH:D007267"}
)

# What happens to a disease without being another thing: the disease is what such a phrase names.
_COURSE = re.compile(
    r"^(?:(?:the|disease|clinical)\s+)*(?:development|onset|pathogenesis|initiation|occurrence|incidence|severity"
    r"|symptoms?|pathology|pathophysiology|manifestations?|exacerbations?) (?:and (?:progression|severity) )?of"
    r" (?P<after>.+)$|^(?P<before>.+?)[\s-]+(?:development|onset|pathogenesis|initiation|severity|symptoms?|activity"
    r"|pathology|pathophysiology|exacerbations?)$",
    re.IGNORECASE,
)
# The endings of verbs: what stands in front is what a phrase is about where it is a verb ("secrete interleukin-6").
_VERB = re.compile(r"(?:ed|ing|[^su]s|ss|ct|ete|ote|uce|ate|ize|ise|ify|ill|ind|ibit|ose|cite|ivate)$")
_SECRETION, _DRUG_LIBERATION, _PROGRESSION = "GO:0046903", "MESH:D065546", "MESH:D018450"
_SYMBOL = re.compile(r"\S*[A-Z\d]\S*$")


def ground(
    lexicon: Lexicon,
    text: str,
    type: MentionType,
    long_form: str | None,
    context: frozenset[str],
    in_full: str | None = None,
) -> Candidate | None:
    """See ``Lexicon.ground``."""
    found = _ground(lexicon, text, type, long_form, context)
    if in_full and (found is None or found.source in (CONTEXT, HEAD)):
        # Of a part that is all we know, and of what only the document's words decide, its own definition knows more.
        other = _ground(lexicon, in_full, type, None, context)
        if other is not None and (found is None or found.source == CONTEXT or not other.narrower):
            found = replace(other, source=ABBREVIATION, score=round(other.score * _ABBREVIATION_SCORE, 3))
    if found is None or not found.narrower or found.source == HEAD or found.source.endswith(BROADER):
        return found
    return replace(found, source=found.source + BROADER)


def _ground(
    lexicon: Lexicon, text: str, type: MentionType, long_form: str | None, context: frozenset[str]
) -> Candidate | None:
    text = _ODD_HYPHEN.sub("-", " ".join(text.split())).rstrip(".,;:")
    if not text:
        return None
    if long_form and normal(long_form) != normal(text):
        return _by_long_form(lexicon, text, long_form, type, context)
    known, found = _ambiguous(lexicon, text, type, context)
    if known:
        return found
    return (
        whole(lexicon, text, type)
        or _joined(lexicon, text, type)
        or composing.compose(lexicon, text, type, context)
        or _cancer_cell(lexicon, text, type, context)
        or _course_of_disease(lexicon, text, type, context)
        or _spelled(lexicon, text, type, context)
        or _head(lexicon, text, type, context)
    )


def _spelled(lexicon: Lexicon, text: str, type: MentionType, context: frozenset[str]) -> Candidate | None:
    """What a text names that has a slip of the pen in it; a part of it would be found without mending the rest."""
    key = lexicon.corrected(normal(text))
    found = ground(lexicon, key, type, None, context) if key else None
    if found is None or found.narrower:
        return None
    return replace(found, source=SPELLED, score=round(found.score * _SPELLED_SCORE, 3))


def _joined(lexicon: Lexicon, text: str, type: MentionType) -> Candidate | None:
    """A term that has lost a space or a hyphen, where only one it can be."""
    key = lexicon.unsqueezed(normal(text))
    found = lexicon.candidates(key, key, type) if key else []
    return replace(found[0], source=JOINED, score=_JOINED_SCORE) if found else None


def _course_of_disease(
    lexicon: Lexicon, text: str, type: MentionType, context: frozenset[str]
) -> Candidate | None:
    """ "development of asthma" is about asthma, not about growing up."""
    match = _COURSE.match(text) if type == MentionType.MECHANISM else None
    if match is None:
        return None
    disease = ground(lexicon, match["after"] or match["before"], MentionType.DISEASE, None, context)
    return replace(disease, type=type, source=HEAD, score=0.7, narrower=True) if disease else None


def whole(lexicon: Lexicon, text: str, type: MentionType) -> Candidate | None:
    """The best candidate for all of ``text``, of this type or one that may stand for it."""
    for form in dict.fromkeys((text, without_parentheses(text))):
        for accepted in (type, *ALSO.get(type, ())):
            found = _best(lexicon, form, accepted)
            if found is not None and (accepted != MentionType.GENE or _spelled_out(lexicon, form)):
                return replace(found, type=type)
    return None


def _spelled_out(lexicon: Lexicon, text: str) -> bool:
    """Whether a gene is named by more than a symbol: many a made-up drug name is some gene's symbol."""
    return any(
        term.match == "lower" or term.source == "kupffer" or term.text.startswith(("miR-", "let-"))
        for term in lexicon.terms(normal(text))
        if term.type == MentionType.GENE
    )


def _best(lexicon: Lexicon, text: str, type: MentionType, *, part: bool = False) -> Candidate | None:
    """The best candidate of this very type. ``part``: the text is cut out of a longer one."""
    key = normal(text)
    if not key:
        return None
    found = lexicon.candidates(text, key, type)
    if type == MentionType.CELL:
        # "NK" and "NK cells", "Treg cell" and "Treg" are the same cell; the "receptor" of a phrase is none.
        others = [_CELL_WORD.sub("", text)]
        if not part or _SHORT_FORM.search(text):
            others.append(f"{text} cell")
        for other in others:
            found = found or ([] if other == text else lexicon.candidates(other, normal(other), type))
    return found[0] if found else None


def _by_long_form(
    lexicon: Lexicon, text: str, long_form: str, type: MentionType, context: frozenset[str]
) -> Candidate | None:
    """What the long form names: the document's own definition goes before what others mean by it.

    Where the long form leads nowhere, our own short forms still count: detectors cut long forms short.
    """
    found = ground(lexicon, long_form, type, None, context)
    if found is not None:
        return replace(found, source=ABBREVIATION, score=round(found.score * _ABBREVIATION_SCORE, 3))
    known, found = _ambiguous(lexicon, text, type, context)
    found = found if known else whole(lexicon, text, type)
    return found if found is not None and found.origin.startswith("kupffer") else None


def _ambiguous(
    lexicon: Lexicon, text: str, type: MentionType, context: frozenset[str]
) -> tuple[bool, Candidate | None]:
    """(is it an ambiguous short form of this type, what it means here)."""
    form = cased(_CELL_WORD.sub("", text) if type == MentionType.CELL else text)
    accepted = (type, *ALSO.get(type, ()))
    readings = [sense for sense in senses().get(form, ()) if sense.type in accepted]
    if not readings or lexicon.is_own(normal(text)):
        return False, None
    met = frozenset(normal(word) for word in context)
    votes = [(len(sense.cues & met), sense.default) for sense in readings]
    count, default = best = max(votes)
    chosen = [sense for sense, vote in zip(readings, votes, strict=True) if vote == best]
    # No cue and no default, or as many cues for two readings: nobody can tell.
    if not (count or default) or len({sense.curie for sense in chosen}) > 1:
        return True, None
    named = lexicon.named(chosen[0].curie, type, CONTEXT, _CONTEXT_SCORE)
    return True, replace(named, row=chosen[0].form)


def _cancer_cell(lexicon: Lexicon, text: str, type: MentionType, context: frozenset[str]) -> Candidate | None:
    """ "HCC cells", "melanoma tumor cells": malignant cells of that cancer."""
    match = _CANCER_CELL.match(without_parentheses(text)) if type == MentionType.CELL else None
    if match is None:
        return None
    disease = ground(lexicon, match[1], MentionType.DISEASE, None, context)
    if disease is not None and _SHORT_FORM.match(match[1]) and not disease.origin.startswith("kupffer"):
        return None  # "MTT cell proliferation assay"
    if disease is None and match[2]:
        disease = ground(lexicon, f"{match[1]} {match[2]}", MentionType.DISEASE, None, context)
    if disease is None or not _CANCER_NAME.search(disease.name) or _NOT_MALIGNANT.search(disease.name):
        return None
    return replace(lexicon.named(MALIGNANT_CELL, type, HEAD, 0.7), narrower=True)


def _head(lexicon: Lexicon, text: str, type: MentionType, context: frozenset[str]) -> Candidate | None:
    """The longest part around the phrase's head that the lexicon knows."""
    bare = without_parentheses(text)
    if type == MentionType.MECHANISM and lexicon.lookup(text, MentionType.GENE):
        return None  # "proliferating cell nuclear antigen" does not proliferate
    if type in _HELD_APART:
        # "splenic and peritoneal macrophages" are macrophages, "T and B cells" are not B cells.
        *_, last = [None, *_COORDINATED.finditer(_BORDER.sub("", bare))]
        if last is not None:
            after = _SEPARATOR.search(bare, last.end())
            bare = bare[after.end() :] if after else ""
    total = len(_SEPARATOR.split(bare))
    for part in (bare, *_parts(bare, type)) if bare else ():
        known, found = _ambiguous(lexicon, part, type, context)
        found = found if known else _of_type(lexicon, part, type, first=bare.startswith(part))
        if found is not None and part != bare and _is_by_chance(lexicon, found, part, bare):
            continue
        if found is not None and found.curie not in NOTHING and _may_be_head(lexicon, found, part, bare):
            if found.curie == _SECRETION and _of_a_drug(lexicon, bare, part):
                found = lexicon.named(_DRUG_LIBERATION, type, HEAD, 1.0)
            share = len(_SEPARATOR.split(part)) / total
            score = round(_HEAD_LEAST + _HEAD_SPAN * min(share, 1.0), 3)
            return replace(found, source=HEAD, score=score, narrower=True)
    return None


def _is_by_chance(lexicon: Lexicon, found: Candidate, part: str, phrase: str) -> bool:
    """Whether a part is found that the phrase does not mean.

    The full name of another gene ("activating transcription factor 4"), a short form of some rare disease,
    a progression of what is no disease.
    """
    if found.type == MentionType.GENE:
        return not _SYMBOL.match(part)
    if found.type in (MentionType.DISEASE, MentionType.MECHANISM) and _SHORT_FORM.match(part):
        return not found.origin.startswith("kupffer")
    if found.curie == _PROGRESSION and normal(part) == "progression":
        other = phrase.replace(part, " ").strip(" -")
        behind = re.sub(r"^(?:of|to|into|towards?)\s+", "", other)
        return lexicon.ground(behind, MentionType.DISEASE) is None
    return False


def _of_a_drug(lexicon: Lexicon, phrase: str, part: str) -> bool:
    """Whether what is released is a drug: from its carrier, that is, and not from a cell."""
    before = phrase[: phrase.rfind(part)].split()
    behind = re.match(r"\s+of\s+(.+)", phrase[phrase.rfind(part) + len(part) :])
    released = behind[1] if behind else before[-1] if before else ""
    return part.casefold().startswith("releas") and bool(lexicon.lookup(released, MentionType.THERAPY))


def _of_type(lexicon: Lexicon, part: str, type: MentionType, *, first: bool) -> Candidate | None:
    """As `whole`, for a head: a therapy's is a therapy or a cell, for "natriuretic peptide" is no way to treat.

    ``first``: the part stands in front, where a verb is wanted, and "tumor" in "tumor regression" is none.
    """
    if type == MentionType.CELL:
        return _best(lexicon, part, type, part=True) or _joined(lexicon, part, type)
    if type == MentionType.THERAPY:
        found = _best(lexicon, part, type)
        if found is None and len(part) > 2:  # "formosanin C" is no C cell
            found = _best(lexicon, part, MentionType.CELL, part=True)
        return replace(found, type=type) if found else None
    if type == MentionType.MECHANISM and first and " " not in part:
        return _best(lexicon, part, type)
    return whole(lexicon, part, type)


def _may_be_head(lexicon: Lexicon, found: Candidate, part: str, phrase: str) -> bool:
    """Whether a general word may stand for the phrase it heads.

    "activation" alone is that of the triple's cell, and "T-cell activation" is one too; in "AMPK activation"
    the word means something else.
    """
    if not found.narrower or all(
        t.match != "ground" for t in lexicon.terms(normal(part)) if t.type == found.type
    ):
        return True
    modifier = phrase[: len(phrase) - len(part)].strip(" -") if phrase.endswith(part) else ""
    return bool(modifier) and lexicon.ground(modifier, MentionType.CELL) is not None


def _parts(text: str, type: MentionType) -> Iterator[str]:
    """Parts of a phrase that hold its head, longest first; the whole phrase is not among them."""
    phrase = _BORDER.sub("", text)
    breaks = _SPACE if type in _HYPHEN_JOINS else _BREAK
    if type == MentionType.THERAPY:
        given = _GIVING.sub("", text)
        if given != text and given:
            yield _BORDER.sub("", given)
        bare = _LEADING.sub("", _TRAILING.sub("", phrase))
        if bare != phrase and bare:
            yield bare
    if phrase != text:
        yield phrase
    if type == MentionType.MECHANISM:  # "mitochondrial apoptotic pathway": apoptosis, more than a pathway
        bare = _ABOUT.sub("", phrase)
        if bare != phrase:
            yield bare
            yield from (bare[m.end() :] for m in _BREAK.finditer(bare) if bare[m.end() :])
    yield from (phrase[m.end() :] for m in breaks.finditer(phrase) if phrase[m.end() :])
    if type == MentionType.MECHANISM:  # "secrete interleukin-6": the verb comes first
        words = phrase.split()
        if len(words) > 1 and _VERB.search(words[0].casefold()):
            yield words[0]
