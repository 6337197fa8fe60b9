"""A table below its title."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gui.widgets.labels import ElidedLabel, Title
from gui.widgets.matrix import MatrixView


def titled(
    title: str,
    beside: ElidedLabel,
    view: MatrixView,
    parent: QWidget,
    last: QWidget | None = None,
) -> QWidget:
    """A table, with its title and what stands beside that above it.

    Args:
        title: with the key that leads to the table.
        beside: says what is shown of it.
        view: the table.
        parent: of all of them.
        last: stands at the end of the line.
    """
    heading = Title(title, parent)
    heading.setBuddy(view)
    line = QHBoxLayout()
    line.setContentsMargins(14, 8, 14, 6)
    line.setSpacing(8)
    line.addWidget(heading)
    line.addWidget(beside, 1)
    if last is not None:
        line.addWidget(last)
    whole = QWidget(parent)
    layout = QVBoxLayout(whole)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addLayout(line)
    layout.addWidget(view, 1)
    return whole
