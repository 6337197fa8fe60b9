"""What changed between two looks, as text and as JSON: verdicts first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from isoscope.assessment.catalogue import CATALOGUE
from isoscope.assessment.comparison import (
    Comparison,
    Course,
    FindingChange,
    Look,
    VerdictChange,
)
from isoscope.assessment.judgement import Judgement
from isoscope.assessment.verdict import Verdict
from isoscope.assessment.vocabulary import FindingKind, Status
from isoscope.reports.layout import Page
from isoscope.reports.plain import readable, without_surrogates
from isoscope.reports.values import value_as_json
from isoscope.reports.words import STATUS, SYMBOL, count_of, moment, rungs, short_aspect

_COURSES = {
    Course.FELL: ("fell", Status.FALLS_SHORT),
    Course.LESS_CERTAIN: ("less certain", Status.UNPROVEN),
    Course.MAY_HAVE_RISEN: ("may have risen", Status.UNPROVEN),
    Course.ROSE: ("rose", Status.MEETS),
}
_NAME_LIMIT = 60
_MOST_LINES = 40
_FACT_LIMIT = 120


def comparison_text(
    comparison: Comparison, before: Look, after: Look, page: Page | None = None
) -> str:
    """The comparison as plain text, ending in a newline."""
    page = page or Page()
    names = _names(before, after)
    lines = [
        *_head(before, after, page),
        *_verdicts("Tenants", comparison.tenants, {}, page),
        *_verdicts("Workloads", comparison.workloads, names, page),
        *_findings(comparison.findings, names, page),
        *_listed("New tenants", comparison.new_tenants, {}, page),
        *_listed("Tenants that are gone", comparison.gone_tenants, {}, page),
        *_listed("New workloads", comparison.appeared, names, page),
        *_listed("Workloads that are gone", comparison.gone, names, page),
        *_listed("Made anew under the same name", comparison.made_anew.values(), names, page),
        *_facts(comparison, page),
    ]
    if comparison.nothing_changed:
        lines += ["", "Nothing changed."]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _head(before: Look, after: Look, page: Page) -> Iterator[str]:
    old, new = before.assessment, after.assessment
    hosts = [look.inventory.host.name.value or "a host" for look in (old, new)]
    name = readable(hosts[1], _NAME_LIMIT)
    yield page.strong(f"What changed on {name}")
    yield f"  from {moment(old.inventory.observed_at)} to {moment(new.inventory.observed_at)}"
    own = sum(new.own_profile(tenant.name) is not None for tenant in new.tenants)
    but = f" but for {count_of(own, 'tenant')} with a profile of their own" if own else ""
    yield (
        f"  required by {readable(new.profile.title, _NAME_LIMIT)}{but}, "
        f"seen as {new.viewpoint.title.lower()}"
    )
    if hosts[0] != hosts[1]:
        yield from page.wrapped(
            f"These are two hosts: the older look is at {readable(hosts[0], _NAME_LIMIT)}.",
            indent="    ",
            first="  ? ",
        )
    uids = [look.inventory.collector.uid for look in (old, new)]
    if uids[0] != uids[1]:
        yield from page.wrapped(
            f"The older look was taken {_as_user(uids[0])}, the newer {_as_user(uids[1])}: what "
            "one could not read is unknown there, and may not have changed.",
            indent="    ",
            first="  ? ",
        )


def _as_user(uid: int | None) -> str:
    if uid is None:
        return "from a captured tree"
    return "as root" if uid == 0 else f"as user {uid}"


def _verdicts(
    title: str, changes: Iterable[VerdictChange], names: Mapping[str, str], page: Page
) -> Iterator[str]:
    listed = list(changes)
    if not listed:
        return
    yield ""
    yield page.strong(f"{title}: {count_of(len(listed), 'verdict')} changed")
    for change in listed[:_MOST_LINES]:
        word, status = _COURSES[change.course]
        name = readable(names.get(change.subject, change.subject), _NAME_LIMIT)
        yield from page.wrapped(
            f"{name} {short_aspect(change.aspect)} {word}: {_in_words(change.before)} → "
            f"{_in_words(change.after)}",
            indent="      ",
            first=f"  {SYMBOL[status]} ",
        )
    yield from _more(len(listed))


def _in_words(verdict: Verdict) -> str:
    return f"{rungs(verdict)} {STATUS[verdict.status]}"


def _findings(
    changes: Iterable[FindingChange], names: Mapping[str, str], page: Page
) -> Iterator[str]:
    listed = list(changes)
    if not listed:
        return
    yield ""
    yield page.strong(f"{count_of(len(listed), 'finding')} changed")
    grouped = groupby(listed, key=lambda change: (change.course, change.id))
    for shown, ((course, identity), group) in enumerate(grouped):
        if shown == _MOST_LINES:
            yield "    and further ones; --format json has all"
            return
        same = list(group)
        _, status = _COURSES[course]
        who = ", ".join(readable(names.get(one.workload, one.workload), 30) for one in same[:5])
        if len(same) > 5:
            who += f" and {len(same) - 5} more"
        first = same[0]
        yield from page.wrapped(
            f"{CATALOGUE[identity].title}: {_state(identity, first.before)} → "
            f"{_state(identity, first.after)}: {first.after.says} ({who})",
            indent="      ",
            first=f"  {SYMBOL[status]} ",
        )


def _state(identity: str, judgement: Judgement) -> str:
    if not judgement.applicable:
        return "not applicable"
    if judgement.holds is None:
        return "unknown"
    if CATALOGUE[identity].kind is FindingKind.MEASURE:
        return "in place" if judgement.holds else "not in place"
    return "open" if judgement.holds else "ruled out"


def _listed(
    title: str, subjects: Iterable[str], names: Mapping[str, str], page: Page
) -> Iterator[str]:
    listed = list(subjects)
    if not listed:
        return
    yield ""
    yield page.strong(f"{title}: {len(listed)}")
    for one in listed[:_MOST_LINES]:
        yield f"    {readable(names.get(one, one), _NAME_LIMIT)}"
    yield from _more(len(listed))


def _facts(comparison: Comparison, page: Page) -> Iterator[str]:
    if not comparison.facts:
        return
    yield ""
    yield page.strong("The host")
    for fact in comparison.facts[:_MOST_LINES]:
        was, now = (
            readable(_fact_text(value_as_json(value)), _FACT_LIMIT)
            for value in (fact.before, fact.after)
        )
        yield from page.wrapped(f"{_title(fact.key)}: {was} → {now}", indent="      ", first="    ")
    yield from _more(len(comparison.facts))


def _title(key: str) -> str:
    """A fact in words; names of technologies and settings as they are."""
    is_name = key.startswith("TEE ") or "." in key
    return readable(key if is_name else key.replace("-", " "), _NAME_LIMIT)


def _fact_text(value: Any) -> str:  # noqa: ANN401 - any type of JSON
    """A value of a fact for a person: no notation of a language."""
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case dict():
            parts = (f"{key.replace('_', ' ')} {_fact_text(one)}" for key, one in value.items())
            return ", ".join(parts)
        case list():
            return ", ".join(map(_fact_text, value)) or "none"
        case _:
            return str(value)


def _more(number: int) -> Iterator[str]:
    if number > _MOST_LINES:
        yield f"    and {number - _MOST_LINES} more; --format json has all"


def _names(before: Look, after: Look) -> Mapping[str, str]:
    return {
        workload.id: workload.name or workload.id
        for look in (before, after)
        for workload in look.assessment.inventory.workloads
    }


def comparison_json(comparison: Comparison, before: Look, after: Look) -> str:
    """The comparison as one JSON document, ending in a newline."""
    document = {
        "format": 1,
        "before": _look(before),
        "after": _look(after),
        "profile": after.assessment.profile.id,
        "tenant_profiles": {
            tenant.name: profile.id
            for tenant in after.assessment.tenants
            if (profile := after.assessment.own_profile(tenant.name)) is not None
        },
        "viewpoint": after.assessment.viewpoint.id,
        "fell": comparison.any_fell,
        "tenants": [_verdict_change(change) for change in comparison.tenants],
        "workloads": [_verdict_change(change) for change in comparison.workloads],
        "findings": [
            {
                "workload": change.workload,
                "id": change.id,
                "course": change.course.value,
                "before": _state(change.id, change.before),
                "after": _state(change.id, change.after),
                "says": change.after.says,
            }
            for change in comparison.findings
        ],
        "new_tenants": list(comparison.new_tenants),
        "gone_tenants": list(comparison.gone_tenants),
        "new_workloads": list(comparison.appeared),
        "gone_workloads": list(comparison.gone),
        "made_anew": [{"before": was, "after": now} for was, now in comparison.made_anew.items()],
        "host": [
            {
                "key": fact.key,
                "before": value_as_json(fact.before),
                "after": value_as_json(fact.after),
            }
            for fact in comparison.facts
        ],
    }
    return without_surrogates(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def _look(look: Look) -> dict[str, object]:
    inventory = look.assessment.inventory
    return {
        "host": inventory.host.name.value,
        "observed_at": moment(inventory.observed_at),
        "status": look.assessment.status.value,
    }


def _verdict_change(change: VerdictChange) -> dict[str, object]:
    return {
        "subject": change.subject,
        "direction": change.aspect.direction.value,
        "property": change.aspect.property.value,
        "course": change.course.value,
        "before": _verdict(change.before),
        "after": _verdict(change.after),
    }


def _verdict(verdict: Verdict) -> dict[str, object]:
    return {
        "low": verdict.low,
        "high": verdict.high,
        "required": verdict.required,
        "status": verdict.status.value,
    }
