"""Cutting a text into words: scispaCy's tokenizer plus cuts inside compounds that name two things.

scispaCy keeps every hyphenated word whole, which is right for ``PD-L1``, ``T-cell`` and
``anti-inflammatory`` and wrong for ``KC-mediated`` or ``chemotherapy-induced``: the cell or the therapy is
then not a word of its own, and nothing later can point at it. A hyphen is cut when a lower-case word of
four letters or more follows, unless a prefix stands before it or a Greek letter or "cell" after it; so is a
slash between two lower-case words. The result is a plain spaCy ``Tokenizer``: regular expressions that
``nlp.to_disk`` writes and ``spacy.load`` reads without this module.
"""

from __future__ import annotations

from spacy.lang.char_classes import ALPHA, ALPHA_LOWER
from spacy.language import Language
from spacy.tokenizer import Tokenizer
from spacy.util import compile_infix_regex

HYPHENS = "-‐‑–−"

# Words that lose their sense when cut from what follows: "pro-inflammatory", "wild-type", "long-term".
PREFIXES = """
    anti auto bi bio broad chemo co counter cross de di double down dual dys early ecto endo epi ex extra
    first follow four full fully gene good half hemi hetero high higher homo hyper hypo immune immuno inter
    intra iso knock large late less life long low lower macro mesenchymal meso meta micro mid mini mono more
    multi multiple nano near neo neuro newly non off on one open oligo over pan para per peri photo poly poor
    post pre pro proto pseudo quasi radio re real self semi short side single small so state step sub super
    supra targeted third three time trans tri two ultra un under up well whole wild
""".split()  # noqa: SIM905 - a list of words reads best as words

# What may follow a hyphen and still belong to the word before it.
KEPT_AFTER = """
    alpha beta gamma delta epsilon zeta kappa lambda sigma theta omega
    cell cells cellular like type types line lines term called known fold free round
""".split()  # noqa: SIM905 - a list of words reads best as words

CUT_AFTER_LETTER = "induced mediated driven derived treated activated dependent specific loaded bound".split()  # noqa: SIM905


def _cut_patterns() -> list[str]:
    """The extra infix patterns; each look-behind has one width, which Python's ``re`` demands."""
    hyphen = f"[{HYPHENS}]"
    not_prefix = "".join(rf"(?<!\b{_any_case(word)})" for word in PREFIXES)
    kept = "|".join(KEPT_AFTER)
    word_end = rf"(?![{ALPHA}0-9])"
    return [
        # "KC-mediated", "CD8+-mediated", "(MDSC)-derived"
        rf"(?<=[{ALPHA}0-9+)\]])(?<!\b[{ALPHA}]){not_prefix}{hyphen}"
        rf"(?=(?!(?:{kept}){word_end})[{ALPHA_LOWER}]{{4}})",
        # "β-catenin", "N-terminal", "T-helper" stay whole, "factor B-induced" does not
        rf"(?<=\b[{ALPHA}]){hyphen}(?=(?:{'|'.join(CUT_AFTER_LETTER)}){word_end})",
        # "fibroblast-to-myofibroblast": the second hyphen falls to the rule above
        rf"(?<=[{ALPHA_LOWER}]{{3}}){hyphen}(?=to{hyphen}[{ALPHA_LOWER}]{{4}})",
        # "MSC-EVs", "MSC-Exos": the cell speaks for its vesicles
        rf"(?<=[{ALPHA}]){hyphen}(?=(?:s?EVs?|Exos?|sEV){word_end})",
        # "monocyte/macrophage"
        rf"(?<=[{ALPHA_LOWER}]{{4}})/(?=[{ALPHA_LOWER}]{{4}})",
    ]


def _any_case(word: str) -> str:
    return f"[{word[0].upper()}{word[0]}]{word[1:]}"


def kupffer_tokenizer(nlp: Language) -> Tokenizer:
    """scispaCy's ``combined_rule_tokenizer`` for ``nlp`` with our cuts added.

    >>> nlp = spacy.blank("en"); nlp.tokenizer = kupffer_tokenizer(nlp)
    >>> [word.text for word in nlp("KC-mediated anti-inflammatory T-cell")]
    ['KC', '-', 'mediated', 'anti-inflammatory', 'T-cell']
    """
    from scispacy.custom_tokenizer import combined_rule_tokenizer

    tokenizer = combined_rule_tokenizer(nlp)
    theirs = tokenizer.infix_finditer.__self__.pattern  # the bound method of a compiled pattern
    tokenizer.infix_finditer = compile_infix_regex([theirs, *_cut_patterns()]).finditer
    return tokenizer
