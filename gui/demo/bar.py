"""The strip below the page that tells the story, and says whether what is seen is real."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from gui.demo.story import Kind, Step, Story
from gui.widgets.labels import ElidedLabel, PlainLabel
from isoscope.texts import tr

_KINDS = {Kind.RECORDED: tr("RECORDED"), Kind.SYNTHETIC: tr("SYNTHETIC")}
_KEYS = tr("→ next · ← back · N notes · P presentation")
_BY_HAND = tr(
    "You changed the question by hand: the words above are about the one of this step. "
    "“Again” asks it again."
)


class StoryBar(QFrame):
    """Shows one step, and asks for others."""

    wanted = Signal(int)
    """Steps to go from here; 0 shows this one again."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Demonstration"))
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.AlternateBase)
        self.mark = MarkLabel(self)
        self._place = PlainLabel(parent=self, muted=True)
        self._place.setAccessibleName(tr("Place in the story"))
        self.since = ElidedLabel(self)
        self.since.setAccessibleName(tr("Changed since the step before"))
        self.title = PlainLabel(parent=self)
        self.title.setAccessibleName(tr("Title of the step"))
        self.text = _wrapped(PlainLabel(parent=self), tr("What this step shows"))
        self.origin = _wrapped(PlainLabel(parent=self), tr("Where it comes from"))
        self.by_hand = _wrapped(PlainLabel(_BY_HAND, self, muted=True), tr("Changed by hand"))
        self.notes = _wrapped(PlainLabel(parent=self, muted=True), tr("Speaker notes"))
        self.back = self._button(tr("Back"), -1)
        self.next = self._button(tr("Next"), 1)
        self.again = self._button(tr("Again"), 0)
        self._keys = PlainLabel(_KEYS, self, muted=True)
        self.by_hand.hide()
        self.again.hide()
        self.notes.hide()
        self._presenting = False
        self._compose()

    def _button(self, text: str, by: int) -> QPushButton:
        button = QPushButton(text, self)
        button.setAccessibleName(text)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: self.wanted.emit(by))
        return button

    def _compose(self) -> None:
        self._set_fonts()
        heading = QHBoxLayout()
        heading.setSpacing(12)
        heading.addWidget(self.mark)
        heading.addWidget(self.title)
        heading.addWidget(self._place)
        heading.addWidget(self.since, 1)
        heading.addWidget(self._keys)
        for button in (self.again, self.back, self.next):
            heading.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 12)
        column.setSpacing(6)
        column.addLayout(heading)
        for label in (self.text, self.origin, self.by_hand, self.notes):
            column.addWidget(label)

    def _set_fonts(self) -> None:
        """Sizes from the application's font as it is now."""
        plain = self.window().font()
        for label, factor in ((self.title, 1.35), (self.text, 1.2)):
            font = label.font()
            font.setPointSizeF(plain.pointSizeF() * factor)
            font.setBold(label is self.title)
            label.setFont(font)

    def present(self, *, presenting: bool) -> None:
        """Follows a change of the application's font; an audience needs no hint about keys."""
        self._set_fonts()
        self._presenting = presenting
        self._keys.setVisible(not presenting and not self.back.isEnabled())
        self.mark.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A line sets the story apart from the page."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.fillRect(0, 0, self.width(), 2, self.palette().color(QPalette.ColorRole.Accent))
        painter.end()

    def show_step(self, story: Story, place: int, since: str) -> None:
        """Shows a step of a story.

        Args:
            story: of which it is.
            place: of the step; 0 is the first.
            since: what changed since the step before; empty where that is nothing to tell.
        """
        step: Step = story.steps[place]
        self.mark.show_kind(step.kind)
        self._place.setText(
            tr("Step {place} of {number}").format(place=place + 1, number=len(story.steps))
        )
        self.since.show_text(
            tr("Since step {place}, {since}").format(place=place, since=since) if since else ""
        )
        self.title.setText(step.title)
        self.text.setText(step.text)
        self.origin.setText(story.says(step))
        self.notes.setText(tr("Speaker notes: {notes}").format(notes=step.notes))
        self.back.setEnabled(place > 0)
        self.next.setEnabled(place + 1 < len(story.steps))
        # Who is past the first step knows the keys; what changed has their place then.
        self._keys.setVisible(not self._presenting and place == 0)
        self.show_by_hand(changed=False)

    def show_by_hand(self, *, changed: bool) -> None:
        """Whether what is shown answers another question than the step's."""
        self.by_hand.setVisible(changed)
        self.again.setVisible(changed)

    def show_notes(self, *, shown: bool) -> None:
        """Shows or hides what is for the speaker."""
        self.notes.setVisible(shown)

    @property
    def place(self) -> str:
        """Which step of how many, in words."""
        return self._place.text()


class MarkLabel(QWidget):
    """RECORDED in an outline, SYNTHETIC in inverse colours: to be read from the last row."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._kind = Kind.SYNTHETIC
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def text(self) -> str:
        """What it says."""
        return _KINDS[self._kind]

    def show_kind(self, kind: Kind) -> None:
        """Shows where what is seen comes from."""
        self._kind = kind
        self.setAccessibleName(self.text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self._font())
        return QSize(metrics.horizontalAdvance(self.text) + 20, metrics.height() + 6)

    def _font(self) -> QFont:
        font = QFont(self.font())
        font.setBold(True)
        return font

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font())
        ink = self.palette().color(QPalette.ColorRole.WindowText)
        outline = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setPen(QPen(ink, 1.5))
        if self._kind is Kind.SYNTHETIC:
            painter.setBrush(ink)
        painter.drawRoundedRect(outline, 3, 3)
        if self._kind is Kind.SYNTHETIC:
            painter.setPen(self.palette().color(QPalette.ColorRole.Window))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text)
        painter.end()


def _wrapped(label: PlainLabel, name: str) -> PlainLabel:
    label.setWordWrap(True)
    label.setAccessibleName(name)
    label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return label
