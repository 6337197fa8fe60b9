"""Ports of the host's bridges: bridge(8), "isolated"."""

from __future__ import annotations

import json
from collections.abc import Mapping

from isoscope.inventory.machine.answers import read
from isoscope.inventory.observation import Observation
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.places import BRIDGE_PORTS

BridgePorts = Mapping[str, Mapping[str, bool]]
"""By bridge and port: whether the port is isolated, so that it reaches no other that is."""


def bridge_ports(snapshot: Snapshot) -> Observation[BridgePorts]:
    """The ports of every bridge that has one, and for which the kernel says it."""
    reading = snapshot.get(BRIDGE_PORTS.channel, BRIDGE_PORTS.target, BRIDGE_PORTS.request)
    return read("bridge-ports", reading, parse_bridge_ports, "run Isoscope on the host itself")


def parse_bridge_ports(text: str) -> BridgePorts:
    """The answer of the probe.

    Raises:
        ValueError: it has another shape.
    """
    try:
        document = json.loads(text)
    except RecursionError as error:
        raise ValueError("it is too deep for an answer") from error
    ports = document.get("ports") if isinstance(document, dict) else None
    if not isinstance(ports, list):
        raise ValueError("no list of ports")  # noqa: TRY004 - the document is wrong
    found: dict[str, dict[str, bool]] = {}
    for port in ports:
        if not isinstance(port, dict):
            raise ValueError("a port is no object")  # noqa: TRY004 - the document is wrong
        name, bridge, isolated = (port.get(key) for key in ("name", "bridge", "isolated"))
        if not (isinstance(name, str) and isinstance(bridge, str)):
            raise ValueError("a port has no name, or no bridge")  # noqa: TRY004
        if isinstance(isolated, bool):
            found.setdefault(bridge, {})[name] = isolated
        elif isolated is not None:
            raise ValueError("whether a port is isolated is neither true, false nor null")
    return found
