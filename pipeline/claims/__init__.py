"""Claims: what all papers together say of the same cell, mechanism and therapy, one row each.

    table = build_claims(triples, documents, previous=last, corrections=verdicts, now=now)
    changes = difference(before, after, OF_CLAIMS)

``schema`` is the table, ``identity`` says what makes one claim and one paper, ``confidence`` how papers add up,
``build`` puts them together, ``curators`` keeps curators' verdicts on rows, ``changes`` compares two runs, ``again``
is for a run in which nothing changed.
"""

from pipeline.claims.again import basis, seen_again
from pipeline.claims.build import DOCUMENT_COLUMNS, TRIPLE_COLUMNS, build_claims
from pipeline.claims.changes import OF_CLAIMS, OF_TRIPLES, Compared, Difference, difference, no_difference
from pipeline.claims.curators import CORRECTIONS, read_corrections, verdicts
from pipeline.claims.identity import claim_id
from pipeline.claims.schema import CLAIMS
from pipeline.claims.stored import claims_hold, claims_of

__all__ = [
    "CLAIMS",
    "CORRECTIONS",
    "DOCUMENT_COLUMNS",
    "OF_CLAIMS",
    "OF_TRIPLES",
    "TRIPLE_COLUMNS",
    "Compared",
    "Difference",
    "basis",
    "build_claims",
    "claim_id",
    "claims_hold",
    "claims_of",
    "difference",
    "no_difference",
    "read_corrections",
    "seen_again",
    "verdicts",
]
