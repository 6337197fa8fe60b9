"""Which level of Intel's TCB info a platform reaches, and what that comes to.

The procedure is that of Intel's API for the Provisioning Certification Service ("Get TCB info")
and of its quote verification library: SGX components, PCE, TDX components, TDX module, QE.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from isoscope.attestation.intel.pck import Platform
from isoscope.attestation.intel.tcb_info import IsvLevel, Standing, TcbInfo, TcbLevel
from isoscope.attestation.intel.td_report import TdReport

UP_TO_DATE = "UpToDate"
OUT_OF_DATE = "OutOfDate"
REVOKED = "Revoked"
NOT_SUPPORTED = "NotSupported"
RELAUNCH = "TDRelaunchAdvised"
RELAUNCH_CONFIGURATION = "TDRelaunchAdvisedConfigurationNeeded"
_OUT_OF_DATE_CONFIGURATION = "OutOfDateConfigurationNeeded"
ACCEPTED = frozenset(
    {
        UP_TO_DATE,
        "SWHardeningNeeded",
        "ConfigurationNeeded",
        "ConfigurationAndSWHardeningNeeded",
    }
)
"""The statuses of platforms that have all updates; what else is needed, the workload does."""

_WHERE_PART_IS_OUT_OF_DATE = {
    UP_TO_DATE: OUT_OF_DATE,
    "SWHardeningNeeded": OUT_OF_DATE,
    "ConfigurationNeeded": _OUT_OF_DATE_CONFIGURATION,
    "ConfigurationAndSWHardeningNeeded": _OUT_OF_DATE_CONFIGURATION,
    _OUT_OF_DATE_CONFIGURATION: _OUT_OF_DATE_CONFIGURATION,
}


@dataclass(frozen=True, slots=True)
class TcbStanding:
    """What all parts of a platform come to.

    Attributes:
        status: Intel's word, or ``NotSupported`` where no level is reached.
        date: until when the platform has all updates; empty where no level is reached.
        parts: what each part has, for people.
    """

    status: str
    date: str
    advisories: tuple[str, ...]
    parts: tuple[str, ...]


def isv_level(levels: Sequence[IsvLevel], isvsvn: int) -> IsvLevel | None:
    """The highest level that a security version reaches; None where it reaches none."""
    return next((level for level in levels if isvsvn >= level.isvsvn), None)


def tcb_standing(
    info: TcbInfo, platform: Platform, td: TdReport | None, qe: Standing | None
) -> TcbStanding:
    """What the platform, its TDX module and its quoting enclave come to.

    Args:
        td: the TD's report; None for an enclave.
        qe: of the quoting enclave; None where its identity was not given.
    """
    reached = [level for level in info.levels if _reaches(level, platform)]
    if not reached:
        return _none("no level of Intel's is as low as this platform: " + _versions(platform))
    if td is None:
        return _with_qe(_of(reached[0].standing), qe)
    level = next((one for one in reached if _reaches_tdx(one, td.tee_tcb_svn)), None)
    if level is None:
        return _none(f"no level of Intel's is as low as TEE_TCB_SVN {td.tee_tcb_svn.hex()}")
    module = _module_standing(info, td.tee_tcb_svn)
    if module is None:
        return _none(f"Intel names no level for TDX module {_module_words(td.tee_tcb_svn)}")
    standing = _merged(_of(level.standing), module, "TDX module")
    now = td.values.get("tee_tcb_svn2", td.tee_tcb_svn)
    if now != td.tee_tcb_svn:
        running = _module_standing(info, now)
        if running is None:
            return _none(f"Intel names no level for the running TDX module {_module_words(now)}")
        standing = _merged(standing, running, "running TDX module")
    if _relaunch_helps(info, reached[0].standing, standing, module, now) and _runs(qe):
        needs = _needs_configuration(standing.status) or _needs_configuration(
            reached[0].standing.status
        )
        standing = TcbStanding(
            RELAUNCH_CONFIGURATION if needs else RELAUNCH,
            standing.date,
            standing.advisories,
            standing.parts,
        )
    return _with_qe(standing, qe)


def _none(why: str) -> TcbStanding:
    return TcbStanding(NOT_SUPPORTED, "", (), (why,))


def _versions(platform: Platform) -> str:
    return f"components {bytes(platform.components).hex()}, PCE {platform.pcesvn}"


def _of(standing: Standing) -> TcbStanding:
    said = f"platform {standing.status}"
    return TcbStanding(standing.status, standing.date, standing.advisories, (said,))


def _reaches(level: TcbLevel, platform: Platform) -> bool:
    return platform.pcesvn >= level.pcesvn and all(
        has >= needs for has, needs in zip(platform.components, level.components, strict=True)
    )


def _reaches_tdx(level: TcbLevel, tee_tcb_svn: bytes) -> bool:
    """From the third on where the first two are the module's, which has levels of its own."""
    start = 2 if tee_tcb_svn[1] else 0
    pairs = zip(tee_tcb_svn[start:], level.tdx_components[start:], strict=True)
    return all(has >= needs for has, needs in pairs)


