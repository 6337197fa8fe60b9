"""``isoscope attest`` keeps the outside contract, over evidence of our own making."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isoscope.cli import evidence as cli_evidence
from isoscope.cli import main
from tests.fakes import snp_evidence as made

AT = ["--at", f"{made.NOW:%Y-%m-%dT%H:%M:%SZ}"]
HOSTILE = "<b>\x1b[31m\u202e.bin"


@pytest.fixture(autouse=True)
def our_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own root in the place of the vendors': nobody else has their keys."""
    monkeypatch.setattr(cli_evidence, "pinned_roots", lambda: made.evidence().roots)


def written(folder: Path, found: made.Evidence) -> list[str]:
    """The arguments that verify this evidence."""
    report = folder / "report.bin"
    report.write_bytes(found.report)
    chain = folder / "chain.bin"
    chain.write_bytes(made.table_of(found))
    return [str(report), "--chain", str(chain), *AT]


def verify(*arguments: str) -> int:
    return main(["attest", "verify", *arguments])


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def test_verified_evidence_ends_with_0_and_says_every_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(*written(tmp_path, made.evidence()), "--format", "json") == 0
    found = document(capsys)
    assert found["kind"] == "sev-snp"
    assert found["verdict"] == "verified"
    assert found["evaluated_at"] == "2026-11-23T00:00:00Z"
    assert found["relies_on"] == ["cpu-vendor"]
    checks = found["checks"]
    assert isinstance(checks, list)
    names = [check["name"] for check in checks]
    expected = ["signature", "chain", "root", "validity", "debug-off", "tcb", "chip", "nonce"]
    assert set(expected) <= set(names)
    assert {check["state"] for check in checks} <= {"passed", "failed", "not-possible"}
    claims = found["claims"]
    assert isinstance(claims, dict)
    assert claims["measurement"] == made.MEASUREMENT.hex()


def test_refused_evidence_ends_with_1_and_names_what_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    debug = made.evidence(fields={"policy": made.POLICY | 1 << 19})
    assert verify(*written(tmp_path, debug)) == 1
    assert "1 check failed: debug-off." in capsys.readouterr().out


def test_evidence_without_its_chain_ends_with_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = written(tmp_path, made.evidence())
    assert verify(arguments[0], *AT) == 3
    assert "Needed, and not possible: signature, chain" in capsys.readouterr().out


@pytest.mark.parametrize(
    "content", [b"", b"hello world\n", b"\x7fELF" + bytes(5000), b"{", b'{"a": 1}', b"\x00" * 1184]
)
def test_bytes_that_are_no_evidence_end_with_4_and_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    file = tmp_path / "file.bin"
    file.write_bytes(content)
    assert verify(str(file)) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("isoscope: ")
    assert err.count("\n") == 1


def test_a_chain_that_holds_no_certificate_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = written(tmp_path, made.evidence())
    Path(arguments[2]).write_bytes(b"no certificate")
    assert verify(*arguments) == 4
    assert "chain.bin: neither certificates" in capsys.readouterr().err


def test_an_empty_auxblob_is_no_error(tmp_path: Path) -> None:
    arguments = written(tmp_path, made.evidence())
    empty = tmp_path / "auxblob"
    empty.write_bytes(b"")
    assert verify(*arguments, "--chain", str(empty)) == 0


def test_the_right_nonce_passes_and_another_refuses(tmp_path: Path) -> None:
    arguments = written(tmp_path, made.evidence())
    assert verify(*arguments, "--nonce", made.NONCE.hex()) == 0
    assert verify(*arguments, "--nonce", "00" * 64) == 1


@pytest.mark.parametrize("nonce", ["", "xyz", "00" * 65, "0"])
def test_a_nonce_that_is_none_is_wrong_usage(tmp_path: Path, nonce: str) -> None:
    assert verify(*written(tmp_path, made.evidence()), "--nonce", nonce) == 2


def test_reference_values_decide_the_measurement(tmp_path: Path) -> None:
    arguments = written(tmp_path, made.evidence())
    file = tmp_path / "expect.toml"
    file.write_text(f'[sev-snp]\nmeasurement = "{made.MEASUREMENT.hex()}"\n')
    assert verify(*arguments, "--expect", str(file)) == 0
    file.write_text('[sev-snp]\nmeasurement = ["00", "01"]\n')
    assert verify(*arguments, "--expect", str(file)) == 1
    file.write_text("[sev-xyz]\n")
    assert verify(*arguments, "--expect", str(file)) == 4


def test_a_time_in_the_past_is_judged_as_it_was_then(tmp_path: Path) -> None:
    arguments = written(tmp_path, made.evidence())
    assert verify(*arguments[:-2], "--at", "1999-01-01") == 1


@pytest.mark.parametrize("moment", ["yesterday", "2026-13-01", ""])
def test_a_time_that_is_none_is_wrong_usage(tmp_path: Path, moment: str) -> None:
    assert verify(*written(tmp_path, made.evidence())[:-2], "--at", moment) == 2


def test_a_report_in_hexadecimal_on_standard_input_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = written(tmp_path, made.evidence())
    report = Path(arguments[0])
    report.write_text(report.read_bytes().hex())
    with report.open() as text:
        monkeypatch.setattr("sys.stdin", text)
        assert verify("-", *arguments[1:]) == 0
    assert "verified" in capsys.readouterr().out


def test_a_hostile_file_name_is_shown_as_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / HOSTILE
    file.write_bytes(b"x")
    assert verify(str(file)) == 4
    err = capsys.readouterr().err
    assert "\x1b" not in err
    assert "\u202e" not in err


def test_a_challenge_is_new_each_time_and_changes_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["attest", "challenge"]) == 0
    first = capsys.readouterr().out
    assert main(["attest", "challenge", "gramine"]) == 0
    second = capsys.readouterr().out
    assert first.splitlines()[0] != second.splitlines()[0]
    assert "/dev/attestation/quote" in second
    assert "configfs" not in second


def test_the_nonce_that_is_printed_is_the_text_that_the_commands_write(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["attest", "challenge", "configfs-tsm"])
    out = capsys.readouterr().out
    nonce = bytes.fromhex(out.splitlines()[0].removeprefix("Nonce: ")).decode()
    assert f'printf %s {nonce} >"$d/inblob"' in out
    assert f"--nonce {nonce.encode().hex()}" in out
