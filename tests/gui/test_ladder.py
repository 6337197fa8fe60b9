"""The ladder is drawn, and told to those who do not see it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.theme import Appearance, Scheme, status_colours
from gui.widgets.ladder import LadderWidget
from isoscope.assessment.ladders import ladder
from isoscope.assessment.verdict import Verdict
from isoscope.assessment.vocabulary import Aspect, Direction, Property

ASPECT = Aspect(Direction.HOST_FROM_WORKLOAD, Property.INTEGRITY)


def drawn(qtbot: QtBot, verdict: Verdict) -> tuple[LadderWidget, QImage]:
    """The widget with its picture."""
    parent = QWidget()
    qtbot.addWidget(parent)
    widget = LadderWidget(parent)
    widget.show_ladder(ladder(ASPECT).rungs, verdict)
    widget.resize(500, widget.sizeHint().height())
    image = widget.grab().toImage()
    widget.setParent(None)
    qtbot.addWidget(widget)
    return widget, image


def tinted(widget: LadderWidget, image: QImage, tint: QColor) -> list[int]:
    """Levels on whose line the tint of the status is, from the highest."""
    count = len(ladder(ASPECT).rungs)
    step = widget._step()
    return [
        count - 1 - place
        for place in range(count)
        if image.pixelColor(490, place * step + step // 2 + 5) == tint
    ]


@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
@pytest.mark.parametrize(("low", "high"), [(0, 0), (1, 3), (5, 5)])
def test_the_band_covers_exactly_the_rungs_it_may_stand_on(
    qtbot: QtBot, appearance: Appearance, low: int, high: int, scheme: Scheme
) -> None:
    appearance.choose(scheme)
    verdict = Verdict(ASPECT, low, high, 2)
    widget, image = drawn(qtbot, verdict)
    tint = status_colours(verdict.status, widget.palette()).tint
    assert tinted(widget, image, tint) == list(range(high, low - 1, -1))


def test_it_tells_where_it_stands_what_is_required_and_every_rung(
    qtbot: QtBot, appearance: Appearance
) -> None:
    widget, _ = drawn(qtbot, Verdict(ASPECT, 0, 2, 3))
    said = widget.accessibleDescription()
    assert said.startswith("Stands on rung 0–2, required: 3.")
    places = [said.index(rung.name) for rung in ladder(ASPECT).rungs]
    assert all(a < b for a, b in pairwise(places))
