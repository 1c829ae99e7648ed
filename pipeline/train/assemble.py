"""Putting the pipeline together: which components, in which order, with which sizes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from pipeline.annotate.heads import MentionRecognizer
from pipeline.annotate.tokenizer import kupffer_tokenizer
from pipeline.train.vectors import use_vectors

WIDTH = 128
DEPTH = 4
HIDDEN = 64
ROWS = [6000, 2000, 3000, 1500]  # hash tables for NORM, PREFIX, SUFFIX, SHAPE
SYNTAX = ("tok2vec", "tagger", "attribute_ruler", "lemmatizer", "parser")
# What leaves with the model. The other heads only teach the shared layers.
SHIPPED_HEADS = ("cell", "mechanism", "therapy", "cg", "bc5cdr")

# Penn tags as CRAFT writes them -> part of speech and what the lemmatizer wants to know of the form.
PARTS_OF_SPEECH: dict[str, tuple[str, str]] = {
    "NN": ("NOUN", "Number=Sing"), "NNS": ("NOUN", "Number=Plur"), "NNP": ("PROPN", "Number=Sing"),
    "NNPS": ("PROPN", "Number=Plur"), "JJ": ("ADJ", "Degree=Pos"), "JJR": ("ADJ", "Degree=Cmp"),
    "JJS": ("ADJ", "Degree=Sup"), "AFX": ("ADJ", ""), "RB": ("ADV", ""), "RBR": ("ADV", "Degree=Cmp"),
    "RBS": ("ADV", "Degree=Sup"), "WRB": ("ADV", ""), "VB": ("VERB", "VerbForm=Inf"),
    "VBD": ("VERB", "Tense=Past|VerbForm=Fin"), "VBG": ("VERB", "Aspect=Prog|Tense=Pres|VerbForm=Part"),
    "VBN": ("VERB", "Aspect=Perf|Tense=Past|VerbForm=Part"), "VBP": ("VERB", "Tense=Pres|VerbForm=Fin"),
    "VBZ": ("VERB", "Number=Sing|Person=3|Tense=Pres|VerbForm=Fin"), "MD": ("AUX", "VerbForm=Fin"),
    "IN": ("ADP", ""), "RP": ("ADP", ""), "TO": ("PART", ""), "POS": ("PART", ""), "DT": ("DET", ""),
    "PDT": ("DET", ""), "WDT": ("PRON", "PronType=Rel"), "PRP": ("PRON", "PronType=Prs"),
    "PRP$": ("PRON", "Poss=Yes|PronType=Prs"), "WP": ("PRON", "PronType=Rel"),
    "WP$": ("PRON", "Poss=Yes|PronType=Rel"), "EX": ("PRON", ""), "CC": ("CCONJ", ""), "CD": ("NUM", ""),
    "FW": ("X", ""), "LS": ("X", ""), "SYM": ("SYM", ""), "UH": ("INTJ", ""), "HYPH": ("PUNCT", ""),
    ",": ("PUNCT", ""), ".": ("PUNCT", ""), ":": ("PUNCT", ""), "-LRB-": ("PUNCT", ""),
    "-RRB-": ("PUNCT", ""), "``": ("PUNCT", ""), "''": ("PUNCT", ""), "_SP": ("SPACE", ""),
}  # fmt: skip


def blank_pipeline(vectors: Path) -> Language:
    """An English ``Language`` with our tokenizer and the vectors in the file ``vectors``, nothing else."""
    nlp = spacy.blank("en")
    nlp.tokenizer = kupffer_tokenizer(nlp)
    use_vectors(nlp, vectors)
    return nlp


def add_syntax(nlp: Language, docs: Sequence[Doc], *, start: Path | None = None) -> None:
    """Add paragraph borders, tagger, parts of speech, lemmas and parser, untrained, with the labels of ``docs``.

    ``start`` is a file of pre-trained weights for the tok2vec.
    """
    nlp.add_pipe("kupffer_paragraphs")
    tok2vec = {
        "@architectures": "kupffer.Tok2Vec.v1",
        "width": WIDTH,
        "rows": ROWS,
        "depth": DEPTH,
        "pieces": 2,
    }
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": WIDTH}
    nlp.add_pipe("tok2vec", config={"model": tok2vec})
    nlp.add_pipe("tagger", config={"model": {"@architectures": "spacy.Tagger.v2", "tok2vec": listener}})
    ruler: Any = nlp.add_pipe("attribute_ruler")
    for tag, (pos, morph) in PARTS_OF_SPEECH.items():
        ruler.add([[{"TAG": tag}]], {"POS": pos, "MORPH": morph})
    # The lemmatizer takes a present form other than -s for its own lemma, which "are" is not.
    ruler.add([[{"LOWER": {"IN": ["am", "are", "'re"]}}]], {"LEMMA": "be"})
    nlp.add_pipe("lemmatizer", config={"mode": "rule"}).initialize(nlp=nlp)  # type: ignore[attr-defined]
    parser = {
        "@architectures": "spacy.TransitionBasedParser.v2", "state_type": "parser", "extra_state_tokens": False,
        "hidden_width": 64, "maxout_pieces": 2, "use_upper": False, "tok2vec": listener,
    }  # fmt: skip
    nlp.add_pipe("parser", config={"model": parser})
    examples = [Example(nlp.make_doc(doc.text), doc) for doc in docs]
    for name in ("tok2vec", "tagger", "parser"):
        nlp.get_pipe(name).initialize(lambda: examples, nlp=nlp)  # type: ignore[attr-defined]
    if start is not None:
        nlp.get_pipe("tok2vec").model.from_bytes(start.read_bytes())  # type: ignore[attr-defined]


def add_recognizer(
    nlp: Language, heads: dict[str, list[str]], docs: Sequence[Doc], *, start: Path | None = None
) -> MentionRecognizer:
    """Add the recogniser, untrained, with ``heads``: the name of each and its types.

    ``start`` is a file of pre-trained weights for its tok2vec.
    """
    sizes = {"heads": heads, "width": WIDTH, "rows": ROWS, "depth": DEPTH, "hidden": HIDDEN, "terms": True}
    recognizer: Any = nlp.add_pipe("kupffer_recognizer", config=sizes)
    recognizer.initialize(lambda: [Example(doc, doc) for doc in docs], nlp=nlp)
    if start is not None:
        recognizer.model.layers[0].from_bytes(start.read_bytes())
    return recognizer


def keep_heads(nlp: Language, wanted: Sequence[str] = SHIPPED_HEADS) -> None:
    """Leave only the ``wanted`` heads in the recogniser of ``nlp``."""
    old: Any = nlp.get_pipe("kupffer_recognizer")
    config = nlp.get_pipe_config("kupffer_recognizer")
    heads = {head: labels for head, labels in old.heads.items() if head in wanted}
    nlp.remove_pipe("kupffer_recognizer")
    settings = {key: config[key] for key in ("width", "rows", "depth", "hidden", "terms")}
    new: Any = nlp.add_pipe("kupffer_recognizer", config={"heads": heads, **settings})
    new.initialize(lambda: [Example(nlp.make_doc("a"), nlp.make_doc("a"))], nlp=nlp)
    new.model.layers[0].from_bytes(old.model.layers[0].to_bytes())
    numbers = {head: number for number, head in enumerate(old.heads)}
    for number, head in enumerate(heads):
        new.model.layers[1 + number].from_bytes(old.model.layers[1 + numbers[head]].to_bytes())


def lean(nlp: Language, leaning: dict[str, float]) -> None:
    """Let heads lean to marking: ``leaning`` is taken from a head's score of ``O``, the tag of no mention, in nats."""
    recognizer: Any = nlp.get_pipe("kupffer_recognizer")
    for number, head in enumerate(recognizer.heads):
        linear = recognizer.model.layers[1 + number].layers[0].layers[-1]
        bias = linear.get_param("b").copy()
        bias[0] -= leaning.get(head, 0.0)
        linear.set_param("b", bias)
