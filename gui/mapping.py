"""Asks for the map of what is shown; a worker answers, and keeps what the next question needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gui.errors import own_error
from gui.heat import HeatMap, heat_map
from gui.jobs import Jobs, Latest
from gui.paths import IsolationMap, MapQuestion, isolation_map, wanted
from gui.text import one_line
from isoscope.cycle_collection import paused

if TYPE_CHECKING:
    from gui.bridge import Bridge
    from gui.judging import Shown
    from isoscope.assessment.paths import Path


@dataclass(frozen=True, slots=True)
class Mapped:
    """The answer to a question: the map and the heat map."""

    shown: Shown
    question: MapQuestion
    map: IsolationMap
    heat: HeatMap


class MapAnswers:
    """Answers the latest question on a worker; the paths and the heat maps of an assessment
    are made once."""

    def __init__(
        self, bridge: Bridge, *, done: Callable[[Mapped], None], failed: Callable[[str], None]
    ) -> None:
        self._latest: Latest[Mapped] = Latest(
            Jobs(bridge),
            done=done,
            failed=lambda error: failed(one_line(own_error(error))),
            name="map",
        )
        self._found: tuple[Shown, tuple[Path, ...]] | None = None
        self._heat: dict[bool, HeatMap] = {}

    def ask(self, shown: Shown, question: MapQuestion) -> None:
        """Asks for a map; ``done`` hears the answer."""

        def work() -> Mapped:
            return self._mapped(shown, question)

        self._latest.ask(work)

    @paused()
    def _mapped(self, shown: Shown, question: MapQuestion) -> Mapped:
        # The canvases bring pyqtgraph and numpy with them; here nobody waits for that.
        import gui.widgets.heat_canvas
        import gui.widgets.map_canvas  # noqa: F401
        from isoscope.assessment.paths import paths

        if self._found is None or self._found[0] is not shown:
            found = paths(shown.judged, shown.assessment.workloads, shown.question.viewpoint)
            self._found = shown, found
            self._heat = {}
        found = self._found[1]
        if question.everything not in self._heat:
            asked = wanted(found, everything=question.everything)
            self._heat[question.everything] = heat_map(shown, asked)
        heat = self._heat[question.everything]
        return Mapped(shown, question, isolation_map(shown, found, question), heat)
