"""The model card: what is in the model, what it was made of, and how good it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CORPORA = [
    {"name": "BioNLP 2013 Cancer Genetics, train", "used_for": "head cg; events as head cgslots while training",
     "licence": "CC BY-SA 3.0"},
    {"name": "BC5CDR, train", "used_for": "head bc5cdr", "licence": "public domain (US government work)"},
    {"name": "CRAFT 5, 72 of 80 released articles", "used_for": "tagger and parser; its concepts while training",
     "licence": "CC BY 3.0"},
    {"name": "CellFinder 1.0", "used_for": "shared layers while training", "licence": "CC BY 3.0"},
    {"name": "triples/train.jsonl without ids ending in 7, 8 or 9", "used_for": "heads cell, mechanism, therapy",
     "licence": "marks: the Kupffer developers; abstracts: their publishers"},
    {"name": "pipeline/train/marks", "used_for": "heads cell, mechanism, therapy",
     "licence": "MIT (marks without text)"},
    {"name": "30,236 MEDLINE abstracts", "used_for": "floret vectors", "licence": "NLM terms"},
    {"name": "spacy-lookups-data 1.0.5", "used_for": "tables of the lemmatizer", "licence": "MIT; WordNet 3.0"},
]  # fmt: skip

MEASURED_ON = {
    "cg": "BioNLP13CG-IOB devel, the corpus' own tokens, 16 types",
    "cg_running": "the same as running text, our tokens",
    "bc5cdr": "BC5CDR-IOB devel, the corpus' own tokens",
    "slots": "100 abstracts of triples/train.jsonl with ids ending in 7, 8 or 9; the model alone",
    "slots_dev": "triples/dev.jsonl; the model alone",
    "syntax": "8 held-back CRAFT articles, our tokens, attachment without punctuation",
}

CAVEATS = [
    "Of the weights met on the way, those with the best sum of exact F1 on slots and on half of cg and bc5cdr were "
    "kept, and the leaning of two heads was chosen on slots: these figures are a little kind. slots_dev had no part.",
    "cg and bc5cdr learned from the train parts alone. No test part of any corpus was seen.",
    "The figures of the slots are the model's alone, without lexicon and patterns.",
    "Training is by steps with a cap in minutes, and ended by minutes here, on a machine that did other work "
    "beside it: a free machine goes further.",
]


def write_card(folder: Path, card: dict[str, Any]) -> None:
    """Write ``card.json`` and its readable twin ``CARD.md`` into the model's ``folder``."""
    card = card | {
        "corpora": CORPORA,
        "measured_on": MEASURED_ON,
        "caveats": CAVEATS,
        "size_bytes": size_of(folder),
    }
    (folder / "card.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "CARD.md").write_text(as_markdown(card), encoding="utf-8")


def size_of(folder: Path) -> int:
    """Bytes of all files under ``folder`` but the card itself."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return sum(path.stat().st_size for path in files if path.name not in ("card.json", "CARD.md"))


def as_markdown(card: dict[str, Any]) -> str:
    """The card as a page: figures per type first, then what it was made of."""
    lines = [
        f"# {card['name']} {card['version']}",
        "",
        f"{card['size_bytes'] / 1e6:.1f} MB, loads in {card['load_seconds']:.1f} s, "
        f"{card['words_a_second']:,.0f} words a second on one core ({card['machine']}).",
        "",
        "## Figures",
        "",
        "Precision, recall and F1 in per cent, on documents the model has not learned from.",
        "",
        "| part | type | gold | exact P | R | F1 | overlap P | R | F1 |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for part, heads in card["mentions"].items():
        for head, figures in heads.items():
            for label, row in _rows(head, figures):
                numbers = [row[kind][key] for kind in ("exact", "overlap") for key in "prf"]
                lines.append(
                    f"| {part} | {label} | {row['gold']} | "
                    + " | ".join(f"{100 * n:.1f}" for n in numbers)
                    + " |"
                )
    syntax = card["syntax"]
    lines += [
        "",
        "| syntax | per cent |",
        "|---|---:|",
        f"| unlabelled attachment | {100 * syntax['uas']:.1f} |",
        f"| labelled attachment | {100 * syntax['las']:.1f} |",
        f"| tags | {100 * syntax['tags']:.1f} |",
        f"| lemmas | {100 * syntax['lemmas']:.1f} |",
        f"| sentence starts, F1 | {100 * syntax['sentence_starts']['f']:.1f} |",
        "",
        "## What the parts were measured on",
        "",
        *[f"- {name}: {where}" for name, where in card["measured_on"].items()],
        "",
        "## How to take the figures",
        "",
        *[f"- {caveat}" for caveat in card["caveats"]],
        "",
        "## What it was made of",
        "",
        "| corpus | used for | licence |",
        "|---|---|---|",
        *[f"| {c['name']} | {c['used_for']} | {c['licence']} |" for c in card["corpora"]],
        "",
        "## How",
        "",
        *[f"- {key}: {value}" for key, value in card["training"].items()],
        "",
    ]
    return "\n".join(lines)


def _rows(head: str, figures: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    types = list(figures["types"].items())
    if len(types) == 1:
        return types
    gold = sum(row["gold"] for _, row in types)
    whole = {"gold": gold, "exact": figures["exact"], "overlap": figures["overlap"]}
    return [(f"{head}, all types", whole), *types]
