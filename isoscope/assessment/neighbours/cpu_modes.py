"""Which neighbours the CPU runs as guests, and which as programs of the host.

Documentation/admin-guide/hw-vuln/attack_vector_controls.rst tells its vectors apart by that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from isoscope.assessment.judgement import Judgement, failing, holding, with_others
from isoscope.assessment.neighbours.relations import Neighbours, Words
from isoscope.inventory.sandbox import Sandbox
from isoscope.inventory.workload import Workload


def runs_as_guest(workload: Workload) -> bool:
    """Whether the CPU runs it as a guest. What is under gVisor runs as programs of the host."""
    return workload.own_kernel or workload.sandboxed_by is Sandbox.KATA


def neighbours_on_the_cpu(neighbours: Neighbours) -> dict[str, Sequence[Judgement]]:
    """For each workload: whether another tenant's runs as a guest, and whether one runs as a
    program of the host."""
    return {
        "has-guest-neighbours": _neighbours_that(neighbours, runs_as_guest, "as a guest"),
        "has-program-neighbours": _neighbours_that(
            neighbours, lambda workload: not runs_as_guest(workload), "as a program of the host"
        ),
    }


def _neighbours_that(
    neighbours: Neighbours, run_so: Callable[[Workload], bool], how: str
) -> list[Judgement]:
    unclear = {
        index: workload.sandbox
        for index, workload in enumerate(neighbours.workloads)
        if workload.sandbox is not None and not workload.sandbox.known
    }
    maybe = neighbours.group(unclear)
    certain = neighbours.group(
        index
        for index, workload in enumerate(neighbours.workloads)
        if index not in unclear and run_so(workload)
    )
    said = Words(neighbours)
    for index, kind in enumerate(neighbours.kinds):
        said.note(index, kind)

    def judge(index: int) -> Judgement:
        others = neighbours.strangers(certain, index)
        if others:
            says = f"{neighbours.names(others)} runs {how}"
            judgement = holding(says, *(neighbours.kinds[other] for other in others[:1]))
            return with_others(judgement, neighbours.ids(others))
        possible = neighbours.possible_strangers(certain, index)
        if possible:
            says = f"{neighbours.names(possible)} runs {how}"
            return neighbours.unclear_tenant(says, possible, neighbours.process_table)
        hidden = neighbours.hidden(maybe, index)
        if hidden:
            return neighbours.unclear(unclear[hidden[0]])
        says = f"no other tenant's workload runs {how}"
        return failing(says, neighbours.process_table, *said.of_others(index))

    return neighbours.for_each(judge)
