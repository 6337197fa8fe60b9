"""Inventories made of facts, without readings: what judging them needs, said in few words.

``a_container("a", tenant="acme", seccomp=SeccompMode.DISABLED)`` is a container with Docker's
defaults but for what is said; a fact given as `UNREAD` is unknown. Parties are those who would say
so of a real one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

from isoscope.assessment.assess import assess
from isoscope.assessment.assessment import Assessment
from isoscope.assessment.profile import Profile
from isoscope.assessment.verdict import Finding, Verdict
from isoscope.assessment.viewpoint import OPERATOR, Viewpoint
from isoscope.assessment.vocabulary import Aspect, Direction, Property
from isoscope.inventory.declared import DeclaredDetails, GivenFilter, KeptLog, Program
from isoscope.inventory.file_types import FileType
from isoscope.inventory.forwarding import Forwarding
from isoscope.inventory.host import (
    Apparmor,
    AttackVector,
    CpuFlaw,
    FlawState,
    Hole,
    HostFacts,
    Selinux,
    SelinuxState,
)
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.machine.attack_vectors import FLAWS_BY_VECTOR
from isoscope.inventory.makeup import MachineMakeup, MachineParts
from isoscope.inventory.network import Apart, NetworkAttachment
from isoscope.inventory.observation import (
    ENGINE,
    KERNEL,
    VM_MANAGER,
    Evidence,
    Observation,
    Party,
    Unknown,
)
from isoscope.inventory.packet_filter import Family
from isoscope.inventory.virtualisation import Virtualisation
from isoscope.inventory.workload import (
    Attributes,
    Capabilities,
    DeclaredContainer,
    DeclaredMachine,
    IdMapping,
    LaunchSecurity,
    Limit,
    Mount,
    NamespaceKind,
    ProcessFacts,
    SeccompMode,
    SecurityLabel,
    Volume,
    Workload,
    WorkloadKind,
)
from isoscope.snapshot.document import Collector
from isoscope.snapshot.reading import Gap

UNREAD = Unknown(Gap.NOT_READ, "nobody read it", "read it")
DOCKER_DEFAULT = Capabilities(0xA80425FB, 0xA80425FB, 40)
ALL = (1 << 41) - 1
WHOLE_MAP = (IdMapping(0, 0, 2**32 - 1),)
FILTERED = SecurityLabel("apparmor", "docker-default (enforce)", enforced=True)
GIB = float(2**30)
PROGRAMS = (
    Program("Docker Engine", "29.4.1"),
    Program("containerd", "2.2.1"),
    Program("runc", "1.3.4"),
)

WW_C = Aspect(Direction.WORKLOAD_FROM_WORKLOAD, Property.CONFIDENTIALITY)
WW_I = Aspect(Direction.WORKLOAD_FROM_WORKLOAD, Property.INTEGRITY)
WW_A = Aspect(Direction.WORKLOAD_FROM_WORKLOAD, Property.AVAILABILITY)
HW_C = Aspect(Direction.HOST_FROM_WORKLOAD, Property.CONFIDENTIALITY)
HW_I = Aspect(Direction.HOST_FROM_WORKLOAD, Property.INTEGRITY)
HW_A = Aspect(Direction.HOST_FROM_WORKLOAD, Property.AVAILABILITY)
WH_C = Aspect(Direction.WORKLOAD_FROM_HOST, Property.CONFIDENTIALITY)
WH_I = Aspect(Direction.WORKLOAD_FROM_HOST, Property.INTEGRITY)

NOTHING_REQUIRED = Profile("nothing", "Nothing", "", {})


def seen(
    key: str, value: object, *, subject: str = "host", parties: frozenset[Party] = KERNEL
) -> Observation[Any]:
    """An observation of a value, or of `UNREAD` or another reason."""
    evidence = (Evidence(f"/{key}", str(value)[:60], 1.0, "root"),)
    if isinstance(value, Unknown):
        return Observation(subject, key, None, value, evidence, parties)
    return Observation(subject, key, value, None, evidence, parties)


def a_mount(
    root: str,
    mount_point: str,
    *,
    device: str = "254:1",
    writable: bool = True,
    kind: str = "ext4",
    propagation: Iterable[str] = (),
    source: str = "/dev/vda1",
) -> Mount:
    """One mount: of the host's root file system if nothing else is said."""
    return Mount(
        device,
        root,
        mount_point,
        writable,
        frozenset({"rw" if writable else "ro"}),
        tuple(propagation),
        kind,
        source,
        frozenset(),
    )


