"""Whether Intel signed the collateral, and whether it speaks of the time in question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from isoscope.attestation.certificate import Certificate
from isoscope.attestation.chain import walk, when
from isoscope.attestation.checks import Check, State, failed, judged, not_possible, passed
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.intel.collateral import Collateral, SignedDocument
from isoscope.attestation.signature import Digest, ecdsa_raw, public_key

FETCH = "Intel's collateral for the platform's FMSPC settles it: give it with --collateral"
_SIGNER = "Intel SGX TCB Signing"


@dataclass(frozen=True, slots=True)
class SignedCollateral:
    """The check ``collateral``, and which documents of it Intel signed.

    Attributes:
        signers: the certificates that signed.
    """

    check: Check
    tcb_info: bool
    qe_identity: bool
    signers: Sequence[Certificate]


@dataclass(frozen=True, slots=True)
class _Outcome:
    state: State
    text: str
    signer: Certificate | None = None


def signed_collateral(
    collateral: Collateral | None, pool: Sequence[Certificate], roots: Mapping[str, str]
) -> SignedCollateral:
    """Whether the TCB signing key signed each document, under a pinned root.

    Args:
        pool: all certificates that were given.
        roots: names of the pinned roots by the SHA-256 of their SubjectPublicKeyInfo.
    """
    name = "collateral"
    if collateral is None:
        return SignedCollateral(not_possible(name, f"none was given. {FETCH}"), False, False, ())
    documents = {
        "TCB info": collateral.tcb_info_document,
        "QE identity": collateral.qe_identity_document,
    }
    outcomes = {
        what: _signed(document, pool, roots)
        for what, document in documents.items()
        if document is not None
    }
    said = "; ".join(f"{what}: {one.text}" for what, one in outcomes.items())
    states = {one.state for one in outcomes.values()}
    if State.FAILED in states:
        check = failed(name, said)
    elif State.NOT_POSSIBLE in states:
        check = not_possible(name, said)
    elif not outcomes:
        check = not_possible(name, f"no TCB info and no QE identity was given. {FETCH}")
    else:
        check = passed(name, said)
    held = {what for what, one in outcomes.items() if one.state is State.PASSED}
    signers = {one.signer.raw: one.signer for one in outcomes.values() if one.signer is not None}
    return SignedCollateral(
        check, "TCB info" in held, "QE identity" in held, tuple(signers.values())
    )


def _signed(
    document: SignedDocument, pool: Sequence[Certificate], roots: Mapping[str, str]
) -> _Outcome:
    candidates = [one for one in pool if one.subject_name == _SIGNER]
    if not candidates:
        return _Outcome(
            State.NOT_POSSIBLE,
            f"the certificate of {_SIGNER} was not given; it is in the header of Intel's answer",
        )
    signer = next((one for one in candidates if _holds(document, one)), None)
    if signer is None:
        return _Outcome(State.FAILED, f"{_SIGNER} did not sign these bytes: they were changed")
    chain = walk(signer, pool)
    if chain.broken:
        return _Outcome(State.FAILED, chain.broken)
    if chain.missing:
        return _Outcome(State.NOT_POSSIBLE, f"{chain.missing}, was not given")
    root = chain.links[-1]
    if root.key_hash not in roots:
        return _Outcome(
            State.FAILED,
            f"signed under a root with the key {root.key_hash[:16]}…, which is not Intel's",
        )
    if len(chain.links) != 2:
        return _Outcome(State.FAILED, f"signed by {_SIGNER}, which Intel's root did not issue")
    return _Outcome(State.PASSED, f"signed by {_SIGNER} under {roots[root.key_hash]}", signer)


def _holds(document: SignedDocument, signer: Certificate) -> bool:
    try:
        key = public_key(signer.public_key_info)
    except EvidenceError:
        return False
    r, s = (int.from_bytes(document.signature[at : at + 32], "big") for at in (0, 32))
    return ecdsa_raw(key, r, s, document.signed, Digest.SHA256)


def validity_check(
    collateral: Collateral | None, signers: Sequence[Certificate], moment: datetime
) -> Check:
    """The check ``collateral-validity``: every part speaks of the moment."""
    name = "collateral-validity"
    if collateral is None:
        return not_possible(name, f"no collateral was given. {FETCH}")
    spans: list[tuple[str, datetime, datetime | None]] = []
    if collateral.tcb_info is not None:
        spans.append(("TCB info", collateral.tcb_info.issued, collateral.tcb_info.next_update))
    if collateral.qe_identity is not None:
        identity = collateral.qe_identity
        spans.append(("QE identity", identity.issued, identity.next_update))
    spans += [
        (f"revocation list {at}", one.this_update, one.next_update)
        for at, one in enumerate(collateral.revocation_lists, 1)
    ]
    spans += [(one.subject_name, one.not_before, one.not_after) for one in signers]
    wrong = [
        f"{what} is of {when(start)}, and speaks until {_ends(end)}"
        for what, start, end in spans
        if moment < start or (end is not None and moment > end)
    ]
    first = min((end for _, _, end in spans if end is not None), default=None)
    return judged(
        name,
        holds=not wrong,
        yes=f"all of it speaks of {when(moment)}; the first part ends {_ends(first)}",
        no=f"not of {when(moment)}: {'; '.join(wrong)}. Fetch it anew",
    )


def _ends(end: datetime | None) -> str:
    return "never" if end is None else when(end)
