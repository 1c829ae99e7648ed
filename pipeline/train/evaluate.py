"""How good a model is, on documents it has not learned from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from pipeline.annotate.heads import MentionRecognizer, group_name

Figures = dict[str, Any]


def f1(hits: int, found: int, gold: int) -> dict[str, float]:
    """Precision, recall and F1 in 0..1 from counts; 0 where a count is 0."""
    precision = hits / found if found else 0.0
    recall = hits / gold if gold else 0.0
    both = precision + recall
    return {
        "p": round(precision, 4),
        "r": round(recall, 4),
        "f": round(2 * precision * recall / both if both else 0.0, 4),
    }


def mention_figures(
    recognizer: MentionRecognizer, gold: Sequence[Doc], head: str, batch: int = 32
) -> Figures:
    """Exact and overlapping spans of one head, over all types and for each.

    Exact: same words and type. Overlap: a found span counts when a gold span of its type shares a word with
    it, a gold span when a found one does.
    """
    exact: Counter[str] = Counter()
    found_all: Counter[str] = Counter()
    gold_all: Counter[str] = Counter()
    found_touch: Counter[str] = Counter()
    gold_touch: Counter[str] = Counter()
    for start in range(0, len(gold), batch):
        docs = list(gold[start : start + batch])
        for doc, by_head in zip(docs, recognizer.predict(docs), strict=True):
            found = [(s, e, label) for s, e, label, _ in by_head[head]]
            wanted = [(span.start, span.end, span.label_) for span in doc.spans[group_name(head)]]
            for span in found:
                found_all[span[2]] += 1
                exact[span[2]] += span in wanted
                found_touch[span[2]] += any(_touch(span, other) for other in wanted)
            for span in wanted:
                gold_all[span[2]] += 1
                gold_touch[span[2]] += any(_touch(span, other) for other in found)
    figures: Figures = {
        "exact": f1(exact.total(), found_all.total(), gold_all.total()),
        "overlap": _overlap(found_touch.total(), found_all.total(), gold_touch.total(), gold_all.total()),
        "types": {},
    }
    for label in sorted(gold_all):
        figures["types"][label] = {
            "gold": gold_all[label],
            "exact": f1(exact[label], found_all[label], gold_all[label]),
            "overlap": _overlap(found_touch[label], found_all[label], gold_touch[label], gold_all[label]),
        }
    return figures


def _touch(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    return one[2] == other[2] and one[0] < other[1] and other[0] < one[1]


def _overlap(found_touch: int, found: int, gold_touch: int, gold: int) -> dict[str, float]:
    precision = found_touch / found if found else 0.0
    recall = gold_touch / gold if gold else 0.0
    both = precision + recall
    f = 2 * precision * recall / both if both else 0.0
    return {"p": round(precision, 4), "r": round(recall, 4), "f": round(f, 4)}


def syntax_figures(nlp: Language, gold: Sequence[Doc]) -> Figures:
    """Tags, lemmas, unlabelled and labelled attachment (punctuation left out) and sentences, as shares.

    The documents are read as words, so that tree and gold have the same tokens; newlines are paragraph
    borders as in any text.
    """
    right: Counter[str] = Counter()
    count: Counter[str] = Counter()
    blank = [Doc(nlp.vocab, words=[t.text for t in d], spaces=[bool(t.whitespace_) for t in d]) for d in gold]
    for doc, wanted in zip(nlp.pipe(blank, batch_size=32), gold, strict=True):
        for token, gold_token in zip(doc, wanted, strict=True):
            if gold_token.is_space:
                continue
            count["words"] += 1
            right["tag"] += token.tag_ == gold_token.tag_
            if not any(c.isdigit() for c in token.text):  # CRAFT writes 0 for every digit of a lemma
                count["lemmas"] += 1
                right["lemma"] += token.lemma_.lower() == gold_token.lemma_.lower()
            if gold_token.dep_ != "punct":
                count["arcs"] += 1
                same_head = token.head.i == gold_token.head.i
                right["uas"] += same_head
                right["las"] += same_head and token.dep_ == gold_token.dep_
            count["gold_starts"] += bool(gold_token.is_sent_start)
            count["found_starts"] += bool(token.is_sent_start)
            right["starts"] += bool(token.is_sent_start) and bool(gold_token.is_sent_start)
    return {
        "uas": round(right["uas"] / count["arcs"], 4),
        "las": round(right["las"] / count["arcs"], 4),
        "tags": round(right["tag"] / count["words"], 4),
        "lemmas": round(right["lemma"] / max(count["lemmas"], 1), 4),
        "sentence_starts": f1(right["starts"], count["found_starts"], count["gold_starts"]),
        "words": count["words"],
    }


def words_a_second(nlp: Language, texts: Iterable[str]) -> float:
    """Words of ``texts`` that ``nlp`` annotates in a second of this machine's one core."""
    import time

    texts = list(texts)
    list(nlp.pipe(texts[:8]))
    start = time.process_time()
    words = sum(len(doc) for doc in nlp.pipe(texts, batch_size=64))
    return words / (time.process_time() - start)
