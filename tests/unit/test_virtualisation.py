"""KVM's and VFIO's switches and the IOMMU's groups, by what sysfs shows."""

import pytest

from isoscope.inventory.machine.virtualisation import virtualisation
from isoscope.inventory.virtualisation import Virtualisation
from probes.machine import HostProbe
from tests.fakes.host import HOST_ANSWERS, FakeHost, Link, Tree, a_host, snapshot_of

PCI = "/sys/bus/pci/devices"
_OURS = ("/sys/module/kvm", PCI)


def read(tree: Tree) -> Virtualisation:
    tree = {k: v for k, v in a_host().items() if not k.startswith(_OURS)} | tree
    host = FakeHost(tree, answers=HOST_ANSWERS)
    return virtualisation(snapshot_of(host, probes=[HostProbe()]))


def a_device(address: str, group: str, kind: str = "0x020000") -> Tree:
    return {
        f"{PCI}/{address}/iommu_group": Link(f"../../../kernel/iommu_groups/{group}"),
        f"{PCI}/{address}/class": f"{kind}\n",
    }


@pytest.mark.parametrize(
    ("name", "value", "risky"),
    [
        ("kvm/parameters/ignore_msrs", "Y", ("kvm ignore_msrs=Y",)),
        ("kvm/parameters/ignore_msrs", "N", ()),
        ("kvm/parameters/nx_huge_pages", "never", ("kvm nx_huge_pages=never",)),
        ("kvm/parameters/nx_huge_pages", "N", ()),
        ("kvm_intel/parameters/vmentry_l1d_flush", "not required", ()),
        ("kvm_intel/parameters/vmentry_l1d_flush", "never", ("kvm_intel vmentry_l1d_flush=never",)),
    ],
)
def test_a_switch_counts_by_its_value(name: str, value: str, risky: tuple[str, ...]) -> None:
    assert read({f"/sys/module/{name}": f"{value}\n"}).risky_switches.value == risky


def test_nesting_is_on_where_either_module_says_so() -> None:
    assert read({"/sys/module/kvm_amd/parameters/nested": "1\n"}).nested.value is True
    assert read({}).nested.value is False


def test_members_of_a_group_are_told_but_for_bridges() -> None:
    tree = a_device("0000:01:00.0", "7") | a_device("0000:01:00.1", "7")
    tree |= a_device("0000:00:01.0", "7", "0x060400") | a_device("0000:02:00.0", "8")
    assert read(tree).pci_groups.value == {
        "0000:00:01.0": ("0000:01:00.0", "0000:01:00.1"),
        "0000:01:00.0": ("0000:01:00.1",),
        "0000:01:00.1": ("0000:01:00.0",),
        "0000:02:00.0": (),
    }


def test_a_device_without_a_group_has_none() -> None:
    assert read({f"{PCI}/0000:01:00.0/class": "0x020000\n"}).pci_groups.value == {}


def test_what_was_not_read_is_unknown() -> None:
    found = virtualisation(snapshot_of(FakeHost(a_host()), probes=[]))
    assert not found.pci_groups.known
    assert not found.risky_switches.known
    assert not found.nested.known
