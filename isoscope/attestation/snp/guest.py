"""What the report says of the guest and its platform, judged without any certificate."""

from __future__ import annotations

from isoscope.attestation.checks import Check, advised, failed, judged, passed
from isoscope.attestation.snp.report import Report

_ASKED_BY_HOST = 0xFFFFFFFF
_ALIAS_CHECK = 1 << 5
_LEVELS = range(4)


def checks(report: Report) -> list[Check]:
    """The checks ``debug-off``, ``policy`` and ``vmpl``, and what is told beside them."""
    policy = report.policy
    return [
        judged(
            "debug-off",
            holds=not policy.debug,
            yes=f"the host cannot debug it: policy {policy.words()}",
            no=f"policy {policy.words()}: the host may read and change it through the firmware",
        ),
        judged(
            "policy",
            holds=policy.well_formed,
            yes="the policy is one that the firmware knows",
            no=f"{policy.value:#x} has bits that no specification explains",
        ),
        _privilege_level(report),
        advised(
            "migration-off",
            holds=not policy.migratable,
            yes="no migration agent may move it",
            no="a migration agent may move it, and then holds its keys",
        ),
        advised(
            "firmware-committed",
            holds=report.committed_tcb == report.current_tcb,
            yes="its firmware cannot be taken back to an older one",
            no="its firmware is provisional: the host can go back to an older one",
        ),
        advised(
            "memory-aliases-checked",
            holds=bool(report.platform & _ALIAS_CHECK),
            yes="the memory modules were checked for aliases since the last reset",
            no="the memory modules were not checked for aliases (CVE-2024-21944, BadRAM), or the "
            "firmware is too old to say so",
        ),
    ]


def _privilege_level(report: Report) -> Check:
    if report.vmpl == _ASKED_BY_HOST:
        return failed("vmpl", "the host asked for this report, and not the guest")
    if report.vmpl not in _LEVELS:
        return failed("vmpl", f"there is no privilege level {report.vmpl}")
    below = "" if report.vmpl == 0 else "; whatever runs above it (SVSM, paravisor) can read it"
    return passed("vmpl", f"asked by the guest at privilege level {report.vmpl}{below}")
