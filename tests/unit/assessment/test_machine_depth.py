"""What lies behind a virtual machine's confinement, and who reaches it past its guest."""

from typing import Any

import pytest

from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.makeup import Endpoint, MachineParts
from isoscope.inventory.workload import Capabilities, DeviceRule, NamespaceKind, Volume
from tests.fakes.workloads import (
    ALL,
    HW_C,
    HW_I,
    UNREAD,
    WH_C,
    WW_C,
    a_container,
    a_host,
    a_machine,
    assessed,
    finding,
    rungs,
    undescribed,
)

PRESENT, ABSENT, UNKNOWN = FindingState.PRESENT, FindingState.ABSENT, FindingState.UNKNOWN
DISK = Volume("disk", "/dev/sdb", "vda", writable=True)
GIVEN = ("pci 0000:01:00.0",)


def parts(**said: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"says": {"parts": MachineParts(**({"nested": False} | said))}}


def endpoint(
    kind: str, address: str, *, network: bool = True, asks: bool | None = False
) -> dict[str, Any]:
    return parts(endpoints=(Endpoint(kind, network, address, asks),))


SOCKET = Endpoint("monitor", False, "/tmp/q.sock")
OTHER_SOCKET = {"parts": MachineParts(endpoints=(SOCKET,)), "open_sockets": frozenset({"/x"})}
OPEN_SOCKET = OTHER_SOCKET | {"open_sockets": frozenset({"/tmp/q.sock"})}
IN_HOST = {"in_host_namespace": {NamespaceKind.MOUNT: True}}

# That a door is shut, towards the host only the host says: that is unknown.
CASES: list[tuple[str, dict[str, Any], FindingState]] = [
    ("vmm-owns-host", {}, ABSENT),
    ("vmm-owns-host", {"capabilities": Capabilities(ALL, ALL, 40)}, PRESENT),
    ("vmm-owns-host", {"capabilities": UNREAD}, UNKNOWN),
    ("vmm-no-new-privileges", {"no_new_privileges": True}, PRESENT),
    ("vmm-no-new-privileges", {}, ABSENT),
    ("vmm-mount-namespace", {}, PRESENT),
    ("vmm-mount-namespace", IN_HOST, ABSENT),
    ("vmm-device-list", {"device_rules": (DeviceRule("c", "1:3", "rw"),)}, PRESENT),
    ("vmm-device-list", {"device_rules": (DeviceRule("a", "*:*", "rwm"),)}, ABSENT),
    ("emulated-device-surface", {}, ABSENT),
    ("emulated-device-surface", parts(wide_devices=("e1000",)), PRESENT),
    ("emulated-device-surface", {"says": {"parts": UNREAD}}, UNKNOWN),
    ("in-kernel-back-end", {"says": {"open_devices": ("/dev/vhost-net",)}}, PRESENT),
    ("in-kernel-back-end", {}, ABSENT),
    ("in-kernel-back-end", {"says": {"open_devices": UNREAD}}, UNKNOWN),
    ("share-passes-owners", parts(passing_shares=("/srv (none)",)), PRESENT),
    ("share-passes-owners", {}, ABSENT),
    ("vsock-to-host", parts(vsock=True), PRESENT),
    ("vsock-to-host", {}, ABSENT),
    ("image-format-guessed", parts(probed_images=("/a.img",)), PRESENT),
    ("image-format-guessed", {}, ABSENT),
    ("host-block-device", {}, ABSENT),
    ("host-block-device", {"says": {"disks": (DISK,)}}, PRESENT),
    ("host-block-device", {"says": {"open_devices": ("/dev/sdb",)}}, PRESENT),
    ("host-block-device", {"says": {"open_devices": ("/dev/vhost-net",)}}, ABSENT),
    ("vmm-control-open", {}, ABSENT),
    ("vmm-control-open", endpoint("gdb", ":1234"), PRESENT),
    ("vmm-control-open", endpoint("monitor", "127.0.0.1:4444"), PRESENT),
    ("vmm-control-open", endpoint("monitor", ":4444", asks=True), ABSENT),
    ("vmm-control-open", endpoint("vnc", ":5900"), ABSENT),
    ("vmm-control-open", {"says": OPEN_SOCKET}, PRESENT),
    ("vmm-control-open", {"says": OTHER_SOCKET}, ABSENT),
    ("vmm-control-open", {"says": OTHER_SOCKET | {"open_sockets": UNREAD}}, UNKNOWN),
    ("vm-console-open", {}, ABSENT),
    ("vm-console-open", endpoint("vnc", "0.0.0.0:5900"), PRESENT),
    ("vm-console-open", endpoint("vnc", "0.0.0.0:5900", asks=True), ABSENT),
    ("vm-console-open", endpoint("vnc", "0.0.0.0:5900", asks=None), UNKNOWN),
    ("guest-agent-channel", parts(agents=("org.qemu.guest_agent.0",)), PRESENT),
    ("guest-agent-channel", {}, UNKNOWN),
    ("vtpm-state-on-host", parts(vtpm="emulator"), PRESENT),
    ("vtpm-state-on-host", {}, UNKNOWN),
    ("guest-boot-by-host", parts(boot=("kernel /k",)), PRESENT),
    ("guest-boot-by-host", parts(boot_verified=True), UNKNOWN),
    ("passthrough-without-iommu", {}, ABSENT),
    ("passthrough-without-iommu", {"says": {"passed_through": GIVEN}}, ABSENT),
    ("passthrough-without-iommu", {"says": {"passed_through": ("pci 0000:02:00.0",)}}, PRESENT),
    ("passthrough-without-iommu", {"says": {"passed_through": UNREAD}}, UNKNOWN),
]


