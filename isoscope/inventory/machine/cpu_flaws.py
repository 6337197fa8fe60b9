"""CPU flaws in the kernel's own words: Documentation/admin-guide/hw-vuln,
``/sys/devices/system/cpu/vulnerabilities``, arch/x86/kernel/cpu/bugs.c.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from isoscope.inventory.host import CpuFlaw, FlawState
from isoscope.inventory.machine.answers import HOST, line, read
from isoscope.inventory.observation import KERNEL, Observation, Party, parsed
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Gap, Reading

SPECTRE_V2_USER = "spectre_v2_user"
"""The kernel's name for Spectre v2 from process to process and guest to guest. It has no file: what
is done against it stands in the report on ``spectre_v2``."""

_DIRECTORY = "/sys/devices/system/cpu/vulnerabilities"
_NOT_THERE = "run a kernel that reports on it"
_NAME = re.compile(r"[a-z0-9_]{1,64}")
_LONGEST_REPORT = 4096  # a page, as sysfs prints at most


def flaw_list(snapshot: Snapshot, is_guest: Observation[bool]) -> Observation[tuple[str, ...]]:
    """Names of the flaws that this kernel reports on, sorted; ``SPECTRE_V2_USER`` is one of them
    wherever ``spectre_v2`` is."""
    return parsed(
        HOST,
        "cpu-flaws",
        snapshot.directory(_DIRECTORY),
        _names,
        parties=_parties(is_guest),
        settled_by="mount sysfs at /sys, or run a kernel from 2018 or later",
    )


def cpu_flaws(
    snapshot: Snapshot, is_guest: Observation[bool]
) -> Mapping[str, Observation[CpuFlaw]]:
    """What the kernel says of each flaw, by its name.

    A flaw that the list names but whose report was not read is unknown. Without the list, the
    reports that were read still count.
    """
    names = set(flaw_list(snapshot, is_guest).value or ())
    prefix = f"{_DIRECTORY}/"
    for reading in snapshot.readings.values():
        target = reading.source.target
        if target.startswith(prefix) and _NAME.fullmatch(target[len(prefix) :]):
            names.add(target[len(prefix) :])
    names.discard(SPECTRE_V2_USER)
    flaws = {name: _flaw(name, snapshot.file(prefix + name), is_guest) for name in sorted(names)}
    if "spectre_v2" in flaws:
        flaws[SPECTRE_V2_USER] = read(
            f"cpu-flaw-{SPECTRE_V2_USER}",
            snapshot.file(f"{prefix}spectre_v2"),
            parse_spectre_v2_user,
            _NOT_THERE,
            parties=_parties(is_guest),
        )
    return flaws


def parse_flaw(name: str, text: str) -> CpuFlaw:
    """One flaw from the kernel's line.

    A mitigation that the kernel calls incomplete counts as none: ``BHI: Vulnerable`` within the
    report on Spectre v2, ``no microcode``, ``but not BHB``.

    Raises:
        ValueError: the line is empty, too long, or begins with no word that is known.
    """
    report = _report(text)
    says_smt = "SMT vulnerable" in report
    rest = report.replace("SMT vulnerable", "")
    if report == "Not affected":
        state = FlawState.NOT_AFFECTED
    elif report.startswith("Unknown"):
        state = FlawState.UNKNOWN
    elif re.search(r"\bVulnerable\b|\bProcessor vulnerable\b", rest) or re.search(
        r"\bno microcode\b|\bnot BHB\b", rest, re.IGNORECASE
    ):
        state = FlawState.VULNERABLE
    elif re.match(r"(KVM: )?Mitigation\b", report):
        state = FlawState.MITIGATED
    else:
        raise ValueError("it begins with none of the kernel's words for the state of a flaw")
    return CpuFlaw(name, state, report, cross_thread=says_smt)


def parse_spectre_v2_user(text: str) -> CpuFlaw:
    """Spectre v2 between processes and between guests, from the report on ``spectre_v2``.

    On x86 the kernel names there what it does when it switches between processes (IBPB) and for
    sibling threads (STIBP), and leaves IBPB out where the CPU has none. ``cross_thread`` matters
    only where siblings run: the kernel switches STIBP off where they do not.

    Other architectures do not tell the two apart: there its state is that of ``spectre_v2``.

    Raises:
        ValueError: as ``parse_flaw``.
    """
    report = _report(text)
    whole = parse_flaw(SPECTRE_V2_USER, report)
    said = dict(re.findall(r"\b(IBPB|STIBP): ([a-z-]+)", report))
    of_x86 = said or re.search(r"PBRSB|[Rr]etpoline|IBRS|LFENCE", report)
    if whole.state in (FlawState.NOT_AFFECTED, FlawState.UNKNOWN) or not of_x86:
        return whole
    switched = said.get("IBPB", "disabled") != "disabled"
    return CpuFlaw(
        SPECTRE_V2_USER,
        FlawState.MITIGATED if switched else FlawState.VULNERABLE,
        report,
        cross_thread=said.get("STIBP") == "disabled",
    )


def _flaw(name: str, reading: Reading, is_guest: Observation[bool]) -> Observation[CpuFlaw]:
    if reading.gap is Gap.ABSENT:
        settled = "collect again: the list names it, the file was gone"
    else:
        settled = _NOT_THERE
    return read(
        f"cpu-flaw-{name}",
        reading,
        lambda text: parse_flaw(name, text),
        settled,
        parties=_parties(is_guest),
    )


def _parties(is_guest: Observation[bool]) -> frozenset[Party]:
    """Whose word a report is: a guest's CPU is what the hypervisor below makes of it."""
    return KERNEL if is_guest.value is False else KERNEL | {Party.OUTER_HYPERVISOR}


def _report(text: str) -> str:
    if len(text) > _LONGEST_REPORT:
        raise ValueError("it is longer than a page")
    return line(text)


def _names(text: str) -> tuple[str, ...]:
    names = text.split("\0") if text else []
    strange = [name for name in names if not _NAME.fullmatch(name)]
    if strange:
        raise ValueError(f"{len(strange)} of its names are no names of flaws")
    if "spectre_v2" in names:
        names.append(SPECTRE_V2_USER)
    return tuple(sorted(set(names)))
