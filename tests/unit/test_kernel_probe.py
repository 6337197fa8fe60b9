"""The kernel's probe: whom it looks at closer, and what it reads of them."""

from collections import Counter
from pathlib import Path

import pytest

from isoscope.snapshot.document import ProbeState, Snapshot
from isoscope.snapshot.reading import Channel, Gap
from probes.collect import collect
from probes.host.captured import CapturedTree
from probes.kernel import KernelProbe
from tests.fakes.host import (
    FakeHost,
    Link,
    Tree,
    a_container,
    a_host,
    a_monitor,
    a_process,
    cgroup_of_container,
    container_id,
    limits_of_cgroup,
)


def kernel_view(host: FakeHost | CapturedTree) -> Snapshot:
    return collect(host, [KernelProbe()])


def read_of(snapshot: Snapshot, pid: int) -> set[str]:
    """What was read below one process's directory."""
    base = f"/proc/{pid}/"
    return {
        source.target[len(base) :] for source in snapshot.readings if source.target.startswith(base)
    }


def test_every_process_is_read_and_no_ordinary_one_closer() -> None:
    view = kernel_view(FakeHost(a_host(), a_process(300), a_process(301, name="sshd", parent=300)))
    for pid in (300, 301):
        assert read_of(view, pid) == {"status", "cgroup", "ns/user", "ns/net"}


def test_the_hosts_own_services_and_threads_are_not_asked_for_their_namespaces() -> None:
    service = a_process(300, parent=1, cgroup="/system.slice/sshd.service")
    thread = a_process(301, parent=2)
    view = kernel_view(FakeHost(a_host(), service, thread))
    assert read_of(view, 300) == read_of(view, 301) == {"status", "cgroup"}


def test_a_process_in_a_namespace_of_its_own_is_looked_at_closer() -> None:
    apart = a_process(300, parent=1) | {"/proc/300/ns/net": Link("net:[4026533000]")}
    view = kernel_view(FakeHost(a_host(), apart))
    assert {"mountinfo", "uid_map", "ns/pid"} <= read_of(view, 300)


def test_where_no_module_gives_labels_only_the_readers_own_is_asked_for() -> None:
    gaps = {"/proc/self/attr/current": Gap.UNSUPPORTED}
    view = kernel_view(FakeHost(a_host(), a_container(4711), gaps=gaps))
    assert "attr/current" not in read_of(view, 4711)
    assert view.file("/proc/self/attr/current").gap is Gap.UNSUPPORTED


@pytest.mark.parametrize(
    ("run", "sharing", "asked"),
    [("0", "0", False), ("2", "0", False), ("0", "7", True), ("1", "0", True)],
)
def test_where_no_page_is_merged_nobody_is_asked_whether_its_are(
    run: str, sharing: str, asked: bool
) -> None:
    ksm: Tree = {
        f"/sys/kernel/mm/ksm/{name}": f"{value}\n"
        for name, value in (("run", run), ("pages_sharing", sharing))
    }
    view = kernel_view(FakeHost(a_host() | ksm, a_container(4711)))
    assert ("ksm_stat" in read_of(view, 4711)) is asked


def test_a_container_is_looked_at_closer() -> None:
    view = kernel_view(FakeHost(a_host(), a_container(4711)))
    assert read_of(view, 4711) >= {
        "status",
        "cgroup",
        "mountinfo",
        "uid_map",
        "limits",
        "attr/current",
        "net/dev",
        "ksm_stat",
        "ns/net",
        "ns/user",
    }


def test_no_command_line_and_no_open_files_of_a_containers_processes() -> None:
    view = kernel_view(
        FakeHost(a_host(), a_container(4711), {"/proc/4711/cmdline": "app\0--key=1\0"})
    )
    assert not {"cmdline", "environ", "fd"} & read_of(view, 4711)


def test_of_a_containers_further_processes_only_what_can_differ() -> None:
    cgroup = cgroup_of_container(4711)
    view = kernel_view(
        FakeHost(a_host(), a_container(4711), a_process(4712, parent=4711, cgroup=cgroup))
    )
    assert read_of(view, 4712) == {"status", "cgroup", "attr/current", "ksm_stat", "ns/user"}


def test_a_process_that_entered_a_container_is_looked_at_like_its_first() -> None:
    cgroup = cgroup_of_container(4711)
    view = kernel_view(
        FakeHost(a_host(), a_container(4711), a_process(4800, parent=300, cgroup=cgroup))
    )
    assert {"mountinfo", "uid_map", "ns/pid"} <= read_of(view, 4800)


def test_a_monitor_is_looked_at_with_its_command_and_its_open_files() -> None:
    view = kernel_view(FakeHost(a_host(), a_monitor(99, descriptors=["/dev/kvm", "/dev/vfio/7"])))
    assert {"cmdline", "fd", "fd/0", "fd/1", "ns/net"} <= read_of(view, 99)
    assert view.link("/proc/99/fd/1").text() == "/dev/vfio/7"


def test_the_first_process_of_a_pid_namespace_may_be_a_container_without_a_cgroup() -> None:
    inner = a_process(500, nested_pids=(500, 1))
    view = kernel_view(FakeHost(a_host(), inner, a_process(501, parent=500, nested_pids=(501, 2))))
    assert {"mountinfo", "ns/net"} <= read_of(view, 500)
    assert read_of(view, 501) == {
        "status",
        "cgroup",
        "ns/user",
        "ns/net",
        "attr/current",
        "ksm_stat",
    }


