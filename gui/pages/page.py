"""What every page over a host can be told."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import shiboken6
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from gui.judging import Shown

T = TypeVar("T")


class Page(QWidget):
    """A page of the window: one question about the host that is shown."""

    def show_result(self, shown: Shown) -> None:
        """Shows an assessment; what was chosen stays chosen where it still exists."""
        raise NotImplementedError

    def search(self, words: str) -> None:
        """Shows only what these words describe; a page that has nothing to find ignores them."""

    def let_go(self) -> None:
        """Something else is shown, and nobody looks at this page, which is told when somebody does:
        what it keeps of what was shown before is in the way."""


def while_there(page: QWidget, tell: Callable[[T], None]) -> Callable[[T], None]:
    """Tells a page as long as it exists: a worker may answer one that was made anew since."""

    def told(answer: T) -> None:
        if shiboken6.isValid(page):
            tell(answer)

    return told
