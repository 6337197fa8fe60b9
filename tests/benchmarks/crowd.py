"""A synthetic host of many workloads that share what real ones share, and its assessment, measured.

    python -m tests.benchmarks.crowd WORKLOADS TENANTS

prints one JSON object: the CPU seconds of judging and concluding, the peak of memory before and
after in bytes, and how many verdicts there were. It is a process of its own, so that its memory is
its own.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from isoscope.assessment.assess import assess
from isoscope.assessment.profile import Profile
from isoscope.assessment.viewpoint import OPERATOR
from isoscope.assessment.vocabulary import Direction, Property
from isoscope.inventory.host import HostFacts
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.links import Links, Shaping
from isoscope.inventory.machine.packet_filter import parse_ruleset
from isoscope.inventory.network import Apart, NetworkAttachment, PublishedPort
from isoscope.inventory.workload import (
    Capabilities,
    IdMapping,
    Limit,
    Mount,
    NamespaceKind,
    SeccompMode,
    Volume,
    Workload,
)
from tests.fakes.network import dockers_rules
from tests.fakes.workloads import (
    ALL,
    a_container,
    a_forwarding,
    a_host,
    a_machine,
    a_mount,
    an_inventory,
    own_mounts,
    seen,
)

_NOTHING_REQUIRED = Profile("p", "P", "", {})
GIB = float(1 << 30)


def a_crowd(count: int, tenants: int) -> Inventory:
    """Workloads of so many tenants. Of every hundred: two share a volume with the next tenant, one
    joins another's network namespace, one is privileged, five are VMs on a shared base image, ten
    have a range of user ids with one other, a third have limits, half of these by a cgroup that
    others are in; each is on its tenant's network, and a tenth also on one that all share. The
    containers are of 40 images, whose layers are one another's by tens, on a host whose 64 cores
    have two threads, and each is kept to 8 of them. The host forwards between the networks, and has
    the rules of Docker's that keep them apart, but for the last one's; a seventh of the containers
    publishes a port, a thirtieth has no seccomp filter, and what a half sends is bounded."""
    cores = {cpu: frozenset({cpu % _CORES, cpu % _CORES + _CORES}) for cpu in range(2 * _CORES)}
    workloads = [_one(number, count, tenants) for number in range(count)]
    host = a_host(smt_active=True, cores=cores, online_cpus=frozenset(cores))
    return an_inventory(*workloads, host=_networked(host, workloads, tenants))


def _networked(host: HostFacts, workloads: Sequence[Workload], tenants: int) -> HostFacts:
    """The host with its bridges, rules and devices."""
    names = [f"id-net-tenant-{tenant}" for tenant in range(tenants)]
    rules = parse_ruleset(json.dumps(dockers_rules("id-common", *names[:-1])))
    pids = [each.process.pids[0] for each in workloads if each.process is not None]
    devices = {pid: (f"veth{pid}",) for pid in pids}
    shaping = {f"veth{pid}": Shaping(bool(pid % 2), bool(pid % 2)) for pid in pids}
    return replace(
        host,
        forwarding=a_forwarding("id-common", *names, rules=rules),
        links=seen("links", Links(devices, shaping)),
        network_ids=seen("ids", {pid: pid for pid in pids}),
    )


_CORES = 64


def _root(image: int, device: str) -> Mount:
    """An overlay of twelve layers, eight of which all images have that begin alike."""
    layers = [f"/l/{image // 10}-{n}" for n in range(8)] + [f"/l/own-{image}-{n}" for n in range(4)]
    root = a_mount("/", "/", device=device, kind="overlay", source="overlay")
    return replace(root, super_options=frozenset({"rw", f"lowerdir={':'.join(layers)}"}))


def _one(number: int, count: int, tenants: int) -> Workload:
    tenant = f"tenant-{number % tenants}"
    networks = [f"net-{tenant}"] + (["common"] if number % 10 == 3 else [])
    attachments = tuple(
        NetworkAttachment(f"id-{n}", n, "bridge", Apart.NOTHING, False) for n in networks
    )
    if number % 20 == 7:
        base = Volume("backing", "/srv/images/base.img", "vda", writable=False)
        own = Volume("disk", f"/srv/images/{number}.img", "vda", writable=True)
        of_guest = {"networks": attachments, "disks": (own, base)}
        return a_machine(f"vm-{number:05}", tenant=tenant, says=of_guest)
    facts: dict[str, Any] = {}
    further = [a_mount(f"/srv/{tenant}", "/data")]
    if number % 50 == 11:
        further.append(a_mount(f"/srv/common-{number % 100}", "/common"))
    root, *rest = own_mounts(number + 2 * count, *further)
    facts["mounts"] = (_root(number % 40, root.device), *rest)
    first = 8 * (number % 8)
    cpus = (*range(first, first + 8), *range(first + _CORES, first + _CORES + 8))
    facts["allowed_cpus"] = frozenset(cpus)
    facts["core_cookies"] = frozenset({0})
    if number % 100 == 23:
        facts |= {"capabilities": Capabilities(ALL, ALL, 40)}
    if number % 100 == 31:
        facts["namespaces"] = {NamespaceKind.NETWORK: 4026540000 + number % 7}
    if number % 10 == 5:
        facts |= {
            "user_id_map": (IdMapping(0, 100_000 + 65_536 * (number // 20), 65_536),),
            "capabilities_hold_on_host": False,
            "host_user_ids": frozenset({100_000 + 65_536 * (number // 20)}),
            "in_host_namespace": {NamespaceKind.USER: False},
        }
    if number % 3 == 0:
        set_at = f"/parent-{number % 200}" if number % 2 else f"/of/{number}"
        limits = (("memory", GIB), ("processes", 100.0), ("cpu", 0.5))
        facts |= {name: Limit(amount, set_at) for name, amount in limits}
    if number % 30 == 17:
        facts["seccomp"] = SeccompMode.DISABLED
    facts |= {"memory_nodes": frozenset({number % 2}), "network_interfaces": ("lo", "eth0")}
    ports = (PublishedPort("", f"{number}", "80/tcp"),) if number % 7 == 2 else ()
    says: dict[str, object] = {
        "network_mode": networks[0],
        "networks": attachments,
        "published": ports,
    }
    return a_container(f"c{number:05}", tenant=tenant, says=says, **facts)


def main() -> None:
    """Measures one crowd."""
    count, tenants = (int(argument) for argument in sys.argv[1:])
    crowd = a_crowd(count, tenants)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    found = assess(crowd, profile=_NOTHING_REQUIRED, viewpoint=OPERATOR)
    seconds = time.process_time() - started
    verdicts = [len(each.verdicts) for each in found.workloads.values()]
    verdicts += [len(each.verdicts) for each in found.tenants]
    nine = len(Direction) * len(Property)
    print(
        json.dumps(
            {
                "seconds": seconds,
                "bytes_before": 1024 * before,
                "bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
                "workloads": len(found.workloads),
                "tenants": len(found.tenants),
                "all_nine": set(verdicts) == {nine},
            }
        )
    )


if __name__ == "__main__":
    main()
