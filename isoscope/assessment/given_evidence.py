"""Attestation evidence that somebody gave for a workload, verified, as the ladders take it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from isoscope.attestation.checks import Kind, Outcome, Verification
from isoscope.inventory.observation import EXCERPT_LIMIT, Evidence, Observation, Party

OF_MACHINES: Mapping[Kind, frozenset[str]] = {
    Kind.SEV_SNP: frozenset({"sev-snp"}),
    Kind.AZURE_HCL: frozenset({"sev-snp"}),
    Kind.TDX: frozenset({"tdx"}),
    Kind.ARM_CCA: frozenset({"cca"}),
}
"""Kinds of evidence that speak of a whole machine, and what its manager calls such a machine."""


@dataclass(frozen=True)
class GivenEvidence:
    """One piece of evidence for one workload.

    That it is this workload's evidence is the word of whoever gave it; what binds it is one of its
    checks.

    Attributes:
        workload: its id.
        source: the file, or whatever it came from.
        at: when it was given, in seconds since the epoch.
        verification: what was checked of it.
    """

    workload: str
    source: str
    at: float
    verification: Verification

    @cached_property
    def observation(self) -> Observation[Outcome]:
        """What it comes to, on the word of those who signed it."""
        verification = self.verification
        said = "\n".join(
            f"{check.name}: {check.state.value}: {check.detail}" for check in verification.checks
        )
        if len(said) > EXCERPT_LIMIT:
            said = said[:EXCERPT_LIMIT] + " …"
        return Observation(
            self.workload,
            f"attestation ({verification.kind.value})",
            verification.outcome,
            None,
            (Evidence(self.source, said, self.at, "given by hand"),),
            frozenset(Party(party) for party in verification.relies_on),
        )


def by_workload(given: Iterable[GivenEvidence]) -> Mapping[str, Sequence[GivenEvidence]]:
    """The evidence of each workload that some was given for."""
    found: dict[str, list[GivenEvidence]] = {}
    for one in given:
        found.setdefault(one.workload, []).append(one)
    return found
