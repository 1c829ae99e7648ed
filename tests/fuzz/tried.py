"""What campaigns have tried so far, so that a hundred thousand inputs can be reached over several runs.

One line of JSON for each hundred inputs that came to their end: which they were, of which program, and what came of
them. Lines are only ever added; a run that is killed loses the inputs of its unfinished lines and nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.fuzz.rows import Row

CHUNK = 100
"""Inputs of one line."""
_ROOT = Path(__file__).parents[2]
_RECIPES = ("inputs", "formats", "mutate", "words", "bombs")


@dataclass(frozen=True, slots=True)
class Part:
    """What makes inputs the same inputs: seed, target, and the recipe (the code and the files they are made from)."""

    seed: int
    target: str
    recipe: str


@dataclass
class Chunk:
    """``count`` inputs from number ``first`` on: what came of them, by kind."""

    part: Part
    first: int
    count: int
    code: str
    rows: dict[str, Row] = field(default_factory=dict)
    finds: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def line(self) -> str:
        """The chunk as a line of JSON."""
        return json.dumps(asdict(self))


class Tried:
    """The file of chunks; ``file`` may be missing."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.chunks: list[Chunk] = list(_read(file)) if file.is_file() else []

    def add(self, chunk: Chunk) -> None:
        """Write a chunk down, at once."""
        self.chunks.append(chunk)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8") as out:
            out.write(chunk.line() + "\n")

    def numbers(self, part: Part, first: int, count: int) -> Iterator[range]:
        """Ranges of the inputs of ``part`` that are still to be tried, each within one chunk.

        >>> list(Tried(Path("none")).numbers(Part(0, "readers", "r"), 0, 150))
        [range(0, 100), range(100, 150)]
        """
        done = {n for one in self.chunks if one.part == part for n in range(one.first, one.first + one.count)}
        end = first + count
        while first < end:
            stop = min(end, (first // CHUNK + 1) * CHUNK)
            left = [n for n in range(first, stop) if n not in done]
            if left:
                yield range(left[0], left[-1] + 1)
            first = stop

    def rows(self) -> dict[str, Row]:
        """Sums over all chunks, by target and kind."""
        return sums(self.chunks)

    def finds(self) -> Counter[str]:
        """What was found in all chunks, and how often."""
        return sum((Counter(one.finds) for one in self.chunks), Counter[str]())

    def by_code(self) -> dict[str, Counter[str]]:
        """Inputs tried of each target, by the fingerprint of the program that they were tried on."""
        out: dict[str, Counter[str]] = {}
        for one in self.chunks:
            out.setdefault(one.code, Counter())[one.part.target] += one.count
        return out


def sums(chunks: Iterable[Chunk]) -> dict[str, Row]:
    """The rows of chunks added up, by target and kind."""
    out: dict[str, Row] = {}
    for chunk in chunks:
        for kind, row in chunk.rows.items():
            out.setdefault(f"{chunk.part.target}: {kind}", Row()).include(row)
    return dict(sorted(out.items()))


def _read(file: Path) -> Iterator[Chunk]:
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            said: dict[str, Any] = json.loads(line)
        except ValueError:  # the last line of a run that was killed while it wrote
            continue
        said["part"] = Part(**said["part"])
        said["rows"] = {kind: Row(**row) for kind, row in said["rows"].items()}
        yield Chunk(**said)


def recipe(real: Iterable[tuple[str, bytes]]) -> str:
    """A fingerprint of what inputs are made from."""
    digest = hashlib.sha256()
    for name in _RECIPES:
        digest.update((_ROOT / "tests" / "fuzz" / f"{name}.py").read_bytes())
    for suffix, data in real:
        digest.update(suffix.encode() + hashlib.sha256(data).digest())
    return digest.hexdigest()[:10]


def code() -> str:
    """A fingerprint of the program that is tried: every file of its package."""
    digest = hashlib.sha256()
    for path in sorted((_ROOT / "pipeline").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]
