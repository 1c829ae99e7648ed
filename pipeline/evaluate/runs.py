"""The default pipeline run on gold's texts, and run again without each of its rules."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.evaluate.causes import LinkKey
from pipeline.evaluate.marked import Marked, MarksError, of_records
from pipeline.evaluate.scores import Count, Scores, view_of
from pipeline.records import Document
from pipeline.relate.links import links
from pipeline.relate.scenes import scenes
from pipeline.relate.triples import relate

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

ABLATED = ("pair", "full", "any")
BATCH = 16  # documents


@dataclass(frozen=True, slots=True)
class Annotated:
    """One gold text, annotated: the dear half, done once."""

    document: Document
    doc: Doc


def annotated(nlp: Language, gold: Iterable[Marked]) -> list[Annotated]:
    """Gold's texts, annotated end to end: of its marks nothing is seen."""
    from pipeline.annotate import annotate

    documents = (Document(doc_id=marked.id, text=marked.text) for marked in gold)
    return [Annotated(document, doc) for document, doc in annotate(nlp, documents, batch_size=BATCH)]


def predict(item: Annotated, *, scored: bool = True, without: Collection[str] = ()) -> Marked:
    """What ``kupffer extract`` would write of one document.

    Args:
        scored: False leaves the learned scorer out, so that the rules stand alone.
        without: ids of rules to leave out.
    """
    from pipeline.annotate import mentions_of
    from pipeline.relate import triples_of

    item.doc._.triples = relate(item.doc, scored=scored, without=without)
    mentions = mentions_of(item.doc, item.document)
    return of_records(item.document, mentions, triples_of(item.doc, item.document, mentions))


def rules_of_links(item: Annotated) -> dict[LinkKey, tuple[str, ...]]:
    """Which rules tie which mentions of a document, before the scorer chooses among them."""
    doc = item.doc
    spans = [(span.start_char, span.end_char) for span in doc.spans.get("mentions", ())]
    out: dict[LinkKey, tuple[str, ...]] = {}
    for scene in scenes(doc):
        for link in links(scene.sent, scene.graph, scene.nodes):
            out[link.type.lower(), spans[link.source], spans[link.mechanism]] = link.rules
    return out


@dataclass(frozen=True, slots=True)
class Ablation:
    """What switching a rule off does: ``change[view]`` is F1 without it less F1 with it (below 0: the rule helps).

    ``documents`` counts those in which the rule ties something.
    """

    rule: str
    documents: int
    change: dict[str, float]


def ablate(items: Sequence[Annotated], scores: Scores, *, scored: bool = True) -> list[Ablation]:
    """The effect of switching each rule off, most helpful first; the scorer stays as it is.

    Only documents in which the rule ties something are related again: nothing changes in the others.

    Args:
        items: the annotated documents that ``scores`` was made of, in that order.
    """
    used = [{rule for rules in rules_of_links(item).values() for rule in rules} for item in items]
    whole = {view: scores[view] for view in ABLATED}
    out = []
    for rule in sorted(set().union(*used)):
        counts = dict(whole)
        touched = [n for n, rules in enumerate(used) if rule in rules]
        for n in touched:
            compared = scores.documents[n]
            rest = predict(items[n], scored=scored, without={rule})
            for view in ABLATED:
                _, new, _, _ = view_of(compared.gold, rest, compared.wording, view, False)
                counts[view] = _exchanged(counts[view], compared.counts[view], new)
        out.append(Ablation(rule, len(touched), {view: counts[view].f1 - whole[view].f1 for view in ABLATED}))
    return sorted(out, key=lambda a: (sum(a.change.values()), a.rule))


def _exchanged(sum_: Count, old: Count, new: Count) -> Count:
    return replace(
        sum_,
        right=sum_.right - old.right + new.right,
        found=sum_.found - old.found + new.found,
        gold=sum_.gold - old.gold + new.gold,
    )


def only(gold: Iterable[Marked], pattern: str | None) -> Iterator[Marked]:
    """The documents whose id has a match of the regular expression; all of them when it is None.

    Raises:
        MarksError: it is not a regular expression.
    """
    try:
        wanted = re.compile(pattern or "")
    except re.error as error:
        raise MarksError(f"{pattern!r} is not a regular expression ({error}); try '[789]$'.") from None
    return (marked for marked in gold if wanted.search(marked.id))
