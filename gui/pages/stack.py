"""What fills the window: the start page, what is listed before it is judged, or a host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget, QWidget

from gui.pages.start import StartPage

if TYPE_CHECKING:
    from gui.actions import Actions
    from gui.pages.host_view import HostView
    from gui.pages.listing import ListingPage
    from gui.pages.overview import OverviewPage
    from gui.rows import Rows
    from gui.session import Session


class PageStack(QStackedWidget):
    """One of them at a time; each but the start page is made when it is first shown."""

    def __init__(self, actions: Actions, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.start = StartPage(actions, self)
        self.addWidget(self.start)
        self.host_view: HostView | None = None
        self.listing: ListingPage | None = None

    @property
    def lists(self) -> bool:
        """Whether what is listed is shown."""
        return self.listing is not None and self.currentWidget() is self.listing

    @property
    def overview(self) -> OverviewPage | None:
        """The page of tenants and verdicts; None until a host was shown."""
        if self.host_view is None:
            return None
        page: OverviewPage = self.host_view.page("overview")  # type: ignore[assignment]
        return page

    def search(self, words: str) -> None:
        """Shows only what these words describe."""
        for page in (self.host_view, self.listing):
            if page is not None:
                page.search(words)

    def show_listed(self, rows: Rows, words: str) -> None:
        """Shows what is listed, as far as these words describe it."""
        if self.listing is None:
            from gui.pages.listing import ListingPage

            self.listing = ListingPage(self)
            self.addWidget(self.listing)
        self.listing.search(words)
        self.listing.show_listed(rows)
        self.setCurrentWidget(self.listing)

    def show_host(self) -> HostView:
        """Shows the pages over a host; the tenant that was chosen of what was listed stays so."""
        if self.host_view is None:
            from gui.pages.all import PAGES
            from gui.pages.host_view import HostView

            self.host_view = HostView(PAGES, self._session, self)
            self.addWidget(self.host_view)
        if self.lists and self.listing is not None and self.overview is not None:
            self.overview.choose_tenant(self.listing.chosen_tenant)
        self.setCurrentWidget(self.host_view)
        return self.host_view

    def leave_listing(self) -> None:
        """Shows what was shown before something was listed."""
        self.setCurrentWidget(self.host_view or self.start)

    def drop_host(self) -> bool:
        """Forgets the pages over the host; whether there were any."""
        before, self.host_view = self.host_view, None
        if before is None:
            return False
        self.removeWidget(before)
        before.deleteLater()
        return True
