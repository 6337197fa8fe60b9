"""What tests ask of a verification."""

from isoscope.attestation.checks import Check, State, Verification


def check(verification: Verification, name: str) -> Check:
    """The check of that name, which has to be among them."""
    found = verification.check(name)
    assert found is not None, name
    return found


def state(verification: Verification, name: str) -> State:
    """How the check of that name came out."""
    return check(verification, name).state


def refused_by(verification: Verification) -> list[str]:
    """The names of the checks that failed, in their order."""
    return [check.name for check in verification.failures()]
