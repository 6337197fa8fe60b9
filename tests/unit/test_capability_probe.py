"""QEMU processes that run no guest: asked what they can do, or ended."""

from __future__ import annotations

import pytest

from isoscope.inventory.build import build_inventory
from isoscope.inventory.qemu_command import runs_no_guest
from isoscope.snapshot.document import Snapshot
from tests.fakes.host import FakeHost, Link, a_host, a_monitor, snapshot_of

PID = 700
CAPABILITY_PROBE = [
    "/usr/bin/qemu-system-x86_64",
    "-S",
    "-nodefaults",
    "-machine",
    "none,accel=kvm:tcg",
]
GUEST = ["/usr/bin/qemu-system-x86_64", "-machine", "q35,accel=kvm"]


def monitor(command: list[str], *files: str, listed: bool = True) -> Snapshot:
    tree = a_host() | a_monitor(PID)
    tree = {path: entry for path, entry in tree.items() if not path.startswith(f"/proc/{PID}/fd")}
    tree[f"/proc/{PID}/cmdline"] = "\0".join(command) + "\0"
    if listed:
        tree |= {f"/proc/{PID}/fd/{place}": Link(file) for place, file in enumerate(files)}
    return snapshot_of(FakeHost(tree))


def test_a_machine_without_a_board_and_without_virtual_cpus_is_no_guest() -> None:
    snapshot = monitor(CAPABILITY_PROBE, "/dev/null", "anon_inode:kvm-vm", "socket:[4711]")
    assert runs_no_guest(snapshot, PID)


def test_a_machine_with_a_board_is_a_guest() -> None:
    assert not runs_no_guest(monitor(GUEST, "/dev/null"), PID)


def test_a_vmm_that_holds_virtual_cpus_is_a_guest_whatever_its_command_line_says() -> None:
    snapshot = monitor(CAPABILITY_PROBE, "/dev/null", "anon_inode:kvm-vcpu:0")
    assert not runs_no_guest(snapshot, PID)


@pytest.mark.parametrize("command", [CAPABILITY_PROBE, GUEST])
def test_where_its_open_files_cannot_be_seen_it_counts_as_a_guest(command: list[str]) -> None:
    assert not runs_no_guest(monitor(command, listed=False), PID)


@pytest.mark.parametrize(("threads", "seen"), [("1", []), ("3", [f"qemu:{PID}"])])
def test_a_vmm_that_ended_and_waits_for_its_parent_is_no_vm(threads: str, seen: list[str]) -> None:
    tree = a_host() | a_monitor(PID)
    status = str(tree[f"/proc/{PID}/status"])
    lines = [line for line in status.splitlines() if not line.startswith(("State:", "Threads:"))]
    tree[f"/proc/{PID}/status"] = "\n".join(
        [*lines, "State:\tZ (zombie)", f"Threads:\t{threads}", ""]
    )
    inventory = build_inventory(snapshot_of(FakeHost(tree)))
    assert [workload.id for workload in inventory.workloads] == seen
