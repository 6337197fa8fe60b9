"""What the user can do, as actions with keys, in menus and on the toolbar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from gui.theme import Scheme
from isoscope.texts import tr


@dataclass(frozen=True, slots=True)
class Actions:
    """The actions of the main window."""

    scan: QAction
    open: QAction
    save: QAction
    export: QAction
    export_tenant: QAction
    demo: QAction
    cancel: QAction
    search: QAction
    start: QAction
    reset: QAction
    glossary: QAction
    quit: QAction
    appearance: QActionGroup
    recent: QMenu
    """Filled by whoever knows what was opened lately."""

    @classmethod
    def of(cls, window: QMainWindow) -> Actions:
        """Makes the actions; the window connects them."""

        def action(text: str, keys: str | QKeySequence.StandardKey, tip: str) -> QAction:
            made = QAction(text, window)
            made.setShortcut(QKeySequence(keys))
            made.setStatusTip(tip)
            return made

        standard = QKeySequence.StandardKey
        appearance = QActionGroup(window)
        for scheme, text in (
            (Scheme.SYSTEM, tr("As the &system")),
            (Scheme.LIGHT, tr("&Light")),
            (Scheme.DARK, tr("&Dark")),
        ):
            choice = appearance.addAction(text)
            choice.setCheckable(True)
            choice.setChecked(scheme is Scheme.SYSTEM)
            choice.setData(scheme.value)
        return cls(
            scan=action(tr("&Scan this machine"), "F5", tr("Look at this machine now")),
            open=action(tr("&Open …"), standard.Open, tr("Open a saved snapshot")),
            save=action(tr("&Save …"), standard.Save, tr("Save what was read as a snapshot")),
            export=action(
                tr("&Export a report …"), "Ctrl+E", tr("Write a report: HTML, PDF, JSON …")
            ),
            export_tenant=action(
                tr("Export a report of the chosen &tenant …"),
                "Ctrl+Shift+E",
                tr("Write a report of the chosen tenant alone"),
            ),
            demo=action(tr("Show the &demonstration"), "", tr("Tell the story of bundled hosts")),
            cancel=action(tr("&Cancel"), "Esc", tr("Stop what is under way")),
            search=action(tr("&Find"), standard.Find, tr("Find tenants and workloads")),
            start=action(tr("&Start page"), "Alt+Home", tr("Show the start page")),
            reset=action(
                tr("&Reset the window"),
                "",
                tr("Forget sizes, columns, the last page and the appearance that were chosen"),
            ),
            glossary=action(tr("&Glossary"), standard.HelpContents, tr("Say what the words mean")),
            quit=action(tr("&Quit"), standard.Quit, tr("Close Isoscope")),
            appearance=appearance,
            recent=QMenu(tr("Open &recent"), window),
        )

    def add_menus(self, window: QMainWindow, about: Callable[[], None]) -> None:
        """Fills the menu bar."""
        file = window.menuBar().addMenu(tr("&File"))
        file.addActions([self.scan, self.open])
        file.addMenu(self.recent)
        file.addAction(self.save)
        file.addSeparator()
        file.addActions([self.export, self.export_tenant])
        file.addSeparator()
        file.addActions([self.cancel])
        file.addSeparator()
        file.addActions([self.quit])
        view = window.menuBar().addMenu(tr("Vie&w"))
        view.addActions([self.start, self.search])
        look = view.addMenu(tr("&Appearance"))
        look.addActions(self.appearance.actions())
        view.addAction(self.reset)
        help_ = window.menuBar().addMenu(tr("&Help"))
        help_.addActions([self.glossary, self.demo])
        help_.addAction(tr("&About Isoscope")).triggered.connect(about)


def allow(action: QAction, allowed: bool, why_not: str) -> None:  # noqa: FBT001 - two words
    """Enables an action, or says in its tooltip why it cannot be done now."""
    action.setEnabled(allowed)
    tip = action.statusTip()
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    action.setToolTip(
        f"{tip} ({keys})"
        if allowed
        else tr("{tip}: not now. {why_not}").format(tip=tip, why_not=why_not)
    )
