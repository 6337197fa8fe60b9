"""Which bridges of the host take routes from whoever is on them.

Source: Documentation/networking/ip-sysctl.rst, ``accept_ra``, ``forwarding``, ``disable_ipv6``.
"""

from __future__ import annotations

from isoscope.inventory.machine.answers import HOST, decimal, read, settling
from isoscope.inventory.observation import KERNEL, Observation, known, unknown
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.places import IPV6_SETTINGS, ipv6_setting
from isoscope.snapshot.reading import Gap

_NETWORK = "/sys/class/net"


def bridges_taking_routes(snapshot: Snapshot) -> Observation[tuple[str, ...]]:
    """Names of bridges with ports on which the host follows router advertisements. A kernel without
    IPv6 follows none."""
    devices = snapshot.directory(_NETWORK)
    if devices.gap is not None:
        return read("bridges-taking-routes", devices, lambda _: (), "mount sysfs at /sys")
    links = [snapshot.link(f"{_NETWORK}/{name}/master") for name in devices.names()]
    unread = next((link for link in links if link.gap not in (None, Gap.ABSENT)), None)
    if unread is not None:
        return read("bridges-taking-routes", unread, lambda _: (), "mount sysfs at /sys")
    found = []
    quoted = [devices]
    for name in sorted({link.text().rpartition("/")[2] for link in links if link.text()}):
        readings = [snapshot.file(ipv6_setting(name, setting)) for setting in IPV6_SETTINGS]
        if all(reading.gap is Gap.ABSENT for reading in readings):
            continue
        values = []
        for reading in readings:
            value = read("bridges-taking-routes", reading, decimal, "run Isoscope on the host")
            if value.value is None:
                return unknown(
                    HOST,
                    "bridges-taking-routes",
                    value.doubt.reason,
                    value.doubt.explanation,
                    settling(reading, "run Isoscope on the host itself"),
                    reading,
                )
            values.append(value.value)
        accept, forwarding, disabled = values
        quoted += readings[:1]
        if not disabled and (accept == _ALWAYS or (accept and not forwarding)):
            found.append(name)
    excerpt = "\n".join(found) or "none"
    return known(
        HOST,
        "bridges-taking-routes",
        tuple(found),
        *quoted[:4],
        parties=KERNEL,
        excerpt=excerpt,
    )


_ALWAYS = 2
"""Also where the host forwards."""
