"""The glossary: what the words on the screen mean, beside the window, opened where one looks."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui.widgets.labels import EmptyState, PlainLabel
from isoscope.glossary import Term, matching, term_of
from isoscope.texts import tr

_LIST_WIDTH = 220
_NONE = tr("No word and no meaning has all of this.\n\nFewer words find more.")


class Glossary(QDialog):
    """A field to search in, the words that it finds, and the meaning of the chosen one."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Glossary — Isoscope"))
        self.setAccessibleName(tr("Glossary"))
        self._terms: tuple[Term, ...] = ()
        self.search = QLineEdit(self)
        self.search.setAccessibleName(tr("Find a word"))
        self.search.setPlaceholderText(tr("Find a word"))
        self.search.setClearButtonEnabled(True)
        self.search.setMaxLength(200)
        self.words = QListWidget(self)
        self.words.setAccessibleName(tr("Words"))
        self.words.setFixedWidth(_LIST_WIDTH)
        self._title = PlainLabel(parent=self)
        self._title.setAccessibleName(tr("Word"))
        large = QFont(self.font())
        large.setPointSizeF(large.pointSizeF() * 1.25)
        large.setBold(True)
        self._title.setFont(large)
        self._also = PlainLabel(parent=self, muted=True)
        self._also.setAccessibleName(tr("Also written, and what it is about"))
        self._meaning = PlainLabel(parent=self)
        self._meaning.setAccessibleName(tr("Meaning"))
        self._see = QVBoxLayout()
        self._none = EmptyState(_NONE, tr("No word found"), self)
        for label in (self._title, self._also, self._meaning):
            label.setWordWrap(True)
        self._compose()
        self.search.textChanged.connect(self._find)
        self.search.returnPressed.connect(self.words.setFocus)
        self.words.currentRowChanged.connect(self._on_row)
        self._find("")

    def _compose(self) -> None:
        left = QVBoxLayout()
        left.addWidget(self.search)
        left.addWidget(self.words, 1)
        self.search.setFixedWidth(_LIST_WIDTH)
        right = QVBoxLayout()
        right.setSpacing(10)
        for label in (self._title, self._also, self._meaning):
            right.addWidget(label)
        right.addLayout(self._see)
        right.addWidget(self._none)
        right.addStretch()
        layout = QHBoxLayout(self)
        layout.setSpacing(18)
        layout.addLayout(left)
        layout.addLayout(right, 1)
        self.resize(720, 420)

    @property
    def word(self) -> str:
        """The word whose meaning is shown; empty where none is found."""
        return self._title.text()

    @property
    def meaning(self) -> str:
        """What is said of it."""
        return self._meaning.text()

    def show_word(self, word: str) -> None:
        """Shows a word among all of them; the first where there is no such word."""
        self.search.clear()
        term = term_of(word)
        self.words.setCurrentRow(self._terms.index(term) if term is not None else 0)

    def see_also(self) -> list[QPushButton]:
        """The ways on to other words."""
        items = [self._see.itemAt(place) for place in range(self._see.count())]
        widgets = [item.widget() for item in items if item is not None]
        return [widget for widget in widgets if isinstance(widget, QPushButton)]

    def _find(self, words: str) -> None:
        self._terms = matching(words)
        self.words.blockSignals(True)
        self.words.clear()
        self.words.addItems([term.word for term in self._terms])
        self.words.blockSignals(False)
        self.words.setCurrentRow(0)
        if not self._terms:
            self._on_row(-1)

    def _on_row(self, place: int) -> None:
        term = self._terms[place] if 0 <= place < len(self._terms) else None
        for button in self.see_also():
            self._see.removeWidget(button)
            button.deleteLater()
        self._none.setVisible(term is None)
        self._title.setText("" if term is None else term.word)
        self._also.setText("" if term is None else " · ".join((term.about, *term.also)))
        self._meaning.setText("" if term is None else term.meaning)
        for word in () if term is None else term.see:
            button = QPushButton(tr("See {word}").format(word=word), self)
            button.setAccessibleName(tr("See {word}").format(word=word))
            button.setFlat(True)
            button.setAutoDefault(False)
            button.clicked.connect(partial(self.show_word, word))
            self._see.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
