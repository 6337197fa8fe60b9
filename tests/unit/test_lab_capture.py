"""A real host with SELinux and cgroup v2, as it was captured, and what is true of its workloads.

``workloads.tsv`` of the capture says in tags what its author gave every workload. Here every tag is
held against what the inventory found, and what no tag says must not be found.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from isoscope.inventory.build import build_inventory
from isoscope.inventory.host import SelinuxState
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.observation import Observation
from isoscope.inventory.workload import (
    NamespaceKind,
    ProcessFacts,
    SeccompMode,
    SecurityLabel,
    Workload,
)
from probes.host.captured import CapturedTree
from tests.captures import LabWorkload, make_tree, managers_readings, unpacked, workloads_of
from tests.fakes.host import DEFAULT_CAPABILITIES, container_id, snapshot_of

PODMAN_CAPABILITIES = 0x800405FB
CONTAINERS = ("docker", "podman-root", "podman-rootless")
ASSESSED = (*CONTAINERS, "libvirt")
NUMBERS = {
    "cap-dac-read-search": 2,
    "cap-net-admin": 12,
    "cap-sys-module": 16,
    "cap-sys-rawio": 17,
    "cap-sys-ptrace": 19,
    "cap-sys-admin": 21,
}
HOST_NAMESPACES = {
    "pid-host": NamespaceKind.PID,
    "net-host": NamespaceKind.NETWORK,
    "ipc-host": NamespaceKind.IPC,
    "uts-host": NamespaceKind.UTS,
    "cgroupns-host": NamespaceKind.CGROUP,
}


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked("lab-selinux", tmp_path_factory.mktemp("capture"))


@pytest.fixture(scope="module")
def inventory(capture: Path, tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    tree = CapturedTree(make_tree(capture, tmp_path_factory.mktemp("root")))
    files = [tree.file(f"/run/libvirt/qemu/v-{name}.pid") for name in ("acme", "globex", "tpm")]
    return build_inventory(snapshot_of(tree, *managers_readings(capture), *files))


@pytest.fixture(scope="module")
def lab(capture: Path, inventory: Inventory) -> list[tuple[LabWorkload, Workload]]:
    """What the lab says of each container and guest, with what was found of it."""
    by_pid = {workload.pid: workload for workload in inventory.workloads}
    return [(w, by_pid[w.pid]) for w in workloads_of(capture) if w.runtime in ASSESSED]


def facts(workload: Workload) -> ProcessFacts:
    assert workload.process is not None
    return workload.process


def wrong(
    lab: list[tuple[LabWorkload, Workload]],
    runtimes: tuple[str, ...],
    expected: Callable[[LabWorkload], object],
    found: Callable[[Workload], object],
) -> dict[str, tuple[object, object]]:
    """The workloads of which something else was found than is expected, with both."""
    compared = {
        of_lab.name: (expected(of_lab), found(workload))
        for of_lab, workload in lab
        if of_lab.runtime in runtimes
    }
    assert len(compared) > 5
    return {name: pair for name, pair in compared.items() if pair[0] != pair[1]}


def test_every_container_and_guest_is_found(
    capture: Path, lab: list[tuple[LabWorkload, Workload]]
) -> None:
    found = {of_lab.name for of_lab, _ in lab}
    assert found == {w.name for w in workloads_of(capture) if w.runtime in ASSESSED}
    assert len(found) == 74


def test_nothing_else_is_but_system_containers(
    capture: Path, inventory: Inventory, lab: list[tuple[LabWorkload, Workload]]
) -> None:
    """Their leaders are those that the lab wrote down; a supervisor is none of them."""
    others = {w.id for w in inventory.workloads} - {workload.id for _, workload in lab}
    found = {w.pid for w in inventory.workloads if w.id in others}
    assert found == {w.pid for w in workloads_of(capture) if w.runtime in ("nspawn", "lxc")}
    assert len(found) == 5


def test_each_is_of_the_engine_that_ran_it(lab: list[tuple[LabWorkload, Workload]]) -> None:
    engines = {"podman-root": "podman", "podman-rootless": "podman"}
    assert not wrong(lab, ASSESSED, lambda w: engines.get(w.runtime, w.runtime), lambda w: w.engine)


def test_each_has_the_name_that_it_was_given(lab: list[tuple[LabWorkload, Workload]]) -> None:
    """But for bob's, whose Podman was asked only after his containers had been started again."""
    described = [(of_lab, w) for of_lab, w in lab if w.seen_by != ("kernel",)]
    names = wrong(described, ASSESSED, lambda w: w.name.rpartition("-")[2], _last_of_name)
    assert not names
    assert {of_lab.name[:6] for of_lab, w in lab if w.seen_by == ("kernel",)} == {"pl-bob"}


