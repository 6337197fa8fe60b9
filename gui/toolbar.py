"""The toolbar of the main window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QToolBar, QWidget

from isoscope.texts import tr

if TYPE_CHECKING:
    from gui.main_window import MainWindow


def main_toolbar(window: MainWindow, choosers: Sequence[QWidget], search: QWidget) -> QToolBar:
    """What is done most, then what is asked, and the search at the end."""
    actions = window.actions_
    bar = QToolBar(tr("Main"), window)
    bar.setAccessibleName(tr("Main toolbar"))
    bar.setMovable(False)
    bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    bar.addActions([actions.scan, actions.open, actions.save])
    space = QWidget(bar)
    space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    bar.addSeparator()
    for chooser in choosers:
        bar.addWidget(chooser)
    bar.addWidget(space)
    bar.addWidget(search)
    return bar


def search_field(window: QWidget) -> QLineEdit:
    """The field by which tenants and workloads are found."""
    field = QLineEdit(window)
    field.setAccessibleName(tr("Find tenants and workloads"))
    field.setPlaceholderText(tr("Find tenants and workloads"))
    field.setClearButtonEnabled(True)
    field.setMaxLength(200)
    field.setFixedWidth(230)
    return field
