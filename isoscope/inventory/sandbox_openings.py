"""What a sandbox lets through because it was told to: gVisor by its flags, Kata by its
configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping

from isoscope.inventory.observation import ENGINE, Doubt, Observation, known, parsed, unknown
from isoscope.inventory.process_table import ProcessGroup
from isoscope.inventory.sandbox import Sandbox, SandboxSettings
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Gap, Reading
from isoscope.snapshot.sandbox_settings import (
    BOOT,
    KATA_CONFIGURATION,
    KATA_DIRECTORIES,
    SENTRY,
    kata_hypervisors,
)
from isoscope.snapshot.secret_words import CUT_SHORT

_KEY = "sandbox-settings"
_ON = ("", "true", "1", "t")
_OPENS: Mapping[str, tuple[str, ...]] = {
    "network": ("host",),
    "host-uds": ("open", "create", "all"),
    "fsgofer-host-uds": _ON,
    "host-fifo": ("open",),
    "character-device-policy": ("prefer-emulated", "passthrough"),
    "nvproxy": _ON,
    "tpuproxy": _ON,
    "allow-packet-socket-write": _ON,
    "profile": _ON,
    "allow-flag-override": _ON,
    "TESTONLY-unsafe-nonroot": _ON,
}
"""By flag of gVisor's, the values by which its workload reaches the host's kernel, drivers, sockets
or devices, or whoever starts it may have that so."""
_CONNECTS = ("host-uds", "fsgofer-host-uds")
_CHOOSE_ON_HOST = (
    "path",
    "ctlpath",
    "jailer_path",
    "virtio_fs_daemon",
    "kernel",
    "initrd",
    "image",
    "firmware",
    "entropy_source",
    "file_mem_backend",
    "vhost_user_store_path",
)
"""Annotations of Kata's by which whoever starts a pod chooses programs that the host runs, or files
of the host that the guest gets."""


def settings_of(
    subject: str, sandbox: Sandbox, group: ProcessGroup, snapshot: Snapshot
) -> Observation[SandboxSettings]:
    """How a container's sandbox was told to run."""
    if sandbox is Sandbox.KATA:
        return _of_kata(subject, snapshot)
    for process in group.processes:
        command = snapshot.file(f"/proc/{process.pid}/cmdline")
        if command.text().partition("\0")[0].rpartition("/")[2] == SENTRY:
            return parsed(
                subject,
                _KEY,
                command,
                parse_flags,
                parties=ENGINE,
                settled_by="look at the arguments of runsc-sandbox; scan again",
                excerpt=command.text().replace("\0", " ").strip(),
            )
    says = "the arguments of its sentry were not read"
    return unknown(subject, _KEY, Gap.NOT_READ, says, "run Isoscope as root", parties=ENGINE)


def parse_flags(text: str) -> SandboxSettings:
    """What the arguments of gVisor's sentry say that is not its default.

    Raises:
        ValueError: its flags were not kept.
    """
    arguments = text.split("\0")
    if BOOT not in arguments:
        raise ValueError("its flags are not there")
    openings = []
    connects = False
    for argument in arguments[1 : arguments.index(BOOT)]:
        name, _, value = argument.lstrip("-").partition("=")
        if value == CUT_SHORT:
            raise ValueError(f"the value of --{name[:40]} is none of gVisor's")
        if value.lower() in _OPENS.get(name, ()):
            openings.append(f"--{name}={value}" if value else f"--{name}")
            connects |= name in _CONNECTS
    return SandboxSettings(tuple(openings), connects)


def parse_kata(text: str) -> tuple[str, ...]:
    """What a configuration of Kata's opens.

    Raises:
        ValueError: it is no such configuration.
    """
    openings = []
    for hypervisor, settings in kata_hypervisors(text).items():
        patterns = settings.get("enable_annotations", [])
        if not isinstance(patterns, list) or not all(isinstance(each, str) for each in patterns):
            raise ValueError(f"enable_annotations of {hypervisor[:40]} are no texts")
        openings += [f"enable_annotations: {each}" for each in patterns if _chooses(each)]
        if settings.get("extra_monitor_socket"):
            openings.append("extra_monitor_socket")
    return tuple(dict.fromkeys(openings))


def _chooses(pattern: str) -> bool:
    """Whether a regular expression, which Kata matches anywhere in a name, lets one of these in."""
    try:
        return any(re.search(pattern[:_LONGEST], name) for name in _CHOOSE_ON_HOST)
    except re.error:
        raise ValueError("a pattern in enable_annotations is none") from None


_LONGEST = 100


def _of_kata(subject: str, snapshot: Snapshot) -> Observation[SandboxSettings]:
    """By all configurations at its usual places: which of them it was started by, nobody says."""
    read: list[Reading] = []
    opening: list[tuple[Reading, tuple[str, ...]]] = []
    for directory in KATA_DIRECTORIES:
        listing = snapshot.directory(directory)
        if listing.gap is Gap.ABSENT:
            continue
        if listing.gap is not None:
            return _unread(subject, listing)
        for name in filter(KATA_CONFIGURATION.fullmatch, listing.names()):
            reading = snapshot.file(f"{directory}/{name}")
            found = parsed(subject, _KEY, reading, parse_kata, parties=ENGINE, settled_by=_BY_HAND)
            if found.value is None:
                return _unread(subject, reading)
            read.append(reading)
            opening += [(reading, found.value)] if found.value else []
    if not read:
        says = "no configuration of Kata's is at its usual places"
        return unknown(subject, _KEY, Doubt.NOT_SAID, says, _BY_HAND, parties=ENGINE)
    if opening and len(opening) < len(read):
        says = f"{opening[0][0].source} opens it; whether it was started by that one is not said"
        return unknown(subject, _KEY, Doubt.NOT_SAID, says, _BY_HAND, opening[0][0], parties=ENGINE)
    openings = tuple(dict.fromkeys(each for _, found in opening for each in found))
    return known(subject, _KEY, SandboxSettings(openings, False), *read[:4], parties=ENGINE)


_BY_HAND = "kata-runtime env; look for enable_annotations in the configuration.toml that it names"


def _unread(subject: str, reading: Reading) -> Observation[SandboxSettings]:
    reason = reading.gap or Doubt.NOT_UNDERSTOOD
    says = f"{reading.source}: {reason}"
    return unknown(subject, _KEY, reason, says, _BY_HAND, reading, parties=ENGINE)
