"""How fast the lexicon is here: ``make bench``, or ``python -m pipeline.evaluate.lexicon_speed [FILE|FOLDER ...]``.

Seconds depend on the machine and on what else runs on it; the ratio to spaCy's blank tokenizer, timed in the same
run on the same texts, does so far less.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

LEAST_TOKENS = 30_000  # the texts are read over and over until that many tokens: a shorter time is noise
ROUNDS = 3  # the best of these counts: what is slower was somebody else's


@dataclass(frozen=True, slots=True)
class Speed:
    """Figures of one run. Times are CPU seconds, ``*_per_second`` tokens a CPU second.

    ``first_per_second``: with the lexicon's caches empty, on the texts once. ``ratio``: looking up takes so many
    times as long as cutting into words by a blank spaCy tokenizer.
    """

    surface_forms: int
    file_bytes: int
    load_seconds: float
    tokens: int
    first_per_second: float
    lookup_per_second: float
    tokenizer_per_second: float

    @property
    def ratio(self) -> float:
        return self.tokenizer_per_second / self.lookup_per_second


def measure(
    texts: Sequence[str], *, least_tokens: int = LEAST_TOKENS, clock: Callable[[], float] = time.process_time
) -> Speed:
    """Load the lexicon anew and look up every word of ``texts``.

    Raises:
        ValueError: there is no word in them.
    """
    import spacy

    from pipeline.lexicon import Lexicon, tables

    cut = spacy.blank("en").make_doc
    words = [[token.text for token in cut(text) if not token.is_space] for text in texts]
    once = sum(map(len, words))
    if not once:
        raise ValueError("There is no word in these texts to look up; name other files.")
    repeats = -(-least_tokens // once)
    for table in (tables.prebuilt_lines, tables.name_lines, tables.curated_terms, tables.senses):
        table.cache_clear()
    start = clock()
    lexicon = Lexicon()
    loaded = clock() - start
    lexicon.find(["cell"])  # makes the index of lengths, once

    def seconds(work: Callable[[], object], times: int = 1) -> float:
        start = clock()
        for _ in range(times):
            work()
        return max(clock() - start, 1e-9)

    def look_up() -> None:
        for one in words:
            lexicon.find(one)

    first = seconds(look_up)
    return Speed(
        surface_forms=len(lexicon),
        file_bytes=sum(path.stat().st_size for path in tables.DATA.iterdir() if path.is_file()),
        load_seconds=loaded,
        tokens=once * repeats,
        first_per_second=once / first,
        lookup_per_second=once * repeats / min(seconds(look_up, repeats) for _ in range(ROUNDS)),
        tokenizer_per_second=once
        * repeats
        / min(seconds(lambda: [cut(text) for text in texts], repeats) for _ in range(ROUNDS)),
    )


def main(paths: Sequence[str]) -> int:
    """Print the figures, a line each; exit status 1 where there was nothing to read."""
    from pipeline.read import read
    from pipeline.records import Failure
    from pipeline.settings import settings

    read_in = read(list(paths or ["corpus"]), settings=settings(), stdin=sys.stdin.buffer)
    try:
        speed = measure([one.text for one in read_in if not isinstance(one, Failure)])
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    for name, value in {**asdict(speed), "ratio": speed.ratio}.items():
        shown = f"{value:,.2f}" if name in ("load_seconds", "ratio") else f"{value:,.0f}"
        print(f"{name.replace('_', ' '):<22}{shown:>14}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
