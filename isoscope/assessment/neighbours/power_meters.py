"""Neighbours who may read how much energy the CPUs use, which tells what others compute there:
Documentation/power/powercap/powercap.rst; only root may since Linux 5.10."""

from __future__ import annotations

from isoscope.assessment.judgement import Judgement, holding, undecided, with_others
from isoscope.assessment.neighbours.relations import Group, Neighbours
from isoscope.inventory.observation import Doubt, Unknown
from isoscope.inventory.workload import ProcessFacts

_HIDING = ("/sys", "/sys/devices", "/sys/devices/virtual", "/sys/devices/virtual/powercap")
"""Directories on which another file system than sysfs hides the meters."""
_NOT_LOOKED = Unknown(Doubt.NOT_SAID, "nobody looked for power meters", "scan again")


def readers_of_power_meters(neighbours: Neighbours) -> list[Judgement]:
    """For each workload: whether another tenant's container may read the host's power meters."""
    meters = neighbours.inventory.host.power_meters
    able, maybe = Group(), Group()
    for index, workload in enumerate(neighbours.workloads):
        may = False if workload.own_kernel else _may_read(neighbours.process(index))
        if may is not False:
            neighbours.add(able if may else maybe, index)

    def judge(index: int) -> Judgement:
        if not neighbours.has_neighbours(index):
            return neighbours.alone("no other tenant runs here")
        if meters is None:
            return undecided(_NOT_LOOKED)
        if meters.value is None:
            return neighbours.unclear(meters)
        if not meters.value:
            return neighbours.alone("the kernel counts no CPU's energy here", meters)
        others = neighbours.strangers(able, index)
        if others:
            says = f"{neighbours.names(others)} may read the power meters of the CPUs"
            process = neighbours.process(others[0])
            found = holding(says, meters, process.mounts, process.host_user_ids)
            return with_others(found, neighbours.ids(others))
        possible = neighbours.possible_strangers(able, index)
        if possible:
            says = f"{neighbours.names(possible)} may read the power meters of the CPUs"
            return neighbours.unclear_tenant(says, possible, meters)
        hidden = neighbours.hidden(maybe, index)
        if hidden:
            process = neighbours.process(hidden[0])
            unread = (process.mounts, process.host_user_ids, process.capabilities_hold_on_host)
            return neighbours.unclear(next(each for each in unread if not each.known))
        return neighbours.alone("no other tenant may read the power meters", meters)

    return neighbours.for_each(judge)


def _may_read(process: ProcessFacts) -> bool | None:
    """Whether root of the host runs in it and nothing hides the meters from it."""
    users, counts = process.host_user_ids.value, process.capabilities_hold_on_host.value
    if counts is False or (users is not None and 0 not in users):
        return False
    if process.mounts.value is None:
        return None
    shown = {m.mount_point: m.file_system for m in process.mounts.value if m.mount_point in _HIDING}
    if "sysfs" not in shown.values() or any(kind != "sysfs" for kind in shown.values()):
        return False
    return True if users is not None and counts is not None else None
