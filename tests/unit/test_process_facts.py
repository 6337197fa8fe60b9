"""How the kernel confines a workload: the weakest of its processes and threads counts."""

import pytest

from isoscope.inventory.build import build_inventory
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.observation import Doubt, Party
from isoscope.inventory.process_namespaces import host_namespaces
from isoscope.inventory.reach import HostSide
from isoscope.inventory.workload import (
    Capabilities,
    IdMapping,
    Limit,
    NamespaceKind,
    ProcessFacts,
    SeccompMode,
)
from isoscope.snapshot.reading import Channel, Gap, Source
from tests.fakes.host import (
    DEFAULT_CAPABILITIES,
    HOST_ANSWERS,
    HOST_NAMESPACES,
    FakeHost,
    Link,
    Tree,
    a_bind,
    a_container,
    a_host,
    a_process,
    cgroup_of_container,
    limits_of_cgroup,
    mountinfo_of_container,
    snapshot_of,
)

OWN_CGROUP = cgroup_of_container(10)
SYS_ADMIN = 1 << 21
KSM_NO = "ksm_merge_any: no\nksm_mergeable: no\n"


def inventory_of(
    *trees: Tree, gaps: dict[str, Gap] | None = None, uid: int | None = 0
) -> Inventory:
    host = FakeHost(a_host(), *trees, gaps=gaps, uid=uid, answers=HOST_ANSWERS)
    return build_inventory(snapshot_of(host))


def facts(*trees: Tree, gaps: dict[str, Gap] | None = None, uid: int | None = 0) -> ProcessFacts:
    """Of the container whose first process is 10."""
    (workload,) = inventory_of(*trees, gaps=gaps, uid=uid).workloads
    assert workload.process is not None
    return workload.process


def another(pid: int, **how: object) -> Tree:
    """A further process of that container, with Docker's defaults, started by its first one."""
    defaults: dict[str, object] = {
        "parent": 10,
        "cgroup": OWN_CGROUP,
        "capabilities": DEFAULT_CAPABILITIES,
        "seccomp": 2,
        "nested_pids": (pid, 2),
    }
    tree = a_process(pid, **(defaults | how))  # type: ignore[arg-type]
    return tree | {
        f"/proc/{pid}/attr/current": "docker-default (enforce)\n",
        f"/proc/{pid}/ksm_stat": KSM_NO,
    }


def thread(tid: int, **how: object) -> Tree:
    """A further thread of process 10."""
    status = another(tid, **how)[f"/proc/{tid}/status"]
    return {f"/proc/10/task/{tid}/status": status}


def several_threads(tree: Tree) -> Tree:
    status = str(tree["/proc/10/status"])
    return tree | {
        "/proc/10/status": status.replace("Threads:\t1", "Threads:\t2"),
        "/proc/10/task/10/status": status,
    }


class TestADefaultContainer:
    def test_every_fact_but_the_device_rules_is_known(self) -> None:
        tree = a_container(10)
        speculation = (
            "Speculation_Store_Bypass:\tvulnerable\nSpeculationIndirectBranch:\talways enabled\n"
            "Mems_allowed_list:\t0\n"
        )
        found = facts(tree | {"/proc/10/status": f"{tree['/proc/10/status']!s}{speculation}"})
        observations = {name: getattr(found, name) for name in ProcessFacts.__slots__}
        assert observations.pop("core_cookies") is None  # nobody asks where SMT is off
        assert observations.pop("namespace_owners") is None  # nor in the host's user namespace
        del observations["pids"], observations["namespaces"], observations["in_host_namespace"]
        side = observations.pop("host_side")
        observations |= {name: getattr(side, name) for name in HostSide.__slots__}
        assert [name for name, o in observations.items() if not o.known] == ["device_rules"]
        assert all(o.known for o in found.in_host_namespace.values())
        assert all(o.known for o in found.namespaces.values())

    def test_it_is_as_docker_starts_it(self) -> None:
        found = facts(a_container(10))
        assert found.capabilities.value == Capabilities(
            DEFAULT_CAPABILITIES, DEFAULT_CAPABILITIES, 40
        )
        assert found.capabilities_hold_on_host.value is True
        assert found.seccomp.value is SeccompMode.FILTER
        assert found.no_new_privileges.value is False
        assert found.host_user_ids.value == frozenset({0})
        assert found.memory.value == Limit(None)
        assert found.mergeable.value is False
        assert found.network_interfaces.value == ("lo", "eth0")

    def test_every_fact_names_its_source_and_quotes_it(self) -> None:
        found = facts(a_container(10))
        (evidence,) = found.seccomp.evidence
        assert evidence.source == "/proc/10/status"
        assert evidence.excerpt == "Seccomp:\t2"
        assert evidence.privilege == "root"


