"""All work under way in a window, in one strip: what began last is told, and can be stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from gui.activity import Activity
from gui.widgets.notices import ActivityStrip


@dataclass(frozen=True, slots=True)
class _Work:
    activity: Activity
    stop: Callable[[], None]


class UnderWay(QObject):
    """Work of several sources; each has at most one piece of it."""

    changed = Signal()
    """Something began, went on or ended."""

    def __init__(self, strip: ActivityStrip, parent: QObject) -> None:
        super().__init__(parent)
        self._strip = strip
        self._work: dict[str, _Work] = {}
        strip.cancelled.connect(self.cancel)

    @property
    def can_cancel(self) -> bool:
        """Whether what is told can be stopped."""
        last = self._last
        return last is not None and last.activity.can_cancel

    def show(self, source: str, activity: Activity | None, stop: Callable[[], None]) -> None:
        """Tells what a source does; None when it rests. ``stop`` ends it early."""
        if activity is None:
            self._work.pop(source, None)
        else:
            self._work[source] = _Work(activity, stop)
        last = self._last
        if last is None:
            self._strip.rest()
        else:
            told = last.activity
            self._strip.show_activity(told.text, told.done, told.total, can_cancel=told.can_cancel)
        self.changed.emit()

    def cancel(self) -> None:
        """Stops what is told."""
        last = self._last
        if last is not None and last.activity.can_cancel:
            last.stop()

    @property
    def _last(self) -> _Work | None:
        return next(reversed(self._work.values()), None)
