"""One sentence at a time: everything the relations knew of it and made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.annotate import mentions_of
from pipeline.explain.nearly import Nearly, nearly_fired, path_in_words, way_between
from pipeline.records import Document, Mention, MentionType
from pipeline.relate import triples_of
from pipeline.relate.features import features, flag_features
from pipeline.relate.grammar import rules
from pipeline.relate.graph import Graph
from pipeline.relate.links import Link, link_of, links, path_sign, rank
from pipeline.relate.nodes import SLOTS, Node, sentence_nodes
from pipeline.relate.paths import Walk, walk
from pipeline.relate.scenes import scenes
from pipeline.relate.scorer import NONE, Scorer, scorers
from pipeline.relate.triples import judge
from pipeline.store import triple_rows

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span

_FEATURES_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Named:
    """A mention; ``left_out`` says why it fills no slot, where it fills none."""

    mention: Mention
    left_out: str | None


@dataclass(frozen=True, slots=True)
class Word:
    """A token of the tree; ``head`` and ``index`` count the document's tokens."""

    index: int
    text: str
    lemma: str
    tag: str
    dep: str
    head: int
    head_text: str


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge of the folded graph, the only thing that path rules see."""

    head: str
    label: str
    child: str


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that leads from the one mention to the other. ``sign``: +1 raises, -1 lowers, 0 without a direction."""

    rule: str
    path: str
    sign: int
    role: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Flag:
    """``cue`` by the tree; ``probability`` that it holds, against ``threshold``; ``holds`` is what the row says.

    ``certain``: the tree leaves no doubt, and nobody asked how probable it is.
    """

    cue: str | None
    probability: float
    threshold: float
    holds: bool
    certain: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """A cell or therapy and a mechanism: every rule that ties them (the first is taken), and the scorer's verdict.

    ``probability`` and what follows it are None where no rule ties the two. ``for_it`` and ``against_it`` are the
    features that weigh most for ``scored_role``, with their weights; ``role`` is the row's, which the words may say
    otherwise; ``way`` is the shortest way through the graph.
    """

    type: str
    source: str
    mechanism: str
    fired: tuple[Fired, ...]
    probability: float | None
    threshold: float
    role: str | None
    scored_role: str | None
    for_it: tuple[tuple[str, float], ...]
    against_it: tuple[tuple[str, float], ...]
    negation: Flag | None
    speculation: Flag | None
    way: str | None
    nearly: tuple[Nearly, ...]

    @property
    def makes_row(self) -> bool:
        return self.probability is not None and self.probability >= self.threshold

    @property
    def verdict(self) -> str:
        """Why the pair made a row, or why it made none."""
        if self.probability is None:
            return "no rule ties the two, so it makes no row"
        if not self.makes_row:
            return f"{self.probability:.3f} is below the threshold {self.threshold:.2f}, so it makes no row"
        said = "" if self.role == self.scored_role else f"; by the words it is {self.role}"
        return f"{self.probability:.3f} is not below the threshold {self.threshold:.2f}: {self.scored_role}{said}"


@dataclass(frozen=True, slots=True)
class Explained:
    """A sentence. ``index`` counts from 0 in the document, as ``sentence_index`` of the tables does.

    ``triples`` are rows in the columns of ``outputs/triples``.
    """

    doc_id: str
    index: int
    text: str
    mentions: tuple[Named, ...]
    words: tuple[Word, ...]
    edges: tuple[Edge, ...]
    pairs: tuple[Pair, ...]
    triples: tuple[dict[str, Any], ...]


def explain(doc: Doc, document: Document, index: int | None = None) -> list[Explained]:
    """The sentences of an annotated Doc, explained: the one at ``index``, or all that name anything.

    Raises:
        IndexError: there is no such sentence; the message says which there are.
    """
    sentences = list(doc.sents)
    if index is not None and not 0 <= index < len(sentences):
        raise IndexError(f"the sentences of {document.doc_id} are 0 to {len(sentences) - 1}")
    mentions = mentions_of(doc, document)
    rows = triple_rows(document, triples_of(doc, document, mentions))
    spans = list(doc.spans.get("mentions", ()))
    nodes = sentence_nodes(doc, spans)
    by_index = {scene.index: scene for scene in scenes(doc)}
    out = []
    for number, sent in enumerate(sentences):
        named = [m for m in mentions if sent.start_char <= m.start < sent.end_char]
        if number == index or (index is None and named):
            scene = by_index.get(number)
            here = list(scene.nodes) if scene else [n for n in nodes if sent.start <= n.root < sent.end]
            graph = scene.graph if scene else Graph(sent)
            taken = {(spans[n.number].start_char, spans[n.number].end_char, n.type) for n in here}
            out.append(
                Explained(
                    document.doc_id,
                    number,
                    sent.text,
                    tuple(Named(m, _left_out(m, named, taken)) for m in named),
                    tuple(_words(sent)),
                    tuple(Edge(doc[h].text, label, doc[c].text) for h, label, c in graph.edges()),
                    tuple(_pairs(sent, graph, here)),
                    tuple(row for row in rows if sent.start_char <= row["mechanism_start"] < sent.end_char),
                )
            )
    return out


