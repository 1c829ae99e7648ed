"""Fits the scorer of relations: weights for links, roles and flags from marked abstracts.

Input are Docs with trees and ``spans["mentions"]`` beside their gold triples; output is the JSON that
``pipeline.relate.scorer`` reads. Logistic regression (scikit-learn), one model for each slot and each flag; features
seen only once and weights near nothing are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import srsly
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from spacy.tokens import Doc

from pipeline import checksums
from pipeline.relate.features import features, flag_features
from pipeline.relate.links import links
from pipeline.relate.scenes import scenes
from pipeline.relate.scorer import NONE, Scorer, logit

SLOT_SCORERS = ("CELL", "THERAPY")
Span = tuple[int, int]
Gold = dict[str, Any]  # a line of triples/*.jsonl
Example = tuple[list[str], str]

STRENGTH = {"CELL": 0.1, "THERAPY": 0.1, "negation": 1.0, "speculation": 0.2}  # inverse of L2 regularisation
# Chosen among 0.1 to 0.42 where F1 of pairs, of full and of all triples is highest, on the abstracts that training may
# see: mentions by halves, weights by four folds. Of what these left close, the kept abstracts decided.
THRESHOLDS = {"CELL": 0.35, "THERAPY": 0.3, "negation": 0.35, "speculation": 0.3}
SMALLEST = 0.004  # weights below are dropped: they move no probability by a hundredth


def examples(doc: Doc, gold: Gold) -> Iterable[tuple[str, Example]]:
    """(scorer name, (features, class)) for every pair of one sentence that some rule proposes."""
    spans = list(doc.spans["mentions"])
    for scene in scenes(doc):
        by_number = {n.number: n for n in scene.nodes}
        for link in links(scene.sent, scene.graph, scene.nodes):
            source, mechanism = by_number[link.source], by_number[link.mechanism]
            ends = tuple((spans[n.number].start_char, spans[n.number].end_char) for n in (source, mechanism))
            triple = _told(gold, source.type, *ends)
            role = triple[f"{source.type.lower()}_role"] if triple else "none"
            yield str(source.type), (features(doc, scene.graph, scene.nodes, source, mechanism, link), role)
            if triple:
                for kind, flag in (("negation", "negated"), ("speculation", "speculated")):
                    i = link.flags.negation if kind == "negation" else link.flags.speculation
                    seen = flag_features(
                        doc, scene.graph, source, mechanism, link, None if i is None else doc[i], kind
                    )
                    yield kind, (seen, "yes" if triple[flag] else "none")


def _told(gold: Gold, slot: str, source: Span, mechanism: Span) -> dict[str, Any] | None:
    for triple in gold["triples"]:
        other = triple[slot.lower()]
        if other and _overlap(other, source) and _overlap(triple["mechanism"], mechanism):
            return dict(triple)
    return None


def _overlap(one: Sequence[int], other: Sequence[int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def fit(documents: Iterable[tuple[Doc, Gold]], unseen: Iterable[tuple[Doc, Gold]] = ()) -> dict[str, Any]:
    """The weights of all four scorers.

    Args:
        documents: abstracts with gold mentions.
        unseen: abstracts with mentions that a model which had not seen them found. They teach like the others, and the
            confidence is calibrated on them.
    """
    rows: dict[str, list[Example]] = {}
    fold: dict[str, list[int]] = {}  # -1 for gold mentions, else the half that the abstract is in
    for part, numbered in ((documents, None), (unseen, 0)):
        for number, (doc, gold) in enumerate(part):
            for name, example in examples(doc, gold):
                rows.setdefault(name, []).append(example)
                fold.setdefault(name, []).append(-1 if numbered is None else number % 2)
    scorers = {name: _fit_one(name, rows[name]) for name in sorted(rows)}
    for name in SLOT_SCORERS:
        if {0, 1} <= set(fold.get(name, ())):
            scorers[name]["calibration"] = _calibration(name, rows[name], fold[name])
    return {"scorers": scorers}


def _calibration(name: str, rows: Sequence[Example], fold: Sequence[int]) -> list[float]:
    """Platt's slope and offset (1999), from the scores that each half gets from the other's weights."""
    scores: list[list[float]] = []
    right: list[bool] = []
    for half in (0, 1):
        weights = _fit_one(name, [row for row, f in zip(rows, fold, strict=True) if f != half])
        scorer = Scorer(tuple(weights["classes"]), weights["weights"], 0.0)
        for (seen, label), f in zip(rows, fold, strict=True):
            if f == half:
                scores.append([logit(scorer.judge(seen).probability)])
                right.append(label != NONE)
    model = LogisticRegression(C=1e6).fit(scores, right)
    return [round(float(model.coef_[0][0]), 3), round(float(model.intercept_[0]), 3)]


def _fit_one(name: str, rows: Sequence[Example]) -> dict[str, Any]:
    counts = Counter(feature for seen, _ in rows for feature in seen)
    vectorizer = DictVectorizer()
    matrix = vectorizer.fit_transform([{f: 1.0 for f in seen if counts[f] > 1} for seen, _ in rows])
    model = LogisticRegression(C=STRENGTH[name], max_iter=500).fit(matrix, [label for _, label in rows])
    coefficients = model.coef_
    if len(model.classes_) == 2:  # scikit-learn keeps one row for two classes; ours keeps one a class
        coefficients = [[-w / 2 for w in coefficients[0]], [w / 2 for w in coefficients[0]]]
        intercepts = [-model.intercept_[0] / 2, model.intercept_[0] / 2]
    else:
        intercepts = list(model.intercept_)
    weights = {}
    for k, feature in enumerate(vectorizer.get_feature_names_out()):
        column = [round(float(row[k]), 3) for row in coefficients]
        if feature == "bias":
            column = [round(c + float(i), 3) for c, i in zip(column, intercepts, strict=True)]
        if max(abs(c) for c in column) >= SMALLEST:
            weights[feature] = column
    return {
        "classes": [str(c) for c in model.classes_],
        "threshold": THRESHOLDS[name],
        "weights": weights,
        "examples": len(rows),
    }


def write(weights: dict[str, Any], path: Path) -> None:
    """The weights as one line of JSON for each scorer, and their checksum beside them."""
    path.write_text(srsly.json_dumps(weights, sort_keys=True) + "\n", encoding="utf-8")
    checksums.sign_file(path)
