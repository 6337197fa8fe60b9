"""The same application in several TEEs, or in one and in none: by measurement, or by names alone.

Nothing of a workload's memory or files is hashed. What the hardware measured of two workloads can
be compared where both gave verified evidence of the same kind; measurements of different
technologies cannot. All else that is the same is a name, which proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from isoscope.assessment.given_evidence import GivenEvidence
from isoscope.attestation.checks import Kind, Outcome
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.workload import Workload

NO_TEE, UNKNOWN = "no TEE", "unknown"
_MEASURED: Mapping[Kind, tuple[str, ...]] = {
    Kind.SEV_SNP: ("measurement",),
    Kind.TDX: ("mrtd", "rtmr0", "rtmr1", "rtmr2", "rtmr3"),
    Kind.SGX: ("mrenclave",),
    Kind.AWS_NITRO: ("pcr0", "pcr1", "pcr2"),
    Kind.ARM_CCA: ("rim", "rem0", "rem1", "rem2", "rem3"),
}
"""Claims that together say which software was loaded, by kind of evidence."""


class SameBy(StrEnum):
    """What is the same, the strongest first."""

    MEASUREMENT = "measurement"
    IMAGE = "image"
    NAME = "name"


_SAYS = {
    SameBy.MEASUREMENT: "verified evidence of each has the same measurement: the same software was "
    "loaded",
    SameBy.IMAGE: "the name of their image is the same: whether its content is, is the engine's "
    "word, and a name can be given to another image",
    SameBy.NAME: "only their names are the same: whether it is the same program cannot be told "
    "from outside, and measurements of different technologies do not compare",
}


@dataclass(frozen=True, slots=True)
class SameApplication:
    """Workloads that run the same application, as far as ``by`` tells; at least two."""

    name: str
    by: SameBy
    workloads: Mapping[str, str]
    """The technology that each claims, by workload id: ``no TEE`` where it claims none."""

    @property
    def says(self) -> str:
        """What is known by that, and what is not."""
        return _SAYS[self.by]


def same_applications(
    inventory: Inventory, evidence: Mapping[str, Sequence[GivenEvidence]]
) -> tuple[SameApplication, ...]:
    """Every application of which one workload is in a TEE, claims to be, or only looks like it.

    Args:
        inventory: what runs.
        evidence: that was given, by workload id.
    """
    by_id = {workload.id: workload for workload in inventory.workloads}
    groups: dict[tuple[SameBy, str], dict[str, None]] = {}
    for workload in by_id.values():
        for found_in in _keys(workload, evidence.get(workload.id, ())):
            groups.setdefault(found_in, {})[workload.id] = None
    found: list[SameApplication] = []
    told: set[frozenset[str]] = set()
    for (by, key), ids in sorted(groups.items(), key=lambda item: list(SameBy).index(item[0][0])):
        members = frozenset(ids)
        if len(ids) < 2 or members in told or not any(_uses_tee(by_id[one]) for one in ids):
            continue
        told.add(members)
        name = _name_of([by_id[one] for one in ids]) if by is SameBy.MEASUREMENT else key
        found.append(SameApplication(name, by, {one: technology(by_id[one]) for one in ids}))
    return tuple(found)


def technology(workload: Workload) -> str:
    """The TEE that a workload claims, in a word."""
    if workload.machine is not None:
        said = workload.machine.launch_security.value
        return UNKNOWN if said is None else NO_TEE if said.kind == "none" else said.kind
    if workload.tee is None:
        return NO_TEE
    use = workload.tee.value
    return UNKNOWN if use is None else use.technology if use.encloses else NO_TEE


def _uses_tee(workload: Workload) -> bool:
    return workload.tee is not None or technology(workload) not in (NO_TEE, UNKNOWN)


def _keys(workload: Workload, evidence: Sequence[GivenEvidence]) -> Iterator[tuple[SameBy, str]]:
    for given in evidence:
        verification = given.verification
        measured = [
            verification.claims.get(name, "") for name in _MEASURED.get(verification.kind, ())
        ]
        if verification.outcome is Outcome.VERIFIED and measured and measured[0]:
            yield SameBy.MEASUREMENT, f"{verification.kind} {' '.join(measured)}"
    image = workload.attributes.image
    if image:
        yield SameBy.IMAGE, image
        yield SameBy.NAME, image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    use = workload.tee.value if workload.tee is not None else None
    if use is not None and use.application:
        yield SameBy.NAME, use.application


def _name_of(workloads: Iterable[Workload]) -> str:
    return ", ".join(dict.fromkeys(workload.name for workload in workloads))[:100]
