"""CRAFT's dependency trees, in our tokens.

CRAFT cuts at every hyphen and slash; our tokenizer keeps ``PD-L1`` and ``anti-inflammatory`` whole. Tokens that
lie in one of our words are merged: the word hangs where its token nearest to the root hangs, and takes that
token's tag and lemma. Where ours is the finer cut, CRAFT's token stays.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

ROOT = "ROOT"
HELD_BACK_ARTICLES = 8


@dataclass(frozen=True, slots=True)
class Word:
    """One token of a tree; ``head`` is the number of its head in the sentence, its own for the root."""

    text: str
    lemma: str
    tag: str
    head: int
    label: str
    space: bool


def read_conllu(text: str) -> Iterator[tuple[bool, list[Word]]]:
    """Sentences with whether each begins a paragraph."""
    paragraph = False
    for block in re.split(r"\n\s*\n", text):
        words: list[Word] = []
        for line in block.splitlines():
            if line.startswith("# newpar"):
                paragraph = True
            if line.startswith("#") or not line.strip():
                continue
            cells = line.split("\t")
            if not cells[0].isdigit():
                continue
            number, head = int(cells[0]) - 1, int(cells[6]) - 1
            is_root = head < 0
            label = ROOT if is_root or cells[7] in ("", "_", "root") else cells[7]
            words.append(
                Word(
                    cells[1],
                    cells[2],
                    cells[4],
                    number if is_root else head,
                    label,
                    "SpaceAfter=No" not in cells[9],
                )
            )
        if words:
            yield paragraph, words
            paragraph = False


def merged(nlp: Language, words: Sequence[Word]) -> list[Word]:
    """The same sentence in our words."""
    text, starts = "", []
    for word in words:
        starts.append(len(text))
        text += word.text + (" " if word.space else "")
    ends = [start + len(word.text) for start, word in zip(starts, words, strict=True)]
    borders = {token.idx for token in nlp.make_doc(text)}
    groups: list[list[int]] = []
    for i, start in enumerate(starts):
        # One of our words may hold this token and the one before it only if nothing but letters lies between.
        if groups and start not in borders and ends[i - 1] == start:
            groups[-1].append(i)
        else:
            groups.append([i])
    depth = [_depth(words, i) for i in range(len(words))]
    group_of = {i: number for number, group in enumerate(groups) for i in group}
    out = []
    for number, group in enumerate(groups):
        # The token nearest to the root stands for the word, so no merging can close a circle; of several
        # what is not punctuation, then the last: compounds end in their head.
        top = min(group, key=lambda i: (depth[i], words[i].label == "punct", -i))
        head = number if words[top].head == top else group_of[words[top].head]
        whole = "".join(words[i].text for i in group)
        lemma = words[top].lemma if len(group) == 1 else "".join(words[i].lemma for i in group)
        out.append(Word(whole, lemma, words[top].tag, head, words[top].label, words[group[-1]].space))
    return out


def _depth(words: Sequence[Word], i: int) -> int:
    steps = 0
    while words[i].head != i:
        i, steps = words[i].head, steps + 1
        if steps > len(words):
            raise ValueError(f"the tree of {' '.join(word.text for word in words)[:80]!r} has a circle in it")
    return steps


def tree_docs(nlp: Language, conllu: str, words_a_doc: int = 250) -> Iterator[Doc]:
    """Documents of about ``words_a_doc`` words; a newline stands between paragraphs, as in our texts."""
    pending: list[tuple[bool, list[Word]]] = []
    size = 0
    for paragraph, words in read_conllu(conllu):
        if size + len(words) > words_a_doc and pending:
            yield _assemble(nlp, pending)
            pending, size = [], 0
        pending.append((paragraph, merged(nlp, words)))
        size += len(words)
    if pending:
        yield _assemble(nlp, pending)


def _assemble(nlp: Language, sentences: Iterable[tuple[bool, list[Word]]]) -> Doc:
    words: list[Word] = []
    starts: list[bool] = []
    for paragraph, sentence in sentences:
        if words and paragraph:
            words[-1] = replace(words[-1], space=False)
            words.append(Word("\n", "\n", "_SP", len(words) - 1, "dep", False))
            starts.append(False)
        offset = len(words)
        words += [
            Word(w.text, w.lemma, w.tag, w.head + offset, w.label, w.space or i == len(sentence) - 1)
            for i, w in enumerate(sentence)
        ]
        starts += [True, *[False] * (len(sentence) - 1)]
    return Doc(
        nlp.vocab,
        words=[w.text for w in words],
        spaces=[w.space for w in words],
        tags=[w.tag for w in words],
        lemmas=[w.lemma for w in words],
        heads=[w.head for w in words],
        deps=[w.label for w in words],
    )


def craft_articles(archive: Path) -> tuple[list[str], list[str]]:
    """The CoNLL-U texts of CRAFT's articles: (to train on, held back). The held-back ones are every tenth."""
    with tarfile.open(archive) as tar:
        names = sorted(name for name in tar.getnames() if name.endswith(".conllu"))
        texts = []
        for name in names:
            file = tar.extractfile(name)
            if file is not None:
                texts.append(file.read().decode("utf-8"))
    held = set(list(range(4, len(texts), 10))[:HELD_BACK_ARTICLES])
    return [t for i, t in enumerate(texts) if i not in held], [t for i, t in enumerate(texts) if i in held]
