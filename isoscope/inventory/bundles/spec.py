"""What the configuration of an OCI bundle, ``config.json``, says of a container.

Source: the OCI runtime specification, Configuration and Linux Container Configuration. Whatever it
says is the word of the engine that wrote it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from isoscope.inventory.capability_names import NAMES
from isoscope.inventory.declared import DeclaredDetails, KeptLog
from isoscope.inventory.engines.description import JsonDescription
from isoscope.inventory.engines.details import secret_names
from isoscope.inventory.engines.seccomp_profile import filter_in_bundle
from isoscope.inventory.json_fields import (
    NotSaidError,
    get_bool,
    get_field,
    get_int,
    get_list,
    get_object,
    get_str,
    get_text_map,
    get_texts,
)
from isoscope.inventory.network import NetworkAttachment
from isoscope.inventory.observation import Observation
from isoscope.inventory.workload import (
    DeclaredContainer,
    Limit,
    Volume,
)

T = TypeVar("T")

_DEFAULT_PERIOD = 100_000
"""Microseconds of ``cpu.period`` where it is not set: the kernel's default, cgroups(7)."""
_ALWAYS = frozenset(
    [*(f"1:{minor}" for minor in (3, 5, 7, 8, 9)), "5:0", "5:1", "5:2", "136:*", "10:200"]
)
"""Numbers of the character devices that every container gets: OCI runtime specification, Default
devices; 10:200 is ``/dev/net/tun``, which runc let in until 1.2."""


def annotations_of(document: JsonDescription) -> dict[str, str]:
    """Its annotations; none where it has none."""
    return document.value(lambda d: get_text_map(d, "annotations"), {})


def cgroups_path_of(document: JsonDescription) -> str:
    """``linux.cgroupsPath``; empty where the runtime chooses."""
    return document.value(lambda d: get_str(d, "linux", "cgroupsPath"), "")


def declared_by_bundle(
    document: JsonDescription, runtime: Observation[str], image: Observation[str]
) -> DeclaredContainer:
    """What a configuration asks for.

    Args:
        document: the configuration.
        runtime: the program that was told to carry it out.
        image: the image by name, which no configuration says itself.
    """
    look = _Look(document)
    return DeclaredContainer(
        privileged=look.at("privileged", _privileged, "process", "capabilities", "bounding"),
        network_mode=look.namespace("network-mode", "network"),
        pid_mode=look.namespace("pid-mode", "pid"),
        ipc_mode=look.namespace("ipc-mode", "ipc"),
        security_options=look.at("security-options", _security_options, "linux", "seccomp"),
        capabilities_added=look.at("capabilities-added", _bounding, "process", "capabilities"),
        capabilities_dropped=look.at("capabilities-dropped", _all, "process", "capabilities"),
        read_only_root=look.at("read-only-root", _read_only, "root"),
        networks=look.at("networks", _networks, "linux", "namespaces"),
        volumes=look.at("volumes", _volumes, "mounts"),
        memory=look.limit("declared-memory-limit", "memory", "limit"),
        processes=look.limit("declared-process-limit", "pids", "limit"),
        cpu=look.at("declared-cpu-limit", _cpu, "linux", "resources", "cpu"),
        runtime=runtime,
        devices=look.at("devices", _devices, "linux", "resources", "devices"),
        details=_details(document, look, image),
    )


class _Look:
    """Looks into one configuration."""

    def __init__(self, document: JsonDescription) -> None:
        self._document = document

    def at(self, key: str, read: Callable[[object], T], *path: str) -> Observation[T]:
        """What ``read`` makes of it, quoting the field at a path."""
        return self._document.observe(key, read, *path)

    def text(self, key: str, *path: str) -> Observation[str]:
        """A text that is empty where it is left out."""
        return self.at(key, lambda d: _text(d, *path), *path)

    def namespace(self, key: str, kind: str) -> Observation[str]:
        """``private``, ``host``, or ``ns:PATH`` for one that exists already."""
        return self.at(key, lambda d: _mode(d, kind), "linux", "namespaces")

    def limit(self, key: str, *path: str) -> Observation[Limit]:
        """A limit below ``linux.resources``, of which 0, -1 and nothing mean that there is none."""

        def read(document: object) -> Limit:
            amount = _number(document, "linux", "resources", *path)
            return Limit(float(amount), ".".join(path)) if amount > 0 else Limit(None)

        return self.at(key, read, "linux", "resources", *path)


def _details(document: JsonDescription, look: _Look, image: Observation[str]) -> DeclaredDetails:
    return DeclaredDetails(
        user_namespace_mode=look.namespace("user-namespace-mode", "user"),
        uts_mode=look.namespace("uts-mode", "uts"),
        cgroup_namespace_mode=look.namespace("cgroup-namespace-mode", "cgroup"),
        apparmor_profile=look.text("apparmor-profile", "process", "apparmorProfile"),
        process_label=look.text("process-label", "process", "selinuxLabel"),
        cpus=look.text("declared-cpus", "linux", "resources", "cpu", "cpus"),
        oom_score=look.at(
            "declared-oom-score",
            lambda d: get_int(d, "process", "oomScoreAdj"),
            "process",
            "oomScoreAdj",
        ),
        user=look.at(
            "declared-user", lambda d: str(_number(d, "process", "user", "uid")), "process"
        ),
        image=image,
        environment=look.at(
            "secret-names",
            lambda d: secret_names(_or_none(d, "process", "env")),
            "process",
            "env",
        ),
        log=document.observe("log", _log, "annotations"),
        given_filter=look.at("given-filter", filter_in_bundle, "linux", "seccomp", "defaultAction"),
        # containerd's shims and CRI-O's conmon hold their containers, not the daemon.
        survives_engine=document.observe("survives-engine", lambda _: True, "ociVersion"),
    )


