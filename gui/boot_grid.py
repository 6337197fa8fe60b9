"""The boot chain as a grid: what the host says of it, and what a scan does not look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.evidence import observation_node
from gui.grid import Cell, Grid, GridRow
from gui.text import one_line
from isoscope.assessment.vocabulary import Status
from isoscope.texts import tr

if TYPE_CHECKING:
    from isoscope.inventory.host import HostFacts
    from isoscope.inventory.reach import Boot

_SECURE_BOOT = tr("Secure Boot")
_LOCKDOWN = tr("Kernel lockdown")
_MODULES = tr("Modules without a signature")
_TPM = tr("TPM")


def boot_grid(host: HostFacts) -> Grid:
    """What is known of the boot, from the firmware to the kernel, and what nobody looked at."""
    observation = host.reach.boot
    detail = (observation_node(observation, expanded=True),)
    boot = observation.value
    if boot is None:
        why = one_line(observation.doubt.explanation, 300)
        unknown = Cell(tr("unknown"), Status.UNPROVEN, why)
        names = (_SECURE_BOOT, _LOCKDOWN, _MODULES, _TPM)
        seen = [(Cell(name), unknown, Cell(why, tip=why)) for name in names]
    else:
        seen = _said(boot)
    unseen = Cell(tr("not looked at"), Status.UNPROVEN)
    log = Cell(tr("which code the firmware and the boot loaders loaded, in their own words"))
    pcrs = Cell(tr("whether the TPM holds the same measurements as that log"))
    rest = (
        (Cell(tr("TCG event log")), unseen, log),
        (Cell(tr("Values of the PCRs")), unseen, pcrs),
    )
    return Grid(
        tr("Boot chain"),
        tr(
            "From the firmware to the kernel, on the host's own word: what may start, and whether "
            "it is measured. Which code was loaded is in the event log and the PCRs, which a scan "
            "does not read."
        ),
        (tr("Part"), tr("State"), tr("What it means")),
        (*(GridRow(cells, detail) for cells in seen), *(GridRow(cells) for cells in rest)),
    )


def _said(boot: Boot) -> list[tuple[Cell, Cell, Cell]]:
    unknown = Cell(tr("not shown"), Status.UNPROVEN)
    signed = {True: Cell(tr("refused")), False: Cell(tr("taken")), None: unknown}
    return [
        (
            Cell(_SECURE_BOOT),
            Cell(tr("on") if boot.secure_boot else tr("off or not there")),
            Cell(tr("whether the firmware checks what it starts")),
        ),
        (
            Cell(_LOCKDOWN),
            Cell(one_line(boot.lockdown, 60)) if boot.lockdown else unknown,
            Cell(tr("whether root may change the kernel while it runs")),
        ),
        (
            Cell(_MODULES),
            signed[boot.modules_signed],
            Cell(tr("whether the kernel loads code that nobody signed")),
        ),
        (
            Cell(_TPM),
            Cell(tr("there") if boot.measured else tr("none that measures the boot")),
            Cell(tr("whether a TPM holds measurements of the boot")),
        ),
    ]
