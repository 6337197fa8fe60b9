"""What Intel's collateral says of the platform: its quoting enclave and its patch level."""

from __future__ import annotations

from collections.abc import Sequence

from isoscope.attestation.checks import Check, Kind, failed, judged, not_possible
from isoscope.attestation.intel.collateral_checks import FETCH
from isoscope.attestation.intel.pck import Platform
from isoscope.attestation.intel.quote import Quote
from isoscope.attestation.intel.tcb_info import QeIdentity, Standing, TcbInfo, TdxModule
from isoscope.attestation.intel.tcb_levels import (
    ACCEPTED,
    NOT_SUPPORTED,
    RELAUNCH,
    RELAUNCH_CONFIGURATION,
    REVOKED,
    TcbStanding,
    isv_level,
)
from isoscope.attestation.intel.td_report import TdReport

_QE_OF = {Kind.SGX: "QE", Kind.TDX: "TD_QE"}
_UNSIGNED = "what was given is not known to be Intel's"


def qe_identity_check(
    quote: Quote, identity: QeIdentity | None, *, genuine: bool
) -> tuple[Check, Standing | None]:
    """The check ``qe-identity``, and how Intel stands to this quoting enclave where it is its own.

    Args:
        genuine: whether Intel signed the identity.
    """
    name = "qe-identity"
    qe = quote.qe_report
    if qe.debug:
        return failed(name, "the quoting enclave is a debug enclave: the host has its keys"), None
    if identity is None or not genuine:
        why = _UNSIGNED if identity is not None else "no QE identity of Intel's was given"
        text = f"{why}: any enclave could pose as the quoting enclave. {FETCH}"
        return not_possible(name, text), None
    differing = _differing(quote, identity)
    if differing:
        return failed(name, f"not Intel's quoting enclave: {'; '.join(differing)}"), None
    level = isv_level(identity.levels, qe.isvsvn)
    if level is None:
        return failed(name, f"Intel knows no quoting enclave as old as version {qe.isvsvn}"), None
    text = f"Intel's quoting enclave, version {qe.isvsvn}, {level.standing.status}"
    check = judged(name, holds=level.standing.status != REVOKED, yes=text, no=text)
    return check, level.standing


def _differing(quote: Quote, identity: QeIdentity) -> list[str]:
    qe = quote.qe_report
    compared = {
        "kind": (_QE_OF[quote.kind], identity.id),
        "mrsigner": (qe.values["mrsigner"].hex(), identity.mrsigner.hex()),
        "isvprodid": (str(qe.isvprodid), str(identity.isvprodid)),
        "attributes": (
            _masked(qe.values["attributes"], identity.attributes_mask),
            _masked(identity.attributes, identity.attributes_mask),
        ),
        "miscselect": (
            _masked(qe.values["miscselect"], identity.miscselect_mask),
            _masked(identity.miscselect, identity.miscselect_mask),
        ),
    }
    return [
        f"{name} is {is_[:32]}, and Intel's is {wanted[:32]!r}"
        for name, (is_, wanted) in compared.items()
        if is_ != wanted
    ]


def _masked(value: bytes, mask: bytes) -> str:
    return bytes(one & bits for one, bits in zip(value, mask, strict=True)).hex()


def platform_check(quote: Quote, platform: Platform | None, info: TcbInfo | None) -> Check:
    """The check ``platform``: the TCB info speaks of platforms of this kind."""
    name = "platform"
    if info is None:
        return not_possible(name, f"no TCB info was given. {FETCH}")
    if platform is None:
        return not_possible(name, "no PCK certificate says which platform it is")
    wanted = "TDX" if quote.kind is Kind.TDX else "SGX"
    wrong = [
        f"{what} {is_} in the evidence, {of} in the TCB info"
        for what, is_, of in (
            ("TEE", wanted, info.id),
            ("FMSPC", platform.fmspc.hex(), info.fmspc.hex()),
            ("PCEID", platform.pceid.hex(), info.pceid.hex()),
        )
        if is_ != of
    ]
    return judged(
        name,
        holds=not wrong,
        yes=f"the TCB info is for {wanted} on FMSPC {platform.fmspc.hex()}",
        no=f"the TCB info is for other platforms: {'; '.join(wrong)}",
    )


def module_check(td: TdReport, info: TcbInfo | None) -> Check:
    """The check ``tdx-module``: Intel signed the module, and it is in no mode for debugging.

    Args:
        info: a TCB info that Intel signed; without one, what all of Intel's modules have is asked.
    """
    name = "tdx-module"
    module = info.module_of(td.tee_tcb_svn[1]) if info is not None else None
    if info is not None and info.id == "TDX" and module is None:
        return failed(name, f"Intel names no TDX module of version {td.tee_tcb_svn[1]}")
    if module is None:
        module = TdxModule("", bytes(48), bytes(8), b"\xff" * 8, ())
    signer, attributes = td.values["mrsignerseam"], td.values["seam_attributes"]
    same = signer == module.mrsigner and _masked(attributes, module.attributes_mask) == _masked(
        module.attributes, module.attributes_mask
    )
    measurement = td.values["mrseam"].hex()[:16]
    return judged(
        name,
        holds=same,
        yes=f"a TDX module of Intel's, {measurement}…, attributes {attributes.hex()}",
        no=f"TDX module {measurement}…: signer {signer.hex()[:16]}…, attributes "
        f"{attributes.hex()}, and Intel's are {module.mrsigner.hex()[:16]}…, "
        f"{module.attributes.hex()}",
    )


def tcb_check(standing: TcbStanding | None, accepted: Sequence[str]) -> Check:
    """The check ``tcb``.

    Args:
        standing: by a TCB info that Intel signed and a PCK certificate; None where one is missing.
        accepted: the statuses that the tenant accepts; none for those with all updates.
    """
    name = "tcb"
    if standing is None:
        return not_possible(name, f"which updates the platform has is not known. {FETCH}")
    parts = ", ".join(standing.parts)
    if standing.status == NOT_SUPPORTED:
        return failed(name, parts)
    said = f"{standing.status} ({parts}), as of {standing.date or 'no date'}"
    if standing.advisories:
        said += f"; {', '.join(standing.advisories)}"
    if standing.status in {RELAUNCH, RELAUNCH_CONFIGURATION}:
        said += "; launch the TD anew, so that the updated module measures it"
    wanted = frozenset(accepted) - {REVOKED, NOT_SUPPORTED} if accepted else ACCEPTED
    by = "the reference values accept" if accepted else "accepted are"
    return judged(
        name,
        holds=standing.status in wanted,
        yes=said,
        no=f"{said}; {by} {', '.join(sorted(wanted)) or 'none'}",
    )
