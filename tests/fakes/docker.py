"""What a Docker engine answers of containers that `tests.fakes.host.a_container` made."""

import json
from collections.abc import Iterable, Mapping

from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from tests.fakes.host import container_id

URL = "unix:///run/docker.sock"
BRIDGE = {
    "Name": "bridge",
    "Id": "b" * 64,
    "Driver": "bridge",
    "Options": {
        "com.docker.network.bridge.name": "docker0",
        "com.docker.network.bridge.enable_icc": "true",
    },
}
NONE = {"Name": "none", "Id": "e" * 64, "Driver": "null", "Options": {}}
HOST = {"Name": "host", "Id": "d" * 64, "Driver": "host", "Options": {}}


def described(
    pid: int,
    *,
    name: str = "",
    running: bool = True,
    labels: Mapping[str, str] | None = None,
    mounts: Iterable[Mapping[str, object]] = (),
    networks: Mapping[str, str] | None = None,
    ports: object = None,
    fields: Mapping[str, object] | None = None,
    **host_config: object,
) -> dict[str, object]:
    """``GET /containers/ID/json`` of a container with Docker's defaults.

    ``host_config`` and ``fields`` replace fields of ``HostConfig``; ``networks`` are ids of
    networks by name, and ``ports`` those of the host that lead into it.
    """
    attached = {"bridge": "b" * 64} if networks is None else networks
    return {
        "Id": container_id(pid),
        "Name": f"/{name or f'c{pid}'}",
        "State": {
            "Status": "running" if running else "exited",
            "Running": running,
            "Pid": pid if running else 0,
        },
        "Image": "sha256:" + "0" * 64,
        "AppArmorProfile": "docker-default",
        "ProcessLabel": "",
        "Mounts": list(mounts),
        "Config": {
            "Image": "busybox",
            "Env": {"[cut]": 1},
            "User": "",
            "Labels": dict(labels or {}),
        },
        "NetworkSettings": {
            "Networks": {name: {"NetworkID": found} for name, found in attached.items()},
            "Ports": ports,
        },
        "HostConfig": {
            "Privileged": False,
            "NetworkMode": "default",
            "PidMode": "",
            "IpcMode": "private",
            "SecurityOpt": None,
            "CapAdd": None,
            "CapDrop": None,
            "ReadonlyRootfs": False,
            "Memory": 0,
            "NanoCpus": 0,
            "CpuQuota": 0,
            "CpuPeriod": 0,
            "PidsLimit": None,
            "Runtime": "runc",
            "Devices": [],
            "DeviceCgroupRules": None,
            "UsernsMode": "",
            "UTSMode": "",
            "CgroupnsMode": "private",
            "CpusetCpus": "",
            "OomScoreAdj": 0,
            "LogConfig": {"Type": "json-file", "Config": {}},
        }
        | host_config
        | dict(fields or {}),
    }


def an_engine(
    *containers: dict[str, object],
    networks: Iterable[Mapping[str, object]] = (BRIDGE, NONE, HOST),
    volumes: Iterable[Mapping[str, object]] = (),
    url: str = URL,
    ended_meanwhile: Iterable[int] = (),
) -> list[Reading]:
    """All that the probe reads of an engine with these containers.

    ``ended_meanwhile`` are pids of containers that are in its list but gone when asked about.
    """
    gone = [container_id(pid) for pid in ended_meanwhile]
    entries = [
        {
            "Id": c["Id"],
            "Names": [c["Name"]],
            "State": "running",
            "Labels": dict(c["Config"]["Labels"]),  # type: ignore[index]
            "Image": "busybox",
        }
        for c in containers
    ]
    entries += [{"Id": i, "Names": ["/gone"], "State": "running", "Labels": {}} for i in gone]
    documents = {
        "GET /version": {
            "Version": "29.4.1",
            "Components": [
                {"Name": "Engine", "Version": "29.4.1"},
                {"Name": "containerd", "Version": "v2.2.1"},
                {"Name": "runc", "Version": "1.3.4"},
            ],
        },
        "GET /info": {
            "KernelVersion": "6.1.0-40-amd64",
            "Name": "h1",
            "SecurityOptions": ["name=apparmor", "name=seccomp,profile=builtin"],
            "LiveRestoreEnabled": False,
        },
        "GET /containers/json?all=1": entries,
        "GET /networks": list(networks),
        "GET /volumes": {"Volumes": list(volumes)},
    }
    documents |= {f"GET /containers/{c['Id']}/json": c for c in containers}
    readings = [
        Reading(
            Source(Channel.ENGINE, url, request), 1.0, "root", content=json.dumps(document).encode()
        )
        for request, document in documents.items()
    ]
    return readings + [
        Reading(
            Source(Channel.ENGINE, url, f"GET /containers/{identifier}/json"),
            1.0,
            "root",
            gap=Gap.GONE,
            detail="404 Not Found",
        )
        for identifier in gone
    ]


def no_answer(gap: Gap, url: str = URL) -> Reading:
    """An engine that does not answer."""
    return Reading(Source(Channel.ENGINE, url, "GET /version"), 1.0, "root", gap=gap, detail="…")
