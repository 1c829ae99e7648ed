"""The stages of making the model, each a function from files to files in a work folder.

    convert -> vectors -> pretrain -> syntax, teachers -> unmarked -> mentions -> finish

A stage whose product is there is skipped, so a broken run goes on where it stopped; delete the work folder to
begin anew. Nothing is downloaded.
"""

from __future__ import annotations

import json
import logging
import platform
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from pipeline import checksums
from pipeline.annotate.heads import MentionRecognizer
from pipeline.train import assemble, card, evaluate, pretrain, vectors
from pipeline.train.convert import (
    HELD_BACK,
    IOB_CORPORA,
    SLOT_HEADS,
    cellfinder_docs,
    event_docs,
    load_docs,
    own_token_docs,
    read_jsonl,
    running_docs,
    save_docs,
    slot_docs,
)
from pipeline.train.fit import Plan, Source, fit_recognizer, fit_syntax
from pipeline.train.marks import load_marks
from pipeline.train.trees import craft_articles, tree_docs

log = logging.getLogger(__name__)

NAME = "kupffer"
VERSION = "0.1.0"
SPEED_ABSTRACTS = 300
ABSTRACTS = Path("text/medline-abstracts.jsonl.gz")
MODEL = Path(__file__).parents[1] / "annotate" / "model"

# A mention that is missed costs more than one too many: what reads the mentions can drop one, not find one.
# Chosen on the held-back abstracts among 0, 0.3, 0.6: it moves overlap F1 up and leaves exact F1 as it is.
LEANING = {"mechanism": 0.3, "therapy": 0.3}

# Share of the words of a batch that each corpus gives.
SHARES = {"slots": 3.0, "cg": 2.0, "bc5cdr": 1.0, "cgslots": 0.7, "craft": 0.4, "cellfinder": 0.4}
# Of abstracts that teachers marked (pipeline.train.teachers), as much as of those that readers marked.
STUDENT_SHARES = SHARES | {"unmarked": 3.0}
SYNTAX_PLAN = Plan(steps=6000, batch_words=1200, drop=0.2, word_drop=0.0, evaluate_every=500, minutes=50)
PRETRAIN_PLAN = Plan(steps=3500, batch_words=2000, drop=0.0, word_drop=0.0, evaluate_every=250, minutes=60)
MENTIONS_PLAN = Plan(steps=8000, evaluate_every=500, minutes=90)


@dataclass(frozen=True, slots=True)
class Work:
    """Where things lie: the corpora, and the folder of what the stages made."""

    corpora: Path
    folder: Path

    def docs(self, name: str) -> Path:
        """The file of the converted documents ``name``."""
        return self.folder / "docs" / f"{name}.spacy"

    @property
    def vectors(self) -> Path:
        """The floret vectors."""
        return self.folder / "vectors.floret"

    @property
    def words(self) -> Path:
        """The abstracts as lines of lower-case words."""
        return self.folder / "words.txt"

    @property
    def tok2vec(self) -> Path:
        """The weights of the shared layers after pre-training."""
        return self.folder / "tok2vec.bin"

    @property
    def syntax(self) -> Path:
        """The pipeline with tagger and parser."""
        return self.folder / "syntax"

    @property
    def mentions(self) -> Path:
        """The pipeline with the recogniser and all its heads."""
        return self.folder / "mentions"


def note_time(work: Work, stage: str, began: float) -> None:
    """Add how long a stage took to ``times.json``, for the card."""
    path = work.folder / "times.json"
    times = json.loads(path.read_text()) if path.exists() else {}
    times[stage] = round(time.monotonic() - began)
    path.write_text(json.dumps(times))


def check_corpora(corpora: Path) -> None:
    """Raise FileNotFoundError with one clear sentence when ``corpora`` is not the folder of the corpora."""
    if not (corpora / "triples" / "train.jsonl").is_file():
        raise FileNotFoundError(
            f"The training corpora are not in {corpora}: give the folder that holds iob/, craft/, standoff/, "
            "text/ and triples/ with --corpora."
        )


