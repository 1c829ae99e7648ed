"""Known vulnerabilities of what the lock names: a table, and an exit status that never says clean without an answer.

    python -m tests.supply.audit [--lock requirements.lock]

pip-audit asks the advisory service. Asked behind a mirror that has no advisories it says "No known vulnerabilities
found" and exits with 0, each package being one that it "could not audit": that is a failure here. Exit status: 0 when
every package was looked up and none is affected, 1 when one is, 3 when the service did not answer for all of them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

CLEAN, AFFECTED, NOT_ASKED = 0, 1, 3
COMMAND = ["-m", "pip_audit", "--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json"]


def verdict(report: str, complaint: str) -> tuple[int, list[str]]:
    """Exit status and lines to print for pip-audit's JSON ``report`` and what it wrote on stderr.

    >>> verdict('{"dependencies": []}', "")[0]
    3
    """
    try:
        packages: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = next(
            (line.strip() for line in reversed(complaint.splitlines()) if line.strip()), "no reason given"
        )
        return NOT_ASKED, [f"The advisory service could not be reached, so nothing is known: {last[:300]}"]
    asked = [package for package in packages if "vulns" in package]
    lines = [
        f"{package['name']} {package['version']}: {flaw['id']}"
        + (
            f", mended in {', '.join(flaw['fix_versions'])}"
            if flaw.get("fix_versions")
            else ", not mended yet"
        )
        for package in asked
        for flaw in package["vulns"]
    ]
    if lines:
        return AFFECTED, lines
    if not asked or len(asked) < len(packages):
        first = next((package.get("skip_reason", "") for package in packages if package not in asked), "")
        return NOT_ASKED, [
            f"The advisory service answered for {len(asked)} of {len(packages)} packages, so this is not clean. "
            f"{first}".strip()
        ]
    return CLEAN, [f"{len(asked)} packages looked up, none with a known vulnerability."]


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.supply.audit", description="Audit the lock.")
    parser.add_argument("--lock", type=Path, default=Path("requirements.lock"), help="pinned requirements")
    lock: Path = parser.parse_args(arguments).lock
    done = subprocess.run(
        [sys.executable, *COMMAND, "--requirement", lock], capture_output=True, text=True, check=False
    )
    status, lines = verdict(done.stdout, done.stderr)
    print("\n".join(lines), file=sys.stdout if status == CLEAN else sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
