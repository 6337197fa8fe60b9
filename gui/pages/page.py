"""What every page over a host can be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from gui.judging import Shown


class Page(QWidget):
    """A page of the window: one question about the host that is shown."""

    def show_result(self, shown: Shown) -> None:
        """Shows an assessment; what was chosen stays chosen where it still exists."""
        raise NotImplementedError

    def search(self, words: str) -> None:
        """Shows only what these words describe; a page that has nothing to find ignores them."""
