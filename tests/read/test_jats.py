"""JATS: what is text, what is left out, and what its sections are called."""

# ruff: noqa: E501 (samples are easier to compare on one line)

from __future__ import annotations

import pytest
from conftest import by_section
from hypothesis import given
from hypothesis import strategies as st

from pipeline.read.citations import drop_marks, mark

FRONT = """
<journal-meta><journal-title-group><journal-title>Liver Notes</journal-title></journal-title-group></journal-meta>
<article-meta>
 <article-id pub-id-type="pmid">12345678</article-id><article-id pub-id-type="pmc">3102344</article-id>
 <article-id pub-id-type="doi">10.1000/liver.7</article-id>
 <article-categories><subj-group subj-group-type="heading"><subject>Review</subject></subj-group></article-categories>
 <title-group><article-title>CD8<sup>+</sup> T cells and <italic>Clec4f</italic><xref ref-type="fn" rid="f">*</xref>
  </article-title><subtitle>a liver view</subtitle></title-group>
 <contrib-group><contrib contrib-type="author"><name><surname>Example</surname><given-names>Ada</given-names></name>
  </contrib><contrib contrib-type="author"><collab>The Liver Group</collab></contrib>
  <contrib contrib-type="editor"><name><surname>Editor</surname><given-names>E</given-names></name></contrib>
 </contrib-group>
 <pub-date pub-type="epub"><year>2011</year></pub-date><pub-date pub-type="ppub"><year>2012</year></pub-date>
 <permissions><license xmlns:xlink="http://www.w3.org/1999/xlink"
  xlink:href="https://creativecommons.org/licenses/by/4.0/"><license-p>Open.</license-p></license></permissions>
 <abstract><sec><title>Aims</title><p>To see cells.</p></sec><sec><title>Results</title><p>Seen.</p></sec></abstract>
 <abstract abstract-type="summary"><title>Author Summary</title><p>Plain words.</p></abstract>
 <trans-abstract xml:lang="fr"><p>Les cellules.</p></trans-abstract>
 <kwd-group><kwd>liver</kwd></kwd-group>
</article-meta>"""

BODY = """
<p>An opening.</p>
<sec><title>1. Methods</title><p>Overview.</p>
 <sec><title>Cells<xref ref-type="fn" rid="f">a</xref></title>
  <p>KCs were sorted<sup><xref ref-type="bibr" rid="r1">3</xref>,<xref ref-type="bibr" rid="r2">4</xref></sup>. They
  number 10<sup>6</sup> [<xref ref-type="bibr" rid="r1">3</xref>], as
  <xref ref-type="bibr" rid="r1">Example et al., 2010</xref> say<xref ref-type="bibr" rid="r2">4</xref>
  (<xref ref-type="fig" rid="g">Fig. 1</xref>).
  <fig id="g"><label>Figure 1.</label><caption><title>Sorting.</title><p>Gates of <bold>KCs</bold>.</p></caption>
  <graphic/></fig>They eat <inline-formula><tex-math>x^2</tex-math></inline-formula> cells.</p>
  <p>Steps: <list><list-item><p>perfuse</p></list-item><list-item><p>digest</p></list-item></list> then sort.</p>
  <disp-formula><mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML"><mml:mi>E</mml:mi></mml:math></disp-formula>
 </sec>
 <sec><p>Untitled words.</p></sec>
</sec>
<sec><title>Results</title><p>TNF-&#x3b1; rose.<table-wrap id="t"><label>Table 1</label><caption><p>Counts.</p></caption>
 <table><tr><td>17</td></tr></table><table-wrap-foot><fn><p>n = 3</p></fn></table-wrap-foot></table-wrap></p>
 <boxed-text><caption><title>Key points</title></caption><p>KCs matter.</p></boxed-text></sec>
<sec><title>Competing interests</title><p>None.</p></sec>
<sec sec-type="supplementary-material"><title>Supporting Information</title><supplementary-material><caption><p>File
 S1</p></caption></supplementary-material></sec>"""

BACK = """<ack><p>Thanks.</p></ack><app-group><app><title>Appendix A</title><p>More on cells.</p></app></app-group>
<ref-list><title>References</title><ref><mixed-citation>Example A. 2010.</mixed-citation></ref></ref-list>"""


def article(front: str = FRONT, body: str = BODY, back: str = BACK, attributes: str = 'xml:lang="en"') -> str:
    return (
        '<?xml version="1.0"?>\n<!DOCTYPE article PUBLIC "-//NLM//DTD JATS//EN" "https://example.invalid/jats.dtd">\n'
        f'<article article-type="review-article" {attributes}><front>{front}</front><body>{body}</body>'
        f"<back>{back}</back></article>"
    )


