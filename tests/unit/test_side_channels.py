"""Power meters, memory that corrects errors, and speculation, as the kernel shows them."""

from pathlib import Path
from typing import Any

import pytest

from isoscope.inventory.build import build_inventory
from isoscope.inventory.host import HostFacts
from isoscope.inventory.observation import Observation
from isoscope.inventory.procfs import parse_status
from isoscope.snapshot.reading import Gap
from probes.collect import collect
from probes.kernel import KernelProbe
from probes.machine import HostProbe
from tests.fakes.host import FakeHost, Tree, a_container, a_host

EDAC = "/sys/devices/system/edac/mc"
POWER = "/sys/class/powercap"
OPEN = "Speculation_Store_Bypass:\tvulnerable\nSpeculationIndirectBranch:\talways enabled\n"
SHUT = "Speculation_Store_Bypass:\tthread mitigated\nSpeculationIndirectBranch:\tnot affected\n"


def host(*trees: Tree) -> HostFacts:
    return build_inventory(collect(FakeHost(a_host(), *trees), [HostProbe()])).host


def speculation(status: str) -> Observation[Any]:
    tree = a_container(4711)
    own = tree["/proc/4711/status"]
    assert isinstance(own, str)
    tree["/proc/4711/status"] = own + status
    (workload,) = build_inventory(
        collect(FakeHost(a_host(), tree), [HostProbe(), KernelProbe()])
    ).workloads
    assert workload.process is not None
    assert workload.process.speculation is not None
    return workload.process.speculation


def test_zones_whose_energy_is_counted_are_the_power_meters() -> None:
    zones: Tree = {f"{POWER}/{zone}/name": "x" for zone in ("intel-rapl", "intel-rapl:0")}
    found = host(zones).power_meters
    assert found is not None
    assert found.value == ("intel-rapl:0",)
    none = host().power_meters
    assert none is not None
    assert none.value == ()
    denied = host({POWER: Gap.DENIED}).power_meters
    assert denied is not None
    assert not denied.known


def test_errors_of_all_memory_controllers_are_counted_together() -> None:
    controllers: Tree = {
        f"{EDAC}/mc{n}/{kind}_count": f"{count}\n"
        for n, kind, count in ((0, "ce", 2), (0, "ue", 0), (1, "ce", 3), (1, "ue", 1))
    }
    found = host(controllers).memory_errors
    assert found is not None
    assert found.value == (5, 1)


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {EDAC: Gap.DENIED},
        {f"{EDAC}/mc0/ce_count": "1\n"},
        {f"{EDAC}/mc0/ce_count": "x\n", f"{EDAC}/mc0/ue_count": "1\n"},
    ],
)
def test_memory_that_shows_no_controller_may_correct_nothing(tree: Tree) -> None:
    found = host(tree).memory_errors
    assert found is not None
    assert not found.known


def test_speculation_is_open_in_the_kernels_own_words() -> None:
    assert speculation(OPEN).value == {
        "Speculation_Store_Bypass: vulnerable",
        "SpeculationIndirectBranch: always enabled",
    }
    assert speculation(SHUT).value == frozenset()


@pytest.mark.parametrize(
    "status", ["", OPEN.split("\n", maxsplit=1)[0], OPEN.replace("vulnerable", "unknown")]
)
def test_speculation_of_which_the_kernel_does_not_speak_is_unknown(status: str) -> None:
    assert not speculation(status).known


def test_this_kernels_own_words_are_known() -> None:
    text = Path("/proc/self/status").read_text()
    if "SpeculationIndirectBranch" not in text or "unknown" in text:
        pytest.skip("this kernel does not say how its programs speculate")
    assert parse_status(text).speculation is not None
