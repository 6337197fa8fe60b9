"""The parts of a machine by QEMU's options: qemu-system(1), docs/system/devices, qapi/char.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from isoscope.inventory.makeup import Endpoint, MachineParts
from isoscope.inventory.qemu_machine import QemuOptions
from isoscope.inventory.qemu_options import read_value, switch

WIDE = (
    "floppy",
    "isa-fdc",
    "ide-",
    "piix3-ide",
    "piix4-ide",
    "e1000",
    "rtl8139",
    "pcnet",
    "ne2k",
    "i82",
    "vmxnet3",
    "cirrus-vga",
    "qxl",
    "vmware-svga",
    "usb-redir",
    "usb-",
    "qemu-xhci",
    "nec-usb-xhci",
    "ich9-usb",
    "piix3-usb",
    "intel-hda",
    "ich9-intel-hda",
    "hda-",
    "AC97",
    "ES1370",
    "sb16",
    "lsi53c",
    "megasas",
    "am53c974",
    "sdhci",
    "parallel",
)
"""Beginnings of the names of devices that emulate hardware which is not made for guests."""
AGENTS = ("org.qemu.guest_agent", "com.redhat.spice", "org.libguestfs")
_EVERY_USERS = "1234"  # the port of -s


def parts(options: QemuOptions) -> MachineParts:
    """The parts that a command line gives.

    Raises:
        ValueError: an option cannot be read.
    """
    channels = [keys.get("name", "") for keys in options.all("device")]
    drivers = [keys.get("driver", "") for keys in options.all("device")]
    tpm = [option.value for option in options.options if option.name == "tpmdev"]
    return MachineParts(
        wide_devices=tuple(dict.fromkeys(_wide(options, drivers))),
        passing_shares=tuple(_passing(options)),
        probed_images=tuple(_probed(options)),
        endpoints=tuple(_endpoints(options)),
        agents=tuple(name for name in channels if name.startswith(AGENTS)),
        vtpm=" ".join(tpm),
        boot=tuple(
            f"{o.name} {o.value}"
            for o in options.options
            if o.name in ("kernel", "initrd", "bios", "pflash")
        ),
        nested=_nested(options.last("cpu")),
        sandboxed=options.last("sandbox").partition(",")[0] in ("on", "enable=on"),
        vhost_user=tuple(_vhost_user(options)),
        vsock=any(driver.startswith("vhost-vsock") for driver in drivers),
    )


def _wide(options: QemuOptions, drivers: list[str]) -> Iterator[str]:
    yield from (driver for driver in drivers if driver.startswith(WIDE))
    for name, value in [(option.name, option.value) for option in options.options]:
        if name in ("fda", "fdb"):
            yield "floppy"
        elif name in ("hda", "hdb", "hdc", "hdd", "cdrom"):
            yield "ide"
        elif name == "vga" and value in ("cirrus", "qxl", "vmware"):
            yield value
        elif name in ("usb", "usbdevice", "soundhw", "parallel") and value != "none":
            yield name
    for keys in (*options.all("netdev"), *options.all("nic"), *options.all("net")):
        if keys.get("type") == "user":
            yield "user networking (slirp)"
        if keys.get("model", "").startswith(WIDE):
            yield keys["model"]
    for keys in options.all("drive"):
        if keys.get("if", "ide") in ("ide", "floppy"):
            yield keys.get("if", "ide")
    if not any(option.name == "nodefaults" for option in options.options):
        yield "the board's default devices"


def _vhost_user(options: QemuOptions) -> Iterator[str]:
    """Sockets of back ends: docs/system/devices/vhost-user.rst."""
    sockets = {keys.get("id", ""): keys.get("path", "") for keys in options.all("chardev")}
    for keys in (*options.all("device"), *options.all("netdev")):
        kind = keys.get("driver", "") or keys.get("type", "")
        if kind.startswith("vhost-user"):
            chardev = keys.get("chardev", "")
            yield sockets.get(chardev) or chardev or kind


def _passing(options: QemuOptions) -> Iterator[str]:
    for keys in (*options.all("fsdev"), *options.all("virtfs")):
        model = keys.get("security_model", "none" if "path" in keys else "")
        if model in ("passthrough", "none") and "path" in keys:
            yield f"{keys['path']} ({model})"


def _probed(options: QemuOptions) -> Iterator[str]:
    for option in options.options:
        if option.name in ("hda", "hdb", "hdc", "hdd"):
            yield option.value
    for keys in options.all("drive"):
        file = keys.get("file", "")
        known = "format" in keys or "driver" in keys or keys.get("media") == "cdrom"
        if file and not known and not switch(keys, "readonly", otherwise=False):
            yield file


def _endpoints(options: QemuOptions) -> Iterator[Endpoint]:
    used = _uses_of_chardevs(options)
    for keys in options.all("chardev"):
        kind = used.get(keys.get("id", ""), "other")
        found = _chardev(kind, keys)
        if found is not None:
            yield found
    for name, value in [(option.name, option.value) for option in options.options]:
        if name in ("monitor", "qmp", "qmp-pretty"):
            found = _stream("monitor", value)
        elif name == "gdb":
            found = _stream("gdb", value)
        elif name == "s":
            found = Endpoint("gdb", True, f":{_EVERY_USERS}")
        elif name == "serial":
            found = _stream("serial", value)
        elif name == "vnc" or (name == "display" and value.startswith("vnc=")):
            found = _vnc(value.removeprefix("vnc="))
        elif name == "spice":
            found = _spice(read_value(value, "addr"))
        else:
            continue
        if found is not None:
            yield found


def _uses_of_chardevs(options: QemuOptions) -> Mapping[str, str]:
    used: dict[str, str] = {}
    for option in options.options:
        if option.name == "mon":
            used[read_value(option.value, "chardev").get("chardev", "")] = "monitor"
        elif option.value.startswith("chardev:"):
            kind = {"qmp": "monitor", "monitor": "monitor", "gdb": "gdb", "serial": "serial"}
            used[option.value.removeprefix("chardev:")] = kind.get(option.name, "other")
    for keys in options.all("device"):
        if keys.get("driver") in ("isa-serial", "virtconsole", "pci-serial"):
            used[keys.get("chardev", "")] = "serial"
    return used


def _chardev(kind: str, keys: Mapping[str, str]) -> Endpoint | None:
    """A socket that it was handed open (``fd``) has no name of its own here."""
    if keys.get("backend") != "socket" or not switch(
        keys, "server", otherwise=keys.get("server", "off") != "off"
    ):
        return None
    if "path" in keys:
        return Endpoint(kind, False, keys["path"])
    if "port" in keys:
        return Endpoint(kind, True, f"{keys.get('host', '')}:{keys['port']}", "tls-creds" in keys)
    return None


def _stream(kind: str, value: str) -> Endpoint | None:
    """A character device in the old form: ``tcp:HOST:PORT,server=on``."""
    scheme, _, rest = value.partition(":")
    address, _, flags = rest.partition(",")
    serves = kind == "gdb" or "server" in flags.split(",") or "server=on" in flags.split(",")
    if kind == "gdb" and scheme not in ("tcp", "unix", "udp") and value[:1].isdigit():
        scheme, address = "tcp", f":{value}"
    if not serves:
        return None
    if scheme == "unix":
        return Endpoint(kind, False, address)
    if scheme in ("tcp", "telnet", "websocket"):
        return Endpoint(kind, True, address)
    return None


def _vnc(value: str) -> Endpoint | None:
    place, *_ = value.split(",")
    keys = read_value(value, "vnc")
    if place in ("", "none", "off"):
        return None
    named = any(name in keys for name in ("tls-creds", "password-secret", "sasl-authz"))
    proved = named or any(
        switch(keys, name, otherwise=False) for name in ("password", "sasl") if name in keys
    )
    if place.startswith("unix:"):
        return Endpoint("vnc", False, place.removeprefix("unix:"), proved)
    host, _, display = place.rpartition(":")
    port = int(display) + 5900 if display.isdecimal() and len(display) < 6 else display
    return Endpoint("vnc", True, f"{host}:{port}", proved)


def _spice(keys: Mapping[str, str]) -> Endpoint | None:
    proved = not switch(keys, "disable-ticketing", otherwise=False) or switch(
        keys, "sasl", otherwise=False
    )
    if switch(keys, "unix", otherwise=False):
        return Endpoint("spice", False, keys.get("addr", ""), proved)
    port = keys.get("port") or keys.get("tls-port", "")
    return Endpoint("spice", True, f"{keys.get('addr', '')}:{port}", proved) if port else None


def _nested(cpu: str) -> bool | None:
    """Whether the guest sees the extensions by which it can run guests itself."""
    model, *features = cpu.split(",")
    for feature in reversed(features):
        for name in ("vmx", "svm"):
            if feature in (f"+{name}", f"{name}=on", name):
                return True
            if feature in (f"-{name}", f"{name}=off"):
                return False
    return True if model in ("host", "max") else None
