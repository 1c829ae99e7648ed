"""CRAFT's concepts: read from a small archive, held against what a lexicon finds."""

import io
import json
import tarfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline import cli
from pipeline.evaluate import MarksError
from pipeline.evaluate.craft import Article, concepts_of, craft_scores, found_in, held_back, read_craft
from pipeline.lexicon import Lexicon, load_lexicon

TEXT = "Macrophages are killed by apoptosis; expression of cholesterol rises."
KNOWTATOR = """<annotations>{}</annotations>"""
MARK = """<annotation><mention id="m{n}"/>{spans}</annotation>
<classMention id="m{n}"><mentionClass id="{curie}">x</mentionClass></classMention>"""


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


def knowtator(*concepts: tuple[str, str]) -> bytes:
    """(words with | between fragments, identifier) as Knowtator's XML over TEXT."""
    marks = []
    for n, (words, curie) in enumerate(concepts):
        spans = "".join(
            f'<span start="{TEXT.index(w)}" end="{TEXT.index(w) + len(w)}"/>' for w in words.split("|")
        )
        marks.append(MARK.format(n=n, spans=spans, curie=curie))
    return KNOWTATOR.format("".join(marks)).encode()


def split(text: str) -> tuple[list[str], list[int]]:
    words = text.replace(";", " ;").replace(".", " .").split()
    starts, at = [], 0
    for word in words:
        at = text.index(word, at)
        starts.append(at)
        at += len(word)
    return words, starts


MARKS = {
    "CL": knowtator(("Macrophages", "CL:0000235"), ("Macrophages|apoptosis", "CL:0000000")),
    "GO_BP": knowtator(("apoptosis", "GO:0006915"), ("expression", "GO:0010467"), ("killed", "GO:0008219")),
    "CHEBI": knowtator(("cholesterol", "CHEBI:1")),
}


def archive(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:xz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    files = {f"txt/{id_}.txt": TEXT.encode() for id_ in "12345"}
    files |= {f"{name}/{id_}.xml": xml for id_ in "12345" for name, xml in MARKS.items()}
    return archive(tmp_path / "craft.tar.xz", files)


def test_concepts_keep_their_fragments_and_identifiers() -> None:
    at = TEXT.index("apoptosis")
    assert concepts_of(MARKS["CL"]) == {
        (((0, 11),), "CL:0000235"),
        (((0, 11), (at, at + 9)), "CL:0000000"),
    }


def test_one_article_in_four_is_held_back(small: Path) -> None:
    articles = read_craft(small)
    assert [a.id for a in held_back(articles, held=True)] == ["1", "5"]
    assert [a.id for a in held_back(articles[::-1], held=False)] == ["2", "3", "4"]


def test_scores_want_span_and_identifier_and_leave_two_terms_out(lexicon: Lexicon, small: Path) -> None:
    scores = craft_scores(lexicon, read_craft(small)[:1], split)
    assert (scores["CL"].right, scores["CL"].found, scores["CL"].gold) == (1, 1, 2)
    assert (scores["GO_BP"].right, scores["GO_BP"].gold) == (1, 2)  # expression is not asked
    assert scores["CHEBI"].found == 1
    assert scores["CHEBI"].right == 0  # found under another identifier


def test_found_concepts_stand_where_the_text_has_them(lexicon: Lexicon) -> None:
    found = found_in(lexicon, TEXT, split)
    assert found["CL"] == {(((0, 11),), "CL:0000235")}
    ((((start, end),), _),) = found["CHEBI"]
    assert TEXT[start:end] == "cholesterol"


def test_what_is_no_archive_of_craft_is_said(tmp_path: Path) -> None:
    wrong = tmp_path / "x.tar.xz"
    wrong.write_bytes(b"no archive")
    with pytest.raises(MarksError, match="not a whole tar archive"):
        read_craft(wrong)
    with pytest.raises(MarksError, match=r"no txt/ID\.txt"):
        read_craft(archive(tmp_path / "y.tar.xz", {"a.txt": b"x"}))
    with pytest.raises(MarksError, match=r"no CL/1\.xml"):
        read_craft(archive(tmp_path / "z.tar.xz", {"txt/1.txt": b"x"}))
    with pytest.raises(MarksError, match=r"CL/1\.xml is not well-formed"):
        concepts_of(b"<a>", "CL/1.xml")


def test_no_articles_score_nothing(lexicon: Lexicon) -> None:
    assert all(count.f1 == 0 for count in craft_scores(lexicon, [], split).values())
    assert Article("a", "x").concepts == {}


def test_the_command_prints_f1_for_each_ontology(small: Path) -> None:
    result = CliRunner().invoke(cli.app, ["lexicon", "craft", str(small), "--held", "--json"])
    assert result.exit_code == 0, result.output
    rows = {row["ontology"]: row for row in json.loads(result.stdout)}
    assert list(rows) == ["CL", "GO_BP", "CHEBI"]
    assert rows["CL"]["gold"] == 4
    assert rows["CL"]["F1"] == pytest.approx(2 / 3)
    assert "2 articles held back" in result.stderr


def test_the_command_says_in_a_sentence_what_is_wrong(tmp_path: Path) -> None:
    wrong = tmp_path / "x.tar"
    wrong.write_bytes(b"no archive")
    result = CliRunner().invoke(cli.app, ["lexicon", "craft", str(wrong)])
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
