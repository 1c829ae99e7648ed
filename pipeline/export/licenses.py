"""Which licences let a sentence be passed on by anybody, for any purpose."""

from __future__ import annotations

import re

# As the Open Definition 2.1 (https://opendefinition.org/licenses/) counts open: no "non-commercial" and no
# "no derivatives", since a sentence out of its paper, in a table that others build on, may be either.
_CLOSED = re.compile(r"\b(?:nc|nd)\b|non.?commercial|no.?deriv|all rights reserved", re.I)
_OPEN = re.compile(
    r"creativecommons\.org/(?:licenses/by(?:-sa)?/|publicdomain/)"
    r"|\bcc[\s-]?(?:0|zero)\b|\bcc[\s-]by(?:[\s-]sa)?\b|\bpublic[\s-]domain\b"
    r"|creative commons attribution\b|^(?:mit|apache[\s-]2\.0)(?: licen[sc]e)?$",
    re.I,
)


def is_open(license: str | None) -> bool:
    """Whether ``license``, as a source states it, lets sentences be passed on; unknown ones do not.

    >>> is_open("CC BY 4.0"), is_open("https://creativecommons.org/licenses/by-nc/4.0/"), is_open(None)
    (True, False, False)
    """
    return bool(license) and not _CLOSED.search(license or "") and bool(_OPEN.search(license or ""))
