"""Isoscope's own texts in the reader's language: every text that a person reads goes through here.

Nothing that a host says does. The texts in the code are English, and are what is looked up; which
language is used is decided where the program begins, before modules with texts are imported, so
that constants have it too. Until then, and for what a language lacks, they stay as they are.
"""

from __future__ import annotations

from gettext import NullTranslations

_CHOSEN = [NullTranslations()]


def use(translations: NullTranslations) -> None:
    """Uses another language from now on; what was said stays said."""
    _CHOSEN[0] = translations


def tr(text: str) -> str:
    """A text in the reader's language. Values are filled in afterwards, with ``str.format``."""
    return _CHOSEN[0].gettext(text)


def noted(text: str) -> str:
    """A word of the core, as it is: extracted for translators, and looked up where it is shown."""
    return text


def trn(one: str, many: str, number: int, **values: str) -> str:
    """A text with a number that decides its form; ``{number}`` stands for it, other names for
    ``values``."""
    return _CHOSEN[0].ngettext(one, many, number).format(number=f"{number:,}", **values)
