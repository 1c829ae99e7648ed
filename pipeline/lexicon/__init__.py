"""Words and their identifiers: looking terms up, finding them, grounding mentions."""

from pipeline.lexicon.forms import spelled_out
from pipeline.lexicon.hierarchy import below, kinds_of_made, parts_of_made
from pipeline.lexicon.kinds import kinds_of
from pipeline.lexicon.lookup import Candidate, Lexicon, Match, load_lexicon
from pipeline.lexicon.tables import LexiconError, Target, targets

__all__ = [
    "Candidate",
    "Lexicon",
    "LexiconError",
    "Match",
    "Target",
    "below",
    "kinds_of",
    "kinds_of_made",
    "load_lexicon",
    "parts_of_made",
    "spelled_out",
    "targets",
]
