"""A plan in words, the same on the screen and in every format: sections of entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from isoscope.assessment.comparison import Course, VerdictChange
from isoscope.assessment.supposing.plan import Plan, Step, StillOpen
from isoscope.assessment.verdict import Verdict
from isoscope.assessment.vocabulary import Status
from isoscope.reports.plain import readable, sentence
from isoscope.reports.words import STATUS, count_of, moment, rungs, short_aspect
from isoscope.texts import noted

SUPPOSED = noted("Supposed, not observed")
MEANS = noted(
    "Nothing here was observed. These verdicts would hold once every change was made, and each "
    "was looked at again."
)
NAMES_SHOWN = 8
VERDICTS_SHOWN = 60
_NAME = 60
_COURSES = {
    Course.ROSE: ("rises", Status.MEETS),
    Course.MAY_HAVE_RISEN: ("may rise", Status.UNPROVEN),
    Course.LESS_CERTAIN: ("to be proved anew", Status.UNPROVEN),
    Course.FELL: ("falls", Status.FALLS_SHORT),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing of a plan; texts may come from a host, and are made readable already."""

    text: str
    mark: Status | None = None
    details: tuple[tuple[str, str], ...] = ()
    """Captions with their texts."""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a plan."""

    title: str
    entries: tuple[Entry, ...]
    numbered: bool = False
    of_verdicts: bool = False
    """Whether it lists verdicts; the screen has them in its matrix."""


def head_of(plan: Plan) -> list[tuple[str, str]]:
    """Of which host, seen when, judged how: captions with their texts."""
    inventory, viewpoint = plan.before.inventory, plan.before.viewpoint
    without = [f"without {party}" for party in sorted(viewpoint.distrusted)]
    return [
        ("Host", readable(str(inventory.host.name.value or "a host"), _NAME)),
        ("Observed", f"{moment(inventory.observed_at)}; what is supposed was not"),
        ("Required by", readable(plan.before.profile.title, _NAME)),
        ("Seen as", ", ".join([viewpoint.title.lower(), *without])),
    ]


def sections_of(plan: Plan) -> tuple[Section, ...]:
    """The plan, the verdicts that it would change, and what would stay unknown; parts that have
    nothing are left out."""
    names = names_of(plan)
    parts = (
        Section(
            f"The plan: {count_of(len(plan.steps), 'change')}",
            tuple(_step(step, names) for step in plan.steps),
            numbered=True,
        ),
        _verdicts("Verdicts of tenants", plan.tenants, names),
        _verdicts("Verdicts of workloads", plan.workloads, names),
        Section(
            "What would stay unknown",
            tuple(_open(one, names) for one in plan.open),
        ),
    )
    return tuple(part for part in parts if part.entries)


def names_of(plan: Plan) -> Mapping[str, str]:
    """How a person calls each workload: its name and its tenant."""
    claims = plan.moved.claims
    return {
        one.id: readable(one.name or one.id, _NAME)
        + (f" ({readable(claims[one.id].tenant, _NAME)})" if claims[one.id].claimed else "")
        for one in plan.before.inventory.workloads
    }


def summary_of(plan: Plan) -> str:
    """What it comes to, in one sentence."""
    if not plan.steps:
        return "Nothing is supposed that would change anything."
    where = {one for step in plan.steps for one in step.workloads}
    supposed = f"{count_of(len(plan.steps), 'change')} on {count_of(len(where), 'workload')}"
    parts = [
        f"of {whose}’ verdicts {words}"
        for whose, changes in (("tenants", plan.tenants), ("workloads", plan.workloads))
        if (words := ", ".join(_counts(changes)))
    ]
    return f"{supposed}: {'; '.join(parts) or 'no verdict changes'}."


def course_of(change: VerdictChange) -> Course:
    """Which way a verdict would go: one that may stand as high as before is not lower for that,
    but less certain, until what is supposed is looked at."""
    if change.course is Course.FELL and change.after.high >= change.before.high:
        return Course.LESS_CERTAIN
    return change.course


def _counts(changes: Sequence[VerdictChange]) -> Iterator[str]:
    for course, one, many in (
        (Course.ROSE, "rises", "rise"),
        (Course.MAY_HAVE_RISEN, "may rise", "may rise"),
        (Course.LESS_CERTAIN, "has to be proved anew", "have to be proved anew"),
        (Course.FELL, "falls", "fall"),
    ):
        number = sum(course_of(change) is course for change in changes)
        if number:
            yield f"{number:,} {one if number == 1 else many}"


def _step(step: Step, names: Mapping[str, str]) -> Entry:
    details = [("On", some_names(step.workloads, names))]
    details += [("Why", step.why), ("Do", step.remedy)]
    details += [("Prove", line) for line in step.prove]
    if step.doubt:
        details.append(("But", readable(step.doubt)))
    return Entry(step.title, None, tuple(details))


def _open(one: StillOpen, names: Mapping[str, str]) -> Entry:
    return Entry(
        _sentence(sentence(one.explanation)),
        Status.UNPROVEN,
        (
            ("On", some_names(one.workloads, names)),
            ("Bears on", "; ".join(one.titles)),
            ("Settle it", _sentence(sentence(one.settled_by))),
        ),
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _verdicts(title: str, changes: Sequence[VerdictChange], names: Mapping[str, str]) -> Section:
    order = list(_COURSES)
    listed = sorted(changes, key=lambda change: order.index(course_of(change)))
    entries = [
        Entry(
            f"{names.get(change.subject) or readable(change.subject, _NAME)}  "
            f"{short_aspect(change.aspect)}: {_in_words(change.before)} → "
            f"{_in_words(change.after)} ({_COURSES[course_of(change)][0]})",
            _COURSES[course_of(change)][1],
        )
        for change in listed[:VERDICTS_SHOWN]
    ]
    if len(listed) > VERDICTS_SHOWN:
        entries.append(Entry(f"and {len(listed) - VERDICTS_SHOWN:,} more"))
    heading = f"{title}: {count_of(len(listed), 'change')}"
    return Section(heading, tuple(entries), of_verdicts=True)


def _in_words(verdict: Verdict) -> str:
    return f"{rungs(verdict)} {STATUS[verdict.status]}"


def some_names(workloads: Iterable[str], names: Mapping[str, str], most: int = NAMES_SHOWN) -> str:
    """The names of the first few workloads, and how many more there are."""
    listed = list(workloads)
    shown = ", ".join(names[one] for one in listed[:most])
    more = len(listed) - most
    return f"{shown} and {more:,} more" if more > 0 else shown
