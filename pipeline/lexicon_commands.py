"""``kupffer lexicon``: what the lexicon says of a text and why, how good it is, its check, build and mappings."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.outcomes import NOTHING_READ, WRONG_USAGE, orderly, tell
from pipeline.records import MentionType

if TYPE_CHECKING:
    from rich.table import Table

    from pipeline.lexicon import Candidate, Lexicon
    from pipeline.records import Mention

lexicon_app = typer.Typer(
    name="lexicon",
    help="Look terms up, check and build the lexicon, write its mappings.",
    no_args_is_help=True,
)
_SLOTS = (MentionType.CELL, MentionType.MECHANISM, MentionType.THERAPY)

Own = Annotated[
    Path | None, typer.Option("--lexicon", metavar="TSV", help="Your own terms, as for `kupffer extract`.")
]


@lexicon_app.command()
def lookup(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="A term as a text has it.")],
    type: Annotated[
        MentionType | None, typer.Option("--type", case_sensitive=False, help="Only what is of this type.")
    ] = None,
    context: Annotated[
        str, typer.Option(metavar="WORDS", help="Words of the document; they decide short forms such as HSC.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One candidate a line, as JSON.")] = False,
    lexicon: Own = None,
) -> None:
    """Show what a term may name and why: the step that found it, its score and the row.

    A mention of that type gets the identifier marked with *. Exit status 1 when nothing is known.
    """
    with orderly():
        words = frozenset(context.casefold().split())
        found = list(_readings(_lexicon(lexicon), text, (type,) if type else tuple(MentionType), words))
        if as_json:
            for candidate, chosen in found:
                print(json.dumps({**asdict(candidate), "chosen": chosen}, ensure_ascii=False))
        elif found:
            _show(found)
        if not found:
            tell(
                f"{text}: the lexicon knows nothing of that name; a row in a TSV of yours (--lexicon) adds it."
            )
            raise typer.Exit(NOTHING_READ)


def _readings(
    lexicon: Lexicon, text: str, types: tuple[MentionType, ...], context: frozenset[str]
) -> Iterator[tuple[Candidate, bool]]:
    """(candidate, whether a mention of its type is given this one), by type and from the best down."""
    for type_ in types:
        chosen = None
        known = lexicon.lookup(text, type_)
        # Without rows of its own, a type that is no slot would show what merely shares a head.
        if known or type_ in _SLOTS or len(types) == 1:
            chosen = lexicon.ground(text, type_, context=context)
        if chosen is not None:
            yield chosen, True
        yield from ((c, False) for c in known if chosen is None or c.curie != chosen.curie)


def _show(found: list[tuple[Candidate, bool]]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("", "type", "id", "name", "step", "score", "row"):
        table.add_column(
            column,
            justify="right" if column == "score" else "left",
            overflow="fold",
            no_wrap=column in ("type", "step", "score"),
            min_width=15 if column == "id" else None,
        )
    for c, chosen in found:
        name = f"narrower than {c.name}" if c.narrower else c.name
        step, origin = c.source.removeprefix("lexicon:").removesuffix(":broader"), c.origin.partition(":")[0]
        row = f"{c.row} ({origin})" if c.row else origin
        table.add_row("*" if chosen else "", c.type, c.curie, name, step, f"{c.score:.2f}", row)
    _print(table)


def _print(table: Table) -> None:
    from pipeline.terminal import Terminal

    Terminal(file=sys.stdout, highlight=False, markup=False).print(table)


def _figures(rows: list[dict[str, object]], as_json: bool) -> None:
    """Rows of figures, all with the same keys, as a table or as JSON."""
    if as_json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    shown = [name for name, value in rows[0].items() if not isinstance(value, dict)]
    for name in shown:
        table.add_column(name, justify="left" if isinstance(rows[0][name], str) else "right")
    for row in rows:
        table.add_row(*(f"{v:.3f}" if isinstance(v := row[name], float) else str(v) for name in shown))
    _print(table)


@lexicon_app.command()
def check(lexicon: Own = None) -> None:
    """List what is wrong in the lexicon's tables; exit status 1 when anything is."""
    with orderly():
        from pipeline.lexicon.check import check as problems_of

        known = _lexicon(lexicon)
        problems = problems_of(known)
        for problem in problems:
            print(problem)
        if problems:
            tell(f"{len(problems)} problem{'s' if len(problems) > 1 else ''} in the lexicon.")
            raise typer.Exit(NOTHING_READ)
        tell(f"{len(known)} rows, nothing wrong.")


@lexicon_app.command()
def build(
    wheels: Annotated[
        Path, typer.Argument(metavar="WHEELS", help="Folder with the unzipped wheels of the ontologies.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where to write; the lexicon's own data by default."),
    ] = None,
) -> None:
    """Make the prebuilt tables again, from the ontologies in WHEELS and the curated rows."""
    with orderly():
        from pipeline.lexicon import LexiconError
        from pipeline.lexicon.build import build as made
        from pipeline.lexicon.tables import DATA

        folder = out or DATA
        try:
            if out is not None:
                out.mkdir(parents=True, exist_ok=True)
            rows = made(wheels, folder)
        except (LexiconError, ModuleNotFoundError) as error:
            tell(str(error))
            raise typer.Exit(NOTHING_READ) from None
        sources = ", ".join(f"{source} {count}" for source, count in sorted(rows.items()))
        tell(f"{sum(rows.values())} rows in {folder}: {sources}.")


