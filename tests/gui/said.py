"""What a window says, each text with the widget that says it."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QTabBar,
    QTableView,
    QTreeView,
    QWidget,
)

Said = Iterator[tuple[str, str]]
"""Pairs of the name of a widget, or of the nearest around it that has one, and a text."""


def said(window: QWidget) -> Said:
    """Texts, names, placeholders and tooltips of widgets; menus, tabs and headings of columns.

    Not what stands in cells, trees and fields, and nothing of Qt's own.
    """
    for widget in (window, *window.findChildren(QWidget)):
        if not _is_of_qt(widget):
            for text in _texts(widget):
                yield name_of(widget), text


def headings(window: QWidget, section: object, role: int) -> Said:
    """What heads the parts of trees: nodes, as this role gives them, of the style of sections."""
    for view in window.findChildren(QTreeView):
        model = view.model()
        for index in _indexes(model, QModelIndex()):
            if index.data(role).style == section:
                yield name_of(view), str(index.data())


def name_of(widget: QWidget | None) -> str:
    """The accessible name of a widget, or of the nearest around it."""
    while widget is not None:
        if name := widget.accessibleName():
            return name
        widget = widget.parentWidget()
    return ""


def _texts(widget: QWidget) -> Iterator[str]:
    yield from (widget.accessibleName(), widget.toolTip())
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    elif isinstance(widget, QLineEdit | QPlainTextEdit):
        yield widget.placeholderText()
    elif isinstance(widget, QTabBar):
        yield from (widget.tabText(place) for place in range(widget.count()))
    elif isinstance(widget, QMenu):
        for action in widget.actions():
            yield from (action.text(), action.statusTip(), action.toolTip())
    elif isinstance(widget, QTableView):
        model, across = widget.model(), Qt.Orientation.Horizontal
        for column in range(model.columnCount()):
            for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
                yield str(model.headerData(column, across, role) or "")
    if widget.isWindow():
        yield widget.windowTitle()


def _indexes(model: QAbstractItemModel, parent: QModelIndex) -> Iterator[QModelIndex]:
    for row in range(model.rowCount(parent)):
        index = model.index(row, 0, parent)
        yield index
        yield from _indexes(model, index)


def _is_of_qt(widget: QWidget) -> bool:
    """Qt has catalogues of its own for parts of its widgets and for standard buttons."""
    around = widget.parentWidget()
    if isinstance(around, QDialogButtonBox) and isinstance(widget, QAbstractButton):
        return around.standardButton(widget) is not QDialogButtonBox.StandardButton.NoButton
    if isinstance(around, QTabBar):
        return True  # its arrows
    return widget.objectName().startswith("qt_")