def _last_of_name(workload: Workload) -> str:
    return workload.name.rpartition("-")[2]


@pytest.mark.parametrize("tag", HOST_NAMESPACES)
def test_namespaces_of_the_host(lab: list[tuple[LabWorkload, Workload]], tag: str) -> None:
    kind = HOST_NAMESPACES[tag]
    assert not wrong(
        lab, CONTAINERS, lambda w: tag in w.tags, lambda w: facts(w).in_host_namespace[kind].value
    )


def test_user_namespaces(lab: list[tuple[LabWorkload, Workload]]) -> None:
    def own(workload: LabWorkload) -> bool:
        return bool(
            {"rootless", "userns", "userns-mapped", "userns-mapped-same-range"} & workload.tags
        )

    assert not wrong(lab, CONTAINERS, own, lambda w: not facts(w).capabilities_hold_on_host.value)


def test_seccomp(lab: list[tuple[LabWorkload, Workload]]) -> None:
    assert not wrong(
        lab,
        ASSESSED,
        lambda w: bool({"privileged", "seccomp-unconfined"} & w.tags),
        lambda w: facts(w).seccomp.value is SeccompMode.DISABLED,
    )


def test_no_new_privileges(lab: list[tuple[LabWorkload, Workload]]) -> None:
    assert not wrong(
        lab,
        CONTAINERS,
        lambda w: "hardened" in w.tags,
        lambda w: facts(w).no_new_privileges.value,
    )


def test_capabilities(lab: list[tuple[LabWorkload, Workload]]) -> None:
    def bounding(workload: LabWorkload) -> int:
        if "privileged" in workload.tags:  # Docker 20.10 knows 38 of the kernel's 41
            return (1 << 38) - 1 if workload.runtime == "docker" else (1 << 41) - 1
        if "hardened" in workload.tags:
            return 0
        default = DEFAULT_CAPABILITIES if workload.runtime == "docker" else PODMAN_CAPABILITIES
        return default | sum(1 << NUMBERS[tag] for tag in workload.tags if tag in NUMBERS)

    def found(workload: Workload) -> int | None:
        value = facts(workload).capabilities.value
        return None if value is None else value.bounding

    assert not wrong(lab, CONTAINERS, bounding, found)


def test_a_user_who_is_not_root_inside_has_no_capabilities(
    lab: list[tuple[LabWorkload, Workload]],
) -> None:
    def effective(workload: Workload) -> bool | None:
        value = facts(workload).capabilities.value
        return None if value is None else value.effective == 0

    assert not wrong(
        lab, CONTAINERS, lambda w: bool({"hardened", "userns-keep-id"} & w.tags), effective
    )


def test_limits(lab: list[tuple[LabWorkload, Workload]]) -> None:
    """Docker's stand at its scope, crun's one level further down, libvirt's in between."""

    def limited(workload: LabWorkload) -> bool:
        return bool({"hardened", "limits"} & workload.tags)

    def by(resource: str) -> Callable[[Workload], bool | None]:
        def found(workload: Workload) -> bool | None:
            value = getattr(facts(workload), resource).value
            return None if value is None else value.amount is not None

        return found

    assert not wrong(lab, CONTAINERS, limited, by("memory"))
    assert not wrong(lab, CONTAINERS, limited, by("cpu"))
    assert not wrong(lab, ("libvirt",), limited, by("memory"))
    assert not wrong(lab, CONTAINERS, lambda _: False, by("block_io"))


