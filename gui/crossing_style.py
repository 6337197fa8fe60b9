"""How a kind of crossing looks, and what it is called: a colour and a line of its own, told apart
with any colour vision by the line even where colours are close."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette, QPen

from gui.theme import is_dark
from isoscope.assessment.crossings import Crossing
from isoscope.texts import tr

CROSSING = {crossing: tr(crossing.value) for crossing in Crossing}
"""What crosses, in words."""

_LINE = Qt.PenStyle

_STYLES: dict[Crossing, tuple[str, str, Qt.PenStyle]] = {
    Crossing.HOST_CONTROL: ("#b8360c", "#ff9a6e", _LINE.SolidLine),
    Crossing.THROUGH_HOST: ("#8c2d6b", "#e79bd0", _LINE.DashLine),
    Crossing.PROCESSES: ("#0a5f9e", "#6fb7f5", _LINE.SolidLine),
    Crossing.MEMORY: ("#5b3fa0", "#b9a5ff", _LINE.DotLine),
    Crossing.STORAGE: ("#00745a", "#4fd0a6", _LINE.SolidLine),
    Crossing.NETWORK: ("#1b7f9c", "#79d7ee", _LINE.DashDotLine),
    Crossing.DEVICES: ("#7d6000", "#e3c34b", _LINE.DashLine),
    Crossing.KERNEL: ("#5f6771", "#b4bcc5", _LINE.DashDotDotLine),
    Crossing.RESOURCES: ("#8a5a3c", "#d9aa88", _LINE.DotLine),
}


def colour_of(crossing: Crossing, palette: QPalette) -> QColor:
    """Its colour on this palette."""
    light, dark, _ = _STYLES[crossing]
    return QColor(dark if is_dark(palette) else light)


def width_of(level: int | None) -> float:
    """The width of a line, in pixels: wider, the lower the rung that a path keeps from."""
    return {1: 2.6, 2: 2.0, 3: 1.5}.get(level or 0, 1.1)


def pen_of(
    crossing: Crossing,
    level: int | None,
    palette: QPalette,
    *,
    known: bool,
    crowded: bool = False,
) -> QPen:
    """How an edge is drawn; one that nobody knows of is faint and thin, and those of a crowd are
    thinner than others."""
    colour = colour_of(crossing, palette)
    width = (width_of(level) if known else 1.0) * (0.5 if crowded else 1.0)
    if crowded:
        colour.setAlphaF(0.6)
    if not known:
        colour.setAlphaF(0.3 if crowded else 0.5)
    pen = QPen(colour, width, _STYLES[crossing][2])
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def rung_colour(level: int | None, palette: QPalette) -> QColor:
    """The colour of a rung that a path keeps from: the lower, the stronger."""
    strongest = QColor("#ffa884" if is_dark(palette) else "#b8360c")
    part = 0.22 if level is None else 1.0 - 0.17 * (min(level, 5) - 1)
    return mixed(palette.color(QPalette.ColorRole.Base), strongest, part)


def mixed(first: QColor, second: QColor, part: float) -> QColor:
    """A colour between two, from 0 (the first) to 1 (the second)."""
    rest = 1 - part
    return QColor.fromRgbF(
        first.redF() * rest + second.redF() * part,
        first.greenF() * rest + second.greenF() * part,
        first.blueF() * rest + second.blueF() * part,
    )
