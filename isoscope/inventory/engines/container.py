"""What a container engine says of one container: ``GET /containers/ID/json``.

Fields: the Docker Engine API reference (ContainerInspect) and Podman's libpod API, whose document
has the same fields and more. Whatever it says is the word of the engine, and of whoever started the
container where it comes to labels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from isoscope.inventory.declared import Program
from isoscope.inventory.engines.description import Described, JsonDescription
from isoscope.inventory.engines.details import declared_details
from isoscope.inventory.engines.networks import EngineNetworks, EngineVolumes
from isoscope.inventory.engines.published import published_ports
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
from isoscope.inventory.observation import ENGINE, Observation, Unknown
from isoscope.inventory.workload import Attributes, DeclaredContainer, Limit, Volume, WorkloadKind
from isoscope.snapshot.reading import Reading

T = TypeVar("T")

_DEFAULT_PERIOD = 100_000
"""Microseconds of ``CpuPeriod`` where it is 0: the kernel's default, cgroups(7)."""
_PID_MAX = 2**22
"""``PID_MAX_LIMIT``, proc(5)."""
ENDED = ("created", "configured", "initialized", "exited", "stopped", "dead", "removing")


@dataclass(frozen=True, slots=True)
class EngineContext:
    """What is known of an engine while its containers are described."""

    endpoint: Reading
    engine: str
    networks: EngineNetworks
    volumes: EngineVolumes
    rootless_user: str
    survives: Observation[bool]
    """Whether its containers run on while it is restarted."""
    built_in_filter: Observation[bool]
    """Whether the seccomp filter that it gives of itself is the one that it came with."""
    rootless: Observation[bool]
    """Whether it runs as an ordinary user."""
    programs: Observation[tuple[Program, ...]]
    """What makes its containers, with versions."""
    local: bool
    """Whether a process id that it names is one of this host."""


def describe_container(
    context: EngineContext,
    identifier: str,
    inspected: Reading,
    listed: object,
    bundle: Reading,
) -> Described:
    """One container from its own document and, where that is missing, from its entry in the list.

    Args:
        context: its engine.
        identifier: its full id.
        inspected: the reading of its document.
        listed: its entry in the list of containers, or None.
        bundle: the configuration that its engine handed to the runtime.
    """
    subject = f"{context.engine}:{identifier}"
    document = JsonDescription.of(subject, inspected, ENGINE)
    entry = JsonDescription(subject, context.endpoint, ENGINE, listed)
    labels, no_labels = _labels(document, entry)
    state = document.value(lambda d: get_str(d, "State", "Status"), "") or entry.value(
        lambda d: get_str(d, "State"), "unknown"
    )
    pid = document.value(lambda d: get_int(d, "State", "Pid"), 0)
    pod = document.value(lambda d: get_str(d, "Pod"), "")
    name = document.value(lambda d: get_str(d, "Name"), "") or entry.value(listed_name, "")
    in_pod = bool(pod) or "io.kubernetes.pod.name" in labels
    infrastructure = document.value(lambda d: get_bool(d, "IsInfra"), otherwise=False)
    return Described(
        id=subject,
        kind=WorkloadKind.POD_CONTAINER if in_pod else WorkloadKind.CONTAINER,
        engine=context.engine,
        name=name.removeprefix("/") or identifier[:12],
        state=state,
        runs=document.value(lambda d: get_bool(d, "State", "Running"), state not in ENDED),
        pid=pid if context.local and 0 < pid <= _PID_MAX else None,
        attributes=attributes_of(
            labels,
            document.value(_image, "") or entry.value(lambda d: get_str(d, "Image"), ""),
            context.rootless_user,
        ),
        endpoint=context.endpoint,
        container=_declared(document, context, JsonDescription.of(subject, bundle, ENGINE)),
        security_labels=document.observe("declared-labels", _security_labels, "ProcessLabel"),
        pod=pod,
        infrastructure=infrastructure or labels.get("io.kubernetes.docker.type") == "podsandbox",
        attributes_unknown=no_labels,
    )


def attributes_of(labels: dict[str, str], image: str, rootless_user: str) -> Attributes:
    """What says whose a container is: its labels, and what these say of projects and pods."""
    return Attributes(
        labels=labels,
        image=image,
        compose_project=labels.get("com.docker.compose.project", "")
        or labels.get("io.podman.compose.project", ""),
        kubernetes_namespace=labels.get("io.kubernetes.pod.namespace", ""),
        rootless_user=rootless_user,
    )


