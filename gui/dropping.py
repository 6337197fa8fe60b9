"""Files that are dropped on the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QDropEvent


def offers_files(event: QDropEvent) -> bool:
    """Whether files of this machine are among what is dragged."""
    return any(url.isLocalFile() for url in event.mimeData().urls())


def dropped_files(event: QDropEvent) -> list[Path]:
    """The files that were dropped, in their order."""
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
