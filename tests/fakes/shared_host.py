"""A host that colleagues share: one workload of each kind that matters, ordinary and hostile."""

from isoscope.inventory.machine.attack_vectors import FLAWS_BY_VECTOR
from isoscope.snapshot.bundle_places import configurations_of
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.manager_places import DOMAIN, LIST_DOMAINS, OPEN
from isoscope.snapshot.manager_sockets import listening_sockets
from isoscope.snapshot.quota_places import PROJECTS, QUOTAS
from isoscope.snapshot.reading import Channel, Reading, Source
from tests.fakes.docker import BRIDGE, HOST, NONE, URL, an_engine, described
from tests.fakes.host import (
    ALL_CAPABILITIES,
    DEFAULT_CAPABILITIES,
    HOST_ANSWERS,
    FakeHost,
    Tree,
    a_bind,
    a_container,
    a_host,
    a_monitor,
    a_process,
    snapshot_of,
)
from tests.fakes.network import bridges, dockers_rules, told

LIBVIRT = "qemu:///system"
FRONT = {"Name": "front", "Id": "f" * 64, "Driver": "bridge", "Options": {}}
_FRONT_BRIDGE = "br-ffffffffffff"
ON_FRONT = {"front": "f" * 64}
NO_NETWORK: dict[str, str] = {}
GUEST = "11111111-2222-3333-4444-555555555555"
OTHER_GUEST = "11111111-2222-3333-4444-666666666666"
_ALONE = {"interfaces": ("lo",)}
_DATA = a_bind("/srv/data", "/data")
_BARE = (
    *("-qmp", "unix:/run/bare/qmp.sock,server=on,wait=off", "-device", "vfio-pci,host=01:00.0"),
    *("-vnc", "0.0.0.0:7,password=on", "-cpu", "host"),
)
_ALL_LIMITS = {"memory": 1 << 28, "processes": 50, "cpu": 0.5}

_SNP = "<launchSecurity type='sev-snp'><policy>0x30000</policy></launchSecurity>"
_SOCKET_TABLE = (
    "Num       RefCount Protocol Flags    Type St Inode Path\n"
    "ffff8881: 00000002 00000000 00010000 0001 01 20001 /run/docker.sock\n"
)


def a_shared_host(*, cgroups: int = 2, owners: bool = True, uid: int = 0) -> Snapshot:
    """What root, or another user, reads of it.

    Args:
        cgroups: the version, 0 for both at once.
        owners: whether some of the workloads reach all others, or can take the host.
        uid: of whoever looks.
    """
    host = FakeHost(
        _host(cgroups) | bridges("docker0", _FRONT_BRIDGE),
        *_workloads(cgroups),
        *(_owners(cgroups) if owners else ()),
        answers=ANSWERS | told(dockers_rules("docker0", _FRONT_BRIDGE)),
        uid=uid,
    )
    return snapshot_of(host, *_docker(owners=owners), *_libvirt(GUEST, OTHER_GUEST))


def a_well_kept_host(*, cgroups: int = 2) -> Snapshot:
    """Three containers and a guest of four tenants, of which none meets another anywhere."""

    def one(pid: int, cpus: str) -> Tree:
        return a_container(
            pid,
            cgroups=cgroups,
            uid_map=f"0 {pid * 100000} 65536\n",
            label=f"profile-{pid} (enforce)",
            no_new_privileges=True,
            capabilities=0,
            read_only_root=True,
            block_io=1000000,
            open_files="1024",
            allowed_cpus=cpus,
            binds=[a_bind(f"/srv/{pid}", "/data")],
            **_ALL_LIMITS,  # type: ignore[arg-type]
        )

    own_bridges = ["br-" + (f"{pid}" * 32)[:12] for pid in (30, 31, 32)]
    host = FakeHost(
        _host(cgroups) | _flaws() | bridges(*own_bridges),
        *(one(pid, cpus) for pid, cpus in ((30, "0"), (31, "1"), (32, "2-3"))),
        a_monitor(90, uuid=GUEST, cgroups=cgroups, memory=1 << 30),
        answers=HOST_ANSWERS | told(dockers_rules(*own_bridges)),
    )
    networks = [{**FRONT, "Name": f"own{pid}", "Id": f"{pid}" * 32} for pid in (30, 31, 32)]
    containers = [
        described(
            pid,
            labels={"isoscope.tenant": tenant},
            networks={f"own{pid}": f"{pid}" * 32},
            SecurityOpt=["no-new-privileges"],
        )
        for pid, tenant in ((30, "acme"), (31, "blue"), (32, "green"))
    ]
    return snapshot_of(host, *an_engine(*containers, networks=networks, url=URL), *_libvirt(GUEST))


