"""Snapshots of managers' answers, as their daemons word them."""

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from isoscope.inventory.described import Described, described_workloads
from isoscope.snapshot.document import Collector, Snapshot
from isoscope.snapshot.manager_places import engine_places
from isoscope.snapshot.reading import Channel, Gap, Reading, Source

DOCKER = "unix:///run/docker.sock"
PODMAN = "unix:///run/podman/podman.sock"
LIBVIRT = "qemu:///system"
WEB, DATABASE, HELPER = "a1" * 32, "b2" * 32, "c3" * 32
BRIDGE, ISOLATED = "d4" * 32, "e5" * 32
KERNEL = "6.1.0-56-amd64"

INSPECTION: dict[str, Any] = {
    "Name": "/web",
    "State": {"Status": "running", "Running": True, "Pid": 4711},
    "AppArmorProfile": "docker-default",
    "ProcessLabel": "",
    "HostConfig": {
        "NetworkMode": "front",
        "CapAdd": None,
        "CapDrop": None,
        "IpcMode": "private",
        "PidMode": "",
        "Privileged": False,
        "ReadonlyRootfs": False,
        "SecurityOpt": None,
        "Runtime": "runc",
        "Memory": 0,
        "NanoCpus": 0,
        "CpuPeriod": 0,
        "CpuQuota": 0,
        "PidsLimit": None,
        "Devices": [],
        "DeviceCgroupRules": None,
        "UsernsMode": "",
        "UTSMode": "",
        "CgroupnsMode": "private",
        "CpusetCpus": "",
        "OomScoreAdj": 0,
        "LogConfig": {"Type": "json-file", "Config": {}},
    },
    "Mounts": [],
    "Config": {
        "Env": {"[cut]": 1},
        "User": "",
        "Image": "shop/web:3",
        "Labels": {"isoscope.tenant": "acme"},
    },
    "NetworkSettings": {"Networks": {"front": {"NetworkID": BRIDGE}}, "Ports": {}},
}
NETWORKS: list[dict[str, Any]] = [
    {"Name": "front", "Id": BRIDGE, "Driver": "bridge", "Options": {}},
    {
        "Name": "back",
        "Id": ISOLATED,
        "Driver": "bridge",
        "Options": {
            "com.docker.network.bridge.name": "br-back",
            "com.docker.network.bridge.enable_icc": "false",
        },
    },
    {"Name": "host", "Id": "f6" * 32, "Driver": "host", "Options": {}},
    {"Name": "none", "Id": "07" * 32, "Driver": "null", "Options": {}},
]
DOCKER_VERSION = {"Components": [{"Name": "Engine"}]}
PODMAN_VERSION = {
    "Components": [{"Name": "Podman Engine", "Details": {"APIVersion": "4.3.1"}}],
}


def inspection(**changes: object) -> dict[str, Any]:
    """A container's document; ``HostConfig__Memory=1`` changes a nested field."""
    document = deepcopy(INSPECTION)
    for path, value in changes.items():
        *parents, last = path.split("__")
        inner = document
        for parent in parents:
            inner = inner[parent]
        inner[last] = value
    return document


def reading(channel: Channel, target: str, request: str, content: object) -> Reading:
    """A reading of JSON, or of bytes as they are, or a gap."""
    source = Source(channel, target, request)
    if isinstance(content, Gap):
        return Reading(source, 1.0, "root", gap=content, detail="as the system words it")
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Reading(source, 1.0, "root", content=raw)


def engine(
    url: str = DOCKER,
    containers: Mapping[str, object] | None = None,
    *,
    version: object = None,
    networks: object = None,
    volumes: object = None,
    info: object = None,
    listing: object = None,
) -> list[Reading]:
    """What a Docker engine says; a container's document may be a gap."""
    found = containers or {}
    entries = [
        {"Id": each, "Names": ["/listed"], "State": "running", "Labels": {"from": "list"}}
        for each in found
    ]
    said = {
        "GET /version": version or DOCKER_VERSION,
        "GET /info": info
        or {
            "KernelVersion": KERNEL,
            "Name": "h1",
            "SecurityOptions": ["name=seccomp,profile=builtin"],
            "LiveRestoreEnabled": False,
        },
        "GET /containers/json?all=1": entries if listing is None else listing,
        "GET /networks": NETWORKS if networks is None else networks,
        "GET /volumes": {"Volumes": []} if volumes is None else volumes,
    } | {f"GET /containers/{each}/json": document for each, document in found.items()}
    return [reading(Channel.ENGINE, url, request, answer) for request, answer in said.items()]


def nothing_else() -> list[Reading]:
    """That nothing listens at any usual place, and the host's own name and kernel."""
    return [
        *(
            reading(Channel.DIRECTORY, path, "", Gap.ABSENT)
            for path in (
                "/run/user",
                "/run/systemd/machines",
                "/var/lib/lxc",
                "/run/containerd/io.containerd.runtime.v2.task",
            )
        ),
        reading(Channel.STATUS, "/run/crio", "", Gap.ABSENT),
        reading(Channel.FILE, "/proc/sys/kernel/osrelease", "", f"{KERNEL}\n".encode()),
        reading(Channel.FILE, "/proc/sys/kernel/hostname", "", b"h1\n"),
        *(
            reading(Channel.ENGINE, url, "GET /version", Gap.ABSENT)
            for url in (DOCKER, "unix:///var/run/docker.sock", PODMAN)
        ),
        *(
            reading(Channel.ENGINE, place.url, place.greeting, Gap.ABSENT)
            for place in engine_places("incus", ())
        ),
        *(
            reading(Channel.LIBVIRT, f"{driver}:///system", "virConnectOpen", Gap.ABSENT)
            for driver in ("qemu", "lxc", "xen", "ch")
        ),
    ]


def snapshot(*groups: Iterable[Reading]) -> Snapshot:
    """A snapshot of these readings; of one source the last counts."""
    return Snapshot.of(
        (each for group in (nothing_else(), *groups) for each in group),
        collector=Collector("0", 0, 0, "this machine"),
        started_at=1.0,
        finished_at=2.0,
    )


def only(taken: Snapshot) -> Described:
    """The one workload that a snapshot describes."""
    (found,) = described_workloads(taken)[0]
    return found