def convert(work: Work) -> None:
    """Convert all corpora to documents of our words."""
    if work.docs("done").exists():
        return
    began = time.monotonic()
    nlp = spacy.blank("en")
    nlp.tokenizer = assemble.kupffer_tokenizer(nlp)
    corpora = work.corpora
    for head, name in IOB_CORPORA.items():
        for part in ("train", "devel") if head != "craft" else ("train",):
            path = corpora / "iob" / name / f"{part}.tsv"
            save_docs(own_token_docs(nlp, path, head), work.docs(f"{head}-{part}"))
            save_docs(running_docs(nlp, path, head), work.docs(f"{head}_running-{part}"))
    marked = read_jsonl(corpora / "triples" / "train.jsonl")
    held = [record for record in marked if record["id"].endswith(HELD_BACK)]
    save_docs(slot_docs(nlp, held), work.docs("slots-devel"))
    save_docs(slot_docs(nlp, read_jsonl(corpora / "triples" / "dev.jsonl")), work.docs("slots_dev-devel"))
    known = {record["id"] for record in held}
    learn = [record for record in marked if record["id"] not in known]
    learn += [record for record in load_marks(corpora / ABSTRACTS) if record["id"] not in known]
    save_docs(slot_docs(nlp, learn), work.docs("slots-train"))
    save_docs(event_docs(nlp, read_jsonl(corpora / "triples" / "cg-train.jsonl")), work.docs("cgslots-train"))
    save_docs(cellfinder_docs(nlp, corpora / "standoff" / "cellfinder.tar.xz"), work.docs("cellfinder-train"))
    learn_trees, held_trees = craft_articles(corpora / "craft" / "craft-train.tar.xz")
    for name, articles in (("trees-train", learn_trees), ("trees-devel", held_trees)):
        save_docs((doc for text in articles for doc in tree_docs(nlp, text)), work.docs(name), trees=True)
    save_docs([], work.docs("done"))
    note_time(work, "convert", began)


def make_vectors(work: Work) -> None:
    """Train floret vectors on the abstracts."""
    if work.vectors.exists():
        return
    began = time.monotonic()
    nlp = spacy.blank("en")
    nlp.tokenizer = assemble.kupffer_tokenizer(nlp)
    vectors.write_words(nlp, work.corpora / ABSTRACTS, work.words)
    unfinished = work.vectors.with_suffix(".part")
    vectors.train_vectors(work.words, unfinished)
    unfinished.rename(work.vectors)
    note_time(work, "vectors", began)


def make_tok2vec(work: Work, *, seed: int) -> None:
    """Teach the shared layers to guess hidden words of the abstracts."""
    if work.tok2vec.exists():
        return
    began = time.monotonic()
    nlp = assemble.blank_pipeline(work.vectors)
    guessed = pretrain.frequent_words(work.words)
    plan = replace(PRETRAIN_PLAN, seed=seed)
    model = pretrain.pretrain(nlp, work.corpora / ABSTRACTS, guessed, plan)
    pretrain.save_weights(model, work.tok2vec)
    note_time(work, "pretrain", began)


def train_syntax(work: Work, *, minutes: float, seed: int) -> None:
    """Train tagger and parser on CRAFT."""
    if work.syntax.exists():
        return
    began = time.monotonic()
    nlp = assemble.blank_pipeline(work.vectors)
    learn = load_docs(work.docs("trees-train"), nlp)
    held = load_docs(work.docs("trees-devel"), nlp)
    assemble.add_syntax(nlp, learn)

    def measure() -> tuple[float, dict[str, Any]]:
        with nlp.select_pipes(disable=["lemmatizer"]):
            figures = evaluate.syntax_figures(nlp, held[::2])
        return figures["las"] + figures["tags"], figures

    plan = replace(SYNTAX_PLAN, minutes=minutes, seed=seed)
    steps = fit_syntax(nlp, learn, plan, measure)["steps"]
    save(nlp, work.syntax, {"steps": steps, "batch_words": plan.batch_words, "seed": seed})
    note_time(work, "syntax", began)


def train_mentions(work: Work, *, minutes: float, seed: int) -> None:
    """Train the recogniser with a head for each scheme."""
    if work.mentions.exists():
        return
    began = time.monotonic()
    nlp = assemble.blank_pipeline(work.vectors)
    recognizer, sources = new_recognizer(work, nlp, STUDENT_SHARES)
    held = {name: load_docs(work.docs(f"{name}-devel"), nlp) for name in ("slots", "cg", "bc5cdr")}
    plan = replace(MENTIONS_PLAN, minutes=minutes, seed=seed)
    steps = fit_recognizer(recognizer, sources, plan, mention_measure(recognizer, held))["steps"]
    save(nlp, work.mentions, {"steps": steps, "batch_words": plan.batch_words, "seed": seed})
    note_time(work, "mentions", began)


def new_recognizer(
    work: Work, nlp: Language, shares: dict[str, float], own: dict[str, list[Doc]] | None = None
) -> tuple[MentionRecognizer, dict[str, Source]]:
    """An untrained recogniser on the pre-trained layers in ``nlp``, and what it is to learn from.

    ``own`` are documents that stand in for those of a corpus.
    """
    own = own or {}
    sources = {
        name: Source(own.get(name) or to_learn(work, nlp, name), share) for name, share in shares.items()
    }
    recognizer = assemble.add_recognizer(
        nlp, heads_of(sources), sources["slots"].docs[:5], start=work.tok2vec
    )
    return recognizer, sources


def to_learn(work: Work, nlp: Language, name: str) -> list[Doc]:
    """The training documents of one corpus, the running ones (split by us) among them."""
    docs = load_docs(work.docs(f"{name}-train"), nlp)
    running = work.docs(f"{name}_running-train")
    return docs + (load_docs(running, nlp) if running.exists() else [])


