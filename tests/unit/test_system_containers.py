"""Containers of LXC and systemd-nspawn: their managers' files, and what the kernel shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.build import build_inventory
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.system_containers import parse_machine
from isoscope.inventory.workload import Workload, WorkloadKind
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Gap
from probes.probe import Recorder
from probes.system_containers import SystemContainerProbe
from tests.fakes.host import HOST_ANSWERS, FakeHost, Tree, a_host, a_process, snapshot_of

MACHINE = "# This is private data. Do not parse.\nNAME={}\nSERVICE={}\nLEADER={}\nCLASS=container\n"
NSPAWN = "/machine.slice/my-unit.service/payload"


def a_machine_file(name: str, leader: int, service: str = "systemd-nspawn") -> Tree:
    return {f"/run/systemd/machines/{name}": MACHINE.format(name, service, leader)}


def first_in(pid: int, cgroup: str) -> Tree:
    tree = a_process(pid, parent=2, cgroup=cgroup)
    status = str(tree[f"/proc/{pid}/status"])
    tree[f"/proc/{pid}/status"] = status.replace(f"NSpid:\t{pid}", f"NSpid:\t{pid}\t1")
    return tree


def looked_at(*trees: Tree, gaps: dict[str, Gap] | None = None) -> Snapshot:
    host = FakeHost(a_host(), *trees, gaps=gaps, answers=HOST_ANSWERS)
    recorder = Recorder(float("inf"))
    SystemContainerProbe().run(host, recorder)
    return snapshot_of(host, *recorder.close()[0])


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
