"""What limits a workload's cgroup: v1, v2 and both, along all ancestors."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.cgroup_limits import CgroupTree
from isoscope.inventory.cgroup_values import RESOURCES
from isoscope.inventory.observation import Doubt, Observation
from isoscope.inventory.workload import DeviceRule, Limit
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.places import device_programs_source
from isoscope.snapshot.process_marks import cgroup_of_workload
from isoscope.snapshot.reading import Gap, Reading
from tests.fakes.host import (
    FakeHost,
    Tree,
    a_host,
    a_process,
    container_id,
    limits_of_cgroup,
    mounts_of_cgroups,
)
from tests.unit.machine_readings import snapshot as snapshot_of_readings

ID = container_id(7)
OWN = f"/a/b/{ID}"
ALL = ("memory", "processes", "cpu", "block_io")
UNDER = "/sys/fs/cgroup"


def seen(
    tree: Tree, *, cgroup: str = OWN, cgroups: int = 2, gaps: dict[str, Gap] | None = None
) -> Snapshot:
    """Everything that these files say of the cgroup of process 7, none of it chosen by a probe."""
    host = FakeHost(
        a_host(cgroups=cgroups), a_process(7, cgroup=cgroup, cgroups=cgroups), tree, gaps=gaps
    )
    files = {*host.tree, *(gaps or {})}
    return snapshot_of_readings(*(host.file(path) for path in files))


def limit(snapshot: Snapshot, resource: str) -> Observation[Limit]:
    return CgroupTree.of(snapshot).limit("docker:x", resource, snapshot.file("/proc/7/cgroup"))


def levels(cgroups: int, **by_level: int | None) -> Tree:
    """Memory limits of ``/a``, ``/a/b`` and the container's own cgroup; None: unlimited."""
    paths = {"a": "/a", "b": "/a/b", "own": OWN}
    tree: Tree = {}
    for level, memory in by_level.items():
        tree |= limits_of_cgroup(paths[level], cgroups=cgroups, memory=memory)
    return tree