HOST_MOUNTS = (
    a_mount("/", "/", propagation=("shared:1",)),
    a_mount("/", "/proc", device="0:21", kind="proc", source="proc"),
    a_mount("/", "/sys", device="0:22", kind="sysfs", source="sysfs"),
    a_mount("/", "/run", device="0:25", kind="tmpfs", source="tmpfs"),
    a_mount("/", "/dev", device="0:6", kind="devtmpfs", source="udev"),
)


def own_mounts(number: int, *further: Mount, writable_root: bool = True) -> tuple[Mount, ...]:
    """The mounts of a default container, on devices of its own."""

    def own(minor: int, root: str, place: str, kind: str, *, writable: bool = True) -> Mount:
        device = f"0:{1000 + 100 * number + minor}"
        return a_mount(root, place, device=device, kind=kind, writable=writable, source=kind)

    return (
        own(1, "/", "/", "overlay", writable=writable_root),
        own(2, "/", "/proc", "proc"),
        own(3, "/", "/dev", "tmpfs"),
        own(4, "/", "/sys", "sysfs", writable=False),
        own(5, "/", "/dev/shm", "tmpfs"),
        own(2, "/sys", "/proc/sys", "proc", writable=False),
        own(3, "/null", "/proc/kcore", "tmpfs"),
        own(3, "/null", "/proc/keys", "tmpfs"),
        own(6, "/", "/proc/acpi", "tmpfs", writable=False),
        *further,
    )


_NUMBERS: dict[str, int] = {}


def _number(name: str) -> int:
    return _NUMBERS.setdefault(name, len(_NUMBERS) + 1)


def process_facts(subject: str, number: int, **facts: Any) -> ProcessFacts:  # noqa: ANN401 - what is seen of each
    """The facts of a default container's processes, but for those that are given by name.

    ``namespaces`` and ``in_host_namespace`` are mappings of single kinds.
    """
    own = {kind: 4026533000 + 10 * number + n for n, kind in enumerate(NamespaceKind)}
    values: dict[str, Any] = {
        "user_id_map": WHOLE_MAP,
        "capabilities": DOCKER_DEFAULT,
        "capabilities_hold_on_host": True,
        "seccomp": SeccompMode.FILTER,
        "no_new_privileges": False,
        "host_user_ids": frozenset({0}),
        "label": FILTERED,
        "mounts": own_mounts(number),
        "memory": Limit(None),
        "processes": Limit(None),
        "cpu": Limit(None),
        "block_io": Limit(None),
        "open_files": Limit(1048576.0),
        "device_rules": (),
        "allowed_cpus": frozenset(range(4)),
        "network_interfaces": ("lo",),
        "memory_protected": Limit(None),
        "mergeable": False,
        "speaks_ipv6": False,
        "memory_nodes": frozenset({0}),
    }
    in_host = dict.fromkeys(NamespaceKind, False) | {
        NamespaceKind.TIME: True,
        NamespaceKind.USER: True,
    }
    given = dict(facts)
    host_side = given.pop("host_side", None)
    cookies = given.pop("core_cookies", frozenset({0}))
    speculation = given.pop("speculation", None)
    inside = in_host | dict(given.pop("in_host_namespace", {}))
    spaces = own | dict(given.pop("namespaces", {}))
    values |= given
    return ProcessFacts(
        host_side=host_side,
        speculation=None if speculation is None else seen("speculation", speculation),
        core_cookies=None if cookies is None else seen("cookies", cookies, subject=subject),
        pids=(4000 + number,),
        namespaces={k: seen(f"namespace-{k}", v, subject=subject) for k, v in spaces.items()},
        in_host_namespace={k: seen(f"in-host-{k}", v, subject=subject) for k, v in inside.items()},
        **{
            key: value if isinstance(value, Observation) else seen(key, value, subject=subject)
            for key, value in values.items()
        },
    )


