"""Presentation mode: the whole screen, large type, nothing but the page and the story."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtWidgets import QApplication, QToolBar

if TYPE_CHECKING:
    from gui.main_window import MainWindow

LARGEST = 1.4
"""Times the size of the application's font, where the screen has room for it."""

_LINES_DOWN, _LINES_ACROSS = 48, 64
"""What the window needs at its least, in heights of a line, with the words of a step below it."""


def larger(line: float, width: float, height: float) -> float:
    """How many times as large type can be.

    Args:
        line: height of a line of the application's font, in device-independent pixels.
        width, height: of the screen, in the same.
    """
    return max(1.0, min(LARGEST, height / (_LINES_DOWN * line), width / (_LINES_ACROSS * line)))


class Presentation:
    """Switches a window into the mode and back."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._before: QFont | None = None
        self._maximized = False

    @property
    def on(self) -> bool:
        """Whether the window is in the mode."""
        return self._before is not None

    def enter(self) -> None:
        """Fills the screen; what was chosen on the pages has to be chosen again."""
        if self._before is not None:
            return
        self._before = QFont(QApplication.font())
        self._maximized = self._window.isMaximized()
        self._show_bars(shown=False)
        self._window.showFullScreen()
        screen = self._window.screen().size()
        line = QFontMetricsF(self._before).lineSpacing()
        font = QFont(self._before)
        font.setPointSizeF(font.pointSizeF() * larger(line, screen.width(), screen.height()))
        self._use(font)

    def leave(self) -> None:
        """Everything as it was before."""
        if self._before is None:
            return
        before, self._before = self._before, None
        self._show_bars(shown=True)
        if self._maximized:
            self._window.showMaximized()
        else:
            self._window.showNormal()
        self._use(before)

    def _show_bars(self, *, shown: bool) -> None:
        self._window.menuBar().setVisible(shown)
        self._window.statusBar().setVisible(shown)
        for bar in self._window.findChildren(QToolBar):
            bar.setVisible(shown)

    def _use(self, font: QFont) -> None:
        QApplication.setFont(font)
        QApplication.sendPostedEvents()  # widgets hear of the font by an event of their own
        # Pages measure their columns and scale their headings when they are made.
        self._window.remake_pages()
