"""What the claims of a token come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from isoscope.attestation.cca.token import Token
from isoscope.attestation.checks import Check, State, failed, judged, not_possible, passed
from isoscope.attestation.reference_values import Expected

_PROFILES = {
    # Platform and realm: of RMM 1.0 before the draft, and of the draft.
    "http://arm.com/CCA-SSD/1.0.0": "",
    "tag:arm.com,2023:cca_platform#1.0.0": "tag:arm.com,2023:realm#1.0.0",
}
_SECURED = 0x30
_DEBUG = frozenset({0x40, 0x50})
_STATES = {
    0x00: "unknown",
    0x10: "assembly and test",
    0x20: "being provisioned",
    _SECURED: "secured",
    0x40: "debugged, outside of the root of trust",
    0x50: "debugged, recoverable",
    0x60: "decommissioned",
}


def _state(lifecycle: int) -> str:
    return f"lifecycle {lifecycle:#06x}, {_STATES.get(lifecycle >> 8, 'reserved')}"


def profile(token: Token) -> Check:
    """Whether it is known what the claims mean; later profiles bind the realm in another way."""
    platform, realm = token.platform.profile, token.realm.profile
    if _PROFILES.get(platform) == realm:
        return passed("profile", f"{platform}, with a realm of {realm or 'no profile'}")
    return not_possible(
        "profile",
        f"profile {platform[:60]!r} with a realm of {realm[:60]!r}: what its claims mean is not "
        "known here",
    )


def lifecycle(value: int) -> Check:
    """Whether the platform is in the state in which its keys are kept (DEN0137, A7.2.3)."""
    return judged(
        "lifecycle",
        holds=value >> 8 == _SECURED,
        yes=_state(value),
        no=f"{_state(value)}: only 0x3000 to 0x30ff is secured",
    )


def debug_off(value: int) -> Check:
    """Whether the platform is not being debugged; of other states than these nobody says."""
    name = "debug-off"
    if value >> 8 == _SECURED:
        return passed(name, _state(value))
    if value >> 8 in _DEBUG:
        return failed(name, _state(value))
    return not_possible(name, f"{_state(value)}, which does not say")


def platform_software(
    claims: Mapping[str, str], expected: Expected, software: Sequence[str]
) -> Check:
    """Whether all firmware that was measured is firmware that is known."""
    name = "platform-software"
    wanted = {one: expected.allowed[one] for one in expected.allowed if one in software}
    if wrong := [one for one in wanted if claims[one] not in wanted[one]]:
        return failed(name, f"{', '.join(wrong)} differs from what is expected")
    absent = [one for one in expected.allowed if _is_software(one) and one not in software]
    if absent:
        return failed(name, f"{', '.join(absent)} is expected, and the platform does not name it")
    if not software:
        return not_possible(name, "the platform measured no component")
    if unnamed := [one for one in software if one not in wanted]:
        return not_possible(
            name,
            f"{len(unnamed)} of {len(software)} components have no reference value, "
            f"{unnamed[0]} for one: monitor (RMM) and firmware may be anybody's",
        )
    return passed(name, f"{len(software)} components as expected")


def _is_software(claim: str) -> bool:
    return claim.startswith("software_") and not claim.endswith(("_signer", "_version"))


def is_known(firmware: Check) -> bool:
    """Whether the platform's firmware need not be believed, being known."""
    return firmware.state is State.PASSED


def residual_trust(*, known: bool) -> Sequence[str]:
    """What remains, in sentences."""
    firmware = (
        "The firmware and monitor (RMM) of the platform are those expected; that they have no "
        "flaws remains to be trusted."
        if known
        else "The firmware and monitor (RMM) of the platform are not compared with anything: they "
        "can read and change the realm."
    )
    return (
        "The chip's maker, and whoever says whose its key is: Arm has no root of its own.",
        firmware,
        "The host sets the personalization value, and can start another realm with the same.",
    )
