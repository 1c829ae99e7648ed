"""What is to be done to a document: its state against the last run, and the least work that makes its rows right."""

from __future__ import annotations

from collections.abc import Container
from enum import StrEnum
from typing import NamedTuple

from pipeline.store.ledger import Entry, Fingerprint, Ledger
from pipeline.store.versions import Versions


class State(StrEnum):
    """A document against the last run. ``retracted``: it is since this run; until the next it says so."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    RETRACTED = "retracted"
    DELETED = "deleted"


class Work(StrEnum):
    """What a document costs, the dearest first."""

    ANNOTATED = "annotated"  # read by the model, then related
    RELATED = "related"  # related from its stored annotation
    UPDATED = "updated"  # its own row is written anew, the others are carried over
    CARRIED = "carried"  # all its rows are carried over


class Stored(NamedTuple):
    """Where a text's annotation lies, whether it has a tree, and who made it."""

    shard: str
    place: int
    parsed: bool
    model_version: str


def state_of(found: Fingerprint, old: Entry | None) -> State:
    """How a document that was read stands to what the last run knew of it."""
    if old is None:
        return State.NEW
    if found.retracted and not old.retracted:
        return State.RETRACTED
    same = (found.text, found.sections, found.about) == (old.text, old.sections, old.about)
    return State.UNCHANGED if same else State.CHANGED


def work_for(
    found: Fingerprint,
    old: Entry | None,
    versions: Versions,
    known: Ledger,
    shards: Container[str],
    journal: dict[tuple[str, str], Stored],
) -> tuple[Work, Stored | None]:
    """The work, and for RELATED the annotation to take.

    An annotation belongs to a text, not to a document: one that was renamed, or that a killed run had annotated,
    is not parsed again.
    """
    if old is not None and (old.text, old.annotate) == (found.text, versions.annotate):
        if not old.documents:  # the model could not work on it then, nor can it now
            return Work.CARRIED, None
        # What has no tree, nearly every second text of MEDLINE's, is the same to all rules.
        if (old.relate == versions.relate or not old.parsed) and old.sections == found.sections:
            return (Work.CARRIED if old.has_row_of(found) else Work.UPDATED), None
    key = found.text, versions.annotate
    stored = journal.get(key)
    if stored is None and (entry := known.by_text.get(key)) is not None:
        stored = Stored(entry.shard or "", entry.place or 0, entry.parsed, entry.model_version)
    if stored is not None and stored.shard in shards:
        return Work.RELATED, stored
    return Work.ANNOTATED, None
