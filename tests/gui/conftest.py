"""Windows in tests: offscreen unless a platform was chosen, one application for all."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from gui.theme import Appearance, Scheme
from tests.gui.own_settings import keep_settings_in


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here opens windows."""
    for item in items:
        if "/tests/gui/" in str(item.path):
            item.add_marker(pytest.mark.gui)
            # Said by the offscreen platform whenever a window is shown; no defect of ours.
            item.add_marker(
                pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)
            )


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings and kept looks of this test alone, not of whoever runs it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))  # of programs that are run
    keep_settings_in(str(tmp_path / "settings"))


@pytest.fixture
def appearance(qapp: QApplication) -> Iterator[Appearance]:
    """The application's appearance, light unless a test chooses."""
    made = Appearance(qapp)
    made.choose(Scheme.LIGHT)
    yield made
    made.deleteLater()
