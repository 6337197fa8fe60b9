"""The few changes that would help most, over all tenants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from gui.widgets.labels import EmptyState, PlainLabel
from gui.widgets.tree import NodeView
from isoscope.texts import tr

if TYPE_CHECKING:
    from gui.helping import Helping
    from gui.judging import Shown

_WORKING = tr("Working out which changes help most …")
_HEAD = tr("Changes over all tenants; what the most required verdicts need comes first.")


class HelpingPage(QWidget):
    """Asks when it is first looked at, and again when something else is shown."""

    wanted = Signal(object)
    """A `Shown` of which it wants to know what helps."""
    supposed = Signal(object)
    """Ids of findings with their workloads, to be supposed otherwise."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("What helps most"))
        self._shown: Shown | None = None
        self._asked: Shown | None = None
        head = PlainLabel(_HEAD, self, muted=True)
        head.setWordWrap(True)
        self.changes = NodeView(self)
        self.changes.setAccessibleName(tr("Changes that help most"))
        self.suppose = QPushButton(tr("Suppose this"), self)
        self.suppose.setAccessibleName(tr("Suppose this"))
        self.suppose.setToolTip(tr("See on “What if” how every verdict would stand then"))
        self.suppose.clicked.connect(self._suppose)
        self.changes.moved.connect(self._offer)
        first = QHBoxLayout()
        first.setContentsMargins(14, 12, 14, 0)
        first.addWidget(head, 1)
        last = QHBoxLayout()
        last.setContentsMargins(14, 4, 14, 8)
        last.addStretch()
        last.addWidget(self.suppose)
        listed = QWidget(self)
        column = QVBoxLayout(listed)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(first)
        column.addWidget(self.changes, 1)
        column.addLayout(last)
        self._nothing = EmptyState(_WORKING, tr("Nothing to list"), self)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(listed)
        self._stack.addWidget(self._nothing)
        self._stack.setCurrentIndex(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self._offer()

    @property
    def says(self) -> str:
        """What it says where it lists nothing; empty where it lists something."""
        return self._nothing.text() if self._stack.currentIndex() == 1 else ""

    def show_result(self, shown: Shown) -> None:
        """Another assessment is shown: what helps is worked out when somebody looks."""
        self._shown, self._asked = shown, None
        self._say(_WORKING)
        if self.isVisible():
            self._ask()

    def let_go(self) -> None:
        """Forgets what is shown no more."""
        self._shown = self._asked = None

    def show_helping(self, helping: Helping) -> None:
        """Lists the changes, unless something else is shown by now."""
        if helping.shown is not self._shown:
            return
        if not helping.nodes:
            self._say(helping.says)
            return
        self.changes.show_nodes(helping.nodes)
        self._stack.setCurrentIndex(0)
        self._offer()

    def show_failed(self, line: str) -> None:
        """Says in one line why there is no answer."""
        self._asked = None
        self._say(
            tr("{line}\n\nOpen this part again to have it worked out again.").format(line=line)
        )

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody looks."""
        super().showEvent(event)
        self._ask()

    def _ask(self) -> None:
        if self._shown is not None and self._asked is not self._shown:
            self._asked = self._shown
            self.wanted.emit(self._shown)

    def _say(self, text: str) -> None:
        self._nothing.setText(text)
        self._stack.setCurrentIndex(1)

    def _offer(self) -> None:
        node = self.changes.current_node
        self.suppose.setEnabled(node is not None and bool(node.findings))

    def _suppose(self) -> None:
        node = self.changes.current_node
        if node is not None:
            self.supposed.emit(node.findings)
