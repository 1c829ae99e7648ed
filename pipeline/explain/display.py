"""An explained sentence on a terminal, or as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipeline.explain.sentences import Explained, Flag, Pair
from pipeline.terminal import STYLES, page_width, show_triples

_SIGNS = {1: "+", -1: "-", 0: "0"}
_INDENT = (0, 0, 0, 2)


def as_json(sentence: Explained) -> dict[str, Any]:
    """The sentence as plain data, each pair with its verdict in words."""
    out = asdict(sentence)
    for named, plain in zip(sentence.mentions, out["mentions"], strict=True):
        plain["mention"] = named.mention._asdict()
    for pair, plain in zip(sentence.pairs, out["pairs"], strict=True):
        plain["verdict"] = pair.verdict
    for row in out["triples"]:
        row.update((k, v.isoformat()) for k, v in row.items() if isinstance(v, datetime))
    return out


def show(sentence: Explained, console: Console) -> None:
    """One sentence: mentions, tree, graph, pairs with their rules, triples."""
    console.print(Text(f"{sentence.doc_id}, sentence {sentence.index}", style="bold"))
    console.print(Text(sentence.text.strip()))
    _heading(console, "mentions")
    rows = [
        (
            Text(named.mention.type, style=STYLES.get(named.mention.type.lower(), "")),
            named.mention.text,
            " ".join(filter(None, (named.mention.id, named.mention.name))) or "no identifier",
            named.mention.source,
            f"{named.mention.score:.2f}",
            named.left_out or "",
        )
        for named in sentence.mentions
    ]
    _columns(console, ("type", "text", "identifier", "source", "score", "fills no slot"), rows)
    _heading(console, "tree")
    words = [
        (str(w.index), w.text, w.lemma, w.tag, w.dep, "" if w.head == w.index else f"{w.head} {w.head_text}")
        for w in sentence.words
    ]
    _columns(console, ("", "token", "lemma", "tag", "label", "head"), words)
    _heading(console, "graph: what the rules read")
    _columns(console, ("head", "label", "child"), [(e.head, e.label, e.child) for e in sentence.edges])
    _heading(console, "pairs")
    if not sentence.pairs:
        _line(console, "no cell or therapy stands beside a mechanism in this sentence")
    for pair in sentence.pairs:
        _show_pair(console, pair)
    _heading(console, "triples")
    if sentence.triples:
        show_triples(console, list(sentence.triples), header=True)
    else:
        _line(console, "none")
    console.print()


def _heading(console: Console, title: str) -> None:
    console.print()
    console.print(Text(title, style="bold"))


def _columns(console: Console, titles: Iterable[str], rows: Iterable[Iterable[str | Text]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for title in titles:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in row))
    console.print(Padding(table, _INDENT), width=page_width(console))


def _line(console: Console, text: str, depth: int = 1, style: str = "") -> None:
    console.print(Padding(Text(text, style=style), (0, 0, 0, 2 * depth)), width=page_width(console))


def _show_pair(console: Console, pair: Pair) -> None:
    title = Text.assemble(
        (pair.source, STYLES[pair.type.lower()]), " and ", (pair.mechanism, STYLES["mechanism"])
    )
    console.print(Padding(title, _INDENT))
    for fired in pair.fired:
        text = f"{fired.rule}  {fired.path}  sign {_SIGNS[fired.sign]}, {fired.role}, {fired.confidence:.2f}"
        _line(console, f"fired   {text}", 2)
    if pair.way:
        _line(console, f"way     {pair.way}", 2, "dim")
    _line(console, f"scorer  {pair.verdict}", 2)
    for name, weights in (("for", pair.for_it), ("against", pair.against_it)):
        if weights:
            _line(console, f"{name:8}" + ", ".join(f"{f} {w:+.2f}" for f, w in weights), 2, "dim")
    for name, flag in (("negated", pair.negation), ("speculated", pair.speculation)):
        if flag and (flag.cue or flag.holds):
            _line(console, _flag(name, flag), 2)
    if pair.makes_row:
        return  # what else might have tied the two matters only where they are not tied; JSON has it all
    for near in pair.nearly:
        _line(
            console,
            f"nearly  {near.rule} ({near.steps} of {near.of} steps): {near.path}; {near.stopped_by}",
            2,
            "dim",
        )


def _flag(name: str, flag: Flag) -> str:
    verdict = name if flag.holds else f"not {name}"
    if flag.certain and flag.holds:
        return f"flag    {verdict}: cue {flag.cue!r}, on the way itself"
    return f"flag    {verdict}: cue {flag.cue!r}, {flag.probability:.3f} against {flag.threshold:.2f}"
