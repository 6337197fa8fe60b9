"""Which quoting enclave and which patch level Intel's collateral finds a platform to have."""

from typing import Any

import pytest

from isoscope.attestation.checks import Outcome, Verification
from isoscope.attestation.intel.verify import verify
from isoscope.attestation.question import Question
from tests.fakes import intel_evidence as fake
from tests.unit.attestation.intel_verified import detail, failures, verified

ADVISORIES = ("INTEL-SA-00289", "INTEL-SA-00615")


@pytest.mark.parametrize("changes", [{"fmspc": "00a067110000"}, {"pceId": "0001"}, {"id": "SGX"}])
def test_a_tcb_info_of_other_platforms_is_refused(changes: dict[str, str]) -> None:
    found = verified(collateral=fake.make_collateral(info=fake.tcb_info(**changes)))
    assert "platform" in failures(found)
    assert not found.holds("tcb")


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "QE"},
        {"mrsigner": "00" * 32},
        {"isvprodid": 1},
        {"attributes": "31000000000000000000000000000000"},
        {"miscselect": "01000000"},
        {"tcbLevels": [fake.isv_level(7, "UpToDate")]},
        {"tcbLevels": [fake.isv_level(6, "Revoked")]},
        {"tcbLevels": []},
    ],
)
def test_another_quoting_enclave_than_intels_is_refused(changes: dict[str, Any]) -> None:
    found = verified(collateral=fake.make_collateral(identity=fake.qe_identity(**changes)))
    assert "qe-identity" in failures(found)


def test_a_debug_quoting_enclave_is_refused_even_without_collateral() -> None:
    qe = fake.qe_report(attributes=b"\x13".ljust(16, b"\0"))
    found = verify(fake.make_quote(qe=qe), Question(fake.NOW, fake.pki().roots))
    assert failures(found) == {"qe-identity"}


def test_an_old_quoting_enclave_makes_the_platform_out_of_date() -> None:
    identity = fake.qe_identity(
        tcbLevels=[
            fake.isv_level(8, "UpToDate"),
            fake.isv_level(5, "OutOfDate", "INTEL-SA-00615"),
        ]
    )
    found = verified(collateral=fake.make_collateral(identity=identity))
    assert failures(found) == {"tcb"}
    assert found.claims["tcb_status"] == "OutOfDate"
    assert "INTEL-SA-00615" in detail(found, "tcb")


def test_a_tdx_module_of_another_signer_is_refused_even_without_collateral() -> None:
    quote = fake.make_quote(body=fake.td_report(mrsignerseam=b"\x01" * 48))
    assert failures(verify(quote, Question(fake.NOW, fake.pki().roots))) == {"tdx-module"}
    assert failures(verified(quote)) == {"tdx-module"}


def test_a_tdx_module_with_attributes_is_refused() -> None:
    quote = fake.make_quote(body=fake.td_report(seam_attributes=b"\x01" + bytes(7)))
    assert failures(verified(quote)) == {"tdx-module"}


def with_levels(*levels: dict[str, Any], **changes: Any) -> Verification:  # noqa: ANN401
    """A TD on a platform of those levels."""
    info = fake.tcb_info(tcbLevels=list(levels), **changes)
    return verified(collateral=fake.make_collateral(info=info))


@pytest.mark.parametrize(
    "status",
    ["UpToDate", "SWHardeningNeeded", "ConfigurationNeeded", "ConfigurationAndSWHardeningNeeded"],
)
def test_a_platform_with_all_updates_passes_and_its_advisories_are_told(status: str) -> None:
    found = with_levels(fake.tcb_level(status, *ADVISORIES))
    assert found.outcome is Outcome.VERIFIED
    assert status in detail(found, "tcb")
    assert all(one in detail(found, "tcb") for one in ADVISORIES)
    told = " ".join(found.residual_trust)
    assert status in told
    assert all(one in told for one in ADVISORIES)
    assert f"{fake.NOW - 5 * fake.DAY:%Y-%m-%d}" in told
    assert ("By then the platform had all updates" in told) is (status == "UpToDate")
    assert ("built with the mitigations" in told) is ("SWHardening" in status)
    assert ("set up the platform" in told) is ("Configuration" in status)


