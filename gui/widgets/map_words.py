"""What the map says in words: for tooltips, the list beside it, and screen readers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from gui.crossing_style import CROSSING
from gui.edges import HOST, Edge, PathShown
from gui.nodes import Node
from gui.paths import IsolationMap, MapNode, edges_of
from gui.text import and_more
from gui.words import STATUS
from isoscope.assessment.vocabulary import Status
from isoscope.texts import tr, trn

TOLD = 4
"""Findings that a tooltip tells."""


def between(edge: Edge, nodes: Mapping[str, MapNode]) -> str:
    """``a → host``; ``a ↔ b`` where what is shared leads both ways."""
    source, target = (
        nodes[key].name if key != HOST else tr("the host") for key in (edge.source, edge.target)
    )
    arrow = "→" if HOST in (edge.source, edge.target) else "↔"
    return f"{source} {arrow} {target}"


def what_crosses(edge: Edge) -> str:
    """What crosses, what it opens, and how low it holds."""
    parts = [CROSSING[edge.crossing], edge.aspects]
    if edge.level is not None:
        parts.append(tr("keeps on rung {rung}").format(rung=edge.level - 1))
    if not edge.known:
        parts.insert(1, tr("not ruled out"))
    return " · ".join(parts)


def edge_words(edge: Edge, nodes: Mapping[str, MapNode]) -> str:
    """An edge with its worst findings."""
    lines = [between(edge, nodes), what_crosses(edge), ""]
    lines += [f"{path.title}\n    {path.says}" for path in edge.paths[:TOLD]]
    if edge.count > TOLD:
        lines.append(and_more(edge.count - TOLD))
    return "\n".join(lines)


def node_words(shown: IsolationMap, node: MapNode) -> str:
    """A node with what crosses to and from it."""
    counts = Counter[str]()
    for edge in edges_of(shown, node.key):
        text = "{crossing}" if edge.known else tr("{crossing} (not ruled out)")
        counts[text.format(crossing=CROSSING[edge.crossing])] += edge.count
    status = "" if node.key == HOST else f"{STATUS[node.status]} · "
    lines = [node.name, f"{status}{node.note}", *(f"{k}: {n:,}" for k, n in counts.items())]
    if not counts:
        lines.append(tr("no path is drawn here"))
    return "\n".join(lines)


def edge_node(edge: Edge, nodes: Mapping[str, MapNode]) -> Node:
    """An edge for the list, with its worst findings below it."""
    rest = edge.count - len(edge.paths)
    more = (Node(and_more(rest)),) if rest > 0 else ()
    return Node(
        between(edge, nodes),
        " · ".join((what_crosses(edge), trn("{number} finding", "{number} findings", edge.count))),
        mark=Status.FALLS_SHORT if edge.known else Status.UNPROVEN,
        children=(*path_nodes(edge.paths), *more),
    )


def path_nodes(paths: Iterable[PathShown]) -> tuple[Node, ...]:
    """Findings for the list."""
    return tuple(
        Node(
            path.title,
            path.says,
            mark=Status.FALLS_SHORT if path.known else Status.UNPROVEN,
        )
        for path in paths
    )
