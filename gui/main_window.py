"""The main window: composes pages, strips and actions; it knows no rule of the assessment."""

from __future__ import annotations

from argparse import Namespace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from gui.about import show_about
from gui.actions import Actions, allow
from gui.activity import Activity
from gui.asking import ask_export, ask_open, ask_save
from gui.choices import Choices
from gui.dropping import dropped_files, offers_files
from gui.editing.actions import Editing
from gui.pages.start import StartPage
from gui.session import Session
from gui.text import moment
from gui.theme import Appearance, Scheme
from gui.toolbar import main_toolbar
from gui.widgets.choosers import Chooser
from gui.widgets.notices import ActivityStrip, MessageStrip

if TYPE_CHECKING:
    from gui.demo.show import Demonstration
    from gui.explaining import Explained
    from gui.pages.host_view import HostView
    from gui.pages.overview import OverviewPage


class MainWindow(QMainWindow):
    """One host at a time: the start page until something is loaded, then the overview."""

    def __init__(self, choices: Choices, options: Namespace, appearance: Appearance) -> None:
        super().__init__()
        self._appearance = appearance
        self.session = Session(choices, options, QSettings(), self)
        self.setWindowTitle("Isoscope")
        self.setAcceptDrops(True)
        self.resize(1280, 800)
        self.actions_ = Actions.of(self)
        self.actions_.add_menus(self, partial(show_about, self))
        self.search = QLineEdit(self)
        self.search.setAccessibleName("Find tenants and workloads")
        self.search.setPlaceholderText("Find tenants and workloads")
        self.search.setClearButtonEnabled(True)
        self.search.setMaxLength(200)
        self.search.setFixedWidth(230)
        self.profiles = Chooser("&Required by", choices.profiles, choices.first.profile.id, self)
        self.viewpoints = Chooser(
            "View&point", choices.viewpoints, choices.first.viewpoint.id, self
        )
        self.activity = ActivityStrip(self)
        self.message = MessageStrip(self)
        self._pages = QStackedWidget(self)
        self.start = StartPage(self.actions_, self)
        self._demo: Demonstration | None = None
        self._pages.addWidget(self.start)
        self.host_view: HostView | None = None
        self.addToolBar(main_toolbar(self, [self.profiles, self.viewpoints], self.search))
        self.editing = Editing(self, choices)
        self._compose()
        self._connect()
        self._enable()
        self.statusBar()

    def _compose(self) -> None:
        central = QWidget(self)
        self.column = layout = QVBoxLayout(central)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.message)
        layout.addWidget(self.activity)
        layout.addWidget(self._pages, 1)
        self.setCentralWidget(central)

    def _connect(self) -> None:
        session, actions = self.session, self.actions_
        session.shown_changed.connect(self._on_shown)
        session.activity_changed.connect(self._on_activity)
        session.failed.connect(self.message.show_message)
        session.saved.connect(lambda name: self.statusBar().showMessage(f"Saved {name}", 8000))
        session.explained.connect(self._on_explained)
        session.history.fell.connect(self._on_fell)
        actions.scan.triggered.connect(self.scan)
        actions.open.triggered.connect(self._ask_open)
        actions.save.triggered.connect(self._ask_save)
        actions.export.triggered.connect(lambda: self._ask_export(""))
        actions.export_tenant.triggered.connect(
            lambda: self._ask_export(self.overview.chosen_tenant if self.overview else "")
        )
        session.exporter.exported.connect(
            lambda name: self.statusBar().showMessage(f"Exported {name}", 8000)
        )
        actions.demo.triggered.connect(self.show_demo)
        actions.cancel.triggered.connect(session.cancel)
        actions.search.triggered.connect(self._focus_search)
        actions.quit.triggered.connect(self.close)
        actions.appearance.triggered.connect(self._on_appearance)
        self.activity.cancelled.connect(session.cancel)
        self.profiles.chosen.connect(session.choose_profile)
        self.viewpoints.chosen.connect(session.choose_viewpoint)
        self.search.textChanged.connect(self._on_search)

    def scan(self) -> None:
        """Looks at this machine."""
        self.message.hide()
        self.session.scan()

    def open(self, path: Path) -> None:
        """Opens a snapshot."""
        self.message.hide()
        self.session.open(path)

    def _ask_open(self) -> None:
        if path := ask_open(self):
            self.open(path)

    def _ask_save(self) -> None:
        if path := ask_save(self):
            self.message.hide()
            self.session.save(path)

    def _ask_export(self, tenant: str) -> None:
        """Of one tenant, or of all where none is named."""
        path = ask_export(self)
        if path is not None and self.session.shown is not None:
            self.message.hide()
            self.session.exporter.export(self.session.shown, path, tenant)

    def _focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _on_search(self, words: str) -> None:
        if self.host_view is not None:
            self.host_view.search(words)

    def _on_shown(self) -> None:
        shown = self.session.shown
        if shown is None:
            return
        first = self.host_view is None
        view = self._view()
        self._pages.setCurrentWidget(view)
        view.show_result(shown)
        self.profiles.show_choice(shown.question.profile.id)
        self.viewpoints.show_choice(shown.question.viewpoint.id)
        seen, origin = shown.seen, shown.seen.origin or "this machine"
        self.setWindowTitle(f"{seen.host.name} — Isoscope")
        self.statusBar().showMessage(
            f"{origin}, observed {moment(seen.inventory.observed_at)} · "
            f"required by {shown.required_by}"
        )
        self._enable()
        if first and self.overview is not None:
            self.editing.watch(self.overview)
            self.overview.tenants.setFocus()

    @property
    def overview(self) -> OverviewPage | None:
        """The page of tenants and verdicts; None until something was shown."""
        if self.host_view is None:
            return None
        page: OverviewPage = self.host_view.page("overview")  # type: ignore[assignment]
        return page

    def _view(self) -> HostView:
        if self.host_view is None:
            from gui.pages.all import PAGES
            from gui.pages.host_view import HostView

            self.host_view = HostView(PAGES, self.session, self)
            self._pages.addWidget(self.host_view)
        return self.host_view

    def _on_explained(self, explained: Explained) -> None:
        if self.overview is not None:
            self.overview.show_explained(explained)

    def _on_fell(self, verdicts: tuple[str, ...]) -> None:
        """A verdict is worse than at the look before: said, also to somebody who looks away."""
        more = f" and {len(verdicts) - 1:,} more" if len(verdicts) > 1 else ""
        self.message.show_message(f"Fell since the last look: {verdicts[0]}{more}.")
        QApplication.alert(self)

    def _on_activity(self, activity: Activity | None) -> None:
        if activity is None:
            self.activity.rest()
        else:
            self.activity.show_activity(
                activity.text, activity.done, activity.total, can_cancel=activity.can_cancel
            )
        self._enable()

    def _enable(self) -> None:
        loaded, busy = self.session.shown is not None, self.session.busy
        allow(self.actions_.scan, not busy, "A scan or a load is under way")
        allow(self.actions_.save, loaded, "Nothing is loaded yet")
        allow(self.actions_.export, loaded, "Nothing is loaded yet")
        allow(self.actions_.export_tenant, loaded, "Nothing is loaded yet")
        allow(self.actions_.cancel, busy, "Nothing is under way")
        self.search.setEnabled(loaded)

    def _on_appearance(self, chosen: QAction) -> None:
        self._appearance.choose(Scheme(chosen.data()))

    def show_demo(self) -> None:
        """Shows the bundled demonstration, with its story below the page."""
        self.message.hide()
        if self._demo is None:
            from gui.demo.show import Demonstration

            self._demo = Demonstration(self)
        self._demo.start()

    def remake_pages(self) -> None:
        """Makes the pages over the host anew: after a change of the application's font."""
        before, self.host_view = self.host_view, None
        if before is not None:
            self._pages.removeWidget(before)
            before.deleteLater()
            self._on_shown()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes files that are dropped on the window."""
        if offers_files(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Opens the first file that was dropped."""
        for path in dropped_files(event)[:1]:
            self.open(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stops listening to workers."""
        self.session.close()
        super().closeEvent(event)
