"""TOML on screen: as it is written, with lines marked."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFontDatabase, QTextCharFormat, QTextCursor, QTextFormat
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from gui.editing.proposing import Excerpt
from gui.theme import status_colours
from isoscope.assessment.vocabulary import Status


class TomlView(QPlainTextEdit):
    """A document in type of one width, without wrapping."""

    def __init__(self, name: str, parent: QWidget, *, read_only: bool) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setReadOnly(read_only)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setTabChangesFocus(True)
        if read_only:
            self.setTextInteractionFlags(
                self.textInteractionFlags().TextSelectableByMouse
                | self.textInteractionFlags().TextSelectableByKeyboard
            )

    def show_excerpt(self, excerpt: Excerpt) -> None:
        """Shows a part of a document, what is new in it marked."""
        self.setPlainText(excerpt.text)
        self.mark(excerpt.first, excerpt.count, Status.MEETS)

    def mark(self, first: int, count: int, status: Status) -> None:
        """Marks lines, from 0, in the colour of a status, and shows them."""
        tint: QColor = status_colours(status, self.palette()).tint
        marked = []
        for number in range(first, first + count):
            block = self.document().findBlockByNumber(number)
            if block.isValid():
                selection = QTextEdit.ExtraSelection()
                look = QTextCharFormat()
                look.setBackground(tint)
                look.setProperty(int(QTextFormat.Property.FullWidthSelection.value), True)
                selection.format = look
                selection.cursor = QTextCursor(block)
                marked.append(selection)
        self.setExtraSelections(marked)
        if count:
            bar = self.verticalScrollBar()
            visible = max(self.viewport().height() // self.fontMetrics().lineSpacing(), 1)
            if not bar.value() <= first < bar.value() + visible:
                bar.setValue(first)
