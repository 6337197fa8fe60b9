"""Disagreements between managers and the kernel as rows of a table, in plain immutable text."""

from __future__ import annotations

from dataclasses import dataclass

from gui.evidence import observation_node
from gui.nodes import Node, section
from gui.text import one_line
from isoscope.inventory.disagreement import Disagreement
from isoscope.inventory.inventory import Inventory
from isoscope.reports.words import DESCRIBED
from isoscope.texts import tr

_CELL = 120


@dataclass(frozen=True, slots=True)
class DisagreementRow:
    """One row: what a manager says of a workload, and what the kernel shows."""

    workload: str
    what: str
    declared: str
    observed: str
    found: Disagreement

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The texts in the order of the columns."""
        return self.workload, self.what, self.declared, self.observed

    def nodes(self) -> tuple[Node, ...]:
        """The whole of it, with the evidence of both sides."""
        return (
            section(
                f"{self.workload}: {self.what}",
                (
                    Node(
                        one_line(self.declared, 600),
                        children=(observation_node(self.found.declared_by, expanded=True),),
                        expanded=True,
                    ),
                    Node(
                        tr("The kernel shows: {observed}").format(
                            observed=one_line(self.found.observed, 600)
                        ),
                        children=(observation_node(self.found.observed_by, expanded=True),),
                        expanded=True,
                    ),
                ),
                empty="",
            ),
        )


def disagreement_rows(inventory: Inventory) -> tuple[DisagreementRow, ...]:
    """All disagreements of a host, those of one workload together, and last those of none."""
    of_workloads = (
        (workload.name or workload.id, workload.engine, found)
        for workload in (*inventory.workloads, *inventory.stopped)
        for found in workload.disagreements
    )
    of_host = ((tr("the host"), DESCRIBED, found) for found in inventory.disagreements)
    return tuple(
        DisagreementRow(
            one_line(whose, 60),
            one_line(found.key.replace("_", " "), _CELL),
            tr("{by} says: {declared}").format(
                by=one_line(by, 30), declared=one_line(found.declared, _CELL)
            ),
            one_line(found.observed, _CELL),
            found,
        )
        for whose, by, found in (*of_workloads, *of_host)
    )
