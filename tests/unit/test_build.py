"""The inventory: what managers describe, joined with what the kernel shows."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isoscope.inventory.build import build_inventory
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.observation import Observation
from isoscope.inventory.workload import ProcessFacts, SeccompMode, Workload, WorkloadKind
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.manager_places import DOMAIN, LIST_DOMAINS, OPEN
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from tests.fakes.docker import URL, an_engine, described, no_answer
from tests.fakes.host import (
    HOST_ANSWERS,
    FakeHost,
    Tree,
    a_container,
    a_host,
    a_monitor,
    a_process,
    cgroup_of_container,
    container_id,
    snapshot_of,
)

UUID = "11111111-2222-3333-4444-555555555555"
SYSTEM = "qemu:///system"


def inventory_of(
    *trees: Tree,
    managers: list[Reading] | None = None,
    gaps: dict[str, Gap] | None = None,
    uid: int | None = 0,
) -> Inventory:
    host = FakeHost(a_host(), *trees, gaps=gaps, uid=uid, answers=HOST_ANSWERS)
    return build_inventory(snapshot_of(host, *(managers or [])))


def libvirt(*uuids: str, running: bool = True, pids: dict[str, int] | None = None) -> list[Reading]:
    """What libvirt says of guests, and its files of their process ids."""
    listed = [
        f'{{"uuid": "{u}", "name": "g{n}", "id": {n}, "state": {1 if running else 5}}}'
        for n, u in enumerate(uuids)
    ]
    said = {OPEN: '{"read_only": false}', LIST_DOMAINS: f"[{', '.join(listed)}]"}
    for number, uuid in enumerate(uuids):
        said[f"{DOMAIN} {uuid}"] = (
            f"<domain type='kvm'><name>g{number}</name><uuid>{uuid}</uuid><devices/></domain>"
        )
    readings = [
        Reading(Source(Channel.LIBVIRT, SYSTEM, request), 1.0, "root", content=text.encode())
        for request, text in said.items()
    ]
    for name, pid in (pids or {}).items():
        source = Source(Channel.FILE, f"/run/libvirt/qemu/{name}.pid")
        readings.append(Reading(source, 1.0, "root", content=str(pid).encode()))
    return readings


def later(readings: list[Reading], at: float) -> list[Reading]:
    return [dataclasses.replace(reading, at=at) for reading in readings]


def observations(facts: ProcessFacts) -> list[Observation[object]]:
    found: list[Observation[object]] = [
        *facts.namespaces.values(),
        *facts.in_host_namespace.values(),
    ]
    for name in ProcessFacts.__slots__:
        value = getattr(facts, name)
        if isinstance(value, Observation):
            found.append(value)
    return found


def nothing_is_known_of(workload: Workload) -> bool:
    return workload.process is not None and not any(
        observation.known for observation in observations(workload.process)
    )


def ids(inventory: Inventory) -> list[str]:
    return [workload.id for workload in inventory.workloads]


def hiding(inventory: Inventory) -> list[str]:
    return [hole.what for hole in inventory.holes if hole.hides_workloads]


class TestContainers:
    def test_a_described_one_is_joined_with_its_processes(self) -> None:
        (workload,) = inventory_of(
            a_container(10),
            a_process(11, parent=10, cgroup=cgroup_of_container(10)),
            managers=an_engine(described(10, name="web", labels={"isoscope.tenant": "acme"})),
        ).workloads
        assert workload.id == f"docker:{container_id(10)}"
        assert (workload.kind, workload.engine) == (WorkloadKind.CONTAINER, "docker")
        assert (workload.name, workload.state, workload.pid) == ("web", "running", 10)
        assert workload.seen_by == ("docker", "kernel")
        assert workload.attributes.labels == {"isoscope.tenant": "acme"}
        assert workload.attributes.cgroup == cgroup_of_container(10)
        assert workload.process is not None
        assert workload.process.pids == (10, 11)
        assert workload.container is not None
        assert workload.attributes_unknown is None

    def test_one_that_only_the_kernel_shows(self) -> None:
        inventory = inventory_of(a_container(10, engine="podman"))
        (workload,) = inventory.workloads
        assert workload.id == f"podman:{container_id(10)}"
        assert (workload.seen_by, workload.container) == (("kernel",), None)
        assert workload.attributes_unknown is not None
        assert "podman" in workload.attributes_unknown.settled_by
        assert inventory.holes == ()

    def test_one_in_a_cgroup_that_tells_no_engine(self) -> None:
        (workload,) = inventory_of(a_container(10, cgroup=f"/x/{container_id(10)}")).workloads
        assert workload.id == f"container:{container_id(10)}"

    def test_a_stopped_one_is_shown_and_has_no_processes(self) -> None:
        inventory = inventory_of(managers=an_engine(described(10, running=False)))
        (stopped,) = inventory.stopped
        assert (inventory.workloads, stopped.process, stopped.pid) == ((), None, None)

    def test_one_that_runs_though_its_engine_says_otherwise_runs(self) -> None:
        inventory = inventory_of(a_container(10), managers=an_engine(described(10, running=False)))
        (workload,) = inventory.workloads
        assert workload.running
        assert inventory.stopped == ()

    def test_one_that_ended_while_it_was_asked_about_is_gone(self) -> None:
        inventory = inventory_of(managers=an_engine(described(10), ended_meanwhile=[11]))
        assert all(container_id(11) not in w.id for w in (*inventory.workloads, *inventory.stopped))

    @pytest.mark.parametrize("gap", [Gap.GONE, Gap.ABSENT])
    def test_one_whose_processes_ended_meanwhile_is_stopped(self, gap: Gap) -> None:
        inventory = inventory_of(
            a_container(10),
            managers=an_engine(described(10)),
            gaps={"/proc/10/status": gap, "/proc/10/cgroup": gap},
        )
        assert ids(inventory) == []
        assert len(inventory.stopped) == 1

    def test_one_that_ended_before_the_processes_were_listed_is_stopped(self) -> None:
        inventory = inventory_of(managers=later(an_engine(described(10)), 0.5))
        assert len(inventory.stopped) == 1

    def test_one_that_started_after_the_processes_were_listed_is_unknown_and_not_lost(self) -> None:
        inventory = inventory_of(managers=later(an_engine(described(10)), 2.0))
        (workload,) = inventory.workloads
        assert nothing_is_known_of(workload)
        assert (workload.pid, workload.seen_by) == (None, ("docker",))

    def test_the_same_one_by_two_sockets_is_one(self) -> None:
        engines = an_engine(described(10)) + an_engine(described(10), url="unix:///srv/d.sock")
        assert len(inventory_of(a_container(10), managers=engines).workloads) == 1

    def test_one_without_a_cgroup_of_its_own_is_found_by_its_pid(self) -> None:
        """``podman run --cgroups=disabled``"""
        tree = a_container(10, cgroup="/user.slice", seccomp=0)
        below = a_process(11, parent=10, cgroup="/user.slice", nested_pids=(11, 2))
        (workload,) = inventory_of(tree, below, managers=an_engine(described(10))).workloads
        assert workload.process is not None
        assert workload.process.pids == (10, 11)
        assert workload.process.seccomp.value is SeccompMode.DISABLED

    def test_a_pid_that_is_anothers_process_is_not_taken_for_its_own(self) -> None:
        document = described(10)
        document["Id"] = container_id(77)
        inventory = inventory_of(
            a_container(10), managers=an_engine(document, described(10, name="other"))
        )
        by_id = {workload.id: workload for workload in inventory.workloads}
        assert nothing_is_known_of(by_id[f"docker:{container_id(77)}"])
        assert not nothing_is_known_of(by_id[f"docker:{container_id(10)}"])


class TestWithoutAProcessTable:
    @pytest.mark.parametrize("gap", [Gap.DENIED, Gap.FAILED, Gap.NOT_READ])
    def test_what_runs_by_its_engines_word_is_unknown_and_not_lost(self, gap: Gap) -> None:
        inventory = inventory_of(
            a_container(10), managers=an_engine(described(10)), gaps={"/proc": gap}
        )
        (workload,) = inventory.workloads
        assert nothing_is_known_of(workload)
        assert "the process table" in hiding(inventory)

    def test_so_is_a_guest(self) -> None:
        inventory = inventory_of(managers=libvirt(UUID), gaps={"/proc": Gap.DENIED})
        (workload,) = inventory.workloads
        assert workload.id == f"libvirt:{UUID}"
        assert nothing_is_known_of(workload)

    def test_a_stopped_one_stays_stopped(self) -> None:
        inventory = inventory_of(
            managers=an_engine(described(10, running=False)), gaps={"/proc": Gap.DENIED}
        )
        assert ids(inventory) == []


class TestMachines:
    def test_a_guest_is_matched_by_the_uuid_of_its_qemu(self) -> None:
        (workload,) = inventory_of(a_monitor(99, uuid=UUID), managers=libvirt(UUID)).workloads
        assert (workload.id, workload.kind) == (f"libvirt:{UUID}", WorkloadKind.VIRTUAL_MACHINE)
        assert (workload.pid, workload.seen_by) == (99, ("libvirt", "kernel"))
        assert workload.process is not None
        assert workload.process.host_user_ids.value == frozenset({64055})

    def test_a_qemu_that_libvirt_does_not_know(self) -> None:
        workloads = inventory_of(
            a_monitor(99, uuid=UUID),
            a_monitor(100, guest="mine", uids=(0, 0, 0, 0)),
            managers=libvirt(UUID),
        ).workloads
        assert [w.id for w in workloads] == [f"libvirt:{UUID}", "qemu:100"]
        assert (workloads[1].name, workloads[1].seen_by) == ("mine", ("kernel",))
        assert workloads[1].attributes_unknown is None

    def test_a_qemu_while_libvirt_does_not_answer(self) -> None:
        opened = Source(Channel.LIBVIRT, SYSTEM, OPEN)
        hangs = Reading(opened, 1.0, "root", gap=Gap.TIMED_OUT, detail="no answer")
        inventory = inventory_of(a_monitor(99, uuid=UUID), managers=[hangs])
        (workload,) = inventory.workloads
        assert workload.id == "qemu:99"
        assert workload.attributes_unknown is not None

    def test_a_process_that_claims_a_guests_uuid_does_not_take_its_place(self) -> None:
        imposter = a_monitor(200, uuid=UUID, uids=(1000, 1000, 1000, 1000))
        guests = a_monitor(99, uuid=UUID, uids=(0, 0, 0, 0))
        named = inventory_of(imposter, guests, managers=libvirt(UUID, pids={"g0": 99}))
        by_id = {workload.id: workload for workload in named.workloads}
        assert by_id[f"libvirt:{UUID}"].pid == 99
        assert by_id["qemu:200"].pid == 200
        unnamed = inventory_of(imposter, guests, managers=libvirt(UUID))
        by_id = {workload.id: workload for workload in unnamed.workloads}
        assert nothing_is_known_of(by_id[f"libvirt:{UUID}"])
        assert {"qemu:99", "qemu:200"} <= set(by_id)

    def test_a_guest_that_is_shut_off_is_stopped(self) -> None:
        inventory = inventory_of(managers=libvirt(UUID, running=False))
        assert (inventory.workloads, len(inventory.stopped)) == ((), 1)

    def test_limits_of_one_thread_are_not_the_machines(self) -> None:
        (workload,) = inventory_of(a_monitor(99, memory=1 << 30)).workloads
        assert workload.process is not None
        limit = workload.process.memory.value
        assert limit is not None
        assert limit.set_at.endswith((".scope", "/libvirt", "/machine.slice"))


class TestHoles:
    def test_an_engine_that_does_not_answer_hides_nothing_from_who_sees_all_processes(self) -> None:
        inventory = inventory_of(a_container(10), managers=[no_answer(Gap.TIMED_OUT)])
        assert ids(inventory) == [f"docker:{container_id(10)}"]
        assert [hole.hides_workloads for hole in inventory.holes] == [False]

    def test_but_from_who_does_not(self) -> None:
        inventory = inventory_of(
            a_container(10),
            managers=[no_answer(Gap.TIMED_OUT)],
            gaps={"/proc/10/cgroup": Gap.DENIED},
        )
        assert any(URL in what for what in hiding(inventory))

    def test_a_container_without_a_cgroup_shows_as_what_it_is_to_the_kernel(self) -> None:
        inventory = inventory_of(
            a_process(50, nested_pids=(50, 1)), managers=[no_answer(Gap.DENIED)]
        )
        assert hiding(inventory) == []
        assert ids(inventory) == ["namespace:50"]

    def test_system_containers_hide_nothing(self) -> None:
        inventory = inventory_of(
            a_process(50, cgroup="/lxc.payload.web"), a_process(51, cgroup="/lxc.payload.web")
        )
        assert hiding(inventory) == []
        assert ids(inventory) == ["lxc:web"]

    def test_managers_that_nobody_looked_for_are_holes(self) -> None:
        snapshot = snapshot_of(FakeHost(a_host()), managers_absent=False)
        whats = [hole.what for hole in build_inventory(snapshot).holes]
        assert len(whats) == 7

    def test_an_empty_snapshot_hides_everything(self) -> None:
        inventory = build_inventory(snapshot_of(FakeHost(), probes=[], managers_absent=False))
        assert ids(inventory) == []
        assert "the process table" in hiding(inventory)
        assert not inventory.host_mounts.known
        assert not inventory.control_sockets.known


def everything() -> Snapshot:
    """One of each kind."""
    host = FakeHost(
        a_host(),
        a_container(10),
        a_container(20, engine="podman", uid_map="0 100000 65536\n"),
        a_monitor(99, uuid=UUID),
        a_monitor(100),
        a_process(300),
        answers=HOST_ANSWERS,
    )
    return snapshot_of(host, *an_engine(described(10), described(30)), *libvirt(UUID))


WHOLE = everything()


def test_without_any_one_reading_no_fact_changes_but_into_an_unknown_one() -> None:
    """Removing a reading may lose a fact or a workload; it never makes another fact of it."""
    before = {workload.id: workload for workload in build_inventory(WHOLE).workloads}
    for source in WHOLE.readings:
        for workload in build_inventory(WHOLE.without(source)).workloads:
            was = before.get(workload.id)
            if was is None or was.process is None or workload.process is None:
                continue
            then = {o.key: o.value for o in observations(was.process)}
            for fact in observations(workload.process):
                assert not fact.known or fact.value == then[fact.key], f"{source}: {fact.key}"


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_mangled_readings_are_no_crash(data: st.DataObject) -> None:
    sources = data.draw(st.lists(st.sampled_from(list(WHOLE.readings)), min_size=1, max_size=8))
    readings = dict(WHOLE.readings)
    for source in sources:
        reading = readings[source]
        content = reading.content or b""
        cut = data.draw(st.integers(0, len(content)))
        garbage = data.draw(st.binary(max_size=20))
        readings[source] = Reading(source, 1.0, "root", content=content[:cut] + garbage)
    build_inventory(dataclasses.replace(WHOLE, readings=readings))


@pytest.mark.parametrize("cgroups", [0, 1, 2])
def test_the_same_host_is_the_same_in_every_version_of_cgroups(cgroups: int) -> None:
    host = FakeHost(
        a_host(cgroups=cgroups),
        a_container(10, cgroups=cgroups, memory=1 << 20, processes=50, cpu=0.5),
        answers=HOST_ANSWERS,
    )
    (workload,) = build_inventory(snapshot_of(host, *an_engine(described(10)))).workloads
    assert workload.process is not None
    facts = workload.process
    amounts = [o.value and o.value.amount for o in (facts.memory, facts.processes, facts.cpu)]
    assert amounts == [1 << 20, 50, 0.5]
