"""The tenants file as a whole: opened, changed by hand, saved, and asked about when all closes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox

from gui.actions import allow
from gui.editing import requirements
from gui.editing.kept import RequirementsKept
from gui.tenants_file import UNNAMED, read_rules
from gui.text import one_line
from isoscope.texts import tr

if TYPE_CHECKING:
    from gui.main_window import MainWindow

_TOML = tr("TOML (*.toml);;All files (*)")


def edit_action(owner: QObject, text: str, keys: str, do: Callable[[], None]) -> QAction:
    """An action that does something without being told how it was triggered."""
    made = QAction(text, owner)
    made.setShortcut(QKeySequence(keys))
    made.setStatusTip(text.replace("&", "").removesuffix(" …"))
    made.triggered.connect(lambda _: do())
    return made


def open_dialog(window: MainWindow, dialog: QDialog, accepted: Callable[[], None]) -> None:
    """Opens a dialog over the window, and does something when it is accepted."""
    window.message.hide()
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.accepted.connect(accepted)
    dialog.open()


def ask_path(window: MainWindow, title: str, name: str) -> Path | None:
    """Where to save TOML; None where the user thought better of it."""
    chosen, _ = QFileDialog.getSaveFileName(window, title, name, _TOML)
    return Path(chosen) if chosen else None


class FileActions(QObject):
    """Opens and saves the tenants file."""

    def __init__(self, window: MainWindow, kept: RequirementsKept) -> None:
        super().__init__(window)
        self._window = window
        self.kept = kept
        self.open = edit_action(self, tr("&Open a tenants file …"), "Ctrl+Shift+O", self._open)
        self.as_text = edit_action(self, tr("&Tenants file as text …"), "Ctrl+T", self._edit_text)
        self.save = edit_action(self, tr("&Save the tenants file"), "Ctrl+Shift+S", self.save_file)
        self.save_as = edit_action(self, tr("Save the tenants file &as …"), "", self._save_as)
        kept.changed.connect(self._enable)
        kept.failed.connect(window.message.show_message)
        kept.saved.connect(
            lambda name: window.statusBar().showMessage(tr("Saved {name}").format(name=name), 8000)
        )
        self._enable()
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keeps the window open while something is to be saved."""
        if watched is self._window and event.type() is QEvent.Type.Close:
            if not self._may_close():
                event.ignore()
                return True
            self.kept.close()
        return super().eventFilter(watched, event)

    @property
    def all(self) -> list[QAction]:
        """The actions, in the order of the menu."""
        return [self.open, self.as_text, self.save, self.save_as]

    def _enable(self) -> None:
        allow(self.save, self.kept.unsaved, tr("Nothing was changed since it was saved"))
        allow(self.save_as, bool(self.kept.now.text), tr("Nothing is written yet"))

    def _may_close(self) -> bool:
        """Whether the window may close: what was not saved is asked about first."""
        if not self.kept.unsaved:
            return True
        buttons = QMessageBox.StandardButton
        answer = self.ask_unsaved()
        if answer is buttons.Save:
            self.save_file(then=self._close)
        return answer is buttons.Discard

    def ask_unsaved(self) -> QMessageBox.StandardButton:
        """Asks what becomes of what was not saved."""
        buttons = QMessageBox.StandardButton
        box = QMessageBox(self._window)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(tr("Save the tenants file?"))
        box.setText(
            tr("{name} was changed and not saved.").format(name=one_line(self.kept.now.name, 80))
        )
        box.setInformativeText(
            tr("What was assigned and required here is lost if it is not saved.")
        )
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        return QMessageBox.StandardButton(box.exec())

    def _close(self) -> None:
        self._window.close()

    def _edit_text(self) -> None:
        from gui.editing.toml_dialog import TomlDialog

        now = self.kept.now
        dialog = TomlDialog(
            self._window,
            self._window.session.bridge,
            title=tr("Tenants file: {name}").format(name=now.name),
            about=tr(
                "Who owns what: [[rule]] tables, of which the first that matches counts. What "
                "tenants require: [profile] and [reference-values.TENANT.KIND]."
            ),
            text=now.text,
            check=lambda text: read_rules(text, now.path),
        )

        def use() -> None:
            text = dialog.text
            self.kept.change(
                tr("Change the tenants file"), lambda before: requirements.with_text(before, text)
            )

        open_dialog(self._window, dialog, use)

    def _open(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self._window, tr("Open a tenants file"), "", _TOML)
        if name:
            self.kept.open(Path(name))

    def save_file(self, *, then: Callable[[], None] | None = None) -> None:
        """Saves the tenants file; asks where, if that is not known yet."""
        path = self.kept.now.path
        if path is None:
            path = ask_path(self._window, tr("Save the tenants file"), UNNAMED)
        if path is not None:
            self.kept.save(path, then=then)

    def _save_as(self) -> None:
        path = ask_path(self._window, tr("Save the tenants file"), self.kept.now.name)
        if path is not None:
            self.kept.save(path)
