"""What libvirt says of its domains becomes facts."""

import pytest

from isoscope.inventory.described import Described, described_workloads
from isoscope.inventory.network import Apart, NetworkAttachment
from isoscope.inventory.observation import Doubt, Party
from isoscope.inventory.workload import DeclaredMachine, Limit, Volume, WorkloadKind
from isoscope.inventory.xml_elements import parse_xml
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Channel, Gap
from tests.unit.engine_snapshots import LIBVIRT, only, reading, snapshot

UUID = "0abd9bd4-99cd-4b57-912a-f1987426f332"
NETWORK = "1108125f-f625-45db-b620-8680c114b7e7"


def domain(devices: str = "", *, extra: str = "", kind: str = "kvm", running: bool = True) -> bytes:
    number = " id='3'" if running else ""
    return (
        f"<domain type='{kind}'{number} xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
        f"<name>db</name><uuid>{UUID}</uuid><memory unit='KiB'>65536</memory><vcpu>2</vcpu>{extra}"
        f"<devices>{devices}</devices></domain>"
    ).encode()


def libvirt(
    document: bytes | Gap,
    *,
    network: bytes | Gap = b"<network><name>lan</name><bridge name='br7'/></network>",
    state: int | None = 1,
) -> Snapshot:
    entry = {"uuid": UUID, "name": "db", "id": None, "state": state}
    said = {
        "virConnectOpen": {"read_only": False},
        "virConnectListAllDomains": [entry],
        "virConnectGetVersion": {"type": "QEMU", "version": 7002022},
        f"virDomainGetXMLDesc {UUID}": document,
        f"virNetworkGetXMLDesc {NETWORK}": network,
    }
    return snapshot(
        [reading(Channel.LIBVIRT, LIBVIRT, request, answer) for request, answer in said.items()],
        [reading(Channel.FILE, "/run/libvirt/qemu/db.pid", "", b"4711\n")],
    )


def described(devices: str = "", *, extra: str = "", kind: str = "kvm") -> Described:
    return only(libvirt(domain(devices, extra=extra, kind=kind)))


def machine(devices: str = "", *, extra: str = "", kind: str = "kvm") -> DeclaredMachine:
    found = described(devices, extra=extra, kind=kind).machine
    assert found is not None
    return found


def test_a_domain_has_libvirts_name_state_and_process() -> None:
    found = described()
    assert (found.id, found.kind) == (f"libvirt:{UUID}", WorkloadKind.VIRTUAL_MACHINE)
    assert (found.name, found.state, found.runs, found.pid) == ("db", "running", True, 4711)


@pytest.mark.parametrize(
    ("state", "running", "word", "runs"),
    [
        (3, True, "paused", True),
        (5, False, "shut off", False),
        (None, True, "running", True),
        (None, False, "unknown", True),
    ],
)
def test_a_state_that_nobody_told_counts_as_running(
    state: int | None, running: bool, word: str, runs: bool
) -> None:
    found = only(libvirt(domain(running=running), state=state))
    assert (found.state, found.runs) == (word, runs)


@pytest.mark.parametrize(
    "metadata",
    [
        "<isoscope:tenant xmlns:isoscope='https://isoscope.dev/libvirt'>acme</isoscope:tenant>",
        "<i:tenant xmlns:i='https://isoscope.dev/libvirt'> acme </i:tenant>",
        "<isoscope:tenant xmlns:isoscope='urn:other'>acme</isoscope:tenant>",
        "<a:b xmlns:a='urn:a'><tenant xmlns='https://isoscope.dev/libvirt'>acme</tenant></a:b>",
    ],
)
def test_metadata_can_name_the_tenant(metadata: str) -> None:
    found = described(extra=f"<metadata>{metadata}</metadata>")
    assert found.attributes.metadata_tenant == "acme"