@pytest.mark.parametrize(
    "status", ["OutOfDate", "OutOfDateConfigurationNeeded", "Revoked", "SomethingNew"]
)
def test_a_platform_without_all_updates_is_refused(status: str) -> None:
    found = with_levels(fake.tcb_level(status, *ADVISORIES))
    assert failures(found) == {"tcb"}
    assert all(one in detail(found, "tcb") for one in ADVISORIES)


@pytest.mark.parametrize("at", range(16))
def test_a_platform_below_a_level_in_one_component_does_not_reach_it(at: int) -> None:
    needed = list(fake.COMPONENTS)
    needed[at] += 1
    low = fake.tcb_level("OutOfDate", components=[0] * 16, pcesvn=1, tdx=[0] * 16)
    found = with_levels(fake.tcb_level("UpToDate", components=needed), low)
    assert found.claims["tcb_status"] == "OutOfDate"
    alone = with_levels(fake.tcb_level("UpToDate", components=needed))
    assert alone.claims["tcb_status"] == "NotSupported"
    assert failures(alone) == {"tcb"}


def test_a_platform_below_a_level_in_its_pce_does_not_reach_it() -> None:
    found = with_levels(fake.tcb_level("UpToDate", pcesvn=fake.PCESVN + 1))
    assert failures(found) == {"tcb"}


@pytest.mark.parametrize("at", range(16))
def test_a_td_below_a_level_in_one_tdx_component_does_not_reach_it(at: int) -> None:
    """The first two are the module's, where it has a version, and its identity speaks of them."""
    needed = list(fake.TEE_TCB_SVN)
    needed[at] += 1
    found = with_levels(fake.tcb_level("UpToDate", tdx=needed))
    assert found.claims["tcb_status"] == ("UpToDate" if at < 2 else "NotSupported")
    unversioned = fake.make_quote(body=fake.td_report(tee_tcb_svn=bytes((6, 0, 3, *[0] * 13))))
    needed = [6, 0, 3, *[0] * 13]
    needed[at] += 1
    info = fake.tcb_info(tcbLevels=[fake.tcb_level("UpToDate", tdx=needed)])
    found = verified(unversioned, fake.make_collateral(info=info))
    assert found.claims["tcb_status"] == "NotSupported"


def test_the_highest_level_reached_counts_in_whatever_order_they_stand() -> None:
    low = fake.tcb_level("OutOfDate", components=[0] * 16, pcesvn=1, tdx=[0] * 16)
    high = fake.tcb_level("UpToDate")
    for levels in ([low, high], [high, low]):
        assert with_levels(*levels).claims["tcb_status"] == "UpToDate"


def test_a_module_of_another_version_has_a_level_of_its_own() -> None:
    modules = [
        fake.module("TDX_01", fake.isv_level(7, "UpToDate"), fake.isv_level(6, "OutOfDate")),
        fake.module("tdx_0b", fake.isv_level(2, "UpToDate")),
    ]
    info = fake.tcb_info(tdxModuleIdentities=modules)
    collateral = fake.make_collateral(info=info)
    old = verified(collateral=collateral)
    assert failures(old) == {"tcb"}
    assert old.claims["tcb_status"] == "OutOfDate"
    other = fake.make_quote(body=fake.td_report(tee_tcb_svn=bytes((2, 11, 3, *[0] * 13))))
    assert verified(other, collateral).claims["tcb_status"] == "UpToDate"
    unknown = fake.make_quote(body=fake.td_report(tee_tcb_svn=bytes((9, 2, 3, *[0] * 13))))
    assert failures(verified(unknown, collateral)) == {"tcb", "tdx-module"}
    below = fake.make_quote(body=fake.td_report(tee_tcb_svn=bytes((5, 1, 3, *[0] * 13))))
    assert failures(verified(below, collateral)) == {"tcb"}


