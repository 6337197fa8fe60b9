"""A VMM's command line becomes facts: claims, and never more than it says."""

import os
import shlex
from pathlib import Path

import pytest

from isoscope.inventory.network import Apart, NetworkAttachment
from isoscope.inventory.observation import Doubt, Party
from isoscope.inventory.qemu_command import MonitorCommand, describe_command, describe_monitor
from isoscope.inventory.qemu_options import Option, read_options, read_value
from isoscope.inventory.workload import Limit, Volume
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from tests.unit.engine_snapshots import reading, snapshot

CAPTURES = Path(
    os.environ.get("ISOSCOPE_CAPTURES") or Path(__file__).parents[3] / "shared" / "captures"
)


def command(*arguments: str, program: str = "/usr/bin/qemu-system-x86_64") -> MonitorCommand:
    content = "".join(f"{each}\0" for each in (program, *arguments)).encode()
    source = Source(Channel.FILE, "/proc/4711/cmdline")
    return describe_command("qemu:4711", Reading(source, 1.0, "root", content=content))


def disks(*arguments: str) -> tuple[Volume, ...] | None:
    return command(*arguments).machine.disks.value


def test_name_and_uuid() -> None:
    found = command(
        "-name", "guest=db,debug-threads=on", "-uuid", "0ABD9BD4-99CD-4B57-912A-F1987426F332"
    )
    assert (found.name, found.uuid) == ("db", "0abd9bd4-99cd-4b57-912a-f1987426f332")
    assert command("-name", "db").name == "db"
    assert command("-uuid", "none of these").uuid == ""


def test_what_another_process_shares_is_not_on_the_command_line() -> None:
    shared = command("-device", "vhost-user-fs-pci,chardev=c,tag=t").machine.disks
    assert shared.doubt.reason is Doubt.NOT_SAID


def test_a_command_line_is_the_vm_managers_word() -> None:
    assert Party.VM_MANAGER in command().machine.launch_security.parties


@pytest.mark.parametrize(
    ("option", "policy", "expected"),
    [
        ("sev-guest", "policy=1", ("sev", False)),
        ("sev-guest", "policy=0x4", ("sev-es", True)),
        ("sev-guest", "cbitpos=47", ("sev", False)),  # QEMU's own policy, where none is said
        ("sev-snp-guest", "cbitpos=51", ("sev-snp", False)),
        ("tdx-guest", "", ("tdx", None)),
        ("sev-snp-guest", "policy=0x30000", ("sev-snp", False)),
        ("sev-snp-guest", "policy=0xb0000", ("sev-snp", True)),
        ("tdx-guest", "attributes=1", ("tdx", True)),
        ("s390-pv-guest", "", ("s390-pv", None)),
    ],
)
@pytest.mark.parametrize("key", ["confidential-guest-support", "memory-encryption"])
def test_launch_security_is_the_object_that_the_machine_names(
    option: str, policy: str, expected: tuple[str, bool | None], key: str
) -> None:
    value = f"{option},id=lsec0,{policy}".rstrip(",")
    found = command("-machine", f"q35,{key}=lsec0", "-object", value)
    asked = found.machine.launch_security.value
    assert asked is not None
    assert (asked.kind, asked.debug_allowed) == expected


def test_an_object_that_the_machine_does_not_name_protects_nothing() -> None:
    found = command("-machine", "q35", "-object", "sev-snp-guest,id=lsec0,policy=0x30000")
    asked = found.machine.launch_security.value
    assert asked is not None
    assert asked.kind == "none"
    assert "does nothing" in asked.look_alike


def test_a_machine_that_names_an_object_that_is_not_there_is_not_understood() -> None:
    found = command("-machine", "q35,confidential-guest-support=lsec0").machine.launch_security
    assert found.unknown is not None
    assert found.unknown.reason is Doubt.NOT_UNDERSTOOD


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-drive", "file=/i/a,,b.raw,if=virtio,id=d0"], Volume("disk", "/i/a,b.raw", "d0", True)),
        (["-drive", "file=/i/a,readonly=on"], Volume("disk", "/i/a", "", False)),
        (["-drive", "file=/i/a,readonly"], Volume("disk", "/i/a", "", False)),
        (["-drive", "file=/i/a.iso,media=cdrom"], Volume("disk", "/i/a.iso", "", False)),
        (["-hda", "/i/a"], Volume("disk", "/i/a", "hda", True)),
        (["-cdrom", "/i/a"], Volume("disk", "/i/a", "cdrom", False)),
        (["-enable-kvm", "/i/a"], Volume("disk", "/i/a", "hda", True)),
        (
            ["-virtfs", "local,path=/srv,mount_tag=t,security_model=none"],
            Volume("filesystem", "/srv", "t", True),
        ),
        (
            ["-blockdev", '{"driver":"file","filename":"/i/a","node-name":"n0","read-only":true}'],
            Volume("disk", "/i/a", "n0", False),
        ),
        (
            ["-blockdev", "driver=qcow2,node-name=n0,file.driver=file,file.filename=/i/a"],
            Volume("disk", "/i/a", "n0", True),
        ),
    ],
)
def test_storage_in_every_form(arguments: list[str], expected: Volume) -> None:
    assert disks(*arguments) == (expected,)


