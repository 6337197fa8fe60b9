"""An engine's networks and volumes: what a container's document names only by name.

A network is named by what it is on the host, so that two engines, or an engine and libvirt, on one
bridge are seen to be: the bridge's name. Sources: Docker's bridge, macvlan and local volume drivers
(docs.docker.com/engine/network/drivers, /engine/storage), podman-network-create(1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from isoscope.inventory.engines.description import doubt_of
from isoscope.inventory.json_fields import (
    NotSaidError,
    clean,
    get_list,
    get_object,
    get_str,
    get_text_map,
    parse_json,
)
from isoscope.inventory.network import Apart, NetworkAttachment
from isoscope.snapshot.reading import Reading

_NO_SEGMENT = ("null", "host")
"""Drivers of networks that are none: ``none`` and ``host``."""
_FALSE = ("0", "f", "false")
"""What Go's ``strconv.ParseBool`` takes for false, in lower case."""


@dataclass(frozen=True, slots=True)
class EngineNetworks:
    """The networks of one engine. Where they are not known, no attachment is."""

    engine: str
    by_name: Mapping[str, NetworkAttachment | None] = field(default_factory=dict)
    """By name and by id; None for what is no segment."""
    why_not: str = ""
    """Why they are not known; empty where they are."""

    def attachment(self, name: str, identifier: str) -> NetworkAttachment | None:
        """The attachment to a network that a container names; None where it shares no segment.

        Raises:
            ValueError: the network is not known.
        """
        if self.why_not:
            raise NotSaidError(f"of network {clean(name)} no more is known: {self.why_not}")
        for key in (identifier, name):
            if key and key in self.by_name:
                return self.by_name[key]
        raise NotSaidError(f"network {clean(name)} is not in the list of networks")


def read_networks(engine: str, reading: Reading, scope: str) -> EngineNetworks:
    """The networks in ``GET /networks``, or in Podman's ``GET /libpod/networks/json``.

    Args:
        engine: ``docker`` or ``podman``.
        reading: the document.
        scope: set before what names a network, where the engine's networks are not the host's:
            those of a rootless engine exist in a namespace of its user.
    """
    doubt = doubt_of(reading)
    if doubt is not None:
        return EngineNetworks(engine, why_not=doubt.explanation)
    read = _podman_network if engine == "podman" else _docker_network
    found: dict[str, NetworkAttachment | None] = {}
    try:
        for entry in get_list(parse_json(reading.text())):
            name, identifier, attachment = read(entry, scope)
            found[identifier] = attachment
            found[name] = attachment
    except ValueError as error:
        return EngineNetworks(engine, why_not=f"{reading.source}: {error}")
    return EngineNetworks(engine, found)


def _docker_network(entry: object, scope: str) -> tuple[str, str, NetworkAttachment | None]:
    name, identifier = get_str(entry, "Name"), get_str(entry, "Id")
    driver, options = get_str(entry, "Driver"), get_text_map(entry, "Options")
    if driver in _NO_SEGMENT:
        return name, identifier, None
    if driver == "bridge":
        bridge = options.get("com.docker.network.bridge.name") or f"br-{identifier[:12]}"
        enabled = options.get("com.docker.network.bridge.enable_icc", "true")
        apart = Apart.FIREWALL if enabled.lower() in _FALSE else Apart.NOTHING
        return name, identifier, NetworkAttachment(scope + bridge, name, driver, apart, False)
    return name, identifier, _other(scope, name, identifier, driver, options.get("parent"), options)


def _podman_network(entry: object, scope: str) -> tuple[str, str, NetworkAttachment | None]:
    name, identifier, driver = (
        get_str(entry, "name"),
        get_str(entry, "id"),
        get_str(entry, "driver"),
    )
    options = get_text_map(entry, "options") if "options" in get_object(entry) else {}
    device = get_str(entry, "network_interface") if "network_interface" in get_object(entry) else ""
    if driver == "bridge" and device:
        # Its option "isolate" keeps networks apart, not the containers of one.
        return (
            name,
            identifier,
            NetworkAttachment(scope + device, name, driver, Apart.NOTHING, False),
        )
    return name, identifier, _other(scope, name, identifier, driver, device, options)


def _other(
    scope: str,
    name: str,
    identifier: str,
    driver: str,
    parent: str | None,
    options: Mapping[str, str],
) -> NetworkAttachment:
    """macvlan and ipvlan put containers on the segment of a host's device; all else is its own."""
    if driver in ("macvlan", "ipvlan") and parent:
        # Docker words what ipvlan_mode is not: whether members reach each other is its flag.
        key = "macvlan_mode" if driver == "macvlan" else "ipvlan_flag"
        mode = options.get(key) or options.get("mode", "")
        apart = _BY_MODE.get(mode, Apart.NOTHING)
        forged = False if driver == "macvlan" else None
        return NetworkAttachment(f"{scope}{parent}", name, driver, apart, forged)
    return NetworkAttachment(f"{scope}{identifier}", name, driver, Apart.NOT_SAID)


_BY_MODE = {"private": Apart.PRIVATE_MODE, "vepa": Apart.SWITCH_OUTSIDE}
"""Of macvlan and ipvlan: Documentation/networking/ipvlan.rst, ip-link(8)."""


@dataclass(frozen=True, slots=True)
class EngineVolumes:
    """The volumes of one engine: what stands behind each name."""

    device_of: Mapping[str, str] = field(default_factory=dict)
    """By name: the path or share that it mounts; empty where it is a directory of the engine's."""
    why_not: str = ""

    def source(self, name: str, directory: str) -> str:
        """What a volume that is mounted from ``directory`` really is: a volume may itself be a bind
        mount of any path of the host, which another container mounts by that path.

        Raises:
            ValueError: the volume is not known.
        """
        if self.why_not:
            raise NotSaidError(f"of volume {name} no more is known: {self.why_not}")
        if name not in self.device_of:
            raise NotSaidError(f"volume {name} is not in the list of volumes")
        return self.device_of[name] or directory or name


def read_volumes(reading: Reading) -> EngineVolumes:
    """The volumes in ``GET /volumes``."""
    doubt = doubt_of(reading)
    if doubt is not None:
        return EngineVolumes(why_not=doubt.explanation)
    found: dict[str, str] = {}
    try:
        for entry in get_list(parse_json(reading.text()), "Volumes"):
            options = get_text_map(entry, "Options") if "Options" in get_object(entry) else {}
            found[get_str(entry, "Name")] = options.get("device", "")
    except ValueError as error:
        return EngineVolumes(why_not=f"{reading.source}: {error}")
    return EngineVolumes(found)
