"""The host: its TEEs stage by stage, what confines its workloads, its CPU flaws, its boot chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from gui.glossary_word import speaks_of
from gui.grid import Grid
from gui.pages.page import Page
from gui.widgets.grid import GridWidget
from isoscope.texts import tr

if TYPE_CHECKING:
    from gui.judging import Shown


class HostPage(Page):
    """Grids about the host that is shown."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Host page"))
        self.parts = QTabWidget(self)
        self.parts.setDocumentMode(True)
        self.parts.setAccessibleName(tr("Parts of the host"))
        self.parts.tabBar().setAccessibleName(tr("Parts of the host"))
        self.tees = GridWidget(tr("Trusted execution environments"), self)
        self.labels = GridWidget(tr("SELinux and AppArmor"), self)
        self.flaws = GridWidget(tr("CPU flaws by attack vector"), self)
        self.booleans = GridWidget(tr("SELinux booleans"), self)
        self.boot = GridWidget(tr("Boot chain"), self)
        self.parts.addTab(self.tees, tr("TE&Es"))
        self.parts.addTab(self.labels, tr("SELinu&x and AppArmor"))
        self.parts.addTab(self.booleans, tr("SELinux &booleans"))
        self.parts.addTab(self.flaws, tr("&CPU flaws"))
        self.parts.addTab(self.boot, tr("Boot chai&n"))
        speaks_of(self.tees, "TEE")
        speaks_of(self.labels, "label")
        speaks_of(self, "host")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.parts)

    def show_result(self, shown: Shown) -> None:
        """Shows the host; a viewpoint changes nothing of it."""
        grids = shown.seen.grids
        self.tees.show_grid(grids.tees)
        self.labels.show_grid(grids.labels)
        self.booleans.show_grid(grids.booleans)
        self.flaws.show_grid(grids.flaws)
        self.boot.show_grid(grids.boot)

    def let_go(self) -> None:
        """Forgets the grid that has a row for each workload."""
        self.labels.show_grid(Grid("", "", (), ()))
