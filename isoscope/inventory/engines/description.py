"""A workload as its manager describes it, and how one document's fields become observations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from isoscope.inventory.json_fields import NotSaidError, excerpt_of, parse_json
from isoscope.inventory.observation import (
    Doubt,
    Observation,
    Party,
    Reason,
    Unknown,
    known,
    unknown,
)
from isoscope.inventory.workload import (
    Attributes,
    DeclaredContainer,
    DeclaredMachine,
    WorkloadKind,
)
from isoscope.snapshot.reading import Gap, Reading

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Described:
    """One workload in its manager's words."""

    id: str
    """Id of the outside contract: ``docker:ID``, ``containerd:NS/ID``, ``libvirt:UUID`` …"""
    kind: WorkloadKind
    engine: str
    """``docker``, ``podman``, ``containerd`` …: who answered, whichever socket was asked."""
    name: str
    state: str
    """In the manager's word; ``unknown`` where it did not say, empty where only the kernel does."""
    runs: bool
    """Whether it has processes, by the manager's word; where that is not known, as if it had."""
    pid: int | None
    """Its first process, or its VMM; None where there is none or the manager did not say."""
    attributes: Attributes
    endpoint: Reading
    """Where its manager was reached: the first request to it."""
    container: DeclaredContainer | None = None
    machine: DeclaredMachine | None = None
    security_labels: Observation[tuple[str, ...]] | None = None
    """Labels of mandatory access control that the manager says it gave: ``selinux LABEL``,
    ``apparmor PROFILE``."""
    pod: str = ""
    """The manager's id of the pod that it belongs to."""
    infrastructure: bool = False
    """Whether it only holds the namespaces of its pod."""
    attributes_unknown: Unknown | None = None
    """Why its attributes are not known; None where they are."""
    cgroup: str = ""
    """Path of the cgroup that its manager made for it; empty where that is not said."""
    by_pid_file: bool = False
    """Whether its first process is known by a file only, which may outlive the process."""
    directory: str = ""
    """Where LXC keeps it, of a container of LXC's: ``LXCPATH/NAME``."""
    uuid: str = ""
    """Of a virtual machine, as its VMM's command line has it; empty where it has none."""
    xen_domain: str = ""
    """Number of a guest of Xen, which no process of the host need belong to."""


@dataclass(frozen=True, slots=True)
class JsonDescription:
    """One manager's JSON document about one subject, whose fields are looked at one by one: a
    field that is not as expected is unknown, and the others count."""

    subject: str
    reading: Reading
    parties: frozenset[Party]
    document: object = None
    doubt: Unknown | None = None
    """Why there is no document."""

    @classmethod
    def of(cls, subject: str, reading: Reading, parties: frozenset[Party]) -> JsonDescription:
        """The document that a reading holds, or why there is none."""
        doubt = doubt_of(reading)
        if doubt is not None:
            return cls(subject, reading, parties, None, doubt)
        try:
            return cls(subject, reading, parties, parse_json(reading.text()))
        except ValueError as error:
            return cls(subject, reading, parties, None, misunderstood(reading, error))

    def observe(self, key: str, read: Callable[[object], T], *path: str) -> Observation[T]:
        """What ``read`` makes of the document; its ``ValueError`` is an unknown.

        ``path`` is the field that is quoted as evidence.
        """
        if self.doubt is not None:
            return self._unknown(key, self.doubt)
        try:
            value = read(self.document)
        except ValueError as error:
            return self._unknown(key, misunderstood(self.reading, error))
        return known(
            self.subject,
            key,
            value,
            self.reading,
            parties=self.parties,
            excerpt=excerpt_of(self.document, *path),
        )

    def value(self, read: Callable[[object], T], otherwise: T) -> T:
        """What ``read`` makes of the document, for what is shown but judged by nobody."""
        if self.doubt is not None:
            return otherwise
        try:
            return read(self.document)
        except ValueError:
            return otherwise

    def _unknown(self, key: str, doubt: Unknown) -> Observation[T]:
        return unknown(
            self.subject,
            key,
            doubt.reason,
            doubt.explanation,
            doubt.settled_by,
            parties=self.parties,
        )


def doubt_of(reading: Reading) -> Unknown | None:
    """Why a reading says nothing; None where it does."""
    if reading.gap is not None:
        detail = f" ({reading.detail})" if reading.detail else ""
        return Unknown(
            reading.gap, f"{reading.source}: {reading.gap}{detail}", settled_by(reading.gap)
        )
    if reading.truncated:
        explanation = f"{reading.source}: only its beginning was kept"
        return Unknown(Gap.TOO_LARGE, explanation, settled_by(Gap.TOO_LARGE))
    return None


def misunderstood(reading: Reading, error: ValueError) -> Unknown:
    """That a document does not say something, or says it in no known way."""
    reason = Doubt.NOT_SAID if isinstance(error, NotSaidError) else Doubt.NOT_UNDERSTOOD
    return Unknown(reason, f"{reading.source}: {error}", settled_by(reason))


def settled_by(reason: Reason) -> str:
    """What a person can do about a manager that does not say something."""
    return _SETTLED_BY.get(reason, "look at what the manager says by hand")


_SETTLED_BY: dict[Reason, str] = {
    Gap.DENIED: "run Isoscope as root, or as a user who may use the manager's socket",
    Gap.TIMED_OUT: "find out why the manager does not answer, or allow more with --timeout",
    Gap.REFUSED: "start the manager, or remove the socket that it left behind",
    Gap.UNSUPPORTED: "scan the running host, with the manager's client installed",
    Gap.NOT_READ: "scan again, with this manager's probe and its usual places",
    Gap.TOO_LARGE: "look at the document by hand: it is longer than is kept",
    Doubt.NOT_SAID: "look with the manager's own client, or use a newer version of the manager",
}
