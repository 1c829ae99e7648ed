"""Makes the prebuilt tables from the ontologies: data/terms.tsv.gz, names.tsv.gz, parents.tsv.gz and kinds.tsv.

``kupffer lexicon build WHEELS``, where WHEELS is a folder with the unzipped wheels that
sources.py names. The result depends on the wheels and the curated rows alone: the same in, the same out.
"""

from __future__ import annotations

import gzip
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from pipeline.lexicon import sources
from pipeline.lexicon.forms import cased, cased_pieces, keys
from pipeline.lexicon.parents import parents
from pipeline.lexicon.sources import Entry, Wheels
from pipeline.lexicon.tables import curated_terms, senses, table, targets
from pipeline.lexicon.words import COMMON, MOST_COMMON, VERY_COMMON, english, stop_words
from pipeline.records import MentionType

# The longest surface form kept, in characters and in words: longer ones do not occur as written.
LONGEST = {
    MentionType.CELL: (70, 9),
    MentionType.MECHANISM: (48, 5),
    MentionType.THERAPY: (45, 5),
    MentionType.CHEMICAL: (32, 3),
    MentionType.DISEASE: (36, 4),
    MentionType.GENE: (32, 3),
    MentionType.ANATOMY: (28, 3),
    MentionType.ORGANISM: (40, 4),
}
# Left out: what no sentence says, and what a source files for its own ends.
_JUNK = re.compile(
    r"^(?:obsolete|other|unspecified|not otherwise|mode of)|\((?:morphologic|disorder)|\bNOS\b|disease or disorder"
    r"|\b(?:susceptibility to|caused by mutation|non-human animal|family with sequence similarity)\b|;"
    r"|\b(?:activator activity|zinc finger protein \d|olfactory receptor family|transmembrane protein \d)",
    re.IGNORECASE,
)
_MANY_SHORT_FORMS = frozenset({MentionType.GENE, MentionType.DISEASE, MentionType.ANATOMY})
_SPECIES = re.compile(r",\s*(?:human|mouse|rat|bovine|nematoda)$", re.IGNORECASE)
_INVERTED = re.compile(r", ")
_FORMULA = re.compile(r"[\[\]{}]|\d,\d|\d'|\(\d|^\d+-|-\d+-|\d+[A-Z]?\)|->|[~^=]")
_GENE_SYMBOL = re.compile(r"^[A-Za-z][A-Za-z0-9-]{2,14}$")
_REGULATION = re.compile(
    r"^(?:up|down|positive|negative)?[- ]?regulation of |^(?:activation|stimulation|inhibition) of "
)


def build(folder: Path, data: Path) -> dict[str, int]:
    """Writes the prebuilt tables into ``data``; returns rows of terms by source.

    ``folder`` holds the unzipped wheels; LexiconError says what is missing.
    """
    wheels = Wheels(folder)
    rows: dict[tuple[str, MentionType], list[tuple[int, Entry, str, str]]] = defaultdict(list)
    names = dict(sources.other_names(wheels))
    taken = {term.cased for term in curated_terms() if term.match != "lower"} | senses().keys()
    for rank, source in enumerate(sources.SOURCES):
        for entry in source(wheels):
            names[entry.curie] = entry.name
            for text, match in surface_forms(entry):
                vague = entry.found_only_by_others
                if vague or _is_somebody_elses(text, match, entry, taken):
                    match = "ground"
                for key in keys(text, entry.type):
                    # A source's name goes before a synonym, "adenosine" before the class "adenosines".
                    order = rank * 4 + 2 * (text != entry.name) + (_plain(text) != key)
                    rows[key, entry.type].append((order, entry, text, match))
    lines, count = _lines(rows, wheels.processes_above)
    wanted = {line.split("\t")[2] for line in lines} | _curated_curies()
    missing = sorted(curie for curie in wanted if curie not in names and not curie.startswith("KUPFFER:"))
    if missing:
        raise ValueError(f"curated rows use identifiers that no source has: {', '.join(missing[:20])}")
    _write(data / "terms.tsv.gz", lines)
    (data / "kinds.tsv").write_text("\n".join(["curie\tkinds", *_kinds(wheels)]) + "\n", encoding="utf-8")
    _write(data / "names.tsv.gz", sorted(f"{curie}\t{names[curie]}" for curie in wanted if curie in names))
    above = _same_elsewhere(wheels, rows)
    _write(
        data / "parents.tsv.gz",
        parents(wheels, above, {*wanted, *(row["curie"] for row in table("above.tsv"))}),
    )
    return dict(count)


def _same_elsewhere(
    wheels: Wheels, rows: Mapping[tuple[str, MentionType], list[tuple[int, Entry, str, str]]]
) -> set[tuple[str, str]]:
    """(identifier, one of another ontology with its name, which counts as above it).

    MeSH's macrophages stand under CL's, which has the name in texts, and so do their kinds. ChEBI's roles stand under
    MeSH's classes of drugs.
    """
    pairs = set()
    for heading in sources.headings(wheels):
        for key in keys(heading.name, heading.type):
            for other in _best(rows.get((key, heading.type), ())):
                pairs.add((heading.curie, other))
            if heading.type == MentionType.THERAPY:
                for other in _best(rows.get((key, MentionType.CHEMICAL), ())):
                    pairs.add((other, heading.curie))
    return {(child, above) for child, above in pairs if child[:4] != above[:4]}


def _best(found: Iterable[tuple[int, Entry, str, str]]) -> set[str]:
    """The one identifier that a form is given, or none where there are several."""
    best: dict[int, set[str]] = defaultdict(set)
    for order, entry, *_ in found:
        best[order].add(entry.curie)
    curies = best[min(best)] if best else set()
    return curies if len(curies) == 1 else set()


