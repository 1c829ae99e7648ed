"""CRAFT's trees in our words, on sentences made by hand."""

import pytest
import spacy

from pipeline.annotate.tokenizer import kupffer_tokenizer
from pipeline.train.trees import read_conllu, tree_docs


@pytest.fixture(scope="module")
def nlp():
    nlp = spacy.blank("en")
    nlp.tokenizer = kupffer_tokenizer(nlp)
    return nlp


def conllu(*sentences):
    """Sentences of (word, tag, head counted from 1, label, space after), a paragraph each."""
    blocks = []
    for rows in sentences:
        lines = ["# newpar id = p"]
        for i, (word, tag, head, label, space) in enumerate(rows, start=1):
            end = "_" if space else "SpaceAfter=No"
            lines.append(f"{i}\t{word}\t{word.lower()}\tX\t{tag}\t_\t{head}\t{label}\t_\t{end}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


DRIVEN = [
    ("MDSC", "NN", 3, "npadvmod", False), ("-", "HYPH", 3, "punct", False), ("driven", "VBN", 7, "amod", True),
    ("T", "NN", 6, "compound", False), ("-", "HYPH", 6, "punct", False), ("cell", "NN", 7, "compound", True),
    ("exhaustion", "NN", 0, "root", False), (".", ".", 7, "punct", True),
]  # fmt: skip


def test_merges_what_is_one_word_and_keeps_what_is_cut(nlp):
    (doc,) = tree_docs(nlp, conllu(DRIVEN))
    assert [t.text for t in doc] == ["MDSC", "-", "driven", "T-cell", "exhaustion", "."]
    assert [t.head.text for t in doc] == [
        "driven",
        "driven",
        "exhaustion",
        "exhaustion",
        "exhaustion",
        "exhaustion",
    ]
    assert [t.dep_ for t in doc] == ["npadvmod", "punct", "amod", "compound", "ROOT", "punct"]
    assert doc[3].tag_ == "NN" and doc[3].lemma_ == "t-cell"
    assert doc.text == "MDSC-driven T-cell exhaustion. "


def test_a_blank_label_of_a_root_is_root(nlp):
    rows = [("Cells", "NNS", 2, "nsubj", True), ("die", "VBP", 0, "_", True)]
    (doc,) = tree_docs(nlp, conllu(rows))
    assert [t.dep_ for t in doc] == ["nsubj", "ROOT"]


def test_a_newline_stands_between_paragraphs_and_begins_a_sentence(nlp):
    rows = [("Background", "NN", 0, "root", True)]
    (doc,) = tree_docs(nlp, conllu(rows, DRIVEN))
    assert doc.text.startswith("Background\nMDSC")
    assert [t.text for t in doc if t.is_sent_start] == ["Background", "MDSC"]
    assert doc[1].tag_ == "_SP" and doc[1].head.text == "Background"


def test_merging_never_closes_a_circle(nlp):
    # "and/or" is one word for us; its parts hang on different words here, one of them below the other.
    rows = [
        ("B", "NN", 3, "conj", True), ("x", "NN", 1, "nmod", True), ("a", "NN", 0, "root", False),
        ("-", "HYPH", 1, "punct", False), ("b", "NN", 2, "nmod", True),
    ]  # fmt: skip
    (doc,) = tree_docs(nlp, conllu(rows))
    assert [t.text for t in doc] == ["B", "x", "a-b"]
    assert [t.head.text for t in doc] == ["a-b", "B", "a-b"]


def test_a_circle_in_the_corpus_is_an_error(nlp):
    rows = [("a", "NN", 2, "nmod", True), ("b", "NN", 1, "nmod", True), ("c", "NN", 0, "root", True)]
    with pytest.raises(ValueError, match="circle"):
        list(tree_docs(nlp, conllu(rows)))


def test_long_articles_become_several_documents(nlp):
    docs = list(tree_docs(nlp, conllu(*[DRIVEN] * 5), words_a_doc=20))
    assert len(docs) == 3
    assert sum(len(list(doc.sents)) for doc in docs) == 5


def test_reads_paragraphs_and_spaces():
    (sentence,) = read_conllu(conllu(DRIVEN))
    assert sentence[0] is True
    assert [word.space for word in sentence[1]][:3] == [False, False, True]
    assert sentence[1][6].head == 6
