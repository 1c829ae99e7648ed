"""How many of gold's mentions carry an identifier: the lexicon's share, apart from finding them.

Every marked CELL, MECHANISM and THERAPY is grounded as the pipeline would, with the abbreviations that its document
defines and the document's words. Whether an identifier is right is not asked: tests/lexicon/judged-*.tsv does that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.evaluate.marked import SLOTS, Marked
from pipeline.lexicon import Lexicon, spelled_out
from pipeline.records import MentionType

if TYPE_CHECKING:
    from spacy.language import Language

TYPES = tuple(MentionType(slot.upper()) for slot in SLOTS)


@dataclass(slots=True)
class Covered:
    """One type's mentions. ``steps``: by the step that grounded them; ``missing``: texts without an identifier.

    ``met`` counts mentions that the whole pipeline met with one of its own, of the type and with an identifier; None
    where it was not run.
    """

    mentions: int = 0
    grounded: int = 0
    met: int | None = None
    steps: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        """Of the mentions those with an identifier, 0 to 1; 0 where there is none."""
        return self.grounded / self.mentions if self.mentions else 0.0


def coverage(
    lexicon: Lexicon, nlp: Language, gold: Iterable[Marked], *, found: bool = False
) -> Mapping[MentionType, Covered]:
    """What ``lexicon`` grounds of the mentions of ``gold``.

    Args:
        nlp: what ``pipeline.annotate.load()`` gives; without ``found`` only its tokenizer is used.
        found: also run the whole pipeline, and count the mentions it finds and grounds.
    """
    from pipeline.annotate.abbreviations import mark_abbreviations
    from pipeline.annotate.mentions import context_of, long_forms

    out = {type_: Covered(met=0 if found else None) for type_ in TYPES}
    for marked in gold:
        doc = nlp(marked.text) if found else mark_abbreviations(nlp.make_doc(marked.text))
        context, longs = context_of(doc), long_forms(doc)
        ours = [row for row in (doc._.mentions or ()) if row["id"]] if found else []
        for mention in marked.mentions:
            covered = out.get(MentionType(mention.type)) if mention.type in TYPES else None
            if covered is None:
                continue
            text = marked.text[mention.start : mention.end]
            candidate = lexicon.ground(
                text,
                mention.type,
                long_form=longs.get(text),
                in_full=spelled_out(text, longs),
                context=context,
            )
            covered.mentions += 1
            if candidate is None:
                covered.missing[text] += 1
            else:
                covered.grounded += 1
                covered.steps[candidate.source] += 1
            if covered.met is not None:
                covered.met += any(
                    row["type"] == mention.type and row["start"] < mention.end and mention.start < row["end"]
                    for row in ours
                )
    return out