@pytest.mark.parametrize("cgroups", [1, 2])
class TestBothVersions:
    def test_its_own_limits(self, cgroups: int) -> None:
        own = limits_of_cgroup(
            OWN, cgroups=cgroups, memory=64 << 20, processes=50, cpu=0.5, block_io=1000
        )
        if cgroups == 1:
            own[f"{UNDER}/blkio{OWN}/blkio.throttle.write_bps_device"] = "254:0 2000\n"
        else:
            own[f"{UNDER}{OWN}/io.max"] = "254:0 rbps=1000 wbps=2000 riops=max wiops=max\n"
        snapshot = seen(levels(cgroups, a=None, b=None) | own, cgroups=cgroups)
        found = {resource: limit(snapshot, resource).value for resource in ALL}
        assert found == {
            "memory": Limit(64 << 20, OWN),
            "processes": Limit(50, OWN),
            "cpu": Limit(0.5, OWN),
            "block_io": Limit(1000, OWN),
        }

    def test_no_limit_anywhere_is_known(self, cgroups: int) -> None:
        snapshot = seen(levels(cgroups, a=None, b=None, own=None), cgroups=cgroups)
        assert all(limit(snapshot, resource).value == Limit(None) for resource in ALL)

    @pytest.mark.parametrize(
        ("a", "b", "own", "tightest"),
        [
            (100, None, None, "/a"),
            (100, 50, 200, "/a/b"),
            (None, 100, 100, OWN),
            (300, 200, 1, OWN),
        ],
    )
    def test_the_tightest_ancestor_wins(
        self, cgroups: int, a: int | None, b: int | None, own: int | None, tightest: str
    ) -> None:
        found = limit(seen(levels(cgroups, a=a, b=b, own=own), cgroups=cgroups), "memory").value
        assert found == Limit(min(n for n in (a, b, own) if n is not None), tightest)

    def test_a_level_without_the_controller_sets_nothing(self, cgroups: int) -> None:
        snapshot = seen(levels(cgroups, a=100), cgroups=cgroups)
        missing = {
            path: Gap.ABSENT
            for level in (OWN, "/a/b")
            for path in limits_of_cgroup(level, cgroups=cgroups)
        }
        snapshot = seen(levels(cgroups, a=100), cgroups=cgroups, gaps=missing)
        assert limit(snapshot, "memory").value == Limit(100, "/a")

    def test_a_level_that_may_not_be_read_leaves_it_unknown(self, cgroups: int) -> None:
        path = next(p for p in limits_of_cgroup("/a/b", cgroups=cgroups) if "memory" in p)
        snapshot = seen(levels(cgroups, a=None, own=None), cgroups=cgroups, gaps={path: Gap.DENIED})
        found = limit(snapshot, "memory")
        assert found.value is None
        assert found.doubt.reason is Gap.DENIED

    def test_a_level_that_was_not_read_leaves_it_unknown(self, cgroups: int) -> None:
        found = limit(seen(levels(cgroups, a=None, own=None), cgroups=cgroups), "memory")
        assert found.doubt.reason is Gap.NOT_READ

    def test_a_limit_holds_though_another_level_is_unknown(self, cgroups: int) -> None:
        assert limit(seen(levels(cgroups, own=100), cgroups=cgroups), "memory").value == Limit(
            100, OWN
        )

    def test_a_cgroup_that_was_not_read_leaves_all_unknown(self, cgroups: int) -> None:
        snapshot = seen(levels(cgroups, own=100), cgroups=cgroups, gaps={"/proc/7": Gap.DENIED})
        assert {limit(snapshot, r).doubt.reason for r in ALL} == {Gap.DENIED}

    def test_without_the_mounts_nothing_is_known(self, cgroups: int) -> None:
        tree = levels(cgroups, a=None, b=None, own=100) | {"/proc/self/mountinfo": ""}
        snapshot = seen(tree | {"/proc/1/mountinfo": ""}, cgroups=cgroups)
        assert not any(limit(snapshot, resource).known for resource in ALL)

    def test_what_a_workload_sets_below_its_own_cgroup_does_not_count(self, cgroups: int) -> None:
        below = f"{OWN}/init"
        tree = levels(cgroups, a=None, b=None, own=None) | limits_of_cgroup(
            below, cgroups=cgroups, memory=100, processes=5, cpu=0.1
        )
        snapshot = seen(tree, cgroup=below, cgroups=cgroups)
        assert all(limit(snapshot, r).value == Limit(None) for r in ALL)

    @pytest.mark.parametrize("text", ["", "lots\n", "-5\n", "1e9\n", "9" * 400, "\udcff"])
    def test_a_file_of_another_shape_leaves_it_unknown(self, cgroups: int, text: str) -> None:
        tree = levels(cgroups, a=None, b=None, own=None)
        path = next(
            p for p in tree if ID in p and p.endswith(("memory.max", "memory.limit_in_bytes"))
        )
        found = limit(seen(tree | {path: text}, cgroups=cgroups), "memory")
        assert found.doubt.reason is Doubt.NOT_UNDERSTOOD


class TestHybrid:
    """Both hierarchies are mounted: a controller is in one of them."""

    def test_a_controller_of_version_1_counts_there(self) -> None:
        tree = levels(1, a=None, b=None, own=100)
        assert limit(seen(tree, cgroups=0), "memory").value == Limit(100, OWN)

    def test_a_controller_that_version_1_lacks_is_looked_for_in_the_other(self) -> None:
        tree = limits_of_cgroup("/u", memory=100)
        tree = {path.replace(UNDER, f"{UNDER}/unified"): entry for path, entry in tree.items()}
        tree |= {"/proc/7/cgroup": "2:pids:/p\n0::/u\n"}
        snapshot = seen(tree, cgroups=0)
        assert limit(snapshot, "memory").value == Limit(100, "/u")

    def test_a_version_1_that_is_not_mounted_here_is_not_looked_for_in_the_other(self) -> None:
        tree: Tree = {
            "/proc/self/mountinfo": "\n".join(mounts_of_cgroups(2)),
            f"{UNDER}/u/memory.max": "100\n",
            "/proc/7/cgroup": f"2:memory:{OWN}\n0::/u\n",
        }
        assert limit(seen(tree), "memory").doubt.reason is Gap.NOT_READ


