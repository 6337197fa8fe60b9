"""What the user can do, as actions with keys, in menus and on the toolbar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from gui.theme import Scheme


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
            (Scheme.SYSTEM, "As the &system"),
            (Scheme.LIGHT, "&Light"),
            (Scheme.DARK, "&Dark"),
        ):
            choice = appearance.addAction(text)
            choice.setCheckable(True)
            choice.setChecked(scheme is Scheme.SYSTEM)
            choice.setData(scheme.value)
        return cls(
            scan=action("&Scan this machine", "F5", "Look at this machine now"),
            open=action("&Open …", standard.Open, "Open a saved snapshot"),
            save=action("&Save …", standard.Save, "Save what was read as a snapshot"),
            export=action("&Export a report …", "Ctrl+E", "Write a report: HTML, PDF, JSON …"),
            export_tenant=action(
                "Export a report of the chosen &tenant …",
                "Ctrl+Shift+E",
                "Write a report of the chosen tenant alone",
            ),
            demo=action("Show the &demonstration", "", "Tell the story of bundled hosts"),
            cancel=action("&Cancel", "Esc", "Stop what is under way"),
            search=action("&Find", standard.Find, "Find tenants and workloads"),
            start=action("&Start page", "Alt+Home", "Show the start page"),
            reset=action(
                "&Reset the window",
                "",
                "Forget sizes, columns, the last page and the appearance that were chosen",
            ),
            glossary=action("&Glossary", standard.HelpContents, "Say what the words mean"),
            quit=action("&Quit", standard.Quit, "Close Isoscope"),
            appearance=appearance,
            recent=QMenu("Open &recent", window),
        )

    def add_menus(self, window: QMainWindow, about: Callable[[], None]) -> None:
        """Fills the menu bar."""
        file = window.menuBar().addMenu("&File")
        file.addActions([self.scan, self.open])
        file.addMenu(self.recent)
        file.addAction(self.save)
        file.addSeparator()
        file.addActions([self.export, self.export_tenant])
        file.addSeparator()
        file.addActions([self.cancel])
        file.addSeparator()
        file.addActions([self.quit])
        view = window.menuBar().addMenu("Vie&w")
        view.addActions([self.start, self.search])
        look = view.addMenu("&Appearance")
        look.addActions(self.appearance.actions())
        view.addAction(self.reset)
        help_ = window.menuBar().addMenu("&Help")
        help_.addActions([self.glossary, self.demo])
        help_.addAction("&About Isoscope").triggered.connect(about)


def allow(action: QAction, allowed: bool, why_not: str) -> None:  # noqa: FBT001 - two words
    """Enables an action, or says in its tooltip why it cannot be done now."""
    action.setEnabled(allowed)
    tip = action.statusTip()
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    action.setToolTip(f"{tip} ({keys})" if allowed else f"{tip}: not now. {why_not}")