def test_each_thread_of_a_workload_is_read() -> None:
    tree = a_container(4711)
    tree["/proc/4711/status"] = str(tree["/proc/4711/status"]).replace("Threads:\t1", "Threads:\t3")
    tree |= {f"/proc/4711/task/{tid}/status": "Name:\tsleep\n" for tid in (4711, 4720, 4721)}
    assert read_of(kernel_view(FakeHost(a_host(), tree)), 4711) >= {
        "task",
        "task/4720/status",
        "task/4721/status",
    }


def test_a_single_thread_is_not_looked_for() -> None:
    assert "task" not in read_of(kernel_view(FakeHost(a_host(), a_container(4711))), 4711)


@pytest.mark.parametrize(
    ("cgroups", "files"),
    [
        (1, ["memory/{}/memory.limit_in_bytes", "pids/{}/pids.max", "cpu/{}/cpu.cfs_quota_us"]),
        (2, ["{}/memory.max", "{}/pids.max", "{}/cpu.max", "{}/io.max"]),
    ],
)
def test_the_limits_of_all_ancestors_are_read_once(cgroups: int, files: list[str]) -> None:
    trees: list[Tree] = [
        a_container(pid, cgroups=cgroups, cgroup=f"/a/b/{container_id(pid)}") for pid in (10, 11)
    ]
    host = FakeHost(a_host(cgroups=cgroups), *trees)
    kernel_view(host)
    asked = Counter(source.target for source in host.asked)
    for place in ("a", "a/b", f"a/b/{container_id(10)}", f"a/b/{container_id(11)}"):
        for file in files:
            assert asked[f"/sys/fs/cgroup/{file.format(place)}"] == 1


def test_leaf_files_are_read_even_where_the_cgroup_is_anothers_ancestor() -> None:
    own = cgroup_of_container(4711)
    below = a_process(4712, parent=4711, cgroup=f"{own}/init")
    for order in ((a_container(4711), below), (below, a_container(4711))):
        view = kernel_view(FakeHost(a_host(), *order, limits_of_cgroup(f"{own}/init")))
        assert view.file(f"/sys/fs/cgroup{own}/cpuset.cpus.effective").gap is None
        assert view.file(f"/sys/fs/cgroup{own}/memory.min").gap is None


def test_denied_files_are_one_problem() -> None:
    gaps = {f"/proc/4711/{name}": Gap.DENIED for name in ("ns", "mountinfo")}
    snapshot = kernel_view(FakeHost(a_host(), a_container(4711), gaps=gaps, uid=1000))
    (outcome,) = snapshot.probes
    assert outcome.state is ProbeState.INCOMPLETE
    assert outcome.problems == ("9 files of workloads' processes: denied; run Isoscope as root",)


def test_a_missing_process_table_is_a_problem_and_no_crash() -> None:
    snapshot = kernel_view(FakeHost(gaps={"/proc": Gap.DENIED}))
    assert snapshot.probes[0].state is ProbeState.INCOMPLETE
    assert "the process table: denied" in snapshot.probes[0].problems[0]


def test_a_process_that_ends_meanwhile_does_no_harm() -> None:
    gaps = {"/proc/4711/status": Gap.GONE, "/proc/4711/cgroup": Gap.GONE}
    snapshot = kernel_view(FakeHost(a_host(), a_container(4711), gaps=gaps))
    assert snapshot.probes[0].state is ProbeState.COMPLETE


def test_a_name_cannot_hide_or_move_a_process() -> None:
    """What a process calls itself stands in its status; it cannot add rows there."""
    tree = a_container(4711)
    tree["/proc/4711/status"] = str(tree["/proc/4711/status"]).replace(
        "Name:\tsleep", "Name:\ta\x0bPPid:\t4711\x0b"
    )
    assert "mountinfo" in read_of(kernel_view(FakeHost(a_host(), tree)), 4711)


def test_hostile_numbers_in_a_status_do_no_harm() -> None:
    tree = a_container(4711)
    for parent in ("²", "9" * 5000, "-1", ""):
        status = str(tree["/proc/4711/status"]).replace("PPid:\t2", f"PPid:\t{parent}")
        snapshot = kernel_view(
            FakeHost(a_host(), tree, {"/proc/4711/status": status, "/proc/²": ""})
        )
        assert snapshot.probes[0].state is ProbeState.COMPLETE


def test_a_captured_tree_is_looked_at_in_the_same_way(tmp_path: Path) -> None:
    for path, entry in (a_host() | a_container(4711)).items():
        place = tmp_path / path[1:]
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(entry, Link):
            place.symlink_to(entry.target)
        else:
            place.write_text(str(entry))
    live = kernel_view(FakeHost(a_host(), a_container(4711)))
    captured = kernel_view(CapturedTree(tmp_path))
    ours = {source: reading.content for source, reading in live.readings.items()}
    theirs = {source: reading.content for source, reading in captured.readings.items()}
    assert {s for s in ours if s.channel is not Channel.DIRECTORY} == {
        s for s in theirs if s.channel is not Channel.DIRECTORY
    }
    assert {s: c for s, c in ours.items() if c} == {s: c for s, c in theirs.items() if c}