class TestCpu:
    @pytest.mark.parametrize("text", ["max 100000\n", "max 5\n"])
    def test_no_quota(self, text: str) -> None:
        tree = levels(2, a=None, b=None, own=None) | {f"{UNDER}{OWN}/cpu.max": text}
        assert limit(seen(tree), "cpu").value == Limit(None)

    @pytest.mark.parametrize("text", ["0 100000", "5000 0", "5000", "-1 100000", "1 2 3", "max"])
    def test_no_quota_that_makes_sense(self, text: str) -> None:
        tree = levels(2, a=None, b=None, own=None) | {f"{UNDER}{OWN}/cpu.max": text}
        assert not limit(seen(tree), "cpu").known

    def test_a_quota_without_its_period_says_nothing(self) -> None:
        tree = levels(1, a=None, b=None) | limits_of_cgroup(OWN, cgroups=1, cpu=0.5)
        gaps = {f"{UNDER}/cpu{OWN}/cpu.cfs_period_us": Gap.DENIED}
        assert limit(seen(tree, cgroups=1, gaps=gaps), "cpu").doubt.reason is Gap.DENIED


class TestBlockIo:
    def of(self, text: str) -> Limit | None:
        tree = levels(2, a=None, b=None, own=None) | {f"{UNDER}{OWN}/io.max": text}
        return limit(seen(tree), "block_io").value

    def test_reads_and_writes_of_a_device_must_both_be_limited(self) -> None:
        assert self.of("254:0 rbps=1000 wbps=max riops=max wiops=max\n") == Limit(None)
        assert self.of("254:0 rbps=1000 wbps=max riops=max wiops=50\n") == Limit(1000, OWN)
        assert self.of("254:0 rbps=max wbps=max riops=30 wiops=50\n") == Limit(30, OWN)
        assert self.of("254:0 rbps=1 wbps=max\n254:16 rbps=max wbps=1\n") == Limit(None)

    @pytest.mark.parametrize("text", ["254:0 rbps\n", "254:0 rbps=x wbps=1\n", "254:0 1000\n"])
    def test_another_shape_is_not_understood(self, text: str) -> None:
        assert self.of(text) is None


class TestMemoryProtected:
    def protected(self, by_level: dict[str, str], cgroups: int = 2) -> Observation[Limit]:
        tree = levels(cgroups, a=None, b=None, own=None)
        tree |= {f"{UNDER}{level}/memory.min": text for level, text in by_level.items()}
        snapshot = seen(tree, cgroups=cgroups)
        return CgroupTree.of(snapshot).memory_protected("x", snapshot.file("/proc/7/cgroup"))

    def test_no_more_than_every_ancestor_protects(self) -> None:
        found = self.protected({OWN: "max", "/a/b": "500\n", "/a": "900\n"})
        assert found.value == Limit(500)

    def test_an_ancestor_that_protects_nothing_protects_nothing(self) -> None:
        assert self.protected({OWN: "1000\n"}).value == Limit(None)

    def test_version_1_protects_nothing(self) -> None:
        assert self.protected({}, cgroups=1).value == Limit(None)

    def test_an_ancestor_that_was_not_read_leaves_it_unknown(self) -> None:
        snapshot = seen(limits_of_cgroup(OWN) | {f"{UNDER}{OWN}/memory.min": "1000\n"})
        cgroup = snapshot.file("/proc/7/cgroup")
        assert not CgroupTree.of(snapshot).memory_protected("x", cgroup).known


