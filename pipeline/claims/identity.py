"""What makes two rows one claim, and two documents one paper."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pipeline.lexicon.forms import normal, pieces
from pipeline.read.draft import doi_of, pmcid_of, pmid_of

_ID_CHARACTERS = 16
_TITLE_PIECES = 5  # shorter ones ("Tumor immunology", "Editorial") name many papers
_PREPRINT_YEARS = 2  # a preprint appears under the same title up to so many years before its paper


def claim_id(
    cell: str | None, cell_role: str | None, mechanism: str, therapy: str | None, therapy_role: str | None
) -> str:
    """What names a claim in every run: a hash of its slots, each a CURIE or a `slot_text`, with their roles.

    >>> claim_id("CL:0000091", "drives", "GO:0048771", None, None)
    'claim:a40e9f6f2cd044e1'
    """
    parts = (cell, cell_role, mechanism, therapy, therapy_role)
    # A length before each part, so that no two lists of parts run together into one string.
    plain = "".join("-;" if part is None else f"{len(part)}:{part};" for part in parts)
    return f"claim:{hashlib.sha256(plain.encode()).hexdigest()[:_ID_CHARACTERS]}"


def slot_text(text: str) -> str:
    """The words of a slot in normal form. No CURIE looks like it: signs stand apart and letters are small.

    >>> slot_text("Tumour-associated macrophages")
    'tumor associated macrophage'
    """
    return normal(text) or text.casefold().strip() or text


def papers(documents: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """doc_id -> number of its paper. Abstract, full text and preprint of a paper have one number.

    Documents are one paper when they share a PMID, a PMCID, a DOI or their text, or a title of some length in the
    same year; a preprint's title may come back up to two years later.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    numbers: dict[str, int] = {}
    known: dict[str, int] = {}
    rows, columns = [], []
    for document in documents:
        number = numbers.setdefault(document["doc_id"], len(numbers))
        for key in paper_keys(document):
            rows.append(number)
            columns.append(known.setdefault(key, len(known)))
    size = len(numbers) + len(known)
    if not size:
        return {}
    # Documents and their keys are the nodes of a graph; a paper is what hangs together in it.
    ends = [len(numbers) + column for column in columns]
    graph = coo_array(([True] * len(rows), (rows, ends)), shape=(size, size))
    _, parts = connected_components(graph, directed=False)
    return {doc_id: int(parts[number]) for doc_id, number in numbers.items()}


def paper_keys(document: Mapping[str, Any]) -> Iterator[str]:
    """What names the paper of a row of documents, each key one way.

    >>> list(paper_keys({"pmid": "007", "doi": "https://doi.org/10.1000/X"}))
    ['pmid 7', 'doi 10.1000/x']
    """
    if pmid := pmid_of(document.get("pmid")):
        yield f"pmid {pmid}"
    if pmcid := pmcid_of(document.get("pmcid")):
        yield f"pmcid {pmcid}"
    if doi := doi_of(document.get("doi")):
        yield f"doi {doi.lower()}"
    if sha256 := document.get("text_sha256"):
        yield f"text {sha256}"
    # Words only: MEDLINE's titles end with a full stop, and translated ones stand in brackets.
    title = [piece for piece in pieces(document.get("title") or "") if piece.isalnum()]
    if (year := document.get("year")) is not None and len(title) >= _TITLE_PIECES:
        preprint = any("preprint" in kind.casefold() for kind in document.get("publication_types") or ())
        for later in range(_PREPRINT_YEARS + 1 if preprint else 1):
            yield f"title {year + later} {' '.join(title)}"
