"""OCI bundles as containerd 1.6 and CRI-O 1.24 lay them out, and what holds their processes."""

import json
from collections.abc import Mapping

from isoscope.snapshot.bundle_places import CRIO_CONTAINERS, CRIO_RUNNING, TASKS
from tests.fakes.host import Link, Tree, a_container, a_monitor, a_process, own_namespaces

SHIM = 40
_DEFAULT = (
    "CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE "
    "SYS_CHROOT KILL AUDIT_WRITE"
)
_OWN = ("pid", "ipc", "uts", "mount", "network")


def a_configuration(
    cgroups_path: str,
    *,
    annotations: Mapping[str, str] | None = None,
    namespaces: Mapping[str, str] | None = None,
    capabilities: str = _DEFAULT,
    seccomp: bool = True,
    **process: object,
) -> dict[str, object]:
    """``config.json`` of a container with the usual settings."""
    kinds = namespaces if namespaces is not None else dict.fromkeys(_OWN, "")
    names = [f"CAP_{name}" for name in capabilities.split()]
    devices: list[dict[str, object]] = [
        {"allow": False, "access": "rwm"},
        {"allow": True, "type": "c", "major": 1, "minor": 3, "access": "rwm"},
        {"allow": True, "type": "c", "major": 136, "access": "rwm"},
    ]
    return {
        "ociVersion": "1.0.2-dev",
        "process": {
            "user": {"uid": 0, "gid": 0},
            "args": ["/bin/sleep", "hunter2"],
            "env": ["PATH=/bin", "DB_PASSWORD=hunter2"],
            "cwd": "/",
            "capabilities": {"bounding": names, "effective": names, "permitted": names},
            **process,
        },
        "root": {"path": "rootfs"},
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {
                "destination": "/data",
                "type": "bind",
                "source": "/srv/data",
                "options": ["rbind", "ro"],
            },
        ],
        "annotations": dict(annotations or {}),
        "linux": {
            "resources": {"devices": devices, "memory": {"limit": 67108864}},
            "cgroupsPath": cgroups_path,
            "namespaces": [
                {"type": kind} | ({"path": path} if path else {}) for kind, path in kinds.items()
            ],
            "maskedPaths": ["/proc/kcore"],
            **({"seccomp": {"defaultAction": "SCMP_ACT_ERRNO"}} if seccomp else {}),
        },
    }


def a_task(
    identifier: str,
    pid: int,
    configuration: Mapping[str, object],
    *,
    namespace: str = "default",
    state: str = "/run/containerd",
    runtime: str = "",
    shim: str = "/usr/bin/containerd-shim-runc-v2",
) -> Tree:
    """The directory of one task of containerd."""
    place = f"{state}/{TASKS}/{namespace}/{identifier}"
    return {
        f"{place}/config.json": json.dumps(configuration),
        f"{place}/init.pid": str(pid),
        f"{place}/runtime": runtime,
        f"{place}/shim-binary-path": shim,
        f"{place}/work": Link(f"/var/lib/containerd/{TASKS}/{namespace}/{identifier}"),
    }


def a_container_of_crio(
    identifier: str, pid: int | None, configuration: Mapping[str, object]
) -> Tree:
    """What CRI-O keeps of one container; no pid for one that does not run."""
    tree: Tree = {
        "/run/crio/version": '"1.24.6"',
        f"{CRIO_CONTAINERS}/{identifier}/userdata/config.json": json.dumps(configuration),
    }
    if pid is not None:
        tree[f"{CRIO_RUNNING}/{identifier}/userdata/pidfile"] = str(pid)
    return tree


def a_shim(pid: int = SHIM, *, at: str = "", uid: int = 0, name: str = "containerd-shim") -> Tree:
    """A shim of containerd; ``at`` is the directory that it works in."""
    tree = a_process(pid, name=name, uids=(uid, uid, uid, uid), cgroup="/system.slice/c.service")
    namespaces = own_namespaces(pid, of_host=("cgroup", "ipc", "mnt", "net", "pid", "time", "user"))
    links = {f"/proc/{pid}/ns/{kind}": Link(f"{kind}:[{n}]") for kind, n in namespaces.items()}
    return tree | links | ({f"/proc/{pid}/cwd": Link(at)} if at else {})


def held_by(tree: Tree, pid: int, holder: int = SHIM) -> Tree:
    """The same process, as the child of a shim."""
    status = str(tree[f"/proc/{pid}/status"])
    return tree | {f"/proc/{pid}/status": status.replace("PPid:\t2\n", f"PPid:\t{holder}\n")}


SENTRY, GOFER, CGROUP = 50, 51, "/default/web"
NOBODY = (65534, 65534, 65534, 65534)
RUNSC = "/usr/bin/runsc"


def called(tree: Tree, pid: int, part: str, program: str = RUNSC) -> Tree:
    """The same process as one that gVisor started as a part of it."""
    status = str(tree[f"/proc/{pid}/status"]).replace("Name:\tsleep", "Name:\texe")
    return tree | {
        f"/proc/{pid}/status": status,
        f"/proc/{pid}/exe": Link(program),
        f"/proc/{pid}/cmdline": f"{part}\0--root=/run\0boot\0",
    }


def a_sentry(part: str = "runsc-sandbox", program: str = RUNSC, *flags: str) -> Tree:
    """In a user namespace of its own, in the host's PID namespace, as gVisor 20221219 runs it."""
    tree = a_container(
        SENTRY,
        cgroup=CGROUP,
        uids=NOBODY,
        uid_map="65534 65534 1\n",
        capabilities=0x240000,
        host_namespaces=("pid", "cgroup"),
        interfaces=("lo",),
    )
    tree = called(held_by(tree, SENTRY), SENTRY, part, program)
    return tree | {f"/proc/{SENTRY}/cmdline": "\0".join([part, "--root=/run", *flags, "boot", ""])}


def a_gofer(*binds: str) -> Tree:
    """Root of the host, with the capabilities that opening anybody's files takes."""
    tree = a_container(GOFER, cgroup=CGROUP, capabilities=0x4001F, binds=binds)
    return called(held_by(tree, GOFER), GOFER, "runsc-gofer")


def a_gvisor(*binds: str, runtime: str = RUNSC) -> Tree:
    task = a_task("web", SENTRY, a_configuration(CGROUP), runtime=runtime)
    return task | a_shim() | a_sentry() | a_gofer(*binds)


def a_kata() -> Tree:
    """A pod of Kata's: its shim, and the VMM that it started."""
    shim = "/usr/bin/containerd-shim-kata-v2"
    configuration = a_configuration("/default/web")
    vmm = a_monitor(60, guest="sandbox-web")
    status = str(vmm["/proc/60/status"])
    lines = ["PPid:\t40" if line.startswith("PPid") else line for line in status.split("\n")]
    return (
        a_task("web", 60, configuration, shim=shim)
        | a_shim()
        | vmm
        | {"/proc/60/status": "\n".join(lines)}
    )
