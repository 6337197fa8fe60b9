"""Both palettes are legible, and statuses are told apart with any colour vision."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPalette
from PySide6.QtWidgets import QApplication

from gui.painting import draw_shape
from gui.theme import Appearance, Scheme, is_dark, palette, status_colours
from isoscope.assessment.vocabulary import Status

ROLES = QPalette.ColorRole
TEXTS = [
    (ROLES.WindowText, ROLES.Window),
    (ROLES.Text, ROLES.Base),
    (ROLES.Text, ROLES.AlternateBase),
    (ROLES.PlaceholderText, ROLES.Base),
    (ROLES.PlaceholderText, ROLES.Window),
    (ROLES.ButtonText, ROLES.Button),
    (ROLES.HighlightedText, ROLES.Highlight),
    (ROLES.ToolTipText, ROLES.ToolTipBase),
    (ROLES.Link, ROLES.Base),
]
LEGIBLE = 4.5  # WCAG 2.2, 1.4.3
GRAPHIC = 3.0  # WCAG 2.2, 1.4.11

# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
VISIONS = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def linear(colour: QColor) -> tuple[float, float, float]:
    """Linear light of sRGB."""
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return red, green, blue


def contrast(one: QColor, other: QColor) -> float:
    """WCAG's contrast ratio."""
    lights = sorted(
        (0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (linear(one), linear(other)))
    )
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def lab(colour: QColor, vision: str) -> tuple[float, float, float]:
    """CIE L*a*b* (D65) of a colour as somebody with this vision sees it."""
    rgb = linear(colour)
    r, g, b = (
        min(max(sum(k * c for k, c in zip(row, rgb, strict=True)), 0.0), 1.0)
        for row in VISIONS[vision]
    )
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
    )
    x, y, z = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_text_is_legible(text: ROLES, ground: ROLES, dark: bool) -> None:
    shown = palette(dark=dark)
    assert contrast(shown.color(text), shown.color(ground)) >= LEGIBLE


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("status", Status)
def test_badges_are_legible_and_their_shapes_visible(status: Status, dark: bool) -> None:
    shown = palette(dark=dark)
    colours = status_colours(status, shown)
    assert contrast(colours.ink, colours.tint) >= LEGIBLE
    assert contrast(shown.color(ROLES.WindowText), colours.tint) >= LEGIBLE
    assert contrast(shown.color(ROLES.PlaceholderText), colours.tint) >= LEGIBLE
    for ground in (ROLES.Base, ROLES.Window, ROLES.Highlight):
        assert contrast(colours.ink, shown.color(ground)) >= GRAPHIC


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("vision", VISIONS)
def test_statuses_are_told_apart_with_any_colour_vision(vision: str, dark: bool) -> None:
    shown = palette(dark=dark)
    for one, other in combinations((Status.MEETS, Status.FALLS_SHORT, Status.UNPROVEN), 2):
        first = lab(status_colours(one, shown).ink, vision)
        second = lab(status_colours(other, shown).ink, vision)
        apart = sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) ** 0.5
        assert apart >= 12, (one, other, apart)


def test_a_choice_changes_the_application_at_once(
    qapp: QApplication, appearance: Appearance
) -> None:
    appearance.choose(Scheme.DARK)
    assert is_dark(qapp.palette())
    appearance.choose(Scheme.LIGHT)
    assert not is_dark(qapp.palette())


@pytest.mark.usefixtures("qapp")
def test_shapes_differ_without_their_colours() -> None:
    def inked(status: Status) -> list[bool]:
        picture = QImage(22, 22, QImage.Format.Format_RGB32)
        picture.fill(QColor("white"))
        painter = QPainter(picture)
        draw_shape(painter, status, QRectF(2, 2, 18, 18), palette(dark=False))
        painter.end()
        return [picture.pixelColor(x, y).lightness() < 150 for x in range(22) for y in range(22)]

    for one, other in combinations(Status, 2):
        different = sum(a is not b for a, b in zip(inked(one), inked(other), strict=True))
        assert different > 30, (one, other)
