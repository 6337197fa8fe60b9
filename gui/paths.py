"""The isolation map: who is on the host, and what crosses between them or to the host.

Pure and made on a worker. Tenants are single nodes until they are opened, and both are bounded;
what is left out is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from gui.edges import HOST, NAME, Edge, edges_between
from gui.rows import Subject
from gui.text import one_line
from isoscope.assessment.crossings import Crossing
from isoscope.assessment.vocabulary import Status
from isoscope.texts import tr, trn

if TYPE_CHECKING:
    from gui.judging import Shown
    from gui.rows import SubjectRow
    from isoscope.assessment.paths import Path

MOST_TENANTS = 60
"""Tenants that are drawn: those with the worst status first."""
MOST_WORKLOADS = 60
"""Workloads that are drawn of an opened tenant."""
MOST_IN_ALL = 600
"""Workloads that are drawn of all opened tenants; of each, then, the same number."""
FEWEST = 4
OPEN_AT_FIRST = 24
"""A host with at most so many workloads shows all of them at first."""
MOST_EDGES = 200


class MapNodeKind(StrEnum):
    """What a node stands for."""

    HOST = "host"
    TENANT = "tenant"
    WORKLOAD = "workload"


@dataclass(frozen=True, slots=True)
class MapNode:
    """A place of the map."""

    key: str
    kind: MapNodeKind
    name: str
    note: str
    status: Status
    subject: Subject | None
    """None: the host."""
    tenant: str = ""
    """Key of the tenant's node, for a workload."""
    open: bool = False
    """Of a tenant: whether its workloads are drawn."""
    search: str = ""


@dataclass(frozen=True, slots=True)
class IsolationMap:
    """What is drawn, and how much is not.

    Attributes:
        edges: the worst first.
        by_crossing: how many findings there are of each kind, drawn or not.
        unknown: how many findings are of paths of which nobody knows whether they are there.
        more_edges, more_tenants: how many are not drawn.
        cut: how many findings name only some of the other sides.
        beyond: how many paths were left out because they bear on no rung that is required.
    """

    nodes: tuple[MapNode, ...]
    edges: tuple[Edge, ...]
    by_crossing: Mapping[Crossing, int] = field(default_factory=dict)
    unknown: int = 0
    more_edges: int = 0
    more_tenants: int = 0
    cut: int = 0
    beyond: int = 0


@dataclass(frozen=True, slots=True)
class MapQuestion:
    """What of the map is wanted.

    Attributes:
        opened: tenants whose workloads are drawn; None: all of them, where they are few.
        everything: also paths that bear on no rung that is required.
    """

    opened: frozenset[str] | None = None
    everything: bool = False


def wanted(paths: Sequence[Path], *, everything: bool) -> Sequence[Path]:
    """The paths that a question is about."""
    return paths if everything else [path for path in paths if path.below_required]


def isolation_map(shown: Shown, paths: Sequence[Path], question: MapQuestion) -> IsolationMap:
    """The map of an assessment.

    Args:
        shown: the assessment with its rows.
        paths: all of its paths, the worst first.
        question: what is wanted of them.
    """
    rows = shown.rows
    drawn = rows.tenants[:MOST_TENANTS]
    opened = question.opened
    if opened is None:
        few = sum(map(len, rows.workloads.values())) <= OPEN_AT_FIRST
        opened = frozenset(row.subject.id for row in drawn) if few else frozenset()
    most = min(MOST_WORKLOADS, max(MOST_IN_ALL // max(len(opened), 1), FEWEST))
    nodes = [_host_node(shown)]
    place: dict[str, str] = {}
    for row in drawn:
        members = rows.workloads[row.subject.id]
        key = tenant_key(row.subject.id)
        is_open = row.subject.id in opened
        inside = members[:most] if is_open else ()
        nodes.append(_tenant_node(row, len(members), len(inside), is_open=is_open))
        place.update((member.subject.id, key) for member in members)
        for member in inside:
            node = _workload_node(member, key)
            nodes.append(node)
            place[member.subject.id] = node.key
    asked = wanted(paths, everything=question.everything)
    names = {row.subject.id: row.name for of in rows.workloads.values() for row in of}
    edges, more = edges_between(asked, place, names, MOST_EDGES)
    return IsolationMap(
        tuple(nodes),
        edges,
        Counter(path.crossing for path in asked),
        sum(not path.known for path in asked),
        more,
        len(shown.assessment.tenants) - len(drawn),
        sum(path.cut for path in asked),
        len(paths) - len(asked),
    )


def tenant_key(name: str) -> str:
    """The key of a tenant's node."""
    return f"t:{name}"


def _host_node(shown: Shown) -> MapNode:
    return MapNode(
        HOST,
        MapNodeKind.HOST,
        one_line(shown.seen.host.name, NAME),
        tr("the host"),
        Status.NOT_REQUIRED,
        None,
    )


def _tenant_node(row: SubjectRow, members: int, inside: int, *, is_open: bool) -> MapNode:
    note = row.note
    if is_open and inside < members:
        note = trn(
            "{inside} of {number} workload drawn · {note}",
            "{inside} of {number} workloads drawn · {note}",
            members,
            inside=f"{inside}",
            note=note,
        )
    return MapNode(
        tenant_key(row.subject.id),
        MapNodeKind.TENANT,
        one_line(row.name, NAME),
        note,
        row.status,
        row.subject,
        open=is_open,
        search=row.search,
    )


def _workload_node(row: SubjectRow, tenant: str) -> MapNode:
    return MapNode(
        f"w:{row.subject.id}",
        MapNodeKind.WORKLOAD,
        one_line(row.name, NAME),
        row.note,
        row.status,
        row.subject,
        tenant,
        search=row.search,
    )


def edges_of(map_: IsolationMap, key: str) -> Iterator[Edge]:
    """The edges of a node; of an opened tenant also those of its workloads."""
    inside = {node.key for node in map_.nodes if node.tenant == key} | {key}
    return (edge for edge in map_.edges if edge.source in inside or edge.target in inside)
