"""How the window was left: size and place, page, splitters, columns, appearance, question.

What depends on the size of the type, such as the width of a column, is kept for each size of the
type: a presentation in large type neither uses nor changes what was chosen for every day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject, QSettings, QSize
from PySide6.QtGui import QAction, QFontMetrics
from PySide6.QtWidgets import QApplication, QSplitter, QWidget

from gui.kept_question import keep_profile, keep_viewpoint
from gui.theme import Appearance, Scheme
from gui.widgets.heading import QuietHeader

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gui.main_window import MainWindow
    from gui.pages.host_view import HostView
    from isoscope.assessment.profile import Profile
    from isoscope.assessment.viewpoint import Viewpoint

FIRST_SIZE = QSize(1280, 800)
"""Of the window when nobody chose one, in device-independent pixels."""

_GROUP = "window"
_GEOMETRY, _PAGE, _SCHEME = f"{_GROUP}/geometry", f"{_GROUP}/page", f"{_GROUP}/appearance"
_RESTORED = "restored"
"""Property of a page that was given back what was kept of it."""


class WindowState(QObject):
    """Restores one window, and keeps how it is left."""

    def __init__(
        self,
        window: MainWindow,
        appearance: Appearance,
        settings: QSettings,
        profile_files: Mapping[str, Path],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._appearance = appearance
        self._settings = settings
        self._profile_files = dict(profile_files)
        """Where profiles of the user's own were saved, by their ids."""
        self._restore_appearance()
        self._restore_size()
        actions = window.actions_
        actions.appearance.triggered.connect(self._on_appearance)
        actions.reset.triggered.connect(self.reset)
        window.profiles.chosen.connect(self._on_profile)
        window.viewpoints.chosen.connect(self._on_viewpoint)

    def _restore_size(self) -> None:
        geometry = self._settings.value(_GEOMETRY)
        # Qt moves and shrinks it where its screen is not there any more.
        if not (isinstance(geometry, QByteArray) and self._window.restoreGeometry(geometry)):
            self._window.resize(FIRST_SIZE)

    def _restore_appearance(self) -> None:
        kept = self._settings.value(_SCHEME)
        for choice in self._window.actions_.appearance.actions():
            if choice.data() == kept:
                choice.setChecked(True)
                self._appearance.choose(Scheme(choice.data()))

    def watch(self, view: HostView) -> None:
        """Opens the page that was looked at last, and each page as it was left."""
        if self._settings.value(_PAGE) in view.ids:
            view.choose(str(self._settings.value(_PAGE)))
        view.opened.connect(lambda id_: self._restore_page(id_, view.page(id_)))

    def keep(self) -> None:
        """Keeps the size and the page; what hands move is kept when they move it.

        Nothing of a demonstration is kept: its words make the window larger than it was.
        """
        window = self._window
        if self._in_story:
            return
        if not window.isFullScreen():
            self._settings.setValue(_GEOMETRY, window.saveGeometry())
        if window.host_view is not None:
            self._settings.setValue(_PAGE, window.host_view.current)

    def reset(self) -> None:
        """Forgets how the window was left, and makes it anew as it is at first."""
        self._settings.remove(_GROUP)
        system = self._window.actions_.appearance.actions()[0]
        system.trigger()
        self._settings.remove(_SCHEME)
        self._window.showNormal()
        self._window.resize(FIRST_SIZE)
        self._window.remake_pages()

    @property
    def _in_story(self) -> bool:
        """Whether the demonstration is shown, which turns pages and asks questions by itself."""
        shown = self._window.session.shown
        return shown is not None and shown.seen.roots is not None

    def keep_profile_file(self, profile: Profile, path: Path) -> None:
        """Begins with a profile of the user's own next time, which was saved there."""
        self._profile_files[profile.id] = path
        self._on_profile(profile)

    def _on_profile(self, profile: Profile) -> None:
        if not self._in_story:
            keep_profile(self._settings, profile, self._profile_files.get(profile.id))

    def _on_viewpoint(self, viewpoint: Viewpoint) -> None:
        if not self._in_story:
            keep_viewpoint(self._settings, viewpoint)

    def _on_appearance(self, chosen: QAction) -> None:
        self._appearance.choose(Scheme(chosen.data()))
        self._settings.setValue(_SCHEME, chosen.data())

    def _restore_page(self, id_: str, page: QWidget) -> None:
        """Once for each page that is made, after it was first filled."""
        if page.property(_RESTORED):
            return
        page.setProperty(_RESTORED, True)
        for splitter in page.findChildren(QSplitter):
            if splitter.objectName() and not splitter.objectName().startswith("qt_"):
                self._restore_splitter(splitter, _of_type_size(f"{id_}/{splitter.objectName()}"))
        for header in page.findChildren(QuietHeader):
            table = header.parentWidget()
            if table is not None and table.accessibleName():
                self._restore_columns(header, _of_type_size(f"{id_}/{table.accessibleName()}"))

    def _restore_splitter(self, splitter: QSplitter, key: str) -> None:
        kept = self._settings.value(key)
        if isinstance(kept, QByteArray) and splitter.restoreState(kept):
            # As if a hand had moved it: pages divide by themselves until one does.
            splitter.splitterMoved.emit(splitter.sizes()[0], 1)
        splitter.splitterMoved.connect(
            lambda *_: self._settings.setValue(key, splitter.saveState())
        )

    def _restore_columns(self, header: QuietHeader, key: str) -> None:
        header.use_widths(_widths(self._settings.value(key)))
        header.widened.connect(
            lambda: self._settings.setValue(
                key, " ".join(f"{column}:{width}" for column, width in header.widths.items())
            )
        )


def _of_type_size(name: str) -> str:
    """Where the settings keep something that depends on the size of the type."""
    return f"{_GROUP}/type-{QFontMetrics(QApplication.font()).height()}/{name}"


def _widths(kept: object) -> dict[int, int]:
    """``0:120 3:80``: columns and their widths; what is no such text says nothing."""
    pairs = [pair.partition(":") for pair in str(kept or "").split()]
    return {
        int(column): int(width)
        for column, _, width in pairs
        if column.isdecimal() and width.isdecimal() and len(column) < 4 and len(width) < 5
    }