def _kinds(wheels: Wheels) -> list[str]:
    """CURIE, and the cell types above it that some target acts on, nearest first; sorted."""
    wanted = {target.acts_on_curie for target in targets()}
    rows = []
    for curie, term in wheels.ontology("CL").items():
        above = sorted((steps, up.replace("_", ":")) for up, steps in term["ancestors"].items())
        kinds = [up for _, up in above if up in wanted]
        if kinds:
            rows.append(f"{curie}\t{'|'.join(kinds)}")
    return sorted(rows)


def _is_somebody_elses(text: str, match: str, entry: Entry, taken: set[str]) -> bool:
    """Whether a short form would find mostly other things: "MSC" is a gene, but not in a text.

    A gene's, disease's or organ's short form without a digit finds nothing where it is only a synonym, nor where a
    curated row uses it.
    """
    if match != "exact" or entry.type not in _MANY_SHORT_FORMS:
        return False
    if cased(text) in taken:
        return True
    bare = not any(map(str.isdigit, text)) and "-" not in text
    longest = 4 if entry.type == MentionType.GENE else 5
    return bare and len(text) <= longest and text != entry.name


def _plain(text: str) -> str:
    """The key of a text but for its plurals and its British spelling."""
    return " ".join(cased_pieces(text)).casefold()


def surface_forms(entry: Entry) -> Iterable[tuple[str, str]]:
    """(text, match) for each form of an entry that a text may hold, without repeats."""
    found: dict[str, str] = {}
    for text in (entry.name, *entry.synonyms):
        text = " ".join(_SPECIES.sub("", text).split())
        match = _match(text, entry)
        if match is not None:
            found.setdefault(text, match)
    return found.items()


def _match(text: str, entry: Entry) -> str | None:
    """How a form is to be matched, or None when it is not worth having."""
    characters, words = LONGEST[entry.type]
    if len(text) < 3 or len(text) > characters or text.count(" ") >= words or _JUNK.search(text):
        return None
    label = text == entry.name
    lower = text.casefold()
    if lower in stop_words() or text.replace(" ", "").isdigit() or "\t" in text:
        return None
    if _INVERTED.search(text) and not (entry.type == MentionType.CELL and label):
        return None
    if entry.type == MentionType.GENE:
        return _gene_match(text, lower, label)
    if entry.type in (MentionType.CHEMICAL, MentionType.THERAPY) and (
        _FORMULA.search(text) or (text.islower() and len(text) < 4)
    ):
        return None
    if entry.type == MentionType.MECHANISM and not label and text.isupper() and len(text) < 6:
        return None  # GO's "PMN" is piecemeal microautophagy of the nucleus, nobody else's
    if entry.source == "go" and not label and _REGULATION.search(lower):
        return None
    if lower in english() and " " not in text and not text.isupper():
        common = english()[lower]
        if entry.type != MentionType.MECHANISM and not label:
            return None
        limit = {MentionType.MECHANISM: COMMON, MentionType.ANATOMY: MOST_COMMON}.get(entry.type, VERY_COMMON)
        return "ground" if common > limit else "lower"
    if (
        len(text) <= 6
        and " " not in text
        and (text.isupper() or any(c.isdigit() for c in text) or not text[1:].islower())
    ):
        return "exact"
    if len(text) < 4:
        return None
    return "lower"


def _gene_match(text: str, lower: str, label: bool) -> str | None:
    if label:
        return "exact" if len(text) > 2 else None
    if " " not in text:
        if not _GENE_SYMBOL.match(text) or lower in english() or text.islower():
            return None
        return "exact"
    return "lower" if len(text) > 8 else None


def _lines(
    rows: dict[tuple[str, MentionType], list[tuple[int, Entry, str, str]]],
    above: Mapping[str, Collection[str]],
) -> tuple[list[str], Counter[str]]:
    """Sorted lines of the terms file: the best source's reading of a form.

    Where it has several, the one that is ``above`` all others, as the mitotic cell cycle is above the mitotic
    nuclear division that is also called mitosis; else none.
    """
    lines: list[tuple[str, str]] = []
    count: Counter[str] = Counter()
    for (key, type_), found in rows.items():
        best = min(rank for rank, *_ in found)
        curies = {entry.curie for rank, entry, *_ in found if rank == best}
        if len(curies) > 1:
            curies = {one for one in curies if all(one in above.get(other, ()) for other in curies - {one})}
        if not curies:
            continue
        # One line will do where any case counts; where it does not, one for each way to write the form.
        written: dict[str, tuple[str, ...]] = {}
        for _, entry, text, match in sorted(found, key=lambda item: item[0]):
            if entry.curie in curies:
                line = (key, text, entry.curie, type_, match, entry.source)
                written.setdefault(cased(text) if match == "exact" else "", line)
        for fields in [written[""]] if "" in written else written.values():
            lines.append((key, "\t".join(fields)))
            count[fields[-1]] += 1
    return [line for _, line in sorted(set(lines))], count


def _curated_curies() -> set[str]:
    found = {term.curie for term in curated_terms()}
    found |= {sense.curie for those in senses().values() for sense in those}
    for target in targets():
        found |= {target.target_curie, target.acts_on_curie}
    return found - {""}


def _write(path: Path, lines: Iterable[str]) -> None:
    # mtime 0: the same rows make the same bytes.
    path.write_bytes(gzip.compress("\n".join(lines).encode(), 9, mtime=0))
