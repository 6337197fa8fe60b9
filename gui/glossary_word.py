"""Which word of the glossary a widget is about, and the way to the glossary from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from gui.glossary import Glossary

_PROPERTY = "glossary"


def speaks_of(widget: QWidget, word: str) -> None:
    """Says which word of the glossary a widget is about: F1 opens it there."""
    widget.setProperty(_PROPERTY, word)


def word_at(widget: QWidget | None) -> str:
    """The word that a widget, or the nearest around it, is about; empty where none is."""
    while widget is not None:
        word = widget.property(_PROPERTY)
        if isinstance(word, str):
            return word
        widget = widget.parentWidget()
    return ""


def show_glossary(window: QWidget, word: str | None = None) -> Glossary:
    """Opens the glossary of a window; without a word, at what the keyboard is on."""
    from gui.glossary import Glossary

    found = window.findChild(Glossary)
    shown = found if isinstance(found, Glossary) else Glossary(window)
    shown.show_word(word_at(window.focusWidget()) if word is None else word)
    shown.show()
    shown.activateWindow()
    shown.search.setFocus()
    return shown
