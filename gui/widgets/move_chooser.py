"""In what the chosen workloads run, and what is proved of it: two lists to choose from."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QSizePolicy, QWidget

from gui.widgets.labels import PlainLabel
from isoscope.assessment.supposing.suppositions import Enclosure, Move, Proof
from isoscope.texts import tr

_INTO = (
    (tr("as it does now"), None),
    (tr("in a virtual machine"), Enclosure.VM),
    (tr("in an AMD SEV-SNP VM"), Enclosure.SEV_SNP),
    (tr("in an Intel TDX VM"), Enclosure.TDX),
)
_PROOF = (
    (tr("none: on the host’s word"), Proof.NONE),
    (tr("verified to the vendor’s root"), Proof.VERIFIED),
    (tr("verified, and what was expected"), Proof.EXPECTED),
)
_SEVERAL = tr("several ways")


class MoveChooser(QWidget):
    """Emits the move that is wanted for all chosen workloads."""

    wanted = Signal(object)
    """A `Move`, or None for as it is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.into = QComboBox(self)
        self.into.setAccessibleName(tr("Where it runs"))
        self.into.setPlaceholderText(_SEVERAL)
        self.proof = QComboBox(self)
        self.proof.setAccessibleName(tr("Attestation"))
        self.proof.setPlaceholderText(_SEVERAL)
        for text, into in _INTO:
            self.into.addItem(text, into)
        for text, proof in _PROOF:
            self.proof.addItem(text, proof)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(6)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for caption, box in ((tr("It run&s"), self.into), (tr("E&vidence"), self.proof)):
            label = PlainLabel(caption, self)
            label.setBuddy(box)
            label.setMinimumWidth(label.fontMetrics().horizontalAdvance(tr("Workload")) + 6)
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            form.addRow(label, box)
            box.activated.connect(self._choose)
        self.show_moves([None])

    def show_moves(self, moves: Iterable[Move | None]) -> None:
        """Shows how the chosen workloads run; several ways at once are said to be several."""
        found = set(moves)
        into = {None if move is None else move.into for move in found}
        proof = {Proof.NONE if move is None else move.proof for move in found}
        self.into.setCurrentIndex(_place(_INTO, into))
        self.proof.setCurrentIndex(_place(_PROOF, proof))
        tee = any(one is not None and one.is_tee for one in into)
        self.proof.setEnabled(tee)
        self.proof.setToolTip("" if tee else tr("Only a TEE has evidence that the hardware signs"))

    def _choose(self) -> None:
        place, proven = self.into.currentIndex(), max(self.proof.currentIndex(), 0)
        if place < 0:
            return
        into = _INTO[place][1]
        if into is None:
            self.wanted.emit(None)
        else:
            self.wanted.emit(Move(into, _PROOF[proven][1] if into.is_tee else Proof.NONE))


def _place(choices: tuple[tuple[str, object], ...], found: AbstractSet[object]) -> int:
    """The place of the one that was found; -1 where there are several."""
    if len(found) != 1:
        return -1
    return [value for _, value in choices].index(next(iter(found)))
