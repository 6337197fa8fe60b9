"""What became of the tenants' verdicts since the step before."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from isoscope.assessment.assess import conclude
from isoscope.assessment.comparison import Course, Look, compare

if TYPE_CHECKING:
    from gui.judging import Shown

_WORDS = {
    Course.FELL: "fell",
    Course.LESS_CERTAIN: "became less certain",
    Course.MAY_HAVE_RISEN: "may have risen",
    Course.ROSE: "rose",
}


def since(before: Shown, after: Shown) -> str:
    """In words, how many verdicts of tenants changed; empty where none did.

    Empty too where another question was asked before: its verdicts are not comparable.
    """
    if before.question != after.question:
        return ""
    changes = compare(_look(before), _look(after)).tenants
    counts = Counter(change.course for change in changes)
    parts = [f"{counts[course]} {words}" for course, words in _WORDS.items() if counts[course]]
    return f"verdicts of tenants: {', '.join(parts)}" if parts else ""


def _look(shown: Shown) -> Look:
    asked = shown.question
    return Look(
        shown.judged,
        conclude(shown.judged, profile=asked.profile, viewpoint=asked.viewpoint),
    )
