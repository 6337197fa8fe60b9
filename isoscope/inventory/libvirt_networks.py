"""What a libvirt domain's elements, and libvirt's networks, say of the segments that it is on.

Sources: https://libvirt.org/formatdomain.html, formatnetwork.html and formatnwfilter.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from isoscope.inventory import qemu_machine
from isoscope.inventory.engines.description import doubt_of
from isoscope.inventory.json_fields import NotSaidError
from isoscope.inventory.libvirt_machine import extra_arguments
from isoscope.inventory.network import Apart, NetworkAttachment
from isoscope.inventory.xml_elements import Element, parse_xml
from isoscope.snapshot.reading import Reading

_NO_SEGMENT = ("user", "hostdev", "null")


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
    return (*found, *qemu_machine.networks(extra_arguments(root), {}))


def _attachment(
    interface: Element, networks: Mapping[str, LibvirtNetwork]
) -> NetworkAttachment | None:
    kind = interface.get("type")
    source = interface.find("source") or Element("source", {})
    isolated, forged = _isolated(interface), _drops_forged(interface)
    target = interface.find("target")
    port = target.get("dev") if target is not None else ""
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
        return NetworkAttachment(bridge, name, kind, _PORTS[isolated], forged, port)
    if kind == "bridge":
        bridge = source.get("bridge")
        return NetworkAttachment(bridge, bridge, kind, _PORTS[isolated], forged, port)
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