def test_sections(one) -> None:
    assert by_section(one(article(), "review.nxml")) == {
        "title": "CD8+ T cells and Clec4f: a liver view",
        "abstract > Aims": "To see cells.",
        "abstract > Results": "Seen.",
        "Author Summary": "Plain words.",
        "body": "An opening.",
        "Methods": "Untitled words.",
        "Methods > Cells": "KCs were sorted. They number 106 [3], as Example et al., 2010 say (Fig. 1). "
        "They eat cells.\nSteps:\nperfuse\ndigest\nthen sort.",
        "Results": "TNF-α rose.",
        "Appendix A": "More on cells.",
        "Figure 1": "Sorting.\nGates of KCs.",
        "Table 1": "Counts.",
        "Key points": "KCs matter.",
    }


def test_sections_come_in_the_order_of_the_text(one) -> None:
    names = [section.name for section in one(article(), "review.nxml").sections]
    assert names[4:8] == ["body", "Methods", "Methods > Cells", "Methods"]


def test_metadata(one) -> None:
    document = one(article(), "review.nxml")
    assert (document.doc_id, document.pmid, document.pmcid, document.doi) == (
        "12345678",
        "12345678",
        "PMC3102344",
        "10.1000/liver.7",
    )
    assert (document.journal, document.year, document.language) == ("Liver Notes", 2012, "en")
    assert document.authors == ("Ada Example", "The Liver Group")
    assert document.publication_types == ("review-article", "Review")
    assert document.license == "https://creativecommons.org/licenses/by/4.0/"
    assert document.title == "CD8+ T cells and Clec4f: a liver view"
    assert not document.retracted


@pytest.mark.parametrize(
    ("front", "name", "doc_id"),
    [
        ('<article-meta><article-id pub-id-type="pmcid">PMC7</article-id></article-meta>', "x.nxml", "PMC7"),
        ("<article-meta/>", "my paper.v2.nxml", "my paper.v2"),
    ],
)
def test_the_id_is_the_pmcid_or_else_the_stem(one, front: str, name: str, doc_id: str) -> None:
    assert one(article(front), name).doc_id == doc_id


def test_named_characters_of_an_external_dtd_are_read_without_it(one) -> None:
    document = one(article(body="<p>IFN-&gamma; and &unheardof; cells</p>"), "x.nxml")
    assert by_section(document)["body"] == "IFN-γ and &unheardof; cells"


def test_an_xml_named_txt_in_another_encoding_with_a_namespace(one) -> None:
    text = article(body="<p>Überall Zellen</p>").replace("<article ", '<article xmlns="urn:x" ')
    text = text.replace('"1.0"?', '"1.0" encoding="iso-8859-1"?')
    assert by_section(one(text.encode("latin-1"), "paper.txt"))["body"] == "Überall Zellen"


def test_several_articles_in_one_file(files) -> None:
    body = article("<article-meta/>", "<p>First.</p>", "").split("?>\n", 1)[1].split("\n", 1)[1]
    found = files({"set.xml": f"<pmc-articleset>{body}{body.replace('First', 'Second')}</pmc-articleset>"})
    assert [(d.doc_id, d.text) for d in found] == [("set", "First."), ("set-2", "Second.")]


@pytest.mark.parametrize(
    ("attributes", "front", "retracted"),
    [
        ("", "<article-meta><related-article related-article-type='retraction-forward'/></article-meta>", True),
        ("", "<article-meta><title-group><article-title>Retracted: On KCs</article-title></title-group>"
             "</article-meta>", True),
        ("", "<article-meta><related-article related-article-type='retracted-article'/></article-meta>", False),
    ],
)  # fmt: skip
def test_retraction(one, attributes: str, front: str, retracted: bool) -> None:
    assert one(article(front, attributes=attributes), "x.nxml").retracted is retracted


@pytest.mark.parametrize(
    ("paragraph", "expected"),
    [
        (("MDSCs", "^12", " expand."), "MDSCs expand."),
        (("MDSCs ", "^12", "."), "MDSCs."),
        (("MDSCs.", "^12", ",", "^13", " Next"), "MDSCs. Next"),
        (("MDSCs [", "12", ", ", "13", "]."), "MDSCs [12, 13]."),
        (("cells", "12", "–", "14", " grow"), "cells grow"),
        (("see reference ", "12", "."), "see reference 12."),
        (("cells (", "Example 2020", ")"), "cells (Example 2020)"),
        (("cells ", "[2]", "."), "cells [2]."),
        (("cells [", "^2", "] grow"), "cells grow"),
    ],
)
def test_citations(paragraph: tuple[str, ...], expected: str) -> None:
    pieces = [
        mark(piece.lstrip("^"), raised=piece.startswith("^")) if number % 2 else piece
        for number, piece in enumerate(paragraph)
    ]
    assert " ".join(drop_marks("".join(pieces)).split()) == expected


@given(st.lists(st.tuples(st.text(alphabet="ab [](),.–1"), st.text("1,–a", min_size=1), st.booleans())))
def test_no_mark_of_a_citation_stays(pieces: list[tuple[str, str, bool]]) -> None:
    text = "".join(before + mark(number, raised=raised) for before, number, raised in pieces)
    assert not set(drop_marks(text)) & set("\ufdd0\ufdd1\ufdd2")
