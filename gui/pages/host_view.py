"""Everything about the host that is shown: its header, and pages of which each is one question.

A page is made when it is first opened, and told what is shown when it is looked at: one that
nobody opens costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

from gui.believing import viewpoint_title
from gui.facts import Fact
from gui.pages.page import Page
from gui.widgets.host_header import HostHeader
from isoscope.texts import tr

if TYPE_CHECKING:
    from gui.judging import Shown
    from gui.session import Session


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page that can be opened: its id, its title with the key of its tab, and how it is made."""

    id: str
    title: str
    make: Callable[[QWidget, Session], Page]


class HostView(QWidget):
    """The pages over one host."""

    opened = Signal(str)
    """The id of the page that is looked at now."""

    def __init__(self, entries: Sequence[PageEntry], session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Host and its pages"))
        self._entries = tuple(entries)
        self._session = session
        self._made: dict[str, Page] = {}
        self._stale: set[str] = set()
        self._shown: Shown | None = None
        self._words = ""
        self.header = HostHeader(self)
        self.tabs = QTabBar(self)
        self.tabs.setAccessibleName(tr("Pages"))
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setDocumentMode(True)
        self._stack = QStackedWidget(self)
        for number, entry in enumerate(self._entries, 1):
            self.tabs.addTab(entry.title)
            self.tabs.setTabToolTip(number - 1, f"Ctrl+{number}")
            keys = QShortcut(QKeySequence(f"Ctrl+{number}"), self)
            keys.activated.connect(lambda at=number - 1: self.tabs.setCurrentIndex(at))
        self.tabs.setVisible(len(self._entries) > 1)
        self.tabs.currentChanged.connect(self._open)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.tabs)
        layout.addWidget(self._stack, 1)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all pages, in their order."""
        return tuple(entry.id for entry in self._entries)

    @property
    def current(self) -> str:
        """The id of the page that is looked at."""
        return self._entries[max(self.tabs.currentIndex(), 0)].id

    def page(self, id_: str) -> Page:
        """A page, made now where it was not before.

        Raises:
            KeyError: there is no such page.
        """
        if id_ not in self._made:
            entry = {entry.id: entry for entry in self._entries}[id_]
            made = entry.make(self, self._session)
            self._made[id_] = made
            self._stale.add(id_)
            self._stack.addWidget(made)
        return self._made[id_]

    def choose(self, id_: str) -> None:
        """Looks at a page."""
        self.tabs.setCurrentIndex(self.ids.index(id_))
        self._open(self.tabs.currentIndex())

    def show_result(self, shown: Shown) -> None:
        """Shows an assessment on the page that is looked at, and later on those that are opened."""
        viewpoint = shown.question.viewpoint
        self.header.show_host(
            shown.seen.host,
            Fact(
                tr("From whose viewpoint"),
                viewpoint_title(viewpoint),
                viewpoint.description,
            ),
        )
        self._shown = shown
        for id_, page in self._made.items():
            if id_ != self.current:
                page.let_go()
        self._stale = set(self._made)
        self._open(self.tabs.currentIndex())

    def search(self, words: str) -> None:
        """Shows only what these words describe, on every page that can."""
        self._words = words
        self._stale = set(self._made)
        self._told(self.current, lambda page: page.search(words))
        self._stale.discard(self.current)

    def _open(self, place: int) -> None:
        id_ = self._entries[max(place, 0)].id
        page = self.page(id_)
        self._stack.setCurrentWidget(page)
        shown = self._shown
        if shown is not None and id_ in self._stale:
            self._told(id_, lambda page: page.search(self._words))
            self._told(id_, lambda page: page.show_result(shown))
            self._stale.discard(id_)
        self.opened.emit(id_)

    def _told(self, id_: str, tell: Callable[[Page], None]) -> None:
        page = self._made.get(id_)
        if page is not None:
            tell(page)
