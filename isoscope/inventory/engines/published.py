"""Ports of the host by which a container is reached, as its engine describes them."""

from __future__ import annotations

from isoscope.inventory.json_fields import NotSaidError, clean, get_list, get_object, get_str
from isoscope.inventory.network import PublishedPort


def published_ports(document: object) -> tuple[PublishedPort, ...]:
    """Each port inside has the list of those of the host that lead to it, or null."""
    try:
        ports = get_object(document, "NetworkSettings", "Ports")
    except NotSaidError:
        if get_str(document, "HostConfig", "NetworkMode") != "host":
            raise
        ports = {}
    found = [
        PublishedPort(
            "" if address in _EVERY_ADDRESS else address,
            get_str(binding, "HostPort"),
            clean(inside),
        )
        for inside, bindings in ports.items()
        for binding in get_list({"of": bindings}, "of")
        for address in [get_str(binding, "HostIp")]
    ]
    return tuple(dict.fromkeys(found))


_EVERY_ADDRESS = ("", "0.0.0.0", "::")  # noqa: S104 - what engines say, bound by nobody here
