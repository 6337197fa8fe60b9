"""What remains to be trusted with a verified report, in words for people."""

from __future__ import annotations

from isoscope.attestation.snp.report import Report, SigningKey
from isoscope.attestation.snp.tcb import tcb_parts

_VENDOR = (
    "AMD: that its processor and its secure processor work as AMD says, and that nobody else has "
    "its signing keys."
)
_AT_THE_MACHINE = (
    "Whoever can reach the machine's memory bus or its sockets with tools: the memory is "
    "encrypted, without a counter against replay."
)


def residual_trust(report: Report) -> tuple[str, ...]:
    """Sentences, the weightiest first."""
    parts = tcb_parts(report.reported_tcb, report.layout())
    levels = ", ".join(f"{name} {level}" for name, level in parts.items())
    said = [
        _VENDOR,
        (
            f"The firmware of the secure processor, version {report.committed_firmware} "
            f"(patch levels: {levels}), with whatever flaws are known of it since."
        ),
        _AT_THE_MACHINE,
    ]
    if report.signing_key is SigningKey.VLEK:
        said.append(
            "The cloud whose VLEK signed: its key speaks for all of its machines, not for one chip."
        )
    if report.chip_masked and report.signing_key is SigningKey.VCEK:
        said.append("The host, for which machine it is: it masks the chip's identity.")
    if report.policy.migratable:
        said.append("The migration agent, which may move the guest and then holds its keys.")
    if report.vmpl:
        said.append(
            f"The software above privilege level {report.vmpl} in the guest (an SVSM or a cloud's "
            "paravisor): it can read and change all that runs below it."
        )
    if report.policy.value & 1 << 16:
        said.append("Sibling threads: the policy lets strangers run on the other thread of a core.")
    return tuple(said)
