"""The ladders: per direction and property, the ordered rungs and what each needs.

A rung holds when everything that it needs is favourable (a measure in place, an exposure ruled out,
or either not applicable to this kind of workload) and every rung below it holds. Design §3; where
this departs from the tables there, a comment says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from isoscope.assessment.shown_beside import SHOWN_BESIDE
from isoscope.assessment.vocabulary import Aspect, Direction, Property


@dataclass(frozen=True, slots=True)
class Rung:
    """One level of a ladder."""

    level: int
    name: str
    holds_when: str
    """For a person."""
    needs: tuple[str, ...]
    """Ids of measures that must be in place and of exposures that must be ruled out."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs of one aspect, from 0 upwards.

    Raises:
        ValueError: the levels are not 0, 1, 2 … in order, or rung 0 needs something.
    """

    aspect: Aspect
    rungs: tuple[Rung, ...]
    shown_beside: tuple[str, ...] = ()
    """Ids of what bears on this aspect and decides no rung of it: shown with it."""

    def __post_init__(self) -> None:
        if [rung.level for rung in self.rungs] != list(range(len(self.rungs))):
            raise ValueError(f"{self.aspect}: the rungs are not numbered from 0")
        if self.rungs[0].needs:
            raise ValueError(f"{self.aspect}: rung 0 holds always")

    @property
    def top(self) -> int:
        """The highest level."""
        return len(self.rungs) - 1


_GIVES_THE_HOST_AWAY = (
    "privileged",
    "engine-socket-mounted",
    "system-bus-open-to-root",
    "host-system-path-writable",
    "host-owning-capability",
    "host-mount-namespace",
    "raw-device-access",
    "kernel-settings-unguarded",
    "release-agent-writable",
    "passthrough-without-iommu",
)
_STANDARD_PART_REMOVED = (
    "seccomp-unconfined",
    "lsm-unconfined",
    "host-pid-namespace",
    "host-network-namespace",
    "host-ipc-namespace",
    "capabilities-beyond-default",
    "sensitive-host-path-mounted",
    "service-socket-mounted",
    "masked-paths-open",
    "kernel-settings-writable",
    "mounts-propagate-to-host",
    "runtime-with-known-escape",
    "vmm-control-open",
)
_HARDENED = (
    "vmm-runs-as-root",
    "vmm-owns-host",
    "user-namespace",
    "seccomp-filter",
    "mac-label-enforced",
    "no-new-privileges",
    "capabilities-reduced",
)
_OWN_KERNEL = ("own-kernel", "sandbox-opened")
_OWN_KERNEL_CONFINED = ("vmm-mac-label", "vmm-seccomp-sandbox", "host-device-passed-through")

_HOST_FROM_WORKLOAD = {
    # Reading the host's root gives its secrets away (C), writing it gives the host away (both).
    Property.CONFIDENTIALITY: (
        (*_GIVES_THE_HOST_AWAY, "host-root-mounted"),
        (*_STANDARD_PART_REMOVED, "cpu-flaw-user-kernel", "cpu-flaw-guest-host"),
    ),
    Property.INTEGRITY: (_GIVES_THE_HOST_AWAY, _STANDARD_PART_REMOVED),
}

_SHARED = (
    "unseen-workloads",
    "shared-namespace",
    "neighbour-in-host-pid-namespace",
    "shared-writable-storage",
    "shared-memory-region",
    "shared-device",
    "shared-iommu-group",
)
_LEAKY = (
    "shared-network-segment",
    "routed-from-another-network",
    "neighbour-forges-addresses",
    "shared-host-user-ids",
    "shared-mcs-categories",
    "same-page-merging",
    "vmm-control-open",
    "vm-console-open",
)
_NEIGHBOUR_CPU_FLAWS = (
    "cpu-flaw-user-user",
    "cpu-flaw-guest-guest",
    "cpu-flaw-neighbour-guest",
    "cpu-flaw-neighbour-program",
    "cpu-flaw-cross-thread",
)


def _host_from_workload(quality: Property) -> tuple[Rung, ...]:
    gives_away, removed = _HOST_FROM_WORKLOAD[quality]
    return (
        Rung(0, "open", "an exposure gives the host away", ()),
        Rung(
            1,
            "weakened",
            "the barrier stands, but one of its standard parts was removed",
            gives_away,
        ),
        Rung(2, "standard", "shared kernel, with the engine's default parts all in place", removed),
        Rung(
            3,
            "hardened",
            "root inside is not root outside, a seccomp filter, an enforced MAC label, no new "
            "privileges, capabilities cut below the default",
            _HARDENED,
        ),
        Rung(
            4,
            "own kernel",
            "a kernel of its own, whose VMM runs without root, and whose sandbox was not opened",
            _OWN_KERNEL,
        ),
        Rung(
            5,
            "own kernel, confined",
            "and the VMM has its own MAC label, a seccomp sandbox, and no device of the host",
            _OWN_KERNEL_CONFINED,
        ),
    )


def _workload_from_workload(quality: Property) -> tuple[Rung, ...]:
    confidential = quality is Property.CONFIDENTIALITY
    shared = (*_SHARED, "shared-readable-storage") if confidential else _SHARED
    return (
        Rung(0, "shared", "a path to or from another tenant, or through the host", ()),
        Rung(1, "leaky", "separate, but something lets traces or attempts through", shared),
        Rung(
            2,
            "separated",
            "own namespaces, networks and mounts; no shared identity without a MAC barrier",
            (*_LEAKY, *_NEIGHBOUR_CPU_FLAWS) if confidential else _LEAKY,
        ),
        Rung(
            3,
            "confined",
            "and distinct MAC labels and distinct host user-id ranges",
            ("distinct-mac-label", "distinct-host-user-ids"),
        ),
        Rung(4, "own kernel", "each side's kernel is its own", ("kernels-apart",)),
        Rung(
            5,
            "own key",
            "and its memory is encrypted under its own key, attested",
            ("attested",),
        ),
    )


def _workload_from_host(quality: Property) -> tuple[Rung, ...]:
    if quality is Property.AVAILABILITY:
        return (Rung(0, "at the host's discretion", "no TEE keeps a host from stopping it", ()),)
    # With debug on the host reads and writes through the firmware whatever is encrypted: no step.
    encrypted: tuple[str, ...] = ("memory-encrypted-by-tee", "tee-debug-allowed")
    if quality is Property.INTEGRITY:
        # SEV and SEV-ES encrypt memory without integrity.
        encrypted = (*encrypted, "memory-integrity-by-tee")
    return (
        Rung(0, "none", "the host's software can read and change the workload", ()),
        Rung(1, "partial TEE", "memory encrypted, debug off, without integrity", encrypted),
        Rung(
            2,
            "TEE",
            "memory encrypted with integrity, debug off",
            ("memory-integrity-by-tee",),
        ),
        Rung(3, "attested", "evidence signed by the hardware, from this workload", ("attested",)),
        Rung(
            4,
            "attested and expected",
            "and its measurement is the tenant's reference value, fresh, bound to this workload",
            ("attested-as-expected",),
        ),
    )


_OWN_LIMITS = (
    # Whoever owns the host also owns its limits, so that what opens I opens A.
    (*_GIVES_THE_HOST_AWAY, "own-limits-writable", "some-limit"),
    ("memory-limited", "processes-limited", "cpu-limited"),
    ("block-io-limited", "open-files-limited", "storage-limited"),
)
_NEIGHBOURS_LIMITS = (
    ("unseen-workloads", "neighbours-some-limit"),
    ("neighbours-memory-limited", "neighbours-processes-limited", "neighbours-cpu-limited"),
    ("neighbours-block-io-limited", "neighbours-open-files-limited", "neighbours-storage-limited"),
)


def _availability(whose: str, needs: tuple[tuple[str, ...], ...]) -> tuple[Rung, ...]:
    return (
        Rung(0, "unbounded", f"nothing limits what {whose} may take", ()),
        Rung(
            1, "partly bounded", f"some of {whose}'s memory, processes, CPU are limited", needs[0]
        ),
        Rung(2, "bounded", f"{whose}'s memory, processes and CPU are all limited", needs[1]),
        Rung(3, "bounded with I/O", "and block I/O, file descriptors and storage", needs[2]),
    )


def _rungs(aspect: Aspect) -> tuple[Rung, ...]:
    direction, quality = aspect
    if direction is Direction.WORKLOAD_FROM_HOST:
        return _workload_from_host(quality)
    if quality is not Property.AVAILABILITY:
        if direction is Direction.HOST_FROM_WORKLOAD:
            return _host_from_workload(quality)
        return _workload_from_workload(quality)
    if direction is Direction.HOST_FROM_WORKLOAD:
        return _availability("the workload", _OWN_LIMITS)
    return (
        *_availability("a neighbour", _NEIGHBOURS_LIMITS),
        Rung(
            4,
            "reserved",
            "and the workload's own share is set apart: dedicated CPUs, protected memory",
            ("share-reserved",),
        ),
    )


LADDERS: Mapping[Aspect, Ladder] = {
    aspect: Ladder(aspect, _rungs(aspect), SHOWN_BESIDE.get(aspect, ()))
    for aspect in (Aspect(d, q) for d in Direction for q in Property)
}
"""All nine."""


def ladder(aspect: Aspect) -> Ladder:
    """The ladder of one aspect."""
    return LADDERS[aspect]
