"""Which language a text is in: what its metadata says, otherwise what the text looks like."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_MINIMUM_LETTERS = 60
_LOOKED_AT = 2_000
_SURE = 0.99

# ISO 639-2 (both its series: MEDLINE writes "fre", others "fra") to ISO 639-1, with the name for messages.
_LANGUAGES = {
    "af": ("Afrikaans", "afr"), "ar": ("Arabic", "ara"), "az": ("Azerbaijani", "aze"),
    "bg": ("Bulgarian", "bul"), "bs": ("Bosnian", "bos"), "ca": ("Catalan", "cat"),
    "cs": ("Czech", "cze ces"), "cy": ("Welsh", "wel cym"), "da": ("Danish", "dan"),
    "de": ("German", "ger deu"), "el": ("Greek", "gre ell"), "en": ("English", "eng"),
    "eo": ("Esperanto", "epo"), "es": ("Spanish", "spa"), "et": ("Estonian", "est"),
    "eu": ("Basque", "baq eus"), "fa": ("Persian", "per fas"), "fi": ("Finnish", "fin"),
    "fr": ("French", "fre fra"), "gl": ("Galician", "glg"), "he": ("Hebrew", "heb"),
    "hi": ("Hindi", "hin"), "hr": ("Croatian", "hrv scr"), "hu": ("Hungarian", "hun"),
    "hy": ("Armenian", "arm hye"), "id": ("Indonesian", "ind"), "is": ("Icelandic", "ice isl"),
    "it": ("Italian", "ita"), "ja": ("Japanese", "jpn"), "ka": ("Georgian", "geo kat"),
    "ko": ("Korean", "kor"), "la": ("Latin", "lat"), "lt": ("Lithuanian", "lit"),
    "lv": ("Latvian", "lav"), "mk": ("Macedonian", "mac mkd"), "ms": ("Malay", "may msa"),
    "nl": ("Dutch", "dut nld"), "no": ("Norwegian", "nor nob nno nb nn"), "pl": ("Polish", "pol"),
    "pt": ("Portuguese", "por"), "ro": ("Romanian", "rum ron"), "ru": ("Russian", "rus"),
    "sk": ("Slovak", "slo slk"), "sl": ("Slovenian", "slv"), "sq": ("Albanian", "alb sqi"),
    "sr": ("Serbian", "srp scc"), "sv": ("Swedish", "swe"), "th": ("Thai", "tha"),
    "tr": ("Turkish", "tur"), "uk": ("Ukrainian", "ukr"), "ur": ("Urdu", "urd"),
    "vi": ("Vietnamese", "vie"), "zh": ("Chinese", "chi zho"),
}  # fmt: skip
_CODE = {
    spelling: code
    for code, (name, others) in _LANGUAGES.items()
    for spelling in (code, name.lower(), *others.split())
}
# Papers are not written in these; without them gene lists are not taken for Latin.
_NOT_GUESSED = frozenset({"la", "eo", "cy", "eu", "gl", "ms", "af", "bs", "sq", "az"})


def iso_code(declared: str | None) -> str | None:
    """The ISO 639-1 code of a declared language, or None for one that is unknown or several.

    >>> iso_code("fre"), iso_code("en-GB"), iso_code("mul")
    ('fr', 'en', None)
    """
    tag = (declared or "").strip().lower().replace("_", "-").split("-")[0]
    return _CODE.get(tag)


def language_name(code: str) -> str:
    """The English name of an ISO 639-1 code; the code itself where it has none here."""
    return _LANGUAGES.get(code, (code, ""))[0]


def bibliographic_code(code: str) -> str:
    """The ISO 639-2/B code that MEDLINE writes for an ISO 639-1 code; what has none here comes back as it is.

    >>> bibliographic_code("fr")
    'fre'
    """
    return _LANGUAGES[code][1].split()[0] if code in _LANGUAGES else code


def guess(text: str) -> str | None:
    """The ISO 639-1 code that the first 2,000 characters of ``text`` are in.

    None for fewer than 60 letters and where the classifier is not sure: a list of genes is in no language.
    """
    sample = text[:_LOOKED_AT]
    if sum(map(str.isalpha, sample)) < _MINIMUM_LETTERS:
        return None
    code, probability = _identifier().classify(sample)
    return str(code) if probability >= _SURE else None


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    # Imported on use: numpy and the model cost 0.3 s that metadata usually saves.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
    known = set(identifier.nb_classes)
    identifier.set_languages([code for code in _LANGUAGES if code in known and code not in _NOT_GUESSED])
    return identifier