def details(**facts: object) -> DeclaredDetails:
    """What an engine says further of a container, but for what is given: Docker's defaults."""
    values: dict[str, object] = dict.fromkeys(DeclaredDetails.__slots__, "") | {
        "oom_score": 0,
        "environment": 0,
        "survives_engine": True,
        "log": KeptLog("json-file", bounded=False),
        "given_filter": GivenFilter("", allows_the_rest=None),
        "built_in_filter": True,
        "engine_rootless": False,
    }
    return DeclaredDetails(
        **{key: seen(key, value, parties=ENGINE) for key, value in (values | facts).items()}
    )


def declared(subject: str, **facts: object) -> DeclaredContainer:
    """What an engine says of a default container on no network."""
    values: dict[str, Any] = {
        "privileged": False,
        "network_mode": "none",
        "pid_mode": "private",
        "ipc_mode": "private",
        "security_options": (),
        "capabilities_added": (),
        "capabilities_dropped": (),
        "read_only_root": False,
        "networks": (),
        "volumes": (),
        "memory": Limit(None),
        "processes": Limit(None),
        "cpu": Limit(None),
        "runtime": "runc",
        "devices": (),
        "programs": PROGRAMS,
        "published": (),
    } | facts
    further: Any = values.pop("details", details())
    return DeclaredContainer(
        details=further,
        **{k: seen(k, v, subject=subject, parties=ENGINE) for k, v in values.items()},
    )


def a_container(
    name: str,
    *,
    tenant: str = "",
    engine: str = "docker",
    says: Mapping[str, object] | None = None,
    described: bool = True,
    attributes: Attributes | None = None,
    attributes_unknown: Unknown | None = None,
    **facts: object,
) -> Workload:
    """A running container.

    Args:
        name: its name, and what its id is made of.
        tenant: value of its label; none if empty.
        engine: its engine.
        says: what the engine says of it that is not the default.
        described: whether its engine described it.
        attributes: instead of the label.
        attributes_unknown: why its labels are not known.
        facts: of its processes, as `process_facts` takes them.
    """
    subject = f"{engine}:{name}"
    labels = {"isoscope.tenant": tenant} if tenant else {}
    process = process_facts(subject, _number(subject), **facts)
    return Workload(
        id=subject,
        kind=WorkloadKind.CONTAINER,
        engine=engine,
        name=name,
        state="running",
        pid=process.pids[0],
        attributes=attributes or Attributes(labels=labels),
        process=process,
        container=declared(subject, **(says or {})) if described else None,
        seen_by=(engine, "kernel") if described else ("kernel",),
        attributes_unknown=attributes_unknown,
    )


