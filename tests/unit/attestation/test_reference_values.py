"""What a tenant expects is held against what evidence says, and what is mistyped never passes."""

from __future__ import annotations

import pytest

from isoscope.attestation.checks import Kind, Outcome, State, Verification
from isoscope.attestation.evidence import verify_evidence
from isoscope.attestation.reference_values import ReferenceValuesError, parse_reference_values
from isoscope.attestation.roots import parse_roots
from tests.fakes.snp_evidence import LEVELS, MEASUREMENT, TURIN_CHIP, TURIN_LEVELS, evidence


def verify(text: str, line: str = "Milan", version: int = 3, **fields: int | bytes) -> Verification:
    made = evidence(line, version=version, fields=fields)
    values = parse_reference_values(f"[sev-snp]\n{text}", "values.toml")
    return verify_evidence(made.report, made.question(expected=values))


def refused_by(answer: Verification) -> set[str]:
    failing = {check.name for check in answer.failures()}
    assert bool(failing) == (answer.outcome is Outcome.REFUSED)
    return failing


@pytest.mark.parametrize(
    "text",
    [
        f"measurement = '{MEASUREMENT.hex()}'",
        f"measurement = '{MEASUREMENT.hex().upper()}'",
        f"measurement = '0x{MEASUREMENT.hex()}'",
        f"measurement = ['{'00' * 48}', '{MEASUREMENT.hex()}']",
    ],
)
def test_the_measurement_expected_passes(text: str) -> None:
    answer = verify(text)
    assert answer.holds("measurement")
    assert answer.outcome is Outcome.VERIFIED


@pytest.mark.parametrize("wrong", ["00" * 48, MEASUREMENT.hex()[:-2], MEASUREMENT.hex() + "00", ""])
def test_another_measurement_refuses(wrong: str) -> None:
    assert refused_by(verify(f"measurement = '{wrong}'")) == {"measurement"}


def test_without_a_reference_value_the_measurement_is_nobodys() -> None:
    answer = verify("")
    check = answer.check("measurement")
    assert check is not None
    assert check.state is State.NOT_POSSIBLE


@pytest.mark.parametrize(
    ("text", "failing"),
    [
        ("host-data = '" + "00" * 32 + "'", set()),
        ("host_data = '" + "01" * 32 + "'", {"expected-host-data", "binding"}),
        ("policy = '0x30000'", set()),
        ("policy = '30000'", set()),
        ("policy = 0x30000", set()),
        ("policy = '0x20000'", {"expected-policy"}),
        ("policy = 0x20000", {"expected-policy"}),
        ("signing-key = 'VCEK'", set()),
        ("signing-key = 'VLEK'", {"expected-signing-key"}),
        ("guest-svn = 0", set()),
        ("guest-svn = 1", {"minimum-guest-svn"}),
        ("vmpl = 0", set()),
        ("vmpl = 1", {"expected-vmpl"}),
        ("minimum-version = 3", set()),
        ("minimum-version = 4", {"minimum-version"}),
        ("current-firmware = '1.55.21'", set()),
        # What the evidence does not say, or nobody knows, is not met.
        ("launch-mit-vector = '0x1'", {"expected-launch-mit-vector"}),
        ("mesurement = '00'", {"expected-mesurement"}),
        ("minimum-tbc = { snp = 3 }", {"minimum-tbc.snp"}),
        ("minimum-tcb = 3", {"minimum-tcb"}),
        ("minimum-tcb = '3'", {"minimum-tcb"}),
        ("guest = { svn = 0 }", {"minimum-guest.svn"}),
    ],
)
def test_each_claim_expected_is_compared(text: str, failing: set[str]) -> None:
    assert refused_by(verify(text)) == failing


@pytest.mark.parametrize("line", ["Milan", "Genoa", "Turin"])
def test_each_patch_level_has_to_reach_the_least(line: str) -> None:
    for part, level in (TURIN_LEVELS if line == "Turin" else LEVELS).items():
        assert refused_by(verify(f"minimum-tcb = {{ {part} = {level} }}", line)) == set()
        higher = verify(f"minimum-tcb = {{ {part} = {level + 1} }}", line)
        assert refused_by(higher) == {"minimum-tcb"}


def test_a_turins_levels_are_read_as_such_even_where_the_report_does_not_say_its_line() -> None:
    text = f"minimum-tcb = {{ fmc = {TURIN_LEVELS['fmc']}, snp = {TURIN_LEVELS['snp']} }}"
    assert refused_by(verify(text, "Turin", 2, chip_id=TURIN_CHIP)) == set()


@pytest.mark.parametrize("part", ["fmc", "bootlaoder", "ucode"])
def test_a_patch_level_that_the_processor_does_not_have_is_not_reached(part: str) -> None:
    assert refused_by(verify(f"minimum-tcb = {{ {part} = 0 }}")) == {"minimum-tcb"}


@pytest.mark.parametrize(
    "text",
    [
        "no toml",
        "sev-snp = 1",
        "[sev]\n",
        "[sev-snp]\nmeasurement = []",
        "[sev-snp]\nmeasurement = [1]",
        "[sev-snp]\nmeasurement = true",
        "[sev-snp]\nmeasurement = 1.5",
        "[sev-snp]\nguest-svn = -1",
        "[sev-snp]\nguest-svn = 0x" + "f" * 5000,
        "[sev-snp]\nminimum-tcb = { snp = true }",
        "[sev-snp]\nminimum-tcb = { snp = '3' }",
        "[sev-snp]\nminimum-tcb = { snp = 18446744073709551616 }",
        "a = " + "[" * 3000,
    ],
)
def test_what_cannot_be_used_is_said_with_the_files_name(text: str) -> None:
    with pytest.raises(ReferenceValuesError, match=r"^values\.toml: "):
        parse_reference_values(text, "values.toml")


def test_values_of_each_kind_stand_apart() -> None:
    values = parse_reference_values("[sev-snp]\nmeasurement = 'AA'\n[tdx]\nmrtd = '0xBB'", "it")
    assert values.of(Kind.SEV_SNP).allowed == {"measurement": ("aa",)}
    assert values.of(Kind.TDX).allowed == {"mrtd": ("bb",)}
    assert values.of(Kind.SGX).allowed == {}


@pytest.mark.parametrize(
    "text",
    [
        "no toml",
        "[amd]\nARK = 'short'",
        "[amd]\nARK = '" + "AA" * 32 + "'",
        "[amd]\nARK = 1",
        "amd = 'x'",
        "a = " + "[" * 3000,
    ],
)
def test_a_list_of_roots_with_anything_but_hashes_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"TOML|SHA-256|deeply|Expected|Invalid"):
        parse_roots(text)


def test_roots_are_found_by_their_hash() -> None:
    assert parse_roots("[amd]\nARK = '" + "ab" * 32 + "'") == {"amd": {"ab" * 32: "ARK"}}
