"""The lexicon in memory: forms -> candidates, and terms found in a token sequence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.lexicon import grounding, spelling
from pipeline.lexicon.forms import cased, cased_words, keys, normal, pieces
from pipeline.lexicon.tables import (
    Row,
    Term,
    curated_terms,
    name_of,
    prebuilt_lines,
    read_rows,
    refuse_too_many,
    senses,
)
from pipeline.records import MentionType

EXACT, NORMAL = "lexicon:exact", "lexicon:normal"
EXACT_SCORE, NORMAL_SCORE = 1.0, 0.95
_CACHED_TOKENS = 40_000
_LEAST_SQUEEZED = 5  # characters of a key without its spaces
_LONGEST_ASIDE = 4  # tokens within parentheses that a term may go on behind
ONTOLOGIES = frozenset({"chebi", "cl", "famplex", "go", "hgnc", "mesh", "mondo", "uberon"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that a text may name. ``source`` is the step that found it, ``score`` is in 0..1.

    The step ends in ":broader" where ``narrower`` is true, so that tables show it.
    ``origin`` is where the row came from (an ontology, "kupffer", a user's own label);
    ``narrower`` says that the text means something narrower than ``name``; ``row`` is the row's surface
    form, empty where no row was needed.
    """

    curie: str
    name: str
    type: MentionType
    source: str
    score: float
    origin: str = ""
    narrower: bool = False
    row: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A term found at tokens ``start`` to ``end`` (end exclusive), with candidates of one type, best first."""

    start: int
    end: int
    candidates: tuple[Candidate, ...]


class Lexicon:
    """Surface forms with their identifiers.

    >>> lexicon = load_lexicon()
    >>> lexicon.lookup("Kupffer cells")[0].curie
    'CL:0000091'
    """

    def __init__(self, extra: Iterable[Row] = ()) -> None:
        """``extra``: rows of a user, which go before ours where both know a form."""
        self._lines = prebuilt_lines()
        self._own_names: dict[str, str] = {}
        # Prebuilt lines are sorted by key: reading them backwards leaves each key's first line.
        self._first = {
            line[: line.index("\t")]: number
            for number, line in zip(range(len(self._lines) - 1, -1, -1), reversed(self._lines), strict=True)
        }
        self._added: dict[str, list[Term]] = {}
        for row in extra:
            self._own_names[row.curie] = row.name
            self._add(Term(row.text, row.curie, row.type, row.match, row.source))
        self._own_keys = frozenset(self._added)
        for term in curated_terms():
            self._add(term)
        for sense in sorted((s for those in senses().values() for s in those), key=lambda s: not s.default):
            self._add(Term(sense.form, sense.curie, sense.type, sense.match, "kupffer"))
        self._squeezed: dict[str, str] | None = None
        self._words: set[str] | None = None
        self._lengths: dict[str, int] = {}
        self._tokens: dict[str, tuple[str, ...]] = {}
        self._known: dict[str, list[Term]] = {}
        self._answers: dict[tuple[str, str], list[tuple[MentionType, tuple[Candidate, ...]]]] = {}

    def _add(self, term: Term) -> None:
        for key in keys(term.text, term.type):
            self._added.setdefault(key, []).append(term)

    def __len__(self) -> int:
        """Rows: surface forms with an identifier."""
        return len(self._lines) + sum(map(len, self._added.values()))

    def __contains__(self, key: str) -> bool:
        return key in self._added or key in self._first

    def name_of(self, curie: str) -> str | None:
        """The name of a CURIE the lexicon knows, else None."""
        return self._own_names.get(curie) or name_of(curie)

    def unsqueezed(self, key: str) -> str | None:
        """The key of the one curated term or cell that ``key`` is when its spaces are put back.

        Texts out of PDFs lose hyphens: "myeloidderived suppressor cells".
        """
        found = self._joined().get(key.replace(" ", ""))
        return None if found == key else found

    def corrected(self, key: str) -> str | None:
        """``key`` with its slips of the pen mended, None where it has none: "myleoid derived suppressor cell"."""
        if self._words is None:
            self._words = {
                word for keys in (self._first, self._added) for key in keys for word in key.split()
            }
        return spelling.corrected(key, self._words)

    def _joined(self) -> dict[str, str]:
        """Keys without their spaces -> keys; made when first wanted."""
        if self._squeezed is None:
            cells = (key for key in self._first if key.endswith((" cell", " lymphocyte")))
            self._squeezed = {}
            for known in (*cells, *self._added):
                squeezed = known.replace(" ", "")
                if len(squeezed) >= _LEAST_SQUEEZED and len(squeezed) < len(known):
                    self._squeezed[squeezed] = known
            for squeezed in [s for s in self._squeezed if s in self]:
                del self._squeezed[squeezed]
        return self._squeezed

    def is_own(self, key: str) -> bool:
        """Whether a user's own row has this normal form."""
        return key in self._own_keys

    def finds(self, text: str, type: MentionType) -> bool:
        """Whether ``text`` is a term that `find` would find: one with a meaning of its own."""
        return any(
            term.type == type and term.match != "ground" for term in self.terms(normal(text))
        ) and bool(self.lookup(text, type))

    def own_curies(self) -> list[str]:
        """CURIEs of the user's own rows, sorted."""
        return sorted(self._own_names)

    def named(self, curie: str, type: MentionType, source: str, score: float) -> Candidate:
        """The candidate for a CURIE that another step has decided on."""
        return Candidate(curie, self.name_of(curie) or curie, type, source, score, "kupffer")

    def terms(self, key: str) -> list[Term]:
        """Terms with this normal form: a user's own first, then curated ones, then the ontologies'."""
        found = self._known.get(key)
        if found is None:
            if len(self._known) > _CACHED_TOKENS:
                self._known.clear()
            found = self._known[key] = self._read_terms(key)
        return found

    def _read_terms(self, key: str) -> list[Term]:
        found = list(self._added.get(key, ()))
        # A curated row that only grounds takes the ontologies' rows of its type out of `find` too.
        vague = {term.type for term in found if term.match == "ground"}
        number = self._first.get(key)
        while number is not None and number < len(self._lines):
            line_key, text, curie, kind, match, source = self._lines[number].split("\t")
            if line_key != key:
                break
            type_ = MentionType(kind)
            found.append(Term(text, curie, type_, "ground" if type_ in vague else match, source))
            number += 1
        return found

    def candidates(self, text: str, key: str, type: MentionType | None = None) -> list[Candidate]:
        """Candidates for ``text`` under the normal form ``key``: those written the same way first."""
        exactly = cased(text)
        found: dict[tuple[str, MentionType], Candidate] = {}
        for term in self.terms(key):
            if type is not None and term.type != type:
                continue
            if term.cased == exactly:
                candidate = self._candidate(term, EXACT, EXACT_SCORE)
            elif term.match == "exact" or (term.match == "ground" and term.text.isupper()):
                continue
            else:
                candidate = self._candidate(term, NORMAL, NORMAL_SCORE)
            found.setdefault((candidate.curie, candidate.type), candidate)
        return _best_first(found.values())

    def _candidate(self, term: Term, source: str, score: float) -> Candidate:
        broader = term.source.endswith(":broader")
        return Candidate(
            term.curie,
            self.name_of(term.curie) or term.text,
            term.type,
            source + grounding.BROADER if broader else source,
            score - 0.1 if broader else score,
            term.source,
            broader,
            term.text,
        )

    def lookup(self, text: str, type: MentionType | str | None = None) -> list[Candidate]:
        """Candidates for a whole surface form, best first: as written, then in normal form.

        >>> load_lexicon().lookup("tumour-associated macrophages", "CELL")[0].source
        'lexicon:normal'
        """
        return self.candidates(text, normal(text), MentionType(type) if type else None)

    def ground(
        self,
        text: str,
        type: MentionType | str,
        *,
        long_form: str | None = None,
        in_full: str | None = None,
        context: frozenset[str] = frozenset(),
    ) -> Candidate | None:
        """What ``text``, a mention of this type, names; None where the lexicon cannot tell.

        ``long_form``: what the document says that the abbreviation stands for. ``in_full``: the text with the
        abbreviations that are a part of it spelled out (`spelled_out`). ``context``: the document's words in
        lower case, which decide short forms such as HSC.

        >>> load_lexicon().ground("intratumoral CCR8+ Tregs", "CELL").name
        'regulatory T cell'
        """
        return grounding.ground(self, text, MentionType(type), long_form, context, in_full)

    def find(self, words: Sequence[str]) -> list[Match]:
        """The longest terms in a token sequence, leftmost first; of one type they never overlap.

        Rows that only ground ("ground") find nothing. ``start`` and ``end`` count tokens.

        >>> [m.start for m in load_lexicon().find(["KC-mediated", "Kupffer", "cells"]) if m.end == 3]
        [1]

        A term may hold an aside of a few tokens: "natural killer (NK) cells" is one match.
        """
        matches = self._scan(words)
        if "(" in words:
            matches = self._across_asides(words, matches)
        return matches

    def _across_asides(self, words: Sequence[str], matches: list[Match]) -> list[Match]:
        """``matches`` and those that go on behind a parenthesis; these take the place of what they cover."""
        kept, hidden = _without_asides(words)
        if not hidden:
            return matches
        across = []
        for match in self._scan([words[token] for token in kept]):
            start, end = kept[match.start], kept[match.end - 1] + 1
            if end - start > match.end - match.start:
                across.append(Match(start, end, match.candidates))
        taken = [(m.start, m.end, m.candidates[0].type) for m in across]
        free = [
            m
            for m in matches
            if not any(
                m.start < end and start < m.end and m.candidates[0].type == t for start, end, t in taken
            )
        ]
        return sorted(free + across, key=lambda match: (match.start, -match.end))

    def _scan(self, words: Sequence[str]) -> list[Match]:
        """The longest terms in a token sequence without a look behind parentheses."""
        flat, first_piece, ends = self._flatten(words)
        if not self._lengths:
            self._measure()
        lengths, last = self._lengths, len(flat)
        busy: dict[MentionType, int] = {}
        matches: list[Match] = []
        for token, start in enumerate(first_piece):
            if start < 0:
                continue
            first = flat[start]
            # A bit for each length of the terms that start with these two pieces.
            mask = lengths.get(f"{first} {flat[start + 1]}", 0) if start + 1 < last else 0
            for count in range(min(mask.bit_length() - 1, last - start), 1, -1):
                end = ends[start + count]
                if end > 0 and mask >> count & 1:
                    key = " ".join(flat[start : start + count])
                    if key in self:
                        matches.extend(self._matches(words, token, end, key, busy))
            if ends[start + 1] > 0 and first in self:
                matches.extend(self._matches(words, token, ends[start + 1], first, busy))
        return matches

    def _matches(
        self, words: Sequence[str], start: int, end: int, key: str, busy: dict[MentionType, int]
    ) -> list[Match]:
        exactly = cased_words(words[start:end])
        answer = self._answers.get((key, exactly))
        if answer is None:
            if len(self._answers) > _CACHED_TOKENS:
                self._answers.clear()
            answer = self._answers[key, exactly] = self._found_by_type(key, exactly)
        matches = []
        for type_, candidates in answer:
            if busy.get(type_, 0) <= start:
                busy[type_] = end
                matches.append(Match(start, end, candidates))
        return matches

    def _found_by_type(self, key: str, exactly: str) -> list[tuple[MentionType, tuple[Candidate, ...]]]:
        """What a term so written may name, without the rows that only ground."""
        by_type: dict[MentionType, list[Candidate]] = {}
        for term in self.terms(key):
            if term.match == "ground":
                continue
            if term.cased == exactly:
                by_type.setdefault(term.type, []).append(self._candidate(term, EXACT, EXACT_SCORE))
            elif term.match == "lower":
                by_type.setdefault(term.type, []).append(self._candidate(term, NORMAL, NORMAL_SCORE))
        return [(type_, tuple(_best_first(those))) for type_, those in by_type.items()]

    def _flatten(self, words: Sequence[str]) -> tuple[list[str], list[int], list[int]]:
        """All pieces; each token's first piece or -1; for each border between pieces the token it ends at or -1."""
        flat: list[str] = []
        first_piece = []
        borders: list[tuple[int, int]] = []
        if len(self._tokens) > _CACHED_TOKENS:
            self._tokens.clear()
        cache = self._tokens
        for number, word in enumerate(words):
            found = cache.get(word)
            if found is None:
                found = cache[word] = pieces(word)
            first_piece.append(len(flat) if found else -1)
            flat.extend(found)
            if found:
                borders.append((len(flat), number + 1))
        ends = [-1] * (len(flat) + 1)
        for piece, token in borders:
            ends[piece] = token
        return flat, first_piece, ends

    def _measure(self) -> None:
        """First two pieces -> a bit for each length, in pieces, of the terms that start with them."""
        lengths = self._lengths
        for table in (self._first, self._added):
            for key in table:
                second = key.find(" ") + 1
                if second:
                    third = key.find(" ", second)
                    start = key[:third] if third > 0 else key
                    lengths[start] = lengths.get(start, 0) | 2 << key.count(" ")


