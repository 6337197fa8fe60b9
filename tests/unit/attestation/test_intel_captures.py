"""Real quotes of real machines reach the verdicts that an independent verifier reached."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from isoscope.attestation.checks import Outcome, State, Verification
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.intel.collateral import parse_collateral
from isoscope.attestation.intel.verify import recognises, verify
from isoscope.attestation.question import Question
from isoscope.attestation.roots import parse_roots
from tests.captures import directory_of_captures

ROOTS = parse_roots(
    (Path(__file__).parents[3] / "assets/attestation/roots.toml").read_text(encoding="utf-8")
)
# Its names of checks, by ours. A stale revocation list is told twice: as collateral that has ended,
# and as revocation that nobody can answer.
OURS = {
    "tcbInfo fresh": {"collateral-validity"},
    "qeIdentity fresh": {"collateral-validity"},
    "root CRL fresh": {"collateral-validity", "revocation"},
    "PCK CRL fresh": {"collateral-validity", "revocation"},
    "TD debug (attr byte0) off": {"debug-off"},
    "enclave DEBUG off": {"debug-off"},
    "quote signature (att key)": {"signature"},
    "SEPT_VE_DISABLE": {"sept-ve-disable"},
}
ADVISORY = {"sept-ve-disable"}


def evidence(path: str) -> bytes:
    captures = directory_of_captures()
    file = captures / "attestation" / path if captures else None
    if file is None or not file.exists():
        pytest.skip("the captures of attestation evidence are not here: set ISOSCOPE_CAPTURES")
    return file.read_bytes()


def verdicts() -> list[Mapping[str, object]]:
    captures = directory_of_captures()
    file = captures / "attestation/verdicts.json" if captures else None
    if file is None or not file.exists():
        return []
    return [
        row
        for row in json.loads(file.read_bytes())
        if str(row["files"][0]).startswith(("tdx/", "sgx/"))
    ]


@dataclass(frozen=True)
class Row:
    """One row of the verdicts, typed."""

    name: str
    quote: str
    moment: datetime
    failed: frozenset[str]
    tcb: Mapping[str, Mapping[str, object]] | None

    @staticmethod
    def of(row: Mapping[str, object]) -> "Row":
        files, said = row["files"], row["failed"]
        assert isinstance(files, list)
        assert isinstance(said, list)
        tcb = row["tcb"]
        assert tcb is None or isinstance(tcb, dict)
        failed = frozenset(name for one in said for name in OURS[one])
        moment = datetime.fromisoformat(str(row["evaluated_at"]))
        return Row(str(row["name"]), files[0], moment, failed, tcb)

    def verified(self) -> Verification:
        collateral = None
        if self.tcb is not None:
            collateral = evidence(f"{Path(self.quote).parent}/collateral.json")
        return verify(evidence(self.quote), Question(self.moment, ROOTS, collateral=collateral))


ROWS: list[Mapping[str, object] | None] = [*verdicts()] or [None]


@pytest.fixture(params=ROWS, ids=lambda row: row["name"] if row else "no captures")
def row(request: pytest.FixtureRequest) -> Row:
    if request.param is None:
        pytest.skip("the captures of attestation evidence are not here: set ISOSCOPE_CAPTURES")
    return Row.of(request.param)


def test_a_real_quote_fails_the_checks_that_it_failed_elsewhere_and_no_other(row: Row) -> None:
    expected = set(row.failed)
    if (
        row.tcb is not None
        and row.tcb["tcb"]["tdx" if row.quote.startswith("tdx") else "sgx"] is None
    ):
        expected.add("tcb")  # there it is no failed check, but a platform without a level
    found = row.verified()
    assert {one.name for one in found.checks if one.state is State.FAILED} == expected
    if expected - ADVISORY:
        assert found.outcome is Outcome.REFUSED
    else:
        assert found.outcome is (Outcome.VERIFIED if row.tcb else Outcome.INCOMPLETE)


def test_a_real_platform_has_the_patch_level_that_it_has_elsewhere(row: Row) -> None:
    if row.tcb is None:
        pytest.skip("this quote was captured without its collateral")
    level = row.tcb["tcb"]["tdx" if row.quote.startswith("tdx") else "sgx"]
    found = row.verified()
    if level is None:
        assert found.claims["tcb_status"] == "NotSupported"
        return
    assert isinstance(level, list)
    status, advisories, date = level
    assert found.claims["tcb_status"] == status
    assert found.claims["advisories"].split() == advisories
    assert found.claims["tcb_date"] == date[:10]
    assert found.claims["tcb_evaluation"] == str(row.tcb["evalnum"])


def test_a_real_quote_is_recognised(row: Row) -> None:
    assert recognises(evidence(row.quote))


@pytest.mark.parametrize("name", ["tdreport_1.bin", "tdreport_2.bin"])
def test_a_real_tdreport_is_told_from_a_quote(name: str) -> None:
    data = evidence(f"tdx/tdreport/{name}")
    assert recognises(data)
    with pytest.raises(EvidenceError, match="raw TDREPORT, which is no evidence: its MAC"):
        verify(data, Question(datetime(2026, 11, 23, tzinfo=UTC), ROOTS))


def test_a_real_service_td_free_tdx_1_5_quote_names_its_module() -> None:
    quote = evidence("tdx/v5-tcb-unsupported/quote.bin")
    found = verify(quote, Question(datetime(2026, 3, 1, tzinfo=UTC), ROOTS))
    assert found.claims["mrseam"].startswith("49b66faa451d19eb")  # Intel's module 1.5.08


def test_a_tcb_info_alone_gives_its_level_where_the_signer_is_given() -> None:
    """The signer's certificate is in the header of Intel's answer, which was not kept."""
    quote, info = evidence("tdx/v5-spr/quote.bin"), evidence("tdx/v5-spr/tcbinfo.json")
    moment = datetime(2026, 2, 15, tzinfo=UTC)
    alone = verify(quote, Question(moment, ROOTS, collateral=info))
    assert {"collateral", "tcb"} <= {
        one.name for one in alone.checks if one.state is State.NOT_POSSIBLE
    }
    older = parse_collateral(evidence("tdx/v4-uptodate/collateral.json"))
    given = verify(quote, Question(moment, ROOTS, certificates=older.certificates, collateral=info))
    assert given.holds("collateral"), given.check("collateral")
    assert given.holds("tcb")
    assert given.claims["tcb_status"] == "UpToDate"
    assert given.outcome is Outcome.INCOMPLETE


@pytest.mark.parametrize(
    ("path", "collateral"),
    [
        ("tdx/v4-uptodate/quote.bin", "tdx/v4-uptodate/collateral.json"),
        ("sgx/v3-config-needed/quote.bin", "sgx/v3-config-needed/collateral.json"),
    ],
)
def test_a_real_quote_with_the_collateral_of_another_platform_is_refused(
    path: str, collateral: str
) -> None:
    other = {
        "tdx/v4-uptodate/collateral.json": "sgx/v3-config-needed/collateral.json",
        "sgx/v3-config-needed/collateral.json": "tdx/v4-uptodate/collateral.json",
    }[collateral]
    moment = datetime(2025, 7, 1, tzinfo=UTC)
    found = verify(evidence(path), Question(moment, ROOTS, collateral=evidence(other)))
    assert {one.name for one in found.failures()} >= {"platform", "qe-identity"}
    assert found.outcome is Outcome.REFUSED
