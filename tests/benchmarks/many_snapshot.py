"""A snapshot of a host with many workloads, as Isoscope's probes would keep it.

    python -m tests.benchmarks.many_snapshot WORKLOADS FILE [--tenants 100]

writes it to FILE, compressed where that ends in ``.gz``. The host is made of files, the kernel's
and the host's probes look at it, and a Docker engine and libvirt answer; `tests.benchmarks.crowd`
has the same sharing as facts.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any
from uuid import UUID

from isoscope.snapshot.codec import dump
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.manager_places import DOMAIN, LIST_DOMAINS, OPEN
from isoscope.snapshot.reading import Channel, Reading, Source
from tests.fakes.docker import an_engine, described
from tests.fakes.host import (
    ALL_CAPABILITIES,
    HOST_ANSWERS,
    FakeHost,
    Tree,
    a_bind,
    a_container,
    a_host,
    a_monitor,
    mountinfo_of_container,
    snapshot_of,
)

LIBVIRT = "qemu:///system"
FIRST_PID = 2_000
COMMON = "common"


def many(count: int, tenants: int = 100) -> Snapshot:
    """What root reads of a host with so many workloads. Of every hundred: five are VMs on a shared
    base image, ten are also on a network that all tenants share, two mount a directory with the
    next tenant, one joins another's network namespace, one is privileged, ten have user ids of
    their own, a third have limits; each container mounts its tenant's directory. They are of 40
    images."""
    numbers = range(count)
    host = FakeHost(
        a_host() | {"/sys/kernel/mm/ksm/run": "1\n"},
        *(_files(number, tenants) for number in numbers),
        answers=HOST_ANSWERS,
    )
    return snapshot_of(host, *_docker(numbers, tenants), *_libvirt(numbers, tenants))


def _is_machine(number: int) -> bool:
    return number % 20 == 7


def _is_privileged(number: int) -> bool:
    return number % 100 == 23


def _directories(number: int, tenants: int) -> dict[str, str]:
    """Directories of the host that a container is given, by where it has them."""
    common = {"/common": f"/srv/common-{number % 100}"} if number % 50 == 11 else {}
    return {"/data": f"/srv/{_tenant(number, tenants)}", **common}


def _pid(number: int) -> int:
    return FIRST_PID + number


def _tenant(number: int, tenants: int) -> str:
    return f"tenant-{number % tenants}"


def _uuid(number: int) -> str:
    return str(UUID(int=number + 1))


def _files(number: int, tenants: int) -> Tree:
    pid = _pid(number)
    if _is_machine(number):
        label = f"libvirt-{_uuid(number)} (enforce)"
        return a_monitor(pid, uuid=_uuid(number), guest=f"vm-{number:05}", label=label)
    facts: dict[str, Any] = {}
    if _is_privileged(number):
        facts |= {"capabilities": ALL_CAPABILITIES, "seccomp": 0, "label": "unconfined"}
    if number % 100 == 31:
        facts["namespaces"] = {"net": 4026900000 + number % 7}
    if number % 10 == 5:
        begin = 100_000 + 65_536 * (number // 10)
        facts |= {"uid_map": f"0 {begin} 65536\n", "uids": (begin,) * 4}
    if number % 3 == 0:
        facts |= {"memory": 1 << 30, "processes": 100, "cpu": 0.5}
    tree = a_container(pid, **facts)
    # Every container has file systems of its own, of one of 40 images.
    binds = [a_bind(source, at) for at, source in _directories(number, tenants).items()]
    mounts = mountinfo_of_container(*binds, number=number + 1)
    mounts = mounts.replace("/b/l,", f"/image-{number % 40}/l,").replace("/b/", f"/{number}/")
    return tree | {f"/proc/{pid}/mountinfo": mounts}


def _network(name: str) -> dict[str, object]:
    identifier = name.encode().hex().ljust(64, "0")
    return {"Name": name, "Id": identifier, "Driver": "bridge", "Options": {}}


def _docker(numbers: range, tenants: int) -> list[Reading]:
    names = [COMMON, *dict.fromkeys(f"net-{_tenant(number, tenants)}" for number in numbers)]
    networks = {name: _network(name) for name in names}

    def one(number: int) -> dict[str, object]:
        tenant = _tenant(number, tenants)
        attached = [f"net-{tenant}", *([COMMON] if number % 10 == 3 else [])]
        document = described(
            _pid(number),
            name=f"c{number:05}",
            labels={"isoscope.tenant": tenant},
            networks={name: str(networks[name]["Id"]) for name in attached},
            mounts=[
                {"Type": "bind", "Source": source, "Destination": at, "Mode": "", "RW": True}
                for at, source in _directories(number, tenants).items()
            ],
            NetworkMode=attached[0],
            Privileged=_is_privileged(number),
        )
        return document | ({"AppArmorProfile": "unconfined"} if _is_privileged(number) else {})

    containers = [one(number) for number in numbers if not _is_machine(number)]
    return an_engine(*containers, networks=networks.values())


def _libvirt(numbers: range, tenants: int) -> list[Reading]:
    """Guests whose images all lie on one base image."""
    machines = [number for number in numbers if _is_machine(number)]
    listed = [
        {"uuid": _uuid(number), "name": f"vm-{number:05}", "id": place, "state": 1}
        for place, number in enumerate(machines, start=1)
    ]
    said = {OPEN: '{"read_only": false}', LIST_DOMAINS: json.dumps(listed)}
    for place, number in enumerate(machines, start=1):
        said[f"{DOMAIN} {_uuid(number)}"] = (
            f"<domain type='kvm' id='{place}'><name>vm-{number:05}</name>"
            f"<uuid>{_uuid(number)}</uuid><memory unit='KiB'>524288</memory><vcpu>1</vcpu>"
            "<metadata><isoscope:tenant xmlns:isoscope='https://isoscope.dev/libvirt'>"
            f"{_tenant(number, tenants)}</isoscope:tenant></metadata>"
            "<devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/>"
            f"<source file='/srv/images/{number}.qcow2'/><target dev='vda'/>"
            "<backingStore type='file'><format type='raw'/><source file='/srv/images/base.img'/>"
            "</backingStore></disk></devices></domain>"
        )
    return [
        Reading(Source(Channel.LIBVIRT, LIBVIRT, request), 1.0, "root", content=text.encode())
        for request, text in said.items()
    ]


def main() -> None:
    """Writes one."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("workloads", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--tenants", type=int, default=100)
    given = parser.parse_args()
    taken = many(given.workloads, given.tenants)
    given.file.write_bytes(dump(taken, compressed=given.file.suffix == ".gz"))


if __name__ == "__main__":
    main()
