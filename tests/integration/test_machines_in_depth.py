"""Real virtual machines, each with something that its guest or a neighbour could use."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.integration.harness.machines import BareMachine, LibvirtDaemon, start_bare_machine
from tests.integration.harness.scanning import HW, WH, C, I, Rated, Scan, scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.harness.ground import Ground

SANDBOX = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"
AGENT = "org.qemu.guest_agent.0"
OPEN_DEVICES = f"""<graphics type='vnc' port='5977' autoport='no' listen='0.0.0.0'/>
    <video><model type='cirrus'/></video>
    <channel type='unix'><target type='virtio' name='{AGENT}'/></channel>
    <filesystem type='mount' accessmode='passthrough'>
      <source dir='/etc'/><target dir='settings'/>
    </filesystem>"""


class Machines(NamedTuple):
    """What runs, and what the scan of it said."""

    scan: Scan
    ids: dict[str, str]

    def rated(self, name: str) -> Rated:
        """What was said of one machine."""
        return self.scan.workload(self.ids[name])

    def finding(self, name: str, identity: str, direction: str = HW, quality: str = C) -> str:
        """The state of one finding of one verdict."""
        verdict = self.rated(name).verdict(direction, quality).raw
        entries = [
            entry
            for place in ("held_by", "unknowns", "supports", "beside")
            for entry in verdict.get(place, ())
            if entry["id"] == identity
        ]
        assert entries, f"{identity} is not among what is said of {name}"
        return str(entries[0].get("finding", "unknown"))


@pytest.fixture(scope="module")
def machines(
    ground: Ground, libvirt_daemon: LibvirtDaemon, endpoints: list[str]
) -> Iterator[Machines]:
    """Two machines by hand and two of libvirt's, in one scan."""
    socket = ground.directory("qemu") / "monitor.sock"
    started: list[tuple[BareMachine, object]] = []
    guests = []
    try:
        for name, arguments, accelerator in (
            (
                "driven",
                (
                    *("-monitor", "tcp:127.0.0.1:45931,server=on,wait=off"),
                    *("-gdb", "tcp:127.0.0.1:45932", "-device", "e1000,netdev=n"),
                    *("-netdev", "user,id=n", "-qmp", f"unix:{socket},server=on,wait=off"),
                    "-virtfs",
                    f"local,path={ground.directory('share')},mount_tag=s,security_model=none",
                ),
                "",
            ),
            ("boxed", ("-sandbox", SANDBOX, "-cpu", "max"), "tcg"),
        ):
            started.append(
                start_bare_machine(ground, *arguments, name=name, accelerator=accelerator)
            )
        guests = [
            libvirt_daemon.run("plain", tenant="plain"),
            libvirt_daemon.run("opened", tenant="opened", devices=OPEN_DEVICES),
        ]
        ids = {
            "driven": started[0][0].workload_id,
            "boxed": started[1][0].workload_id,
            "plain": guests[0].workload_id,
            "opened": guests[1].workload_id,
        }
        yield Machines(scan(*endpoints), ids)
    finally:
        libvirt_daemon.remove(guests)
        for _, daemon in started:
            daemon.stop()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "identity", "state"),
    [
        ("driven", "vmm-control-open", "present"),
        ("driven", "emulated-device-surface", "present"),
        ("driven", "share-passes-owners", "present"),
        ("driven", "vmm-no-new-privileges", "absent"),
        ("boxed", "vmm-no-new-privileges", "present"),
        ("boxed", "emulated-device-surface", "absent"),
        ("opened", "share-passes-owners", "present"),
        ("opened", "emulated-device-surface", "present"),
        ("plain", "share-passes-owners", "absent"),
        ("plain", "in-kernel-back-end", "absent"),
        ("plain", "vmm-mount-namespace", "present"),
    ],
)
def test_it_is_seen_on_the_machine_that_has_it(
    machines: Machines, name: str, identity: str, state: str
) -> None:
    assert machines.finding(name, identity) == state


def test_the_vmms_version_is_libvirts_word_and_of_others_nobody_says_it(
    machines: Machines,
) -> None:
    [said] = [
        each
        for each in machines.rated("plain").raw["findings"]
        if each["id"] == "vmm-with-known-escape"
    ]
    assert "QEMU " in said["says"]
    assert machines.finding("driven", "vmm-with-known-escape") == "unknown"


@pytest.mark.parametrize("identity", ["vm-console-open", "guest-agent-channel"])
def test_the_doors_of_a_guest_are_shown_beside_what_the_host_can_do(
    machines: Machines, identity: str
) -> None:
    assert machines.finding("opened", identity, WH) == "present"
    # That there is none, only the host says.
    assert machines.finding("plain", identity, WH) == "unknown"


def test_whoever_drives_the_vmm_is_past_its_confinement(machines: Machines) -> None:
    assert machines.rated("driven").verdict(HW, I).high <= 1


def test_a_share_of_the_hosts_settings_gives_the_host_away(machines: Machines) -> None:
    assert machines.rated("opened").verdict(HW, I).high == 0


def test_an_ordinary_guest_keeps_its_rung(machines: Machines) -> None:
    assert machines.rated("plain").verdict(HW, I).low == 4
