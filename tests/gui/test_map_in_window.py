"""The map in the real window over a real host: what it brings with it comes late, clicks go on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]

PROGRAM = """
import sys
from argparse import Namespace
from pathlib import Path
from gui.app import make_application
from gui.choices import choices_of
from gui.main_window import MainWindow
from gui.theme import Appearance
from tests.gui.events import run_events

def wait(condition):
    for _ in range(3000):
        if condition():
            return
        run_events(20)
    raise SystemExit("the window did not get there")

def heavy():
    return sorted({"numpy", "pyqtgraph"} & set(sys.modules))

options = Namespace(tenants="tests/lab/tenants.toml")
application = make_application()
window = MainWindow(choices_of(options), options, Appearance(application))
window.show()
window.open(Path("tests/lab/hosts/apparmor/snapshot.json.gz"))
wait(lambda: window.overview is not None and window.overview.detail.verdict.headline)
print("overview", heavy())
window.host_view.choose("map")
page = window.host_view.page("map")
wait(lambda: page.map is not None)
print("map", heavy())
edge = page._mapped.map.edges[0]
page.map.chosen.emit(edge)
path = edge.paths[0]
wait(lambda: window.overview.detail.verdict.headline)
print(window.host_view.current, window.overview._subject == path.subject)
print(window.overview._aspect == path.aspect, window.overview.workloads.current_row().subject.id)
window.host_view.choose("map")
print(page.map.isVisible())
window.close()
"""


def test_the_map_comes_when_it_is_opened_and_leads_to_the_overview(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path)},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[:3] == ["overview []", "map ['numpy', 'pyqtgraph']", "overview True"]
    assert lines[3].startswith("True docker:")
    assert lines[4] == "True"
    said = [line for line in done.stderr.splitlines() if "propagateSizeHints" not in line]
    assert said == []