@pytest.mark.parametrize(("identity", "facts", "state"), CASES)
def test_it_is_found(identity: str, facts: dict[str, Any], state: FindingState) -> None:
    machine = a_machine("m", **facts)
    assert finding(assessed(machine), machine, identity).state is state


def with_kvm(**facts: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"host": a_host(virtualisation=facts)}


class TestOfTheHost:
    def test_a_switch_that_weakens_kvm_is_named(self) -> None:
        machine = a_machine("m")
        found = finding(
            assessed(machine, **with_kvm(risky_switches=("kvm ignore_msrs=Y",))),
            machine,
            "kvm-switches-weak",
        )
        assert found.state is PRESENT
        assert "ignore_msrs" in found.says

    @pytest.mark.parametrize(
        ("offered", "shown", "state"),
        [
            (True, True, PRESENT),
            (True, False, ABSENT),
            (False, True, ABSENT),
            (True, None, UNKNOWN),
            (False, None, ABSENT),
            (UNREAD, True, UNKNOWN),
        ],
    )
    def test_nesting_needs_kvm_and_the_cpu(
        self,
        offered: Any,  # noqa: ANN401
        shown: bool | None,
        state: FindingState,
    ) -> None:
        machine = a_machine("m", **parts(nested=shown))
        found = finding(
            assessed(machine, **with_kvm(nested=offered)), machine, "nested-virtualisation"
        )
        assert found.state is state

    def test_vfio_told_to_do_without_an_iommu(self) -> None:
        machine = a_machine("m", says={"passed_through": GIVEN})
        unsafe = with_kvm(unsafe_passthrough=("vfio enable_unsafe_noiommu_mode=Y",))
        assessment = assessed(machine, **unsafe)
        assert finding(assessment, machine, "passthrough-without-iommu").state is PRESENT
        assert rungs(assessment, machine, HW_I) == (0, 0)

    def test_the_rest_of_an_iommu_group_is_named(self) -> None:
        machine = a_machine("m", says={"passed_through": GIVEN})
        split = with_kvm(pci_groups={"0000:01:00.0": ("0000:01:00.1",)})
        found = finding(assessed(machine, **split), machine, "iommu-group-split")
        assert found.state is PRESENT
        assert "0000:01:00.1" in found.says
        whole = a_machine("w", says={"passed_through": (*GIVEN, "pci 0000:01:00.1")})
        assert finding(assessed(whole, **split), whole, "iommu-group-split").state is ABSENT


class TestRungs:
    def test_whoever_drives_the_vmm_is_past_its_confinement(self) -> None:
        machine = a_machine("m", **endpoint("monitor", ":4444"))
        assert rungs(assessed(machine), machine, HW_I) == (1, 1)
        assert rungs(assessed(machine), machine, WW_C) == (1, 1)

    def test_an_open_console_lets_neighbours_in_and_nobody_out(self) -> None:
        machine = a_machine("m", **endpoint("vnc", "0.0.0.0:5900"))
        assert rungs(assessed(machine), machine, WW_C) == (1, 1)
        assert rungs(assessed(machine), machine, HW_C)[0] >= 4

    def test_a_vmm_that_owns_the_host_is_not_hardened(self) -> None:
        machine = a_machine("m", capabilities=Capabilities(ALL, ALL, 40))
        assert rungs(assessed(machine), machine, HW_I) == (2, 2)

    def test_what_the_host_can_do_decides_no_rung(self) -> None:
        machine = a_machine("m", **parts(agents=("org.qemu.guest_agent.0",), vtpm="emulator"))
        assert rungs(assessed(machine), machine, WH_C) == (0, 0)


@pytest.mark.parametrize(
    "identity", ["vmm-control-open", "emulated-device-surface", "passthrough-without-iommu"]
)
def test_they_mean_nothing_for_a_container(identity: str) -> None:
    container = a_container("c")
    found = finding(assessed(container), container, identity)
    assert found.state is FindingState.NOT_APPLICABLE


@pytest.mark.parametrize("identity", ["vmm-control-open", "vm-console-open", "host-block-device"])
def test_of_a_machine_that_nobody_describes_they_are_unknown(identity: str) -> None:
    machine = undescribed(a_machine("m"))
    assert finding(assessed(machine), machine, identity).state is UNKNOWN
