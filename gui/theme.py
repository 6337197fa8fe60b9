"""Light and dark: two palettes of our own, and the colours of statuses.

Qt has no dark palette where no platform theme gives one (bare X11, offscreen), and desktops' own
palettes differ in contrast; so both are given here and tested. Everything else in the window uses
palette roles. Status colours are told apart with any colour vision and never stand alone: each
status has its shape and its words too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from isoscope.assessment.vocabulary import Status


class Scheme(StrEnum):
    """A choice of the user: follow the system, or not."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class StatusColours:
    """Ink for the shape and the text of a status, and the tint that they stand on."""

    ink: QColor
    tint: QColor


_ROLES = QPalette.ColorRole

_LIGHT = {
    _ROLES.Window: "#f3f4f6",
    _ROLES.WindowText: "#1b1f24",
    _ROLES.Base: "#ffffff",
    _ROLES.AlternateBase: "#f7f8fa",
    _ROLES.Text: "#1b1f24",
    _ROLES.PlaceholderText: "#59626d",
    _ROLES.Button: "#fafbfc",
    _ROLES.ButtonText: "#1b1f24",
    _ROLES.BrightText: "#ffffff",
    _ROLES.Highlight: "#d3e4f5",
    _ROLES.HighlightedText: "#10202e",
    _ROLES.Link: "#0b5394",
    _ROLES.LinkVisited: "#5b3a8e",
    _ROLES.ToolTipBase: "#ffffff",
    _ROLES.ToolTipText: "#1b1f24",
    _ROLES.Light: "#ffffff",
    _ROLES.Midlight: "#e7e9ed",
    _ROLES.Mid: "#c5cad1",
    _ROLES.Dark: "#9aa2ac",
    _ROLES.Shadow: "#6b7480",
    _ROLES.Accent: "#1f6fb2",
}

_DARK = {
    _ROLES.Window: "#1f2226",
    _ROLES.WindowText: "#e6e8eb",
    _ROLES.Base: "#17191c",
    _ROLES.AlternateBase: "#1c1f22",
    _ROLES.Text: "#e6e8eb",
    _ROLES.PlaceholderText: "#9ea6b0",
    _ROLES.Button: "#2a2e33",
    _ROLES.ButtonText: "#e6e8eb",
    _ROLES.BrightText: "#ffffff",
    _ROLES.Highlight: "#244462",
    _ROLES.HighlightedText: "#f2f6fa",
    _ROLES.Link: "#7fb8ec",
    _ROLES.LinkVisited: "#b79be6",
    _ROLES.ToolTipBase: "#2a2e33",
    _ROLES.ToolTipText: "#e6e8eb",
    _ROLES.Light: "#3a3f45",
    _ROLES.Midlight: "#2c3035",
    _ROLES.Mid: "#41474e",
    _ROLES.Dark: "#5c646d",
    _ROLES.Shadow: "#0c0d0f",
    _ROLES.Accent: "#6aaee8",
}

_DIMMED = (_ROLES.WindowText, _ROLES.Text, _ROLES.ButtonText, _ROLES.HighlightedText)
_DIM = {False: "#7d8690", True: "#757d86"}

_STATUS = {
    False: {
        Status.MEETS: StatusColours(QColor("#0a5688"), QColor("#e2eef7")),
        Status.FALLS_SHORT: StatusColours(QColor("#b8360c"), QColor("#fbe6dd")),
        Status.UNPROVEN: StatusColours(QColor("#4d3b00"), QColor("#f8edc4")),
        Status.NOT_REQUIRED: StatusColours(QColor("#545c66"), QColor("#eef0f2")),
    },
    True: {
        Status.MEETS: StatusColours(QColor("#8cc8f2"), QColor("#173246")),
        Status.FALLS_SHORT: StatusColours(QColor("#ffa884"), QColor("#4a2316")),
        Status.UNPROVEN: StatusColours(QColor("#f0d060"), QColor("#3d3410")),
        Status.NOT_REQUIRED: StatusColours(QColor("#a9b1ba"), QColor("#292d31")),
    },
}


def palette(*, dark: bool) -> QPalette:
    """The palette of the light or the dark appearance."""
    made = QPalette()
    for role, colour in (_DARK if dark else _LIGHT).items():
        made.setColor(role, QColor(colour))
    for role in _DIMMED:
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(_DIM[dark]))
    return made


def is_dark(shown: QPalette) -> bool:
    """Whether a palette is a dark one: its window is darker than its text."""
    window = shown.color(_ROLES.Window).lightness()
    return window < shown.color(_ROLES.WindowText).lightness()


def status_colours(status: Status, shown: QPalette) -> StatusColours:
    """The colours of a status on this palette."""
    return _STATUS[is_dark(shown)][status]


class Appearance(QObject):
    """Keeps the application's palette as the user chose, or as the system has it."""

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._systems_own_dark = is_dark(application.palette())
        self._scheme = Scheme.SYSTEM
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._apply)
        self._apply()

    @property
    def scheme(self) -> Scheme:
        """What was chosen."""
        return self._scheme

    def choose(self, scheme: Scheme) -> None:
        """Changes the appearance at once."""
        self._scheme = scheme
        self._apply()

    def _apply(self) -> None:
        self._application.setPalette(palette(dark=self._dark()))
        self.changed.emit()

    def _dark(self) -> bool:
        if self._scheme is not Scheme.SYSTEM:
            return self._scheme is Scheme.DARK
        system = QGuiApplication.styleHints().colorScheme()
        if system is Qt.ColorScheme.Unknown:  # no platform theme says; its palette may
            return self._systems_own_dark
        return system is Qt.ColorScheme.Dark
