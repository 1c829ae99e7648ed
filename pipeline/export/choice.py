"""Which rows of triples an export takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SLOTS = ("cell", "mechanism", "therapy")


@dataclass(frozen=True)
class Choice:
    """What was asked for beyond rows that a text asserts, with an identifier in every slot.

    Attributes:
        ungrounded: Rows with a slot that has words and no identifier, too.
        linked: Rows whose therapy a curated table linked, too.
        retracted: Rows of retracted papers, too.
        rejected: Rows that a curator rejected, too.
        open_only: Leave out sentences of papers whose licence is not known to be open; the rows stay, for a
            fact belongs to nobody.
    """

    ungrounded: bool = False
    linked: bool = False
    retracted: bool = False
    rejected: bool = False
    open_only: bool = False

    def refuses(
        self, row: Mapping[str, Any], *, retracted: bool = False, rejected: bool = False
    ) -> str | None:
        """Why ``row`` is left out, in one word; None when it is taken.

        >>> Choice().refuses({"level": "linked"}), Choice(linked=True).refuses({"level": "linked"})
        ('linked', None)
        """
        if rejected and not self.rejected:
            return "rejected"
        if retracted and not self.retracted:
            return "retracted"
        if row["level"] != "asserted" and not self.linked:
            return "linked"
        if not self.ungrounded and any(
            row.get(f"{slot}_text") and not row.get(f"{slot}_id") for slot in SLOTS
        ):
            return "ungrounded"
        return None
