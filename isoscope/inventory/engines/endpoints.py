"""Every container engine that a snapshot holds, its containers, and those that did not answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from isoscope.inventory.engines.container import EngineContext, describe_container
from isoscope.inventory.engines.description import Described, doubt_of, misunderstood
from isoscope.inventory.engines.details import built_in_filter, runs_without_root, survives_engine
from isoscope.inventory.engines.holes import hole
from isoscope.inventory.engines.networks import read_networks, read_volumes
from isoscope.inventory.engines.programs import programs
from isoscope.inventory.host import Hole
from isoscope.inventory.json_fields import get_field, get_list, get_str, get_texts, parse_json
from isoscope.inventory.network import NetworkAttachment
from isoscope.inventory.observation import Observation, Unknown
from isoscope.snapshot.bundle_places import configurations_of
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.manager_places import SERVER, VERSION, user_of
from isoscope.snapshot.reading import Channel, Gap, Reading, Source

_INSPECTION = re.compile(r"GET (?:/v[0-9.]+)?(/libpod)?/containers/([0-9a-f]{12,64})/json")
_MOST_JOINS = 16
"""How far a chain of containers that join each other's namespaces is followed."""
_LIST = "GET /containers/json?all=1"
_NETWORKS = re.compile(r"GET /networks|GET /v[0-9.]+/libpod/networks/json")


@dataclass(slots=True)
class _Readings:
    """What was read of one engine."""

    version: Reading
    networks: Reading | None = None
    podman: bool = False
    """Whether it was asked in Podman's own API."""
    inspections: dict[str, Reading] = field(default_factory=dict)
    """By container id; Podman's own document before the one that it makes in Docker's shape."""


def described_engines(snapshot: Snapshot) -> tuple[list[Described], list[Hole]]:
    """The containers of every engine that answered, and a hole for each that did not.

    A socket on which nobody listens is a hole too: dockerd that was killed leaves both its socket
    and its running containers behind.
    """
    described: dict[str, Described] = {}
    holes: list[Hole] = []
    for url, readings in _by_engine(snapshot).items():
        found, missing = _engine(snapshot, url, readings)
        for each in found:
            known = described.get(each.id)
            if known is None or _says_more(each, known):
                described[each.id] = each
        holes.extend(missing)
    return list(described.values()), holes


def _says_more(one: Described, other: Described) -> bool:
    """Whether the same container, met again by another way in, is described there alone."""
    if one.container is None or other.container is None:
        return False
    return one.container.privileged.known and not other.container.privileged.known


def _by_engine(snapshot: Snapshot) -> dict[str, _Readings]:
    engines: dict[str, _Readings] = {}
    for reading in snapshot.of_channel(Channel.ENGINE):
        if reading.source.request.startswith(SERVER):
            continue  # of Incus or LXD
        url = reading.source.target
        readings = engines.get(url)
        if readings is None:
            readings = engines[url] = _Readings(snapshot.get(Channel.ENGINE, url, VERSION))
        request = reading.source.request
        readings.podman |= "/libpod/" in request
        inspection = _INSPECTION.fullmatch(request)
        if inspection:
            kept = readings.inspections.get(inspection[2])
            if kept is None or kept.content is None or inspection[1]:
                readings.inspections[inspection[2]] = (
                    kept if kept is not None and reading.content is None else reading
                )
        elif _NETWORKS.fullmatch(request):
            readings.networks = reading
    return engines


def _engine(
    snapshot: Snapshot, url: str, readings: _Readings
) -> tuple[list[Described], list[Hole]]:
    version = readings.version
    engine = "podman" if readings.podman else _engine_name(version, url)
    what = f"the {engine.capitalize()} engine at {url}"
    unanswered = doubt_of(version)
    if unanswered is not None and not readings.inspections:
        return [], [] if version.gap is Gap.ABSENT else [hole(what, unanswered, version)]
    info = snapshot.get(Channel.ENGINE, url, "GET /info")
    elsewhere = _runs_elsewhere(snapshot, info)
    if elsewhere:
        return [], _elsewhere(url, what, info)
    rootless_user = _rootless_user(snapshot, url, info)
    scope = f"{rootless_user} " if rootless_user else ""
    networks = readings.networks or Reading(
        Source(Channel.ENGINE, url, "GET /networks"),
        version.at,
        version.privilege,
        gap=Gap.NOT_READ,
        detail="not part of this snapshot",
    )
    context = EngineContext(
        endpoint=version,
        engine=engine,
        networks=read_networks(engine, networks, scope),
        volumes=read_volumes(snapshot.get(Channel.ENGINE, url, "GET /volumes")),
        rootless_user=rootless_user,
        survives=survives_engine(engine, version, info),
        built_in_filter=built_in_filter(info),
        rootless=runs_without_root(info),
        programs=programs(version),
        local=elsewhere is False or url.startswith("unix://"),
    )
    listing = snapshot.get(Channel.ENGINE, url, _LIST)
    entries, doubt = _entries(listing)
    holes = [hole(f"containers of {what}", doubt, listing)] if doubt else []
    found = []
    for identifier in dict.fromkeys((*entries, *readings.inspections)):
        inspected = readings.inspections.get(identifier) or snapshot.get(
            Channel.ENGINE, url, f"GET /containers/{identifier}/json"
        )
        if inspected.gap is not Gap.GONE:  # it ended meanwhile
            found.append(
                describe_container(
                    context,
                    identifier,
                    inspected,
                    entries.get(identifier),
                    _bundle(snapshot, engine, identifier),
                )
            )
    return _with_joined_networks(found), holes


