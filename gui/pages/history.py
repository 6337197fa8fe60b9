"""History: looks that are kept, their trend, and what changed since one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSpinBox,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from gui.glossary_word import speaks_of
from gui.history import Kept, history_directory
from gui.history_kept import DEFAULT_KEPT, MOST_KEPT
from gui.pages.page import Page
from gui.taking import size_text
from gui.text import one_line
from gui.trending import Point, Since
from gui.widgets.labels import ElidedLabel, EmptyState, PlainLabel
from gui.widgets.tree import NodeView
from gui.widgets.trend_chart import TrendChart
from isoscope.texts import tr, trn

if TYPE_CHECKING:
    from gui.judging import Shown

_NONE = tr(
    "No look at this host is kept.\n\n"
    "Choose how many are to be kept: the next scan is then the first of them. They stay on this "
    "machine, for your eyes only, and hold what a saved snapshot holds."
)
_INTERVALS = (
    (tr("never"), 0),
    (tr("every 5 minutes"), 5),
    (tr("every 15 minutes"), 15),
    (tr("every hour"), 60),
)


class HistoryPage(Page):
    """Looks at the host that is shown."""

    shown = Signal(object)
    """A `Shown` that the page was given."""
    chosen = Signal(object)
    """A `Kept` with which to compare."""
    kept_at_most = Signal(int)
    look_every = Signal(int)
    """Minutes; 0 for never."""
    forgotten = Signal()

    def __init__(self, most: int, parent: QWidget) -> None:
        super().__init__(parent)
        speaks_of(self, "snapshot")
        self.setAccessibleName(tr("History"))
        self._looks: tuple[Kept, ...] = ()
        self.most = QSpinBox(self)
        self.most.setRange(0, MOST_KEPT)
        self.most.setSpecialValueText("none")
        self.most.setValue(most)
        self.most.setAccessibleName(tr("How many looks to keep of each host"))
        self.most.setToolTip(
            tr("Kept below {directory}").format(directory=one_line(str(history_directory()), 200))
        )
        self.again = QComboBox(self)
        self.again.setAccessibleName(tr("Look again"))
        for text, minutes in _INTERVALS:
            self.again.addItem(text, minutes)
        self.forget = QPushButton(tr("For&get all"), self)
        self.forget.setAccessibleName(tr("Forget all looks at this host"))
        self.looks = QListWidget(self)
        self.looks.setAccessibleName(tr("Looks that are kept"))
        self.looks.setFrameShape(QListWidget.Shape.NoFrame)
        self.chart = TrendChart(self)
        self._size = ElidedLabel(self, muted=True)
        self._size.setAccessibleName(tr("What is kept"))
        self._heading = PlainLabel(parent=self)
        self._heading.setAccessibleName(tr("Compared with"))
        self.changes = NodeView(self)
        self.changes.setAccessibleName(tr("What changed since"))
        self._nothing = EmptyState(_NONE, tr("Nothing is kept"), self)
        self._stack = QStackedWidget(self)
        self._compose()
        self.most.valueChanged.connect(self.kept_at_most)
        self.again.activated.connect(lambda: self.look_every.emit(self.again.currentData()))
        self.forget.clicked.connect(self.forgotten)
        self.looks.currentRowChanged.connect(self._on_chosen)
        self.show_looks(())

    def _compose(self) -> None:
        choices = QHBoxLayout()
        choices.setContentsMargins(14, 10, 14, 6)
        choices.setSpacing(8)
        keep, again = PlainLabel(tr("&Keep the last"), self), PlainLabel(tr("Look &again"), self)
        keep.setBuddy(self.most)
        again.setBuddy(self.again)
        widgets: tuple[QWidget, ...] = (
            keep,
            self.most,
            PlainLabel(tr("looks at each host"), self),
            again,
            self.again,
            self.forget,
        )
        for widget in widgets:
            if widget is again:
                choices.addSpacing(18)
            choices.addWidget(widget)
        choices.addWidget(self._size, 1)
        right = QWidget(self)
        column = QVBoxLayout(right)
        column.setContentsMargins(14, 4, 14, 0)
        column.setSpacing(8)
        column.addWidget(self.chart)
        column.addWidget(self._heading)
        column.addWidget(self.changes, 1)
        across = QSplitter(Qt.Orientation.Horizontal, self)
        across.setObjectName("looks and changes")
        across.setChildrenCollapsible(False)
        across.addWidget(self.looks)
        across.addWidget(right)
        across.setStretchFactor(0, 0)
        across.setStretchFactor(1, 1)
        across.setSizes([240, 1040])
        self._stack.addWidget(across)
        self._stack.addWidget(self._nothing)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(choices)
        layout.addWidget(self._stack, 1)

    @property
    def says_none(self) -> bool:
        """Whether it says that no look is kept."""
        return self._stack.currentWidget() is self._nothing

    @property
    def heading(self) -> str:
        """With what it compares, in words."""
        return self._heading.text()

    @staticmethod
    def default_number() -> int:
        """How many looks are offered to somebody who begins to keep them."""
        return DEFAULT_KEPT

    def show_result(self, shown: Shown) -> None:
        """Tells what is shown; the looks at it come back."""
        self.shown.emit(shown)

    def show_looks(self, looks: Sequence[Kept]) -> None:
        """Shows what is kept, the newest first; the second newest is chosen: what was before."""
        self._looks = tuple(looks)
        self.looks.blockSignals(True)
        self.looks.clear()
        for kept in self._looks:
            item = QListWidgetItem(f"{kept.at:%Y-%m-%d %H:%M:%S} UTC")
            item.setToolTip(size_text(kept.size))
            self.looks.addItem(item)
        self.looks.blockSignals(False)
        total = sum(kept.size for kept in self._looks)
        count = len(self._looks)
        said = trn("{number} look, {size}", "{number} looks, {size}", count, size=size_text(total))
        self._size.show_text(said if count else "")
        self.forget.setEnabled(bool(count))
        self._stack.setCurrentIndex(0 if count else 1)
        if count:
            self.looks.setCurrentRow(1 if count > 1 else 0)

    def show_trend(self, points: Sequence[Point]) -> None:
        """Shows the trend."""
        self.chart.show_points(points)

    def show_since(self, since: Since) -> None:
        """Shows what changed, unless another look was chosen meanwhile."""
        place = self.looks.currentRow()
        if not 0 <= place < len(self._looks) or self._looks[place].at != since.at:
            return
        self._heading.setText(
            tr("What changed since {time} UTC").format(time=f"{since.at:%Y-%m-%d %H:%M:%S}")
        )
        self.changes.show_nodes(since.nodes)

    def _on_chosen(self, place: int) -> None:
        if 0 <= place < len(self._looks):
            self.chosen.emit(self._looks[place])
