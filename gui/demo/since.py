"""What became of the tenants' verdicts since the step before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from isoscope.assessment.assess import conclude
from isoscope.assessment.comparison import Course, Look, compare
from isoscope.texts import tr, trn

if TYPE_CHECKING:
    from gui.judging import Shown

_WORDS: Mapping[Course, Callable[[int], str]] = {
    Course.FELL: lambda number: trn("{number} fell", "{number} fell", number),
    Course.LESS_CERTAIN: lambda number: trn(
        "{number} became less certain", "{number} became less certain", number
    ),
    Course.MAY_HAVE_RISEN: lambda number: trn(
        "{number} may have risen", "{number} may have risen", number
    ),
    Course.ROSE: lambda number: trn("{number} rose", "{number} rose", number),
}


def since(before: Shown, after: Shown) -> str:
    """In words, how many verdicts of tenants changed; empty where none did.

    Empty too where another question was asked before: its verdicts are not comparable.
    """
    if before.question != after.question:
        return ""
    changes = compare(_look(before), _look(after)).tenants
    counts = Counter(change.course for change in changes)
    parts = [words(counts[course]) for course, words in _WORDS.items() if counts[course]]
    return tr("verdicts of tenants: {changes}").format(changes=", ".join(parts)) if parts else ""


def _look(shown: Shown) -> Look:
    asked = shown.question
    return Look(
        shown.judged,
        conclude(shown.judged, profile=asked.profile, viewpoint=asked.viewpoint),
    )