class TestCapabilities:
    def test_what_is_permitted_can_be_had_at_any_time(self) -> None:
        tree = a_container(10, capabilities=SYS_ADMIN)
        status = str(tree["/proc/10/status"]).replace(
            f"CapEff:\t{SYS_ADMIN:016x}", f"CapEff:\t{0:016x}"
        )
        value = facts(tree, {"/proc/10/status": status}).capabilities.value
        assert value is not None
        assert value.effective == SYS_ADMIN

    def test_they_are_the_union_over_processes(self) -> None:
        found = facts(a_container(10, capabilities=1), another(11, capabilities=2, bounding=4))
        assert found.capabilities.value == Capabilities(3, 5, 40)

    def test_they_are_the_union_over_threads(self) -> None:
        """The first thread of a hostile process gives everything up; another keeps it."""
        found = facts(
            several_threads(a_container(10, capabilities=0, seccomp=2, no_new_privileges=True)),
            thread(12, capabilities=SYS_ADMIN, seccomp=0, uids=(7, 7, 7, 7)),
        )
        assert found.capabilities.value == Capabilities(SYS_ADMIN, SYS_ADMIN, 40)
        assert found.seccomp.value is SeccompMode.DISABLED
        assert found.no_new_privileges.value is False
        assert found.host_user_ids.value == frozenset({0, 7})
        assert found.seccomp.evidence[0].source == "/proc/10/task/12/status"

    def test_in_a_user_namespace_they_do_not_count_on_the_host(self) -> None:
        found = facts(a_container(10, uid_map="0 100000 65536\n"))
        assert found.capabilities_hold_on_host.value is False
        assert found.user_id_map.value == (IdMapping(0, 100000, 65536),)

    def test_where_the_user_namespace_is_not_known_neither_is_that(self) -> None:
        gaps = {"/proc/10/ns/user": Gap.DENIED, "/proc/10/uid_map": Gap.DENIED}
        assert not facts(a_container(10), gaps=gaps).capabilities_hold_on_host.known


class TestThreads:
    def test_one_that_was_not_read_leaves_it_unknown(self) -> None:
        gaps = {"/proc/10/task/12": Gap.DENIED}
        found = facts(several_threads(a_container(10)), thread(12), gaps=gaps)
        assert found.seccomp.doubt.reason is Gap.DENIED
        assert found.capabilities.doubt.explanation == "/proc/10/task/12/status: denied"

    def test_a_list_that_was_not_read_leaves_it_unknown(self) -> None:
        found = facts(several_threads(a_container(10)), gaps={"/proc/10/task": Gap.DENIED})
        assert found.no_new_privileges.doubt.reason is Gap.DENIED

    def test_one_that_ended_meanwhile_does_not_count(self) -> None:
        gaps = {"/proc/10/task/12": Gap.GONE}
        assert facts(several_threads(a_container(10)), thread(12), gaps=gaps).seccomp.known

    def test_a_kernel_that_does_not_count_them_leaves_them_to_be_listed(self) -> None:
        tree = several_threads(a_container(10))
        status = str(tree["/proc/10/status"]).replace("Threads:\t2\n", "")
        found = facts(tree, {"/proc/10/status": status}, thread(12, seccomp=0))
        assert found.seccomp.value is SeccompMode.DISABLED


