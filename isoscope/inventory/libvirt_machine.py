"""What a libvirt domain's elements say of the machine.

Sources: https://libvirt.org/formatdomain.html and formatnetwork.html.
"""

from __future__ import annotations

from collections.abc import Iterator

from isoscope.inventory import qemu_machine
from isoscope.inventory.json_fields import NotSaidError
from isoscope.inventory.qemu_machine import QemuOptions
from isoscope.inventory.workload import Limit, Volume
from isoscope.inventory.xml_elements import Element

_QEMU_DRIVERS = ("qemu", "kvm", "hvf", "xen-qemu")
_UNITS = {
    "b": 1,
    "bytes": 1,
    "kb": 10**3,
    "k": 2**10,
    "kib": 2**10,
    "mb": 10**6,
    "m": 2**20,
    "mib": 2**20,
    "gb": 10**9,
    "g": 2**30,
    "gib": 2**30,
    "tb": 10**12,
    "t": 2**40,
    "tib": 2**40,
}


def extra_arguments(root: Element) -> QemuOptions:
    """The arguments that ``<qemu:commandline>`` adds, about which the rest of the document says
    nothing."""
    return QemuOptions.of([each.get("value") for each in root.all("commandline", "arg")])


def read_disks(root: Element) -> tuple[Volume, ...]:
    """Disks with what they are based on, shared directories, and the variable store."""
    found = []
    for disk in root.all("devices", "disk"):
        target = disk.find("target")
        name = target.get("dev") if target is not None else ""
        source = _source(disk)
        if source:
            writable = disk.find("readonly") is None
            found.append(Volume("disk", source, name, writable))
        found += [Volume("backing", each, name, False) for each in _backing(disk)]
    for shared in root.all("devices", "filesystem"):
        source = next(
            (_first(each, "dir", "file", "dev", "name", "socket") for each in shared.all("source")),
            "",
        )
        target = shared.find("target")
        writable = shared.find("readonly") is None
        name = target.get("dir") if target is not None else ""
        found.append(Volume("filesystem", source, name, writable))
    for nvram in root.all("os", "nvram"):
        if nvram.text:
            found.append(Volume("nvram", nvram.text, "nvram", True))
    return (*found, *qemu_machine.disks(extra_arguments(root)))


def _backing(disk: Element) -> Iterator[str]:
    backing = disk.find("backingStore")
    while backing is not None:
        source = _source(backing)
        if source:
            yield source
        backing = backing.find("backingStore")


def _source(disk: Element) -> str:
    """The image, device or share of a disk; empty for a drive without a medium."""
    source = disk.find("source")
    kind = disk.get("type") or "file"
    if source is None:
        return ""
    if kind in ("file", "block", "dir"):
        return source.get({"file": "file", "block": "dev", "dir": "dir"}[kind])
    if kind == "network":
        hosts = ",".join(
            f"{host.get('name') or host.get('socket')}:{host.get('port')}".rstrip(":")
            for host in source.all("host")
        )
        return f"{source.get('protocol')}://{hosts}/{source.get('name')}"
    if kind == "nvme":
        address = source.find("address")
        return f"nvme {_pci(address)}/{source.get('namespace')}" if address is not None else "nvme"
    if kind in ("vhostuser", "vhostvdpa"):
        return f"{kind} {_first(source, 'path', 'dev')}"
    raise NotSaidError(f"what disk type {kind[:40]} stands for is not in the document")


def read_passed_through(root: Element) -> tuple[str, ...]:
    """Host devices that the guest drives."""
    found = [_host_device(each) for each in root.all("devices", "hostdev")]
    for interface in root.all("devices", "interface"):
        address = interface.find("source", "address")
        if interface.get("type") == "hostdev" and address is not None:
            found.append(f"pci {_pci(address)}")
    for device in root.all("devices", "tpm", "backend"):
        if device.get("type") == "passthrough":
            path = device.find("device")
            found.append(f"tpm {path.get('path') if path is not None else ''}".rstrip())
    return (*found, *qemu_machine.passed_through(extra_arguments(root)))


def _host_device(device: Element) -> str:
    kind = device.get("type")
    address = device.find("source", "address")
    if kind == "pci" and address is not None:
        return f"pci {_pci(address)}"
    if kind == "mdev" and address is not None:
        return f"mdev {address.get('uuid')}"
    if kind == "usb" and address is not None:
        return f"usb {address.get('bus')}:{address.get('device')}"
    words = [kind]
    for each in device.all("source"):
        words += [f"{e.name}={_first(e, 'id', 'name', 'wwpn')}" for e in each.children]
        words += [f"{name}={value}" for name, value in each.attributes.items()]
    return " ".join(words)


def read_shared_memory(root: Element) -> tuple[str, ...]:
    """Regions of ivshmem: the server's path, or the name below ``/dev/shm``."""
    found = []
    for region in root.all("devices", "shmem"):
        server = region.find("server")
        found.append((server.get("path") if server is not None else "") or region.get("name"))
    return (*found, *qemu_machine.shared_memory(extra_arguments(root)))


def read_may_merge_pages(root: Element) -> bool:
    """Whether its memory is offered to KSM, as QEMU does unless told otherwise."""
    if root.get("type") not in _QEMU_DRIVERS:
        raise NotSaidError(f"what {root.get('type')[:40]} guests let the host merge is not said")
    offered = root.find("memoryBacking", "nosharepages") is None
    return offered and qemu_machine.may_merge_pages(extra_arguments(root))


def read_memory(root: Element) -> Limit:
    """Bytes of the guest's memory."""
    found = root.find("memory")
    if found is None:
        raise NotSaidError("no <memory>")
    unit = (found.get("unit") or "KiB").lower()
    if unit not in _UNITS:
        raise ValueError(f"{unit[:40]} is no unit of memory")
    return Limit(float(int(found.text) * _UNITS[unit]), "<memory>")


def read_cpus(root: Element) -> Limit:
    """Number of virtual CPUs."""
    found = root.find("vcpu")
    return Limit(float(int(found.text)) if found is not None else 1.0, "<vcpu>")


def read_security_labels(root: Element) -> tuple[str, ...]:
    """The labels of its process."""
    found = []
    for each in root.all("seclabel"):
        label = each.find("label")
        text = label.text if label is not None else each.get("type")
        found.append(f"{each.get('model')} {text}".strip())
    return tuple(found)


def _pci(address: Element) -> str:
    """An address as ``lspci(8)`` writes it."""
    parts = [int(address.get(name) or "0", 0) for name in ("domain", "bus", "slot", "function")]
    return "{:04x}:{:02x}:{:02x}.{:x}".format(*parts)


def _first(element: Element, *attributes: str) -> str:
    return next((value for name in attributes if (value := element.get(name))), "")
