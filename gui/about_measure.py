"""What the catalogue says of a measure or exposure, with the commands that show it by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from gui.nodes import Node, NodeStyle
from isoscope.texts import tr

if TYPE_CHECKING:
    from isoscope.assessment.verdict import Finding
    from isoscope.inventory.workload import Workload


class Text(Protocol):
    """What the catalogue says of a measure or exposure."""

    @property
    def title(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def why(self) -> str: ...
    @property
    def by_hand(self) -> str: ...
    @property
    def references(self) -> tuple[str, ...]: ...


def about_nodes(
    text: Text | None, finding: Finding, workloads: Mapping[str, Workload]
) -> tuple[Node, ...]:
    """The text for one finding, with the commands for its workload.

    Args:
        text: None where the catalogue does not have it.
        finding: on a workload.
        workloads: all of the host, by id.
    """
    if text is None:
        return ()
    from isoscope.assessment.by_hand import filled_in

    by_hand = text.by_hand
    if finding.workload in workloads:
        other = workloads.get(finding.others[0]) if finding.others else None
        by_hand = filled_in(by_hand, workloads[finding.workload], other)
    parts = [
        Node(tr("What it is"), text.what),
        Node(tr("Why it matters"), text.why),
        Node(tr("See it by hand"), children=(Node(by_hand, style=NodeStyle.COMMANDS),)),
    ]
    if text.references:
        parts.append(Node(tr("References"), "\n".join(text.references)))
    return (Node(tr("About this"), children=tuple(parts)),)
