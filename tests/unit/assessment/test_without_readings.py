"""Removing a reading never improves a verdict: the property that holds the product up.

Whatever is taken away from a snapshot, each range may only widen; a tenant may lose workloads, but
stands no higher and meets nothing that it did not meet before.
"""

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import cycle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isoscope.assessment.assess import conclude, judge
from isoscope.assessment.assessment import Assessment
from isoscope.assessment.tenants import NO_RULES, TenantRules, parse_tenant_rules
from isoscope.assessment.viewpoint import AUDITOR, OPERATOR, TENANT, Viewpoint
from isoscope.assessment.vocabulary import ASPECTS, Status
from isoscope.bundled import built_in_profiles
from isoscope.inventory.build import build_inventory
from isoscope.inventory.observation import Party
from isoscope.snapshot.container_labels import METADATA
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Gap, Source
from isoscope.snapshot.sandbox_settings import KATA_DIRECTORIES
from probes.collect import collect
from probes.containerd import ContainerdProbe
from probes.host.local import LocalHost
from probes.options import CollectionOptions
from probes.probe import Recorder
from probes.registry import all_probes
from probes.system_containers import SystemContainerProbe
from tests.fakes.bolt import a_database
from tests.fakes.bundles import (
    RUNSC,
    a_configuration,
    a_gvisor,
    a_kata,
    a_sentry,
    a_shim,
    a_task,
    held_by,
)
from tests.fakes.host import (
    HOST_ANSWERS,
    FakeHost,
    Tree,
    a_bind,
    a_container,
    a_host,
    snapshot_of,
)
from tests.fakes.instances import an_incus, an_instance
from tests.fakes.lxc import an_lxc_container
from tests.fakes.shared_host import a_shared_host, a_well_kept_host
from tests.fakes.workloads import HW_A, HW_C, HW_I, WW_A, WW_C, WW_I
from tests.fakes.xen import DOM0, OTHER_UUID, UUID, a_device_model, a_guest, listed

VIEWPOINTS = (
    TENANT,
    AUDITOR,
    OPERATOR.distrusting(Party.CONTAINER_ENGINE),
    OPERATOR.distrusting(Party.VM_MANAGER),
    OPERATOR.distrusting(Party.HOST_KERNEL),
)
"""Beside the operator's, which is tried always, one of these each time."""
(SHARED_TEAM_HOST,) = (p for p in built_in_profiles() if p.id == "shared-team-host")
RULES = parse_tenant_rules(
    """
    [[rule]]
    tenant = "by-cgroup"
    cgroup = "*0000c*"
    [[rule]]
    tenant = "by-name"
    name = "c1[34]"
    [[rule]]
    tenant = "by-label"
    label."isoscope.tenant" = "grey"
    """,
    "tenants.toml",
)
SNAPSHOTS = {
    "version 1": a_shared_host(cgroups=1, owners=False),
    "version 2": a_shared_host(cgroups=2, owners=False),
    "with owners of the host": a_shared_host(cgroups=1),
    "with owners of the host, version 2": a_shared_host(cgroups=2),
    "well kept": a_well_kept_host(cgroups=1),
    "well kept, version 2": a_well_kept_host(cgroups=2),
}
EVERY_READING = ("version 2", "with owners of the host", "well kept", "well kept, version 2")
"""Of these each single reading is taken away; it takes a minute."""


def assessments(
    snapshot: Snapshot, viewpoints: Sequence[Viewpoint], rules: TenantRules = NO_RULES
) -> list[Assessment]:
    judged = judge(build_inventory(snapshot), rules)
    return [conclude(judged, profile=SHARED_TEAM_HOST, viewpoint=v) for v in viewpoints]


class Whole:
    """A snapshot with all of its readings, and what it means to everybody."""

    def __init__(self, snapshot: Snapshot, rules: TenantRules = NO_RULES) -> None:
        self.snapshot = snapshot
        self._rules = rules
        self._viewpoints = cycle(range(1, len(VIEWPOINTS) + 1))
        self._before = assessments(snapshot, (OPERATOR, *VIEWPOINTS), rules)

    @property
    def workloads(self) -> set[str]:
        """The ids of what runs there."""
        return set(self._before[0].workloads)

    def compare(self, part: Snapshot, what: Collection[Source]) -> None:
        """That no verdict on a part of it is better."""
        place = next(self._viewpoints)
        before = (self._before[0], self._before[place])
        after = assessments(part, [one.viewpoint for one in before], self._rules)
        better = [line for pair in zip(before, after, strict=True) for line in improvements(*pair)]
        assert not better, f"without {[str(source) for source in what][:20]}: {better[:10]}"

    def without(self, *gone: Source) -> None:
        """That no verdict is better without these readings."""
        self.compare(without(self.snapshot, gone), gone)

    def unread(self, source: Source, gap: Gap) -> None:
        """That no verdict is better where one could not be read."""
        reading = replace(
            self.snapshot.readings[source], content=None, gap=gap, detail="as the system words it"
        )
        readings = {**self.snapshot.readings, source: reading}
        self.compare(replace(self.snapshot, readings=readings), [source])


