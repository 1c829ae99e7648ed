"""Normal form of a term: pure functions on text, each doing one thing.

Two strings that mean the same term to a reader ("IL-10" and "IL10", "TNF-α" and "TNFalpha",
"tumour cells" and "tumor cell") have the same normal form. It is a key, not a text to show:

>>> normal("CD8⁺ T-cells"), normal("TNF-α"), normal("tumour-associated macrophages")
('cd 8 + t cell', 'tnf alpha', 'tumor associated macrophage')
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

from pipeline.records import MentionType

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi",
    "ρ": "rho", "σ": "sigma", "ς": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "χ": "chi",
    "ψ": "psi", "ω": "omega",
}  # fmt: skip
_GREEK_LETTER = re.compile("[" + "".join(GREEK) + "".join(GREEK).upper() + "]")
# "TNFalpha", "IFNgamma1", "NFkappaB": a letter's name grown onto an abbreviation.
_GROWN_ON = re.compile(r"(?<=[A-Z])(alpha|beta|gamma|delta|kappa|epsilon|zeta)(?![a-z])")
_HYPHEN = re.compile(r"[-\u2010-\u2015\u2212\u00ad_]")
_POSSESSIVE = re.compile(r"(?<=[a-zA-Z])['’]s\b|(?<=s)['’](?=\s|$)")
_ABBREVIATION_PLURAL = re.compile(r"(?<=[A-Z0-9])s(?![A-Za-z0-9])")
_PIECE = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
_PARENTHESIS = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")

# British spelling -> American, by the part of the word that differs.
_BRITISH = {
    r"haem(?=[aeiost])": "hem",
    r"aemi(?=[ac])": "emi",
    r"^oedem": "edem",
    r"tumour": "tumor",
    r"(?<=[lv])abour": "abor",
    r"colour": "color",
    r"ischaem": "ischem",
    r"oesoph": "esoph",
    r"oestr": "estr",
    r"paed(?=i)": "ped",
    r"foet(?=[aiou])": "fet",
    r"leuco(?=[cpt])": "leuko",
    r"caec": "cec",
    r"gynaec": "gynec",
    r"aetiolog": "etiolog",
    r"sulph": "sulf",
    r"fibre": "fiber",
    r"signalling": "signaling",
    r"labelling": "labeling",
    r"modelling": "modeling",
    r"diarrhoea": "diarrhea",
    r"(?<=[a-z]{3})isation": "ization",
    r"(?<=[a-z]{4}[clmnrt])ising$": "izing",
    r"(?<=[a-z]{3}[clmnrt])ised$": "ized",
    r"(?<=[a-z]{2})lysed$": "lyzed",
    r"programme$": "program",
}
_AMERICAN = tuple(_BRITISH.values())
_ANY_BRITISH = re.compile("|".join(f"({pattern})" for pattern in _BRITISH))
# What every British form above holds: most words hold none of it and are done.
_MAY_BE_BRITISH = re.compile(r"ae|oe|our|ph|euco|fibre|lling|is[aie]|lysed|programme")
_SIS = re.compile(
    r"(?:sta|fibro|apopto|necro|pto|gno|cyto|psycho|throm?bo|sclero|analy|soly|hypothe|synthe|gene|sep)ses$"
)
_VOWEL_Y = re.compile(r"[aeiou]ies$")


def compatible(text: str) -> str:
    """``text`` in Unicode's NFKC: superscripts, ligatures and micro signs as plain characters.

    >>> compatible("CD8⁺")
    'CD8+'
    """
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def greek_to_names(text: str) -> str:
    """Greek letters as spaced English names, also where the name has grown onto an abbreviation.

    >>> greek_to_names("TNFα"), greek_to_names("TNFalpha")
    ('TNF alpha ', 'TNF alpha ')
    """
    if not text.isascii():
        text = _GREEK_LETTER.sub(lambda m: f" {GREEK[m[0].lower()]} ", text)
    return _GROWN_ON.sub(r" \1 ", text)


def without_possessive(text: str) -> str:
    """``text`` without English possessive endings.

    >>> without_possessive("Crohn's disease")
    'Crohn disease'
    """
    return _POSSESSIVE.sub("", text) if "'" in text or "’" in text else text


def without_parentheses(text: str) -> str:
    """``text`` without what stands in parentheses or brackets.

    >>> without_parentheses("natural killer (NK) cells")
    'natural killer cells'
    """
    return _PARENTHESIS.sub("", text).strip()


def american(word: str) -> str:
    """A lower-case word in American spelling.

    >>> american("tumour"), american("leukaemia"), american("polarisation")
    ('tumor', 'leukemia', 'polarization')
    """
    if _MAY_BE_BRITISH.search(word) is None:
        return word
    return _ANY_BRITISH.sub(lambda match: _AMERICAN[(match.lastindex or 1) - 1], word)


def singular(word: str) -> str:
    """A lower-case word in the singular; words under four letters stay as they are.

    >>> singular("metastases"), singular("therapies"), singular("virus"), singular("macrophages")
    ('metastasis', 'therapy', 'virus', 'macrophage')
    """
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-1] if len(word) < 6 or _VOWEL_Y.search(word) else word[:-3] + "y"
    if _SIS.search(word):
        return word[:-2] + "is"
    if word.endswith(("sses", "xes", "ches", "shes", "viruses", "thymuses", "focuses", "uteruses")):
        return word[:-2]
    return word[:-1]


def cased_pieces(text: str) -> list[str]:
    """Words, numbers and signs of ``text`` in order, hyphens gone, case kept.

    >>> cased_pieces("PD-L1+ DCs")
    ['PD', 'L', '1', '+', 'DC']
    """
    text = _HYPHEN.sub(" ", greek_to_names(without_possessive(compatible(text))))
    return _PIECE.findall(_ABBREVIATION_PLURAL.sub("", text))


@lru_cache(maxsize=40_000)
def folded(piece: str) -> str:
    """A piece without case, in American spelling and in the singular.

    >>> folded("Tumours")
    'tumor'
    """
    return singular(american(piece.casefold()))


def pieces(text: str) -> tuple[str, ...]:
    """The pieces of the normal form; a single token's pieces are those it adds to a longer term.

    >>> pieces("T-lymphocytes")
    ('t', 'lymphocyte')
    """
    found = tuple(map(folded, cased_pieces(text)))
    # Folding the case of a rare sign can bring forth a plain letter: once more, until nothing changes.
    for _ in range(4):
        if all(map(str.isascii, found)):
            break
        again = tuple(map(folded, cased_pieces(" ".join(found))))
        if again == found:
            break
        found = again
    return found


def normal(text: str) -> str:
    """The normal form of a term: its pieces with one space between them.

    >>> normal("Kupffer cells") == normal("kupffer-cell")
    True
    """
    return " ".join(pieces(text))


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


def spelled_out(text: str, long_forms: Mapping[str, str]) -> str | None:
    """``text`` with the abbreviations that are a part of it as the document explains them; None if there are none.

    >>> spelled_out("CD34+ DMSCs", {"DMSC": "dermal mesenchymal stem cell", "CD": "cluster of differentiation"})
    'CD34+ dermal mesenchymal stem cells'
    """
    parts = sorted((s for s in long_forms if s in text and s != text), key=lambda s: (-len(s), s))
    if not parts:
        return None
    # All at once, lest one's long form hold another; "PD" is no part of "PD-1".
    short = re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, parts))})(?=s?(?![^\W_]|-\d))")
    out = short.sub(lambda match: long_forms[match[0]], text)
    return out if out != text else None


_SPACE_AT_SIGN = re.compile(r"\s+(?=[+/)])|(?<=[/(])\s+")
_SPACES = re.compile(r"\s+")
_HYPHEN_AND_EDGES = re.compile(r"\s*[-\u2010-\u2015\u2212\u00ad_]\s*|\s+$|^\s+")


@lru_cache(maxsize=40_000)
def cased(text: str) -> str:
    """What must agree, case and all, for a row that matches "exact": hyphens and Greek apart.

    >>> cased("PD-L1") == cased("PDL1"), cased("KIT") == cased("kit")
    (True, False)
    """
    text = _ABBREVIATION_PLURAL.sub("", greek_to_names(compatible(text)))
    return _HYPHEN_AND_EDGES.sub("", _SPACES.sub(" ", _SPACE_AT_SIGN.sub("", text)))


def cased_words(words: Sequence[str]) -> str:
    """`cased` of a token sequence."""
    return cased(" ".join(words))
