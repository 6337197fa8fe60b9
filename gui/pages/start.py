"""The page that stands when nothing is loaded: what Isoscope does, and the ways to begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QFont
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gui.actions import Actions
from gui.widgets.labels import PlainLabel
from isoscope.texts import tr

if TYPE_CHECKING:
    from gui.widgets.recent_list import RecentList

_WHAT = tr(
    "Shows, for every tenant on a host, what keeps its workloads apart from its neighbours, the "
    "host apart from its workloads, and its workloads apart from the host — and whose word each "
    "of those statements rests on."
)
_HOW = tr(
    "A scan reads what the kernel, the container engines and libvirt say. It changes nothing on "
    "the host and runs nothing in a workload. Run as root, it sees more; what it could not see "
    "is listed."
)
_DROP = tr("Snapshots may also be dropped anywhere on this window.")
_WIDTH = 640


class StartPage(QWidget):
    """Offers a scan of this machine, the demonstration, and snapshots, those of lately first."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Start"))
        title = PlainLabel("Isoscope", self)
        large = QFont(self.font())
        large.setPointSizeF(large.pointSizeF() * 2.4)
        large.setBold(True)
        title.setFont(large)
        what, how = PlainLabel(_WHAT, self), PlainLabel(_HOW, self, muted=True)
        hint = PlainLabel(_DROP, self, muted=True)
        for text in (what, how, hint):
            text.setWordWrap(True)
            text.setFixedWidth(_WIDTH)
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        self._scan = _button(actions.scan, tr("&Scan this machine"), self, default=True)
        buttons.addWidget(self._scan)
        for action, words in (
            (actions.open, tr("&Open a snapshot…")),
            (actions.demo, tr("Show the &demonstration")),
        ):
            buttons.addWidget(_button(action, words, self, default=False))
        buttons.addStretch()
        self.back = QPushButton(self)
        self.back.setAccessibleName(tr("Back to the host that is shown"))
        self.back.setFlat(True)
        self.back.hide()
        self._recent: RecentList | None = None
        self._column = column = QVBoxLayout()
        column.setSpacing(14)
        column.addWidget(self.back, 0, Qt.AlignmentFlag.AlignLeft)
        for widget in (title, what, how):
            column.addWidget(widget)
        column.addSpacing(6)
        column.addLayout(buttons)
        column.addWidget(hint)
        across = QHBoxLayout()
        across.addStretch()
        across.addLayout(column)
        across.addStretch()
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        layout.addLayout(across)
        layout.addStretch(3)

    @property
    def recent(self) -> RecentList:
        """What was opened lately; made when it is first asked for, and hidden while it is empty."""
        if self._recent is None:
            from gui.widgets.recent_list import RecentList

            self._recent = RecentList(self)
            self._recent.setFixedWidth(_WIDTH)
            self._column.addWidget(self._recent)
        return self._recent

    @property
    def lists_recent(self) -> bool:
        """Whether anything was ever opened lately."""
        return self._recent is not None

    def begin(self) -> None:
        """Puts the keyboard where one would go on: on what was opened lately, if anything was."""
        listed = self._recent
        (listed.table if listed is not None and listed.isVisible() else self._scan).setFocus()

    def offer_back(self, host: str) -> None:
        """Offers the way back to the host that is shown."""
        self.back.setText(tr("← &Back to {host}").format(host=host.replace("&", "&&")))
        self.back.show()


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
