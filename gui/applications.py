"""The same application in several TEEs, for the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gui.nodes import Node, section
from gui.text import one_line
from isoscope.assessment.given_evidence import GivenEvidence
from isoscope.assessment.same_application import same_applications
from isoscope.inventory.inventory import Inventory
from isoscope.reports.application_words import TITLE, application_sentence


def application_nodes(
    inventory: Inventory, evidence: Mapping[str, Sequence[GivenEvidence]], workload: str = ""
) -> tuple[Node, ...]:
    """A section of them, or nothing where there is none.

    Args:
        inventory: what runs.
        evidence: that was given, by workload id.
        workload: id of the only one that is asked for; empty for all.
    """
    names = {each.id: each.name or each.id for each in inventory.workloads}
    found = tuple(
        Node(one_line(application_sentence(one, names), 600))
        for one in same_applications(inventory, evidence)
        if workload in ("", *one.workloads)
    )
    return (section(TITLE, found, empty=""),) if found else ()