def _log(document: object) -> KeptLog:
    get_object(document, "process")
    raise NotSaidError("where its output is kept is not there: the kubelet, or its client, decides")


def _or_none(document: object, *path: str) -> object:
    try:
        return get_field(document, *path)
    except NotSaidError:
        return None


def _text(document: object, *path: str) -> str:
    return "" if _or_none(document, *path) is None else get_str(document, *path)


def _number(document: object, *path: str) -> int:
    return 0 if _or_none(document, *path) is None else get_int(document, *path)


def _objects(document: object, *path: str) -> list[object]:
    return [] if _or_none(document, *path) is None else get_list(document, *path)


def _user(document: object) -> str:
    return str(_number(document, "process", "user", "uid"))


def _namespaces(document: object) -> Mapping[str, str]:
    """The path of each kind of namespace that it gets; empty for a new one."""
    found = get_list(document, "linux", "namespaces")
    return {get_str(each, "type"): _text(each, "path") for each in found}


def _mode(document: object, kind: str) -> str:
    found = _namespaces(document)
    if kind not in found:
        return "host"
    return f"ns:{found[kind]}" if found[kind] else "private"


def _bounding(document: object) -> tuple[str, ...]:
    if _or_none(document, "process", "capabilities") is None:
        return ()
    return get_texts(document, "process", "capabilities", "bounding")


def _all(document: object) -> tuple[str, ...]:
    """It lists all capabilities that are left: beyond them it gives none."""
    get_object(document, "process")
    return ("ALL",)


def _privileged(document: object) -> bool:
    """The specification knows no such word: it is what engines make of it."""
    asked = set(_bounding(document))
    every = all(f"CAP_{name}" in asked for name in NAMES[:_OF_ANY_KERNEL])
    masked = _objects(document, "linux", "maskedPaths")
    return every and _or_none(document, "linux", "seccomp") is None and not masked


_OF_ANY_KERNEL = 38
"""Capabilities of ``capabilities(7)`` that every kernel has that is still maintained: those up to
CAP_AUDIT_READ."""


def _security_options(document: object) -> tuple[str, ...]:
    """In Docker's words."""
    found = []
    if _or_none(document, "linux", "seccomp") is None:
        found.append("seccomp=unconfined")
    if _or_none(document, "process", "noNewPrivileges") is True:
        found.append("no-new-privileges")
    return tuple(found)


def _read_only(document: object) -> bool:
    said = _or_none(document, "root", "readonly")
    return False if said is None else get_bool(document, "root", "readonly")


def _networks(document: object) -> tuple[NetworkAttachment, ...]:
    """None where the runtime makes a new namespace, in which is nothing but ``lo``. What CNI puts
    into one that it made before, only CNI says."""
    mode = _mode(document, "network")
    if mode in ("private", "host"):
        return ()
    raise NotSaidError("its network was made before it, by what containerd or CRI-O calls")


def _volumes(document: object) -> tuple[Volume, ...]:
    made = []
    for mount in get_list(document, "mounts"):
        options = get_texts(mount, "options") if _or_none(mount, "options") is not None else ()
        if _text(mount, "type") == "bind" or {"bind", "rbind"} & set(options):
            writable = "ro" not in options
            destination = get_str(mount, "destination")
            made.append(Volume("bind", _text(mount, "source"), destination, writable))
    return tuple(made)


def _cpu(document: object) -> Limit:
    quota = _number(document, "linux", "resources", "cpu", "quota")
    period = _number(document, "linux", "resources", "cpu", "period")
    if quota <= 0:
        return Limit(None)
    return Limit(quota / (period if period > 0 else _DEFAULT_PERIOD), "cpu.quota")


def _devices(document: object) -> tuple[str, ...]:
    """Rules of the device controller beyond those that every container gets, worded as in
    ``devices.list``. Later rules may take away again; nobody is given the benefit of that."""
    found = []
    for rule in _objects(document, "linux", "resources", "devices"):
        access = _text(rule, "access") or "rwm"
        if not get_bool(rule, "allow") or access == "m":
            continue
        kind = _text(rule, "type") or "a"
        numbers = ":".join(_device_number(rule, part) for part in ("major", "minor"))
        if kind != "c" or numbers not in _ALWAYS:
            found.append(f"{kind} {numbers} {access}")
    return tuple(found)


def _device_number(rule: object, part: str) -> str:
    if _or_none(rule, part) is None:
        return "*"
    number = get_int(rule, part)
    return "*" if number < 0 else str(number)
