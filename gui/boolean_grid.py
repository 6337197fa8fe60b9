"""Booleans of the SELinux policy as a grid: those that weaken confinement now come first."""

from __future__ import annotations

from gui.evidence import observation_node
from gui.grid import Cell, Grid, GridRow
from gui.text import one_line
from isoscope.assessment.vocabulary import Status
from isoscope.inventory.host import HostFacts, SelinuxState
from isoscope.inventory.machine.selinux_booleans import LETS, weakens
from isoscope.inventory.observation import Observation

_ORDER = (Status.FALLS_SHORT, Status.UNPROVEN, Status.MEETS)


def boolean_grid(host: HostFacts) -> Grid:
    """Each boolean that bears on workloads and that the loaded policy has."""
    rows = [_row(name, found) for name, found in sorted((host.selinux_booleans or {}).items())]
    return Grid(
        "SELinux booleans",
        "Switches of the loaded policy that bear on workloads, and what each of them lets. No rung "
        "asks for one of them: which of them is right depends on the workloads.",
        ("Boolean", "Now", "Weakens confinement", "Lets"),
        tuple(sorted(rows, key=lambda row: _ORDER.index(row.cells[2].mark or Status.MEETS))),
        empty=_why_none(host),
    )


def _row(name: str, found: Observation[bool]) -> GridRow:
    detail = (observation_node(found, expanded=True),)
    lets = LETS[name]
    if found.value is None:
        why = one_line(found.doubt.explanation, 300)
        unknown = Cell("unknown", Status.UNPROVEN, why)
        return GridRow((Cell(name), Cell("unknown"), unknown, Cell(lets)), detail)
    weak = weakens(name, on=found.value)
    weakening = Cell("yes", Status.FALLS_SHORT) if weak else Cell("no", Status.MEETS)
    return GridRow(
        (
            Cell(name),
            Cell("on" if found.value else "off"),
            weakening,
            Cell(lets if weak else f"nothing; otherwise {lets}"),
        ),
        detail,
    )


def _why_none(host: HostFacts) -> str:
    selinux = host.selinux.value
    if selinux is not None and selinux.state in (SelinuxState.ABSENT, SelinuxState.DISABLED):
        return f"SELinux is {selinux.state.value}: there is no policy with booleans."
    if host.selinux_booleans is None:
        return (
            "The booleans of the policy were not read.\n\n"
            "Older snapshots do not have them: scan the host again, as root."
        )
    return "The loaded policy has none of the booleans that bear on workloads."