@pytest.mark.parametrize(
    ("platform", "module", "whole"),
    [
        ("UpToDate", "OutOfDate", "OutOfDate"),
        ("SWHardeningNeeded", "OutOfDate", "OutOfDate"),
        ("ConfigurationNeeded", "OutOfDate", "OutOfDateConfigurationNeeded"),
        ("ConfigurationAndSWHardeningNeeded", "OutOfDate", "OutOfDateConfigurationNeeded"),
        ("OutOfDate", "UpToDate", "OutOfDate"),
        ("OutOfDateConfigurationNeeded", "OutOfDate", "OutOfDateConfigurationNeeded"),
        ("UpToDate", "Revoked", "Revoked"),
        ("Revoked", "UpToDate", "Revoked"),
        ("OutOfDate", "SWHardeningNeeded", "OutOfDate and SWHardeningNeeded"),
    ],
)
def test_the_worse_of_platform_and_module_counts(platform: str, module: str, whole: str) -> None:
    found = with_levels(
        fake.tcb_level(platform),
        tdxModuleIdentities=[fake.module("TDX_01", fake.isv_level(6, module))],
    )
    assert found.claims["tcb_status"] == whole
    assert failures(found) == {"tcb"}


def running(*, now: bytes, platform: str = "UpToDate", qe: str = "UpToDate") -> Verification:
    """A TD of TDX 1.5 that an old module launched, under the one of TEE_TCB_SVN2."""
    body = fake.td_report(3, tee_tcb_svn=bytes((4, 1, 3, *[0] * 13)), tee_tcb_svn2=now)
    info = fake.tcb_info(tcbLevels=[fake.tcb_level(platform)])
    identity = fake.qe_identity(tcbLevels=[fake.isv_level(6, qe)])
    return verified(
        fake.make_quote(version=5, body_type=3, body=body),
        fake.make_collateral(info=info, identity=identity),
    )


def test_a_td_whose_module_was_updated_since_has_to_be_launched_anew() -> None:
    found = running(now=fake.TEE_TCB_SVN)
    assert failures(found) == {"tcb"}
    assert found.claims["tcb_status"] == "TDRelaunchAdvised"
    assert "launch the TD anew" in detail(found, "tcb")
    configured = running(now=fake.TEE_TCB_SVN, platform="ConfigurationNeeded")
    assert configured.claims["tcb_status"] == "TDRelaunchAdvisedConfigurationNeeded"


@pytest.mark.parametrize(
    ("now", "qe"),
    [
        (bytes((5, 1, 3, *[0] * 13)), "UpToDate"),
        (bytes((6, 1, 2, *[0] * 13)), "UpToDate"),
        (bytes((5, 0, 3, *[0] * 13)), "UpToDate"),
        (fake.TEE_TCB_SVN, "OutOfDate"),
    ],
)
def test_launching_anew_is_not_advised_where_it_does_not_help(now: bytes, qe: str) -> None:
    found = running(now=now, qe=qe)
    assert found.claims["tcb_status"] == "OutOfDate"
    assert failures(found) == {"tcb"}


def test_launching_anew_helps_under_a_module_without_a_version_of_its_own() -> None:
    found = running(now=bytes((6, 0, 3, *[0] * 13)))
    assert found.claims["tcb_status"] == "TDRelaunchAdvised"


@pytest.mark.parametrize(
    ("status", "whole"),
    [("Revoked", "Revoked"), ("OutOfDate", "OutOfDate"), ("UpToDate", "UpToDate")],
)
def test_the_module_that_runs_now_counts_as_well(status: str, whole: str) -> None:
    modules = [
        fake.module("TDX_01", fake.isv_level(6, "UpToDate")),
        fake.module("TDX_03", fake.isv_level(1, status)),
    ]
    body = fake.td_report(3, tee_tcb_svn2=bytes((1, 3, 3, *[0] * 13)))
    quote = fake.make_quote(version=5, body_type=3, body=body)
    found = verified(quote, fake.make_collateral(info=fake.tcb_info(tdxModuleIdentities=modules)))
    assert found.claims["tcb_status"] == whole
    assert "running TDX module" in detail(found, "tcb")
    unknown = fake.tcb_info(tdxModuleIdentities=modules[:1])
    assert failures(verified(quote, fake.make_collateral(info=unknown))) == {"tcb"}
