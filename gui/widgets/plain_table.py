"""A table of rows to read and to choose, as all tables of the window are."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from gui.widgets.heading import QuietHeader
from isoscope.texts import tr


def plain_table(model: QAbstractItemModel, name: str, parent: QWidget) -> QTableView:
    """Shows a model: no grid, whole rows, Tab leaves it.

    Args:
        model: what to show.
        name: for a screen reader.
        parent: the widget that it belongs to.
    """
    view = QTableView(parent)
    view.setAccessibleName(name)
    view.setAccessibleDescription(tr("Up and down choose a row"))
    view.setModel(model)
    view.setFrameShape(QTableView.Shape.NoFrame)
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setTabKeyNavigation(False)
    view.setCornerButtonEnabled(False)
    view.verticalHeader().hide()
    view.setHorizontalHeader(QuietHeader(view))
    return view


def fit_columns(view: QTableView) -> None:
    """Makes columns as wide as their content, but those whose width a hand chose."""
    view.resizeColumnsToContents()
    use_chosen_widths(view)


def use_chosen_widths(view: QTableView) -> None:
    """Gives columns the width that a hand chose for them."""
    header = view.horizontalHeader()
    if isinstance(header, QuietHeader):
        header.use_widths(header.widths)
