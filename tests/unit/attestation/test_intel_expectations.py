"""What a tenant expects of a quote decides."""

import pytest

from isoscope.attestation.checks import Kind, Outcome, Verification
from isoscope.attestation.reference_values import parse_reference_values
from tests.fakes import intel_evidence as fake
from tests.unit.attestation.intel_verified import QUOTE, failures, impossible, verified

SGX_QUOTE = fake.make_sgx_quote()


def expecting(text: str, quote: bytes = QUOTE, collateral: bytes | None = None) -> Verification:
    expected = parse_reference_values(text, "test")
    return verified(quote, collateral, expected=expected)


def sgx_expecting(text: str) -> Verification:
    return expecting(text, SGX_QUOTE, fake.make_collateral(tee="SGX"))


@pytest.mark.parametrize(
    ("accepted", "status", "outcome"),
    [
        ('["UpToDate"]', "SWHardeningNeeded", Outcome.REFUSED),
        ('["UpToDate", "SWHardeningNeeded"]', "SWHardeningNeeded", Outcome.VERIFIED),
        ('["OutOfDate"]', "OutOfDate", Outcome.VERIFIED),
        ('["OutOfDate"]', "UpToDate", Outcome.REFUSED),
        ('["Revoked"]', "Revoked", Outcome.REFUSED),
        ('["NotSupported"]', "NotSupported", Outcome.REFUSED),
    ],
)
def test_the_tenant_says_which_patch_levels_it_accepts(
    accepted: str, status: str, outcome: Outcome
) -> None:
    level = fake.tcb_level(status)
    if status == "NotSupported":
        level = fake.tcb_level("UpToDate", pcesvn=99)
    collateral = fake.make_collateral(info=fake.tcb_info(tcbLevels=[level]))
    assert expecting(f"[tdx]\naccepted-tcb = {accepted}", QUOTE, collateral).outcome is outcome


def test_a_td_is_measured_by_mrtd_and_its_rtmrs() -> None:
    right = f'[tdx]\nmrtd = "{"4d" * 48}"\nrtmr2 = ["{"00" * 48}", "{"A2" * 48}"]'
    assert expecting(right).holds("measurement")
    for name in ("mrtd", "rtmr0", "rtmr1", "rtmr2", "rtmr3"):
        assert failures(expecting(f'[tdx]\n{name} = "{"00" * 48}"')) == {"measurement"}
    assert "measurement" in impossible(expecting(""))


@pytest.mark.parametrize("name", ["mrconfigid", "mrowner", "mrownerconfig", "xfam", "mrseam"])
def test_each_other_claim_that_is_expected_has_a_check(name: str) -> None:
    size = fake.TD_OFFSETS[name][1]
    said = fake.make_quote(body=fake.td_report(2, **{name: b"\x99" * size}))
    assert expecting(f'[tdx]\n{name} = "{"99" * size}"', said).holds(f"expected-{name}")
    assert failures(expecting(f'[tdx]\n{name} = "{"98" * size}"', said)) == {f"expected-{name}"}


def test_an_enclave_is_measured_by_mrenclave_and_mrsigner() -> None:
    assert sgx_expecting(f'[sgx]\nmrenclave = "{"e1" * 32}"').holds("measurement")
    assert sgx_expecting(f'[sgx]\nmrsigner = "{"51" * 32}"').holds("measurement")
    assert failures(sgx_expecting(f'[sgx]\nmrsigner = "{"52" * 32}"')) == {"measurement"}


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("isvprodid = 7", set()),
        ('isvprodid = "7"', set()),
        ("isvprodid = 6", {"expected-isvprodid"}),
        ('isvprodid = "6"', {"expected-isvprodid"}),
        ("isvsvn = 3", set()),
        ("minimum-isvsvn = 2", set()),
        ("minimum_isvsvn = 4", {"minimum-isvsvn"}),
        ("isvsvn = 4", {"minimum-isvsvn"}),
        ("isvsvn = 1\nminimum-isvsvn = 4", {"minimum-isvsvn"}),
        ("minimum-tcb-evaluation = 18", set()),
        ("minimum-tcb-evaluation = 19", {"minimum-tcb-evaluation"}),
        ("minimum-tcb = { snp = 3 }", {"minimum-tcb.snp"}),
        ("no-such-number = 1", {"expected-no-such-number"}),
        ('no-such-claim = "1"', {"expected-no-such-claim"}),
    ],
)
def test_every_expectation_decides(text: str, refused: set[str]) -> None:
    assert failures(sgx_expecting(f"[sgx]\n{text}")) == refused


def test_expectations_of_another_kind_do_not_matter() -> None:
    assert expecting(f'[sgx]\nmrenclave = "{"00" * 32}"').outcome is Outcome.VERIFIED


def test_an_enclave_is_no_td() -> None:
    found = sgx_expecting("")
    assert found.kind is Kind.SGX
    assert found.check("tdx-module") is None
