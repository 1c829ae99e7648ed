"""Slips of the pen: a word that no term holds, one letter away from the only term word that it can be.

Norvig's corrector (2007, norvig.com/spell-correct.html): all strings that one letter dropped, added, changed or two
exchanged make of a word are looked up, so that the cost does not grow with the lexicon. A word that is part of any
term is no slip, nor is one that a prefix and a known word make ("preosteoclast"), nor one that ends another way:
endings are grammar. Set on the distinct mentions of the marked abstracts, some 27,000: all seven that it names there
are what was meant, where nearest neighbours by character 3-grams (scispaCy's way) were right for 19 of 36.
"""

from __future__ import annotations

from collections.abc import Container, Iterator

LEAST = 7  # letters: in shorter words one letter is more often another word than a slip
_KNOWN_TAIL = 6  # letters of a known word behind a prefix
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def corrected(key: str, words: Container[str]) -> str | None:
    """A normal form with its slips mended; None where there is none, or a word could be two.

    Args:
        words: the words of all terms' normal forms.

    >>> corrected("myleoid derived suppressor cell", {"myeloid", "derived", "suppressor", "cell"})
    'myeloid derived suppressor cell'
    """
    written = key.split()
    mended = []
    for word in written:
        if word in words or not _may_be_slip(word, words):
            mended.append(word)
            continue
        meant = {other for other in _one_letter_away(word) if other in words}
        if len(meant) != 1:
            return None
        mended += meant
    return None if mended == written else " ".join(mended)


def _may_be_slip(word: str, words: Container[str]) -> bool:
    return (
        len(word) >= LEAST
        and word.isascii()
        and word.isalpha()
        and not any(word[i:] in words for i in range(1, len(word) - _KNOWN_TAIL + 1))
    )


def _one_letter_away(word: str) -> Iterator[str]:
    """Strings one letter from ``word`` that begin and end as it does."""
    for i in range(1, len(word)):
        before, after = word[:i], word[i:]
        yield from (before + letter + after for letter in _LETTERS)
        if len(after) > 1:
            yield before + after[1:]
            yield from (before + letter + after[1:] for letter in _LETTERS)
        if len(after) > 2:
            yield before + after[1] + after[0] + after[2:]
