"""What the host calls itself, and what it runs: ``uname(2)``, ``os-release(5)``."""

from __future__ import annotations

import re

from isoscope.inventory.machine.answers import (
    first_known,
    json_object,
    kernel_answer,
    line,
    read,
)
from isoscope.inventory.observation import KERNEL, Observation, Party
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Reading

_ADMIN = KERNEL | {Party.HOST_ADMIN}
_ASSIGNMENT = re.compile(r"([A-Z0-9_]+)=(.*)")
_VERSION = re.compile(r"Linux version (\S+) ")
_ON_THE_HOST = "run Isoscope on the host itself"


def host_name(snapshot: Snapshot) -> Observation[str]:
    """The name that the kernel has now, else the one that it is given when it boots."""
    paths = ("/proc/sys/kernel/hostname", "/etc/hostname")
    return first_known(
        read("name", snapshot.file(path), line, _ON_THE_HOST, parties=_ADMIN) for path in paths
    )


def operating_system(snapshot: Snapshot) -> Observation[str]:
    """``PRETTY_NAME`` of ``os-release(5)``, else its name and version."""
    paths = ("/etc/os-release", "/usr/lib/os-release")
    return first_known(
        read(
            "operating-system", snapshot.file(path), parse_os_release, _ON_THE_HOST, parties=_ADMIN
        )
        for path in paths
    )


def kernel_release(snapshot: Snapshot) -> Observation[str]:
    """The release of the running kernel, ``6.1.0-56-amd64``."""
    return first_known(
        (
            read("kernel", snapshot.file("/proc/sys/kernel/osrelease"), line, _ON_THE_HOST),
            read("kernel", snapshot.file("/proc/version"), parse_version, _ON_THE_HOST),
            read("kernel", _uname(snapshot), lambda text: _field(text, "release"), _ON_THE_HOST),
        )
    )


def kernel_version(snapshot: Snapshot) -> Observation[str]:
    """When and how the running kernel was built."""
    reading = snapshot.file("/proc/sys/kernel/version")
    return read("kernel-version", reading, line, _ON_THE_HOST)


def architecture(snapshot: Snapshot) -> Observation[str]:
    """The kernel's architecture as ``uname -m`` tells it."""
    return first_known(
        (
            read(
                "architecture", _uname(snapshot), lambda text: _field(text, "machine"), _ON_THE_HOST
            ),
            read("architecture", snapshot.file("/proc/sys/kernel/arch"), line, _ON_THE_HOST),
        )
    )


def parse_os_release(text: str) -> str:
    """The name for people in ``os-release(5)``.

    Raises:
        ValueError: it has neither ``PRETTY_NAME`` nor ``NAME``.
    """
    fields: dict[str, str] = {}
    for written in text.splitlines():
        found = _ASSIGNMENT.fullmatch(written.strip())
        if found:
            fields[found[1]] = _unquoted(found[2])
    name = fields.get("PRETTY_NAME") or " ".join(
        part for part in (fields.get("NAME", ""), fields.get("VERSION", "")) if part
    )
    return line(name)


def parse_version(text: str) -> str:
    """The release in ``/proc/version``.

    Raises:
        ValueError: it has another shape.
    """
    found = _VERSION.match(text)
    if not found:
        raise ValueError("it does not begin with a version of Linux")
    return found[1]


def _unquoted(value: str) -> str:
    """A value without the quotes and escapes that a shell would take: ``os-release(5)``."""
    if len(value) >= 2 and value[0] == value[-1] == "'":
        return value[1:-1]
    if len(value) >= 2 and value[0] == value[-1] == '"':
        value = value[1:-1]
    return re.sub(r"\\(.)", r"\1", value)


def _uname(snapshot: Snapshot) -> Reading:
    return kernel_answer(snapshot, "uname", "uname(2)")


def _field(text: str, name: str) -> str:
    value = json_object(text).get(name)
    if not isinstance(value, str):
        raise ValueError(f"it has no {name}")  # noqa: TRY004 - the document is wrong
    return line(value)
