"""Which process is a described virtual machine's VMM."""

from __future__ import annotations

from isoscope.inventory.engines.description import Described
from isoscope.inventory.process_table import ProcessGroup, ProcessTable
from isoscope.inventory.qemu_command import describe_monitor
from isoscope.snapshot.document import Snapshot


class MachineProcesses:
    """Finds the VMMs of virtual machines in a process table."""

    def __init__(self, table: ProcessTable, snapshot: Snapshot) -> None:
        self.monitors = {group.pids[0]: group for group in table.monitors}
        self._by_uuid: dict[str, list[ProcessGroup]] = {}
        self._by_xen_domain: dict[str, list[ProcessGroup]] = {}
        """Those that emulate devices of a guest of Xen."""
        for pid, group in self.monitors.items():
            command = describe_monitor(snapshot, pid, "")
            if command.xen_domain:
                self._by_xen_domain.setdefault(command.xen_domain, []).append(group)
            elif command.uuid:
                self._by_uuid.setdefault(command.uuid, []).append(group)

    def group_of(self, description: Described) -> ProcessGroup | None:
        """The VMM: the process that its manager names, or else the only one whose command line has
        its UUID, or its number of Xen's. A command line is what its process makes it, so two that
        have it settle nothing.
        """
        if description.pid in self.monitors:
            return self.monitors[description.pid]
        if description.pid is not None:
            return None
        found = (
            self._by_xen_domain.get(description.xen_domain, [])
            if description.xen_domain
            else self._by_uuid.get(description.uuid, [])
        )
        return found[0] if len(found) == 1 else None
