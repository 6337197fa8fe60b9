"""Real SEV-SNP evidence gets the verdicts that an independent verifier gave it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from isoscope.attestation.bundle import certificates
from isoscope.attestation.checks import Outcome
from isoscope.attestation.evidence import verify_evidence
from isoscope.attestation.question import Question
from isoscope.attestation.roots import parse_roots
from isoscope.attestation.tpm_quote import parse_tpm_quote
from tests.captures import directory_of_captures

ROOTS = parse_roots(
    (Path(__file__).parents[3] / "assets/attestation/roots.toml").read_text("utf-8")
)
NOW = datetime(2026, 11, 23, tzinfo=UTC)
ROWS = (
    "snp milan v2 ok",
    "snp milan v2 DEBUG",
    "snp vlek now",
    "snp vlek 2025-06",
    "snp wrong vcek (ok report, other VCEK)",
    "snp wrong product chain",
)
#: What the other verifier calls the checks. It has one for each part of a TCB version, where
#: Isoscope has one for all.
OURS: Mapping[str, str] = {
    "DEBUG off": "debug-off",
    "VEK validity": "validity",
    "report signature": "signature",
    "TCB bl": "tcb",
    "TCB tee": "tcb",
    "TCB snp": "tcb",
    "TCB ucode": "tcb",
    "HWID==CHIP_ID": "chip",
    "VEK issuer in chain": "chain",
}


@pytest.fixture(scope="module")
def captured() -> Path:
    captures = directory_of_captures()
    if captures is None or not (captures / "attestation/verdicts.json").is_file():
        pytest.skip("no captured evidence: set ISOSCOPE_CAPTURES to the directory that holds it")
    return captures / "attestation"


def test_the_rows_are_all_that_there_are_of_sev_snp(captured: Path) -> None:
    rows = json.loads((captured / "verdicts.json").read_bytes())
    assert tuple(row["name"] for row in rows if row["name"].startswith("snp ")) == ROWS


@pytest.mark.parametrize("name", ROWS)
def test_a_captured_report_gets_the_verdict_of_another_verifier(captured: Path, name: str) -> None:
    rows = {row["name"]: row for row in json.loads((captured / "verdicts.json").read_bytes())}
    row = rows[name]
    report, *chain = [(captured / file).read_bytes() for file in row["files"]]

    answer = verify_evidence(
        report,
        Question(
            moment=datetime.fromisoformat(row["evaluated_at"]),
            roots=ROOTS,
            certificates=[one for file in chain for one in certificates(file)],
        ),
    )

    assert {check.name for check in answer.failures()} == {OURS[one] for one in row["failed"]}
    assert answer.outcome is (Outcome.REFUSED if row["failed"] else Outcome.VERIFIED)
    assert answer.claims["policy"] == row["policy"]
    assert answer.claims["version"] == str(row["version"])
    assert answer.claims["signing_key"] == row["signing_key"]
    assert answer.claims["vmpl"] == str(row["vmpl"])


def test_a_captured_vcek_of_turin_reaches_the_root_of_turin(captured: Path) -> None:
    from isoscope.attestation.chain import chain_checks, walk
    from isoscope.attestation.snp.endorsement import parse_endorsement

    leaf = certificates((captured / "snp/turin-certs/vcek.der").read_bytes())[0]
    pool = certificates((captured / "snp/turin-certs/ask_ark.pem").read_bytes())

    checks = chain_checks(walk(leaf, pool), ROOTS["amd"], NOW, "fetch it")

    assert [check.state.value for check in checks] == ["passed"] * 3
    endorsement = parse_endorsement(leaf)
    assert endorsement.product_name == "Turin"
    assert set(endorsement.levels) == {"fmc", "bootloader", "tee", "snp", "microcode"}
    assert len(endorsement.hardware_id) == 8


@pytest.fixture(scope="module")
def azure(captured: Path) -> bytes:
    return (captured / "snp/azure-genoa-v3-ok/evidence.json").read_bytes()


def _azure_question(captured: Path, nonce: bytes | None) -> Question:
    genoa = [captured / f"roots/amd/{name}_genoa.pem" for name in ("ask", "ark")]
    chain = [one for path in genoa for one in certificates(path.read_bytes())]
    return Question(moment=NOW, roots=ROOTS, certificates=chain, nonce=nonce)


def test_captured_evidence_of_azure_holds_with_the_quote_of_its_tpm(
    captured: Path, azure: bytes
) -> None:
    nonce = parse_tpm_quote(bytes(json.loads(azure)["quote"]["message"])).nonce

    answer = verify_evidence(azure, _azure_question(captured, nonce))

    assert answer.outcome is Outcome.VERIFIED
    for name in ("signature", "chain", "root", "chip", "runtime-data"):
        assert answer.holds(name), name
    for name in ("vtpm-quote", "pcrs", "nonce"):
        assert answer.holds(name), name


def test_captured_evidence_of_azure_answers_no_other_nonce(captured: Path, azure: bytes) -> None:
    answer = verify_evidence(azure, _azure_question(captured, b"another"))

    assert [check.name for check in answer.failures()] == ["nonce"]


def test_another_register_than_azures_tpm_quoted_is_refused(captured: Path, azure: bytes) -> None:
    document = json.loads(azure)
    document["quote"]["pcrs"][4][0] ^= 1

    answer = verify_evidence(json.dumps(document).encode(), _azure_question(captured, None))

    assert [check.name for check in answer.failures()] == ["pcrs"]
