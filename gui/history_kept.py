"""Keeps looks as the user asked, compares with them, and looks again on a schedule."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, QTimer, Signal

from gui.activity import Activity
from gui.errors import file_error
from gui.history import Kept, forget, keep, kept_of
from gui.jobs import Job, Jobs, Latest
from isoscope.texts import tr

if TYPE_CHECKING:
    from gui.judging import Shown
    from gui.trending import Point, Since
    from isoscope.assessment.tenants import TenantRules
    from isoscope.snapshot.document import Snapshot

MOST_KEPT = 500
DEFAULT_KEPT = 20


class HistoryKept(QObject):
    """What is kept of the host that is shown. All signals are emitted on the GUI thread."""

    looks_changed = Signal(object)
    """A tuple of `Kept`, the newest first."""
    trend_changed = Signal(object)
    """A tuple of `Point`, the oldest first."""
    compared = Signal(object)
    """A `Since` for the last look that was chosen."""
    worse = Signal(object)
    """A `Since`: what is worse, or less certain, than at the look before."""
    failed = Signal(str)
    activity_changed = Signal(object)
    """An `Activity` while a trend is worked out over many looks; None when none is."""

    def __init__(
        self,
        jobs: Jobs,
        *,
        scan: Callable[[], None],
        rules: TenantRules | None,
        settings: QSettings,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.rules = rules
        self._settings = settings
        self._shown: Shown | None = None
        self._snapshot: Snapshot | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(scan)
        self._trend: Latest[tuple[Point, ...]] = Latest(
            jobs, done=self._on_trend, failed=self._on_trend_failed, name="trend"
        )
        self._compare: Latest[Since] = Latest(
            jobs, done=self.compared.emit, failed=self._on_failed, name="compare"
        )
        self._running: Job | None = None
        self._stopped = Event()
        """Set when the trend that is being worked out ends early, with what it has."""

    @property
    def most(self) -> int:
        """How many looks are kept of each host; 0 where none is."""
        value = self._settings.value("history/keep", 0)
        return min(max(int(str(value)), 0), MOST_KEPT) if str(value).isdigit() else 0

    def keep_at_most(self, most: int) -> None:
        """Keeps so many from now on; 0 keeps no further one, and lets those be that there are."""
        self._settings.setValue("history/keep", most)

    def look_every(self, minutes: int) -> None:
        """Looks again that often while the window is open; 0 stops."""
        self._timer.stop()
        if minutes > 0:
            self._timer.start(minutes * 60_000)

    @property
    def looks_again(self) -> bool:
        """Whether it looks again by itself."""
        return self._timer.isActive()

    def on_shown(self, shown: Shown) -> None:
        """Something is shown: a new look is kept, and compared with the one before."""
        self._shown = shown
        if shown.seen.snapshot is self._snapshot:
            return
        self._snapshot = shown.seen.snapshot
        host, rules, most = shown.seen.host.name, self.rules, self.most
        fresh = not shown.seen.origin

        def work(_: Job) -> tuple[tuple[Kept, ...], Since | None]:
            from gui.trending import since

            before = kept_of(host)
            found: Since | None = None
            if fresh and before:
                try:
                    found = since(before[0], shown, rules)
                except ValueError:  # one that an older or newer Isoscope kept
                    found = None
            if fresh and most:
                keep(shown.seen.snapshot, host, most)
            return kept_of(host), found

        self._running = self._jobs.start(
            work, done=self._on_kept, failed=self._on_failed, name="keep"
        )

    def tell_looks(self) -> None:
        """Tells again what is kept of the host that is shown."""
        if self._shown is None:
            return
        host = self._shown.seen.host.name

        def work(_: Job) -> tuple[tuple[Kept, ...], Since | None]:
            return kept_of(host), None

        self._running = self._jobs.start(
            work, done=self._on_kept, failed=self._on_failed, name="looks"
        )

    def forget_all(self) -> None:
        """Deletes all looks at the host that is shown."""
        if self._shown is None:
            return
        host = self._shown.seen.host.name

        def work(_: Job) -> tuple[tuple[Kept, ...], Since | None]:
            forget(kept_of(host))
            return kept_of(host), None

        self._running = self._jobs.start(
            work, done=self._on_kept, failed=self._on_failed, name="forget"
        )

    def compare_with(self, kept: Kept) -> None:
        """Asks what changed since a look; `compared` answers."""
        shown, rules = self._shown, self.rules
        if shown is None:
            return

        def work() -> Since:
            from gui.trending import since

            return since(kept, shown, rules)

        self._compare.ask(work)

    def ask_trend(self) -> None:
        """Asks for the trend of the host that is shown; `trend_changed` answers."""
        shown, rules = self._shown, self.rules
        if shown is None:
            return
        self._stopped.set()  # nobody waits for the one before any more
        self._stopped = stopped = Event()

        def work() -> tuple[Point, ...]:
            from gui.trending import trend

            return trend(kept_of(shown.seen.host.name), shown, rules, stopped.is_set)

        self.activity_changed.emit(Activity(tr("Judging the looks that are kept …")))
        self._trend.ask(work)

    def stop_trend(self) -> None:
        """Ends the trend that is being worked out; what there is of it is shown."""
        self._stopped.set()

    def close(self) -> None:
        """Stops looking again, and listening to workers."""
        self._timer.stop()
        self._stopped.set()
        if self._running is not None:
            self._running.discard()

    def _on_kept(self, result: tuple[tuple[Kept, ...], Since | None]) -> None:
        looks, found = result
        self.looks_changed.emit(looks)
        if found is not None and (found.fell or found.less_seen):
            self.worse.emit(found)

    def _on_trend(self, points: tuple[Point, ...]) -> None:
        self.activity_changed.emit(None)
        self.trend_changed.emit(points)

    def _on_trend_failed(self, error: Exception) -> None:
        self.activity_changed.emit(None)
        self._on_failed(error)

    def _on_failed(self, error: Exception) -> None:
        self.failed.emit(file_error(error, tr("A kept look cannot be used")))
