"""What a workload has in common with other tenants' workloads."""

from __future__ import annotations

from collections.abc import Callable

from isoscope.assessment.declaration import Declaration, Subject, exposure, measure
from isoscope.assessment.judgement import Judgement


def surveyed(key: str) -> Callable[[Subject], Judgement]:
    """What the survey of neighbours found under an id."""
    return lambda subject: subject.neighbourhood[key]


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "unseen-workloads",
        "Workloads may run unseen",
        what="Part of the host could not be looked at, and workloads may run there.",
        why="A neighbour that nobody saw may share anything with this workload, or own the host.",
        by_hand="sudo isoscope scan",
        remedy="Let Isoscope see all processes: run it as root on the host itself.",
        references=("proc(5): hidepid", "pid_namespaces(7)"),
        judge=surveyed("unseen-workloads"),
    ),
    exposure(
        "shared-namespace",
        "A namespace shared with another tenant",
        what="A workload of another tenant is in the same PID, network, IPC or mount namespace.",
        why="Inside one namespace the two see each other's processes, ports, shared memory or "
        "files.",
        by_hand="readlink /proc/PID/ns/* /proc/OTHER_PID/ns/*",
        remedy="Give each tenant's workloads namespaces of their own: no --pid, --network or --ipc "
        "of host or container:.",
        references=("namespaces(7)",),
        judge=surveyed("shared-namespace"),
    ),
    exposure(
        "neighbour-in-host-pid-namespace",
        "A neighbour sees all processes",
        what="A workload of another tenant is in the host's PID namespace, which holds every "
        "process, with capabilities that count there.",
        why="It can signal these processes, and read their memory where it holds no fewer "
        "capabilities than they do.",
        by_hand="readlink /proc/OTHER_PID/ns/pid /proc/1/ns/pid",
        remedy="Run the neighbour without --pid=host, or in a user namespace of its own.",
        references=("pid_namespaces(7)", "ptrace(2): access mode checking"),
        judge=surveyed("neighbour-in-host-pid-namespace"),
    ),
    exposure(
        "shared-writable-storage",
        "Another tenant writes its storage",
        what="Another tenant's workload can write a directory, volume or disk that this one uses.",
        why="What it reads there is what the neighbour put there.",
        by_hand="awk '{print $3, $4}' /proc/PID/mountinfo /proc/OTHER_PID/mountinfo | sort | "
        "uniq -d",
        remedy="Give each tenant a volume of its own, or mount it read-only for the other.",
        references=("proc(5): mountinfo",),
        judge=surveyed("shared-writable-storage"),
    ),
    exposure(
        "shared-readable-storage",
        "Another tenant reads its storage",
        what="Another tenant's workload can read a directory, volume or disk that this one writes.",
        why="What it writes there is no secret from the neighbour.",
        by_hand="awk '{print $3, $4}' /proc/PID/mountinfo /proc/OTHER_PID/mountinfo | sort | "
        "uniq -d",
        remedy="Give each tenant a volume of its own.",
        references=("proc(5): mountinfo",),
        judge=surveyed("shared-readable-storage"),
    ),
    exposure(
        "shared-network-segment",
        "On a network with another tenant",
        what="A workload of another tenant is on the same bridge; what is to keep the two apart "
        "is named with it.",
        why="It can connect to every port.",
        by_hand="docker network inspect NETWORK; bridge -d link; nft list ruleset",
        remedy="Give each tenant a network of its own.",
        references=("network_namespaces(7)", "docker-network-create(1)"),
        judge=surveyed("shared-network-segment"),
    ),
    exposure(
        "routed-from-another-network",
        "Another tenant's network is routed to it",
        what="The host forwards packets to this workload's network from one on which a workload of "
        "another tenant is, and no rule of its firewall drops them.",
        why="Networks of their own then keep nobody apart: it can connect to every port.",
        by_hand="sysctl net.ipv4.conf.BRIDGE.forwarding net.ipv6.conf.all.forwarding; nft list "
        "ruleset",
        remedy="Let the engine make its rules (Docker: no --iptables=false; Podman: network create "
        "-o isolate=true), or drop what the host forwards between the bridges.",
        references=(
            "Documentation/networking/ip-sysctl.rst: forwarding",
            "nft(8)",
            "https://docs.docker.com/engine/network/packet-filtering-firewalls/",
        ),
        judge=surveyed("routed-from-another-network"),
    ),
    exposure(
        "shared-host-user-ids",
        "The same host user ids, and no MAC label between",
        what="A workload of another tenant runs with the same user ids on the host, and no "
        "mandatory access control keeps the two apart.",
        why="Whoever breaks out of one finds the other's processes and files open to its user id.",
        by_hand="cat /proc/PID/uid_map /proc/PID/attr/current",
        remedy="Give each tenant a range of user ids of its own (--userns=auto), or let AppArmor "
        "or SELinux confine the neighbours.",
        references=("user_namespaces(7)", "credentials(7)"),
        judge=surveyed("shared-host-user-ids"),
    ),
    exposure(
        "shared-mcs-categories",
        "The same SELinux categories",
        what="A workload of another tenant has the same SELinux context, categories included.",
        why="SELinux keeps containers and VMs of one type apart by their categories alone.",
        by_hand="ps -eZ | grep -E 'container_t|svirt_t'",
        remedy="Let the engine choose the categories; give no two tenants the same level.",
        references=("selinux(8)", "mcs(8)"),
        judge=surveyed("shared-mcs-categories"),
    ),
    exposure(
        "same-page-merging",
        "Pages merged with another tenant",
        what="The kernel merges equal memory pages of this workload and another tenant's (KSM).",
        why="Whether a page is merged can be timed, which tells its content; and a flipped bit in "
        "a merged page flips for both.",
        by_hand="cat /sys/kernel/mm/ksm/run /proc/PID/ksm_stat",
        remedy="Switch KSM off (echo 2 > /sys/kernel/mm/ksm/run) or keep the workload out of it "
        "(libvirt: <nosharepages/>).",
        references=("Documentation/admin-guide/mm/ksm.rst",),
        judge=surveyed("same-page-merging"),
    ),
    measure(
        "distinct-mac-label",
        "A MAC label that no other tenant has",
        what="AppArmor or SELinux enforces a label on this workload, and none of another tenant "
        "has the same or goes without.",
        why="It keeps two tenants apart even after both broke out of their namespaces.",
        by_hand="cat /proc/PID/attr/current /proc/OTHER_PID/attr/current",
        remedy="Enforce SELinux with categories per workload, or an AppArmor profile per tenant.",
        references=("selinux(8)", "apparmor(7)"),
        judge=surveyed("distinct-mac-label"),
    ),
    measure(
        "distinct-host-user-ids",
        "Host user ids that no other tenant has",
        what="No user id on the host is shared with a workload of another tenant.",
        why="Files, keyrings and per-user quotas of the kernel are kept apart by user id.",
        by_hand="cat /proc/PID/uid_map /proc/OTHER_PID/uid_map",
        remedy="Give each tenant a range of its own: --userns=auto, or a rootless engine per user.",
        references=("user_namespaces(7)", "subuid(5)"),
        judge=surveyed("distinct-host-user-ids"),
    ),
    measure(
        "kernels-apart",
        "Each side has a kernel of its own",
        what="This workload and all workloads of other tenants run on kernels of their own.",
        why="A flaw of one kernel then stays in one workload.",
        by_hand="virsh list; docker ps",
        remedy="Run each tenant's workloads in VMs, micro-VMs or Kata sandboxes.",
        references=("Documentation/process/threat-model.rst",),
        judge=surveyed("kernels-apart"),
    ),
)
