"""The parts of virtual machines: by QEMU's options, by libvirt's documents, by the kernel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory import qemu_makeup
from isoscope.inventory.libvirt_makeup import read_parts
from isoscope.inventory.makeup import Endpoint, MachineParts
from isoscope.inventory.qemu_machine import QemuOptions
from isoscope.inventory.xml_elements import parse_xml
from isoscope.snapshot.monitor_sockets import socket_paths


def by_qemu(command: str) -> MachineParts:
    return qemu_makeup.parts(QemuOptions.of(command.split()))


def by_libvirt(inside: str, *, before: str = "") -> MachineParts:
    return read_parts(
        parse_xml(f"<domain type='kvm'>{before}<devices>{inside}</devices></domain>".encode())
    )


TCP, UNIX = True, False


@pytest.mark.parametrize(
    ("command", "endpoint"),
    [
        ("-monitor tcp:127.0.0.1:4444,server,nowait", Endpoint("monitor", TCP, "127.0.0.1:4444")),
        ("-monitor telnet::4444,server=on", Endpoint("monitor", TCP, ":4444")),
        ("-qmp unix:/tmp/q.sock,server=on,wait=off", Endpoint("monitor", UNIX, "/tmp/q.sock")),
        ("-gdb tcp::1234", Endpoint("gdb", TCP, ":1234")),
        ("-s", Endpoint("gdb", TCP, ":1234")),
        ("-vnc :1", Endpoint("vnc", TCP, ":5901")),
        ("-vnc 0.0.0.0:0,password=on", Endpoint("vnc", TCP, "0.0.0.0:5900", True)),
        ("-vnc unix:/run/v.sock", Endpoint("vnc", UNIX, "/run/v.sock")),
        ("-display vnc=:2", Endpoint("vnc", TCP, ":5902")),
        ("-spice port=5930,disable-ticketing=on", Endpoint("spice", TCP, ":5930")),
        (
            "-spice port=5930,addr=10.0.0.1,password-secret=s0",
            Endpoint("spice", TCP, "10.0.0.1:5930", True),
        ),
        (
            "-chardev socket,id=m,host=::1,port=5,server=on,wait=off -mon chardev=m,mode=control",
            Endpoint("monitor", TCP, "::1:5"),
        ),
        (
            "-chardev socket,id=c,path=/run/a.sock,server,nowait -device isa-serial,chardev=c",
            Endpoint("serial", UNIX, "/run/a.sock"),
        ),
    ],
)
def test_qemu_says_where_it_takes_connections(command: str, endpoint: Endpoint) -> None:
    assert by_qemu(command).endpoints == (endpoint,)


@pytest.mark.parametrize(
    "command",
    [
        "-monitor stdio",
        "-monitor none",
        "-vnc none",
        "-serial tcp:10.0.0.1:99",
        "-chardev socket,id=m,fd=23,server=on -mon chardev=m,mode=control",
    ],
)
def test_what_connects_nobody_from_outside_is_no_endpoint(command: str) -> None:
    assert by_qemu(command).endpoints == ()


@pytest.mark.parametrize(
    ("address", "only_here"),
    [("127.0.0.1:1", True), ("localhost:1", True), ("::1:1", True), (":1", False)],
)
def test_loopback_is_for_this_host_only(address: str, only_here: bool) -> None:
    assert Endpoint("monitor", TCP, address).for_this_host_only is only_here


class TestDevices:
    def test_wide_ones_are_named(self) -> None:
        parts = by_qemu("-nodefaults -device e1000,netdev=n -device virtio-net-pci -vga qxl -usb")
        assert parts.wide_devices == ("e1000", "qxl", "usb")

    def test_without_nodefaults_the_board_brings_its_own(self) -> None:
        assert by_qemu("-m 64").wide_devices == ("the board's default devices",)

    def test_user_networking_is_wide(self) -> None:
        parts = by_qemu("-nodefaults -netdev user,id=n -device virtio-net-pci,netdev=n")
        assert parts.wide_devices == ("user networking (slirp)",)

    def test_libvirt_names_them_by_bus_and_model(self) -> None:
        parts = by_libvirt(
            "<disk><target dev='hda' bus='ide'/></disk>"
            "<disk><target dev='vda' bus='virtio'/></disk>"
            "<interface type='network'><model type='rtl8139'/></interface>"
            "<video><model type='qxl'/></video><sound model='ich9'/>"
        )
        assert parts.wide_devices == ("ide", "rtl8139", "qxl", "sound ich9")


class TestShares:
    @pytest.mark.parametrize("model", ["passthrough", "none"])
    def test_a_share_that_passes_owners(self, model: str) -> None:
        parts = by_qemu(f"-virtfs local,path=/srv,mount_tag=s,security_model={model}")
        assert parts.passing_shares == (f"/srv ({model})",)

    def test_a_mapped_share_passes_none(self) -> None:
        assert not by_qemu("-fsdev local,id=f,path=/srv,security_model=mapped-xattr").passing_shares

    def test_libvirt_passes_owners_unless_told_otherwise(self) -> None:
        share = "<filesystem type='mount'{}><source dir='/srv'/><target dir='s'/></filesystem>"
        assert by_libvirt(share.format("")).passing_shares == ("/srv (passthrough)",)
        assert not by_libvirt(share.format(" accessmode='mapped'")).passing_shares

    def test_virtiofsd_is_sandboxed_unless_told_otherwise(self) -> None:
        share = (
            "<filesystem><driver type='virtiofs'/>{}<source dir='/srv'/><target dir='s'/>"
            "</filesystem>"
        )
        weak = "<binary><sandbox mode='chroot'/></binary>"
        assert not by_libvirt(share.format("")).passing_shares
        assert by_libvirt(share.format(weak)).passing_shares


class TestImages:
    def test_an_image_without_its_format_is_guessed(self) -> None:
        parts = by_qemu("-drive file=/a.img,if=virtio -drive file=/b.img,format=raw /c.img")
        assert parts.probed_images == ("/c.img", "/a.img")

    def test_what_is_not_written_is_not_told(self) -> None:
        assert not by_qemu("-drive file=/a.iso,media=cdrom -cdrom /b.iso").probed_images


class TestProcessor:
    @pytest.mark.parametrize(
        ("cpu", "nested"),
        [
            ("host", True),
            ("max", True),
            ("host,vmx=off,svm=off", False),
            ("qemu64,+svm", True),
            ("qemu64", None),
        ],
    )
    def test_what_lets_a_guest_run_guests(self, cpu: str, nested: bool | None) -> None:
        assert by_qemu(f"-cpu {cpu}").nested is nested

    def test_libvirt_says_it_by_mode_or_feature(self) -> None:
        assert by_libvirt("", before="<cpu mode='host-passthrough'/>").nested is True
        without = "<cpu mode='host-model'><feature policy='disable' name='vmx'/></cpu>"
        assert by_libvirt("", before=without).nested is False
        assert by_libvirt("").nested is None


class TestConsolesOfLibvirt:
    def test_graphics_on_every_address(self) -> None:
        parts = by_libvirt(
            "<graphics type='vnc' port='5900' listen='0.0.0.0'>"
            "<listen type='address' address='0.0.0.0'/></graphics>"
        )
        assert parts.endpoints == (Endpoint("vnc", TCP, "0.0.0.0:5900", None),)

    def test_with_a_password(self) -> None:
        parts = by_libvirt("<graphics type='vnc' port='5900' passwd='[cut]'/>")
        assert parts.endpoints == (Endpoint("vnc", TCP, "127.0.0.1:5900", True),)

    def test_a_serial_line_over_the_network(self) -> None:
        parts = by_libvirt(
            "<serial type='tcp'><source mode='bind' host='0.0.0.0' service='9'/></serial>"
        )
        assert parts.endpoints == (Endpoint("serial", TCP, ":9"),)

    def test_arguments_of_its_own_count(self) -> None:
        root = parse_xml(
            b"<domain xmlns:q='u'><devices/><q:commandline><q:arg value='-s'/></q:commandline>"
            b"</domain>"
        )
        assert read_parts(root).endpoints == (Endpoint("gdb", TCP, ":1234"),)


def test_an_agents_channel_is_found_either_way() -> None:
    name = "org.qemu.guest_agent.0"
    assert by_qemu(f"-device virtserialport,chardev=c,name={name}").agents == (name,)
    channel = f"<channel type='unix'><target type='virtio' name='{name}'/></channel>"
    assert by_libvirt(channel).agents == (name,)


def test_a_vsock_is_found_either_way() -> None:
    assert by_qemu("-device vhost-vsock-pci,guest-cid=3").vsock
    assert by_libvirt("<vsock model='virtio'><cid auto='yes'/></vsock>").vsock
    assert not by_libvirt("").vsock


def test_a_tpm_is_encrypted_where_it_says_so() -> None:
    tpm = "<tpm model='tpm-crb'><backend type='emulator'>{}</backend></tpm>"
    assert by_libvirt(tpm.format("")).vtpm == "emulator"
    assert not by_libvirt(tpm.format("")).vtpm_encrypted
    assert by_libvirt(tpm.format("<encryption secret='u'/>")).vtpm_encrypted


def test_secure_boot_counts_only_where_firmware_loads_the_kernel() -> None:
    loader = "<loader secure='yes'>/f.fd</loader>"
    assert by_libvirt("", before=f"<os>{loader}</os>").boot_verified
    assert not by_libvirt("", before=f"<os>{loader}<kernel>/k</kernel></os>").boot_verified
    assert not by_libvirt("", before="<os><kernel>/k</kernel></os>").boot_verified


def test_sockets_are_told_from_other_paths() -> None:
    command = "qemu\0-qmp\0unix:/run/q,server\0-drive\0file=/a,path=/b\0-chardev\0socket,path=/c\0"
    assert socket_paths(command) == ("/run/q", "/c")


@given(st.lists(st.text(max_size=30), max_size=8))
def test_no_command_line_raises_anything_else(arguments: list[str]) -> None:
    names = ["-monitor", "-vnc", "-spice", "-chardev", "-cpu", "-gdb", "-serial", "-mon"]
    pairs = [each for pair in zip(names, arguments, strict=False) for each in pair]
    try:
        qemu_makeup.parts(QemuOptions.of(pairs))
    except ValueError:
        return


@given(st.binary(max_size=120))
def test_no_document_raises_anything_else(inside: bytes) -> None:
    try:
        read_parts(parse_xml(b"<domain><devices>" + inside + b"</devices></domain>"))
    except ValueError:
        return


def test_back_ends_of_vhost_user_are_found_either_way() -> None:
    sockets = "-chardev socket,id=c,path=/run/ovs/v1 -netdev vhost-user,id=n,chardev=c"
    assert by_qemu(sockets).vhost_user == ("/run/ovs/v1",)
    assert by_qemu("-device vhost-user-blk-pci,chardev=lost").vhost_user == ("lost",)
    assert by_qemu("-device vhost-vsock-pci,guest-cid=3").vhost_user == ()
    interface = "<interface type='vhostuser'><source type='unix' path='/run/ovs/v2'/></interface>"
    shared = "<filesystem type='mount'><source socket='/run/fs.sock'/></filesystem>"
    disk = "<disk type='vhostuser'><source type='unix' path='/run/spdk'/></disk>"
    found = by_libvirt(interface + disk + shared).vhost_user
    assert found == ("/run/ovs/v2", "/run/spdk", "/run/fs.sock")
