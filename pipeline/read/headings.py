"""What section headings say: their numbering, their nesting, and which sections are not about the science."""

from __future__ import annotations

import re

from pipeline.read.prose import fold

_NUMBER = re.compile(r"(?:section\s+)?(?P<number>\d{1,2}(?:\.\d{1,2}){0,4})[.):]?\s+(?=\S)", re.IGNORECASE)
_ROMAN = re.compile(r"(?:[IVX]{1,5})\.\s+(?=\S)")
_BACK_MATTER = re.compile(
    r"(?:references?(?: and (?:further reading|notes))?|bibliography|literature(?: cited)?|works cited"
    r"|acknowledge?ments?(?: and .*)?|funding(?: .*)?|(?:financial )?disclosures?(?: .*)?"
    r"|(?:authors?['’]?s? )?contributions?(?: of authors)?|(?:author|credit) contributions?.*"
    r"|(?:(?:declaration|statement)s? of )?(?:competing|conflict(?:s|ing)?|financial|duality)"
    r"(?: of| and competing| financial)* interests?(?: .*)?|declarations? of interests?"
    r"|(?:list of )?abbreviations(?: used)?|data (?:and \w+ )?availability(?: .*)?|availability of data.*"
    r"|(?:supplementary|supporting|supplemental|additional) "
    r"(?:materials?|information|files?|data|figures?|tables?)"
    r"|ethics (?:approval|statement)(?: .*)?|consent (?:for|to) (?:publication|participate)"
    r"|publisher['’]?s note)",
    re.IGNORECASE,
)
_KNOWN = re.compile(
    r"(?:abstract|summary|keywords?|key words?|introduction|background|methods?|methods and materials"
    r"|(?:materials|patients|subjects) and methods|experimental (?:procedures|section)"
    r"|results?(?: and discussion)?|findings|discussion|conclusions?(?: and (?:outlook|perspectives))?"
    r"|concluding remarks|outlook|(?:future )?(?:perspectives|directions)|limitations|objectives?|aims?"
    r"|appendi(?:x|ces)(?: .*)?)",
    re.IGNORECASE,
)


def without_number(heading: str) -> tuple[str, int]:
    """The heading without its number, and how deep the number says it stands (0: it has none).

    >>> without_number("2.1 Kupffer cells")
    ('Kupffer cells', 2)
    """
    heading = fold(heading)
    if found := _NUMBER.match(heading):
        return heading[found.end() :], found["number"].count(".") + 1
    if found := _ROMAN.match(heading):
        return heading[found.end() :], 1
    return heading, 0


def is_back_matter(heading: str) -> bool:
    """Whether a section so named holds references, thanks, funding or the like: all readers leave it out."""
    return _BACK_MATTER.fullmatch(without_number(heading)[0].strip(" :.")) is not None


def is_known(heading: str) -> bool:
    """Whether these words are the usual name of a section, so that a line of them alone is a heading."""
    bare = without_number(heading)[0].strip(" :.")
    return _KNOWN.fullmatch(bare) is not None or is_back_matter(bare)


def path(names: list[str]) -> str:
    """The name of a nested section: "Methods > Cells"."""
    return " > ".join(names)