def _without_asides(words: Sequence[str]) -> tuple[list[int], bool]:
    """(tokens outside short parentheses, whether there are any inside)."""
    kept: list[int] = []
    opened = None
    for number, word in enumerate(words):
        if word == "(":
            opened = len(kept)
        kept.append(number)
        if word == ")" and opened is not None:
            if len(kept) - opened <= _LONGEST_ASIDE + 2:
                del kept[opened:]
            opened = None
    return kept, len(kept) < len(words)


def _best_first(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Candidates by score; of one type a user's rows stay above ours, and ours above the ontologies'."""
    best: dict[MentionType, tuple[int, float]] = {}
    candidates = list(candidates)
    for candidate in candidates:
        standing = (_tier(candidate), -candidate.score)
        best[candidate.type] = min(best.get(candidate.type, standing), standing)
    capped = []
    for candidate in candidates:
        tier, score = best[candidate.type]
        below = -score - 0.05 * (_tier(candidate) - tier)
        score = min(candidate.score, round(below, 3))
        capped.append(candidate if score == candidate.score else replace(candidate, score=score))
    return sorted(capped, key=lambda candidate: -candidate.score)


def _tier(candidate: Candidate) -> int:
    if candidate.origin in ONTOLOGIES:
        return 2
    return 1 if candidate.origin.startswith("kupffer") else 0


def load_lexicon(extra: Path | None = None) -> Lexicon:
    """The lexicon, with the rows of a user's TSV before ours.

    Raises LexiconError, naming file and line, where that TSV is not well-formed.
    """
    if extra is None:
        return Lexicon()
    refuse_too_many(Path(extra))
    return Lexicon(read_rows(Path(extra)))