def test_everybodys_processes_are_limited(lab: list[tuple[LabWorkload, Workload]]) -> None:
    def amount(workload: Workload) -> float | None:
        value = facts(workload).processes.value
        return None if value is None else value.amount

    def expected(workload: LabWorkload) -> float:
        if workload.runtime == "libvirt":
            return 16384
        if "limits" in workload.tags:
            return 32
        if "hardened" in workload.tags:
            return 64 if workload.runtime == "docker" else 32
        return 5807 if workload.runtime == "docker" else 2048  # systemd's and Podman's default

    assert not wrong(lab, ASSESSED, expected, amount)


def mount_points(workload: Workload) -> set[tuple[str, str, bool]]:
    """What of the host's root disk is mounted where, and whether it may be written."""
    mounts = facts(workload).mounts.value
    assert mounts is not None
    return {(m.root, m.mount_point, m.writable) for m in mounts if m.mount_source == "/dev/vda2"}


def test_the_hosts_root(lab: list[tuple[LabWorkload, Workload]]) -> None:
    def expected(workload: LabWorkload) -> bool | None:
        return "ro" not in workload.tags if "host-root-mount" in workload.tags else None

    def writable(workload: Workload) -> bool | None:
        return next((w for root, _, w in mount_points(workload) if root == "/"), None)

    assert not wrong(lab, CONTAINERS, expected, writable)


def test_the_hosts_etc(lab: list[tuple[LabWorkload, Workload]]) -> None:
    assert not wrong(
        lab,
        CONTAINERS,
        lambda w: "host-etc-mount" in w.tags,
        lambda w: any(root == "/etc" for root, _, _ in mount_points(w)),
    )


def test_the_shared_volume(lab: list[tuple[LabWorkload, Workload]]) -> None:
    def expected(workload: LabWorkload) -> bool | None:
        return "ro" not in workload.tags if "shared-volume" in workload.tags else None

    def writable(workload: Workload) -> bool | None:
        shared = "/var/lib/docker/volumes/sharedvol/_data"
        return next((w for root, _, w in mount_points(workload) if root == shared), None)

    assert not wrong(lab, CONTAINERS, expected, writable)


def test_the_engines_socket(inventory: Inventory, lab: list[tuple[LabWorkload, Workload]]) -> None:
    def mounts_socket(workload: Workload) -> bool:
        return any(m.root == "/docker.sock" for m in facts(workload).mounts.value or ())

    assert not wrong(lab, CONTAINERS, lambda w: "docker-sock" in w.tags, mounts_socket)
    sockets = inventory.control_sockets.value
    assert sockets is not None
    assert {"/run/docker.sock", "/run/libvirt/libvirt-sock", "/run/podman/podman.sock"} <= set(
        sockets
    )


def test_the_hosts_proc_and_cgroups(lab: list[tuple[LabWorkload, Workload]]) -> None:
    def procs(workload: Workload) -> int:
        mounts = facts(workload).mounts.value or ()
        return len([m for m in mounts if m.file_system == "proc" and m.root == "/"])

    def of_host(workload: LabWorkload) -> int:
        if "host-root-mount" in workload.tags:
            return 2  # the host's, and its own once more below the host's root
        return int("host-proc-mount" in workload.tags)

    def sees_all_cgroups(workload: LabWorkload) -> bool:
        return bool({"host-root-mount", "host-cgroup-mount", "cgroupns-host"} & workload.tags)

    assert not wrong(lab, ("docker",), lambda w: 1 + of_host(w), procs)
    assert not wrong(lab, ("docker",), sees_all_cgroups, _sees_all_cgroups)


