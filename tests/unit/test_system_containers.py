"""Containers of LXC and systemd-nspawn: their managers' files, and what the kernel shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.build import build_inventory
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.system_containers import parse_machine
from isoscope.inventory.workload import Workload, WorkloadKind
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.lxc import directory_of_monitor, lxc_path_in
from isoscope.snapshot.reading import Channel, Gap
from isoscope.snapshot.redact_command import redact_process_command
from probes.probe import Recorder
from probes.system_containers import SystemContainerProbe
from tests.fakes.host import (
    HOST_ANSWERS,
    FakeHost,
    Tree,
    a_host,
    a_process,
    snapshot_of,
)
from tests.fakes.lxc import a_monitor
from tests.unit.engine_snapshots import reading

MACHINE = "# This is private data. Do not parse.\nNAME={}\nSERVICE={}\nLEADER={}\nCLASS=container\n"
NSPAWN = "/machine.slice/my-unit.service/payload"


def a_machine_file(name: str, leader: int, service: str = "systemd-nspawn") -> Tree:
    return {f"/run/systemd/machines/{name}": MACHINE.format(name, service, leader)}


def first_in(pid: int, cgroup: str) -> Tree:
    tree = a_process(pid, parent=2, cgroup=cgroup)
    status = str(tree[f"/proc/{pid}/status"])
    tree[f"/proc/{pid}/status"] = status.replace(f"NSpid:\t{pid}", f"NSpid:\t{pid}\t1")
    return tree


def looked_at(
    *trees: Tree, gaps: dict[str, Gap] | None = None, owners: dict[str, int] | None = None
) -> Snapshot:
    host = FakeHost(a_host(), *trees, gaps=gaps, answers=HOST_ANSWERS)
    recorder = Recorder(float("inf"))
    SystemContainerProbe().run(host, recorder)
    owned = [
        reading(
            Channel.STATUS,
            path,
            "",
            {"mode": 0o40755, "uid": uid, "gid": uid, "dev": 1, "ino": 1, "rdev": 0},
        )
        for path, uid in (owners or {}).items()
    ]
    return snapshot_of(host, *recorder.close()[0], *owned)


def inventory(*trees: Tree, gaps: dict[str, Gap] | None = None) -> Inventory:
    return build_inventory(looked_at(*trees, gaps=gaps))


def only(found: Inventory) -> Workload:
    (workload,) = found.workloads
    return workload


def test_a_machine_is_the_cgroup_of_its_leader_whatever_its_unit_is_called() -> None:
    workload = only(inventory(a_machine_file("web", 50), first_in(50, NSPAWN)))
    assert (workload.id, workload.name, workload.pid) == ("nspawn:web", "web", 50)
    assert workload.kind is WorkloadKind.SYSTEM_CONTAINER
    assert workload.seen_by == ("nspawn", "kernel")
    assert workload.attributes_unknown is None


def test_without_its_file_it_shows_by_its_unit_and_its_owner_is_unknown() -> None:
    workload = only(inventory(first_in(50, NSPAWN)))
    assert workload.id == "nspawn:my-unit"
    assert workload.seen_by == ("kernel",)
    assert workload.attributes_unknown is not None


def test_machines_of_others_are_theirs() -> None:
    found = inventory(a_machine_file("qemu-1-v", 50, "libvirt-qemu"))
    assert (found.workloads, found.stopped) == ((), ())


def test_a_container_of_lxc_is_its_directory_and_its_cgroup() -> None:
    config: Tree = {"/var/lib/lxc/web/config": "lxc.uts.name = web\n"}
    workload = only(inventory(config, first_in(50, "/lxc.payload.web")))
    assert (workload.id, workload.name, workload.engine) == ("lxc:web", "web", "lxc")
    assert workload.seen_by == ("lxc", "kernel")
    assert workload.attributes_unknown is None


def test_one_that_does_not_run_is_known_and_not_judged() -> None:
    found = inventory({"/var/lib/lxc/web/config": "lxc.uts.name = web\n"})
    assert found.workloads == ()
    assert [workload.id for workload in found.stopped] == ["lxc:web"]


def test_a_directory_without_a_configuration_is_no_container() -> None:
    assert inventory({"/var/lib/lxc/web/rootfs/etc/hosts": ""}).stopped == ()


def test_one_that_another_manager_made_in_the_same_way_has_an_unknown_owner() -> None:
    """Incus and LXD name their cgroups likewise, and keep their containers elsewhere."""
    workload = only(inventory(first_in(50, "/lxc.payload.web")))
    assert workload.id == "lxc:web"
    assert workload.attributes_unknown is not None


def test_a_configuration_is_not_kept() -> None:
    snapshot = looked_at({"/var/lib/lxc/web/config": "lxc.environment = PASSWORD=x\n"})
    assert not any(b"PASSWORD" in (each.content or b"") for each in snapshot.readings.values())


def test_a_manager_whose_files_were_denied_hides_nothing_that_the_kernel_shows() -> None:
    found = inventory(first_in(50, "/lxc.payload.web"), gaps={"/var/lib/lxc": Gap.DENIED})
    (hole,) = [each for each in found.holes if "LXC" in each.what]
    assert not hole.hides_workloads
    assert only(found).id == "lxc:web"


CONFIG = "lxc.uts.name = web\n"


def watched(pid: int, cgroup: str, monitor: int) -> Tree:
    tree = first_in(pid, cgroup)
    status = str(tree[f"/proc/{pid}/status"])
    return tree | {f"/proc/{pid}/status": status.replace("PPid:\t2", f"PPid:\t{monitor}")}


def test_containers_of_lxc_are_where_its_settings_say_too() -> None:
    tree: Tree = {"/etc/lxc/lxc.conf": "lxc.lxcpath = /srv/lxc/\n", "/srv/lxc/db/config": CONFIG}
    found = inventory(tree, {"/var/lib/lxc/web/config": CONFIG})
    assert [each.id for each in found.stopped] == ["lxc:db", "lxc:web"]


def test_a_place_that_the_settings_name_and_that_cannot_be_read_is_a_hole() -> None:
    tree: Tree = {"/etc/lxc/lxc.conf": "lxc.lxcpath = /srv/lxc\n"}
    found = inventory(tree, gaps={"/srv/lxc": Gap.DENIED})
    assert [each.what for each in found.holes] == ["LXC, below /srv/lxc"]


def test_containers_of_a_user_are_in_the_home_and_the_user_s() -> None:
    tree: Tree = {
        "/etc/passwd": "ann:x:1000:1000:Ann:/home/ann:/bin/sh\n",
        "/home/ann/.local/share/lxc/web/config": CONFIG,
    }
    snapshot = looked_at(tree, owners={"/home/ann/.local/share/lxc": 1000})
    (found,) = build_inventory(snapshot).stopped
    assert (found.id, found.attributes.rootless_user) == ("lxc:web@1000", "uid 1000")
    assert "Ann" not in "".join(each.text() for each in snapshot.readings.values())


def test_containers_are_found_beside_those_that_run_wherever_that_is() -> None:
    beside: Tree = {"/srv/lxc/web/config": CONFIG, "/srv/lxc/db/config": CONFIG}
    running = a_monitor(49, "web", "/srv/lxc") | watched(50, "/lxc.payload.web", 49)
    found = inventory(beside, running)
    assert [(each.id, each.pid, each.seen_by) for each in found.workloads] == [
        ("lxc:web", 50, ("lxc", "kernel"))
    ]
    assert [each.id for each in found.stopped] == ["lxc:db"]


def test_two_of_one_name_are_told_apart_by_where_they_are() -> None:
    usual: Tree = {"/var/lib/lxc/web/config": CONFIG, "/srv/lxc/web/config": CONFIG}
    running = a_monitor(49, "web", "/srv/lxc") | watched(50, "/lxc.payload.web", 49)
    found = inventory(usual, running)
    assert [(each.id, each.pid) for each in found.workloads] == [("lxc:web@/srv/lxc", 50)]
    assert [each.id for each in found.stopped] == ["lxc:web"]


def test_where_a_user_s_monitor_points_nobody_looks() -> None:
    beside: Tree = {"/root/web/config": CONFIG, "/root/secret/config": CONFIG}
    running = a_monitor(49, "web", "/root", uids=(1000,) * 4)
    found = looked_at(beside, running, watched(50, "/lxc.payload.web", 49))
    assert not any("/root/" in each.source.target for each in found.readings.values())


def test_two_that_claim_one_directory_settle_nothing() -> None:
    usual: Tree = {"/var/lib/lxc/web/config": CONFIG}
    one = a_monitor(49, "web", "/var/lib/lxc") | watched(50, "/lxc.payload.other", 49)
    two = a_monitor(59, "web", "/var/lib/lxc") | watched(60, "/lxc.payload.another", 59)
    found = inventory(usual, one, two)
    assert [(each.id, each.pid) for each in found.workloads] == [
        ("lxc:another", 60),
        ("lxc:other", 50),
    ]


@pytest.mark.parametrize(
    ("command", "directory"),
    [
        ("[lxc monitor] /var/lib/lxc web\0", "/var/lib/lxc/web"),
        ("[lxc monitor] /home/a b/lxc web\0", "/home/a b/lxc/web"),
        ("lxc-start\0-F\0-n\0web\0-P\0/srv\0", "/srv/web"),
        ("/usr/bin/lxc-execute\0-nweb\0--lxcpath=/srv/\0--\0-n\0x\0", "/srv/web"),
        ("lxc-start\0-n\0web\0", ""),
        ("lxc-attach\0-n\0web\0-P\0/srv\0", ""),
        ("[lxc monitor] /srv ..\0", ""),
        ("[lxc monitor] srv web\0", ""),
        ("", ""),
    ],
)
def test_a_monitor_says_which_container_it_watches(command: str, directory: str) -> None:
    assert directory_of_monitor(command) == directory


@pytest.mark.parametrize(
    "command",
    [
        b"lxc-execute\0-n\0web\0-P\0/srv\0--\0sh\0-c\0PASSWORD=hunter2\0",
        b"lxc-start\0-nweb\0-P\0/srv\0hunter2\0",
        b"lxc-attach\0-n\0web\0--\0hunter2\0",
        b"[lxc monitor] /srv web\0hunter2\0",
    ],
)
def test_of_a_monitor_s_command_only_the_container_is_kept(command: bytes) -> None:
    kept = redact_process_command(command)
    assert b"hunter2" not in kept
    assert redact_process_command(kept) == kept
    assert directory_of_monitor(kept.decode()) == directory_of_monitor(command.decode())


def test_of_lxc_s_settings_only_the_place_is_kept() -> None:
    tree: Tree = {"/etc/lxc/lxc.conf": "lxc.bdev.ceph = hunter2\nlxc.lxcpath=/srv/lxc\n"}
    kept = looked_at(tree).file("/etc/lxc/lxc.conf").text()
    assert kept == "lxc.lxcpath = /srv/lxc\n"


@given(st.text())
def test_whatever_a_command_or_settings_hold_nothing_raises(text: str) -> None:
    directory_of_monitor(text)
    lxc_path_in(text)


@pytest.mark.parametrize("text", ["", "NAME=\nSERVICE=x\n", "SERVICE=systemd-nspawn\n"])
def test_a_file_without_a_name_or_service_is_not_understood(text: str) -> None:
    with pytest.raises(ValueError, match="no machine"):
        parse_machine(text)


@given(st.text())
def test_whatever_a_file_holds_only_value_errors(text: str) -> None:
    try:
        parse_machine(text)
    except ValueError:
        return
