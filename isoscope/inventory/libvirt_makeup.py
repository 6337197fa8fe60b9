"""The parts of a machine by libvirt's document: https://libvirt.org/formatdomain.html."""

from __future__ import annotations

from collections.abc import Iterator

from isoscope.inventory import qemu_makeup
from isoscope.inventory.makeup import Endpoint, MachineParts
from isoscope.inventory.qemu_machine import QemuOptions
from isoscope.inventory.xml_elements import Element


def read_parts(root: Element) -> MachineParts:
    """The parts that a domain's elements and its additional arguments give.

    Raises:
        ValueError: an additional argument cannot be read.
    """
    extra = qemu_makeup.parts(
        QemuOptions.of(
            ["-nodefaults", *(each.get("value") for each in root.all("commandline", "arg"))]
        )
    )
    devices = root.find("devices") or Element("devices", {})
    tpm = devices.find("tpm", "backend")
    loader = root.find("os", "loader")
    return MachineParts(
        wide_devices=tuple(dict.fromkeys((*_wide(devices), *extra.wide_devices))),
        passing_shares=(*_passing(devices), *extra.passing_shares),
        probed_images=extra.probed_images,
        endpoints=(*_endpoints(devices), *extra.endpoints),
        agents=(
            *(
                target.get("name")
                for target in devices.all("channel", "target")
                if target.get("name").startswith(qemu_makeup.AGENTS)
            ),
            *extra.agents,
        ),
        vtpm=(tpm.get("type") if tpm is not None else "") or extra.vtpm,
        vtpm_encrypted=tpm is not None and tpm.find("encryption") is not None,
        boot=(*_boot(root), *extra.boot),
        boot_verified=loader is not None
        and loader.get("secure") == "yes"
        and root.find("os", "kernel") is None,
        nested=_nested(root) if extra.nested is None else extra.nested,
        vhost_user=(*_vhost_user(devices), *extra.vhost_user),
        vsock=devices.find("vsock") is not None or extra.vsock,
    )


def _vhost_user(devices: Element) -> Iterator[str]:
    """Sockets of back ends. Those that libvirt starts itself, of virtiofs, serve one domain."""
    for element in devices.all("interface"):
        if element.get("type") == "vhostuser":
            yield from (source.get("path") for source in element.all("source"))
    for element in devices.all("disk"):
        if element.get("type") == "vhostuser":
            yield from (source.get("path") for source in element.all("source"))
    for element in devices.all("filesystem", "source"):
        if element.get("socket"):
            yield element.get("socket")


def _wide(devices: Element) -> Iterator[str]:
    for disk in devices.all("disk"):
        target = disk.find("target")
        if target is not None and target.get("bus") in ("ide", "fdc", "sata", "usb"):
            yield {"fdc": "floppy"}.get(target.get("bus"), target.get("bus"))
    for interface in devices.all("interface"):
        model = interface.find("model")
        name = model.get("type") if model is not None else "rtl8139"
        if name.startswith(qemu_makeup.WIDE):
            yield name
        if interface.get("type") == "user" and interface.find("backend") is None:
            yield "user networking (slirp)"
    for video in devices.all("video", "model"):
        if video.get("type") in ("cirrus", "qxl", "vmvga"):
            yield video.get("type")
    for controller in devices.all("controller"):
        if controller.get("type") in ("usb", "ide", "fdc") and controller.get("model") != "none":
            yield f"{controller.get('type')} {controller.get('model')}".rstrip()
    for sound in devices.all("sound"):
        yield f"sound {sound.get('model')}".rstrip()
    if devices.find("redirdev") is not None:
        yield "usb-redir"


def _passing(devices: Element) -> Iterator[str]:
    for shared in devices.all("filesystem"):
        source = shared.find("source")
        place = source.get("dir") if source is not None else ""
        driver, sandbox = shared.find("driver"), shared.find("binary", "sandbox")
        if driver is not None and driver.get("type") == "virtiofs":
            if sandbox is not None and sandbox.get("mode") == "chroot":
                yield f"{place} (virtiofsd in a chroot only)"
        # formatdomain: the mode is "passthrough" where none is said.
        elif (shared.get("accessmode") or "passthrough") == "passthrough" and place:
            yield f"{place} (passthrough)"


def _endpoints(devices: Element) -> Iterator[Endpoint]:
    for graphics in devices.all("graphics"):
        kind = graphics.get("type")
        if kind not in ("vnc", "spice"):
            continue
        proved = True if graphics.get("passwd") else None  # qemu.conf may ask for one
        port = graphics.get("port") or graphics.get("tlsPort")
        if graphics.get("socket"):
            yield Endpoint(kind, False, graphics.get("socket"), proved)
            continue
        listens = graphics.all("listen") or [Element("listen", {"type": "address"})]
        for listen in listens:
            if listen.get("type") == "socket" and listen.get("socket"):
                yield Endpoint(kind, False, listen.get("socket"), proved)
            elif listen.get("type") in ("address", "network"):
                address = listen.get("address") or graphics.get("listen") or "127.0.0.1"
                yield Endpoint(kind, True, f"{address}:{port}", proved)
    for name in ("serial", "console", "channel", "parallel"):
        for device in devices.all(name):
            source = device.find("source")
            if device.get("type") == "tcp" and source is not None and source.get("mode") == "bind":
                address = f"{source.get('host')}:{source.get('service')}"
                kind = "serial" if name in ("serial", "console") else "other"
                tls = source.get("tls") == "yes"
                yield Endpoint(kind, True, address.replace("0.0.0.0:", ":"), tls)


def _boot(root: Element) -> Iterator[str]:
    for name in ("loader", "nvram", "kernel", "initrd"):
        for found in root.all("os", name):
            if found.text:
                yield f"{name} {found.text}"


def _nested(root: Element) -> bool | None:
    """Whether its CPU shows vmx or svm: as asked for, or as the running domain tells it."""
    cpu = root.find("cpu")
    if cpu is None:
        return None
    for feature in cpu.all("feature"):
        if feature.get("name") in ("vmx", "svm"):
            return feature.get("policy") not in ("disable", "forbid")
    return True if cpu.get("mode") in ("host-passthrough", "maximum") else None
