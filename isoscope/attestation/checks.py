"""The outcome of a verification: named checks, each with its state and its reason, never a yes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """A format of evidence, by its name in the outside contract."""

    SEV_SNP = "sev-snp"
    AZURE_HCL = "azure-hcl"
    TDX = "tdx"
    SGX = "sgx"
    AWS_NITRO = "aws-nitro"
    ARM_CCA = "arm-cca"
    NVIDIA_GPU = "nvidia-gpu"


class State(StrEnum):
    """What became of one check."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_POSSIBLE = "not-possible"
    """Something that it needs was not given, or the evidence does not say it."""


class Outcome(StrEnum):
    """What all checks together come to."""

    VERIFIED = "verified"
    REFUSED = "refused"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Check:
    """One question that was asked of the evidence.

    Attributes:
        name: stable across versions; scripts rely on it.
        detail: what was seen, and where it failed or was not possible, what to do.
        advisory: it informs and never refuses: real platforms fail it and hold nevertheless.
    """

    name: str
    state: State
    detail: str
    advisory: bool = False

    def __post_init__(self) -> None:
        if not self.name or not self.detail:
            raise ValueError("a check has a name and says what it saw")


def passed(name: str, detail: str) -> Check:
    """A check that held."""
    return Check(name, State.PASSED, detail)


def failed(name: str, detail: str) -> Check:
    """A check that did not hold, which refuses the evidence."""
    return Check(name, State.FAILED, detail)


def not_possible(name: str, detail: str) -> Check:
    """A check that could not be made, and what would make it possible."""
    return Check(name, State.NOT_POSSIBLE, detail)


def judged(name: str, *, holds: bool, yes: str, no: str) -> Check:
    """A check that passed with the text ``yes``, or failed with the text ``no``."""
    return passed(name, yes) if holds else failed(name, no)


def advised(name: str, *, holds: bool, yes: str, no: str) -> Check:
    """A check that is told, and decides nothing."""
    state = State.PASSED if holds else State.FAILED
    return Check(name, state, yes if holds else no, advisory=True)


@dataclass(frozen=True, slots=True)
class Verification:
    """All that was checked of one piece of evidence.

    Attributes:
        evaluated_at: the time at which validity was judged, with its zone.
        required: the checks without which this kind is not verified.
        claims: what the evidence states of its workload, by field; hexadecimal for bytes.
        relies_on: the parties whose word remains, by their names in the design's vocabulary.
        residual_trust: what remains to be trusted where it is verified, in sentences for people.
        title: what the evidence is, in words.
    """

    kind: Kind
    title: str
    evaluated_at: datetime
    checks: Sequence[Check]
    required: frozenset[str]
    claims: Mapping[str, str]
    relies_on: Sequence[str]
    residual_trust: Sequence[str] = field(default=())

    def __post_init__(self) -> None:
        if self.evaluated_at.tzinfo is None:
            raise ValueError("the time of evaluation has a zone")
        names = [check.name for check in self.checks]
        if len(set(names)) != len(names):
            raise ValueError("a check is named twice")
        if missing := self.required - set(names):
            raise ValueError(f"required, and not checked: {', '.join(sorted(missing))}")

    @property
    def outcome(self) -> Outcome:
        """Refused where a check failed; verified where every required one passed."""
        deciding = [check for check in self.checks if not check.advisory]
        if any(check.state is State.FAILED for check in deciding):
            return Outcome.REFUSED
        held = {check.name for check in deciding if check.state is State.PASSED}
        return Outcome.VERIFIED if self.required <= held else Outcome.INCOMPLETE

    def check(self, name: str) -> Check | None:
        """The check of that name; None where this kind has none."""
        return next((check for check in self.checks if check.name == name), None)

    def holds(self, name: str) -> bool:
        """Whether that check was made and passed."""
        check = self.check(name)
        return check is not None and check.state is State.PASSED

    def failures(self) -> Sequence[Check]:
        """The checks that refuse it."""
        return tuple(c for c in self.checks if c.state is State.FAILED and not c.advisory)


def first_failure(checks: Iterable[Check]) -> Check | None:
    """The first check that refuses, in the order of the checks."""
    return next((c for c in checks if c.state is State.FAILED and not c.advisory), None)
