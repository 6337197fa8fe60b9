"""The reader's language: the first one of the system's for which there is a catalogue."""

from __future__ import annotations

import gettext
from collections.abc import Sequence
from importlib.resources import as_file, files

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from isoscope import texts

DOMAIN = "isoscope"
"""Name of the catalogues: ``assets/locale/LANGUAGE/LC_MESSAGES/isoscope.mo``."""


def choose_language(application: QApplication) -> None:
    """Has texts, Qt's own too, in the languages that the system asks for; else in English.

    To be called before modules with texts are imported.
    """
    locale = QLocale.system()
    texts.use(catalogue(locale.uiLanguages()))
    of_qt = QTranslator(application)
    place = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if of_qt.load(locale, "qtbase", "_", place):
        application.installTranslator(of_qt)


def catalogue(languages: Sequence[str]) -> gettext.NullTranslations:
    """The catalogue of the first of these languages that has one; none where English comes first.

    Args:
        languages: as Qt names them, ``de-Latn-DE``, ``de``, the dearest first.
    """
    with as_file(files("assets") / "locale") as directory:
        for language in languages:
            if language.partition("-")[0] == "en":
                break
            found = gettext.find(DOMAIN, str(directory), [language.replace("-", "_")])
            if found is not None:
                return gettext.translation(DOMAIN, str(directory), [language.replace("-", "_")])
    return gettext.NullTranslations()
