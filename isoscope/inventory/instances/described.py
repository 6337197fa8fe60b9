"""Every server of Incus or LXD that a snapshot holds, and its instances.

An instance is ``incus:PROJECT/NAME`` or ``lxd:PROJECT/NAME``: a name is unique within its project.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from posixpath import dirname

from isoscope.inventory.engines.description import (
    Described,
    JsonDescription,
    doubt_of,
    misunderstood,
)
from isoscope.inventory.engines.holes import hole
from isoscope.inventory.host import Hole
from isoscope.inventory.instances.container import declared_container
from isoscope.inventory.instances.machine import declared_machine
from isoscope.inventory.instances.networks import Networks
from isoscope.inventory.instances.settings import (
    CONFIG,
    Instance,
    config_of,
    metadata_list,
    server_text,
)
from isoscope.inventory.json_fields import get_str, get_texts, parse_json
from isoscope.inventory.observation import ENGINE, VM_MANAGER, Doubt, Unknown
from isoscope.inventory.workload import Attributes, WorkloadKind
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.manager_places import LIST_INSTANCE_NETWORKS, LIST_INSTANCES, SERVER
from isoscope.snapshot.reading import Channel, Gap, Reading

TENANT_SETTING = "user.isoscope.tenant"
"""Where an instance says whose it is: what somebody notes has to begin with ``user.``."""
_TENANT_LABEL = "isoscope.tenant"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,62}")
_PROJECT = re.compile(r"[^/\x00-\x20]{1,63}")
_STOPPED = "stopped"
_ON_NO_MEMBER = ("", "none")


def described_instances(snapshot: Snapshot) -> tuple[list[Described], list[Hole]]:
    """The instances of every server that answered, and a hole for each that did not.

    Members of a cluster list the instances of all: those of others are left out.
    """
    found: list[Described] = []
    holes: list[Hole] = []
    for reading in snapshot.of_channel(Channel.ENGINE):
        if reading.source.request == SERVER and reading.gap is not Gap.ABSENT:
            instances, missing = _server(snapshot, reading)
            found += instances
            holes += missing
    return found, holes


def _server(snapshot: Snapshot, greeting: Reading) -> tuple[list[Described], list[Hole]]:
    url = greeting.source.target
    server = JsonDescription.of("host", greeting, ENGINE)
    engine = _engine(server, url)
    what = f"{_CALLED[engine]} at {url}"
    if server.doubt is not None:
        return [], [hole(what, server.doubt, greeting)]
    listing = snapshot.get(Channel.ENGINE, url, LIST_INSTANCES)
    entries, doubt = _entries(listing)
    if doubt is None and not _lists_all_projects(server):
        doubt = Unknown(
            Doubt.NOT_SAID,
            f"{greeting.source}: it is too old to list the instances of all projects at once",
            "use a newer version of the server",
        )
    holes = [hole(f"instances of {what}", doubt, listing)] if doubt is not None else []
    networks = Networks.of(snapshot.get(Channel.ENGINE, url, LIST_INSTANCE_NETWORKS))
    member = server.value(lambda d: server_text(d, "environment", "server_name"), "")
    here = (*_ON_NO_MEMBER, member)
    home = dirname(url.removeprefix("unix://"))
    home = _KEPT_ELSEWHERE.get(home, home)
    return [
        _described(engine, greeting, listing, entry, networks, home)
        for entry in entries.values()
        if _location(entry) in here
    ], holes


_KEPT_ELSEWHERE = {"/run/incus": "/var/lib/incus"}
_CALLED = {"incus": "Incus", "lxd": "LXD"}


def _engine(server: JsonDescription, url: str) -> str:
    """Who answers; where it does not, by the name of the place."""
    said = server.value(lambda d: server_text(d, "environment", "server"), "")
    return said if said in _CALLED else "lxd" if "lxd" in url else "incus"


def _lists_all_projects(server: JsonDescription) -> bool:
    return server.value(
        lambda d: "instance_all_projects" in get_texts(d, "metadata", "api_extensions"),
        otherwise=False,
    )


def _location(entry: object) -> str:
    try:
        return get_str(entry, "location")
    except ValueError:
        return ""


def _entries(listing: Reading) -> tuple[Mapping[tuple[str, str], object], Unknown | None]:
    """The entries of the list by project and name, and why some may be missing."""
    doubt = doubt_of(listing)
    if doubt is not None:
        return {}, doubt
    entries: dict[tuple[str, str], object] = {}
    try:
        for entry in metadata_list(parse_json(listing.text())):
            name, project = get_str(entry, "name"), _project(entry)
            if not _NAME.fullmatch(name) or not _PROJECT.fullmatch(project):
                raise ValueError("a name is none")  # noqa: TRY301
            entries[project, name] = entry
    except ValueError as error:
        return entries, misunderstood(listing, error)
    return entries, None


def _project(entry: object) -> str:
    try:
        return get_str(entry, "project") or "default"
    except ValueError:
        return "default"


def _described(
    engine: str,
    greeting: Reading,
    listing: Reading,
    entry: object,
    networks: Networks,
    home: str,
) -> Described:
    name, project = get_str(entry, "name"), _project(entry)
    identity = f"{engine}:{project}/{name}"
    machine = _text(entry, "type") == "virtual-machine"
    parties = VM_MANAGER if machine else ENGINE
    instance = Instance(JsonDescription(identity, listing, parties, entry))
    settings = instance.observe("settings", config_of, CONFIG)
    config = settings.value or {}
    tenant = config.get(TENANT_SETTING, "")
    state = _text(entry, "status").lower()
    # LXC keeps it under this name, and names its cgroup so.
    kept_as = name if project == "default" else f"{project}_{name}"
    return Described(
        id=identity,
        kind=WorkloadKind.VIRTUAL_MACHINE if machine else WorkloadKind.SYSTEM_CONTAINER,
        engine=engine,
        name=name if project == "default" else f"{project}/{name}",
        state=state or "unknown",
        runs=state != _STOPPED,
        pid=None,
        attributes=Attributes(
            labels={_TENANT_LABEL: tenant} if tenant else {},
            image=config.get("image.description", ""),
        ),
        endpoint=greeting,
        container=None if machine else declared_container(instance, networks),
        machine=declared_machine(instance, networks) if machine else None,
        attributes_unknown=settings.unknown,
        directory="" if machine else f"{home}/containers/{kept_as}",
        uuid=config.get("volatile.uuid", "") if machine else "",
    )


def _text(entry: object, field: str) -> str:
    try:
        return get_str(entry, field)
    except ValueError:
        return ""
