"""What a process sees of its network: ``/proc/PID/net``."""

from __future__ import annotations


def parse_network_devices(text: str) -> tuple[str, ...]:
    """Names of the network devices in ``/proc/PID/net/dev``; its first two lines are headings."""
    lines = [line for line in text.split("\n") if line]
    if len(lines) < 2 or "|" not in lines[0]:
        raise ValueError("no list of network devices")
    return tuple(line.partition(":")[0].strip() for line in lines[2:])


def speaks_ipv6(text: str) -> bool:
    """Whether ``/proc/PID/net/if_inet6`` has an address of another device than ``lo``."""
    rows = [line.split() for line in text.split("\n") if line]
    if any(len(row) != 6 for row in rows):
        raise ValueError("no list of addresses of IPv6")
    return any(row[5] != "lo" for row in rows)
