"""Clean is said only of packages that were looked up."""

from __future__ import annotations

import json

import pytest

from tests.supply.audit import AFFECTED, CLEAN, NOT_ASKED, verdict

SOUND = {"name": "lxml", "version": "6.0", "vulns": []}
FLAWED = {"name": "old", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]}
UNMENDED = {"name": "old", "version": "1.0", "vulns": [{"id": "PYSEC-2", "fix_versions": []}]}
SKIPPED = {"name": "numpy", "skip_reason": "Dependency not found and could not be audited: numpy"}


@pytest.mark.parametrize(
    ("packages", "status", "words"),
    [
        ([SOUND, SOUND], CLEAN, "2 packages looked up"),
        ([SOUND, FLAWED], AFFECTED, "old 1.0: PYSEC-1, mended in 1.1"),
        ([UNMENDED], AFFECTED, "not mended yet"),
        ([SKIPPED, FLAWED], AFFECTED, "PYSEC-1"),
        ([SKIPPED, SKIPPED], NOT_ASKED, "answered for 0 of 2 packages, so this is not clean"),
        ([SOUND, SKIPPED], NOT_ASKED, "numpy"),
        ([], NOT_ASKED, "0 of 0"),
    ],
)
def test_verdict(packages: list[dict], status: int, words: str):
    found, lines = verdict(json.dumps({"dependencies": packages, "fixes": []}), "")
    assert found == status
    assert words in " ".join(lines)


def test_no_answer_at_all_is_no_clean_bill():
    status, (line,) = verdict(
        "", "Traceback (most recent call last):\nrequests.exceptions.ConnectionError: refused\n\n"
    )
    assert status == NOT_ASKED
    assert line.startswith("The advisory service could not be reached") and line.endswith("refused")
