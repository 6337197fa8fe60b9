"""What became of a piece of evidence, in one sentence, and what it leaves to be trusted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from isoscope.assessment.vocabulary import Status
from isoscope.attestation.checks import Outcome, State
from isoscope.reports.report import EvidenceReport

OUTCOME_STATUS = {
    Outcome.VERIFIED: Status.MEETS,
    Outcome.REFUSED: Status.FALLS_SHORT,
    Outcome.INCOMPLETE: Status.UNPROVEN,
}


def evidence_sentence(evidence: EvidenceReport) -> str:
    """``verified: an AMD SEV-SNP report …``, with what refused it or what is missing."""
    verification = evidence.verification
    first = (
        f"{verification.outcome.value}: {verification.title} ({evidence.source}), as of "
        f"{verification.evaluated_at:%Y-%m-%d}"
    )
    if failures := verification.failures():
        return f"{first}: {failures[0].name}: {failures[0].detail}"
    missing = [
        check
        for check in verification.checks
        if check.state is State.NOT_POSSIBLE and check.name in verification.required
    ]
    if missing:
        return f"{first}: {missing[0].name}: {missing[0].detail}"
    unasked = [name for name in ("nonce", "measurement", "binding") if not verification.holds(name)]
    return f"{first}; not shown: {', '.join(unasked)}" if unasked else first


def residual_trust(evidence: Iterable[EvidenceReport]) -> Sequence[str]:
    """What the verified evidence leaves to be trusted, each sentence once."""
    said = [
        sentence
        for one in evidence
        if one.verification.outcome is Outcome.VERIFIED
        for sentence in one.verification.residual_trust
    ]
    return tuple(dict.fromkeys(said))
