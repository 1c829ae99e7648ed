"""MEDLINE: records, labels, versions, withdrawals, languages."""

# ruff: noqa: E501 (samples are easier to compare on one line)

from __future__ import annotations

import gzip

import pytest
from conftest import by_section

from pipeline.read import read
from pipeline.records import Document, Failure

ABSTRACT = "<AbstractText>Kupffer cells clear tumour cells from the portal blood of healthy mice within hours.</AbstractText>"


def record(
    pmid: str = "1",
    abstract: str = ABSTRACT,
    *,
    title: str = "On Kupffer cells.",
    version: str = "1",
    revised: str = "2020-01-02",
    languages: str = "eng",
    types: str = "Journal Article",
    more: str = "",
    pmc: str = "",
) -> str:
    year, month, day = revised.split("-")
    ids = f'<ArticleId IdType="pmc">{pmc}</ArticleId>' if pmc else ""
    return f"""<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="{version}">{pmid}</PMID>
<DateRevised><Year>{year}</Year><Month>{month}</Month><Day>{day}</Day></DateRevised>
<Article><Journal><JournalIssue><PubDate><MedlineDate>1998 Nov-Dec</MedlineDate></PubDate></JournalIssue>
<Title>Liver Notes</Title></Journal><ArticleTitle>{title}</ArticleTitle>
<ELocationID EIdType="doi" ValidYN="Y">10.1000/x{pmid}</ELocationID>
{"<Abstract>" + abstract + "<CopyrightInformation>(c)</CopyrightInformation></Abstract>" if abstract else ""}
<AuthorList><Author><LastName>Example</LastName><ForeName>Ada B</ForeName><Initials>AB</Initials></Author>
<Author><CollectiveName>Liver Group</CollectiveName></Author></AuthorList>
{"".join(f"<Language>{code}</Language>" for code in languages.split())}
<PublicationTypeList><PublicationType>{types}</PublicationType></PublicationTypeList></Article>{more}</MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="pubmed">{pmid}</ArticleId>{ids}</ArticleIdList><ReferenceList><Reference>
<ArticleIdList><ArticleId IdType="pmc">PMC99</ArticleId></ArticleIdList></Reference></ReferenceList></PubmedData>
</PubmedArticle>"""


def article_set(*records: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE PubmedArticleSet SYSTEM "http://example.invalid/p.dtd">\n'
        f"<PubmedArticleSet>{''.join(records)}</PubmedArticleSet>"
    )


LABELLED = """<AbstractText Label="BACKGROUND" NlmCategory="BACKGROUND">IFN-&#947; is made by CD8<sup>+</sup> cells.
</AbstractText><AbstractText Label="UNLABELLED">TGF-&#946;
\t\t\t<sub>1</sub> blunts them.</AbstractText><AbstractText Label="RESULTS"><math><mi>x</mi></math>It <i>did</i>.
</AbstractText><AbstractText Label="FUNDING"/>"""


def test_labels_are_sections(one) -> None:
    document = one(article_set(record("29768149", LABELLED, pmc="PMC5")), "any.name")
    assert by_section(document) == {
        "title": "On Kupffer cells.",
        "BACKGROUND": "IFN-γ is made by CD8+ cells.",
        "abstract": "TGF-β1 blunts them.",
        "RESULTS": "It did.",
    }
    assert document.doc_id == document.pmid == "29768149"
    assert (document.pmcid, document.doi, document.journal) == ("PMC5", "10.1000/x29768149", "Liver Notes")
    assert (document.year, document.authors) == (1998, ("Ada B Example", "Liver Group"))
    assert (document.language, document.publication_types) == ("en", ("Journal Article",))


def test_records_in_a_citation_set_and_gzip_under_a_false_name(files) -> None:
    citations = [record(p).split(">", 1)[1].split("<PubmedData>")[0] for p in ("1", "2")]
    text = f"<MedlineCitationSet>{''.join(citations)}</MedlineCitationSet>"
    found = files({"set.txt": gzip.compress(text.encode())})
    assert [item.doc_id for item in found] == ["1", "2"]


def test_book_records(one) -> None:
    text = """<PubmedArticleSet><PubmedBookArticle><BookDocument><PMID>77</PMID><ArticleTitle>Liver</ArticleTitle>
    <Abstract><AbstractText>Cells.</AbstractText></Abstract></BookDocument></PubmedBookArticle></PubmedArticleSet>"""
    assert one(text, "b.xml").text == "Liver\nCells."