class TestTheWeakestProcess:
    def test_seccomp(self) -> None:
        found = facts(a_container(10), another(11, seccomp=0))
        assert found.seccomp.value is SeccompMode.DISABLED
        assert found.seccomp.evidence[0].source == "/proc/11/status"

    def test_no_new_privileges_must_hold_for_all(self) -> None:
        hardened = a_container(10, no_new_privileges=True)
        assert facts(hardened).no_new_privileges.value is True
        assert facts(hardened, another(11)).no_new_privileges.value is False

    def test_all_their_user_ids_count(self) -> None:
        assert facts(
            a_container(10), another(11, uids=(5, 6, 6, 6))
        ).host_user_ids.value == frozenset(
            {
                0,
                5,
                6,
            }
        )

    def test_a_process_that_does_not_say_it_leaves_it_unknown(self) -> None:
        status = str(another(11)["/proc/11/status"]).replace("Seccomp:\t2\n", "")
        found = facts(a_container(10), another(11), {"/proc/11/status": status})
        assert found.seccomp.doubt.reason is Doubt.NOT_SAID
        assert found.capabilities.known

    def test_a_process_that_was_not_read_leaves_it_unknown(self) -> None:
        found = facts(a_container(10), another(11), gaps={"/proc/11/status": Gap.DENIED})
        assert found.seccomp.doubt.reason is Gap.DENIED

    def test_a_status_that_is_none_leaves_it_unknown(self) -> None:
        found = facts(a_container(10), another(11), {"/proc/11/status": "?"})
        assert found.seccomp.doubt.reason is Doubt.NOT_UNDERSTOOD

    def test_pages_of_any_may_be_merged(self) -> None:
        merging: Tree = {"/proc/11/ksm_stat": "ksm_mergeable: yes\n"}
        assert facts(a_container(10), another(11), merging).mergeable.value is True
        silent: Tree = {"/proc/11/ksm_stat": Gap.DENIED}
        assert not facts(a_container(10), another(11), silent).mergeable.known

    def test_a_zombie_has_no_pages(self) -> None:
        status = str(another(11)["/proc/11/status"]).replace("S (sleeping)", "Z (zombie)")
        tree = another(11) | {"/proc/11/status": status, "/proc/11/ksm_stat": ""}
        assert facts(a_container(10), tree).mergeable.value is False

    def test_the_loosest_limit_of_open_files_of_those_that_entered(self) -> None:
        entered = a_container(11, cgroup=OWN_CGROUP, open_files="4096")
        assert facts(a_container(10, open_files="1024"), entered).open_files.value == Limit(4096)
        entered = a_container(11, cgroup=OWN_CGROUP, open_files="unlimited")
        assert facts(a_container(10, open_files="1024"), entered).open_files.value == Limit(None)

    def test_the_loosest_of_several_cgroups(self) -> None:
        tree = a_container(11, engine="podman", cgroup=f"/m/libpod-{10:064x}.scope", memory=900)
        inside = a_container(
            10, engine="podman", cgroup=f"/m/libpod-{10:064x}.scope/container", memory=100
        )
        bigger = limits_of_cgroup(f"/m/libpod-{10:064x}.scope", memory=900)
        assert facts(inside, tree, bigger).memory.value == Limit(900, f"/m/libpod-{10:064x}.scope")


class TestAllowedCpus:
    """A process chooses its affinity within what its cpuset allows: only the latter binds it."""

    def container(self, affinity: str, cpuset: str) -> Tree:
        tree = a_container(10, allowed_cpus=affinity)
        return tree | {f"/sys/fs/cgroup{OWN_CGROUP}/cpuset.cpus.effective": f"{cpuset}\n"}

    def test_the_cpuset_counts(self) -> None:
        found = facts(self.container(affinity="1", cpuset="0-3")).allowed_cpus
        assert found.value == frozenset(range(4))
        assert found.parties == {Party.HOST_KERNEL}

    def test_without_it_they_are_the_workloads_own_word(self) -> None:
        gaps = {f"/sys/fs/cgroup{OWN_CGROUP}/cpuset.cpus.effective": Gap.DENIED}
        found = facts(self.container(affinity="1", cpuset="0-3"), gaps=gaps).allowed_cpus
        assert found.value == frozenset({1})
        assert Party.WORKLOAD in found.parties


class TestNamespaces:
    @pytest.mark.parametrize("kind", [kind for kind in NamespaceKind if kind != "time"])
    def test_one_of_the_hosts_is_known(self, kind: NamespaceKind) -> None:
        found = facts(a_container(10, uid_map="0 9 9\n", host_namespaces=[kind])).in_host_namespace
        assert {k for k, o in found.items() if o.value} == {kind, NamespaceKind.TIME}

    def test_one_process_that_entered_with_the_hosts_is_enough(self) -> None:
        entered = a_container(11, cgroup=OWN_CGROUP, host_namespaces=["net"])
        found = facts(a_container(10), entered)
        assert found.in_host_namespace[NamespaceKind.NETWORK].value is True

    def test_one_that_entered_and_was_not_read_leaves_it_unknown(self) -> None:
        entered = a_container(11, cgroup=OWN_CGROUP)
        found = facts(a_container(10), entered, gaps={"/proc/11/ns/net": Gap.DENIED})
        assert found.in_host_namespace[NamespaceKind.NETWORK].doubt.reason is Gap.DENIED

    def test_one_that_entered_and_ended_does_not_count(self) -> None:
        entered = a_container(11, cgroup=OWN_CGROUP)
        gaps = {f"/proc/11/{name}": Gap.GONE for name in ("ns", "mountinfo", "limits")}
        found = facts(a_container(10), entered, gaps=gaps)
        assert found.in_host_namespace[NamespaceKind.NETWORK].value is False
        assert found.mounts.known

    @pytest.mark.parametrize("in_host", [True, False])
    def test_without_the_links_the_status_and_the_id_map_tell(self, in_host: bool) -> None:
        tree = (
            a_container(10, host_namespaces=["pid"])
            if in_host
            else a_container(10, uid_map="0 100000 65536\n")
        )
        found = facts(tree, gaps={"/proc/10/ns": Gap.DENIED}, uid=1000).in_host_namespace
        assert found[NamespaceKind.PID].value is in_host
        assert found[NamespaceKind.USER].value is in_host
        assert found[NamespaceKind.NETWORK].doubt.reason is Gap.DENIED
        assert found[NamespaceKind.MOUNT].doubt.reason is Gap.DENIED

    def test_a_link_of_another_shape_tells_nothing(self) -> None:
        found = facts(a_container(10), {"/proc/10/ns/net": Link("/etc")})
        assert found.in_host_namespace[NamespaceKind.NETWORK].doubt.reason is Doubt.NOT_UNDERSTOOD


