"""Settings that are not those of whoever runs the tests."""

from __future__ import annotations

from PySide6.QtCore import QSettings


def keep_settings_in(folder: str) -> None:
    """Has windows of this process keep in ``folder`` what users choose."""
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
