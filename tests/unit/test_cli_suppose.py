"""``isoscope suppose``: what would be if something were so, as a plan."""

import re
from pathlib import Path

import pytest

from isoscope.cli import main

LAB = Path(__file__).parents[1] / "lab"
HOST = str(LAB / "hosts/apparmor/snapshot.json.gz")
TENANTS = ("--tenants", str(LAB / "tenants.toml"))


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["suppose", HOST, *TENANTS, *arguments]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def test_a_socket_that_is_dropped_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "engine-socket-mounted")
    assert out.startswith("What if: supposed, not observed")
    assert "d-sock (globex)" in out
    assert "Take the mount away" in out


def test_one_workload_in_a_tee_and_a_tenant_with_limits(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = said(capsys, "sev-snp+verified@d-priv", "memory-limited@acme")
    assert "d-priv (initech)  WH·C: 0 not required → 3 not required (rises)" in out
    assert "this host cannot run AMD SEV-SNP" in out.replace("\n", " ").replace("  ", " ")
    assert "Memory limited: in place" in out


def test_only_the_verdicts_of_one_tenant(capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "sev-snp+verified", "--tenant", "acme")
    verdicts = out.partition("Verdicts of")[2].partition("What would")[0]
    assert "(acme)" in verdicts
    assert "(globex)" not in verdicts


@pytest.mark.parametrize(
    ("form", "begins"), [("markdown", "# What if"), ("html", "<!DOCTYPE html>")]
)
def test_into_a_file(tmp_path: Path, form: str, begins: str) -> None:
    path = tmp_path / "plan"
    changes = ("vm@d-sock", "--format", form, "-o", str(path))
    assert main(["suppose", HOST, *TENANTS, *changes]) == 0
    assert path.read_text().startswith(begins)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("engine-socket", "did you mean engine-socket-mounted"),
        ("vm+verified", "cannot be supposed"),
        ("attested", "cannot be supposed"),
        ("privileged@d-prv", "did you mean d-priv"),
        ("vm@nobody-at-all", "no workload is called"),
    ],
)
def test_what_cannot_be_supposed_is_one_line(
    capsys: pytest.CaptureFixture[str], change: str, words: str
) -> None:
    assert main(["suppose", HOST, change]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert words in err


def test_a_tenant_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["suppose", HOST, *TENANTS, "vm", "--tenant", "acmee"]) == 2
    assert "did you mean acme" in capsys.readouterr().err


def test_what_cannot_be_supposed_is_one_short_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["suppose", HOST, "nosuch"]) == 2
    line = capsys.readouterr().err
    assert "'nosuch' cannot be supposed; use vm, sev-snp" in line
    assert "an id that `isoscope explain` lists" in line
    assert len(line) < 250


def test_a_workload_that_is_not_there_is_told_with_some_that_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["suppose", HOST, "vm@qqqqq"]) == 2
    line = capsys.readouterr().err
    assert re.search(r"no workload is called 'qqqqq'; there are .* and \d+ more$", line)