OLD: Tree = {
    "/proc/1/ns/net": Link("net:[4026531992]"),
    "/proc/self/ns/net": Link("net:[4026531992]"),
}
"""Of a kernel that gave the first network namespace no fixed number."""


class TestTheHostsOwnNamespaces:
    def hosts(
        self, tree: Tree, gaps: dict[str, Gap] | None = None, uid: int | None = 0
    ) -> int | None:
        snapshot = snapshot_of(FakeHost(a_host(), tree, gaps=gaps, uid=uid))
        return host_namespaces(snapshot)[NamespaceKind.NETWORK].value

    def test_they_are_process_1s(self) -> None:
        assert self.hosts(OLD) == 4026531992
        assert self.hosts(OLD, uid=None) == 4026531992

    def test_those_whose_numbers_never_change_are_always_known(self) -> None:
        snapshot = snapshot_of(FakeHost())
        known = {k: o.value for k, o in host_namespaces(snapshot).items() if o.known}
        assert known == {
            k: HOST_NAMESPACES[k] for k in ("cgroup", "ipc", "pid", "time", "user", "uts")
        }

    def test_the_readers_own_prove_nothing(self) -> None:
        """Whoever looks may have a network namespace of their own."""
        assert self.hosts(OLD, gaps={"/proc/1/ns": Gap.DENIED}, uid=1000) is None

    def test_but_where_their_number_is_that_of_the_first_there_ever_was(self) -> None:
        assert self.hosts({}, gaps={"/proc/1/ns": Gap.DENIED}, uid=1000) == 4026531833

    @pytest.mark.parametrize("uid", [0, None])
    def test_process_1_of_a_container_is_not_the_hosts(self, uid: int | None) -> None:
        inside: Tree = {
            "/proc/1/ns/pid": Link("pid:[4026532281]"),
            "/proc/self/ns/pid": Link("pid:[4026532281]"),
            "/proc/1/ns/net": Link("net:[4026532282]"),
            "/proc/self/ns/net": Link("net:[4026532282]"),
        }
        assert self.hosts(inside, uid=uid) is None

    def test_without_them_nothing_can_be_compared(self) -> None:
        found = facts(
            a_container(10), OLD, gaps={"/proc/1/ns": Gap.DENIED}, uid=1000
        ).in_host_namespace[NamespaceKind.NETWORK]
        assert found.doubt.reason is Gap.DENIED
        assert "nothing to be compared with" in found.doubt.explanation


class TestMounts:
    def test_those_of_a_process_that_entered_count_too(self) -> None:
        entered = a_container(11, cgroup=OWN_CGROUP, binds=[a_bind("/", "/host")])
        mounts = facts(a_container(10), entered).mounts
        assert mounts.value is not None
        assert [m.mount_point for m in mounts.value].count("/host") == 1
        assert len(mounts.value) == 18

    @pytest.mark.parametrize("gap", [Gap.DENIED, Gap.TOO_LARGE, Gap.ABSENT])
    def test_those_that_were_not_read_leave_all_unknown(self, gap: Gap) -> None:
        found = facts(a_container(10), gaps={"/proc/10/mountinfo": gap})
        assert found.mounts.doubt.reason is gap

    def test_a_line_of_another_shape_leaves_all_unknown(self) -> None:
        mountinfo = mountinfo_of_container() + "and more\n"
        found = facts(a_container(10), {"/proc/10/mountinfo": mountinfo})
        assert found.mounts.doubt.reason is Doubt.NOT_UNDERSTOOD


def test_no_reading_of_a_container_is_needed_for_the_others() -> None:
    """Each reading that is left out makes facts unknown and raises nothing."""
    whole = snapshot_of(FakeHost(a_host(), a_container(10), answers=HOST_ANSWERS))
    for source in whole.readings:
        (workload, *more) = build_inventory(whole.without(source)).workloads or [None]
        assert not more
        lost = source.target in ("/proc", "/proc/10/cgroup")
        assert (workload is None) is lost
    assert Source(Channel.FILE, "/proc/10/mountinfo") in whole.readings
