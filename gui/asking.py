"""Asks for files; everything is None where the user thought better of it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from isoscope.texts import tr

_SNAPSHOTS = tr("Isoscope snapshots (*.json *.json.gz);;All files (*)")


def ask_open(parent: QWidget) -> Path | None:
    """Which snapshot to open."""
    name, _ = QFileDialog.getOpenFileName(parent, tr("Open a snapshot"), "", _SNAPSHOTS)
    return Path(name) if name else None


def ask_save(parent: QWidget) -> Path | None:
    """Where to save the snapshot."""
    name, _ = QFileDialog.getSaveFileName(
        parent, tr("Save the snapshot"), "snapshot.json", _SNAPSHOTS
    )
    return Path(name) if name else None


def ask_export(parent: QWidget) -> Path | None:
    """Where to export a report, and by the ending of the name in which format."""
    from gui.exporting import FORMATS

    filters = ";;".join(f"{title} (*{ending})" for ending, title in FORMATS.items())
    name, _ = QFileDialog.getSaveFileName(parent, tr("Export a report"), "isoscope.html", filters)
    return Path(name) if name else None


def ask_plan(parent: QWidget) -> Path | None:
    """Where to export a plan, and by the ending of the name in which format."""
    from gui.plan_exporting import FORMATS

    filters = ";;".join(f"{title} (*{ending})" for ending, title in FORMATS.items())
    name, _ = QFileDialog.getSaveFileName(parent, tr("Export the plan"), "what-if.md", filters)
    return Path(name) if name else None
