"""The rows of docker-bench-security's section 5 that Isoscope answers too, and who answers what.

A row's number is theirs (CIS Docker Benchmark 1.6); its question is asked here in our words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.benchmarks.seen_by_hand import Seen

#: What Isoscope found for one workload: ``present``, ``absent`` or ``unknown``, by id.
Findings = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the answer by hand needs beside the process."""

    socket: str
    usual_devices: frozenset[str] | None
    """What a container may open that was given nothing; None where no file tells."""


@dataclass(frozen=True, slots=True)
class Row:
    """One question: what each of three would warn of."""

    number: str
    warns_of: str
    exposures: tuple[str, ...]
    """Isoscope warns where one of these is present."""
    measures: tuple[str, ...]
    """Isoscope warns where one of these is absent."""
    by_hand: Callable[[Seen, Asked], bool | None]
    """What the kernel shows; None where it does not tell."""

    def ours(self, findings: Findings) -> bool | None:
        """Whether Isoscope warns; None where it says that it does not know."""
        states = [findings[name] for name in self.exposures]
        if "present" in states:
            return True
        lacking = [findings[name] for name in self.measures]
        if "absent" in lacking:
            return True
        return None if "unknown" in (*states, *lacking) else False


def _in_host(kind: str) -> Callable[[Seen, Asked], bool]:
    return lambda seen, _: seen.in_host_namespace(kind)


def _further_devices(seen: Seen, asked: Asked) -> bool | None:
    allowed = seen.devices()
    if allowed is None or asked.usual_devices is None:
        return None
    return bool(allowed - asked.usual_devices)


def _exposure(
    number: str, warns_of: str, by_hand: Callable[[Seen, Asked], bool | None], *exposures: str
) -> Row:
    return Row(number, warns_of, exposures, (), by_hand)


def _measure(
    number: str, warns_of: str, by_hand: Callable[[Seen, Asked], bool | None], *measures: str
) -> Row:
    return Row(number, warns_of, (), measures, by_hand)


ROWS = (
    _measure(
        "5.2",
        "no AppArmor profile",
        lambda seen, _: seen.without_mac_label(),
        "mac-label-enforced",
    ),
    _measure(
        "5.3", "no SELinux label", lambda seen, _: seen.without_mac_label(), "mac-label-enforced"
    ),
    _exposure(
        "5.4",
        "capabilities beyond the default",
        lambda seen, _: seen.further_capabilities(),
        "capabilities-beyond-default",
        "host-owning-capability",
        "privileged",
    ),
    _exposure("5.5", "privileged", lambda seen, _: seen.privileged(), "privileged"),
    _exposure(
        "5.6",
        "a sensitive directory of the host",
        lambda seen, _: seen.sensitive_directory(),
        "host-root-mounted",
        "host-system-path-writable",
        "sensitive-host-path-mounted",
    ),
    _exposure("5.10", "the host's network namespace", _in_host("net"), "host-network-namespace"),
    _measure("5.11", "memory unlimited", lambda seen, _: seen.memory_unlimited(), "memory-limited"),
    _measure("5.12", "CPU unlimited", lambda seen, _: seen.cpu_unlimited(), "cpu-limited"),
    _measure(
        "5.13",
        "root file system writable",
        lambda seen, _: seen.root_writable(),
        "root-filesystem-read-only",
    ),
    _exposure("5.16", "the host's PID namespace", _in_host("pid"), "host-pid-namespace"),
    _exposure("5.17", "the host's IPC namespace", _in_host("ipc"), "host-ipc-namespace"),
    _exposure(
        "5.18",
        "further devices of the host",
        _further_devices,
        "raw-device-access",
        "further-devices-allowed",
    ),
    _exposure(
        "5.20",
        "mounts propagate to the host",
        lambda seen, _: seen.propagates(),
        "mounts-propagate-to-host",
    ),
    _exposure("5.21", "the host's UTS namespace", _in_host("uts"), "host-uts-namespace"),
    _exposure("5.22", "no seccomp filter", lambda seen, _: seen.unfiltered(), "seccomp-unconfined"),
    _measure(
        "5.26",
        "may gain privileges",
        lambda seen, _: seen.may_gain_privileges(),
        "no-new-privileges",
    ),
    _measure(
        "5.29",
        "processes unlimited",
        lambda seen, _: seen.processes_unlimited(),
        "processes-limited",
    ),
    _measure("5.31", "the host's user namespace", _in_host("user"), "user-namespace"),
    _exposure(
        "5.32",
        "the engine's socket",
        lambda seen, asked: seen.socket_within_reach(asked.socket),
        "engine-socket-mounted",
    ),
)
