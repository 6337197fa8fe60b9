"""The inventory: everything that a snapshot says, as facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from isoscope.inventory.disagreement import Disagreement
from isoscope.inventory.file_types import FileType
from isoscope.inventory.host import Hole, HostFacts
from isoscope.inventory.observation import Observation, unknown
from isoscope.inventory.service_sockets import ServiceSocket
from isoscope.inventory.workload import Mount, Workload
from isoscope.snapshot.document import Collector, ProbeOutcome
from isoscope.snapshot.reading import Gap

_NOT_LISTED: Observation[frozenset[str]] = unknown(
    "host", "proc-files", Gap.NOT_READ, "/proc was not listed", "run Isoscope on the host itself"
)


_SOCKETS_NOT_LISTED: Observation[Any] = unknown(
    "host",
    "unix-sockets",
    Gap.NOT_READ,
    "/proc/net/unix was not read",
    "run Isoscope on the host itself",
)


@dataclass(frozen=True, slots=True)
class Inventory:
    """What runs on a host and what the host is, drawn from one snapshot.

    Workload ids are unique; workloads are sorted by id.
    """

    host: HostFacts
    workloads: tuple[Workload, ...]
    """Those that run."""
    stopped: tuple[Workload, ...]
    """Those that a manager knows but that have no processes: shown, not assessed."""
    host_mounts: Observation[tuple[Mount, ...]]
    """The host's own mounts, by which a workload's mounts are traced to paths of the host."""
    control_sockets: Observation[tuple[str, ...]]
    """Paths of unix sockets through which a container engine or VM manager takes orders."""
    holes: tuple[Hole, ...]
    """Where further workloads may hide: never empty talk, each widens verdicts."""
    collector: Collector
    observed_at: float
    """Seconds since the epoch (UTC) when the collection began."""
    probes: tuple[ProbeOutcome, ...]
    proc_files: Observation[frozenset[str]] = _NOT_LISTED
    """Names of what is in the host's /proc beside its processes."""
    service_sockets: Observation[tuple[ServiceSocket, ...]] = _SOCKETS_NOT_LISTED
    """Further sockets with a path, of services of the host."""
    abstract_sockets: Observation[tuple[str, ...]] = _SOCKETS_NOT_LISTED
    """Names of those that need no path and are open to the host's network namespace."""
    file_types: Mapping[str, Observation[FileType]] = field(default_factory=dict)
    """Of the files of the host whose status was read, by path."""
    disagreements: tuple[Disagreement, ...] = ()
    """Those of no single workload."""
