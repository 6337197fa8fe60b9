"""The process table: who is a workload by the kernel's word, and what may be missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.process_table import (
    ProcessGroup,
    ProcessTable,
    group_of,
    read_process_table,
)
from isoscope.snapshot.process_marks import container_in_path, container_of, monitor_of
from isoscope.snapshot.reading import Gap
from tests.fakes.host import (
    HOST_ANSWERS,
    FakeHost,
    Link,
    Tree,
    a_container,
    a_host,
    a_monitor,
    a_process,
    container_id,
    snapshot_of,
)

ID, OTHER = container_id(4711), container_id(9)


def table_of(*trees: Tree, gaps: dict[str, Gap] | None = None, uid: int | None = 0) -> ProcessTable:
    host = FakeHost(a_host(), *trees, gaps=gaps, uid=uid, answers=HOST_ANSWERS)
    return read_process_table(snapshot_of(host))


def container(table: ProcessTable, pid: int = 4711) -> ProcessGroup:
    return table.containers[container_id(pid)]


class TestNamesOfCgroups:
    @pytest.mark.parametrize(
        ("path", "engine"),
        [
            (f"/docker/{ID}", "docker"),
            (f"/system.slice/docker-{ID}.scope", "docker"),
            (f"/user.slice/user@1000.service/docker-{ID}.scope", "docker"),
            (f"/machine.slice/libpod-{ID}.scope/container", "podman"),
            (f"/machine.slice/libpod_pod_{OTHER}.slice/libpod-{ID}.scope", "podman"),
            (f"/libpod_parent/libpod-{ID}", "podman"),
            (f"/libpod_parent/{OTHER}/libpod-{ID}", "podman"),
            (f"/kubepods.slice/kubepods-pod1.slice/cri-containerd-{ID}.scope", "containerd"),
            (f"/kubepods/burstable/pod1/{ID}", "containerd"),
            (f"/kubepods.slice/crio-{ID}.scope", "crio"),
            (
                f"/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:{ID}",
                "containerd",
            ),
            (f"/elsewhere/{ID}", ""),
        ],
    )
    def test_an_engines_naming_is_known(self, path: str, engine: str) -> None:
        found = container_in_path(path)
        assert found is not None
        assert (found.container_id, found.engine) == (ID, engine)

    @pytest.mark.parametrize(
        "path",
        [
            "/",
            "/user.slice",
            f"/docker/{ID[:-1]}",
            f"/docker/{ID}0",
            f"/docker/{ID.replace('0', 'G')}",
            f"/system.slice/var-lib-docker-overlay2-{ID}-merged.mount",
            f"/machine.slice/libpod-conmon-{ID}.scope",
            f"/crio-conmon-{ID}.scope",
            f"/libpod_parent/{ID}",
        ],
    )
    def test_other_cgroups_are_no_container(self, path: str) -> None:
        assert container_in_path(path) is None

    @pytest.mark.parametrize(
        "below",
        [
            f"docker/{OTHER}",
            f"libpod-conmon-{OTHER}.scope",
            f"libpod-{OTHER}.scope/container",
            f"libpod_parent/{OTHER}",
            "machine.slice/machine-qemu-1.scope",
        ],
    )
    def test_what_a_container_makes_below_its_own_cgroup_makes_it_nothing_else(
        self, below: str
    ) -> None:
        for own in (f"/docker/{ID}", f"/system.slice/docker-{ID}.scope"):
            found = container_in_path(f"{own}/{below}")
            assert found is not None
            assert (found.container_id, found.engine, found.path) == (ID, "docker", own)

    @pytest.mark.parametrize(
        ("path", "container", "own"),
        [
            ("/lxc.payload.web", "lxc:web", "/lxc.payload.web"),
            ("/lxc/web/init.scope", "lxc:web", "/lxc/web"),
            ("/lxc.payload/web", "lxc:web", "/lxc.payload/web"),
            ("/lxc.payload.web/docker/" + ID, "lxc:web", "/lxc.payload.web"),
            (
                "/user.slice/user-1000.slice/user@1000.service/lxc.payload.web",
                "lxc:web@1000",
                "/user.slice/user-1000.slice/user@1000.service/lxc.payload.web",
            ),
            (
                "/machine.slice/machine-a\\x2db.scope/payload/init.scope",
                "nspawn:a-b",
                "/machine.slice/machine-a\\x2db.scope/payload",
            ),
            (
                "/machine.slice/systemd-nspawn@web.service/payload",
                "nspawn:web",
                "/machine.slice/systemd-nspawn@web.service/payload",
            ),
            (
                "/machine.slice/my.service/payload/x",
                "nspawn:my",
                "/machine.slice/my.service/payload",
            ),
        ],
    )
    def test_system_containers_are_known_by_their_names(
        self, path: str, container: str, own: str
    ) -> None:
        found = container_in_path(path)
        assert found is not None
        assert (found.container_id, found.path) == (container, own)
        assert found.engine == container.partition(":")[0]

    @pytest.mark.parametrize(
        "path",
        [
            "/machine.slice",
            "/machine.slice/my.service/x",
            "/lxc.monitor.web",
            "/lxc",
            "/machine.slice/systemd-nspawn@web.service/supervisor",
            "/machine.slice/machine-qemu\\x2d1\\x2dv.scope/libvirt/emulator",
            "/machine.slice/libpod-conmon-1.scope",
            "/user.slice/user-1000.slice/lxc/web",
        ],
    )
    def test_what_stands_beside_them_is_none(self, path: str) -> None:
        assert container_in_path(path) is None

    def test_an_engines_naming_counts_before_a_bare_id(self) -> None:
        found = container_of(f"3:cpu:/x/{OTHER}\n2:memory:/docker/{ID}\n")
        assert found is not None
        assert found.container_id == ID

    @given(
        text=st.text(max_size=200) | st.from_regex(r"(0::(/[a-z-]{0,9}[0-9a-f]{64}(\.scope)?)+)")
    )
    def test_any_text_is_taken(self, text: str) -> None:
        container_of(text)


class TestGroups:
    def test_a_container_is_all_processes_in_its_cgroup(self) -> None:
        cgroup = f"/system.slice/docker-{ID}.scope"
        table = table_of(
            a_container(4711),
            a_process(4712, parent=4711, cgroup=f"{cgroup}/deeper"),
            a_process(4800, parent=300, cgroup=cgroup),
            a_process(300),
        )
        group = container(table)
        assert group.engine == "docker"
        assert group.pids == (4711, 4712, 4800)
        assert [process.pid for process in group.first] == [4711, 4800]

    def test_an_ordinary_process_is_no_workload(self) -> None:
        table = table_of(a_process(300), a_process(301, name="dockerd"))
        assert (table.containers, table.monitors) == ({}, ())

    def test_a_monitor_is_known_by_its_name(self) -> None:
        (group,) = table_of(a_monitor(99)).monitors
        assert (group.engine, group.pids) == ("qemu", (99,))

    @pytest.mark.parametrize(
        ("name", "engine"),
        [
            ("qemu-system-x86", "qemu"),
            ("qemu-kvm", "qemu"),
            ("kvm", "qemu"),
            ("cloud-hyperviso", "cloud-hypervisor"),
            ("firecracker", "firecracker"),
            ("crosvm", "crosvm"),
            ("kvm-nx-lpage-re", ""),
            ("qemu-ga", ""),
            ("bash", ""),
            ("", ""),
        ],
    )
    def test_names_of_monitors(self, name: str, engine: str) -> None:
        assert monitor_of(name) == engine

    def test_a_container_that_calls_itself_qemu_stays_a_container(self) -> None:
        """Otherwise any container could pass for a machine with a kernel of its own."""
        tree = a_container(4711)
        tree["/proc/4711/status"] = str(tree["/proc/4711/status"]).replace(
            "Name:\tsleep", "Name:\tqemu-system-x86"
        )
        table = table_of(tree)
        assert container(table).pids == (4711,)
        assert table.monitors == ()

    def test_the_process_that_its_engine_names_stands_first(self) -> None:
        table = table_of(a_container(4711), a_process(300, cgroup=f"/docker/{ID}"))
        group = container(table)
        assert [process.pid for process in group.first] == [300, 4711]
        named = group_of("docker", ID, list(group.processes), first_pid=4711)
        assert [process.pid for process in named.first] == [4711, 300]

    def test_parents_in_a_circle_still_have_a_first(self) -> None:
        cgroup = f"/docker/{ID}"
        table = table_of(
            a_process(10, parent=11, cgroup=cgroup), a_process(11, parent=10, cgroup=cgroup)
        )
        assert [process.pid for process in container(table).first] == [10]
        assert sorted(process.pid for process in table.below(10)) == [10, 11]

    def test_all_that_descend_from_a_process(self) -> None:
        table = table_of(a_process(10), a_process(11, parent=10), a_process(12, parent=11))
        assert sorted(process.pid for process in table.below(11)) == [11, 12]
        assert table.below(99) == []

    def test_a_group_is_never_empty(self) -> None:
        with pytest.raises(ValueError, match="without any"):
            ProcessGroup("docker", ID, (), ())


class TestEnds:
    def test_a_process_that_ended_meanwhile_is_no_hole(self) -> None:
        for gap in (Gap.GONE, Gap.ABSENT):
            table = table_of(a_container(4711), gaps={"/proc/4711/cgroup": gap})
            assert table.containers == {}
            assert table.ended == {4711}
            assert table.holes == ()

    def test_a_file_that_a_captured_tree_lacks_is_one(self) -> None:
        table = table_of(a_container(4711), gaps={"/proc/4711/status": Gap.ABSENT}, uid=None)
        assert container(table).processes[0].status is None
        assert table.ended == frozenset()
        assert "/proc/4711/status" in table.holes[0].what


class TestHoles:
    def whats(self, table: ProcessTable) -> list[str]:
        return [hole.what for hole in table.holes]

    def test_none_on_a_host_that_shows_everything(self) -> None:
        assert table_of(a_container(4711)).holes == ()

    def test_none_in_a_captured_tree_that_holds_everything(self) -> None:
        assert table_of(a_container(4711), uid=None).holes == ()

    @pytest.mark.parametrize("gap", [Gap.DENIED, Gap.FAILED, Gap.NOT_READ, Gap.ABSENT])
    def test_a_missing_process_table(self, gap: Gap) -> None:
        table = table_of(gaps={"/proc": gap})
        assert "the process table" in self.whats(table)
        assert all(hole.hides_workloads for hole in table.holes)

    def test_a_process_whose_status_may_not_be_read_keeps_its_place(self) -> None:
        table = table_of(a_container(4711), gaps={"/proc/4711/status": Gap.DENIED})
        assert container(table).pids == (4711,)
        assert self.whats(table) == ["1 processes, among them /proc/4711/status"]

    def test_a_process_whose_cgroup_may_not_be_read(self) -> None:
        table = table_of(a_container(4711), gaps={"/proc/4711/cgroup": Gap.DENIED})
        assert table.containers == {}
        assert self.whats(table) == ["1 processes, among them /proc/4711/cgroup"]

    def test_a_status_that_is_none(self) -> None:
        table = table_of(a_container(4711), {"/proc/4711/status": "Uid:\t\n"})
        assert container(table).processes[0].status is None
        assert len(table.holes) == 1

    @pytest.mark.parametrize("option", ["hidepid=2", "hidepid=invisible", "hidepid=ptraceable"])
    @pytest.mark.parametrize(("uid", "hides"), [(1000, True), (0, False)])
    def test_hidden_processes(self, option: str, uid: int, hides: bool) -> None:
        mountinfo = f"24 23 0:21 / /proc rw - proc proc rw,{option}\n"
        table = table_of({"/proc/self/mountinfo": mountinfo}, uid=uid)
        assert [w.startswith("processes of other users") for w in self.whats(table)] == [
            True
        ] * hides

    def test_hidepid_off_hides_nothing(self) -> None:
        for option in ("hidepid=0", "hidepid=off"):
            mountinfo = f"24 23 0:21 / /proc rw - proc proc rw,{option}\n"
            assert table_of({"/proc/self/mountinfo": mountinfo}, uid=1000).holes == ()

    def test_mounts_that_were_not_read_may_hide_processes(self) -> None:
        table = table_of(gaps={"/proc/self/mountinfo": Gap.DENIED})
        assert table.holes[0].observation.doubt.reason is Gap.DENIED

    def test_a_pid_namespace_of_its_own_hides_the_hosts(self) -> None:
        for target in ("pid:[4026532281]", "nonsense"):
            table = table_of({"/proc/self/ns/pid": Link(target)})
            assert "PID namespace" in table.holes[0].what

    def test_a_tree_that_was_captured_in_a_container_hides_the_hosts(self) -> None:
        table = table_of({"/proc/1/ns/pid": Link("pid:[4026532281]")}, uid=None)
        assert "PID namespace" in table.holes[0].what
