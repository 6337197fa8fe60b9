"""What is imported ahead is there, and draws no charts in."""

from __future__ import annotations

import subprocess
import sys


def test_everything_but_what_draws_charts_is_imported_ahead() -> None:
    program = (
        "import sys; from gui import warming; warming._import_all();"
        "print(sorted({'numpy', 'pyqtgraph'} & set(sys.modules)), 'gui.pages.map' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[] True"