@lexicon_app.command()
def sssom(
    outputs: Annotated[Path, typer.Argument(metavar="OUTPUTS", help="Folder with the tables of a run.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="File to write; stdout by default.")
    ] = None,
) -> None:
    """Write every mapping of a text to an identifier that a run made, as an SSSOM TSV."""
    with orderly():
        from pipeline import __version__
        from pipeline.lexicon.sssom import sssom as lines_of

        lines = lines_of(_mentions(outputs), __version__)
        if out is None:
            for line in lines:
                print(line)
            return
        text = "".join(f"{line}\n" for line in lines)
        out.write_text(text, encoding="utf-8", newline="\n")
        count = sum(not line.startswith("#") for line in text.splitlines()) - 1
        tell(f"{count} mapping{'' if count == 1 else 's'} in {out}.")


@lexicon_app.command()
def coverage(
    gold: Annotated[
        Path, typer.Argument(metavar="GOLD", exists=True, help="Marked texts, as for `kupffer evaluate`.")
    ],
    found: Annotated[
        bool, typer.Option("--found", help="Also run the whole pipeline: the share it finds and grounds.")
    ] = False,
    only_ids: Annotated[
        str | None, typer.Option(metavar="REGEX", help="Only documents whose id has a match.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="As JSON, with the steps and the texts without an identifier.")
    ] = False,
    lexicon: Own = None,
) -> None:
    """Show the share of GOLD's cells, mechanisms and therapies that carry an identifier when grounded.

    Whether it is the right one is not asked.
    """
    with orderly():
        from pipeline.annotate import load
        from pipeline.evaluate import MarksError, read_gold
        from pipeline.evaluate.coverage import coverage as covered_by
        from pipeline.evaluate.runs import only

        known = _lexicon(lexicon)
        try:
            marked = list(only(read_gold(gold), only_ids))
            if not marked:
                raise MarksError(
                    f"{gold}: no document whose id has a match of {only_ids!r}; try another --only-ids."
                )
        except MarksError as error:
            tell(str(error))
            raise typer.Exit(NOTHING_READ) from None
        rows: list[dict[str, object]] = []
        for type_, one in covered_by(known, load(lexicon=lexicon), marked, found=found).items():
            row: dict[str, object] = {"type": str(type_), "mentions": one.mentions, "grounded": one.share}
            if one.met is not None:
                row["found and grounded"] = one.met / max(one.mentions, 1)
            steps = dict(one.steps.most_common())
            rows.append({**row, "steps": steps, "missing": dict(one.missing.most_common())})
        _figures(rows, as_json)


@lexicon_app.command()
def craft(
    archive: Annotated[
        Path,
        typer.Argument(metavar="CRAFT", exists=True, help="CRAFT's articles and concepts, a tar archive."),
    ],
    held: Annotated[
        bool, typer.Option("--held", help="The held-back articles, one in four; without it the others.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    lexicon: Own = None,
) -> None:
    """Score the lexicon's concepts against CRAFT's: exact span and identifier, for CL, GO_BP and ChEBI.

    GO_BP is scored without gene expression (GO:0010467) and biological regulation (GO:0065007).
    """
    with orderly():
        from pipeline.annotate import load
        from pipeline.evaluate import MarksError
        from pipeline.evaluate.craft import craft_scores, held_back, read_craft, words_of

        known = _lexicon(lexicon)
        try:
            articles = held_back(read_craft(archive), held=held)
        except MarksError as error:
            tell(str(error))
            raise typer.Exit(NOTHING_READ) from None
        rows: list[dict[str, object]] = [
            {
                "ontology": name,
                "right": count.right,
                "found": count.found,
                "gold": count.gold,
                "precision": count.precision,
                "recall": count.recall,
                "F1": count.f1,
            }
            for name, count in craft_scores(known, articles, words_of(load())).items()
        ]
        _figures(rows, as_json)
        tell(f"{len(articles)} articles{' held back' if held else ''}.")


def _mentions(outputs: Path) -> Iterator[Mention]:
    """The mentions of a run's table that have an identifier."""
    from pipeline.records import Mention
    from pipeline.store import open_outputs

    fields = ("start", "end", "text", "type", "id", "name", "source", "score")
    with open_outputs(outputs) as tables:
        for batch in tables.batches("mentions", fields):
            for row in batch.to_pylist():
                if row["id"] is not None:
                    yield Mention(**{**row, "type": MentionType(row["type"])})


def _lexicon(own: Path | None) -> Lexicon:
    """The lexicon with a user's rows; a TSV that is not well-formed is wrong usage."""
    from pipeline.lexicon import LexiconError, load_lexicon

    try:
        return load_lexicon(own)
    except LexiconError as error:
        tell(str(error))
        raise typer.Exit(WRONG_USAGE) from None
