"""What the host forwards between its networks.

Sources: Documentation/networking/ip-sysctl.rst, ``forwarding`` and ``bridge-nf-call-ip6tables``;
/proc/net/ip_tables_names, net/netfilter/x_tables.c.
"""

from __future__ import annotations

from isoscope.inventory.forwarding import Forwarding
from isoscope.inventory.machine.answers import HOST, flag, read
from isoscope.inventory.machine.packet_filter import packet_filter
from isoscope.inventory.machine.resources import bridges_filtered
from isoscope.inventory.observation import KERNEL, Observation, known
from isoscope.inventory.packet_filter import Family
from isoscope.inventory.process_namespaces import host_namespaces, namespace_number
from isoscope.inventory.workload import NamespaceKind
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.places import (
    BRIDGED_IPV6,
    IPV6_FORWARDING,
    LEGACY_TABLES,
    ipv4_forwarding,
)
from isoscope.snapshot.reading import Gap, Reading

_NETWORK = "/sys/class/net"
_ON_HOST = "run Isoscope on the host itself"


def forwarding(snapshot: Snapshot) -> Forwarding | None:
    """What decides on packets between the host's bridges; None where whoever looked was not, or may
    not have been, in the host's network namespace."""
    if not in_hosts_network(snapshot):
        return None
    bridges = _bridges(snapshot)
    return Forwarding(
        bridges=bridges,
        from_bridge={
            name: read("ipv4-forwarding", snapshot.file(ipv4_forwarding(name)), flag, _ON_HOST)
            for name in sorted(bridges.value or ())
        },
        ipv6=_or_none("ipv6-forwarding", snapshot, IPV6_FORWARDING, "no IPv6"),
        rules=packet_filter(snapshot),
        legacy_tables={
            family: _tables(snapshot, path)
            for family, path in zip((Family.IPV4, Family.IPV6), LEGACY_TABLES, strict=True)
        },
        bridged={
            Family.IPV4: bridges_filtered(snapshot),
            Family.IPV6: _or_none("bridged-ipv6", snapshot, BRIDGED_IPV6, "no br_netfilter"),
        },
    )


def in_hosts_network(snapshot: Snapshot) -> bool:
    """Whether whoever looked certainly was in the host's network namespace."""
    if snapshot.collector.uid is None:
        return True  # a captured tree's files are the host's
    own = namespace_number(snapshot.link("/proc/self/ns/net"))
    return own is not None and own == host_namespaces(snapshot)[NamespaceKind.NETWORK].value


def _bridges(snapshot: Snapshot) -> Observation[frozenset[str]]:
    """Devices of which others are ports: ``master``, Documentation/ABI/testing/sysfs-class-net."""
    devices = snapshot.directory(_NETWORK)
    links = [snapshot.link(f"{_NETWORK}/{name}/master") for name in devices.names()]
    unread = (reading for reading in links if reading.gap not in (None, Gap.ABSENT))
    reading = next(unread, devices)
    masters = frozenset(link.text().rpartition("/")[2] for link in links if link.text())
    excerpt = "\n".join(sorted(masters)) or "none"
    return read("bridges", reading, lambda _: masters, "mount sysfs at /sys", excerpt=excerpt)


def _or_none(key: str, snapshot: Snapshot, path: str, without: str) -> Observation[bool]:
    """A switch of something that a kernel may not have, which then does not happen."""
    reading = snapshot.file(path)
    if _is_not_there(snapshot, reading):
        return known(HOST, key, False, reading, parties=KERNEL, excerpt=without)
    return read(key, reading, flag, _ON_HOST)


def _tables(snapshot: Snapshot, path: str) -> Observation[tuple[str, ...]]:
    reading = snapshot.file(path)
    if _is_not_there(snapshot, reading):
        none: tuple[str, ...] = ()
        return known(HOST, "legacy-tables", none, reading, parties=KERNEL, excerpt="no ip_tables")
    return read("legacy-tables", reading, parse_tables, "iptables-legacy -S, as root")


def parse_tables(text: str) -> tuple[str, ...]:
    """``/proc/net/ip_tables_names``: a name on each line.

    Raises:
        ValueError: a line is no such name.
    """
    names = tuple(text.split())
    if any(not name.isascii() or not name.isprintable() or len(name) > 32 for name in names):
        raise ValueError("a line is no name of a table")
    return names


def _is_not_there(snapshot: Snapshot, reading: Reading) -> bool:
    """A captured tree that lacks a file says nothing."""
    return reading.gap is Gap.ABSENT and snapshot.collector.uid is not None
