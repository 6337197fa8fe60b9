"""What a measure or exposure is: its condition and its text, in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from isoscope.assessment.cpu_flaws import judged_vectors
from isoscope.assessment.given_evidence import GivenEvidence
from isoscope.assessment.host_paths import HostFile, HostLayout
from isoscope.assessment.host_reach import host_reach
from isoscope.assessment.judgement import Judgement, not_applicable
from isoscope.assessment.kernel_settings import judged_settings
from isoscope.assessment.neighbours.relations import Neighbourhood
from isoscope.assessment.shown_paths import ShownPath, named_volumes, shown_to_container
from isoscope.assessment.vocabulary import FindingKind
from isoscope.inventory.host import AttackVector
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.observation import Observation
from isoscope.inventory.reach import Reach
from isoscope.inventory.service_sockets import ServiceSocket
from isoscope.inventory.workload import ProcessFacts, Workload, WorkloadKind


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What judging asks of the host for every workload, worked out once."""

    layout: HostLayout | None
    """None where the host's own mounts are not known."""
    control_sockets: tuple[HostFile, ...]
    """Those that lie on a file system which the host mounts."""
    service_sockets: tuple[tuple[ServiceSocket, HostFile], ...]
    """The same of the host's services."""
    open_flaws: Mapping[AttackVector, Judgement]
    """Whether the CPU has a flaw that is open on a vector."""
    reach: Reach
    of_host: Mapping[str, Judgement]
    """What the host can do to all of them alike, by the id of the measure or exposure."""

    @classmethod
    def of_nothing(cls, inventory: Inventory) -> Surroundings:
        """Surroundings for what asks nothing of the host but who is on it."""
        return cls(None, (), (), {}, inventory.host.reach, {})

    @classmethod
    def of(cls, inventory: Inventory) -> Surroundings:
        """The surroundings of an inventory's workloads."""
        flaws = judged_vectors(inventory.host)
        settings = judged_settings(inventory.host)
        reach, of_host = inventory.host.reach, {**host_reach(inventory.host), **settings}
        if inventory.host_mounts.value is None:
            return cls(None, (), (), flaws, reach, of_host)
        layout = HostLayout(inventory.host_mounts.value)
        sockets = (layout.locate(path) for path in inventory.control_sockets.value or ())
        services = (
            (service, layout.locate(service.path))
            for service in inventory.service_sockets.value or ()
        )
        return cls(
            layout,
            tuple(socket for socket in sockets if socket is not None),
            tuple((service, at) for service, at in services if at is not None),
            flaws,
            reach,
            of_host,
        )


@dataclass(frozen=True)
class Subject:
    """One running workload with all that judging it needs."""

    workload: Workload
    kind: Observation[WorkloadKind]
    """What kind it is: on this rests whatever does not apply to it."""
    inventory: Inventory
    neighbourhood: Neighbourhood
    """What it shares with workloads of other tenants."""
    surroundings: Surroundings
    evidence: Sequence[GivenEvidence] = ()
    """Attestation evidence that somebody gave for it."""

    @property
    def process(self) -> ProcessFacts:
        """Its processes.

        Raises:
            ValueError: it does not run; only running workloads are judged.
        """
        if self.workload.process is None:
            raise ValueError(f"{self.workload.id} does not run and cannot be judged")
        return self.workload.process

    @cached_property
    def without_monitor(self) -> Judgement:
        """What asks about a VMM means nothing for a container: one object for all that do."""
        return not_applicable("it has no VMM", self.kind)

    @cached_property
    def named_volumes(self) -> tuple[str, ...]:
        """Directories that its engine says are volumes which it keeps."""
        container = self.workload.container
        return named_volumes(container.volumes.value or ()) if container is not None else ()

    @cached_property
    def shown_paths(self) -> Sequence[ShownPath] | None:
        """What it sees of the host by its mounts; None where its own, or the host's, are not
        known."""
        mounts, layout = self.process.mounts.value, self.surroundings.layout
        if mounts is None or layout is None:
            return None
        identity = self.workload.id.rpartition(":")[2]
        return shown_to_container(identity, mounts, layout, self.named_volumes)


@dataclass(frozen=True, slots=True)
class Declaration:
    """One measure or exposure.

    A measure holds where it is in place; an exposure holds where it is open.
    """

    id: str
    kind: FindingKind
    title: str
    """A few words."""
    what: str
    """What it is."""
    why: str
    """Why it matters."""
    by_hand: str
    """How to see it by hand: a command."""
    remedy: str
    """How to change it towards a higher rung."""
    references: tuple[str, ...]
    """Man pages, kernel documents, advisories."""
    judge: Callable[[Subject], Judgement]


def measure(
    id: str,  # noqa: A002 - the vocabulary's word
    title: str,
    *,
    what: str,
    why: str,
    by_hand: str,
    remedy: str,
    references: tuple[str, ...],
    judge: Callable[[Subject], Judgement],
) -> Declaration:
    """Declares a mechanism that protects."""
    return Declaration(
        id, FindingKind.MEASURE, title, what, why, by_hand, remedy, references, judge
    )


def exposure(
    id: str,  # noqa: A002 - the vocabulary's word
    title: str,
    *,
    what: str,
    why: str,
    by_hand: str,
    remedy: str,
    references: tuple[str, ...],
    judge: Callable[[Subject], Judgement],
) -> Declaration:
    """Declares an observed fact that opens a path."""
    return Declaration(
        id, FindingKind.EXPOSURE, title, what, why, by_hand, remedy, references, judge
    )
