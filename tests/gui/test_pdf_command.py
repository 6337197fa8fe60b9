"""PDF from the command line: without a display, without a window, or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SNAPSHOT = ROOT / "tests" / "lab" / "hosts" / "apparmor" / "snapshot.json.gz"
WITHOUT = """
import sys
sys.modules[{missing!r}] = None
from isoscope.cli import main
sys.exit(main(sys.argv[1:]))
"""


def isoscope(*arguments: str, code: str = "") -> subprocess.CompletedProcess[bytes]:
    """Runs the command as somebody does who has no display."""
    without = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    begin = ["-c", code] if code else ["-m", "isoscope"]
    return subprocess.run(
        [sys.executable, *begin, *arguments],
        env={name: value for name, value in os.environ.items() if name not in without},
        cwd=ROOT,
        capture_output=True,
        timeout=120,
        check=False,
    )


def test_a_pdf_is_written_without_a_display(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    done = isoscope("assess", str(SNAPSHOT), "--format", "pdf", "-o", str(path))
    assert done.stderr == b""
    assert done.returncode == 1  # a required verdict falls short, as in every other format
    content = path.read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
    assert b"/FontFile" in content  # it has its letters with it
    assert content.count(b"/Type /Page\n") > 1


def test_a_pdf_goes_into_a_pipe() -> None:
    done = isoscope("assess", str(SNAPSHOT), "--format", "pdf")
    assert done.stdout.startswith(b"%PDF-")


@pytest.mark.parametrize("missing", ["PySide6", "PySide6.QtGui"])
def test_without_qt_it_says_what_to_do_before_any_work(tmp_path: Path, missing: str) -> None:
    path = tmp_path / "report.pdf"
    arguments = ("scan", "--root", "/nonexistent", "--format", "pdf", "-o", str(path))
    done = isoscope(*arguments, code=WITHOUT.format(missing=missing))
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert done.stderr.startswith(b"isoscope: a PDF needs Qt (")
    assert b"packaging/run does it" in done.stderr
    assert not path.exists()


def test_other_formats_import_no_qt() -> None:
    code = (
        "import sys; from isoscope.cli import main\n"
        "main(sys.argv[1:]); print([m for m in sys.modules if m.startswith('PySide6')])"
    )
    done = isoscope("assess", str(SNAPSHOT), "--format", "csv", "-o", os.devnull, code=code)
    assert done.stdout == b"[]\n"
