"""What remains to be trusted with a verified quote, in words for people."""

from __future__ import annotations

from isoscope.attestation.intel.collateral import Collateral
from isoscope.attestation.intel.pck import Platform
from isoscope.attestation.intel.quote import Quote
from isoscope.attestation.intel.tcb_levels import UP_TO_DATE, TcbStanding
from isoscope.attestation.intel.td_report import TdReport

_INTEL = (
    "Intel: that its processor works as Intel says, and that nobody else has the keys by which it "
    "certifies processors and publishes patch levels."
)
_STANDARD_MEMORY = 0  # of "SGX type": client processors, with an integrity tree


def residual_trust(
    quote: Quote,
    platform: Platform | None,
    collateral: Collateral | None,
    standing: TcbStanding | None,
) -> tuple[str, ...]:
    """Sentences, the weightiest first.

    Args:
        standing: by collateral that Intel signed; None without.
    """
    said = [_INTEL]
    qe = quote.qe_report
    measurement = qe.values["mrenclave"].hex()[:16]
    if quote.td is not None:
        said += _module(quote.td)
    said.append(
        f"Intel's quoting enclave ({measurement}…, version {qe.isvsvn}), which signed on the same "
        "machine: whoever breaks into it makes quotes of anything."
    )
    said.append(_patch_level(collateral, standing))
    if quote.td is not None:
        said += _td(quote.td)
    if platform is None or platform.memory != _STANDARD_MEMORY:
        said.append(
            "Whoever can reach the machine's memory bus or its sockets with tools: on server "
            "processors the memory is encrypted without protection against replay."
        )
    if platform is not None and platform.settings.get("smt_enabled"):
        said.append(
            "Sibling threads: simultaneous multithreading is on, and strangers may run on the "
            "other thread of a core."
        )
    return tuple(said)


def _module(td: TdReport) -> list[str]:
    module = f"{td.values['mrseam'].hex()[:16]}…, TEE_TCB_SVN {td.tee_tcb_svn.hex()}"
    said = [f"Intel's TDX module ({module}), which stands between the host and the guest."]
    now = td.values.get("tee_tcb_svn2")
    if now is not None and now != td.tee_tcb_svn:
        said.append(
            f"The TDX module that runs now, TEE_TCB_SVN2 {now.hex()}: it was updated while the "
            "guest ran, and another one launched it."
        )
    return said


def _patch_level(collateral: Collateral | None, standing: TcbStanding | None) -> str:
    if standing is None or collateral is None or collateral.tcb_info is None:
        return "The operator, for the patch level: no collateral of Intel's says which it is."
    info = collateral.tcb_info
    text = (
        f"Intel's word of {info.issued:%Y-%m-%d} on the patch level (evaluation "
        f"{info.evaluation}), {standing.status}: flaws found since are not in it."
    )
    if standing.advisories:
        text += f" Advisories that apply: {', '.join(standing.advisories)}."
    if "SWHardening" in standing.status:
        text += " The workload itself has to be built with the mitigations that they name."
    if "Configuration" in standing.status:
        text += " The operator has to set up the platform as they say, which no quote shows."
    if standing.status == UP_TO_DATE:
        text += " By then the platform had all updates."
    return text


def _td(td: TdReport) -> list[str]:
    said = []
    if td.service_td:
        said.append(
            f"The migration service bound to the guest (MRSERVICETD {td.service_td.hex()[:16]}…): "
            "it moves the guest to other machines with its keys, and decides to which."
        )
    elif td.migratable:
        said.append(
            "A migration service that is not bound yet: the guest may be moved to another machine."
        )
    return said