def _flaws() -> Tree:
    """The kernel's report on every flaw that it knows: none is open."""
    place = "/sys/devices/system/cpu/vulnerabilities"
    names = frozenset().union(*FLAWS_BY_VECTOR.values())
    return {f"{place}/{name}": "Not affected\n" for name in names}


def _host(cgroups: int) -> Tree:
    flaws = dict.fromkeys(
        ("gather_data_sampling", "l1tf", "mds", "meltdown", "mmio_stale_data", "retbleed"),
        "Not affected",
    ) | {
        "spectre_v2": "Mitigation: Retpolines; IBPB: conditional",
        "spec_store_bypass": "Vulnerable",
    }
    tree = a_host(cgroups=cgroups, flaws=flaws) | {
        "/proc/net/unix": _SOCKET_TABLE,
        "/sys/kernel/mm/ksm/run": "1\n",
        "/proc/kcore": "",
        "/proc/keys": "",
    }
    tree |= _a_manager(cgroups)
    mounts = str(tree["/proc/1/mountinfo"]) + "27 23 0:6 / /dev rw - devtmpfs udev rw\n"
    return tree | {"/proc/1/mountinfo": mounts, "/proc/self/mountinfo": mounts}


DOCKERD = 301
_LISTENING = (
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid inode\n"
    "   0: 0100007F:1093 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4711 1\n"
)


def _a_manager(cgroups: int) -> Tree:
    """dockerd, which takes orders from whoever reaches a port of the loopback device."""
    tree = a_process(
        DOCKERD, name="dockerd", cgroup="/system.slice/docker.service", cgroups=cgroups
    )
    return tree | {
        f"/proc/{DOCKERD}/cmdline": "/usr/bin/dockerd\0-H\0tcp://127.0.0.1:4243\0",
        "/proc/1/net/tcp": _LISTENING,
        "/etc/docker/daemon.json": '{"tls": false}',
    }


ANSWERS: dict[Source, object] = {
    **HOST_ANSWERS,
    listening_sockets(DOCKERD): {"inodes": [4711]},
    QUOTAS: {"devices": {"254:1": 48}},
    PROJECTS: {
        "places": {
            place: {"project": 7, "inherits": True, "most": 1 << 30}
            for place in ("/var/lib/docker/overlay2/b/diff", "254:1:/srv/data")
        }
    },
}
"""And of what bounds projects: all that containers write."""


def _workloads(cgroups: int) -> list[Tree]:
    def one(pid: int, **facts: object) -> Tree:
        return a_container(pid, cgroups=cgroups, **facts)  # type: ignore[arg-type]

    merged = "ksm_rmap_items 1\nksm_mergeable: yes\nksm_merge_any: yes\n"
    return [
        one(10, binds=[_DATA], ksm=merged, **_ALL_LIMITS),
        one(11, binds=[a_bind("/srv/data", "/data", writable=False)], ksm=merged, **_ALL_LIMITS),
        one(12, **_ALONE, **_ALL_LIMITS),
        one(
            13,
            **_ALONE,
            uid_map="0 100000 65536\n",
            no_new_privileges=True,
            capabilities=0,
            read_only_root=True,
            label="own-profile (enforce)",
            block_io=1000000,
            open_files="1024",
            allowed_cpus="2-3",
            **_ALL_LIMITS,
        ),
        one(14, seccomp=0, namespaces={"net": 4026539999, "ipc": 4026539998}, **_ALL_LIMITS),
        one(15, namespaces={"net": 4026539999, "ipc": 4026539998}, label="unconfined"),
        one(16, host_namespaces=("net",), interfaces=("lo", "eth0", "docker0")),
        one(18, engine="podman", uid_map="0 200000 65536\n", **_ALONE),
        a_monitor(90, uuid=GUEST, cgroups=cgroups, memory=1 << 30),
        a_monitor(91, uuid=OTHER_GUEST, guest="other", cgroups=cgroups, uids=(0, 0, 0, 0)),
        a_monitor(
            92,
            guest="bare",
            cgroups=cgroups,
            seccomp=0,
            label="unconfined",
            arguments=_BARE,
            descriptors=("/dev/kvm", "/dev/vhost-net"),
        ),
        {"/run/bare/qmp.sock": ""},
        a_process(300, cgroups=cgroups),
    ]


