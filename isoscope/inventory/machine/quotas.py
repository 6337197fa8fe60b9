"""The quotas of the host's file systems, in one observation."""

from __future__ import annotations

from collections.abc import Mapping

from isoscope.inventory.json_fields import get_bool, get_int, get_object, parse_json
from isoscope.inventory.machine.answers import HOST
from isoscope.inventory.observation import KERNEL, Observation, known, parsed
from isoscope.inventory.quotas import ProjectQuota, Quotas
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.quota_places import PROJECTS, PROJECTS_ENFORCED, QUOTAS, mount_lines

_KEY = "quotas"
_BY_HAND = "run Isoscope as root, on a kernel from 5.14; repquota -P, xfs_quota"


def quotas(snapshot: Snapshot) -> Observation[Quotas]:
    """What was asked of them; without what projects may have where that was not."""
    reading = snapshot.get(QUOTAS.channel, QUOTAS.target, QUOTAS.request)
    flags = parsed(HOST, _KEY, reading, parse_flags, parties=KERNEL, settled_by=_BY_HAND)
    if flags.value is None:
        return Observation(HOST, _KEY, None, flags.unknown, flags.evidence, flags.parties)
    readings = [reading]
    places: Mapping[str, ProjectQuota] = {}
    if any(found & PROJECTS_ENFORCED for found in flags.value.values()):
        asked = snapshot.get(PROJECTS.channel, PROJECTS.target, PROJECTS.request)
        said = parsed(HOST, _KEY, asked, parse_places, parties=KERNEL, settled_by=_BY_HAND)
        places = said.value or {}
        readings.append(asked)
    own = snapshot.file("/proc/self/mountinfo")
    table = own if own.gap is None else snapshot.file("/proc/1/mountinfo")
    mounts = {line.mount_point: line.device for line in mount_lines(table.text())}
    return known(HOST, _KEY, Quotas(flags.value, mounts, places), *readings, parties=KERNEL)


def parse_flags(text: str) -> Mapping[str, int]:
    """By device, which quotas its file system keeps.

    Raises:
        ValueError: it is no such document.
    """
    document = parse_json(text)
    return {
        device: get_int(document, "devices", device) for device in get_object(document, "devices")
    }


def parse_places(text: str) -> Mapping[str, ProjectQuota]:
    """By its name, what the project of a place may have.

    Raises:
        ValueError: it is no such document.
    """
    document = parse_json(text)
    return {
        name: ProjectQuota(
            get_int(document, "places", name, "project"),
            get_bool(document, "places", name, "inherits"),
            get_int(document, "places", name, "most"),
        )
        for name in get_object(document, "places")
    }
