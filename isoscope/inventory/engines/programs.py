"""The programs that an engine says make its containers, and their versions: ``GET /version``.

Sources: Docker Engine API reference, SystemVersion; Podman's service answers alike.
"""

from __future__ import annotations

import re

from isoscope.inventory.declared import Program
from isoscope.inventory.json_fields import NotSaidError, get_list, get_str, parse_json
from isoscope.inventory.observation import ENGINE, Observation, parsed
from isoscope.snapshot.reading import Reading

_NAMES = {"Engine": "Docker Engine", "Podman Engine": "Podman", "containerd": "containerd"}
_RUNTIME = re.compile(r"OCI Runtime \(([a-z0-9_-]{1,40})\)")
_OF_DOCKER = re.compile(r"[a-z0-9_-]{1,40}")
_VERSION = re.compile(r"(?:[a-z-]+ version )?v?([0-9][^\s,]{0,79})")
_NO_PACKAGE = ("", "Unknown")


def programs(version: Reading) -> Observation[tuple[Program, ...]]:
    """The programs of one engine."""
    return parsed(
        "host",
        "programs",
        version,
        parse_programs,
        parties=ENGINE,
        settled_by="docker version; podman version; runc --version",
    )


def parse_programs(text: str) -> tuple[Program, ...]:
    """The components in ``GET /version`` that have a version.

    Raises:
        ValueError: it is no such document.
    """
    found = []
    for component in get_list(parse_json(text), "Components"):
        name = get_str(component, "Name")
        runtime = _RUNTIME.fullmatch(name)
        name = runtime[1] if runtime else _NAMES.get(name, name)
        try:
            said = _VERSION.match(get_str(component, "Version"))
        except NotSaidError:
            continue
        if said is not None and (name in _NAMES.values() or _OF_DOCKER.fullmatch(name)):
            found.append(Program(name, said[1], _package(component)))
    return tuple(found)


def _package(component: object) -> str:
    """The package of a distribution that a program came in: Podman asks its package manager."""
    try:
        package = get_str(component, "Details", "Package")
    except ValueError:
        return ""
    return "" if package in _NO_PACKAGE else package
