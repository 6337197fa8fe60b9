"""Choosers of the requirement profile and of the viewpoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from gui.text import one_line, tooltip
from gui.widgets.labels import PlainLabel


class Choice(Protocol):
    """A profile or a viewpoint."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def description(self) -> str: ...


class Chooser(QWidget):
    """A label with its list; tells what was chosen by hand."""

    chosen = Signal(object)

    def __init__(self, label: str, choices: Sequence[Choice], first: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._choices = tuple(choices)
        self._list = QComboBox(self)
        self._list.setAccessibleName(label.replace("&", ""))
        self._list.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._fill(first)
        self._list.activated.connect(self._on_activated)
        self._list.currentIndexChanged.connect(self._describe)
        name = PlainLabel(label, self)
        name.setBuddy(self._list)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 0, 6, 0)
        layout.setSpacing(6)
        layout.addWidget(name)
        layout.addWidget(self._list)
        self._describe(self._list.currentIndex())

    def offer(self, choices: Sequence[Choice]) -> None:
        """Offers others; what was shown stays where it is among them."""
        shown = self.shown
        self._choices = tuple(choices)
        self._list.clear()
        self._fill(shown)

    def _fill(self, shown: str) -> None:
        for place, choice in enumerate(self._choices):
            self._list.addItem(one_line(choice.title, 40))
            described = tooltip(choice.description)
            self._list.setItemData(place, described, Qt.ItemDataRole.ToolTipRole)
            if choice.id == shown:
                self._list.setCurrentIndex(place)

    def show_choice(self, id_: str) -> None:
        """Shows what was chosen elsewhere; what is not offered here leaves it as it is."""
        for place, choice in enumerate(self._choices):
            if choice.id == id_:
                self._list.setCurrentIndex(place)

    @property
    def shown(self) -> str:
        """The id of the choice that it shows."""
        return self._choices[self._list.currentIndex()].id

    def _describe(self, place: int) -> None:
        if 0 <= place < len(self._choices):
            self._list.setToolTip(tooltip(self._choices[place].description))
            self._list.setAccessibleDescription(self._choices[place].description)

    def _on_activated(self, place: int) -> None:
        self.chosen.emit(self._choices[place])