def _left_out(
    mention: Mention, named: Sequence[Mention], taken: set[tuple[int, int, MentionType]]
) -> str | None:
    if mention.type not in SLOTS:
        return "no slot for its type"
    if (mention.start, mention.end, mention.type) in taken:
        return None
    if mention.type is MentionType.CELL and any(
        m.type is MentionType.THERAPY and m.start <= mention.start and mention.end <= m.end for m in named
    ):
        return "part of a therapy's name"
    return "short form; its long form before it fills the slot"


def _words(sent: Span) -> list[Word]:
    return [
        Word(t.i, t.text, t.lemma_, t.tag_, t.dep_, t.head.i, t.head.text) for t in sent if not t.is_space
    ]


def _pairs(sent: Span, graph: Graph, nodes: Sequence[Node]) -> list[Pair]:
    """Every cell or therapy of the sentence with every mechanism."""
    doc = sent.doc
    best = {(link.source, link.mechanism): link for link in links(sent, graph, nodes)}
    sources = [n for n in nodes if n.type is not MentionType.MECHANISM]
    out = []
    for source in sources:
        blocked = frozenset(n.root for n in sources if n.root != source.root)
        for mechanism in (n for n in nodes if n.type is MentionType.MECHANISM):
            if mechanism.start <= source.root < mechanism.end and not mechanism.covers(source):
                continue  # the two share words
            found = sorted(
                walk(graph, source.root, rules()[source.type], frozenset({mechanism.root}), blocked), key=rank
            )
            link = best.get((source.number, mechanism.number))
            out.append(_pair(doc, graph, nodes, source, mechanism, found, link, blocked))
    return out


def _pair(
    doc: Doc,
    graph: Graph,
    nodes: Sequence[Node],
    source: Node,
    mechanism: Node,
    found: Sequence[Walk],
    link: Link | None,
    blocked: frozenset[int],
) -> Pair:
    scorer = scorers()[source.type]
    fired_ids = {w.rule.id for w in found}
    near = nearly_fired(
        doc,
        graph,
        source.root,
        mechanism.root,
        [r for r in rules()[source.type] if r.id not in fired_ids],
        blocked,
    )
    probability, role = None, None
    weights: tuple[tuple[str, float], ...] = ()
    negation = speculation = chosen = None
    if link is not None:
        seen = features(doc, graph, nodes, source, mechanism, link)
        verdict = scorer.judge(seen)
        probability, role = verdict.probability, verdict.role
        weights = tuple(sorted(_weights(scorer, seen, role), key=lambda w: (w[1], w[0])))
        chosen = next(iter(judge(doc, graph, nodes, [link])), None)
        negation = _flag(doc, graph, source, mechanism, link, chosen, "negation")
        speculation = _flag(doc, graph, source, mechanism, link, chosen, "speculation")
    return Pair(
        str(source.type),
        _named(doc, source),
        doc[mechanism.start : mechanism.end].text,
        tuple(dict.fromkeys(_fired(doc, graph, source, mechanism, w) for w in found)),
        probability,
        scorer.threshold,
        (str(chosen.role) if chosen else role) if link is not None else None,
        role,
        tuple(w for w in reversed(weights) if w[1] > 0)[:_FEATURES_SHOWN],
        tuple(w for w in weights if w[1] < 0)[:_FEATURES_SHOWN],
        negation,
        speculation,
        way_between(doc, graph, source.root, mechanism.root),
        tuple(near),
    )


def _named(doc: Doc, node: Node) -> str:
    """The mention's words, and those that stand for it where it is not named in the sentence itself."""
    words = doc[node.start : node.end].text
    return f"{doc.spans['mentions'][node.number].text} (as {words!r})" if node.via else words


def _fired(doc: Doc, graph: Graph, source: Node, mechanism: Node, found: Walk) -> Fired:
    link = link_of(graph.columns, source, mechanism, found)
    return Fired(
        found.rule.id,
        path_in_words(doc, graph, (source.root, *found.between, mechanism.root)),
        path_sign(graph.columns, found.between, mechanism) * found.rule.sign,
        str(link.role),
        found.rule.confidence,
    )


def _weights(scorer: Scorer, seen: Sequence[str], role: str) -> list[tuple[str, float]]:
    """What each feature adds to the odds of ``role`` against no tie at all (natural logarithm)."""
    none, best = scorer.classes.index(NONE), scorer.classes.index(role)
    known = [(feature, scorer.weights[feature]) for feature in seen if feature in scorer.weights]
    return [(feature, round(weights[best] - weights[none], 3)) for feature, weights in known]


def _flag(
    doc: Doc, graph: Graph, source: Node, mechanism: Node, link: Link, chosen: Link | None, kind: str
) -> Flag:
    cue: int | None = getattr(link.flags, kind)
    held: int | None = getattr(chosen.flags, kind) if chosen else None
    scorer = scorers()[kind]
    token = None if cue is None else doc[cue]
    seen = flag_features(doc, graph, source, mechanism, link, token, kind)
    shown = held if held is not None else cue
    return Flag(
        None if shown is None else doc[shown].text,
        scorer.judge(seen).probability,
        scorer.threshold,
        held is not None,
        getattr(link.certain, kind) is not None,
    )
