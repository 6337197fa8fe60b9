"""What a libvirt domain's elements say of the machine.

Sources: https://libvirt.org/formatdomain.html and formatnetwork.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from isoscope.inventory import qemu_machine
from isoscope.inventory.engines.description import doubt_of
from isoscope.inventory.json_fields import NotSaidError
from isoscope.inventory.qemu_machine import QemuOptions
from isoscope.inventory.workload import Apart, LaunchSecurity, Limit, NetworkAttachment, Volume
from isoscope.inventory.xml_elements import Element, parse_xml
from isoscope.snapshot.reading import Reading

_QEMU_DRIVERS = ("qemu", "kvm", "hvf", "xen-qemu")
_NO_SEGMENT = ("user", "hostdev", "null")
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


@dataclass(frozen=True, slots=True)
class LibvirtNetwork:
    """A network of libvirt's."""

    name: str
    bridge: str
    """Name of the host's bridge; empty where it has none."""
    mode: str
    """Of its ``<forward>``; empty for an isolated network."""
    isolated_ports: bool
    isolated_groups: frozenset[str] = frozenset()
    """Port groups whose ports are isolated."""


def read_network(reading: Reading) -> LibvirtNetwork:
    """A network by ``virNetworkGetXMLDesc``.

    Raises:
        ValueError: it was not read, or is none.
    """
    doubt = doubt_of(reading)
    if doubt is not None:
        raise ValueError(doubt.explanation)
    root = parse_xml(reading.content or b"")
    name, bridge, forward = root.find("name"), root.find("bridge"), root.find("forward")
    if root.name != "network" or name is None:
        raise ValueError("no network with a name")
    mode = (forward.get("mode") or "nat") if forward is not None else ""
    device = forward.get("dev") if forward is not None else ""
    return LibvirtNetwork(
        name.text,
        (bridge.get("name") if bridge is not None else "")
        or (device if mode not in _ROUTED else ""),
        mode,
        _isolated(root),
        frozenset(g.get("name") for g in root.all("portgroup") if _isolated(g)),
    )


_ROUTED = ("", "nat", "route", "open")
"""Modes whose ``dev`` is only where traffic may leave, not a segment that guests are on."""


def _isolated(element: Element) -> bool:
    port = element.find("port")
    return port is not None and port.get("isolated") == "yes"


def _extra(root: Element) -> QemuOptions:
    """The arguments that ``<qemu:commandline>`` adds, about which the rest of the document says
    nothing."""
    return QemuOptions.of([each.get("value") for each in root.all("commandline", "arg")])


def read_launch_security(root: Element) -> LaunchSecurity:
    """The launch security that the domain asks for."""
    found = root.find("launchSecurity")
    if found is None:
        return qemu_machine.launch_security(_extra(root))
    kind = found.get("type")
    policy = found.find("policy")
    value = int(policy.text, 0) if policy is not None else None
    if kind == "sev":
        return qemu_machine.sev(value)
    if kind == "sev-snp":
        return qemu_machine.snp(value)
    if kind == "tdx":
        return qemu_machine.tdx(value)
    if not kind:
        raise ValueError("<launchSecurity> has no type")
    return LaunchSecurity(kind[:40])


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
    return (*found, *qemu_machine.disks(_extra(root)))


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


def read_networks(
    root: Element, networks: Mapping[str, LibvirtNetwork]
) -> tuple[NetworkAttachment, ...]:
    """The segments that it is on.

    Raises:
        NotSaidError: what one of its interfaces leads to is not in the documents.
    """
    found = []
    for interface in root.all("devices", "interface"):
        attachment = _attachment(interface, networks)
        if attachment is not None:
            found.append(attachment)
    return (*found, *qemu_machine.networks(_extra(root), {}))


def _attachment(
    interface: Element, networks: Mapping[str, LibvirtNetwork]
) -> NetworkAttachment | None:
    kind = interface.get("type")
    source = interface.find("source") or Element("source", {})
    isolated, forged = _isolated(interface), _drops_forged(interface)
    if kind in _NO_SEGMENT:
        return None
    if kind == "network":
        name = source.get("network")
        network = networks.get(name)
        if network is None:
            raise NotSaidError(f"of network {name[:80]} no more is known")
        if network.mode == "hostdev":
            return None
        isolated = (
            isolated or network.isolated_ports or source.get("portgroup") in network.isolated_groups
        )
        bridge = source.get("bridge") or network.bridge or source.get("dev")
        if not bridge:
            raise NotSaidError(f"on which bridge network {name[:80]} is, is not in the document")
        return NetworkAttachment(bridge, name, kind, _PORTS[isolated], forged)
    if kind == "bridge":
        bridge = source.get("bridge")
        return NetworkAttachment(bridge, bridge, kind, _PORTS[isolated], forged)
    if kind == "direct":  # macvtap: "vepa" leaves it to the switch outside
        apart = _BY_MODE.get(source.get("mode"), Apart.NOT_SAID)
        return NetworkAttachment(source.get("dev"), source.get("dev"), kind, apart, forged)
    if kind in ("mcast", "udp", "server", "client"):
        segment = f"{kind} {source.get('address')}:{source.get('port')}"
        return NetworkAttachment(segment, segment, kind, Apart.NOTHING, False)
    raise NotSaidError(f"what interface type {kind[:40]} leads to is not in the document")


_PORTS = {False: Apart.NOTHING, True: Apart.ISOLATED_PORTS}
_BY_MODE = {
    "bridge": Apart.NOTHING,
    "private": Apart.PRIVATE_MODE,
    "vepa": Apart.SWITCH_OUTSIDE,
}
_CLEAN = ("clean-traffic", "clean-traffic-gateway")
"""Filters of libvirt's own against forged MAC, IP and ARP addresses; what is in one of another name
is not in the domain's document: https://libvirt.org/formatnwfilter.html."""


def _drops_forged(interface: Element) -> bool | None:
    found = interface.find("filterref")
    if found is None:
        return False
    return True if found.get("filter") in _CLEAN else None


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
    return (*found, *qemu_machine.passed_through(_extra(root)))


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
    return (*found, *qemu_machine.shared_memory(_extra(root)))


def read_may_merge_pages(root: Element) -> bool:
    """Whether its memory is offered to KSM, as QEMU does unless told otherwise."""
    if root.get("type") not in _QEMU_DRIVERS:
        raise NotSaidError(f"what {root.get('type')[:40]} guests let the host merge is not said")
    offered = root.find("memoryBacking", "nosharepages") is None
    return offered and qemu_machine.may_merge_pages(_extra(root))


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
