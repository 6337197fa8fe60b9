"""What the kernel says of the ports by which workloads are on a bridge: bridge(8), "isolated"."""

from __future__ import annotations

from dataclasses import dataclass

from isoscope.inventory.machine.bridge_ports import BridgePorts
from isoscope.inventory.network import NetworkAttachment
from isoscope.inventory.observation import Observation


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of the host's bridges."""

    observation: Observation[BridgePorts] | None
    """None where nobody looked."""

    @property
    def seen(self) -> tuple[Observation[BridgePorts], ...]:
        """What shows them; empty where they are not known."""
        shown = self.observation
        return () if shown is None or shown.value is None else (shown,)

    def isolated(self, attachment: NetworkAttachment) -> bool | None:
        """Whether the port of a workload is isolated, and so reaches no other that is: its own
        where it is named, else that of every member; None where that is not known."""
        if not self.seen:
            return None
        ports = (self.seen[0].value or {}).get(attachment.network, {})
        if attachment.port:
            return ports.get(attachment.port)
        states = set(ports.values())
        return states.pop() if len(states) == 1 else None
