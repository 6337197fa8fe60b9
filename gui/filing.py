"""Opens, saves and exports as the user asks: by dialogs, by drops, from what was opened lately."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings
from PySide6.QtWidgets import QMenu

from gui.asking import ask_export, ask_open, ask_save
from gui.jobs import Jobs
from gui.recent import Recent, RecentKept
from gui.text import one_line
from isoscope.assessment.vocabulary import Status
from isoscope.texts import tr, trn

if TYPE_CHECKING:
    from gui.judging import Seen
    from gui.main_window import MainWindow

_SAID_FOR = 8000
"""Milliseconds that the status bar says what was written."""


class Filing(QObject):
    """Files of one window."""

    def __init__(self, window: MainWindow, settings: QSettings) -> None:
        super().__init__(window)
        self._window = window
        self._session = session = window.session
        self._seen: Seen | None = None
        self.recent = RecentKept(Jobs(session.bridge), settings, self)
        self.recent.changed.connect(self._show_recent)
        session.shown_changed.connect(self._on_shown)
        session.saver.saved.connect(self._on_saved)
        session.exporter.exported.connect(partial(self._say, tr("Exported {name}")))
        actions = window.actions_
        actions.open.triggered.connect(self._ask_open)
        actions.save.triggered.connect(self._ask_save)
        actions.export.triggered.connect(lambda: self._ask_export(""))
        actions.export_tenant.triggered.connect(
            lambda: self._ask_export(window.overview.chosen_tenant if window.overview else "")
        )
        self.recent.look()

    def _show_recent(self, entries: tuple[Recent, ...]) -> None:
        """The list is made when there is something to list: most windows open on something else."""
        start = self._window.start
        if not start.lists_recent:
            if not entries:
                return
            listed = start.recent
            listed.chosen.connect(self.open)
            listed.forgotten.connect(self.recent.forget)
            listed.all_forgotten.connect(self.recent.forget_all)
        start.recent.show_entries(entries)

    def open(self, path: Path) -> None:
        """Opens a snapshot."""
        self._window.message.hide()
        self._session.open(path)

    def open_all(self, paths: Sequence[Path]) -> None:
        """Opens the first snapshot; the others stand below it in what was opened lately."""
        if not paths:
            return
        others = [Recent(path.absolute()) for path in paths[1:]]
        known = {entry.path: entry for entry in self.recent.entries}
        if others:
            self.recent.remember(known.get(other.path, other) for other in others)
        self.open(paths[0])
        if others:
            more = trn(
                "Another snapshot is at hand: File ▸ Open recent, or the start page (Alt+Home).",
                "{number} more are at hand: File ▸ Open recent, or the start page (Alt+Home).",
                len(others),
            )
            self._window.message.show_message(more, Status.NOT_REQUIRED)

    def fill_menu(self, menu: QMenu) -> None:
        """Fills the menu of what was opened lately; the first nine have a digit as their key."""
        menu.clear()
        for number, entry in enumerate(self.recent.entries, 1):
            host = f"{one_line(entry.host, 40)} — " if entry.host else ""
            name, folder = one_line(entry.path.name, 60), one_line(str(entry.path.parent), 60)
            text = f"{host}{name} ({folder})".replace("&", "&&")
            key = f"&{number} " if number <= 9 else ""
            menu.addAction(f"{key}{text}").triggered.connect(partial(self._reopen, entry.path))
        if menu.isEmpty():
            menu.addAction(tr("Nothing was opened yet")).setEnabled(False)

    def _reopen(self, path: Path, _checked: bool = False) -> None:  # noqa: FBT001, FBT002 - Qt's
        self.open(path)

    def _ask_open(self) -> None:
        if path := ask_open(self._window):
            self.open(path)

    def _ask_save(self) -> None:
        path, shown = ask_save(self._window), self._session.shown
        if path is not None and shown is not None:
            self._window.message.hide()
            self._session.saver.save(shown.seen.snapshot, path)

    def _ask_export(self, tenant: str) -> None:
        """Of one tenant, or of all where none is named."""
        path = ask_export(self._window)
        if path is not None and self._session.shown is not None:
            self._window.message.hide()
            self._session.exporter.export(self._session.shown, path, tenant)

    def _on_shown(self) -> None:
        shown = self._session.shown
        if shown is None or shown.seen is self._seen:  # judged anew
            return
        self._seen = shown.seen
        if shown.seen.path is not None:
            self._remember(shown.seen.path)

    def _on_saved(self, path: Path) -> None:
        self._say(tr("Saved {name}"), path.name)
        self._remember(path)

    def _remember(self, path: Path) -> None:
        """What is shown is in this file."""
        if self._seen is not None:
            inventory = self._seen.inventory
            host = inventory.host.name.value or ""
            self.recent.remember([Recent(path.absolute(), host, inventory.observed_at)])

    def _say(self, what: str, name: str) -> None:
        self._window.statusBar().showMessage(what.format(name=one_line(name, 80)), _SAID_FOR)
