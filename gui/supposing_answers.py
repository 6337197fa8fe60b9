"""Asks what would be if something were so; a worker answers, and keeps what the next question
needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from gui.errors import own_error
from gui.jobs import Jobs, Latest
from gui.supposing import Asked, Remedies, WhatIf, scope_of, what_if
from gui.text import one_line

if TYPE_CHECKING:
    from gui.bridge import Bridge
    from gui.judging import Shown
    from gui.rows import Subject
    from isoscope.assessment.comparison import Look
    from isoscope.assessment.supposing.candidates import Candidate
    from isoscope.assessment.supposing.suppositions import Move


class WhatIfAnswers:
    """Answers the latest question on a worker. What moves alone give is judged once for several
    questions, and so is what could be supposed."""

    def __init__(
        self,
        bridge: Bridge,
        *,
        done: Callable[[WhatIf], None],
        remedied: Callable[[Remedies], None],
        failed: Callable[[str], None],
    ) -> None:
        self._latest: Latest[WhatIf] = Latest(
            Jobs(bridge),
            done=done,
            failed=lambda error: failed(one_line(own_error(error))),
            name="what-if",
        )
        self._remedies: Latest[Remedies] = Latest(
            Jobs(bridge),
            done=remedied,
            failed=lambda error: failed(one_line(own_error(error))),
            name="remedies",
        )
        self._before: tuple[Shown, Look] | None = None
        self._moved: tuple[Mapping[str, Move], Look] | None = None
        self._found: tuple[Subject | None, tuple[Candidate, ...]] | None = None

    def ask(self, shown: Shown, asked: Asked) -> None:
        """Asks; ``done`` hears the answer."""

        def work() -> WhatIf:
            return self._answer(shown, asked)

        self._latest.ask(work)

    def ask_remedies(
        self, shown: Shown, subject: Subject | None, findings: Sequence[tuple[str, str]]
    ) -> None:
        """Asks what to suppose so that these findings no longer hold a subject; ``remedied`` hears
        it."""

        def work() -> Remedies:
            from isoscope.assessment.supposing.candidates import remedies_of

            return Remedies(subject, remedies_of(shown.judged, findings))

        self._remedies.ask(work)

    def forget(self) -> None:
        """Nobody asks about what was shown any more."""
        self._latest.cancel()
        self._remedies.cancel()
        self._before = self._moved = self._found = None

    def _answer(self, shown: Shown, asked: Asked) -> WhatIf:
        from isoscope.assessment.supposing.candidates import candidates
        from isoscope.assessment.supposing.plan import moved_look, plan_of

        if self._before is None or self._before[0] is not shown:
            self._before, self._moved, self._found = (shown, _look(shown)), None, None
        before = self._before[1]
        moves = asked.suppositions.among(shown.judged.judgements).moved
        if self._moved is None or self._moved[0] != moves:
            self._moved, self._found = (moves, moved_look(before, moves)), None
        moved = self._moved[1]
        if self._found is None or self._found[0] != asked.scope:
            self._found = asked.scope, candidates(moved, scope_of(shown, asked.scope))
        plan = plan_of(before, asked.suppositions, moved)
        answer = what_if(shown, plan, self._found[1], asked)
        for look in (before, moved):
            look.assessment.forget()
        return answer


def _look(shown: Shown) -> Look:
    """What the window shows, as the core has it."""
    from isoscope.assessment.assess import conclude
    from isoscope.assessment.assessment import Assessment
    from isoscope.assessment.comparison import Look

    question, found = shown.question, shown.assessment
    if not isinstance(found, Assessment):
        found = conclude(shown.judged, profile=question.profile, viewpoint=question.viewpoint)
    return Look(shown.judged, found)
