"""Foreign libraries, each run by an interpreter of its own, for their pins and ours clash."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest


def foreign(variable: str, packages: str, script: str, *args: Path):
    """What ``script`` prints as JSON, run by the interpreter that the environment variable ``variable`` names."""
    python = os.environ.get(variable)
    if not python:
        pytest.skip(f"set {variable} to the python of a virtual environment with {packages}")
    # Ours off the path: the foreign interpreter must not import our packages.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [python, Path(__file__).with_name(script), *args], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])
