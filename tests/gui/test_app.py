"""Starting: wrong options in one line, nothing heavy before the first paint."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path

import PySide6
import pytest

from gui.app import run

HEAVY = ("docker", "libvirt", "numpy", "pyqtgraph", "psutil", "jsonschema", "requests")


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        ({"profile": "no-such-profile"}, 2, "there is no profile 'no-such-profile'"),
        ({"viewpoint": "nobody"}, 2, "nobody: no such viewpoint"),
        ({"distrust": ["the-moon"]}, 2, "the-moon"),
        ({"tenants": "/nonexistent.toml"}, 4, "No such file or directory"),
        ({"profile": "/nonexistent.toml"}, 4, "No such file or directory"),
    ],
)
def test_wrong_options_are_one_line(
    options: dict[str, object], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([], Namespace(**options)) == status
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_profile_that_is_none_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.toml"
    path.write_text("no toml at all")
    assert run([], Namespace(profile=str(path))) == 4
    assert capsys.readouterr().err.count("\n") == 1


def test_a_binding_that_aborts_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(PySide6, "__version__", "6.12.0")
    monkeypatch.setattr("gui.app.refusal", lambda version: f"{version} refused")
    assert run([], Namespace()) == 2
    assert capsys.readouterr().err == "isoscope: 6.12.0 refused\n"


def program(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs Python offscreen in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **environment},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_first_paint_is_reported_and_ends_the_program() -> None:
    before = time.monotonic_ns()
    code = "import sys, argparse, gui.app; sys.exit(gui.app.run([], argparse.Namespace()))"
    done = program(code, ISOSCOPE_BENCH_FIRST_PAINT="1")
    assert done.returncode == 0, done.stderr
    assert before < int(done.stdout) < time.monotonic_ns()
    said = [line for line in done.stderr.splitlines() if "propagateSizeHints" not in line]
    assert said == []


def test_nothing_heavy_is_imported_before_the_first_paint() -> None:
    code = (
        "import sys, argparse, gui.app\n"
        "gui.app.run([], argparse.Namespace())\n"
        f"print([m for m in sys.modules if m.split('.')[0] in {HEAVY!r}])\n"
        "print([m for m in sys.modules if m.startswith('probes.')])\n"
        "print([m for m in sys.modules if m.startswith('isoscope.assessment.measures')])\n"
    )
    done = program(code, ISOSCOPE_BENCH_FIRST_PAINT="1")
    assert done.stdout.splitlines()[1:] == ["[]", "[]", "[]"], done.stdout


SCAN_THAT_HANGS = """
import argparse, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
import gui.app
from probes import registry

class Hanging:
    name = "hanging"
    def run(self, host, recorder):
        while True:
            recorder.keep(host.file("/proc/self/status"))

registry.all_probes = lambda options: [Hanging()]
application = gui.app.make_application()

def end():
    window = next(w for w in application.topLevelWidgets() if w.windowTitle() == "Isoscope")
    print("scanning", window.session.busy)
    window.close()

QTimer.singleShot(700, end)
sys.exit(gui.app.run([], argparse.Namespace(scan_at_start=True, timeout=60.0)))
"""


def test_a_scan_begins_at_start_and_does_not_keep_a_closed_window() -> None:
    done = program(SCAN_THAT_HANGS)
    assert done.stdout == "scanning True\n"
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