def _declared(
    document: JsonDescription, context: EngineContext, bundle: JsonDescription
) -> DeclaredContainer:
    def host(key: str, field: str, read: Callable[..., T]) -> Observation[T]:
        path = ("HostConfig", field)
        return document.observe(key, lambda d: read(d, *path), *path)

    runtime = ("OCIRuntime",) if context.engine == "podman" else ("HostConfig", "Runtime")
    return DeclaredContainer(
        privileged=host("privileged", "Privileged", get_bool),
        network_mode=host("network-mode", "NetworkMode", get_str),
        pid_mode=host("pid-mode", "PidMode", _pid_mode),
        ipc_mode=host("ipc-mode", "IpcMode", get_str),
        security_options=host("security-options", "SecurityOpt", get_texts),
        capabilities_added=host("capabilities-added", "CapAdd", _capabilities),
        capabilities_dropped=host("capabilities-dropped", "CapDrop", _capabilities),
        read_only_root=host("read-only-root", "ReadonlyRootfs", get_bool),
        networks=_networks(document, context.networks),
        published=document.observe("published-ports", published_ports, "NetworkSettings", "Ports"),
        volumes=_volumes(document, context.volumes),
        memory=host("declared-memory-limit", "Memory", _limit),
        processes=host("declared-process-limit", "PidsLimit", _limit),
        cpu=document.observe("declared-cpu-limit", _cpu_limit, "HostConfig", "NanoCpus"),
        # Podman's HostConfig.Runtime is "oci" whatever runs.
        runtime=document.observe("runtime", lambda d: get_str(d, *runtime), *runtime),
        devices=document.observe("devices", _devices, "HostConfig", "Devices"),
        programs=context.programs
        if document.doubt is None
        else document.observe("programs", lambda _: ()),
        details=declared_details(
            document,
            document.observe("image", _image, "Config", "Image"),
            context.survives,
            context.built_in_filter,
            context.rootless,
            bundle,
        ),
    )


def _labels(
    document: JsonDescription, entry: JsonDescription
) -> tuple[dict[str, str], Unknown | None]:
    """Its labels, or why they are not known."""
    path = ("Config", "Labels")
    own = document.observe("labels", lambda d: get_text_map(d, *path), *path)
    if own.value is not None:
        return own.value, None
    listed = entry.observe("labels", lambda d: get_text_map(d, "Labels"), "Labels")
    if listed.value is not None:
        return listed.value, None
    return {}, own.unknown


def listed_name(document: object) -> str:
    names = get_texts(document, "Names")
    return names[0] if names else ""


def _image(document: object) -> str:
    try:
        return get_str(document, "ImageName")  # Podman's own field
    except NotSaidError:
        return get_str(document, "Config", "Image")


def _security_labels(document: object) -> tuple[str, ...]:
    said = (
        ("selinux", get_str(document, "ProcessLabel")),
        ("apparmor", get_str(document, "AppArmorProfile")),
    )
    return tuple(f"{module} {label}" for module, label in said if label)


def _pid_mode(document: object, *path: str) -> str:
    """Docker words a private namespace as an empty text, Podman as ``private``."""
    return get_str(document, *path) or "private"


def _capabilities(document: object, *path: str) -> tuple[str, ...]:
    """As ``CAP_NAME`` or ``ALL``: engines take them in any case, with and without the prefix."""
    found = (name.upper() for name in get_texts(document, *path))
    return tuple(
        name if name == "ALL" or name.startswith("CAP_") else f"CAP_{name}" for name in found
    )


def _devices(document: object) -> tuple[str, ...]:
    """Devices given by path, and what was let in by a rule of the device controller."""
    given = get_list(document, "HostConfig", "Devices")
    paths = tuple(get_str(device, "PathOnHost") for device in given)
    try:
        return paths + get_texts(document, "HostConfig", "DeviceCgroupRules")
    except NotSaidError:  # Podman leaves it out where there are none
        return paths


def _limit(document: object, *path: str) -> Limit:
    """Null, 0 and -1 all mean that nothing limits."""
    found = get_int(document, *path)
    return Limit(float(found), ".".join(path)) if found > 0 else Limit(None)


def _cpu_limit(document: object) -> Limit:
    """CPUs' worth of time: ``NanoCpus``, or ``CpuQuota`` per ``CpuPeriod`` in microseconds."""
    nano = get_int(document, "HostConfig", "NanoCpus")
    quota = get_int(document, "HostConfig", "CpuQuota")
    period = get_int(document, "HostConfig", "CpuPeriod")
    amounts = []
    if nano > 0:
        amounts.append(nano / 1e9)
    if quota > 0:
        amounts.append(quota / (period if period > 0 else _DEFAULT_PERIOD))
    return Limit(min(amounts), "HostConfig") if amounts else Limit(None)


def _networks(
    document: JsonDescription, networks: EngineNetworks
) -> Observation[tuple[NetworkAttachment, ...]]:
    def read(found: object) -> tuple[NetworkAttachment, ...]:
        mode = get_str(found, "HostConfig", "NetworkMode")
        if mode in ("none", "host"):
            return ()
        if mode.startswith(("container:", "ns:")):
            # Whoever joins another's namespace is where that one is: described_engines() says it.
            raise NotSaidError(f"its network is {mode}'s")
        try:
            attached = get_object(found, "NetworkSettings", "Networks")
        except NotSaidError:
            if networks.engine != "podman":
                raise
            attached = {}  # Podman leaves it out where there are none
        made = []
        for name, details in attached.items():
            identifier = get_field(details, "NetworkID")
            attachment = networks.attachment(
                name, identifier if isinstance(identifier, str) else ""
            )
            if attachment is not None:
                made.append(attachment)
        return tuple(made)

    return document.observe("networks", read, "NetworkSettings", "Networks")


def _volumes(document: JsonDescription, volumes: EngineVolumes) -> Observation[tuple[Volume, ...]]:
    def read(found: object) -> tuple[Volume, ...]:
        made = []
        for mount in get_list(found, "Mounts"):
            kind = get_str(mount, "Type")
            source = get_str(mount, "Source")
            if kind == "volume":
                source = volumes.source(get_str(mount, "Name"), source)
            made.append(Volume(kind, source, get_str(mount, "Destination"), get_bool(mount, "RW")))
        return tuple(made)

    return document.observe("volumes", read, "Mounts")
