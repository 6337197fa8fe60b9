"""The evidence of one workload: give it, ask for it, and see what was checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.attested_nodes import attested_nodes
from gui.dropping import dropped_files, offers_files
from gui.rows import Subject, SubjectKind
from gui.widgets.labels import ElidedLabel, EmptyState, PlainLabel
from gui.widgets.tree import NodeView
from isoscope.texts import tr

if TYPE_CHECKING:
    from gui.attesting import Attested
    from isoscope.attestation.challenge import Challenge

_NO_WORKLOAD = tr(
    "Evidence belongs to one workload.\n\nChoose a workload, and drop its evidence on it or here."
)
_NO_EVIDENCE = tr(
    "No evidence was given for this workload.\n\n"
    "What its host says of a TEE is only a claim. Ask the workload’s owner for evidence that its "
    "hardware signed, and drop the files here: the report or quote, with the certificates, "
    "collateral and reference values (TOML) that belong to it."
)
_WAYS = (
    ("configfs-tsm", tr("Confidential VM: SEV-SNP, TDX, Arm CCA")),
    ("confidential-containers", tr("Confidential Containers")),
    ("gramine", tr("Gramine (SGX)")),
    ("nitro", tr("AWS Nitro enclave")),
)


class EvidencePage(QWidget):
    """One workload's evidence."""

    given = Signal(str, object)
    """A workload's id, and a list of `Path` that were given for it."""
    asked = Signal(str, str)
    """A workload's id, and the `Way` in which its owner is to be asked."""
    forgotten = Signal(str)
    """A workload's id, whose evidence is to be forgotten."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Evidence"))
        self.setAcceptDrops(True)
        self._workload: str | None = None
        self._name = ElidedLabel(self)
        self._name.setAccessibleName(tr("Workload of the evidence"))
        self.add = QPushButton(tr("&Add files …"), self)
        self.add.setAccessibleName(tr("Add files of evidence"))
        self.ask = self._ask_button()
        self.forget = QPushButton(tr("For&get"), self)
        self.forget.setAccessibleName(tr("Forget the evidence of this workload"))
        self.challenge = _ChallengeBox(self)
        self.nodes = NodeView(self)
        self.nodes.setAccessibleName(tr("Checks of the evidence"))
        self._nothing = EmptyState(_NO_WORKLOAD, tr("No evidence"), self)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.nodes)
        self._stack.addWidget(self._nothing)
        self._compose()
        self.add.clicked.connect(self._choose_files)
        self.forget.clicked.connect(self._forget)
        self.show_workload(None, "", None)

    def _ask_button(self) -> QToolButton:
        button = QToolButton(self)
        button.setText(tr("Ask for fresh eviden&ce"))
        button.setAccessibleName(tr("Ask for fresh evidence"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        for way, title in _WAYS:
            action = menu.addAction(title)
            action.setData(way)
        menu.triggered.connect(lambda action: self._ask(action.data()))
        button.setMenu(menu)
        return button

    def _compose(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for button in (self.add, self.ask, self.forget):
            buttons.addWidget(button)
        buttons.addStretch()
        top = QVBoxLayout()
        top.setContentsMargins(14, 12, 14, 4)
        top.setSpacing(8)
        top.addWidget(self._name)
        top.addLayout(buttons)
        top.addWidget(self.challenge)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addWidget(self._stack, 1)

    @property
    def says_nothing(self) -> bool:
        """Whether it says that there is no evidence."""
        return self._stack.currentWidget() is self._nothing

    def show_workload(self, subject: Subject | None, name: str, attested: Attested | None) -> None:
        """Shows the evidence of a workload; of anything else, that it has none.

        Args:
            subject: what is chosen.
            name: of it, ready to be shown.
            attested: its evidence; None where none was given or asked for.
        """
        of_workload = subject is not None and subject.kind is SubjectKind.WORKLOAD
        self._workload = subject.id if of_workload and subject is not None else None
        self._name.show_text(name if of_workload else "", subject.id if subject else "")
        for button in (self.add, self.ask):
            button.setEnabled(of_workload)
        self.forget.setEnabled(of_workload and attested is not None)
        self.challenge.show_challenge(attested.given.challenge if attested else None)
        nodes = attested_nodes(attested) if attested is not None else ()
        self.nodes.show_nodes(nodes)
        self._nothing.setText(_NO_EVIDENCE if of_workload else _NO_WORKLOAD)
        self._stack.setCurrentIndex(0 if nodes else 1)

    def _choose_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, tr("Evidence, and what belongs to it"))
        self._give([Path(name) for name in names])

    def _give(self, paths: list[Path]) -> None:
        if paths and self._workload is not None:
            self.given.emit(self._workload, paths)

    def _ask(self, way: str) -> None:
        if self._workload is not None:
            self.asked.emit(self._workload, way)

    def _forget(self) -> None:
        if self._workload is not None:
            self.forgotten.emit(self._workload)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes files, where a workload is chosen."""
        if self._workload is not None and offers_files(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Gives the files for the workload that is shown."""
        self._give(dropped_files(event))


class _ChallengeBox(QWidget):
    """The commands that a workload's owner runs, to be copied."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._title = PlainLabel(parent=self)
        self._title.setWordWrap(True)
        self._title.setAccessibleName(tr("What to do with the commands"))
        self.commands = QPlainTextEdit(self)
        self.commands.setReadOnly(True)
        self.commands.setAccessibleName(tr("Commands that fetch evidence"))
        self.commands.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.commands.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.commands.setFixedHeight(9 * self.commands.fontMetrics().height() + 12)
        self.copy = QPushButton(tr("&Copy commands"), self)
        self.copy.setAccessibleName(tr("Copy the commands"))
        self.copy.clicked.connect(
            lambda: QGuiApplication.clipboard().setText(self.commands.toPlainText())
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._title)
        layout.addWidget(self.commands)
        layout.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignLeft)

    def show_challenge(self, challenge: Challenge | None) -> None:
        """Shows what is to be run; hides where nothing was asked."""
        self.setVisible(challenge is not None)
        if challenge is None:
            return
        self._title.setText(
            tr(
                "To be run by its owner {title}. Isoscope runs none of it. Then drop the "
                "files here: only evidence that answers this nonce is fresh."
            ).format(title=challenge.title)
        )
        self.commands.setPlainText(challenge.commands)