def without(snapshot: Snapshot, gone: Collection[Source]) -> Snapshot:
    kept = {source: r for source, r in snapshot.readings.items() if source not in gone}
    return replace(snapshot, readings=kept)


def improvements(before: Assessment, after: Assessment) -> Iterator[str]:
    """What is better than before, or worse with certainty although nothing was learnt."""
    who = f"{before.viewpoint.id} without {sorted(before.viewpoint.distrusted)}"
    for identity in before.workloads.keys() & after.workloads.keys():
        for aspect in ASPECTS:
            was = before.workloads[identity].verdicts[aspect]
            now = after.workloads[identity].verdicts[aspect]
            if now.low > was.low or now.high < was.high:
                yield f"{who}: {identity} {aspect}: {was.low}..{was.high}, {now.low}..{now.high}"
    tenants = {tenant.name: tenant for tenant in after.tenants}
    for tenant in before.tenants:
        if tenant.name not in tenants:
            continue
        for aspect in ASPECTS:
            was, now = tenant.verdicts[aspect], tenants[tenant.name].verdicts[aspect]
            if now.low > was.low:
                yield f"{who}: tenant {tenant.name} {aspect}: low {was.low}, {now.low}"
            if now.status is Status.MEETS and was.status is not Status.MEETS:
                yield f"{who}: tenant {tenant.name} {aspect}: meets"
            same = set(tenant.workloads) == set(tenants[tenant.name].workloads)
            if same and now.high < was.high:
                yield f"{who}: tenant {tenant.name} {aspect}: high {was.high}, {now.high}"
    if after.status in (Status.MEETS, Status.NOT_REQUIRED) and before.status is not after.status:
        yield f"{who}: the host {after.status}"


@pytest.fixture(scope="module", params=EVERY_READING)
def whole(request: pytest.FixtureRequest) -> Whole:
    """A host of which every reading is taken away in turn."""
    return Whole(SNAPSHOTS[request.param])


@pytest.mark.parametrize("name", [name for name in SNAPSHOTS if "well kept" not in name])
def test_the_host_is_worth_the_test(name: str) -> None:
    (found,) = assessments(SNAPSHOTS[name], [OPERATOR])
    ranges = {
        (v.aspect, v.low, v.high) for w in found.workloads.values() for v in w.verdicts.values()
    }
    assert len(found.workloads) >= 11
    assert len(found.tenants) >= 6
    assert len(ranges) >= 16
    statuses = {v.status for tenant in found.tenants for v in tenant.verdicts.values()}
    assert statuses == set(Status)


@pytest.mark.parametrize("name", ["well kept", "well kept, version 2"])
def test_a_well_kept_one_stands_high(name: str) -> None:
    (found,) = assessments(SNAPSHOTS[name], [OPERATOR])
    lows = {aspect: min(t.verdicts[aspect].low for t in found.tenants) for aspect in ASPECTS}
    assert [lows[aspect] for aspect in (HW_C, HW_I, HW_A, WW_C, WW_I, WW_A)] == [3, 3, 2, 3, 3, 2]


def test_without_any_one_reading_no_verdict_is_better(whole: Whole) -> None:
    for source in whole.snapshot.readings:
        whole.without(source)


def test_nor_without_all_that_was_read_of_one_place(whole: Whole) -> None:
    """A process, a cgroup, a daemon: everything below one directory or behind one address."""
    places: dict[str, set[Source]] = {}
    for source in whole.snapshot.readings:
        parts = source.target.split("/")
        for depth in range(2, len(parts)):
            places.setdefault("/".join(parts[:depth]), set()).add(source)
        places.setdefault(f"channel {source.channel}", set()).add(source)
        places.setdefault(f"file {parts[-1]}", set()).add(source)
    for gone in places.values():
        if len(gone) > 1:
            whole.without(*gone)


WHOLE = {name: Whole(snapshot) for name, snapshot in SNAPSHOTS.items()}


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(WHOLE)),
    st.sampled_from([0.01, 0.05, 0.2, 0.5, 0.9]),
    st.integers(0, 10**6),
)
def test_nor_without_any_number_of_them(name: str, share: float, seed: int) -> None:
    chooser = random.Random(seed)
    WHOLE[name].without(*[s for s in SNAPSHOTS[name].readings if chooser.random() < share])


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_nor_where_one_could_not_be_read(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(WHOLE)))
    known = sorted((s for s, r in SNAPSHOTS[name].readings.items() if r.gap is None), key=str)
    gap = data.draw(st.sampled_from([Gap.DENIED, Gap.TIMED_OUT, Gap.FAILED, Gap.TOO_LARGE]))
    WHOLE[name].unread(data.draw(st.sampled_from(known)), gap)


WITH_RULES = Whole(SNAPSHOTS["with owners of the host"], RULES)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_nor_with_rules_of_who_owns_what(data: st.DataObject) -> None:
    sources = sorted(WITH_RULES.snapshot.readings, key=str)
    WITH_RULES.without(*data.draw(st.sets(st.sampled_from(sources), min_size=1, max_size=12)))


