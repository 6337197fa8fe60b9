"""The editor of a profile: per direction and property the rung that is required."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui.editing.requirements import own_id
from gui.text import one_line, tooltip
from gui.widgets.labels import PlainLabel, Title
from gui.words import DIRECTION, DIRECTION_MEANS, PROPERTY, capital, question
from isoscope.assessment.ladders import ladder
from isoscope.assessment.profile import Profile
from isoscope.assessment.vocabulary import ASPECTS, Aspect, Direction, Property
from isoscope.bundled import built_in_profiles
from isoscope.texts import tr

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

NOT_REQUIRED = tr("not required")


class ProfileDialog(QDialog):
    """Asks for a profile; accepted, `profile` is it, and `wants_file` whether it is to be saved."""

    def __init__(
        self, parent: QWidget, profiles: Sequence[Profile], start: Profile, *, use: str
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("A profile of your own"))
        self._profiles = tuple(profiles)
        self.wants_file = False
        self.from_ = QComboBox(self)
        self.from_.setAccessibleName(tr("Begin with the profile"))
        for profile in self._profiles:
            self.from_.addItem(one_line(profile.title, 60))
        self.title = QLineEdit(self)
        self.title.setAccessibleName(tr("Title"))
        self.title.setMaxLength(80)
        self.description = QLineEdit(self)
        self.description.setAccessibleName(tr("Description"))
        self.description.setMaxLength(400)
        self.rungs = {aspect: self._rungs_of(aspect) for aspect in ASPECTS}
        self.says = PlainLabel(parent=self, muted=True)
        self.says.setWordWrap(True)
        self.says.setAccessibleName(tr("What the rung means"))
        self.says.setMinimumHeight(3 * self.fontMetrics().height())
        self.says.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.use = QPushButton(use, self)
        self.use.setDefault(True)
        self.buttons.addButton(self.use, QDialogButtonBox.ButtonRole.AcceptRole)
        self.save = QPushButton(tr("&Save as a file …"), self)
        self.buttons.addButton(self.save, QDialogButtonBox.ButtonRole.ApplyRole)
        self._compose()
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.save.clicked.connect(self._on_save)
        self.title.textChanged.connect(self._on_title)
        self.from_.activated.connect(lambda place: self.begin_with(self._profiles[place]))
        places = [one.id for one in self._profiles]
        self.from_.setCurrentIndex(places.index(start.id) if start.id in places else -1)
        self.begin_with(start)

    def _rungs_of(self, aspect: Aspect) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName(question(aspect))
        box.addItem(NOT_REQUIRED)
        for rung in ladder(aspect).rungs:
            box.addItem(f"{rung.level}  {rung.name}")
            box.setItemData(box.count() - 1, tooltip(rung.holds_when), Qt.ItemDataRole.ToolTipRole)
        box.currentIndexChanged.connect(lambda _: self._tell(aspect))
        box.highlighted.connect(lambda place: self._tell(aspect, place))
        box.installEventFilter(self)
        return box

    def _compose(self) -> None:
        form = QGridLayout()
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(8)
        form.setColumnStretch(1, 1)
        fields = (
            (tr("&Begin with"), self.from_),
            (tr("&Title"), self.title),
            (tr("&Description"), self.description),
        )
        for row, (caption, field) in enumerate(fields):
            label = PlainLabel(caption, self)
            label.setBuddy(field)
            form.addWidget(label, row, 0)
            form.addWidget(field, row, 1)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        for column, quality in enumerate(Property, 1):
            grid.addWidget(Title(PROPERTY[quality], self), 0, column)
            grid.setColumnStretch(column, 1)
        for row, direction in enumerate(Direction, 1):
            name = Title(DIRECTION[direction], self)
            name.setToolTip(tooltip(capital(DIRECTION_MEANS[direction])))
            grid.addWidget(name, row, 0)
            for column, quality in enumerate(Property, 1):
                grid.addWidget(self.rungs[Aspect(direction, quality)], row, column)
        layout = QVBoxLayout(self)
        layout.setSpacing(14)
        layout.addLayout(form)
        layout.addLayout(grid)
        layout.addWidget(self.says)
        layout.addStretch(1)
        layout.addWidget(self.buttons)

    def begin_with(self, profile: Profile) -> None:
        """Shows a profile, to be changed."""
        self.title.setText(self._own_title(profile.title))
        self.description.setText(profile.description[:400])
        self.description.setCursorPosition(0)
        for aspect, box in self.rungs.items():
            least = profile.least(aspect)
            box.setCurrentIndex(0 if least is None else 1 + least)
        self._tell(ASPECTS[0])

    @property
    def profile(self) -> Profile:
        """What is chosen now, under an id of its own unless it changes one of the user's."""
        title = self.title.text().strip()
        required = {
            aspect: box.currentIndex() - 1
            for aspect, box in self.rungs.items()
            if box.currentIndex() > 0
        }
        others = (one.id for one in self._profiles if one.title != title)
        taken = {*others, *(one.id for one in built_in_profiles())}
        return Profile(own_id(title, taken), title, self.description.text().strip(), required)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tells of the rung on which the keyboard is."""
        if event.type() is QEvent.Type.FocusIn:
            for aspect, box in self.rungs.items():
                if box is watched:
                    self._tell(aspect)
        return super().eventFilter(watched, event)

    def showEvent(self, event: QShowEvent) -> None:
        """Begins at the title, which is to be another one."""
        super().showEvent(event)
        self.title.setFocus()
        self.title.selectAll()

    @staticmethod
    def _own_title(title: str) -> str:
        """A title that says of which profile this one is a change, where a built-in one has it."""
        return tr("{title}, changed").format(title=title[:60]) if _is_built_in(title) else title

    def _tell(self, aspect: Aspect, place: int | None = None) -> None:
        """Says what a rung means: the one that is chosen, or looked at in the list."""
        at = self.rungs[aspect].currentIndex() if place is None else place
        asked = question(aspect)
        if at <= 0:
            self.says.setText(tr("{asked}: nothing is required.").format(asked=asked))
            return
        rung = ladder(aspect).rungs[at - 1]
        said = rung.holds_when
        if said.startswith("and "):  # it goes on from the rung below it
            said = tr("as rung {level}, {more}").format(level=rung.level - 1, more=said)
        self.says.setText(
            tr("{asked}, rung {level}, {name}: {said}.").format(
                asked=asked, level=rung.level, name=rung.name, said=said
            )
        )

    def _on_title(self) -> None:
        title = self.title.text().strip()
        taken = _is_built_in(title)
        why = tr("A built-in profile has this title: give yours another.") if taken else ""
        self.use.setToolTip(why)
        self.save.setToolTip(why or tr("Use it, and write it as TOML, for --profile FILE"))
        self.title.setToolTip(why)
        for button in (self.use, self.save):
            button.setEnabled(bool(title) and not taken)

    def _on_save(self) -> None:
        self.wants_file = True
        self.accept()


def _is_built_in(title: str) -> bool:
    """Whether a built-in profile has that title, however it is written."""
    wanted = title.casefold().split()
    return any(one.title.casefold().split() == wanted for one in built_in_profiles())