def _bundle(snapshot: Snapshot, engine: str, identifier: str) -> Reading:
    """The bundle of a container, of the places where it may be the one that was read."""
    places = [snapshot.file(path) for path in configurations_of(engine, identifier)]
    return next((place for place in places if place.content is not None), places[0])


def _engine_name(version: Reading, url: str) -> str:
    """Who answers: Podman serves Docker's socket on many hosts."""
    try:
        document = parse_json(version.text())
        names = [get_str(component, "Name") for component in get_list(document, "Components")]
    except ValueError:
        return "podman" if "podman" in url else "docker"
    return "podman" if "Podman Engine" in names else "docker"


def _entries(listing: Reading) -> tuple[dict[str, object], Unknown | None]:
    """The list's entries by id, and why some may be missing."""
    doubt = doubt_of(listing)
    if doubt is not None:
        return {}, doubt
    entries: dict[str, object] = {}
    try:
        for entry in get_list(parse_json(listing.text())):
            identifier = get_str(entry, "Id")
            if not re.fullmatch(r"[0-9a-f]{12,64}", identifier):
                raise ValueError("an id is not hexadecimal")  # noqa: TRY301
            entries[identifier] = entry
    except ValueError as error:
        return entries, misunderstood(listing, error)
    return entries, None


def _runs_elsewhere(snapshot: Snapshot, info: Reading) -> bool | None:
    """Whether the engine runs on another kernel than the snapshot's: on another machine, or in a
    VM. None where that cannot be told."""
    kernel = snapshot.file("/proc/sys/kernel/osrelease")
    name = snapshot.file("/proc/sys/kernel/hostname")
    try:
        document = parse_json(info.text())
        its_kernel, its_name = get_str(document, "KernelVersion"), get_str(document, "Name")
    except ValueError:
        return None
    if kernel.content is None or not its_kernel:
        return None
    if its_kernel != kernel.text().strip():
        return True
    return False if name.content is not None and its_name == name.text().strip() else None


def _elsewhere(url: str, what: str, info: Reading) -> list[Hole]:
    """A local socket that leads to another kernel leads into a VM of this host, as Docker Desktop's
    does; any other address leads to another host, which this snapshot is not about."""
    if not url.startswith("unix://"):
        return []
    doubt = Unknown(
        Gap.NOT_READ,
        f"{info.source}: it runs on another kernel than the one looked at",
        "scan the machine or VM in which it runs",
    )
    return [hole(what, doubt, info)]


def _rootless_user(snapshot: Snapshot, url: str, info: Reading) -> str:
    """``uid N`` of the user whose engine it is; empty for root's."""
    user = user_of(url)
    if user:
        return f"uid {user}"
    try:
        rootless = "name=rootless" in get_texts(parse_json(info.text()), "SecurityOptions")
        if not rootless:
            return ""
        status = snapshot.get(Channel.STATUS, url.removeprefix("unix://"))
        uid = get_field(parse_json(status.text()), "uid")
    except ValueError:
        return ""
    return f"uid {uid}" if isinstance(uid, int) and uid > 0 else "another user"


def _with_joined_networks(found: list[Described]) -> list[Described]:
    """Gives each container that joined another's network namespace the networks of that one."""
    by_id = {each.id.partition(":")[2]: each for each in found}
    by_name = {each.name: each for each in found}
    return [_joined(each, by_id, by_name) for each in found]


def _joined(
    one: Described, by_id: dict[str, Described], by_name: dict[str, Described]
) -> Described:
    host = one
    for _ in range(_MOST_JOINS):
        mode = (host.container.network_mode.value or "") if host.container else ""
        if not mode.startswith("container:"):
            break
        joined = mode.partition(":")[2]
        following = by_id.get(joined) or by_name.get(joined)
        if following is None or following is one:
            return one
        host = following
    if host is one or host.container is None or one.container is None:
        return one
    theirs: Observation[tuple[NetworkAttachment, ...]] = host.container.networks
    evidence = (*one.container.network_mode.evidence, *theirs.evidence)
    networks = replace(theirs, subject=one.id, evidence=evidence)
    return replace(one, container=replace(one.container, networks=networks))