def a_machine(
    name: str, *, tenant: str = "", says: Mapping[str, object] | None = None, **facts: object
) -> Workload:
    """A running virtual machine of libvirt, confined as libvirt does; ``says`` are facts of
    `DeclaredMachine`, None for one that nobody describes."""
    subject = f"libvirt:{name}"
    number = _number(subject)
    values: dict[str, Any] = {
        "launch_security": LaunchSecurity("none"),
        "disks": (Volume("disk", f"/var/lib/libvirt/images/{name}.img", "vda", writable=True),),
        "networks": (),
        "passed_through": (),
        "shared_memory": (),
        "may_merge_pages": False,
        "memory": Limit(GIB),
        "cpu": Limit(1.0),
    } | dict(says or {})
    vmm: dict[str, Any] = {
        "capabilities": Capabilities(0, 0, 40),
        "host_user_ids": frozenset({64055}),
        "label": SecurityLabel("apparmor", f"libvirt-{name} (enforce)", enforced=True),
        "in_host_namespace": {k: True for k in NamespaceKind if k is not NamespaceKind.MOUNT},
    } | facts
    process = process_facts(subject, number, **vmm)
    makeup = MachineMakeup(
        *(
            seen(f"monitor-{name}", value, subject=subject, parties=VM_MANAGER)
            for name, value in (
                ("parts", values.pop("parts", MachineParts(nested=False))),
                ("devices", values.pop("open_devices", ())),
                ("sockets", values.pop("open_sockets", frozenset())),
                ("memory", values.pop("memory_files", ())),
                ("program", values.pop("program", Program("QEMU", "10.0.0"))),
            )
        )
    )
    machine = DeclaredMachine(
        makeup=makeup,
        **{k: seen(k, v, subject=subject, parties=VM_MANAGER) for k, v in values.items()},
    )
    return Workload(
        id=subject,
        kind=WorkloadKind.VIRTUAL_MACHINE,
        engine="libvirt",
        name=name,
        state="running",
        pid=process.pids[0],
        attributes=Attributes(metadata_tenant=tenant),
        process=process,
        machine=machine,
        seen_by=("libvirt", "kernel"),
    )


def undescribed(workload: Workload) -> Workload:
    """The same workload where nobody says how it was made."""
    return replace(workload, container=None, machine=None, seen_by=("kernel",))


FLAWS = sorted(frozenset().union(*FLAWS_BY_VECTOR.values()))


def a_host(**facts: Any) -> HostFacts:  # noqa: ANN401 - what is seen of each
    """A physical host with AppArmor, of which the kernel reports no open flaw, and without KSM.

    ``flaws`` are the kernel's lines by flaw, of which the others are "Not affected".
    """
    given = dict(facts)
    settings = given.pop("kernel_settings_read", {})
    lines: dict[str, Any] = dict.fromkeys(FLAWS, "Not affected") | dict(given.pop("flaws", {}))
    values: dict[str, Any] = {
        "name": "h1",
        "operating_system": "Debian GNU/Linux 12",
        "kernel": "6.1.0",
        "architecture": "x86_64",
        "is_guest": False,
        "lsms": ("capability", "apparmor"),
        "selinux": Selinux(SelinuxState.ABSENT),
        "apparmor": Apparmor(enabled=True),
        "flaw_list": tuple(lines),
        "vectors_off": frozenset[AttackVector](),
        "smt_active": False,
        "page_merging": False,
        "bridges_filtered": True,
        "memory_bytes": int(16 * GIB),
        "online_cpus": frozenset(range(4)),
        "swap_active": False,
    } | given
    values.setdefault("cores", _cores(values["smt_active"]))
    kvm: dict[str, Any] = {
        "risky_switches": (),
        "nested": False,
        "unsafe_passthrough": (),
        "pci_groups": {"0000:01:00.0": ()},
    } | dict(values.pop("virtualisation", {}))
    observed: dict[str, Any] = {key: seen(key, value) for key, value in values.items()}
    observed["virtualisation"] = Virtualisation(**{k: seen(k, v) for k, v in kvm.items()})
    flaws = {name: seen(name, _flaw(name, line)) for name, line in lines.items()}
    observed["forwarding"] = a_forwarding()
    return HostFacts(guest_signs=(), tees=(), cpu_flaws=flaws, kernel_settings=settings, **observed)


def a_forwarding(
    *bridges: str,
    rules: object = UNREAD,
    ipv4: object = True,
    ipv6: object = False,
    bridged: object = True,
    legacy: object = (),
) -> Forwarding:
    """A host that forwards IPv4 between these bridges as far as its rules let it."""
    both = (Family.IPV4, Family.IPV6)
    return Forwarding(
        bridges=seen("bridges", frozenset(bridges)),
        from_bridge={name: seen(f"forwarding-{name}", ipv4) for name in bridges},
        ipv6=seen("ipv6", ipv6),
        rules=seen("rules", rules),
        legacy_tables={family: seen("legacy", legacy) for family in both},
        bridged={family: seen("bridged", bridged) for family in both},
    )


