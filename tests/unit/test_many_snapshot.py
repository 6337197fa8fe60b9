"""The snapshot of many workloads that benchmarks load is one that Isoscope understands whole."""

from isoscope.inventory.build import build_inventory
from isoscope.inventory.workload import WorkloadKind
from isoscope.snapshot.codec import dump, load
from tests.benchmarks.many_snapshot import many


def test_every_workload_of_it_is_found_with_its_processes_and_without_contradiction() -> None:
    found = build_inventory(load(dump(many(200, 10))))
    kinds = [workload.kind for workload in found.workloads]
    assert kinds.count(WorkloadKind.VIRTUAL_MACHINE) == 10
    assert len(kinds) == 200
    assert all("kernel" in workload.seen_by for workload in found.workloads)
    assert not any(workload.disagreements for workload in found.workloads)
    assert not found.holes
    assert not found.stopped
