"""What is loaded and how it is judged; every slow step on a worker, every stale answer dropped.

``gui.judging`` brings the whole assessment with it; workers import it when they need it, so that
the window is painted before.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Signal

from gui.activity import Activity, judging, scanning
from gui.bridge import Bridge
from gui.choices import Choices, Question, with_profile, with_viewpoint
from gui.errors import file_error, no_tenant, own_error
from gui.evidence_kept import EvidenceKept
from gui.exporter import Exporter
from gui.history_kept import HistoryKept
from gui.jobs import Job, Jobs, Latest
from gui.letting_go import let_go
from gui.saver import Saver
from gui.text import one_line
from isoscope.texts import tr

if TYPE_CHECKING:
    from gui.attesting import Given
    from gui.judging import Seen, Shown
    from gui.rows import Rows, Subject
    from isoscope.assessment.profile import Profile
    from isoscope.assessment.tenants import TenantRules
    from isoscope.assessment.viewpoint import Viewpoint
    from isoscope.assessment.vocabulary import Aspect
    from probes.collect import Progress


class Session(QObject):
    """Loads, scans, judges and explains. All signals are emitted on the GUI thread."""

    shown_changed = Signal()
    """Another snapshot is shown, or the same one is judged anew."""
    listed = Signal(object)
    """The `Rows` of what is about to be judged; until then what was shown is kept, not shown."""
    activity_changed = Signal(object)
    """An `Activity`, or None when nothing is under way."""
    failed = Signal(str)
    """One line of what went wrong; what was shown stays."""
    believed = Signal(object)
    """A `Believing` for the last comparison asked with `compare_viewpoint`."""
    explained = Signal(object)
    """An `Explained` for the last question asked with `explain`."""

    def __init__(
        self, choices: Choices, options: Namespace, settings: QSettings, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._options = options
        self._question = choices.first
        self._rules = choices.rules
        self._only: str = getattr(options, "tenant", "") or ""
        self.bridge = Bridge(self)
        self._jobs = Jobs(self.bridge)
        self._getting: Job | None = None
        self._loading = False
        self._tell = self.activity_changed.emit
        self._seen: Seen | None = None
        self._shown: Shown | None = None
        self.evidence = EvidenceKept(
            self._jobs, changed=self._judge_now, failed=self._on_evidence_failed
        )
        self.history = HistoryKept(
            self._jobs, scan=self.scan, rules=self._rules, settings=settings, parent=self
        )
        self.history.failed.connect(self.failed)
        self.exporter = Exporter(self._jobs, self)
        self.exporter.failed.connect(self.failed)
        self.saver = Saver(self._jobs, self)
        self.saver.failed.connect(self.failed)
        self._judge: Latest[Shown] = Latest(
            self._jobs, done=self._on_judged, failed=self._on_judging_failed, name="judge"
        )
        self._believe: Latest[object] = Latest(
            self._jobs, done=self.believed.emit, failed=self._on_explaining_failed, name="believe"
        )
        self._explain: Latest[object] = Latest(
            self._jobs, done=self.explained.emit, failed=self._on_explaining_failed, name="explain"
        )

    @property
    def shown(self) -> Shown | None:
        """What is shown; None until something was loaded."""
        return self._shown

    @property
    def question(self) -> Question:
        """What is asked now; what is shown may still answer the one before."""
        return self._question

    @property
    def busy(self) -> bool:
        """Whether a scan or a load is under way."""
        return self._getting is not None

    @property
    def judging(self) -> bool:
        """Whether something is being judged."""
        return self._judge.busy

    def scan(self) -> None:
        """Looks at this machine; ignored while a scan or a load is under way."""
        if self.busy:
            return
        self._loading = False
        self._tell(Activity(tr("Looking at this machine …")))

        def work(job: Job) -> Seen:
            from gui import judging

            running: list[str] = []

            def tell(progress: Progress) -> None:
                job.tell(partial(self._on_progress, job, scanning(progress, running)))

            snapshot = judging.scanned(self._options, tell, job.cancelled)
            return judging.looked_at(snapshot, "", self._rules)

        self._getting = self._jobs.start(
            work,
            done=self._on_seen,
            failed=lambda error: self._on_getting_failed(own_error(error)),
            name="scan",
        )

    def open(self, path: Path) -> None:
        """Loads a snapshot; a scan or load under way is dropped for it."""
        if self._getting is not None:
            self._getting.discard()
        self._loading = True
        origin = one_line(path.name, 80)
        self._tell(Activity(tr("Opening {origin} …").format(origin=origin)))

        def work(job: Job) -> Seen:
            from gui import judging

            tell = partial(self._tell_listed, job, origin)
            snapshot = judging.loaded(path, self._rules, tell)
            return judging.looked_at(snapshot, path.name, self._rules, path)

        self._getting = self._jobs.start(
            work,
            done=self._on_seen,
            failed=partial(self._on_open_failed, path),
            name="open",
        )

    def show_prepared(self, seen: Seen, given: Mapping[str, Given], question: Question) -> None:
        """Shows what is at hand, with its own evidence; a scan or load under way is dropped."""
        if self._getting is not None:
            self._getting.discard()
            self._getting = None
        self._seen, self._question = seen, question
        self.evidence.replace(given)
        self._judge_now()

    def cancel(self) -> None:
        """Stops a scan, keeping what it has; drops a load."""
        job = self._getting
        if job is None:
            return
        job.cancelled.set()
        if self._loading:
            job.discard()
            self._getting = None
            self._rest()
        else:
            self._tell(Activity(tr("Stopping; what was read so far is kept …"), can_cancel=False))

    def choose_profile(self, profile: Profile) -> None:
        """Judges anew against another profile."""
        self._ask(with_profile(self._question, profile))

    def require(self, rules: TenantRules | None, profile: Profile) -> None:
        """Judges anew by other rules of who owns what, and against a profile."""
        self._rules = self.history.rules = rules
        self._question = with_profile(self._question, profile)
        self._judge_now()

    def choose_viewpoint(self, viewpoint: Viewpoint) -> None:
        """Judges anew from another viewpoint."""
        self._ask(with_viewpoint(self._question, viewpoint))

    def compare_viewpoint(self, beside: Viewpoint) -> None:
        """Asks what the viewpoint changes beside another one; `believed` answers."""
        shown = self._shown
        if shown is None:
            return

        def work() -> object:
            from gui.believing import believing

            return believing(shown, beside)

        self._believe.ask(work)

    def explain(self, subject: Subject, aspect: Aspect) -> None:
        """Asks why a verdict is what it is; `explained` answers."""
        shown = self._shown
        if shown is None:
            return

        def work() -> object:
            from gui import judging

            return judging.explanation(shown, subject, aspect)

        self._explain.ask(work)

    def close(self) -> None:
        """Stops listening to workers; their threads end by themselves."""
        if self._getting is not None:
            self._getting.discard()
        self.evidence.close()
        self.history.close()
        self.exporter.close()
        self.saver.close()
        self.bridge.close()

    def _ask(self, question: Question) -> None:
        if question != self._question:
            self._question = question
            self._judge_now()

    def _judge_now(self) -> None:
        if self._seen is None:
            return
        seen, question, only = self._seen, self._question, self._only
        given, rules = self.evidence.by_workload(), self._rules
        if self._getting is None:
            self._tell(Activity(tr("Judging …"), can_cancel=False))

        def work() -> Shown:
            from gui import judging

            return judging.judged(seen, question, only, given, rules)

        self._judge.ask(work)

    def _on_progress(self, job: Job, activity: Activity) -> None:
        if not job.cancelled.is_set():
            self._tell(activity)

    def _tell_listed(self, job: Job, origin: str, rows: Rows) -> None:
        """Called by the worker."""
        job.tell(partial(self._on_listed, origin, rows))

    def _on_listed(self, origin: str, rows: Rows) -> None:
        self._tell(judging(origin, rows.count))
        self.listed.emit(rows)

    def _on_seen(self, seen: Seen) -> None:
        self._getting = None
        self._seen = seen
        self._judge_now()

    def _on_judged(self, shown: Shown) -> None:
        self._seen = shown.seen
        last, self._shown = self._shown, shown
        self.shown_changed.emit()
        self._rest()
        self.history.on_shown(shown)
        let_go(self._jobs, [] if last is None else [last])
        if self._only and not shown.rows.tenants:
            self.failed.emit(no_tenant(self._only))

    def _on_judging_failed(self, error: Exception) -> None:
        self._seen = None if self._shown is None else self._shown.seen
        self._on_getting_failed(own_error(error))

    def _on_open_failed(self, path: Path, error: Exception) -> None:
        self._on_getting_failed(file_error(error, tr("{path} cannot be opened").format(path=path)))

    def _on_getting_failed(self, line: str) -> None:
        self._getting = None
        self._rest()
        self.failed.emit(one_line(line))

    def _on_evidence_failed(self, line: str) -> None:
        self._rest()
        self.failed.emit(line)

    def _on_explaining_failed(self, error: Exception) -> None:
        self.failed.emit(one_line(own_error(error)))

    def _rest(self) -> None:
        if self._getting is None:
            self.activity_changed.emit(None)
