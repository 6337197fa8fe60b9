"""Workloads as their managers list them: what can be said before anything else is looked through.

It is the managers' word alone. What runs without them is missing, and what has ended without their
noticing is there; `inventory.build` has the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

from isoscope.inventory.engines.connections import described_domains
from isoscope.inventory.engines.container import ENDED, attributes_of, listed_name
from isoscope.inventory.engines.description import Described, JsonDescription, misunderstood
from isoscope.inventory.engines.endpoints import (
    LIST_CONTAINERS,
    engine_name,
    listed_entries,
    rootless_user_of,
    runs_elsewhere,
)
from isoscope.inventory.json_fields import get_str, get_text_map
from isoscope.inventory.observation import ENGINE, Unknown
from isoscope.inventory.workload import Workload, WorkloadKind
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.manager_places import VERSION
from isoscope.snapshot.reading import Channel, Reading

_OF_ENGINES = (LIST_CONTAINERS, VERSION, "GET /info")
_OF_HOST = ("/proc/sys/kernel/osrelease", "/proc/sys/kernel/hostname")


def is_of_lists(channel: object, target: object, request: object) -> bool:
    """Whether `listed` looks at the reading of this source: at few, of very many."""
    if channel == Channel.FILE:
        return target in _OF_HOST
    return channel == Channel.LIBVIRT or (channel == Channel.ENGINE and request in _OF_ENGINES)


def listed(snapshot: Snapshot) -> tuple[Workload, ...]:
    """Those that run by their managers' word, with what says whose they are. Never raises for what
    a snapshot holds."""
    found: dict[str, Workload] = {}
    for reading in snapshot.of_channel(Channel.ENGINE):
        if reading.source.request == LIST_CONTAINERS:
            for container in _containers(snapshot, reading):
                found.setdefault(container.id, container)
    for domain in described_domains(snapshot)[0]:
        if domain.runs:
            found.setdefault(domain.id, _domain(domain))
    return tuple(found.values())


def _containers(snapshot: Snapshot, listing: Reading) -> Iterator[Workload]:
    url = listing.source.target
    info = snapshot.get(Channel.ENGINE, url, "GET /info")
    if runs_elsewhere(snapshot, info):
        return
    engine = engine_name(snapshot.get(Channel.ENGINE, url, VERSION), url)
    user = rootless_user_of(snapshot, url, info)
    for identifier, entry in listed_entries(listing)[0].items():
        said = JsonDescription(f"{engine}:{identifier}", listing, ENGINE, entry)
        state = said.value(_state, "unknown")
        name, image = said.value(listed_name, ""), said.value(_image, "")
        labels, doubt = _labels(entry, listing)
        if state not in ENDED:
            in_pod = "io.kubernetes.pod.name" in labels
            yield Workload(
                id=said.subject,
                kind=WorkloadKind.POD_CONTAINER if in_pod else WorkloadKind.CONTAINER,
                engine=engine,
                name=name.removeprefix("/") or identifier[:12],
                state=state,
                pid=None,
                attributes=attributes_of(labels, image, user),
                process=None,
                seen_by=(engine,),
                attributes_unknown=doubt,
            )


def _state(entry: object) -> str:
    return get_str(entry, "State")


def _image(entry: object) -> str:
    return get_str(entry, "Image")


def _labels(entry: object, listing: Reading) -> tuple[dict[str, str], Unknown | None]:
    try:
        return get_text_map(entry, "Labels"), None
    except ValueError as error:
        return {}, misunderstood(listing, error)


def _domain(described: Described) -> Workload:
    return Workload(
        id=described.id,
        kind=described.kind,
        engine=described.engine,
        name=described.name,
        state=described.state,
        pid=None,
        attributes=described.attributes,
        process=None,
        seen_by=(described.engine,),
        attributes_unknown=described.attributes_unknown,
    )
