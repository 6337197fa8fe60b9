"""The main window: composes pages, strips and actions; it knows no rule of the assessment."""

from __future__ import annotations

from argparse import Namespace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)

from gui.about import show_about
from gui.actions import Actions, allow
from gui.choices import Choices
from gui.dropping import dropped_files, offers_files
from gui.editing.actions import Editing
from gui.filing import Filing
from gui.glossary_word import show_glossary, speaks_of
from gui.pages.stack import PageStack
from gui.session import Session
from gui.text import one_line
from gui.theme import Appearance
from gui.toolbar import main_toolbar, search_field
from gui.under_way import UnderWay
from gui.widgets.choosers import Chooser
from gui.widgets.labels import ElidedLabel
from gui.widgets.notices import ActivityStrip, MessageStrip
from gui.window_state import WindowState
from isoscope.texts import tr

if TYPE_CHECKING:
    from pathlib import Path

    from gui.activity import Activity
    from gui.demo.show import Demonstration
    from gui.explaining import Explained
    from gui.pages.host_view import HostView
    from gui.pages.listing import ListingPage
    from gui.pages.overview import OverviewPage
    from gui.pages.start import StartPage
    from gui.rows import Rows
    from gui.trending import Since


class MainWindow(QMainWindow):
    """One host at a time: the start page until something is loaded, then the overview."""

    def __init__(self, choices: Choices, options: Namespace, appearance: Appearance) -> None:
        super().__init__()
        settings = QSettings()
        self.session = Session(choices, options, settings, self)
        self.setWindowTitle("Isoscope")
        self.setAcceptDrops(True)
        self.actions_ = Actions.of(self)
        self.actions_.add_menus(self, partial(show_about, self))
        self.search = search_field(self)
        self.profiles = Chooser(
            tr("&Required by"), choices.profiles, choices.first.profile.id, self
        )
        self.viewpoints = Chooser(
            tr("View&point"), choices.viewpoints, choices.first.viewpoint.id, self
        )
        speaks_of(self.profiles, "profile")
        speaks_of(self.viewpoints, "viewpoint")
        self.activity = ActivityStrip(self)
        self.under_way = UnderWay(self.activity, self)
        self.message = MessageStrip(self)
        self.pages = PageStack(self.actions_, self.session, self)
        self.what_is_shown = ElidedLabel(self)
        self.what_is_shown.setAccessibleName(tr("What is shown"))
        self._demo: Demonstration | None = None
        self.addToolBar(main_toolbar(self, [self.profiles, self.viewpoints], self.search))
        self.editing = Editing(self, choices)
        self._compose()
        self._connect()
        self.files = Filing(self, settings)
        self.state = WindowState(self, appearance, settings, choices.profile_files)
        self._enable()
        if choices.note:
            self.message.show_message(choices.note)

    def _compose(self) -> None:
        central = QWidget(self)
        self.column = layout = QVBoxLayout(central)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.message)
        layout.addWidget(self.activity)
        layout.addWidget(self.pages, 1)
        self.setCentralWidget(central)
        self.statusBar().addWidget(self.what_is_shown, 1)

    def _connect(self) -> None:
        session, actions = self.session, self.actions_
        session.shown_changed.connect(self._on_shown)
        session.listed.connect(self._on_listed)
        self.under_way.changed.connect(self._enable)
        for name, source, stop in (
            ("session", session, session.cancel),
            ("export", session.exporter, session.exporter.cancel),
            ("history", session.history, session.history.stop_trend),
        ):
            source.activity_changed.connect(partial(self.under_way.show, name, stop=stop))
        session.activity_changed.connect(self._on_activity)
        session.failed.connect(self.message.show_message)
        session.explained.connect(self._on_explained)
        session.history.worse.connect(self._on_worse)
        actions.scan.triggered.connect(self.scan)
        actions.demo.triggered.connect(self.show_demo)
        actions.cancel.triggered.connect(self.under_way.cancel)
        actions.search.triggered.connect(self._focus_search)
        actions.quit.triggered.connect(self.close)
        actions.start.triggered.connect(self.show_start)
        actions.glossary.triggered.connect(lambda: show_glossary(self))
        actions.recent.aboutToShow.connect(lambda: self.files.fill_menu(actions.recent))
        self.start.back.clicked.connect(self.show_host)
        self.profiles.chosen.connect(session.choose_profile)
        self.viewpoints.chosen.connect(session.choose_viewpoint)
        self.search.textChanged.connect(self.pages.search)

    def scan(self) -> None:
        """Looks at this machine."""
        self.message.hide()
        self.session.scan()

    def open(self, path: Path) -> None:
        """Opens a snapshot."""
        self.files.open(path)

    def show_start(self) -> None:
        """Shows the start page; what is shown of a host stays at hand."""
        if self.session.shown is not None:
            self.start.offer_back(one_line(self.session.shown.seen.host.name, 60))
        self.files.recent.look()
        self.pages.setCurrentWidget(self.start)
        self.start.begin()

    def show_host(self) -> None:
        """Shows the host that is loaded, if one is."""
        if self.host_view is not None:
            self.pages.show_host()

    def _focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _on_listed(self, rows: Rows) -> None:
        """Until what is opened is judged, what is listed in it is shown."""
        self.pages.show_listed(rows, self.search.text())
        self._enable()

    def _on_shown(self) -> None:
        shown = self.session.shown
        if shown is None:
            return
        first = self.host_view is None
        view = self.pages.show_host()
        if first:
            self.state.watch(view)
        view.show_result(shown)
        self.profiles.show_choice(shown.question.profile.id)
        self.viewpoints.show_choice(shown.question.viewpoint.id)
        self.setWindowTitle(f"{shown.seen.host.name} — Isoscope")
        self.what_is_shown.show_text(shown.from_where)
        self._enable()
        if first and self.overview is not None:
            self.editing.watch(self.overview)
            (self.overview.tenants if view.current == "overview" else view.tabs).setFocus()

    @property
    def start(self) -> StartPage:
        """The page that stands when nothing is loaded."""
        return self.pages.start

    @property
    def host_view(self) -> HostView | None:
        """The pages over the host; None until something was shown."""
        return self.pages.host_view

    @property
    def listing(self) -> ListingPage | None:
        """What is listed before it is judged; None until something was."""
        return self.pages.listing

    @property
    def overview(self) -> OverviewPage | None:
        """The page of tenants and verdicts; None until something was shown."""
        return self.pages.overview

    def _on_explained(self, explained: Explained) -> None:
        if self.overview is not None:
            self.overview.show_explained(explained)

    def _on_worse(self, since: Since) -> None:
        """A verdict fell, which is said also to somebody who looks away, or is less certain."""
        from gui.trending import worse_words  # not before it is needed

        self.message.show_message(worse_words(since))
        if since.fell:
            QApplication.alert(self)

    def _on_activity(self, activity: Activity | None) -> None:
        """What is listed and will not be judged is shown no more."""
        if activity is None and self.pages.lists and not self.session.judging:
            self.pages.leave_listing()
            self._enable()

    def _enable(self) -> None:
        loaded, busy = self.session.shown is not None and not self.pages.lists, self.session.busy
        allow(self.actions_.scan, not busy, tr("A scan or a load is under way"))
        for action in (self.actions_.save, self.actions_.export, self.actions_.export_tenant):
            allow(action, loaded, tr("Nothing is loaded yet"))
        allow(self.actions_.cancel, self.under_way.can_cancel, tr("Nothing is under way"))
        self.search.setEnabled(loaded or self.pages.lists)

    def show_demo(self) -> None:
        """Shows the bundled demonstration, with its story below the page."""
        self.state.keep()
        self.message.hide()
        if self._demo is None:
            from gui.demo.show import Demonstration

            self._demo = Demonstration(self)
        self._demo.start()

    def remake_pages(self) -> None:
        """Makes the pages over the host anew: after a change of the application's font."""
        if self.pages.drop_host():
            self._on_shown()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes files that are dropped on the window."""
        if offers_files(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Opens the first file that was dropped; the others are then at hand."""
        self.files.open_all(dropped_files(event))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keeps how the window is, and stops listening to workers."""
        self.state.keep()
        self.session.close()
        super().closeEvent(event)