@pytest.mark.parametrize(
    ("title", "text"),
    [("[Not Available].", "Cells."), ("[On cells].", "[On cells].\nCells."), ("", "Cells.")],
)
def test_titles(one, title: str, text: str) -> None:
    abstract = "<AbstractText>Cells. (ABSTRACT TRUNCATED AT 250 WORDS)</AbstractText>"
    assert one(article_set(record("1", abstract, title=title)), "m.xml").text == text


def test_a_record_without_abstract(files) -> None:
    first, second = files({"m.xml": article_set(record("1", ""), record("2"))})
    assert isinstance(first, Failure) and (first.doc_id, first.error) == ("1", "no-abstract")
    assert isinstance(second, Document)


@pytest.mark.parametrize(
    ("types", "more", "retracted"),
    [
        ("Retracted Publication", "", True),
        ("Retraction of Publication", "", False),
        (
            "Review",
            "<CommentsCorrectionsList><CommentsCorrections RefType='RetractionIn'/></CommentsCorrectionsList>",
            True,
        ),
    ],
)
def test_retraction(one, types: str, more: str, retracted: bool) -> None:
    assert one(article_set(record(types=types, more=more)), "m.xml").retracted is retracted


OLD = "<AbstractText>An old text about macrophages of the liver and what they do there.</AbstractText>"
NEW = "<AbstractText>A new text about macrophages of the liver and what they do there.</AbstractText>"


@pytest.mark.parametrize(
    "contents",
    [
        {"a.xml": article_set(record("1", OLD), record("1", NEW, version="2"))},
        {"a.xml": article_set(record("1", NEW, version="2"), record("1", OLD))},
        {
            "a.xml": article_set(record("1", NEW, revised="2021-01-01")),
            "b.xml": article_set(record("1", OLD)),
        },
        {"a.xml": article_set(record("1", OLD)), "b.xml": article_set(record("1", NEW))},
    ],
)
def test_the_newest_version_wins_without_a_word(files, contents: dict[str, str]) -> None:
    (document,) = files(contents)
    assert "A new text" in document.text


WITHDRAWAL = article_set(
    "<DeleteCitation><PMID Version='1'>1</PMID><PMID>5</PMID></DeleteCitation>", record("2")
)


@pytest.mark.parametrize(
    ("order", "left"),
    [(["a.xml", "update.xml"], ["2"]), (["update.xml", "a.xml"], ["2", "1"]), (["update.xml"], ["2"])],
)
def test_withdrawn_records_are_gone_until_a_later_file_brings_them_again(files, order, left) -> None:
    found = files({"a.xml": article_set(record("1")), "update.xml": WITHDRAWAL}, order)
    assert [item.doc_id for item in found] == left


FRENCH = (
    "<AbstractText>Les cellules de Kupffer captent les cellules tumorales circulantes dans les sinusoïdes du foie "
    "et retardent ainsi la formation des métastases.</AbstractText>"
)


@pytest.mark.parametrize(
    ("languages", "abstract", "expected"),
    [
        ("eng", FRENCH, "en"),
        ("fre", ABSTRACT, "en"),
        ("fre eng", ABSTRACT, "en"),
        ("fre", "<AbstractText>Short.</AbstractText>", None),
        ("fre", FRENCH, "language"),
    ],
)
def test_the_abstract_decides_about_foreign_papers(files, languages, abstract, expected) -> None:
    (found,) = files({"m.xml": article_set(record("1", abstract, languages=languages, title="[Cells]."))})
    assert (found.language if isinstance(found, Document) else found.error) == expected


def test_many_records_leave_no_pile(files, tmp_path) -> None:
    import tracemalloc

    def peak(count: int) -> int:
        text = article_set(*(record(str(10_000 + n)) for n in range(count)))
        (tmp_path / "m.xml").write_text(text)
        tracemalloc.start()
        from pipeline.read import read
        from pipeline.settings import Settings

        assert sum(1 for _ in read(tmp_path / "m.xml", settings=Settings())) == count
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(10)
    # Ids and ranks of 900 more records, and nothing of their texts (1.5 kB each).
    assert peak(1_000) - peak(100) < 900 * 700


def test_troubles_with_nameless_records_are_put_together_beyond_a_thousand(tmp_path):
    nameless = "<PubmedArticle><MedlineCitation/></PubmedArticle>"
    named = nameless.replace("<MedlineCitation/>", "<MedlineCitation><PMID>7</PMID></MedlineCitation>")
    path = tmp_path / "a.xml"
    path.write_text(f"<PubmedArticleSet>{nameless * 1_500}{named}{nameless * 3}</PubmedArticleSet>")
    found = list(read([path]))
    assert [f.error for f in found] == ["no-id"] * 1_000 + ["no-abstract", "no-id"]
    assert "503 times more" in found[-1].message
    assert "number 1504" in found[-1].message
    assert found[-1].message.endswith("get that record again.")