def test_a_backing_file_is_told_from_the_image_that_is_written() -> None:
    nodes = [
        '{"driver":"file","filename":"/i/base","node-name":"base-file","auto-read-only":true}',
        '{"driver":"qcow2","node-name":"base","read-only":true,"file":"base-file"}',
        '{"driver":"file","filename":"/i/top","node-name":"top-file","auto-read-only":true}',
        '{"driver":"qcow2","node-name":"top","file":"top-file","backing":"base"}',
    ]
    found = disks(*(part for node in nodes for part in ("-blockdev", node)))
    assert found == (
        Volume("backing", "/i/base", "base-file", False),
        Volume("disk", "/i/top", "top-file", True),
    )


def test_block_nodes_that_are_made_of_each_other_end_nowhere() -> None:
    nodes = [
        '{"driver":"qcow2","node-name":"a","file":"b","filename":"/i/a"}',
        '{"driver":"qcow2","node-name":"b","file":"a"}',
    ]
    found = disks(*(part for node in nodes for part in ("-blockdev", node)))
    assert found == (Volume("disk", "/i/a", "a", True),)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("bridge,id=n0,br=virbr0", NetworkAttachment("virbr0", "n0", "bridge", Apart.NOTHING)),
        ("bridge,id=n0", NetworkAttachment("br0", "n0", "bridge", Apart.NOTHING)),
        (
            "socket,id=n0,mcast=230.0.0.1:1234",
            NetworkAttachment("mcast 230.0.0.1:1234", "n0", "socket", Apart.NOTHING, False),
        ),
    ],
)
def test_a_network_is_a_segment(value: str, expected: NetworkAttachment) -> None:
    assert command("-netdev", value).machine.networks.value == (expected,)


def test_user_networking_and_no_network_are_no_segment() -> None:
    assert command("-netdev", "user,id=n0").machine.networks.value == ()
    assert command("-nic", "none").machine.networks.value == ()


@pytest.mark.parametrize("value", ["tap,id=n0,ifname=tap0", "tap,id=n0,fd=27", "vhost-user,id=n0"])
def test_where_a_tap_leads_is_not_on_the_command_line(value: str) -> None:
    found = command("-netdev", value).machine.networks
    assert found.unknown is not None
    assert found.unknown.reason is Doubt.NOT_SAID


def test_a_taps_bridge_is_the_kernels_to_tell() -> None:
    line = b"qemu-system-x86_64\0-netdev\0tap,id=n0,ifname=tap0\0"
    taken = snapshot(
        [
            reading(Channel.FILE, "/proc/4711/cmdline", "", line),
            reading(Channel.LINK, "/sys/class/net/tap0/master", "", b"../virbr0"),
        ]
    )
    found = describe_monitor(taken, 4711, "qemu:4711").machine.networks
    expected = NetworkAttachment("virbr0", "n0", "bridge", Apart.NOTHING, port="tap0")
    assert found.value == (expected,)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("vfio-pci,host=01:00.0", "pci 0000:01:00.0"),
        ('{"driver":"vfio-pci","host":"0000:01:00.0"}', "pci 0000:01:00.0"),
        ("vfio-pci,sysfsdev=/sys/bus/mdev/devices/u", "pci /sys/bus/mdev/devices/u"),
        ("usb-host,vendorid=0x1234,productid=0xbeef", "usb 0x1234:0xbeef"),
    ],
)
def test_host_devices(value: str, expected: str) -> None:
    assert command("-device", value).machine.passed_through.value == (expected,)