def test_nor_of_this_machine() -> None:
    """A real collection: whatever runs here now, seen by whoever runs the tests."""
    real = Whole(collect(LocalHost(), all_probes(CollectionOptions())))
    chooser = random.Random(1)
    sources = list(real.snapshot.readings)
    for source in chooser.sample(sources, min(len(sources), 150)):
        real.without(source)
    for size in (2, 10, 50, len(sources) // 2):
        for _ in range(10):
            real.without(*chooser.sample(sources, min(size, len(sources))))


SANDBOXES = {
    "plain": a_gvisor(),
    "seeing": a_gvisor(a_bind("/etc", "/data")),
    "opened": a_gvisor(a_bind("/", "/host-run", device="0:22"))
    | a_sentry("runsc-sandbox", RUNSC, "--host-uds=all", "--nvproxy=true"),
    "shut": a_gvisor(a_bind("/", "/host-run", device="0:22")),
    "of Kata": a_kata() | {f"{KATA_DIRECTORIES[2]}/configuration.toml": "[hypervisor.qemu]\n"},
    "of an opened Kata": a_kata()
    | {
        f"{KATA_DIRECTORIES[2]}/configuration.toml": "[hypervisor.qemu]\n"
        'enable_annotations = ["image"]\n'
    },
}
SOCKET: Tree = {
    "/proc/net/unix": "Num       RefCount Protocol Flags    Type St Inode Path\n"
    "ffff8881: 00000002 00000000 00010000 0001 01 20001 /run/docker.sock\n"
}


@pytest.mark.parametrize("name", SANDBOXES)
def test_nor_of_a_container_that_is_or_may_be_in_a_sandbox(name: str) -> None:
    sandbox = SANDBOXES[name]
    host = FakeHost(a_host(), sandbox, SOCKET, a_container(4711), answers=HOST_ANSWERS)
    recorder = Recorder(float("inf"))
    ContainerdProbe().run(host, recorder)
    whole = Whole(snapshot_of(host, *recorder.close()[0]))
    for source in whole.snapshot.readings:
        whole.without(source)


def test_nor_of_instances_of_incus_and_containers_of_lxc() -> None:
    devices = {
        "eth0": {"type": "nic", "network": "br0"},
        "d": {"type": "disk", "source": "/srv", "path": "/data"},
    }
    instances = [
        an_instance("a", {"user.isoscope.tenant": "a"}, devices),
        an_instance("b", {"security.privileged": "true"}, devices, project="p"),
        an_instance("c", {"raw.lxc": "x"}, devices),
        an_instance("v", {"volatile.uuid": "x"}, devices, type="virtual-machine"),
    ]
    bridge = {"name": "br0", "type": "bridge", "managed": True}
    kept = ("/var/lib/incus/containers", "/var/lib/incus/containers", "/var/lib/lxc", "/srv/lxc")
    trees = [
        an_lxc_container(pid, name, path)
        for pid, name, path in zip((50, 60, 70, 80), ("a", "p_b", "c", "d"), kept, strict=True)
    ]
    configs: Tree = {f"{path}/{name}/config": "" for path, name in zip(kept[2:], "cd", strict=True)}
    host = FakeHost(a_host(), configs, *trees, answers=HOST_ANSWERS)
    recorder = Recorder(float("inf"))
    SystemContainerProbe().run(host, recorder)
    said = an_incus(*instances, networks=(bridge,))
    found = Whole(snapshot_of(host, *recorder.close()[0], *said))
    assert found.workloads >= {"incus:default/a", "incus:p/b", "incus:default/c", "lxc:d"}
    for source in found.snapshot.readings:
        found.without(source)


def test_nor_of_containers_whose_labels_are_in_a_database() -> None:
    database = a_database({"default": {"": {}, "web": {"isoscope.tenant": "acme"}, "db": {}}})
    tree: Tree = {f"/var/lib/containerd/{METADATA}": database}
    for shim, pid, name in ((40, 4711, "web"), (41, 4712, "db")):
        tree |= a_shim(shim)
        cgroup = f"/default/{name}"
        tree |= a_task(name, pid, a_configuration(cgroup))
        tree |= held_by(a_container(pid, cgroup=cgroup), pid, shim)
    host = FakeHost(a_host(), tree, answers=HOST_ANSWERS)
    recorder = Recorder(float("inf"))
    ContainerdProbe().run(host, recorder)
    found = Whole(snapshot_of(host, *recorder.close()[0]))
    assert found.workloads == {"containerd:default/web", "containerd:default/db"}
    for source in found.snapshot.readings:
        found.without(source)


def test_nor_of_guests_of_xen() -> None:
    host = FakeHost(a_host(), DOM0, a_device_model(60, 4), answers=HOST_ANSWERS)
    said = [
        *(host.file(path) for path in DOM0),
        *listed(a_guest(), a_guest("hvm", 4, uuid=OTHER_UUID)),
    ]
    found = Whole(snapshot_of(host, *said))
    assert found.workloads == {f"xen:{UUID}", f"xen:{OTHER_UUID}"}
    for source in found.snapshot.readings:
        found.without(source)
