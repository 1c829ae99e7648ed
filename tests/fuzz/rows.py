"""What an input may take, and what came of the inputs of one kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Limits:
    """What an input may take: seconds of processor, and MB of memory."""

    seconds: float = 60.0
    memory: float = 1200.0


@dataclass
class Row:
    """One line of the table: what came of the inputs of one kind."""

    tried: int = 0
    documents: int = 0
    triples: int = 0
    failures: int = 0
    nets: int = 0
    crashes: int = 0
    hangs: int = 0
    slowest: float = 0.0
    memory: float = 0.0

    def include(self, other: Row) -> None:
        """Add what came of other inputs of this kind."""
        for name in ("tried", "documents", "triples", "failures", "nets", "crashes", "hangs"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.slowest = max(self.slowest, other.slowest)
        self.memory = max(self.memory, other.memory)

    def add(self, result: dict[str, Any], limits: Limits) -> str | None:
        """Count a result; a word for what is wrong with it, if anything is."""
        self.tried += 1
        for name in ("documents", "triples", "failures"):
            setattr(self, name, getattr(self, name) + result.get(name, 0))
        self.slowest = max(self.slowest, result["seconds"])
        self.memory = max(self.memory, result["memory"])
        if result.get("hang") or result["seconds"] > limits.seconds:
            self.hangs += 1
            return "hang"
        if result.get("crash"):
            self.crashes += 1
            return "crash"
        if result["memory"] > limits.memory:
            self.crashes += 1
            return "memory"
        if result.get("nets"):
            self.nets += 1
            return "net"
        return None
