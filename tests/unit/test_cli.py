"""The command line keeps the outside contract: options, exit statuses, one-line errors."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from isoscope.cli import main
from isoscope.snapshot.codec import load

MODULE = [sys.executable, "-m", "isoscope"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A captured tree of a host on which nothing runs."""
    root = tmp_path / "tree"
    hostname = root / "proc/sys/kernel/hostname"
    hostname.parent.mkdir(parents=True)
    hostname.write_text("captured\n")
    return root


@pytest.fixture
def snapshot(tree: Path, tmp_path: Path) -> Path:
    """A saved snapshot of it."""
    path = tmp_path / "snapshot.json"
    assert main(["collect", "--root", str(tree), "-o", str(path)]) == 0
    return path


def failing(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit status and the one line on standard error."""
    status = main(arguments)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("isoscope: ")
    assert err.count("\n") == 1, err
    return status, err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["scna"], "did you mean scan"),
        (["tour"], "there is no command 'tour'"),
        (["scan", "--format", "docx"], "text, json, html, csv, markdown"),
        (["scan", "--viewpoint", "oprator"], "did you mean operator"),
        (["scan", "--distrust", "kernel"], "host-kernel"),
        (["scan", "--only", "doker"], "did you mean docker"),
        (["scan", "--timeout", "0"], "seconds"),
        (["scan", "--timeout", "nan"], "seconds"),
        (["scan", "--tiemout", "3"], "--tiemout"),
        (["scan", "--only", "host", "--skip", "host"], "leave no probe"),
        (["scan", "--trust", "workload", "--distrust", "workload"], "choose one"),
        (["scan", "ssh://root@h1"], "not there yet"),
        (["scan", "h1"], "--root DIR"),
        (["scan", "--root", "/", "--docker", "unix:///x"], "leave one out"),
        (["scan", "--profile", "shared-team-hots"], "did you mean shared-team-host"),
        (["scan", "-o", "/"], "is a directory"),
        (["scan", "-o", "/nowhere/at/all"], "there is no directory"),
        (["assess"], "SNAPSHOT"),
        (["scan", "--docker", "nonsense"], "'nonsense' is no address of an engine; write unix://"),
        (["gui", "--incus", "/run/x"], "write unix:///PATH"),
        (["assess", "s.json", "--expect", "x.toml"], "use it with --evidence WORKLOAD=FILE"),
        (["scan", "--bound-key", "x.pem"], "--bound-key says how evidence is verified"),
        (["--nonsense"], "unrecognized arguments: --nonsense; see `isoscope --help`"),
        (["--viewpoint", "oprator"], "did you mean operator"),
        (["--format", "json"], "unrecognized arguments: --format json"),
        (["explain", "previleged"], "did you mean privileged"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    status, line = failing(capsys, *arguments)
    assert status == 2
    assert words in line


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.json", None, "No such file"),
        ("empty.json", b"", "it is empty"),
        ("other.json", b'{"a": 1}', "isoscope_snapshot"),
        ("new.json", b'{"isoscope_snapshot": 9}', "version 9"),
        ("binary", b"\x7fELF\x02", "not a snapshot"),
    ],
)
def test_a_file_that_is_no_snapshot_is_one_line_and_status_4(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    name: str,
    content: bytes | None,
    words: str,
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    status, line = failing(capsys, "assess", str(path))
    assert status == 4
    assert words in line
    assert name in line


def test_an_empty_profile_passes_nothing(
    capsys: pytest.CaptureFixture[str], snapshot: Path, tmp_path: Path
) -> None:
    path = tmp_path / "empty.toml"
    path.touch()
    status, line = failing(capsys, "assess", str(snapshot), "--profile", str(path))
    assert status == 4
    assert "empty.toml: requires nothing" in line


@pytest.mark.parametrize("option", ["--profile", "--tenants"])
@pytest.mark.parametrize("content", [b"not [ toml", b"\xff\xfe", b"unheard = 1"])
def test_a_file_of_an_option_that_is_not_what_it_should_be_is_status_4(
    capsys: pytest.CaptureFixture[str],
    snapshot: Path,
    tmp_path: Path,
    option: str,
    content: bytes,
) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    status, line = failing(capsys, "assess", str(snapshot), option, str(path))
    assert status == 4
    assert "mine" in line


def test_a_root_that_is_no_directory_is_status_4(capsys: pytest.CaptureFixture[str]) -> None:
    status, line = failing(capsys, "scan", "--root", "/etc/hostname")
    assert status == 4
    assert "--root takes the directory" in line


def test_a_host_of_which_nothing_could_be_read_is_status_5(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "void").mkdir()
    status, line = failing(capsys, "scan", "--root", str(tmp_path / "void"))
    assert status == 5
    assert "nothing could be read" in line


def test_control_characters_in_arguments_reach_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, line = failing(capsys, "assess", "/nowhere/\x1b[31mx\n")
    assert "\x1b" not in line


def test_a_scan_and_the_assessment_of_its_snapshot_say_the_same(
    capsys: pytest.CaptureFixture[str], tree: Path, snapshot: Path
) -> None:
    scanned = main(["scan", "--root", str(tree), "--format", "json"])
    first = json.loads(capsys.readouterr().out)
    assessed = main(["assess", str(snapshot), "--format", "json"])
    second = json.loads(capsys.readouterr().out)
    assert scanned == assessed
    assert first["host"]["name"] == "captured"
    for document in (first, second):
        del document["host"]["observed_at"]
        for changing in ("probes", "observations"):
            del document[changing]
    assert first == second


def test_a_snapshot_can_come_from_standard_input(snapshot: Path) -> None:
    done = subprocess.run(
        [*MODULE, "assess", "-", "--format", "json"],
        input=snapshot.read_bytes(),
        capture_output=True,
        check=False,
    )
    assert json.loads(done.stdout)["host"]["name"] == "captured"


@pytest.mark.parametrize(
    ("form", "begins"),
    [
        ("text", "Isolation on captured"),
        ("json", "{"),
        ("html", "<!DOCTYPE html>"),
        ("csv", "subject,"),
        ("markdown", "# Isolation on captured"),
    ],
)
def test_every_format_goes_to_a_file_whole(
    snapshot: Path, tmp_path: Path, form: str, begins: str
) -> None:
    out = tmp_path / "report"
    main(["assess", str(snapshot), "--format", form, "-o", str(out)])
    assert out.read_text().startswith(begins)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report", "snapshot.json", "tree"]


def test_a_snapshot_is_for_its_owners_eyes_and_compressed_where_its_name_says_so(
    tree: Path, tmp_path: Path
) -> None:
    path = tmp_path / "s.json.gz"
    assert main(["collect", "--root", str(tree), "-o", str(path)]) == 0
    assert path.stat().st_mode & 0o777 == 0o600
    data = path.read_bytes()
    assert data.startswith(b"\x1f\x8b")
    assert load(data).file("/proc/sys/kernel/hostname").text() == "captured\n"


def test_probes_that_were_left_out_are_told(snapshot: Path, tree: Path, tmp_path: Path) -> None:
    path = tmp_path / "few.json"
    main(["collect", "--root", str(tree), "--only", "host", "-o", str(path)])
    states = {probe.name: probe.state for probe in load(path.read_bytes()).probes}
    assert states["host"] != "skipped"
    assert states["docker"] == "skipped"


def test_the_input_is_never_overwritten(
    capsys: pytest.CaptureFixture[str], snapshot: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(snapshot)
    before = snapshot.read_bytes()
    status, line = failing(capsys, "assess", str(snapshot), "-o", str(link))
    assert status == 2
    assert "that is the input" in line
    assert snapshot.read_bytes() == before


def test_a_device_is_written_to_and_not_replaced(snapshot: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()), daemon=True)
    reader.start()
    main(["assess", str(snapshot), "-o", str(pipe)])
    reader.join(10)
    assert pipe.is_fifo()
    assert got[0].startswith("Isolation on captured")


def test_a_report_that_cannot_be_written_leaves_the_old_one(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    snapshot: Path,
    tmp_path: Path,
) -> None:
    out = tmp_path / "report"
    out.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    status, line = failing(capsys, "assess", str(snapshot), "-o", str(out))
    assert status == 4
    assert "No space left" in line
    assert out.read_text() == "old"
    assert not list(tmp_path.glob(".report*"))


def test_a_tenant_that_is_not_there_is_wrong_usage(
    capsys: pytest.CaptureFixture[str], snapshot: Path
) -> None:
    status, line = failing(capsys, "assess", str(snapshot), "--tenant", "acme")
    assert status == 2
    assert "acme" in line


def test_progress_is_told_in_lines_where_it_was_asked_for(
    capsys: pytest.CaptureFixture[str], tree: Path, tmp_path: Path
) -> None:
    arguments = ["collect", "--root", str(tree), "-o", str(tmp_path / "s")]
    main(arguments)
    assert capsys.readouterr().err == ""
    main([*arguments, "--progress", "--only", "host"])
    err = capsys.readouterr().err
    assert err.startswith("isoscope: 1/1 host: ")


def test_explain_lists_all_and_tells_one(capsys: pytest.CaptureFixture[str]) -> None:
    from isoscope.assessment.catalogue import CATALOGUE

    assert main(["explain"]) == 0
    listed = capsys.readouterr().out
    for name, declaration in CATALOGUE.items():
        assert f"  {name} " in listed
        assert main(["explain", name]) == 0
        told = " ".join(capsys.readouterr().out.split())
        assert " ".join(declaration.remedy.split()) in told


def test_an_error_of_its_own_is_no_verdict(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, snapshot: Path
) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("something\nelse")

    monkeypatch.setattr("isoscope.cli.judging.build_inventory", broken)
    status, line = failing(capsys, "assess", str(snapshot))
    assert status == 70
    assert "something\\nelse" in line


@pytest.mark.parametrize("command", [[], ["scan"], ["gui"], ["demo"], ["explain"], ["assess"]])
def test_help_imports_nothing_heavy(command: list[str]) -> None:
    program = (
        "import sys; from isoscope.cli import main\n"
        f"try: main({[*command, '--help']!r})\n"
        "except SystemExit: pass\n"
        "heavy = {'docker', 'libvirt', 'PySide6', 'gui', 'psutil', 'requests'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert b"usage: isoscope" in done.stdout


def test_options_alone_are_of_the_default_command(monkeypatch: pytest.MonkeyPatch) -> None:
    from argparse import Namespace

    from isoscope.cli import scan

    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    asked: list[Namespace] = []

    def scanned(options: Namespace) -> int:
        asked.append(options)
        return 3

    monkeypatch.setattr(scan, "run", scanned)
    assert main(["--docker", "unix:///x/docker.sock", "--profile", "exposed-site"]) == 3
    (options,) = asked
    assert (options.docker, options.profile) == (["unix:///x/docker.sock"], "exposed-site")
    assert (options.format, options.output, options.evidence) == ("text", None, [])


@pytest.mark.parametrize("arguments", [["assess"], ["explain"]])
def test_a_full_standard_output_is_one_line_and_status_4(
    arguments: list[str], snapshot: Path
) -> None:
    more = [str(snapshot)] if arguments == ["assess"] else []
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*MODULE, *arguments, *more],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.stderr == (
        "isoscope: standard output: No space left on device; send it where there is room\n"
    )
    assert done.returncode == 4


def environment(**changes: str) -> dict[str, str]:
    """This process's environment without a display."""
    displays = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return {name: value for name, value in os.environ.items() if name not in displays} | changes


def test_without_a_display_the_window_says_what_to_use_instead() -> None:
    done = subprocess.run(
        [*MODULE, "gui"], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "isoscope scan" in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_a_display_the_demonstration_says_so_in_one_line() -> None:
    done = subprocess.run(
        [*MODULE, "demo"], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "no display" in done.stderr
    assert done.stderr.count("\n") == 1


def test_isoscope_alone_without_a_display_says_so_and_scans() -> None:
    done = subprocess.run(
        MODULE, env=environment(), capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode in (0, 1, 3)
    assert done.stderr == "isoscope: no display, so here is what `isoscope scan` says\n"
    assert done.stdout.startswith("Isolation on ")


def test_isoscope_alone_without_qt_says_so_and_scans(tmp_path: Path) -> None:
    (tmp_path / "PySide6.py").write_text("raise ImportError('libEGL.so.1 is missing')")
    done = subprocess.run(
        MODULE,
        env=environment(DISPLAY=":99", PYTHONPATH=str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "libEGL.so.1 is missing" in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout.startswith("Isolation on ")


def test_a_reader_that_leaves_early_is_no_error(snapshot: Path) -> None:
    command = f"{' '.join(MODULE)} assess {snapshot} --format json | head -c 1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
    assert done.stdout == b"{"
    assert done.stderr == b""


def _hears_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_interrupting_a_scan_is_one_line_and_leaves_no_file(tmp_path: Path) -> None:
    """The probe hangs on a socket that accepts and never answers, so the scan is surely running."""
    import socket

    path = tmp_path / "hang.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen(8)
        running = subprocess.Popen(
            [
                *MODULE,
                "scan",
                "--only",
                "docker",
                "--docker",
                f"unix://{path}",
                "--timeout",
                "60",
                "--progress",
                "-o",
                str(tmp_path / "out"),
            ],
            stderr=subprocess.PIPE,
            text=True,
            # What runs in the background of a shell without job control ignores the interrupt.
            preexec_fn=_hears_interrupts,  # noqa: PLW1509 - no other thread runs here
        )
        server.settimeout(10)
        connection, _ = server.accept()
        with connection:
            time.sleep(0.2)
            running.send_signal(signal.SIGINT)
            _, err = running.communicate(timeout=10)
    assert running.returncode == 130
    assert err == "isoscope: stopped; nothing was written\n"
    assert sorted(found.name for found in tmp_path.iterdir()) == ["hang.sock"]
