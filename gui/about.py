"""What Isoscope is, in one box."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from isoscope import __version__
from isoscope.texts import tr


def show_about(parent: QWidget) -> None:
    """Says what the program is, and its version."""
    box = QMessageBox(parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle(tr("About Isoscope"))
    box.setText(f"Isoscope {__version__}")
    box.setInformativeText(
        tr(
            "What keeps the workloads of each tenant on a host apart, and whose word that rests on."
            "\nIt looks, and changes nothing on the host it looks at."
        )
    )
    box.open()
