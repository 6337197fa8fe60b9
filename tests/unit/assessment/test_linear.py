"""What judging costs as a host grows: lines of Isoscope's own code that run, not time."""

import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import isoscope.assessment
from isoscope.assessment.assess import judge
from isoscope.assessment.neighbours import page_cache
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.network import Apart, NetworkAttachment
from isoscope.inventory.workload import DeviceRule, Workload
from tests.fakes.workloads import a_container, a_machine, a_mount, an_inventory, own_mounts

ASSESSMENT = str(Path(isoscope.assessment.__file__).parent)
FEW, MANY = 40, 400
MOST_GROWTH = 1.15
"""Of the lines per workload. A loop over all pairs makes it 10; the tree of ranges, whose depth is
a logarithm, a few hundredths."""
SHARING = 4
"""Workloads that share one thing."""


def lines_run(inventory: Inventory) -> int:
    """How many lines of the assessment run while it judges. A loop counts each of its turns."""
    count = 0

    def local(frame: FrameType, event: str, arg: object) -> Any:  # noqa: ANN401
        nonlocal count
        count += event == "line"
        return local

    def entered(frame: FrameType, event: str, arg: object) -> Any:  # noqa: ANN401
        return local if frame.f_code.co_filename.startswith(ASSESSMENT) else None

    before = sys.gettrace()
    sys.settrace(entered)
    try:
        judge(inventory)
    finally:
        sys.settrace(before)
    return count


def one(number: int) -> Workload:
    """A workload that shares one of each thing with a few neighbours of other tenants."""
    group, tenant = number // SHARING, f"t{number % SHARING}"
    attachment = NetworkAttachment(f"br{group}", f"n{group}", "bridge", Apart.NOTHING, False)
    if number % 2:
        says: dict[str, object] = {
            "networks": (attachment,),
            "shared_memory": (f"region-{group}",),
            "passed_through": (f"usb 1:{group}",),
        }
        return a_machine(f"linear-{number:04}", tenant=tenant, says=says)
    return a_container(
        f"linear-{number:04}",
        tenant=tenant,
        says={"network_mode": attachment.name, "networks": (attachment,)},
        network_interfaces=("lo", "eth0"),
        mounts=own_mounts(
            number,
            a_mount(f"/srv/{group}", "/data"),
            a_mount(f"/srv/model-{group}", "/model", writable=False),
        ),
        device_rules=(DeviceRule("c", f"226:{group}", "rw"),),
        host_user_ids=frozenset({group}),
    )


@pytest.mark.parametrize("alike", [True, False], ids=["all on one bridge too", "a few on each"])
def test_each_workload_costs_the_same_however_many_there_are(*, alike: bool) -> None:
    def crowd(count: int) -> Inventory:
        further = [
            a_container(f"all-{n:04}", tenant=f"t{n % 9}", says=ON_ONE) for n in range(count)
        ]
        return an_inventory(*map(one, range(count)), *(further if alike else ()))

    few, many = lines_run(crowd(FEW)) / FEW, lines_run(crowd(MANY)) / MANY
    assert many <= few * MOST_GROWTH


ON_ONE = {
    "network_mode": "common",
    "networks": (NetworkAttachment("br", "common", "bridge", Apart.NOTHING, False),),
}


def test_a_loop_over_all_pairs_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def pairs(neighbours: Any) -> Any:  # noqa: ANN401
        judged = plain(neighbours)
        for index in range(len(neighbours.workloads)):
            for other in range(len(neighbours.workloads)):
                neighbours.strangers(neighbours.group([other]), index)
        return judged

    plain = page_cache.same_pages
    monkeypatch.setattr("isoscope.assessment.neighbours.survey.same_pages", pairs)
    few, many = (
        lines_run(an_inventory(*map(one, range(count)))) / count for count in (FEW, 4 * FEW)
    )
    assert many > few * MOST_GROWTH
