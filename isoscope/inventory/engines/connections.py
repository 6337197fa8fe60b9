"""Every libvirt connection that a snapshot holds, and its domains."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from isoscope.inventory.engines.description import Described, doubt_of, misunderstood
from isoscope.inventory.engines.holes import hole
from isoscope.inventory.host import Hole
from isoscope.inventory.hypervisor_version import hypervisor_of
from isoscope.inventory.json_fields import get_int, get_list, get_str, parse_json
from isoscope.inventory.libvirt import Domain
from isoscope.inventory.libvirt_networks import LibvirtNetwork, read_network
from isoscope.inventory.observation import Unknown
from isoscope.inventory.workload import Attributes, WorkloadKind
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.manager_places import DOMAIN, LIST_DOMAINS, NETWORK, OPEN, pid_file, user_of
from isoscope.snapshot.reading import Channel, Gap, Reading

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_STATES = {
    0: "no state",
    1: "running",
    2: "idle",
    3: "paused",
    4: "in shutdown",
    5: "shut off",
    6: "crashed",
    7: "pmsuspended",
}
"""``virDomainState`` in virsh's words."""
_ENDED = ("shut off", "crashed")


@dataclass(slots=True)
class _Readings:
    """What was read of one connection."""

    domains: dict[str, Reading] = field(default_factory=dict)
    networks: dict[str, LibvirtNetwork] = field(default_factory=dict)


def described_domains(snapshot: Snapshot) -> tuple[list[Described], list[Hole]]:
    """The domains of every connection that answered, and a hole for each that did not.

    A refused socket is a hole: guests outlive the daemon that started them.
    """
    described: dict[str, Described] = {}
    holes: list[Hole] = []
    for uri, readings in _by_connection(snapshot).items():
        if _elsewhere(uri):
            continue  # another host's guests
        found, missing = _connection(snapshot, uri, readings)
        for each in found:
            described.setdefault(each.id, each)
        holes.extend(missing)
    return list(described.values()), holes


def _by_connection(snapshot: Snapshot) -> Mapping[str, _Readings]:
    connections: dict[str, _Readings] = {}
    for reading in snapshot.of_channel(Channel.LIBVIRT):
        readings = connections.setdefault(reading.source.target, _Readings())
        request, _, uuid = reading.source.request.partition(" ")
        if request == DOMAIN:
            readings.domains[uuid] = reading
        elif request == NETWORK:
            try:
                network = read_network(reading)
            except ValueError:
                continue  # a domain on it says that it is not known
            readings.networks[network.name] = network
    return connections


def _connection(
    snapshot: Snapshot, uri: str, readings: _Readings
) -> tuple[list[Described], list[Hole]]:
    opened = snapshot.get(Channel.LIBVIRT, uri, OPEN)
    what = f"libvirt at {uri}"
    doubt = doubt_of(opened)
    if doubt is not None and not readings.domains:
        return [], [] if opened.gap is Gap.ABSENT else [hole(what, doubt, opened)]
    listing = snapshot.get(Channel.LIBVIRT, uri, LIST_DOMAINS)
    entries, doubt = _entries(listing)
    holes = [hole(f"guests of {what}", doubt, listing)] if doubt else []
    found = []
    for uuid in dict.fromkeys((*entries, *readings.domains)):
        reading = readings.domains.get(uuid) or snapshot.get(
            Channel.LIBVIRT, uri, f"{DOMAIN} {uuid}"
        )
        if reading.gap is not Gap.GONE:
            domain = Domain.of(f"libvirt:{uuid}", reading, readings.networks)
            found.append(_described(snapshot, uri, opened, domain, uuid, entries.get(uuid)))
    return found, holes


def _entries(listing: Reading) -> tuple[dict[str, object], Unknown | None]:
    doubt = doubt_of(listing)
    if doubt is not None:
        return {}, doubt
    entries: dict[str, object] = {}
    try:
        for entry in get_list(parse_json(listing.text())):
            uuid = get_str(entry, "uuid").lower()
            if not _UUID.fullmatch(uuid):
                raise ValueError("a UUID is none")  # noqa: TRY301
            entries[uuid] = entry
    except ValueError as error:
        return entries, misunderstood(listing, error)
    return entries, None


def _described(
    snapshot: Snapshot, uri: str, opened: Reading, domain: Domain, uuid: str, entry: object
) -> Described:
    name = domain.text("name")
    state = "unknown"
    try:
        name = name or get_str(entry, "name")
        state = _STATES.get(get_int(entry, "state"), "unknown") if _says_state(entry) else state
    except ValueError:
        pass
    if state == "unknown" and domain.root is not None and domain.attribute("id"):
        state = "running"
    runs = state not in _ENDED
    user = user_of(unquote(uri))
    system_container = domain.attribute("type") == "lxc"
    return Described(
        id=f"libvirt:{uuid}",
        kind=WorkloadKind.SYSTEM_CONTAINER if system_container else WorkloadKind.VIRTUAL_MACHINE,
        engine="libvirt",
        name=name or uuid,
        state=state,
        runs=runs,
        pid=_pid(snapshot, uri, name) if runs else None,
        attributes=Attributes(
            metadata_tenant=domain.tenant(), rootless_user=f"uid {user}" if user else ""
        ),
        endpoint=opened,
        machine=None
        if system_container
        else domain.machine(hypervisor_of(snapshot, uri, f"libvirt:{uuid}")),
        security_labels=domain.security_labels(),
        attributes_unknown=domain.doubt,
        uuid=uuid,
        xen_domain=domain.attribute("id") if domain.attribute("type") == "xen" else "",
    )


def _says_state(entry: object) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("state"), int)


def _pid(snapshot: Snapshot, uri: str, name: str) -> int | None:
    path = pid_file(uri, name) if name else ""
    text = snapshot.file(path).text().strip() if path else ""
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 8 else None


def _elsewhere(uri: str) -> bool:
    """Whether it names another host: ``qemu+ssh://host/system``."""
    try:
        host = urlsplit(uri).hostname or ""
    except ValueError:
        return False
    return host not in ("", "localhost", "127.0.0.1", "::1")
