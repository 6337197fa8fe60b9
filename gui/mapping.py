"""Asks for the map of what is shown; a worker answers, and keeps what the next question needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING

from gui.errors import own_error
from gui.heat import HeatMap, heat_map
from gui.jobs import Jobs, Latest
from gui.letting_go import free
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
        self._jobs = Jobs(bridge)
        self._latest: Latest[Mapped] = Latest(
            self._jobs,
            done=done,
            failed=lambda error: failed(one_line(own_error(error))),
            name="map",
        )
        self._found: tuple[Shown, tuple[Path, ...]] | None = None
        self._heat: dict[bool, HeatMap] = {}
        self._stop = Event()

    def ask(self, shown: Shown, question: MapQuestion) -> None:
        """Asks for a map; ``done`` hears the answer."""
        stop = self._stop

        def work() -> Mapped:
            return self._mapped(shown, question, stop)

        self._latest.ask(work)

    def cancel(self) -> None:
        """Nobody waits for a map any more. The worker ends when what it is at is done."""
        self._stop.set()
        self._stop = Event()
        self._latest.cancel()

    def forget(self) -> None:
        """Nobody looks at what was answered any more."""
        self.cancel()
        kept = [self._found] if self._found is not None else []
        self._found, self._heat = None, {}
        self._jobs.start(
            lambda _: _free(kept), done=lambda _: None, failed=_raise, name="forget map"
        )

    @paused()
    def _mapped(self, shown: Shown, question: MapQuestion, stop: Event) -> Mapped:
        # The canvases bring pyqtgraph and numpy with them; here nobody waits for that.
        import gui.widgets.heat_canvas
        import gui.widgets.map_canvas  # noqa: F401
        from isoscope.assessment.paths import paths

        if self._found is None or self._found[0] is not shown:
            found = paths(shown.judged, shown.assessment.workloads, shown.question.viewpoint)
            _go_on(stop)
            before = [self._found] if self._found is not None else []
            self._found, self._heat = (shown, found), {}
            _free(before)
        found = self._found[1]
        if question.everything not in self._heat:
            asked = wanted(found, everything=question.everything)
            heat = heat_map(shown, asked)
            _go_on(stop)
            self._heat[question.everything] = heat
        heat = self._heat[question.everything]
        return Mapped(shown, question, isolation_map(shown, found, question), heat)


def _free(kept: list[tuple[Shown, tuple[Path, ...]]]) -> None:
    """Frees paths, of which there are very many; the list holds the last references."""
    while kept:
        parts = [list(kept.pop()[1])]
        free(parts)


def _raise(error: Exception) -> None:
    raise error


def _go_on(stop: Event) -> None:
    """Ends the work of a question that nobody waits for."""
    if stop.is_set():
        raise InterruptedError("nobody waits for this map")
