"""Choosers of the order of rows and of the status that is shown."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from gui.arranging import AS_THEY_COME, Arrangement, Order
from gui.words import DIRECTION
from isoscope.assessment.vocabulary import Direction
from isoscope.reports.words import STATUS, WORST_FIRST
from isoscope.texts import tr

_ORDERS: tuple[Order | None, ...] = (
    None,
    *(Order(by, reverse) for by in (*Direction, None) for reverse in (False, True)),
)


class ArrangingBar(QWidget):
    """Two lists; a heading that is clicked changes the first of them."""

    changed = Signal(object)
    """The `Arrangement` that is wanted now."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._arrangement = AS_THEY_COME
        self.order = _list(tr("Order of rows"), self)
        for order in _ORDERS:
            self.order.addItem(_words(order))
        self.status = _list(tr("Status that is shown"), self)
        self.status.addItem(tr("every status"))
        for status in WORST_FIRST:
            self.status.addItem(STATUS[status])
        self.order.activated.connect(self._on_order)
        self.status.activated.connect(self._on_status)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.order)
        layout.addWidget(self.status)

    @property
    def arrangement(self) -> Arrangement:
        """What is chosen."""
        return self._arrangement

    def show_all(self) -> None:
        """Shows rows of every status, without telling anybody."""
        self._show(replace(self._arrangement, status=None))

    def order_next(self, by: Direction | None) -> None:
        """What a click on a heading asks for; None is the name's."""
        self._choose(self._arrangement.ordered_next(by))

    def _on_order(self, place: int) -> None:
        self._choose(replace(self._arrangement, order=_ORDERS[place]))

    def _on_status(self, place: int) -> None:
        status = WORST_FIRST[place - 1] if place else None
        self._choose(replace(self._arrangement, status=status))

    def _choose(self, arrangement: Arrangement) -> None:
        self._show(arrangement)
        self.changed.emit(arrangement)

    def _show(self, arrangement: Arrangement) -> None:
        self._arrangement = arrangement
        self.order.setCurrentIndex(_ORDERS.index(arrangement.order))
        status = arrangement.status
        self.status.setCurrentIndex(0 if status is None else 1 + WORST_FIRST.index(status))


def _words(order: Order | None) -> str:
    if order is None:
        return tr("worst first")
    if order.by is None:
        return tr("by name, Z to A") if order.reverse else tr("by name")
    text = tr("{direction}, best first") if order.reverse else tr("{direction}, worst first")
    return text.format(direction=DIRECTION[order.by].lower())


def _list(name: str, parent: QWidget) -> QComboBox:
    made = QComboBox(parent)
    made.setAccessibleName(name)
    made.setToolTip(name)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setMinimumContentsLength(12)
    return made
