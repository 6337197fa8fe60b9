"""All workloads that a host's managers describe, and the managers that a snapshot does not show."""

from __future__ import annotations

from isoscope.inventory.bundles.described import described_bundles
from isoscope.inventory.engines.connections import described_domains
from isoscope.inventory.engines.description import Described
from isoscope.inventory.engines.endpoints import described_engines
from isoscope.inventory.engines.holes import unvisited_places
from isoscope.inventory.host import Hole
from isoscope.inventory.instances.described import described_instances
from isoscope.inventory.system_containers import described_system_containers
from isoscope.inventory.xen import described_guests
from isoscope.snapshot.document import Snapshot

__all__ = ["Described", "described_workloads"]


def described_workloads(snapshot: Snapshot) -> tuple[tuple[Described, ...], tuple[Hole, ...]]:
    """Containers and virtual machines in their managers' words, and what may be missing.

    Never raises for what a snapshot holds. A workload that two ways lead to appears once. Places of
    which the host said that nothing is there leave no hole; places that refused, did not answer,
    denied or were not looked at do.
    """
    containers, engine_holes = described_engines(snapshot)
    domains, libvirt_holes = described_domains(snapshot)
    instances, instance_holes = described_instances(snapshot)
    guests, guest_holes = described_guests(snapshot)
    systems, system_holes = described_system_containers(snapshot)
    bundles, bundle_holes = described_bundles(snapshot)
    holes = (
        *engine_holes,
        *libvirt_holes,
        *guest_holes,
        *instance_holes,
        *system_holes,
        *bundle_holes,
    )
    # Podman and CRI-O keep their containers in one place.
    by_podman = {each.id.partition(":")[2] for each in containers if each.engine == "podman"}
    others = [each for each in bundles if each.id.partition(":")[2] not in by_podman]
    by_libvirt = {each.uuid for each in domains}
    by_xl = [each for each in guests if each.uuid not in by_libvirt]
    found = (*containers, *others, *domains, *by_xl, *instances, *systems)
    return found, (*holes, *unvisited_places(snapshot))
