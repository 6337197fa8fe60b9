"""Self-made quotes, verified with self-made collateral."""

from typing import Any

from isoscope.attestation.checks import State, Verification
from isoscope.attestation.intel.verify import verify
from isoscope.attestation.question import Question
from tests.fakes import intel_evidence as fake

QUOTE = fake.make_quote()


def verified(
    quote: bytes = QUOTE,
    collateral: bytes | None = None,
    by: fake.Pki | None = None,
    **changes: Any,  # noqa: ANN401
) -> Verification:
    """With the collateral given, and the self-made root pinned."""
    by = by or fake.pki()
    usual: dict[str, Any] = {"moment": fake.NOW, "roots": by.roots}
    collateral = fake.make_collateral(by) if collateral is None else collateral
    return verify(quote, Question(**(usual | {"collateral": collateral} | changes)))


def failures(found: Verification) -> set[str]:
    return {one.name for one in found.failures()}


def impossible(found: Verification) -> set[str]:
    return {one.name for one in found.checks if one.state is State.NOT_POSSIBLE}


def detail(found: Verification, name: str) -> str:
    check = found.check(name)
    assert check is not None
    return check.detail
