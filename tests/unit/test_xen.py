"""Xen: guests that xl lists, those that libvirt tells of too, and what emulates their devices."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isoscope.inventory.build import build_inventory
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.workload import DeclaredMachine, Volume, WorkloadKind
from isoscope.inventory.xen import described_guests
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from isoscope.snapshot.redact import redacted
from isoscope.snapshot.xen import (
    CAPABILITIES,
    DESCRIBE_DOMAINS,
    FEATURES,
    LIST_DOMAINS,
    controls_others,
)
from probes.host.access import NoAnswerError
from probes.probe import Recorder
from probes.xen import XenProbe, domains_in
from tests.fakes.host import FakeHost, Tree, a_host, snapshot_of
from tests.fakes.xen import DOM0, DOMU, UUID, a_device_model, a_guest, described, listed
from tests.unit.engine_snapshots import reading


def inventory(*trees: Tree, said: Iterable[Reading] = ()) -> Inventory:
    host = FakeHost(a_host(), DOM0, *trees)
    kept = [host.file(path) for path in DOM0]
    return build_inventory(snapshot_of(host, *kept, *said))


def machine(kind: str = "pvh", **config: object) -> DeclaredMachine:
    host = FakeHost(DOM0)
    kept = [host.file(path) for path in DOM0]
    (found,) = described_guests(
        snapshot_of(host, *kept, *listed(a_guest(kind, 3, UUID, **config)))
    )[0]
    assert found.machine is not None
    return found.machine


def test_a_guest_is_known_by_its_uuid_and_dom0_is_none() -> None:
    (found,) = inventory(said=listed(a_guest())).workloads
    assert (found.id, found.name, found.engine) == (f"xen:{UUID}", "web", "xen")
    assert (found.kind, found.state, found.pid) == (WorkloadKind.VIRTUAL_MACHINE, "running", None)
    assert found.seen_by == ("xen",)


def test_of_what_the_hypervisor_runs_no_process_is_known() -> None:
    (found,) = inventory(said=listed(a_guest())).workloads
    assert found.process is not None
    assert not found.process.seccomp.known
    assert "hypervisor" in found.process.seccomp.doubt.explanation


@pytest.mark.parametrize("gap", [Gap.DENIED, Gap.UNSUPPORTED, Gap.TIMED_OUT])
def test_guests_that_cannot_be_listed_are_a_hole(gap: Gap) -> None:
    for broken in (LIST_DOMAINS, DESCRIBE_DOMAINS):
        said = [*listed(a_guest()), reading(Channel.LIBRARY, "xl", broken, gap)]
        assert "guests of Xen" in [hole.what for hole in inventory(said=said).holes]


def test_a_guest_that_is_listed_and_not_described_is_a_hole() -> None:
    found = inventory(said=listed(a_guest(), states={7: "--p---"}))
    assert len(found.workloads) == 1
    assert "domain 7 of Xen" in [hole.what for hole in found.holes]


@pytest.mark.parametrize("letters", ["---sc-", "---s--", "-----d"])
def test_one_that_is_shut_off_or_crashed_does_not_run(letters: str) -> None:
    found = inventory(said=listed(a_guest(), states={3: letters}))
    assert found.workloads == ()
    assert [each.id for each in found.stopped] == [f"xen:{UUID}"]


@pytest.mark.parametrize(
    "document", [{}, [{"domid": 3}], [a_guest(c_info={"uuid": "x"})], "x", [3]]
)
def test_a_list_that_is_none_is_a_hole(document: object) -> None:
    short, _ = listed()
    said = [short, reading(Channel.LIBRARY, "xl", DESCRIBE_DOMAINS, document)]
    found = inventory(said=said)
    assert "guests of Xen" in [hole.what for hole in found.holes]


@pytest.mark.parametrize("tree", [DOMU, {}])
def test_a_guest_of_xen_s_or_another_machine_has_none(tree: Tree) -> None:
    host = FakeHost(tree)
    assert described_guests(snapshot_of(host, *(host.file(path) for path in tree))) == ([], [])


def test_whether_this_is_the_control_domain_has_to_be_known() -> None:
    gaps = dict.fromkeys((CAPABILITIES, FEATURES), Gap.DENIED)
    host = FakeHost(DOM0, gaps=gaps)
    _, holes = described_guests(snapshot_of(host, *(host.file(path) for path in DOM0)))
    assert [hole.what for hole in holes] == ["guests of Xen"]


@pytest.mark.parametrize(
    ("capabilities", "features", "controls"),
    [
        ("control_d\n", "", True),
        ("", "000228f0\n", True),
        ("", "220f0", False),
        ("control_domain", "0", False),
        ("", "", None),
        ("", "many", None),
    ],
)
def test_who_controls_the_others_says_so(
    capabilities: str, features: str, controls: bool | None
) -> None:
    assert controls_others(capabilities, features) is controls


def test_that_all_processes_were_seen_does_not_show_xen_s_guests() -> None:
    broken = reading(Channel.LIBRARY, "xl", LIST_DOMAINS, Gap.TIMED_OUT)
    (found,) = [each for each in inventory(said=[broken]).holes if each.what == "guests of Xen"]
    assert found.hides_workloads


class TestDevices:
    def test_disks_and_shares_of_dom0(self) -> None:
        found = machine(
            disks=[
                {"pdev_path": "/dev/vg/a", "vdev": "xvda", "backend": "phy", "readwrite": 1},
                {"pdev_path": "/iso", "vdev": "xvdb", "is_cdrom": 1},
                {"vdev": "xvdc"},
            ],
            p9s=[{"path": "/srv", "tag": "t", "security_model": "none"}],
        )
        assert found.disks.value == (
            Volume("disk", "/dev/vg/a", "xvda", writable=True),
            Volume("disk", "/iso", "xvdb", writable=False),
            Volume("filesystem", "/srv", "t", writable=True),
        )

    def test_networks_are_bridges_of_dom0(self) -> None:
        found = machine(nics=[{"devid": 1, "bridge": "br0"}, {"devid": 0}])
        assert [(a.network, a.port) for a in found.networks.value or ()] == [
            ("br0", "vif3.1"),
            ("xenbr0", "vif3.0"),
        ]

    def test_host_devices_are_named(self) -> None:
        found = machine(pcidevs=[{"bus": 1, "func": 2}], usbdevs=[{"hostbus": 1, "hostaddr": 4}])
        assert found.passed_through.value == ("pci 0000:01:00.2", "usb 1:4")

    def test_without_any_it_has_none(self) -> None:
        found = machine()
        assert (found.disks.value, found.networks.value, found.passed_through.value) == ((), (), ())

    def test_a_whole_pc_is_emulated_for_hvm_alone(self) -> None:
        for kind, wide in (("hvm", True), ("pv", False), ("pvh", False)):
            makeup = machine(kind).makeup
            assert makeup is not None
            assert makeup.parts.value is not None
            assert bool(makeup.parts.value.wide_devices) is wide

    def test_a_stub_domain_emulates_apart_from_dom0(self) -> None:
        build = {"max_vcpus": 1, "max_memkb": 1, "device_model_stubdomain": "true"}
        makeup = machine("hvm", b_info=build).makeup
        assert makeup is not None
        assert makeup.parts.value is not None
        assert makeup.parts.value.wide_devices == ()

    @pytest.mark.parametrize(("password", "asks"), [({}, False), ({"passwd": "x"}, True)])
    def test_a_console_asks_for_a_password_where_there_is_one(
        self, password: dict[str, str], asks: bool
    ) -> None:
        vnc = {"enable": "True", "listen": "0.0.0.0:5901"} | password
        build = {"max_vcpus": 1, "max_memkb": 1, "type.hvm": {"vnc": vnc}}
        makeup = machine("hvm", b_info=build).makeup
        assert makeup is not None
        assert makeup.parts.value is not None
        (console,) = makeup.parts.value.endpoints
        assert (console.address, console.authenticated) == ("0.0.0.0:5901", asks)

    def test_arguments_to_qemu_can_change_everything(self) -> None:
        build = {"max_vcpus": 1, "max_memkb": 1, "device_model_args_hvm": ["[cut by Isoscope]"]}
        makeup = machine("hvm", b_info=build).makeup
        assert makeup is not None
        assert not makeup.parts.known


def test_what_emulates_a_guest_s_devices_is_its_vmm() -> None:
    (found,) = inventory(a_device_model(60, 3), said=listed(a_guest("hvm"))).workloads
    assert (found.id, found.pid, found.seen_by) == (f"xen:{UUID}", 60, ("xen", "kernel"))


def test_two_that_claim_one_guest_settle_nothing() -> None:
    trees = a_device_model(60, 3) | a_device_model(70, 3)
    found = inventory(trees, said=listed(a_guest("hvm"))).workloads
    assert {w.id: w.pid for w in found} == {f"xen:{UUID}": None, "qemu:60": 60, "qemu:70": 70}


def test_what_serves_dom0_itself_is_no_guest_s() -> None:
    assert inventory(a_device_model(60, 0), said=listed()).workloads == ()


def test_nobody_hides_a_machine_by_that_number() -> None:
    (found,) = inventory(a_device_model(60, 0, serves_xen=False), said=listed()).workloads
    assert found.id == "qemu:60"


def test_what_libvirt_tells_of_is_not_told_twice() -> None:
    uri = "xen:///system"
    xml = f"<domain type='xen' id='3'><name>web</name><uuid>{UUID}</uuid></domain>"
    entry = {"uuid": UUID, "name": "web", "id": 3, "state": 1}
    host = FakeHost(a_host(), DOM0)
    said = [
        *(host.file(path) for path in DOM0),
        *listed(a_guest()),
        reading(Channel.LIBVIRT, uri, "virConnectOpen", {"read_only": True}),
        reading(Channel.LIBVIRT, uri, "virConnectListAllDomains", [entry]),
        reading(Channel.LIBVIRT, uri, f"virDomainGetXMLDesc {UUID}", xml.encode()),
    ]
    (found,) = build_inventory(snapshot_of(host, *said)).workloads
    assert found.id == f"libvirt:{UUID}"
    assert found.process is not None
    assert "hypervisor" in found.process.seccomp.doubt.explanation


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["config", "disks", "nics", "vnc", "b_info", "type.hvm", "pdev_path"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(ANYTHING, ANYTHING)
def test_whatever_xl_says_nothing_raises(document: object, config: object) -> None:
    short, _ = listed()
    inventory(said=[short, reading(Channel.LIBRARY, "xl", DESCRIBE_DOMAINS, document)])
    inventory(said=[reading(Channel.LIBRARY, "xl", LIST_DOMAINS, document), described()])
    inventory(said=listed(a_guest("hvm", disks=config, nics=config, b_info=config)))


class TestRedaction:
    @pytest.mark.parametrize(
        "build",
        [
            {"cmdline": "secret=hunter2"},
            {"type.hvm": {"vnc": {"passwd": "hunter2"}}},
            {"type.hvm": {"spice": {"passwd": "hunter2"}}},
            {"device_model_args_hvm": ["-object", "secret,data=hunter2"]},
            {"anything": {"new": ["hunter2"]}},
        ],
    )
    def test_secrets_of_a_guest_are_cut(self, build: dict[str, object]) -> None:
        kept = redacted(described(a_guest(b_info=build)))
        assert kept.content is not None
        assert b"hunter2" not in kept.content
        assert UUID.encode() in kept.content

    @settings(max_examples=150, deadline=None)
    @given(ANYTHING)
    def test_cutting_twice_cuts_no_more(self, document: object) -> None:
        once = redacted(reading(Channel.LIBRARY, "xl", DESCRIBE_DOMAINS, document))
        assert redacted(once) == once


class TestProbe:
    def looked(self, *trees: Tree, answer: object = None) -> dict[Source, Reading]:
        source = Source(Channel.LIBRARY, "xl", DESCRIBE_DOMAINS)
        host = FakeHost(a_host(), *trees, answers={} if answer is None else {source: answer})
        recorder = Recorder(float("inf"))
        XenProbe().run(host, recorder)
        return {each.source: each for each in recorder.close()[0]}

    def test_only_the_domain_that_controls_the_others_is_asked(self) -> None:
        asked = Source(Channel.LIBRARY, "xl", LIST_DOMAINS)
        assert asked in self.looked(DOM0)
        assert asked not in self.looked(DOMU)
        assert asked not in self.looked()

    def test_modes_of_disks_are_looked_at(self) -> None:
        guest = a_guest(disks=[{"pdev_path": "/srv/disk.img"}])
        found = self.looked(DOM0, {"/srv/disk.img": ""}, answer=[guest])
        assert Source(Channel.STATUS, "/srv/disk.img") in found


@pytest.mark.parametrize(
    ("script", "gap"),
    [
        ("echo '[]'", None),
        ("echo 'xc: Permission denied' >&2; exit 1", Gap.DENIED),
        ("echo 'no hypervisor' >&2; exit 1", Gap.REFUSED),
        ("sleep 60", Gap.TIMED_OUT),
    ],
)
def test_what_xl_does_is_an_answer_or_a_gap(
    script: str, gap: Gap | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "xl"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    code = (
        "import sys, time\n"
        "from isoscope.snapshot.reading import Channel, Source\n"
        "from probes.host.local import LocalHost\n"
        "from probes.xen import xl\n"
        "found = LocalHost().ask(Source(Channel.LIBRARY, 'xl', ''), "
        "lambda: xl('list', time.monotonic() + 1))\n"
        "print(found.gap)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(gap)


TABLE = b"""Name                                        ID   Mem VCPUs\tState\tTime(s)
Domain-0                                     0  1536     1     r-----     427.2
tiny pv                                      1   320     1     ---sc-      15.0
"""


def test_the_table_of_domains_tells_their_states() -> None:
    assert json.loads(domains_in(TABLE)) == [
        {"domid": 0, "state": "r-----"},
        {"domid": 1, "state": "---sc-"},
    ]


@pytest.mark.parametrize("line", [b"x", b"web - 1 1 r 1.0", b"web 1 2"])
def test_what_is_no_table_is_no_answer(line: bytes) -> None:
    with pytest.raises(NoAnswerError):
        domains_in(TABLE + line)
