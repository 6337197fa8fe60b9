"""Captures of real hosts as trees for ``--root`` and as readings of their managers.

They are not part of this repository. They are found through the environment variable
ISOSCOPE_CAPTURES, or in ``../shared/captures`` beside the checkout; without them the tests that
need them are skipped.

What a capture holds in another shape than procfs is put back: namespaces into links, the list of
all processes into one directory each, listening sockets into ``/proc/net/unix``. Of threads it
holds only the rows that say how they are confined; their other rows are those of their process.
"""

import gzip
import json
import os
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from isoscope.snapshot.manager_places import DOMAIN, LIST_DOMAINS, NETWORK, OPEN
from isoscope.snapshot.reading import Channel, Reading, Source

_OF_PROCESS = (
    "status",
    "cgroup",
    "mountinfo",
    "uid_map",
    "gid_map",
    "limits",
    "cmdline",
    "oom_score_adj",
    "attr/current",
    "net/dev",
)
_STATUS_ROW = re.compile(r"[A-Za-z_]+:\t")
_THREAD_ROWS = ("CapEff", "NoNewPrivs", "Seccomp", "Cpus_allowed_list")
DOCKER = "unix:///run/docker.sock"
PODMAN = "unix:///run/podman/podman.sock"
LIBVIRT = "qemu:///system"


@dataclass(frozen=True)
class LabWorkload:
    """One line of ``workloads.tsv``, and the process that its ``pid`` file names."""

    name: str
    runtime: str
    tenant: str
    pid: int
    tags: frozenset[str]


def directory_of_captures() -> Path | None:
    """Where the captures are, if they are anywhere."""
    places = [os.environ.get("ISOSCOPE_CAPTURES"), Path(__file__).parents[2] / "shared/captures"]
    return next((Path(place) for place in places if place and Path(place).is_dir()), None)


def unpacked(name: str, into: Path) -> Path:
    """Unpacks a capture, or skips the test that asks for it."""
    captures = directory_of_captures()
    archive = captures / name / "capture.tar.xz" if captures else None
    if archive is None or not archive.is_file():
        pytest.skip(f"no capture {name}: set ISOSCOPE_CAPTURES to the directory that holds it")
    with tarfile.open(archive) as packed:
        packed.extractall(into, filter="data")
    return into / "cap"


def workloads_of(capture: Path) -> list[LabWorkload]:
    """The workloads that ran, by the directories of their first processes."""
    found: dict[str, LabWorkload] = {}
    for line in (capture / "workloads.tsv").read_text().splitlines()[1:]:
        name, runtime, tenant, _, tags = line.split("\t")
        # Rootless ones were written down twice under alice's name; the second run was bob's.
        if name in found:
            found[name.replace("alice", "bob")] = found.pop(name)
        pid = capture / "proc" / name / "pid"
        if pid.is_file():
            number = int(pid.read_text())
            found[name] = LabWorkload(name, runtime, tenant, number, frozenset(tags.split(",")))
    return [
        LabWorkload(name, w.runtime, w.tenant, _pid(capture, name), w.tags)
        for name, w in found.items()
    ]


def _pid(capture: Path, name: str) -> int:
    return int((capture / "proc" / name / "pid").read_text())


def make_tree(capture: Path, root: Path) -> Path:
    """Builds the tree of the captured host below ``root``."""
    for process in _all_processes(capture):
        process.write_below(root / "proc")
    for directory in sorted((capture / "proc").iterdir()):
        if directory.is_dir():
            pid = 1 if directory.name == "pid1" else _pid(capture, directory.name)
            _workload(directory, root / "proc" / str(pid))
    for name in ("mountinfo", "ns"):
        _copy(root / "proc/1" / name, root / "proc/self" / name)
    _copy(capture / "cgroup", root / "sys/fs/cgroup")
    for part in ("host/proc", "host/sys", "host/etc", "lsm/sys"):
        _copy(capture / part, root / part.partition("/")[2])
    release = (capture / "host/uname_-r.txt").read_text()
    _write(root / "proc/sys/kernel/osrelease", release)
    _write(root / "proc/sys/kernel/hostname", _docker_info(capture)["Name"] + "\n")
    _write(root / "proc/net/unix", _listening(capture))
    (root / "var").mkdir(exist_ok=True)
    (root / "var/run").symlink_to("/run")
    for domain in _domains(capture):
        pid_of_domain = (capture / "proc" / domain.stem / "pid").read_text()
        _write(root / "run/libvirt/qemu" / f"{domain.stem}.pid", pid_of_domain)
    return root


@dataclass(frozen=True)
class _ListedProcess:
    pid: int
    status: str
    rows: dict[str, str]
    namespaces: dict[str, str]

    def write_below(self, proc: Path) -> None:
        base = proc / str(self.pid)
        _write(base / "status", self.status)
        _write(base / "cgroup", self.rows.get("cgroup", "") + "\n")
        if "attr" in self.rows:
            _write(base / "attr/current", self.rows["attr"])
        _links(base, self.namespaces)


def _all_processes(capture: Path) -> Iterator[_ListedProcess]:
    text = gzip.decompress((capture / "proc/all-processes.txt.gz").read_bytes()).decode()
    for block in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]:
        heading, *lines = block.split("\n")
        status = [line for line in lines if _STATUS_ROW.match(line)]
        rows = dict(line.split(": ", 1) for line in lines if re.match(r"[a-z]+: ", line))
        links = next((line for line in lines if line.startswith("cgroup cgroup:")), "").split()
        yield _ListedProcess(
            int(heading.split()[0]),
            "\n".join(status) + "\n",
            rows,
            dict(zip(links[::2], links[1::2], strict=True)),
        )


