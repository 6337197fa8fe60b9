"""The host's network devices and what shapes their traffic, as the probe tells them.

Sources: tc(8), tc-tbf(8), tc-htb(8), tc-u32(8), tc-mirred(8), tc-police(8); network_namespaces(7).
"""

from __future__ import annotations

from collections.abc import Mapping

from isoscope.inventory.json_fields import (
    get_bool,
    get_field,
    get_int,
    get_list,
    get_object,
    get_str,
    parse_json,
)
from isoscope.inventory.links import Links, Shaping
from isoscope.inventory.machine.answers import read
from isoscope.inventory.observation import Observation
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.places import LINKS, NETWORK_IDS

_ROOT = 0xFFFFFFFF
"""``TC_H_ROOT``."""
_INGRESS = 0xFFFFFFF1
_NO_RATE = frozenset(
    {"noqueue", "pfifo_fast", "pfifo", "bfifo", "fq_codel", "fq", "mq", "sfq", "codel", "prio"}
    | {"mqprio", "pie", "drr", "ets", "red", "choke", "hhf"}
)
"""Queueing disciplines that share out what there is, and bound nothing."""


def links(snapshot: Snapshot) -> Observation[Links]:
    """The devices of the namespace in which whoever looked was."""
    reading = snapshot.get(LINKS.channel, LINKS.target, LINKS.request)
    excerpt = f"{reading.text().count(chr(34) + 'index' + chr(34))} network devices"
    return read(
        "links",
        reading,
        parse_links,
        "tc qdisc show; tc filter show dev DEVICE ingress",
        excerpt=excerpt if reading.gap is None else None,
    )


def network_ids(snapshot: Snapshot) -> Observation[Mapping[int, int]]:
    """By pid: the number that the host's devices give its network namespace; -1: none."""
    reading = snapshot.get(NETWORK_IDS.channel, NETWORK_IDS.target, NETWORK_IDS.request)
    return read("network-namespace-ids", reading, parse_network_ids, "ip netns list-id")


def parse_network_ids(text: str) -> Mapping[int, int]:
    """The answer of the probe.

    Raises:
        ValueError: it has another shape.
    """
    document = parse_json(text)
    return {int(pid): get_int(document, "ids", pid) for pid in get_object(document, "ids")}


def parse_links(text: str) -> Links:
    """The answer of the probe.

    Raises:
        ValueError: it has another shape.
    """
    document = parse_json(text)
    names: dict[int, str] = {}
    by_namespace: dict[int, list[str]] = {}
    for link in get_list(document, "links"):
        name = get_str(link, "name")
        names[get_int(link, "index")] = name
        if get_field(link, "namespace") is not None:
            by_namespace.setdefault(get_int(link, "namespace"), []).append(name)
    going_out: dict[int, bool | None] = {}
    taken_in: set[int] = set()
    for discipline in get_list(document, "disciplines"):
        device, parent = get_int(discipline, "device"), get_int(discipline, "parent")
        if parent == _ROOT:
            going_out[device] = _bounds(discipline)
        elif parent == _INGRESS:
            taken_in.add(device)
    coming_in = {device: None if device in taken_in else False for device in names}
    filters: dict[int, list[object]] = {}
    for found in get_list(document, "filters"):
        filters.setdefault(get_int(found, "device"), []).append(found)
    for device, (first, *others) in filters.items():
        # Where several share out the packets, which of them take what is not understood here.
        if get_bool(first, "whole") and not others:
            to = get_field(first, "to")
            redirected = going_out.get(get_int(first, "to"), False) if to is not None else None
            coming_in[device] = True if get_bool(first, "polices") else redirected
    return Links(
        {namespace: tuple(devices) for namespace, devices in by_namespace.items()},
        {
            name: Shaping(going_out.get(device, False), coming_in[device])
            for device, name in names.items()
        },
    )


def _bounds(discipline: object) -> bool | None:
    """Whether a queueing discipline at the root bounds all that goes out."""
    kind = get_str(discipline, "kind")
    if kind == "tbf":
        return True
    if kind == "htb":  # what is in no class goes out unbounded
        return get_int(discipline, "default") != 0
    return False if kind in _NO_RATE else None