def heads_of(sources: dict[str, Source]) -> dict[str, list[str]]:
    """The heads that the documents have gold for, each with its types."""
    heads: dict[str, set[str]] = {}
    for source in sources.values():
        for doc in source.docs:
            for name, group in doc.spans.items():
                heads.setdefault(name.split(":", 1)[1], set()).update(span.label_ for span in group)
    return {head: sorted(labels) for head, labels in heads.items()}


def mention_measure(
    recognizer: MentionRecognizer, held: dict[str, list[Doc]]
) -> Callable[[], tuple[float, dict[str, Any]]]:
    """A measure for ``fit_recognizer``: the sum of exact F1 of the slots, of cg and of bc5cdr."""

    def measure() -> tuple[float, dict[str, Any]]:
        figures = {head: evaluate.mention_figures(recognizer, held["slots"], head) for head in SLOT_HEADS}
        for head in ("cg", "bc5cdr"):
            figures[head] = evaluate.mention_figures(recognizer, held[head][::2], head)
        brief = {head: (f["exact"]["f"], f["overlap"]["f"]) for head, f in figures.items()}
        return sum(exact for exact, _ in brief.values()), brief

    return measure


def save(nlp: Language, folder: Path, notes: dict[str, Any]) -> None:
    """Write a pipeline as a whole or not at all."""
    unfinished = folder.with_suffix(".part")
    nlp.meta["notes"] = json.dumps(notes)
    nlp.to_disk(unfinished)
    unfinished.rename(folder)


def finish(work: Work, out: Path, *, seed: int) -> dict[str, Any]:
    """Join syntax and mentions, measure, and write model and card into ``out``; returns the card."""
    nlp = spacy.load(work.syntax)
    notes = {"syntax": nlp.meta.pop("notes", "")}
    mentions = spacy.load(work.mentions)
    notes["mentions"] = mentions.meta.pop("notes", "")
    assemble.keep_heads(mentions)
    assemble.lean(mentions, LEANING)
    seconds = json.loads((work.folder / "times.json").read_text())
    nlp.add_pipe("kupffer_recognizer", source=mentions)
    nlp.meta.update(
        name=NAME, version=VERSION, lang="en", license="CC BY-SA 3.0",
        description="Cells, mechanisms, therapies and biomedical entities; tagger and parser. See CARD.md.",
    )  # fmt: skip
    unfinished = out.with_name(out.name + ".part")
    nlp.to_disk(unfinished)
    _forget_words(nlp, unfinished)
    began = time.perf_counter()
    nlp = spacy.load(unfinished)
    load_seconds = time.perf_counter() - began
    records = islice(vectors.read_abstracts(work.corpora / ABSTRACTS), SPEED_ABSTRACTS)
    texts = [vectors.abstract_text(record) for record in records]
    figures = {
        "name": NAME, "version": VERSION, "load_seconds": round(load_seconds, 2),
        "machine": platform.machine(), "words_a_second": round(evaluate.words_a_second(nlp, texts)),
        "mentions": mention_tables(work, nlp),
        "syntax": evaluate.syntax_figures(nlp, load_docs(work.docs("trees-devel"), nlp)),
        "training": {"seed": seed, "seconds": seconds, "leaning": LEANING, "spacy": spacy.__version__, **notes},
    }  # fmt: skip
    card.write_card(unfinished, figures)
    checksums.sign_folder(unfinished)
    if out.exists():
        shutil.rmtree(out)
    unfinished.rename(out)
    return figures


def _forget_words(nlp: Language, folder: Path) -> None:
    """Leave only labels among the strings of the model in ``folder``: the words of the corpora are no part of it."""
    labels = {label for names in nlp.pipe_labels.values() for label in names}
    labels |= {part for pair in assemble.PARTS_OF_SPEECH.values() for part in pair if part}
    text = json.dumps(sorted(labels), ensure_ascii=False)
    (folder / "vocab" / "strings.json").write_text(text, encoding="utf-8")


def mention_tables(work: Work, nlp: Language) -> dict[str, dict[str, Any]]:
    """Figures of each head on each held-back set that has gold for it."""
    recognizer: Any = nlp.get_pipe("kupffer_recognizer")
    parts = {
        "slots": list(SLOT_HEADS), "slots_dev": list(SLOT_HEADS),
        "cg": ["cg"], "cg_running": ["cg"], "bc5cdr": ["bc5cdr"],
    }  # fmt: skip
    return {
        part: {
            head: evaluate.mention_figures(recognizer, load_docs(work.docs(f"{part}-devel"), nlp), head)
            for head in heads
        }
        for part, heads in parts.items()
    }


def default_work() -> Path:
    """The work folder when none is named: kept between runs of the same checkout, ignored by git."""
    folder = Path("build/model")
    return (
        folder
        if folder.parent.exists() or Path("pyproject.toml").exists()
        else Path(tempfile.gettempdir()) / "kupffer-model"
    )
