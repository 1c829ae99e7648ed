"""Names that are made, not listed: "CSF1R inhibition", "anti-PD-1 antibody", "secretion of IL-10".

No vocabulary lists "inhibition of CSF1R", so such a therapy gets an identifier that says what it is
made of, and nothing else: ``KUPFFER:inhibition.HGNC_2433``. The same action on the same targets has
the same identifier, whatever the words ("CSF1R blockade", "blocking CSF-1R", "anti-CSF1R antibody").
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.lexicon.forms import greek_to_names, without_parentheses
from pipeline.records import MentionType

if TYPE_CHECKING:
    from pipeline.lexicon.lookup import Candidate, Lexicon

COMPOSED = "lexicon:composed"
_SCORE = 0.85

# Action -> the words for it. "anti-" is an action of its own until the target decides.
_ACTIONS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (action, re.compile(rf"(?:^|(?<=[\s/-])){words}(?=$|[\s/-])", re.IGNORECASE))
    for action, words in (
        (
            "inhibition",
            r"(?:inhibit(?:ion|ors?|ing|ory|s|ed)?|block(?:ade|ades|ers?|ing|s|ed)?|antagoni(?:sts?|sm|stic|[sz]ing)"
            r"|neutrali[sz](?:ation|ing|ed|e)|suppression|suppressing|disrupt(?:ion|ing)|interfer(?:ing|ence)|tkis?|traps?|co-?block(?:ade|ing)|inactivat(?:ion|ing)"
            r"|down-?regulat(?:ion|ing))",
        ),
        (
            "activation",
            r"(?:super-?)?(?:agoni(?:sts?|sm|stic|[sz]ing)|activat(?:ors?|ion|ing)|stimulat(?:ors?|ion|ing)|inducers?"
            r"|engagement)",
        ),
        ("vaccine", r"(?:vaccines?|vaccination)"),
        (
            "silencing",
            r"(?:silencing|silenced|knock-?down|sirnas?|shrnas?|rnai|antisense(?:\s+oligonucleotides?)?)",
        ),
        ("degradation", r"(?:degraders?|degradation|protacs?)"),
        ("depletion", r"(?:deplet(?:ion|ing|ed|ors?)|ablation|eliminat(?:ion|ing)|removal)"),
        ("overexpression", r"(?:over-?express(?:ion|ing|ed)|up-?regulat(?:ion|ing)|mimics?|agomirs?)"),
        ("reprogramming", r"(?:reprogram(?:ming|med)?|re-?polari[sz](?:ation|ing)|re-?educat(?:ion|ing))"),
        ("modulation", r"(?:modulat(?:ion|ors?|ing)|manipulat(?:ion|ing))"),
        ("targeting", r"(?:target(?:ing|ed)(?:\s+therap(?:y|ies))?|directed(?:\s+therap(?:y|ies))?)"),
    )
)
# Only genes are silenced, made in excess or broken down on purpose, and only they tell one vaccine from another here.
_ON_GENES = frozenset({"silencing", "overexpression", "degradation", "vaccine"})
# "LPS stimulation" stimulates cells by LPS; "TLR9 stimulation" stimulates TLR9.
_BY_OR_OF = re.compile(r"\bstimulat(?:ion|ing)\b", re.IGNORECASE)
_ANTI = re.compile(r"^(?:anti[\s-]*|α-?)(?=[^\s])|(?<=[\s/+])(?:anti-|α-?)(?=[A-Z])", re.IGNORECASE)
_CAR_T = re.compile(
    r"[\s-]*(?:(?:directed|targeted|targeting|specific|redirected)[\s-]+)?"
    r"(?:CARs?[\s-]*(T|NK|M)\b(?:[\s-]*cells?)?|chimeric antigen receptor[\s-]*(T|NK)?[\s-]*cells?)"
    r"(?:[\s-]+therap(?:y|ies))?$"
)
_TARGETING_CAR = re.compile(
    r"^CARs?[\s-]*(T|NK|M)[\s-]*cells?[\s-]+(?:targeting|directed against|specific for|against)\s+(.+)$"
)
# "PD-L1 antibodies" without "anti-"; the code of a drug behind its class ("CXCR3 antagonist AMG487").
_ANTIBODY = re.compile(r"[\s-]+(?:monoclonal\s+)?(?:antibod(?:y|ies)|mabs?)$", re.IGNORECASE)
_ANTIBODY_TO = re.compile(
    r"^(?:\S+ing |monoclonal )*(?:antibod(?:y|ies)|m?abs?) (?:to|against|targeting|directed against|specific for|for) ",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"(?:(?<=inhibitor)|(?<=agonist)|(?<=blocker)) [A-Z][A-Za-z]*[- ]?[A-Z]*\d[\w-]*$|(?<=inhibitor) [A-Z]{3,6}$"
)
_LINKS = re.compile(r"^(?:(?:of|the|to|against|for|by|its)\s+)+|\s+(?:of|by|with)$", re.IGNORECASE)
_MIR = re.compile(r"^MiR-(?=\d)")
_ARM = re.compile(r"(?<=\d)[a-z]?-[35]p\b")
# Antibodies against these are made to switch them on, or to do either: "anti-" alone does not say which.
_EITHER_WAY = frozenset({"CD40", "TNFRSF4", "TNFRSF9", "TNFRSF18", "ICOS", "CD27", "CD28", "CD3", "CD2"})
_FILLER = re.compile(
    r"\b(?:the|of|its?|mouse|murine|human|soluble|first|second|third|generation|potent|novel|oral|by|with|using"
    r"|against|receptors?|ligands?|signal(?:l)?ing|pathways?|axis|antibod(?:y|ies)|m?abs?"
    r"|monoclonal|polyclonal|bispecific|small[\s-]molecules?|selective|specific|dual|combined|simultaneous|pan|therapy"
    r"|therapies|treatments?|agents?|drugs?|immune|checkpoints?|immunotherapy|mediated|based|administration|injections?"
    r"|functions?|activity|clones?|reagents?|therapeutics?|proteins?|expression|levels?|extracellular|antibody-mediated|kinase|molecules?|interactions?|inflammasomes?"
    r"|is|are|was|were|be|been|being|can|could|may|both|simultaneously|genetic|pharmacologic(?:al)?|therapeutic|systemic|local)\b",
    re.IGNORECASE,
)
_LOOSE_HYPHEN = re.compile(r"(?<!\S)-|-(?!\S)")
_SPLIT = re.compile(r"\s*(?:/|,|\+|&|\band\b|\bor\b|\bplus\b|\bwith\b)\s*")
_AND = re.compile(
    r"\s+(?:and|plus|with|combined with|(?:in combination|in conjunction|together) with|as well as|followed by)\s+"
    r"|\s*\+\s*"
)
_COMBINATION = re.compile(
    r"^(?:the\s+)?(?:combin(?:ation|ed|ing)|co-?administration)\s+(?:therapy\s+)?(?:of|with)?\s*",
    re.IGNORECASE,
)
_SHARED_STEM = re.compile(r"\b([A-Z]{2,}[-A-Z]*)(\d+)(?:/| and | or )(\d+)\b")

# "IL-10 release" and "IL-10 secretion" are what GO calls "interleukin-10 production".
_MAKING = re.compile(
    r"^(?:(?P<verb>secret|produc|releas)(?:e|es|ed|ing|ion of|tion of|e of)\s+(?P<what>.+)"
    r"|(?P<made>.+?)[\s-]+(?:secretions?|productions?|release|synthesis|secreting|producing))$",
    re.IGNORECASE,
)
_OF = re.compile(r"^(?P<act>[\w-]+(?:\s[\w-]+)?) of (?:the )?(?P<what>[^,;()]+)$", re.IGNORECASE)


def compose(lexicon: Lexicon, text: str, type: MentionType, context: frozenset[str]) -> Candidate | None:
    """A candidate put together from parts, or None."""
    bare = without_parentheses(text)
    if type == MentionType.THERAPY:
        return _car_t(lexicon, bare) or _targeted(lexicon, bare, context) or _combined(lexicon, bare, context)
    if type == MentionType.MECHANISM:
        return _inverted(lexicon, bare) or _making(lexicon, bare)
    return None


def _targeted(lexicon: Lexicon, text: str, context: frozenset[str]) -> Candidate | None:
    """An action on named targets."""
    action, rest = None, _ARM.sub("", _CODE.sub("", text))
    for name, words in _ACTIONS:
        if words.search(rest):
            action, rest = action or name, words.sub(" ", rest)
    if _ANTIBODY_TO.search(text):
        action, rest = "anti", _ANTIBODY_TO.sub("", text)
    if _ANTI.search(rest):
        action, rest = action or "anti", _ANTI.sub("", rest)
    elif action is None and _ANTIBODY.search(rest):
        action = "anti"
    if action is None:
        return None
    rest = _SHARED_STEM.sub(r"\1\2/\1\3", rest)
    rest = _LINKS.sub("", rest.strip())
    bare = _LOOSE_HYPHEN.sub(" ", _FILLER.sub(" ", rest))
    found = _targets(lexicon, rest, action, context)
    # "CXCL5-CXCR2 signaling" is aimed at the two, not at one of them and at a process.
    if any(target.type != MentionType.GENE for target in found) or not found:
        others = _targets(lexicon, bare, action, context)
        if not found or (len(others) > 1 and all(target.type == MentionType.GENE for target in others)):
            found = others
    if not found or (_BY_OR_OF.search(text) and any(t.type != MentionType.GENE for t in found)):
        return None
    if action == "anti":
        action = "antibody" if any(t.name in _EITHER_WAY for t in found) else "inhibition"
    candidate = _named(lexicon, found, action, action)
    return replace(candidate, narrower=True) if _CODE.search(text) else candidate


def _targets(lexicon: Lexicon, text: str, action: str, context: frozenset[str]) -> list[Candidate]:
    """What an action is aimed at; empty unless every part is known."""
    parts = [part.strip(" -") for part in _SPLIT.split(" ".join(text.split())) if part.strip(" -")]
    if not parts or len(parts) > 8:
        return []
    found: list[Candidate] = []
    for part in parts:
        one = _target(lexicon, part, action, context)
        # "CD47-SIRPα blockade": an axis of two.
        both = [one] if one else [_target(lexicon, half, action, context) for half in part.split("-")]
        if not both or any(target is None for target in both):
            return []
        found.extend(target for target in both if target is not None)
    return found


def _target(lexicon: Lexicon, text: str, action: str, context: frozenset[str]) -> Candidate | None:
    """A gene or family, else a cell, else (but for "anti-") a substance or a process by its whole name."""
    # A mouse's gene is written Shh, a man's SHH: the same target.
    # At the beginning of a sentence miR-1246 is MiR-1246.
    text = _MIR.sub("miR-", text)
    found = lexicon.lookup(text, MentionType.GENE)
    if not found and text.istitle():
        found = lexicon.lookup(text.upper(), MentionType.GENE)
    if found and action != "depletion":
        return found[0]
    if action in _ON_GENES:
        return found[0] if found else None
    cell = lexicon.ground(text, MentionType.CELL, context=context)
    if cell is not None or found:
        return cell or found[0]
    if action == "anti":
        return None
    for type_ in (MentionType.CHEMICAL, MentionType.MECHANISM):
        if lexicon.finds(text, type_):
            return lexicon.lookup(text, type_)[0]
    # A kind of protein that only MeSH names, whole: "nitric oxide synthase inhibitor".
    proteins = lexicon.lookup(text, MentionType.CHEMICAL) if " " in text else []
    return proteins[0] if proteins and proteins[0].origin == "mesh" else None


def _combined(lexicon: Lexicon, text: str, context: frozenset[str]) -> Candidate | None:
    """ "nivolumab plus ipilimumab": a combination, where every part is known by its whole name."""
    parts = [part for part in _AND.split(_COMBINATION.sub("", text)) if part.strip()]
    if not 2 <= len(parts) <= 4:
        return None
    found = [_one_of_several(lexicon, part.strip(), context) for part in parts]
    known = [one for one in found if one is not None]
    return _named(lexicon, known, "combination", "combination") if len(known) == len(found) else None


def _one_of_several(lexicon: Lexicon, text: str, context: frozenset[str]) -> Candidate | None:
    """A part of a combination: a drug, what is given as one, or an action on targets."""
    for type_ in (MentionType.THERAPY, MentionType.CHEMICAL):
        found = lexicon.lookup(text, type_)
        if found:
            return found[0]
    return _targeted(lexicon, text, context)


def _car_t(lexicon: Lexicon, text: str) -> Candidate | None:
    """ "CD19-directed CAR-T cells", "BCMA CAR-NK"."""
    aimed = _TARGETING_CAR.search(text)
    match = _CAR_T.search(text)
    if aimed is not None:
        kind, targets = aimed[1], aimed[2]
    elif match is not None and match.start():
        kind, targets = match[1] or match[2] or "T", text[: match.start()]
    else:
        return None
    parts = [_ANTI.sub("", part).strip(" -") for part in _SPLIT.split(targets.strip(" -"))]
    found = [those[0] for part in parts if (those := lexicon.lookup(part, MentionType.GENE))]
    if not found or len(found) != len(parts):
        return None
    return _named(lexicon, found, f"CAR-{kind}", f"CAR-{kind} cells")


def _named(lexicon: Lexicon, aimed_at: list[Candidate], action: str, words: str) -> Candidate:
    """The candidate whose identifier and name say the action and its targets, sorted."""
    unique = sorted({target.curie: target.name for target in aimed_at}.items(), key=lambda item: item[1])
    curie = f"KUPFFER:{action}." + "+".join(sorted({part for curie, _ in unique for part in _parts(curie)}))
    name = f"{'/'.join(name for _, name in unique)} {words}"
    narrower = any(target.narrower for target in aimed_at)
    return replace(
        aimed_at[0],
        curie=curie,
        name=name,
        type=MentionType.THERAPY,
        source=COMPOSED,
        score=_SCORE,
        origin="kupffer",
        narrower=narrower,
        row="",
    )


def _parts(curie: str) -> list[str]:
    """A CURIE as parts of a composed one: "KUPFFER:inhibition.HGNC_1+HGNC_2" is the inhibition of each.

    >>> _parts("CL:0000084"), _parts("KUPFFER:inhibition.HGNC_1+HGNC_2")
    (['CL_0000084'], ['inhibition.HGNC_1', 'inhibition.HGNC_2'])
    """
    if not curie.startswith("KUPFFER:"):
        return [curie.replace(":", "_")]
    action, _, targets = curie.removeprefix("KUPFFER:").partition(".")
    return [f"{action}.{target}" for target in targets.split("+")]


def _inverted(lexicon: Lexicon, text: str) -> Candidate | None:
    """ "infiltration of neutrophils" is "neutrophil infiltration"."""
    match = _OF.match(text)
    if match is None:
        return None
    found = lexicon.lookup(f"{match['what']} {match['act']}", MentionType.MECHANISM)
    return replace(found[0], source=COMPOSED, score=0.9) if found else None


def _making(lexicon: Lexicon, text: str) -> Candidate | None:
    """Secretion, release or synthesis of a product, under GO's "... production"."""
    match = _MAKING.match(greek_to_names(text))
    if match is None:
        return None
    product = (match["what"] or match["made"]).strip(" -")
    forms = [product]
    gene = lexicon.lookup(product, MentionType.GENE)
    if gene:
        forms.append(gene[0].name)
    for form in forms:
        for word in ("production", "secretion"):
            found = lexicon.lookup(f"{form} {word}", MentionType.MECHANISM)
            if found:
                return replace(found[0], source=COMPOSED, score=0.85)
    return None
