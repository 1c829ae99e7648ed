"""What is measured on: MEDLINE's abstracts, full papers, and the same texts as plain strings."""

from __future__ import annotations

import gzip
import json
import re
import tarfile
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

HEAD = b'<?xml version="1.0" encoding="utf-8"?>\n<PubmedArticleSet>\n'
TAIL = b"</PubmedArticleSet>\n"
IN_A_FILE = 1_000
_RECORD = re.compile(rb"<PubmedArticle>.*?</PubmedArticle>", re.DOTALL)
_PMID = re.compile(rb"(<PMID[^>]*>)\d+(</PMID>)")


class NoInputs(Exception):
    """A file that is wanted is not there; the message names it."""


def abstracts(shared: Path, folder: Path, documents: int) -> Path:
    """A folder of MEDLINE files with ``documents`` English records that have an abstract.

    Where the baseline file has fewer, its records come again under new numbers.
    """
    out = folder / f"abstracts-{documents}"
    if not (out / "done").exists():
        out.mkdir(parents=True, exist_ok=True)
        stream = islice(_records(shared / "inputs" / "medline" / "pubmed20n0014.xml.gz"), documents)
        for number in count():
            some = list(islice(stream, IN_A_FILE))
            if not some:
                break
            (out / f"{number:03}.xml").write_bytes(HEAD + b"\n".join(some) + b"\n" + TAIL)
        (out / "done").touch()
    return out


def _records(path: Path) -> Iterator[bytes]:
    if not path.is_file():
        raise NoInputs(f"{path} is not there; name the folder that holds inputs/medline with SHARED=.")
    with gzip.open(path) as file:
        whole = file.read()
    records = [
        r for r in _RECORD.findall(whole) if b"<AbstractText" in r and b"<Language>eng</Language>" in r
    ]
    if not records:
        raise NoInputs(f"{path} holds no English record with an abstract; name another folder with SHARED=.")
    yield from records
    for number in count(90_000_000):  # there are no such numbers yet
        yield _PMID.sub(rb"\g<1>%d\g<2>" % number, records[number % len(records)], count=1)


def papers(shared: Path, folder: Path, number: int) -> Path:
    """A folder of ``number`` full papers: the JATS files first, then CRAFT's as plain text."""
    out = folder / f"papers-{number}"
    if not (out / "done").exists():
        out.mkdir(parents=True, exist_ok=True)
        jats = sorted((shared / "inputs" / "jats").glob("*.nxml"))[:number]
        archive = shared / "corpora" / "craft" / "craft-train.tar.xz"
        if not jats or not archive.is_file():
            raise NoInputs(
                f"{shared} holds no inputs/jats or no corpora/craft; name another folder with SHARED=."
            )
        for path in jats:
            (out / path.name).write_bytes(path.read_bytes())
        with tarfile.open(archive) as craft:
            texts = sorted(
                name for name in craft.getnames() if name.startswith("txt/") and name.endswith(".txt")
            )
            for name in texts[: number - len(jats)]:
                member = craft.extractfile(name)
                assert member is not None
                (out / Path(name).name).write_bytes(member.read())
        (out / "done").touch()
    return out


def texts(inputs: Path) -> Path:
    """A JSON list of the texts that our readers find in ``inputs``, for tools that read no formats."""
    out = inputs.with_suffix(".json")
    if not out.exists():
        from pipeline.read import read
        from pipeline.records import Document

        found = [one.text for one in read(files(inputs)) if isinstance(one, Document)]
        out.write_text(json.dumps(found), "utf-8")
    return out


def files(inputs: Path) -> list[Path]:
    """The input files of a folder that was laid out here."""
    return sorted(path for path in inputs.iterdir() if path.name != "done")


def terms(folder: Path) -> Path:
    """Our curated names of cells, mechanisms and therapies as JSON, {type: [name, ...]}: targets for other tools."""
    from pipeline.lexicon.tables import curated_terms

    out = folder / "terms.json"
    found: dict[str, list[str]] = {"CELL": [], "MECHANISM": [], "THERAPY": []}
    for term in curated_terms():
        if str(term.type) in found:
            found[str(term.type)].append(term.text)
    out.write_text(json.dumps(found), "utf-8")
    return out