def test_a_tenant_element_of_somebody_else_names_none() -> None:
    other = "<x:tenant xmlns:x='http://openstack.org/xmlns'>acme</x:tenant>"
    assert described(extra=f"<metadata>{other}</metadata>").attributes.metadata_tenant == ""


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ("<launchSecurity type='sev'><policy>0x0001</policy></launchSecurity>", ("sev", False)),
        ("<launchSecurity type='sev'><policy>0x0000</policy></launchSecurity>", ("sev", True)),
        ("<launchSecurity type='sev'><policy>0x5</policy></launchSecurity>", ("sev-es", False)),
        (
            "<launchSecurity type='sev-snp'><policy>0x30000</policy></launchSecurity>",
            ("sev-snp", False),
        ),
        (
            "<launchSecurity type='sev-snp'><policy>0xb0000</policy></launchSecurity>",
            ("sev-snp", True),
        ),
        ("<launchSecurity type='sev-snp'/>", ("sev-snp", None)),
        (
            "<launchSecurity type='tdx'><policy>0x10000000</policy></launchSecurity>",
            ("tdx", False),
        ),
        ("<launchSecurity type='tdx'><policy>0x10000001</policy></launchSecurity>", ("tdx", True)),
        ("<launchSecurity type='s390-pv'/>", ("s390-pv", None)),
        ("", ("none", None)),
    ],
)
def test_launch_security_is_what_the_domain_asks_for(
    element: str, expected: tuple[str, bool | None]
) -> None:
    found = machine(extra=element).launch_security
    assert found.value is not None
    assert (found.value.kind, found.value.debug_allowed) == expected
    assert Party.VM_MANAGER in found.parties


@pytest.mark.parametrize(
    "element",
    ["<launchSecurity type='sev'><policy>much</policy></launchSecurity>", "<launchSecurity/>"],
)
def test_launch_security_that_cannot_be_read_is_unknown_alone(element: str) -> None:
    found = machine(extra=element)
    assert found.launch_security.unknown is not None
    assert found.launch_security.unknown.reason is Doubt.NOT_UNDERSTOOD
    assert found.memory.known if found.memory else False


def test_a_disk_is_its_image_and_all_that_it_is_based_on() -> None:
    disk = (
        "<disk type='file' device='disk'><source file='/i/top.qcow2'/><target dev='vda'/>"
        "<backingStore type='file'><source file='/i/mid.qcow2'/>"
        "<backingStore type='block'><source dev='/dev/vg/base'/><backingStore/></backingStore>"
        "</backingStore></disk>"
    )
    assert machine(disk).disks.value == (
        Volume("disk", "/i/top.qcow2", "vda", writable=True),
        Volume("backing", "/i/mid.qcow2", "vda", writable=False),
        Volume("backing", "/dev/vg/base", "vda", writable=False),
    )


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        (
            "<disk type='block'><source dev='/dev/sdb'/><target dev='sda'/><readonly/></disk>",
            (Volume("disk", "/dev/sdb", "sda", writable=False),),
        ),
        ("<disk type='file' device='cdrom'><target dev='sda'/><readonly/></disk>", ()),
        (
            """<disk type='network'><source protocol='rbd' name='pool/i'>
            <host name='ceph' port='6789'/></source><target dev='vda'/></disk>""",
            (Volume("disk", "rbd://ceph:6789/pool/i", "vda", writable=True),),
        ),
        (
            "<filesystem type='mount'><source dir='/srv'/><target dir='tag'/></filesystem>",
            (Volume("filesystem", "/srv", "tag", writable=True),),
        ),
    ],
)
def test_storage_of_other_kinds(element: str, expected: tuple[Volume, ...]) -> None:
    assert machine(element).disks.value == expected


def test_a_volume_of_a_storage_pool_could_be_any_file() -> None:
    disk = "<disk type='volume'><source pool='p' volume='v'/><target dev='vda'/></disk>"
    assert not machine(disk).disks.known


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        (
            "<interface type='network'><source network='lan'/></interface>",
            NetworkAttachment("br7", "lan", "network", Apart.NOTHING, False),
        ),
        (
            "<interface type='network'><source network='lan'/><port isolated='yes'/></interface>",
            NetworkAttachment("br7", "lan", "network", Apart.ISOLATED_PORTS, False),
        ),
        (
            "<interface type='bridge'><source bridge='docker0'/></interface>",
            NetworkAttachment("docker0", "docker0", "bridge", Apart.NOTHING, False),
        ),
        (
            "<interface type='direct'><source dev='eth0' mode='vepa'/></interface>",
            NetworkAttachment("eth0", "eth0", "direct", Apart.SWITCH_OUTSIDE, False),
        ),
        ("<interface type='user'/>", None),
    ],
)
def test_an_interface_is_on_a_segment(element: str, expected: NetworkAttachment | None) -> None:
    assert machine(element).networks.value == (() if expected is None else (expected,))


def test_isolated_ports_can_be_the_networks_own() -> None:
    network = (
        b"<network><name>lan</name><bridge name='br7'/>"
        b"<portgroup name='apart'><port isolated='yes'/></portgroup></network>"
    )
    for group, isolates in (("apart", True), ("other", False)):
        interface = (
            f"<interface type='network'><source network='lan' portgroup='{group}'/></interface>"
        )
        found = only(libvirt(domain(interface), network=network)).machine
        assert found is not None
        assert found.networks.value is not None
        assert found.networks.value[0].isolates_neighbours is isolates


