"""Namespaces of the host that a container was let into: ``namespaces(7)``."""

from __future__ import annotations

from collections.abc import Callable

from isoscope.assessment import capabilities as caps
from isoscope.assessment.declaration import Declaration, Subject, exposure
from isoscope.assessment.judgement import Judgement, all_of, not_applicable, test
from isoscope.assessment.measures.privileges import can_have
from isoscope.inventory.sandbox import Sandbox
from isoscope.inventory.workload import NamespaceKind, Workload


def _in_host(kind: NamespaceKind) -> Callable[[Subject], Judgement]:
    def judge(subject: Subject) -> Judgement:
        # gVisor in the host's network namespace uses the host's network stack.
        if _has_its_own(subject.workload, kind):
            return not_applicable("a guest has the namespaces of its own kernel", subject.kind)
        return test(
            subject.process.in_host_namespace[kind],
            bool,
            yes=f"it is in the host's {kind} namespace",
            no=f"it has a {kind} namespace of its own",
        )

    return judge


def _has_its_own(workload: Workload, kind: NamespaceKind) -> bool:
    """Whether its own kernel keeps its namespaces of this kind."""
    if workload.sandboxed_by is Sandbox.GVISOR:
        return kind is not NamespaceKind.NETWORK
    return workload.behind_own_kernel


def _gives_routes(subject: Subject) -> Judgement:
    """An advertisement is a raw packet: a guest's kernel sends it as it likes, a container's
    processes with NET_RAW, ``raw(7)``."""
    follows = subject.surroundings.of_host["router-advertisements-followed"]
    if subject.workload.behind_own_kernel:
        return follows
    connected = test(
        subject.process.network_interfaces,
        lambda names: any(name != "lo" for name in names),
        yes="it has a network device",
        no="it has no network device but its loopback",
    )
    able = can_have(subject, _NET_RAW, yes="it can have", no="it cannot have NET_RAW")
    return all_of(connected, able, follows, says=follows.says)


_NET_RAW = caps.mask("NET_RAW")


def _by_hand(kind: NamespaceKind) -> str:
    return f"readlink /proc/PID/ns/{kind} /proc/1/ns/{kind}"


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "host-mount-namespace",
        "In the host's mount namespace",
        what="The workload sees the host's own mounts: it has no file system of its own.",
        why="Every file of the host is where it always is; only permissions keep it.",
        by_hand=_by_hand(NamespaceKind.MOUNT),
        remedy="Run it in a container that has a mount namespace of its own.",
        references=("mount_namespaces(7)",),
        judge=_in_host(NamespaceKind.MOUNT),
    ),
    exposure(
        "host-pid-namespace",
        "In the host's PID namespace",
        what="The container sees all processes of the host and can signal those that its user ids "
        "let it.",
        why="Command lines and environments of the host's processes are readable to root inside, "
        "and killing them takes one call.",
        by_hand=_by_hand(NamespaceKind.PID),
        remedy="Run it without --pid=host.",
        references=("pid_namespaces(7)", "docker-run(1): --pid"),
        judge=_in_host(NamespaceKind.PID),
    ),
    exposure(
        "host-network-namespace",
        "In the host's network namespace",
        what="The container uses the host's network devices, ports and abstract sockets.",
        why="Services that listen only on the host's loopback are open to it, and with NET_RAW it "
        "can listen to all traffic.",
        by_hand=_by_hand(NamespaceKind.NETWORK),
        remedy="Give it a network of its own and publish the ports that it needs.",
        references=("network_namespaces(7)", "unix(7): abstract sockets", "CVE-2020-15257"),
        judge=_in_host(NamespaceKind.NETWORK),
    ),
    exposure(
        "host-ipc-namespace",
        "In the host's IPC namespace",
        what="The container shares System V IPC and POSIX message queues with the host.",
        why="Shared memory of the host's programs is open to it by its key.",
        by_hand=_by_hand(NamespaceKind.IPC),
        remedy="Run it without --ipc=host.",
        references=("ipc_namespaces(7)", "docker-run(1): --ipc"),
        judge=_in_host(NamespaceKind.IPC),
    ),
    exposure(
        "host-uts-namespace",
        "In the host's UTS namespace",
        what="The container has the host's host name as its own.",
        why="With SYS_ADMIN it can rename the host, on which certificates, logs and clusters rely.",
        by_hand=_by_hand(NamespaceKind.UTS),
        remedy="Run it without --uts=host.",
        references=("uts_namespaces(7)", "docker-run(1): --uts"),
        judge=_in_host(NamespaceKind.UTS),
    ),
    exposure(
        "host-cgroup-namespace",
        "In the host's cgroup namespace",
        what="The container sees the host's tree of control groups, as its engine leaves it with "
        "cgroup v1 unless told otherwise.",
        why="The names of services and of other containers can be read from it, and where the tree "
        "is writable their limits can be changed.",
        by_hand=_by_hand(NamespaceKind.CGROUP),
        remedy="Run it with --cgroupns=private.",
        references=("cgroup_namespaces(7)", "docker-run(1): --cgroupns"),
        judge=_in_host(NamespaceKind.CGROUP),
    ),
    exposure(
        "router-advertisements-followed",
        "The host takes routes from workloads",
        what="The host follows IPv6 router advertisements on a bridge that has ports, and the "
        "workload may send them.",
        why="One packet makes the workload the host's router, through which its traffic then goes.",
        by_hand="sysctl net.ipv6.conf.BRIDGE.accept_ra net.ipv6.conf.BRIDGE.forwarding; bridge "
        "link",
        remedy="Set net.ipv6.conf.BRIDGE.accept_ra to 0, or filter advertisements on its ports.",
        references=(
            "Documentation/networking/ip-sysctl.rst: accept_ra",
            "RFC 4861: Router Advertisement",
            "RFC 6105: RA-Guard",
        ),
        judge=_gives_routes,
    ),
)
