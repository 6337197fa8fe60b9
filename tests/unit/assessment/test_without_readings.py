"""Removing a reading never improves a verdict: the property that holds the product up.

Whatever is taken away from a snapshot, each range may only widen; a tenant may lose workloads, but
stands no higher and meets nothing that it did not meet before.
"""

import random
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isoscope.assessment.assess import conclude, judge
from isoscope.assessment.assessment import Assessment
from isoscope.assessment.tenants import NO_RULES, TenantRules, parse_tenant_rules
from isoscope.assessment.viewpoint import AUDITOR, OPERATOR, TENANT
from isoscope.assessment.vocabulary import ASPECTS, Status
from isoscope.bundled import built_in_profiles
from isoscope.inventory.build import build_inventory
from isoscope.inventory.observation import Party
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Gap, Source
from probes.collect import collect
from probes.host.local import LocalHost
from probes.registry import CollectionOptions, all_probes
from tests.fakes.shared_host import a_shared_host

VIEWPOINTS = (
    OPERATOR,
    TENANT,
    AUDITOR,
    OPERATOR.distrusting(Party.CONTAINER_ENGINE),
    OPERATOR.distrusting(Party.VM_MANAGER),
    OPERATOR.distrusting(Party.HOST_KERNEL),
)
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
}


def assessments(snapshot: Snapshot, rules: TenantRules = NO_RULES) -> list[Assessment]:
    judged = judge(build_inventory(snapshot), rules)
    return [conclude(judged, profile=SHARED_TEAM_HOST, viewpoint=v) for v in VIEWPOINTS]


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


def check(snapshot: Snapshot, gone: Collection[Source], before: list[Assessment]) -> None:
    after = assessments(without(snapshot, gone))
    better = [line for pair in zip(before, after, strict=True) for line in improvements(*pair)]
    assert not better, f"without {[str(source) for source in gone][:20]}: {better[:10]}"


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_the_host_is_worth_the_test(name: str) -> None:
    found = assessments(SNAPSHOTS[name])[0]
    ranges = {
        (v.aspect, v.low, v.high) for w in found.workloads.values() for v in w.verdicts.values()
    }
    assert len(found.workloads) >= 12
    assert len(found.tenants) >= 6
    assert len(ranges) >= 20
    statuses = {v.status for tenant in found.tenants for v in tenant.verdicts.values()}
    assert statuses == set(Status)


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_without_any_one_reading_no_verdict_is_better(name: str) -> None:
    snapshot = SNAPSHOTS[name]
    before = assessments(snapshot)
    for source in snapshot.readings:
        check(snapshot, [source], before)


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_nor_without_all_that_was_read_of_one_place(name: str) -> None:
    """A process, a cgroup, a daemon: everything below one directory or behind one address."""
    snapshot = SNAPSHOTS[name]
    before = assessments(snapshot)
    places: dict[str, set[Source]] = {}
    for source in snapshot.readings:
        parts = source.target.split("/")
        for depth in range(2, len(parts) + 1):
            places.setdefault("/".join(parts[:depth]), set()).add(source)
        places.setdefault(f"channel {source.channel}", set()).add(source)
        places.setdefault(f"file {parts[-1]}", set()).add(source)
    for gone in places.values():
        if len(gone) > 1:
            check(snapshot, gone, before)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_nor_without_any_number_of_them(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(SNAPSHOTS)))
    snapshot = SNAPSHOTS[name]
    share = data.draw(st.sampled_from([0.01, 0.05, 0.2, 0.5, 0.9]))
    seed = data.draw(st.integers(0, 10**6))
    chooser = random.Random(seed)
    gone = [source for source in snapshot.readings if chooser.random() < share]
    check(snapshot, gone, assessments(snapshot))


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_nor_with_rules_of_who_owns_what(data: st.DataObject) -> None:
    snapshot = SNAPSHOTS[data.draw(st.sampled_from(sorted(SNAPSHOTS)))]
    sources = sorted(snapshot.readings, key=str)
    gone = set(data.draw(st.lists(st.sampled_from(sources), min_size=1, max_size=12)))
    before, after = (assessments(s, RULES) for s in (snapshot, without(snapshot, gone)))
    better = [line for pair in zip(before, after, strict=True) for line in improvements(*pair)]
    assert not better, [str(source) for source in gone]


@pytest.mark.parametrize("gap", [Gap.DENIED, Gap.TIMED_OUT, Gap.FAILED, Gap.TOO_LARGE])
def test_nor_where_it_could_not_be_read(gap: Gap) -> None:
    snapshot = SNAPSHOTS["with owners of the host"]
    before = assessments(snapshot)
    for source, reading in snapshot.readings.items():
        if reading.gap is None:
            unread = replace(reading, content=None, gap=gap, detail="as the system words it")
            readings: Mapping[Source, object] = {**snapshot.readings, source: unread}
            after = assessments(replace(snapshot, readings=readings))  # type: ignore[arg-type]
            pairs = zip(before, after, strict=True)
            better = [line for pair in pairs for line in improvements(*pair)]
            assert not better, f"{source} {gap}: {better[:10]}"


def test_nor_of_this_machine() -> None:
    """A real collection: whatever runs here now, seen by whoever runs the tests."""
    snapshot = collect(LocalHost(), all_probes(CollectionOptions()))
    before = assessments(snapshot)
    chooser = random.Random(1)
    sources = list(snapshot.readings)
    for source in chooser.sample(sources, min(len(sources), 150)):
        check(snapshot, [source], before)
    for size in (2, 10, 50, len(sources) // 2):
        for _ in range(10):
            check(snapshot, chooser.sample(sources, min(size, len(sources))), before)