class TestDevices:
    def rules(self, cgroups: int, **how: str) -> Observation[tuple[DeviceRule, ...]]:
        snapshot = seen(limits_of_cgroup(OWN, cgroups=cgroups, **how), cgroups=cgroups)  # type: ignore[arg-type]
        return CgroupTree.of(snapshot).device_rules("x", snapshot.file("/proc/7/cgroup"))

    def test_version_1_lists_them(self) -> None:
        assert self.rules(1, devices="b 254:0 rwm\n").value == (DeviceRule("b", "254:0", "rwm"),)

    def test_version_2_has_a_program_for_them(self) -> None:
        snapshot = seen(limits_of_cgroup(OWN, cgroups=2), cgroups=2)
        source = device_programs_source(f"/sys/fs/cgroup{OWN}")
        program = Reading(source, 1.0, "root", b'{"programs": []}')
        shown = replace(snapshot, readings={**snapshot.readings, source: program})
        cgroup = shown.file("/proc/7/cgroup")
        assert CgroupTree.of(shown).device_rules("x", cgroup).value == (
            DeviceRule("a", "*:*", "rwm"),
        )

    def test_which_is_unknown_where_it_was_not_read(self) -> None:
        found = self.rules(2)
        assert found.doubt.reason is Gap.NOT_READ
        assert "bpftool" in found.doubt.settled_by

    def test_another_shape_is_not_understood(self) -> None:
        assert self.rules(1, devices="everything").doubt.reason is Doubt.NOT_UNDERSTOOD


@pytest.mark.parametrize(
    ("path", "own"),
    [
        (f"/docker/{ID}", f"/docker/{ID}"),
        (f"/docker/{ID}/init.scope", f"/docker/{ID}"),
        (f"/system.slice/docker-{ID}.scope/a/b", f"/system.slice/docker-{ID}.scope"),
        (f"/machine.slice/libpod-{ID}.scope", f"/machine.slice/libpod-{ID}.scope"),
        (f"/m/libpod-{ID}.scope/container/x", f"/m/libpod-{ID}.scope/container"),
        (f"/system.slice/docker-{ID}.scope/container", f"/system.slice/docker-{ID}.scope"),
        ("/machine.slice/q.scope/libvirt/emulator", "/machine.slice/q.scope/libvirt"),
        ("/machine/q.libvirt-qemu/vcpu0", "/machine/q.libvirt-qemu"),
        ("/user.slice/a", "/user.slice/a"),
        ("/emulator", "/emulator"),
        ("/", "/"),
    ],
)
def test_the_cgroup_that_holds_all_of_a_workload(path: str, own: str) -> None:
    assert cgroup_of_workload(path) == own


@given(
    texts=st.lists(
        st.text(max_size=40)
        | st.sampled_from(["max", "-1", "9" * 400, "1 2", "max 3", "8:0 5", "8:0 rbps=1 wbps=2"]),
        min_size=4,
        max_size=4,
    )
)
def test_hostile_values_raise_only_value_error(texts: list[str]) -> None:
    for resource in RESOURCES.values():
        for parse, count in ((resource.parse, len(resource.files)), (resource.parse_unified, 1)):
            try:
                amount = parse(texts[:count])
            except ValueError:
                continue
            assert amount is None or amount >= 0


class TestSwap:
    """Its own cgroup or any above may bound it; of cgroup v1 together with memory."""

    @staticmethod
    def said(
        cgroups: int, text: str, *, at: str = "/a", gaps: dict[str, Gap] | None = None
    ) -> Limit:
        name = "memory.swap.max" if cgroups == 2 else "memory.memsw.limit_in_bytes"
        under = UNDER if cgroups == 2 else f"{UNDER}/memory"
        tree = {
            **levels(cgroups, a=None, b=None, own=None),
            f"{under}{at}/{name}": text,
        }
        found = limit(seen(tree, cgroups=cgroups, gaps=gaps), "swap").value
        assert found is not None
        return found

    @pytest.mark.parametrize("cgroups", [1, 2])
    def test_a_cgroup_above_bounds_it(self, cgroups: int) -> None:
        assert self.said(cgroups, "4096\n") == Limit(4096.0, "/a")

    @pytest.mark.parametrize("cgroups", [1, 2])
    def test_its_own_bounds_it(self, cgroups: int) -> None:
        assert self.said(cgroups, "4096\n", at=OWN) == Limit(4096.0, OWN)

    def test_none_bounds_it(self) -> None:
        assert self.said(2, "max\n").amount is None

    def test_a_cgroup_above_that_was_not_read_leaves_it_open(self) -> None:
        tree = levels(2, a=None, b=None, own=None)
        gaps = {f"{UNDER}/a/memory.swap.max": Gap.DENIED}
        assert limit(seen(tree, gaps=gaps), "swap").unknown is not None
