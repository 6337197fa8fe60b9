"""The page that stands when nothing is loaded: what Isoscope does, and the ways to begin."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QFont
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gui.actions import Actions
from gui.widgets.labels import PlainLabel

_WHAT = (
    "Shows, for every tenant on a host, what keeps its workloads apart from its neighbours, the "
    "host apart from its workloads, and its workloads apart from the host — and whose word each "
    "of those statements rests on."
)
_HOW = (
    "A scan reads what the kernel, the container engines and libvirt say. It changes nothing on "
    "the host and runs nothing in a workload. Run as root, it sees more; what it could not see "
    "is listed."
)


class StartPage(QWidget):
    """Offers a scan of this machine, the opening of a snapshot, and the demonstration."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Start")
        title = PlainLabel("Isoscope", self)
        large = QFont(self.font())
        large.setPointSizeF(large.pointSizeF() * 2.4)
        large.setBold(True)
        title.setFont(large)
        texts = [PlainLabel(_WHAT, self), PlainLabel(_HOW, self, muted=True)]
        for text in texts:
            text.setWordWrap(True)
            text.setFixedWidth(560)
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        for action, words, first in (
            (actions.scan, "&Scan this machine", True),
            (actions.open, "&Open a snapshot…", False),
            (actions.demo, "Show the &demonstration", False),
        ):
            buttons.addWidget(_button(action, words, self, default=first))
        buttons.addStretch()
        column = QVBoxLayout()
        column.setSpacing(14)
        column.addWidget(title)
        for text in texts:
            column.addWidget(text)
        column.addSpacing(6)
        column.addLayout(buttons)
        across = QHBoxLayout()
        across.addStretch()
        across.addLayout(column)
        across.addStretch()
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        layout.addLayout(across)
        layout.addStretch(3)


def _button(action: QAction, words: str, parent: QWidget, *, default: bool) -> QPushButton:
    button = QPushButton(words, parent)
    button.setAccessibleName(words.replace("&", ""))
    button.setDefault(default)
    button.setAutoDefault(True)
    button.setMinimumHeight(34)
    button.setMinimumWidth(170)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.clicked.connect(action.trigger)
    button.setEnabled(action.isEnabled())
    action.enabledChanged.connect(button.setEnabled)
    if default:
        button.setFocus()
    return button