@pytest.mark.parametrize("network", [Gap.DENIED, b"<network/>"])
def test_a_network_that_was_not_read_leaves_the_segment_unknown(network: bytes | Gap) -> None:
    interface = "<interface type='network'><source network='lan'/></interface>"
    found = only(libvirt(domain(interface), network=network)).machine
    assert found is not None
    assert not found.networks.known


@pytest.mark.parametrize("kind", ["ethernet", "vhostuser", "of-tomorrow"])
def test_an_interface_that_leads_who_knows_where_is_unknown(kind: str) -> None:
    assert not machine(f"<interface type='{kind}'/>").networks.known


def test_host_devices_are_named_as_on_the_host() -> None:
    devices = (
        "<hostdev mode='subsystem' type='pci'><source>"
        "<address domain='0x0000' bus='0x0a' slot='0x1f' function='0x3'/></source></hostdev>"
        "<hostdev mode='subsystem' type='mdev'><source><address uuid='u-1'/></source></hostdev>"
        "<interface type='hostdev'><source>"
        "<address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>"
        "</source></interface>"
    )
    assert machine(devices).passed_through.value == (
        "pci 0000:0a:1f.3",
        "mdev u-1",
        "pci 0000:01:00.0",
    )


def test_memory_is_shared_by_name_or_server() -> None:
    devices = "<shmem name='s0'/><shmem name='s1'><server path='/run/ivshmem'/></shmem>"
    assert machine(devices).shared_memory.value == ("s0", "/run/ivshmem")


def test_pages_may_be_merged_unless_the_domain_forbids_it() -> None:
    assert machine().may_merge_pages.value is True
    forbidden = "<memoryBacking><nosharepages/></memoryBacking>"
    assert machine(extra=forbidden).may_merge_pages.value is False
    assert not machine(kind="xen").may_merge_pages.known


def test_size_is_in_bytes_and_cpus() -> None:
    found = machine()
    assert found.memory is not None
    assert found.cpu is not None
    assert found.memory.value == Limit(64 << 20, "<memory>")
    assert found.cpu.value == Limit(2, "<vcpu>")


def test_arguments_that_bypass_libvirt_count_too() -> None:
    arguments = ["-device", "vfio-pci,host=0000:01:00.0", "-drive", "file=/i/x,readonly=on"]
    listed = "".join(f"<qemu:arg value='{each}'/>" for each in arguments)
    found = machine(extra=f"<qemu:commandline>{listed}</qemu:commandline>")
    assert found.passed_through.value == ("pci 0000:01:00.0",)
    assert found.disks.value == (Volume("disk", "/i/x", "", writable=False),)


def test_labels_that_libvirt_gave() -> None:
    labels = (
        "<seclabel type='dynamic' model='selinux'><label>u:r:svirt_t:s0:c1,c2</label></seclabel>"
        "<seclabel type='none' model='dac'/>"
    )
    found = described(extra=labels).security_labels
    assert found is not None
    assert found.value == ("selinux u:r:svirt_t:s0:c1,c2", "dac none")


def test_a_container_of_libvirts_is_no_virtual_machine() -> None:
    found = described(kind="lxc")
    assert (found.kind, found.machine) == (WorkloadKind.SYSTEM_CONTAINER, None)


def test_a_domain_that_could_not_be_described_is_there_with_unknown_facts() -> None:
    found = only(libvirt(Gap.DENIED))
    assert (found.name, found.state) == ("db", "running")
    assert found.attributes_unknown is not None
    assert found.machine is not None
    assert not found.machine.passed_through.known


def test_a_domain_that_ended_meanwhile_is_not_there() -> None:
    assert described_workloads(libvirt(Gap.GONE))[0] == ()


@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><domain>&b;</domain>',
        b'<!DOCTYPE d SYSTEM "file:///etc/passwd"><domain/>',
        b"<d>" * 100 + b"</d>" * 100,
        b"<domain>",
        b"",
        b"\xff\xfe",
        b"<d" + b" " * (9 * 1024 * 1024) + b"/>",
    ],
)
def test_hostile_documents_are_refused_and_lead_nowhere(content: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_xml(content)
    found = only(libvirt(content)).machine
    assert found is not None
    assert found.disks.unknown is not None
    assert found.disks.unknown.reason is Doubt.NOT_UNDERSTOOD
