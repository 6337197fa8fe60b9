"""Booleans of the SELinux policy as a grid: those that weaken confinement now come first."""

from __future__ import annotations

from gui.evidence import observation_node
from gui.grid import Cell, Grid, GridRow
from gui.text import one_line
from isoscope.assessment.vocabulary import Status
from isoscope.inventory.host import HostFacts, SelinuxState
from isoscope.inventory.machine.selinux_booleans import LETS, weakens
from isoscope.inventory.observation import Observation
from isoscope.texts import tr

_ORDER = (Status.FALLS_SHORT, Status.UNPROVEN, Status.MEETS)


def boolean_grid(host: HostFacts) -> Grid:
    """Each boolean that bears on workloads and that the loaded policy has."""
    rows = [_row(name, found) for name, found in sorted((host.selinux_booleans or {}).items())]
    return Grid(
        tr("SELinux booleans"),
        tr(
            "Switches of the loaded policy that bear on workloads, and what each of them lets. "
            "No rung asks for one of them: which of them is right depends on the workloads."
        ),
        (tr("Boolean"), tr("Now"), tr("Weakens confinement"), tr("Lets")),
        tuple(sorted(rows, key=lambda row: _ORDER.index(row.cells[2].mark or Status.MEETS))),
        empty=_why_none(host),
    )


def _row(name: str, found: Observation[bool]) -> GridRow:
    detail = (observation_node(found, expanded=True),)
    lets = LETS[name]
    if found.value is None:
        why = one_line(found.doubt.explanation, 300)
        unknown = Cell(tr("unknown"), Status.UNPROVEN, why)
        return GridRow((Cell(name), Cell(tr("unknown")), unknown, Cell(lets)), detail)
    weak = weakens(name, on=found.value)
    weakening = Cell(tr("yes"), Status.FALLS_SHORT) if weak else Cell(tr("no"), Status.MEETS)
    return GridRow(
        (
            Cell(name),
            Cell(tr("on") if found.value else tr("off")),
            weakening,
            Cell(lets if weak else tr("nothing; otherwise {lets}").format(lets=lets)),
        ),
        detail,
    )


def _why_none(host: HostFacts) -> str:
    selinux = host.selinux.value
    if selinux is not None and selinux.state in (SelinuxState.ABSENT, SelinuxState.DISABLED):
        return tr("SELinux is {state}: there is no policy with booleans.").format(
            state=selinux.state.value
        )
    if host.selinux_booleans is None:
        return tr(
            "The booleans of the policy were not read.\n\n"
            "Older snapshots do not have them: scan the host again, as root."
        )
    return tr("The loaded policy has none of the booleans that bear on workloads.")
