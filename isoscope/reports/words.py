"""The words of statuses, directions and parties, the same in every report and on the screen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from isoscope.assessment.verdict import Verdict
from isoscope.assessment.vocabulary import Aspect, Direction, FindingKind, FindingState, Status
from isoscope.inventory.observation import Party
from isoscope.inventory.technology import Technology, TeeNature
from isoscope.texts import noted

STATUS = {
    Status.MEETS: noted("meets"),
    Status.FALLS_SHORT: noted("falls short"),
    Status.UNPROVEN: noted("unproven"),
    Status.NOT_REQUIRED: noted("not required"),
}
STATUS_OF_MANY = {
    Status.MEETS: "meet",
    Status.FALLS_SHORT: "fall short",
    Status.UNPROVEN: "are unproven",
    Status.NOT_REQUIRED: "have no requirement",
}
SYMBOL = {
    Status.MEETS: "✓",
    Status.FALLS_SHORT: "✗",
    Status.UNPROVEN: "?",
    Status.NOT_REQUIRED: "·",
}
DESCRIBED = "all that is described"
"""Who says what no single manager says."""
WORST_FIRST = (Status.FALLS_SHORT, Status.UNPROVEN, Status.MEETS, Status.NOT_REQUIRED)

DIRECTION = {
    Direction.WORKLOAD_FROM_WORKLOAD: noted("workload from workload"),
    Direction.HOST_FROM_WORKLOAD: noted("host from workload"),
    Direction.WORKLOAD_FROM_HOST: noted("workload from host"),
}
SHORT_DIRECTION = {
    Direction.WORKLOAD_FROM_WORKLOAD: "WW",
    Direction.HOST_FROM_WORKLOAD: "HW",
    Direction.WORKLOAD_FROM_HOST: "WH",
}
PARTY = {
    Party.CPU_VENDOR: noted("the CPU vendor"),
    Party.PLATFORM_FIRMWARE: noted("the platform's firmware"),
    Party.OUTER_HYPERVISOR: noted("the outer hypervisor"),
    Party.BOOT_CHAIN: noted("the boot chain"),
    Party.HOST_KERNEL: noted("the host's kernel"),
    Party.HOST_ADMIN: noted("the host's administrators"),
    Party.CONTAINER_ENGINE: noted("the container engine"),
    Party.VM_MANAGER: noted("the VM manager"),
    Party.WORKLOAD: noted("the workload itself"),
}


LETTERS = (
    "WW: workload from workload, HW: host from workload, WH: workload from host; C, I, A: "
    "confidentiality, integrity, availability."
)
"""What the abbreviations of `short_aspect` stand for."""


def short_aspect(aspect: Aspect) -> str:
    """``WW·C``, as the design abbreviates the nine."""
    return f"{SHORT_DIRECTION[aspect.direction]}·{aspect.property.letter}"


def short_aspects(aspects: Iterable[Aspect]) -> str:
    """``WW·CI HW·A``: several of the nine, by direction."""
    letters: dict[Direction, str] = {}
    for direction, quality in sorted(
        set(aspects), key=lambda a: (list(Direction).index(a.direction), "CIA".index(a[1].letter))
    ):
        letters[direction] = letters.get(direction, "") + quality.letter
    return " ".join(f"{SHORT_DIRECTION[direction]}·{found}" for direction, found in letters.items())


def rungs(verdict: Verdict) -> str:
    """The range of rungs and the one required: ``0–2/2``; without a requirement ``0–2``."""
    low, high, required = verdict.low, verdict.high, verdict.required
    stands = str(low) if low == high else f"{low}–{high}"
    return stands if required is None else f"{stands}/{required}"


def finding_in_words(kind: FindingKind, state: FindingState) -> str:
    """``open``, ``not in place`` …: what a state means for a measure or an exposure."""
    measure = kind is FindingKind.MEASURE
    return {
        FindingState.PRESENT: "in place" if measure else "open",
        FindingState.ABSENT: "not in place" if measure else "ruled out",
        FindingState.UNKNOWN: "unknown",
        FindingState.NOT_APPLICABLE: "not applicable",
    }[state]


def tally(number: int, status: Status) -> str:
    """``1 falls short``, ``2 fall short``."""
    return f"{number} {STATUS[status] if number == 1 else STATUS_OF_MANY[status]}"


def moment(seconds: float) -> str:
    """A time as the contract writes it: ``2026-11-23T05:00:00Z``."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def count_of(number: int, one: str, many: str | None = None) -> str:
    """``1 tenant``, ``2 tenants``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def available_in_words(technology: Technology, available: bool | None) -> str:  # noqa: FBT001
    """Whether a technology of TEEs is available; of what is none, whether it is on."""
    if available is None:
        return "unknown"
    if technology.nature is TeeNature.TEE:
        return "available" if available else "not available"
    return "on, and no TEE of workloads" if available else "not on"