def _owners(cgroups: int) -> list[Tree]:
    def one(pid: int, **facts: object) -> Tree:
        return a_container(pid, cgroups=cgroups, **facts)  # type: ignore[arg-type]

    return [
        one(17, host_namespaces=("pid",), binds=[a_bind("/etc", "/host-etc", writable=False)]),
        one(
            20,
            capabilities=ALL_CAPABILITIES,
            seccomp=0,
            label="unconfined",
            devices="a *:* rwm\n",
            **_ALONE,
        ),
        one(21, binds=["591 555 0:22 / /host-run rw - tmpfs tmpfs rw"], **_ALONE),
        one(22, binds=[a_bind("/", "/host", writable=False)], **_ALONE),
        one(23, capabilities=DEFAULT_CAPABILITIES | 1 << 21, **_ALONE),
        one(
            24, binds=["592 555 0:21 / /host-proc rw - proc proc rw"], label="unconfined", **_ALONE
        ),
    ]


def _docker(*, owners: bool) -> list[Reading]:
    def one(pid: int, tenant: str = "", networks: object = NO_NETWORK, **said: object) -> object:
        labels = {"isoscope.tenant": tenant} if tenant else {}
        return described(pid, labels=labels, networks=networks, **said)  # type: ignore[arg-type]

    containers = [
        one(10, "acme", ON_FRONT),
        one(11, "blue", ON_FRONT),
        one(12, "green", SecurityOpt=["seccomp=/etc/p.json"]),
        one(13, "green", SecurityOpt=["no-new-privileges"]),
        one(14, "acme", ON_FRONT, SecurityOpt=["seccomp=unconfined"]),
        one(15, "blue", NetworkMode="container:" + f"{14:064x}"),
        one(16, "grey", NetworkMode="host"),
    ]
    if owners:
        containers += [
            one(17, "grey", ON_FRONT, PidMode="host"),
            one(20, "evil", Privileged=True, SecurityOpt=["seccomp=unconfined"]),
            one(21, "evil"),
            one(22, "curious"),
            one(23),
            one(24),
        ]
    place = Source(Channel.FILE, configurations_of("docker", f"{12:064x}")[0])
    bundle = b'{"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW"}}}'
    return [
        *an_engine(*containers, networks=(BRIDGE, NONE, HOST, FRONT), url=URL),  # type: ignore[arg-type]
        Reading(place, 1.0, "root", content=bundle),
    ]


def _libvirt(*uuids: str) -> list[Reading]:
    """Guests of libvirt, which use one image."""
    listed = ", ".join(
        f'{{"uuid": "{uuid}", "name": "{name}", "id": 1, "state": 1}}'
        for uuid, name in ((GUEST, "vm"), (OTHER_GUEST, "other"))
        if uuid in uuids
    )
    said = {
        OPEN: '{"read_only": false}',
        LIST_DOMAINS: f"[{listed}]",
        "virConnectGetVersion": '{"type": "QEMU", "version": 7002022}',
    }
    for uuid, name, tenant, extra in (
        (
            GUEST,
            "vm",
            "acme",
            "<launchSecurity type='sev-snp'><policy>0x30000</policy></launchSecurity>",
        ),
        (OTHER_GUEST, "other", "blue", ""),
    ):
        if uuid not in uuids:
            continue
        said[f"{DOMAIN} {uuid}"] = (
            f"<domain type='kvm' id='1'><name>{name}</name><uuid>{uuid}</uuid>"
            "<memory unit='KiB'>524288</memory><vcpu>1</vcpu>"
            "<metadata><isoscope:tenant xmlns:isoscope='https://isoscope.dev/libvirt'>"
            f"{tenant}</isoscope:tenant></metadata>{extra}"
            "<devices><disk type='file' device='disk'><driver name='qemu' type='raw'/>"
            "<source file='/srv/data/shared.img'/><target dev='vda'/></disk></devices></domain>"
        )
    return [
        Reading(Source(Channel.LIBVIRT, LIBVIRT, request), 1.0, "root", content=text.encode())
        for request, text in said.items()
    ]