def _sees_all_cgroups(workload: Workload) -> bool:
    return any(
        m.file_system == "cgroup2" and m.root == "/" for m in facts(workload).mounts.value or ()
    )


def test_joined_namespaces(lab: list[tuple[LabWorkload, Workload]]) -> None:
    def sharers(kind: NamespaceKind) -> set[frozenset[str]]:
        by_number: dict[int | None, set[str]] = {}
        for of_lab, workload in lab:
            if of_lab.runtime != "docker" or facts(workload).in_host_namespace[kind].value:
                continue
            number = facts(workload).namespaces[kind].value
            by_number.setdefault(number, set()).add(of_lab.name)
        assert None not in by_number
        return {frozenset(names) for names in by_number.values() if len(names) > 1}

    (net,) = sharers(NamespaceKind.NETWORK)
    assert "d-joinnet" in net
    assert len(net) == 2
    (pid,) = sharers(NamespaceKind.PID)
    assert "d-joinpid" in pid
    assert sharers(NamespaceKind.MOUNT) == set()


def test_labels(inventory: Inventory, lab: list[tuple[LabWorkload, Workload]]) -> None:
    """SELinux is permissive there, so nothing confines, whatever the label."""
    selinux = inventory.host.selinux.value
    assert selinux is not None
    assert selinux.state is SelinuxState.PERMISSIVE
    assert all(w[1].process and not _label(w[1]).enforced for w in lab)

    def domain(workload: LabWorkload) -> str:
        if workload.runtime == "libvirt":
            return "virtd_t" if "seclabel-none" in workload.tags else "svirt_t"
        return "initrc_t" if workload.runtime == "docker" else "unconfined_t"

    assert not wrong(lab, ASSESSED, domain, lambda w: _label(w).label.split(":")[2])
    categories = {
        _label(workload).categories
        for of_lab, workload in lab
        if of_lab.runtime == "libvirt" and "seclabel-none" not in of_lab.tags
    }
    assert len(categories) == 9, "each guest has categories of its own"
    assert "s0:c10,c20" in categories


def _label(workload: Workload) -> SecurityLabel:
    value = facts(workload).label.value
    assert value is not None
    return value


def test_engines_and_kernel_agree_but_where_they_do_not(
    lab: list[tuple[LabWorkload, Workload]],
) -> None:
    """Docker 20.10 calls privileged what lacks three newer capabilities, and bob's Podman was asked
    only after his containers had been started again."""
    found = {(w.name[:6], d.key) for w, workload in lab for d in workload.disagreements}
    assert found == {("d-priv", "privileged"), ("pl-bob", "listed by its engine")}


def test_what_stays_unknown(lab: list[tuple[LabWorkload, Workload]]) -> None:
    """On cgroup v2 no file shows device rules; the capture has neither ``ksm_stat`` nor
    ``net/if_inet6``, and files alone hold no answer of ``NS_GET_USERNS``."""
    unknown: set[str] = set()
    for _, workload in lab:
        for name in ProcessFacts.__slots__:
            value = getattr(facts(workload), name)
            many = value.values() if isinstance(value, dict) else [value]
            unknown |= {o.key for o in many if isinstance(o, Observation) and not o.known}
    assert unknown == {"device_rules", "mergeable", "namespace-owners", "speaks_ipv6"}


def test_no_workload_hides(inventory: Inventory) -> None:
    assert [hole.what for hole in inventory.holes if hole.hides_workloads] == []


def test_ids_are_the_engines(inventory: Inventory) -> None:
    length = len(container_id(0))
    for workload in inventory.workloads:
        kind, _, identifier = workload.id.partition(":")
        assert kind in ("docker", "podman", "libvirt", "lxc", "nspawn")
        if kind not in ("lxc", "nspawn"):
            assert len(identifier) == (36 if kind == "libvirt" else length)
