"""Tells the story in the ordinary window: loads each step's host, shows it, and points at it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from gui.choices import Question
from gui.demo.bar import StoryBar
from gui.demo.bundled import bundled_story, evidence_of, host_of, subject_of
from gui.demo.presenting import Presentation
from gui.demo.since import since
from gui.demo.story import Opened, Pane, Step
from gui.errors import own_error
from gui.jobs import Jobs, Latest
from gui.text import one_line
from isoscope.assessment.viewpoint import BUILT_IN
from isoscope.bundled import built_in_profiles

if TYPE_CHECKING:
    from gui.judging import Seen, Shown
    from gui.main_window import MainWindow

_STEPS = {"Right": 1, "PgDown": 1, "Space": 1, "Left": -1, "PgUp": -1, "Shift+Space": -1}
"""Arrow keys, and those that presenters' remotes send."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A step that the session judges."""

    place: int
    seen: Seen
    question: Question
    told: bool = False


class Demonstration(QObject):
    """The story in a window, from the first step on.

    A step is told when its host is judged: words and page always belong together.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.story = bundled_story()
        self._seen: dict[str, Seen] = {}
        self._place: int | None = None
        """The step that is told; None while none is."""
        self._wanted: int | None = None
        """The step that is to be told when it is loaded and judged; None: none is under way."""
        self._asked: _Asked | None = None
        """What the session was last given to judge; it answers nothing that was asked before."""
        self._load: Latest[tuple[str, Seen]] = Latest(
            Jobs(window.session.bridge), done=self._on_loaded, failed=self._on_failed, name="demo"
        )
        self._before: Shown | None = None
        """What the step that is told showed at first."""
        self.bar = StoryBar(window)
        self.bar.hide()
        window.column.addWidget(self.bar)
        self.presentation = Presentation(window)
        self._add_keys()
        self.bar.wanted.connect(self.go)
        window.session.shown_changed.connect(self._on_shown)

    def _add_keys(self) -> None:
        """Keys that work wherever the focus is, but in fields that take text."""
        self._keys: list[QShortcut] = []
        for keys, by in _STEPS.items():
            self._key(keys, partial(self.go, by))
        for keys, end in (("Home", 0), ("End", len(self.story.steps) - 1)):
            self._key(keys, partial(self._go_to, end))
        self._key("N", self._toggle_notes)
        for keys in ("P", "F11"):
            self._key(keys, self.toggle_presentation)
        self._escape = self._key("Esc", self._stop_presenting)
        self._space = [key for key in self._keys if "Space" in key.key().toString()]
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus)
        self._allow_keys(allowed=False)

    def _key(self, keys: str, act: object) -> QShortcut:
        shortcut = QShortcut(QKeySequence(keys), self._window)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(act)
        self._keys.append(shortcut)
        return shortcut

    def _allow_keys(self, *, allowed: bool) -> None:
        for key in self._keys:
            key.setEnabled(allowed)
        self._escape.setEnabled(allowed and self.presentation.on)

    def _on_focus(self, _: QWidget | None, now: QWidget | None) -> None:
        """Space presses the button that has the focus."""
        for key in self._space:
            key.setEnabled(self._place is not None and not isinstance(now, QAbstractButton))

    @property
    def place(self) -> int | None:
        """The step that is told, the first of which is 0; None while none is."""
        return self._place

    @property
    def step(self) -> Step | None:
        """The step that is told."""
        return None if self._place is None else self.story.steps[self._place]

    def start(self) -> None:
        """Tells the first step."""
        self._go_to(0)

    def go(self, by: int) -> None:
        """Goes on or back by some steps; also from one that is still under way."""
        at = self._wanted if self._wanted is not None else self._place
        if at is not None:
            self._go_to(min(max(at + by, 0), len(self.story.steps) - 1))

    def _leave(self) -> None:
        """Takes the strip away, now that another host is shown.

        Never before: what is shown of a bundled host stays marked as what it is.
        """
        self.presentation.leave()
        self._wanted = self._place = self._asked = self._before = None
        self._allow_keys(allowed=False)
        self.bar.hide()

    def _go_to(self, place: int) -> None:
        self._wanted = place
        step = self.story.steps[place]
        seen = self._seen.get(step.host.id)
        if seen is None:
            self._load.ask(lambda: (step.host.id, host_of(step)))
        else:
            self._show(place, seen)

    def _on_loaded(self, loaded: tuple[str, Seen]) -> None:
        id_, seen = loaded
        self._seen[id_] = seen
        # Meanwhile a step over a host that was loaded before may have been asked for.
        if self._wanted is not None and self.story.steps[self._wanted].host.id == id_:
            self._show(self._wanted, seen)

    def _show(self, place: int, seen: Seen) -> None:
        step = self.story.steps[place]
        profile = {one.id: one for one in built_in_profiles()}[step.profile]
        question = Question(profile, BUILT_IN[step.viewpoint])
        self._asked = _Asked(place, seen, question)
        self._window.session.show_prepared(seen, evidence_of(step, seen), question)

    def _on_failed(self, error: Exception) -> None:
        self._wanted = None
        self._window.message.show_message(one_line(own_error(error)))

    def _on_shown(self) -> None:
        """What was judged is shown by now: tells its step, or notes that it is another's."""
        shown, asked = self._window.session.shown, self._asked
        if asked is None or shown is None:
            return
        if shown.seen is not asked.seen:
            if self._wanted is None:  # the user opened something else
                self._leave()
            return
        if self._wanted == asked.place:
            self._wanted = None
        if not asked.told:
            self._asked = replace(asked, told=True)
            place, before = asked.place, self._before
            on = before is not None and self._place == place - 1
            self._tell(place, since(before, shown) if before is not None and on else "")
            self._before = shown
        self.bar.show_by_hand(changed=shown.question != asked.question)

    def _tell(self, place: int, changed: str) -> None:
        self._place = place
        self.bar.show_step(self.story, place, changed)
        if not self.bar.isVisible():
            self.bar.show()
            self._allow_keys(allowed=True)
            self.bar.next.setFocus()
        self._point_at(self.story.steps[place])

    def _point_at(self, step: Step) -> None:
        view, overview = self._window.host_view, self._window.overview
        if view is None or overview is None:
            return
        self._window.search.clear()
        view.choose(Opened.OVERVIEW.value)
        pane = overview.detail.evidence if step.pane is Pane.EVIDENCE else overview.detail.verdict
        overview.look_at(subject_of(step, self._seen[step.host.id]), step.aspect)
        overview.detail.setCurrentWidget(pane)
        view.choose(step.opened.value)

    def _toggle_notes(self) -> None:
        self.bar.show_notes(shown=self.bar.notes.isHidden())

    def toggle_presentation(self) -> None:
        """Fills the screen with the page and the story, or gives it back."""
        if self.presentation.on:
            self._stop_presenting()
            return
        self.presentation.enter()
        self._after_fonts()

    def _stop_presenting(self) -> None:
        self.presentation.leave()
        self._after_fonts()

    def _after_fonts(self) -> None:
        self._allow_keys(allowed=self._place is not None)
        self.bar.present(presenting=self.presentation.on)
        if self.step is not None:
            self._point_at(self.step)