def _workload(captured: Path, base: Path) -> None:
    for name in _OF_PROCESS:
        if (captured / name).is_file():
            base.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
            base.joinpath(name).write_bytes((captured / name).read_bytes())
    words = (captured / "ns").read_text().split()
    _links(base, dict(zip(words[::2], words[1::2], strict=True)))
    for line in (captured / "fd").read_text().splitlines():
        number, _, target = line.partition(" ")
        (base / "fd").mkdir(exist_ok=True)
        (base / "fd" / number).symlink_to(target)
    _threads((captured / "tasks").read_text(), base)


def _threads(tasks: str, base: Path) -> None:
    status = (base / "status").read_text()
    for line in tasks.splitlines():
        said = dict(word.split(":", 1) for word in line.split() if word.count(":") == 1)
        rows = [
            f"{key}:\t{said[key]}" if key in _THREAD_ROWS and key in said else f"{key}:{value}"
            for key, _, value in (row.partition(":") for row in status.splitlines())
        ]
        _write(base / "task" / line.split()[0] / "status", "\n".join(rows) + "\n")


def _links(base: Path, targets: dict[str, str]) -> None:
    (base / "ns").mkdir(parents=True, exist_ok=True)
    for name, target in targets.items():
        link = base / "ns" / name
        link.unlink(missing_ok=True)
        link.symlink_to(target)


def _listening(capture: Path) -> str:
    lines = ["Num       RefCount Protocol Flags    Type St Inode Path"]
    for line in (capture / "net/ss_-Hxlp.txt").read_text().splitlines():
        fields = line.split()
        lines.append(
            f"0000000000000000: 00000002 00000000 00010000 0001 01 {fields[5]} {fields[4]}"
        )
    return "\n".join(lines) + "\n"


def _copy(source: Path, target: Path) -> None:
    """Files and links below a directory, or one file; what was captured twice is written once."""
    if source.is_symlink():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.symlink_to(source.readlink())
    elif source.is_dir():
        for entry in source.iterdir():
            _copy(entry, target / entry.name)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def managers_readings(capture: Path) -> list[Reading]:
    """What Docker, Podman (root's and two users') and libvirt said."""
    docker, podman = capture / "docker", capture / "podman"
    version = json.loads((docker / "version.json").read_text())["Server"]
    containers = json.loads((docker / "inspect.json").read_text())
    documents: dict[tuple[str, str], object] = {
        (DOCKER, "GET /version"): version,
        (DOCKER, "GET /info"): _docker_info(capture),
        (DOCKER, "GET /networks"): json.loads((docker / "network.json").read_text()),
        (DOCKER, "GET /volumes"): {"Volumes": json.loads((docker / "volumes.json").read_text())},
        (DOCKER, "GET /containers/json?all=1"): [{"Id": c["Id"]} for c in containers],
    }
    documents |= {(DOCKER, f"GET /containers/{c['Id']}/json"): c for c in containers}
    documents |= _podman(PODMAN, podman, "root-")
    for user, uid in (("alice", 2001), ("bob", 2002)):
        url = f"unix:///run/user/{uid}/podman/podman.sock"
        documents |= _podman(url, podman / user, "podman-")
    readings = [
        _reading(Channel.ENGINE, url, request, json.dumps(document))
        for (url, request), document in documents.items()
    ]
    return readings + _libvirt(capture)


def _docker_info(capture: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads((capture / "docker/info.json").read_text())
    return found


def _podman(url: str, directory: Path, prefix: str) -> dict[tuple[str, str], object]:
    containers = json.loads((directory / f"{prefix}inspect.json").read_text())
    networks = json.loads((directory / f"{prefix}network.json").read_text())
    host = json.loads((directory / f"{prefix}info.json").read_text())["host"]
    found: dict[tuple[str, str], object] = {
        (url, "GET /version"): {"Components": [{"Name": "Podman Engine"}]},
        (url, "GET /info"): {"KernelVersion": host["kernel"], "Name": host["hostname"]},
        (url, "GET /v4.0.0/libpod/networks/json"): networks,
        (url, "GET /volumes"): {"Volumes": []},
        (url, "GET /containers/json?all=1"): [{"Id": c["Id"]} for c in containers],
    }
    return found | {(url, f"GET /v4.0.0/libpod/containers/{c['Id']}/json"): c for c in containers}


def _domains(capture: Path) -> list[Path]:
    found = sorted((capture / "libvirt").glob("v-*.xml"))
    return [path for path in found if not path.stem.endswith("-inactive")]


def _libvirt(capture: Path) -> list[Reading]:
    listed, readings = [], []
    for path in _domains(capture):
        document = path.read_text()
        found = re.search(r"<uuid>([-0-9a-f]+)</uuid>", document)
        assert found is not None
        running = re.search(rf"{path.stem} +running", (capture / "libvirt/list.txt").read_text())
        listed.append({"uuid": found[1], "name": path.stem, "id": 1, "state": 1 if running else 3})
        readings.append(_reading(Channel.LIBVIRT, LIBVIRT, f"{DOMAIN} {found[1]}", document))
    for path in sorted((capture / "libvirt").glob("net-*.xml")):
        document = path.read_text()
        readings.append(_reading(Channel.LIBVIRT, LIBVIRT, f"{NETWORK} {path.stem}", document))
    first = [
        _reading(Channel.LIBVIRT, LIBVIRT, OPEN, '{"read_only": false}'),
        _reading(Channel.LIBVIRT, LIBVIRT, LIST_DOMAINS, json.dumps(listed)),
    ]
    return first + readings


def _reading(channel: Channel, target: str, request: str, text: str) -> Reading:
    return Reading(Source(channel, target, request), 1.0, "root", content=text.encode())