def _cores(smt_active: object) -> object:
    """Four CPUs, which are two cores where sibling threads run."""
    if isinstance(smt_active, Unknown):
        return smt_active
    return {cpu: frozenset({cpu, (cpu + 2) % 4} if smt_active else {cpu}) for cpu in range(4)}


def _flaw(name: str, line: object) -> object:
    if isinstance(line, Unknown):
        return line
    words = {"Not affected": FlawState.NOT_AFFECTED, "Vulnerable": FlawState.VULNERABLE}
    state = words.get(str(line), FlawState.MITIGATED)
    return CpuFlaw(
        name,
        FlawState.UNKNOWN if line == "Unknown" else state,
        str(line),
        cross_thread="SMT vulnerable" in str(line),
    )


def an_inventory(
    *workloads: Workload,
    host: HostFacts | None = None,
    host_mounts: object = HOST_MOUNTS,
    control_sockets: object = ("/run/docker.sock",),
    service_sockets: object = (),
    abstract_sockets: object = (),
    proc_files: object = frozenset({"kcore", "keys", "acpi", "cpuinfo"}),
    file_types: Mapping[str, FileType] = MappingProxyType({}),
    unseen: str = "",
) -> Inventory:
    """An inventory of these workloads, on a host where everything was seen unless ``unseen`` says
    where workloads may hide."""
    holes = (Hole(unseen, seen("hole", UNREAD)),) if unseen else ()
    return Inventory(
        host=host or a_host(),
        workloads=tuple(sorted(workloads, key=lambda workload: workload.id)),
        stopped=(),
        host_mounts=seen("host_mounts", host_mounts),
        control_sockets=seen("control_sockets", control_sockets),
        service_sockets=seen("service_sockets", service_sockets),
        abstract_sockets=seen("abstract_sockets", abstract_sockets),
        holes=holes,
        collector=Collector("0", 0, ALL, "this machine"),
        observed_at=1.0,
        probes=(),
        proc_files=seen("proc_files", proc_files),
        file_types={path: seen("file-type", kind) for path, kind in file_types.items()},
    )


def assessed(
    *workloads: Workload,
    viewpoint: Viewpoint = OPERATOR,
    profile: Profile = NOTHING_REQUIRED,
    **inventory: Any,  # noqa: ANN401 - as `an_inventory` takes them
) -> Assessment:
    """The assessment of these workloads on a host."""
    return assess(an_inventory(*workloads, **inventory), profile=profile, viewpoint=viewpoint)


def finding(assessment: Assessment, workload: Workload, identity: str) -> Finding:
    """One finding on one workload."""
    (found,) = (f for f in assessment.findings(workload.id) if f.id == identity)
    return found


def verdict(assessment: Assessment, workload: Workload, aspect: Aspect) -> Verdict:
    """One verdict on one workload."""
    return assessment.workloads[workload.id].verdicts[aspect]


def rungs(assessment: Assessment, workload: Workload, aspect: Aspect) -> tuple[int, int]:
    """The low and the high rung of one verdict."""
    found = verdict(assessment, workload, aspect)
    return found.low, found.high


def on_network(name: str, *, isolates: bool = False) -> dict[str, object]:
    """What an engine says of a container that is on one network, by ``says``."""
    apart = Apart.FIREWALL if isolates else Apart.NOTHING
    attachment = NetworkAttachment(f"id-{name}", name, "bridge", apart, drops_forged=False)
    return {"network_mode": name, "networks": (attachment,)}


FACTS = tuple(
    field.name
    for field in fields(ProcessFacts)
    if field.name not in ("pids", "host_side", "core_cookies", "speculation")
)
"""Names of the facts of processes."""
