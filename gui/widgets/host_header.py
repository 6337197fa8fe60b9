"""The header: which host, what it is, who looked, and how much of it was seen."""

from __future__ import annotations

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from gui.describing import HostDescription
from gui.facts import Fact
from gui.widgets.labels import ElidedLabel, PlainLabel
from isoscope.texts import tr

COLUMNS = 4


class _FactWidget(QWidget):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._label = PlainLabel(parent=self, muted=True)
        self._value = ElidedLabel(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._label)
        layout.addWidget(self._value)

    def show_fact(self, fact: Fact) -> None:
        self._label.setText(fact.label)
        self._value.show_text(fact.value, f"{fact.value}\n{fact.detail}" if fact.detail else "")
        self._value.setAccessibleName(fact.label)


class HostHeader(QWidget):
    """Shows a host's description."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Host"))
        self._name = ElidedLabel(self)
        self._name.setAccessibleName(tr("Host name"))
        large = QFont(self.font())
        large.setPointSizeF(large.pointSizeF() * 1.5)
        large.setBold(True)
        self._name.setFont(large)
        self._system = ElidedLabel(self, muted=True)
        self._system.setAccessibleName(tr("Host system"))
        self._kernel = ElidedLabel(self, muted=True)
        self._kernel.setAccessibleName(tr("Host kernel"))
        self._facts: list[_FactWidget] = []
        titles = QVBoxLayout()
        titles.setSpacing(2)
        titles.addWidget(self._name)
        titles.addWidget(self._system)
        titles.addWidget(self._kernel)
        titles.addStretch()
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(6)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.setSpacing(28)
        layout.addLayout(titles, 2)
        layout.addLayout(self._grid, 5)

    def show_host(self, host: HostDescription, viewpoint: Fact) -> None:
        """Shows a host as it is seen from a viewpoint."""
        self._name.show_text(host.name)
        self._system.show_text(host.system)
        self._kernel.show_text(host.kernel)
        facts = (*host.facts, viewpoint)
        while len(self._facts) < len(facts):
            place = len(self._facts)
            widget = _FactWidget(self)
            self._grid.addWidget(widget, place // COLUMNS, place % COLUMNS)
            self._grid.setColumnStretch(place % COLUMNS, 1)
            self._facts.append(widget)
        for shown, fact in zip(self._facts, facts, strict=True):
            shown.show_fact(fact)

    def facts(self) -> dict[str, str]:
        """What is shown, by its label."""
        return {w._label.text(): w._value.text for w in self._facts}  # noqa: SLF001 - own widget