def _module_standing(info: TcbInfo, tee_tcb_svn: bytes) -> Standing | None:
    """Of the TDX module; that of version 0 has no levels beside the platform's."""
    isvsvn, version = tee_tcb_svn[0], tee_tcb_svn[1]
    if version == 0:
        return Standing(UP_TO_DATE, "", ())
    module = info.module_of(version)
    level = isv_level(module.levels, isvsvn) if module is not None else None
    return level.standing if level is not None else None


def _module_words(tee_tcb_svn: bytes) -> str:
    return f"TDX_{tee_tcb_svn[1]:02X}, security version {tee_tcb_svn[0]}"


def _merged(whole: TcbStanding, part: Standing, name: str) -> TcbStanding:
    """The worse of the two, and the advisories of both."""
    if REVOKED in {part.status, whole.status}:
        status = REVOKED
    elif part.status == OUT_OF_DATE:
        status = _WHERE_PART_IS_OUT_OF_DATE.get(whole.status, OUT_OF_DATE)
    elif part.status == UP_TO_DATE:
        status = whole.status
    else:  # Intel gives parts no other; both are said, which nobody accepts by mistake
        status = f"{whole.status} and {part.status}"
    return TcbStanding(
        status,
        min(date for date in (whole.date, part.date) if date) if part.date else whole.date,
        tuple(dict.fromkeys((*whole.advisories, *part.advisories))),
        (*whole.parts, f"{name} {part.status}"),
    )


def _with_qe(standing: TcbStanding, qe: Standing | None) -> TcbStanding:
    if qe is None:
        return replace(standing, parts=(*standing.parts, "quoting enclave not known"))
    return _merged(standing, qe, "quoting enclave")


def _runs(qe: Standing | None) -> bool:
    return qe is None or qe.status not in {OUT_OF_DATE, REVOKED}


def _needs_configuration(status: str) -> bool:
    return "Configuration" in status


def _relaunch_helps(
    info: TcbInfo, platform: Standing, standing: TcbStanding, launched_by: Standing, now: bytes
) -> bool:
    """Whether only the module that launched the TD is old, and the one that runs now is not.

    Intel's quote verification library, TDRelaunchCheck.

    Args:
        now: TEE_TCB_SVN2, of the module that runs; TEE_TCB_SVN where the report has none.
    """
    running = _module_standing(info, now)
    if (
        platform.status not in ACCEPTED
        or standing.status not in {OUT_OF_DATE, _OUT_OF_DATE_CONFIGURATION}
        or launched_by.status != OUT_OF_DATE
        or running is None
        or running.status != UP_TO_DATE
    ):
        return False
    latest = info.levels[0].tdx_components
    module = info.module_of(now[1])
    least = latest[0] if now[1] == 0 or module is None else module.levels[0].isvsvn
    return now[0] >= least and now[2] >= latest[2]