def test_shared_memory_is_named_as_libvirt_names_it() -> None:
    found = command(
        "-object", "memory-backend-file,id=m0,mem-path=/dev/shm/s0,share=on,size=1M",
        "-device", "ivshmem-plain,memdev=m0",
        "-chardev", "socket,id=c0,path=/run/ivshmem",
        "-device", "ivshmem-doorbell,chardev=c0",
    )  # fmt: skip
    assert found.machine.shared_memory.value == ("s0", "/run/ivshmem")


@pytest.mark.parametrize(
    ("machine", "expected"), [("q35", True), ("q35,mem-merge=off", False), ("mem-merge=on", True)]
)
def test_pages_may_be_merged_unless_the_machine_forbids_it(machine: str, expected: bool) -> None:
    assert command("-M", machine).machine.may_merge_pages.value is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("64", 64 << 20), ("size=219136k,slots=2", 219136 << 10), ("1.5G", 3 << 29), ("2g", 2 << 30)],
)
def test_memory_is_in_bytes(text: str, expected: int) -> None:
    found = command("-m", text).machine.memory
    assert found is not None
    assert found.value == Limit(expected, "-m")


@pytest.mark.parametrize(("text", "expected"), [("4", 4), ("sockets=2,cores=3", 6), ("cpus=2", 2)])
def test_cpus_are_counted(text: str, expected: int) -> None:
    found = command("-smp", text).machine.cpu
    assert found is not None
    assert found.value == Limit(expected, "-smp")


def test_what_stands_in_a_file_is_not_known() -> None:
    found = command("-readconfig", "/etc/vm.cfg").machine
    assert found.passed_through.unknown is not None
    assert found.passed_through.unknown.reason is Doubt.NOT_SAID


def test_a_value_that_cannot_be_read_is_unknown_alone() -> None:
    found = command("-m", "much", "-device", "vfio-pci,host=01:00.0").machine
    assert found.memory is not None
    assert not found.memory.known
    assert found.passed_through.known


@pytest.mark.parametrize("arguments", [["-object", "{"], ["-device", "[1]" * 2, "-netdev", '{"a"']])
def test_json_that_is_none_leaves_the_machine_unknown(arguments: list[str]) -> None:
    assert not command(*arguments).machine.disks.known


def test_of_another_vmm_no_more_is_claimed() -> None:
    found = command("--api-sock", "/run/f.sock", program="/usr/bin/firecracker")
    assert not found.machine.launch_security.known


def test_a_command_line_that_was_not_read_says_nothing() -> None:
    source = Source(Channel.FILE, "/proc/4711/cmdline")
    found = describe_command("qemu:4711", Reading(source, 1.0, "uid 1", gap=Gap.DENIED))
    assert found.uuid == ""
    assert found.machine.disks.unknown is not None
    assert found.machine.disks.unknown.reason is Gap.DENIED


def test_options_take_values_or_do_not() -> None:
    assert read_options(["-S", "-m", "64", "--nographic", "disk.img", "-cpu"]) == [
        Option("S", ""),
        Option("m", "64"),
        Option("nographic", ""),
        Option("hda", "disk.img"),
        Option("cpu", ""),
    ]


def test_both_forms_of_a_value_mean_the_same() -> None:
    short = read_value("sev-guest,id=a,policy=1,kernel-hashes=on", "qom-type")
    assert short == read_value(
        '{"qom-type":"sev-guest","id":"a","policy":1,"kernel-hashes":true}', "qom-type"
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sev", ("sev", False)),
        ("sev-snp", ("sev-snp", False)),
        ("s390-pv", ("s390-pv", None)),
        ("sgx-epc", ("none", None)),
        ("tdx-object", ("tdx", False)),
    ],
)
def test_command_lines_of_libvirts_own_tests(name: str, expected: tuple[str, bool | None]) -> None:
    asked = command(*captured_arguments(name)).machine.launch_security.value
    assert asked is not None
    assert (asked.kind, asked.debug_allowed) == expected


def test_a_machine_with_sgx_memory_is_named_as_what_it_is() -> None:
    asked = command(*captured_arguments("sgx-epc")).machine.launch_security.value
    assert asked is not None
    assert "in no TEE" in asked.look_alike


def captured_arguments(name: str) -> list[str]:
    path = CAPTURES / "attestation" / "libvirt" / "qemu-args" / f"{name}.args"
    if not path.is_file():
        pytest.skip(f"no capture at {path}; set ISOSCOPE_CAPTURES")
    words = shlex.split(path.read_text().replace("\\\n", " "))
    program = next((n for n, word in enumerate(words) if word.startswith("/usr/bin/qemu")), -1)
    return words[program + 1 :]
