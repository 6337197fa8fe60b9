"""What changed between two looks at a host: verdicts first, then what made them change.

Workloads are the same where their ids are; a container that was made anew under its name is taken
for the one before it, and said to be new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from isoscope.assessment.assess import JudgedInventory
from isoscope.assessment.assessment import Assessment
from isoscope.assessment.catalogue import CATALOGUE
from isoscope.assessment.host_changes import FactChange, changed_facts
from isoscope.assessment.judgement import Judgement
from isoscope.assessment.judgements import aside
from isoscope.assessment.verdict import NOBODY, UNKNOWN, AssessedTenant, Verdict
from isoscope.assessment.vocabulary import ASPECTS, Aspect, FindingKind, Status
from isoscope.inventory.inventory import Inventory

_FROM_WORST = (Status.FALLS_SHORT, Status.UNPROVEN, Status.MEETS, Status.NOT_REQUIRED)

_Judged = Mapping[str, Judgement]


class Course(StrEnum):
    """Which way a verdict or finding went."""

    FELL = "fell"
    LESS_CERTAIN = "less-certain"
    """Its range grew to both sides, or to the worse and the better at once."""
    MAY_HAVE_RISEN = "may-have-risen"
    """It stands as low as before, and may stand higher than it could before."""
    ROSE = "rose"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a host: what was judged, and what that means for one question."""

    judged: JudgedInventory
    assessment: Assessment


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """One verdict of a tenant or workload that is another now."""

    subject: str
    """A tenant's name, or a workload's id in the newer look."""
    aspect: Aspect
    before: Verdict
    after: Verdict

    @property
    def course(self) -> Course:
        """Fell where the status, or else the range, got worse."""
        return _course(self.before, self.after)

    @property
    def less_seen(self) -> bool:
        """Whether it is worse only by what is not known any more: it may stand as high as before.

        What is known to be missing bounds a range from above; what is not known, from below alone.
        """
        worse = self.course in (Course.FELL, Course.LESS_CERTAIN)
        return worse and self.after.high >= self.before.high


@dataclass(frozen=True, slots=True)
class FindingChange:
    """A measure or exposure of one workload that is judged differently now."""

    workload: str
    id: str
    before: Judgement
    after: Judgement

    @property
    def course(self) -> Course:
        """Fell where it speaks less for the workload than before."""
        was, now = (_favour(self.id, judgement) for judgement in (self.before, self.after))
        return Course.FELL if now < was else Course.ROSE


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that changed, the worst first."""

    tenants: tuple[VerdictChange, ...]
    workloads: tuple[VerdictChange, ...]
    findings: tuple[FindingChange, ...]
    appeared: tuple[str, ...]
    """Ids of workloads that the older look does not have, nor their names."""
    gone: tuple[str, ...]
    made_anew: Mapping[str, str]
    """Ids of workloads with the same name and another id: the newer by the older."""
    new_tenants: tuple[str, ...]
    gone_tenants: tuple[str, ...]
    facts: tuple[FactChange, ...]

    @property
    def any_fell(self) -> bool:
        """Whether a verdict is worse, or less certain, than it was."""
        return any(
            change.course in (Course.FELL, Course.LESS_CERTAIN)
            for change in (*self.tenants, *self.workloads)
        )

    @property
    def nothing_changed(self) -> bool:
        """Whether both looks say the same."""
        return not (
            self.tenants
            or self.workloads
            or self.findings
            or self.appeared
            or self.gone
            or self.made_anew
            or self.facts
            or self.new_tenants
            or self.gone_tenants
        )


def compare(before: Look, after: Look, only: str = "") -> Comparison:
    """What changed from one look to the next, both judged by one profile and viewpoint.

    Args:
        before, after: the looks.
        only: a tenant, where nothing else is asked about; the host's facts are told all the same.
    """
    whole = _compared(before, after)
    if not only:
        return whole
    owners = {
        workload: claim.tenant
        for look in (before, after)
        for workload, claim in look.judged.claims.items()
    }

    def own(workload: str) -> bool:
        return owners.get(workload) == only

    return Comparison(
        tenants=tuple(change for change in whole.tenants if change.subject == only),
        workloads=tuple(change for change in whole.workloads if own(change.subject)),
        findings=tuple(change for change in whole.findings if own(change.workload)),
        appeared=tuple(filter(own, whole.appeared)),
        gone=tuple(filter(own, whole.gone)),
        made_anew={was: now for was, now in whole.made_anew.items() if own(now)},
        new_tenants=tuple(name for name in whole.new_tenants if name == only),
        gone_tenants=tuple(name for name in whole.gone_tenants if name == only),
        facts=whole.facts,
    )


def _compared(before: Look, after: Look) -> Comparison:
    old, new = before.assessment, after.assessment
    pairs, made_anew = _same_workloads(old.inventory, new.inventory)
    old_tenants, new_tenants = _claimed(old), _claimed(new)
    tenant_changes = [
        VerdictChange(name, aspect, old_tenants[name].verdicts[aspect], tenant.verdicts[aspect])
        for name, tenant in new_tenants.items()
        if name in old_tenants
        for aspect in ASPECTS
    ]
    workload_changes = [
        VerdictChange(
            now, aspect, old.workloads[was].verdicts[aspect], new.workloads[now].verdicts[aspect]
        )
        for was, now in pairs.items()
        if was in old.workloads and now in new.workloads
        for aspect in ASPECTS
    ]
    known = set(pairs.values())
    return Comparison(
        tenants=_worst_first(tenant_changes),
        workloads=_worst_first(workload_changes),
        findings=tuple(_findings(before.judged, after.judged, pairs)),
        appeared=tuple(w.id for w in new.inventory.workloads if w.id not in known),
        gone=tuple(w.id for w in old.inventory.workloads if w.id not in pairs),
        made_anew=made_anew,
        new_tenants=tuple(name for name in new_tenants if name not in old_tenants),
        gone_tenants=tuple(name for name in old_tenants if name not in new_tenants),
        facts=tuple(changed_facts(old.inventory, new.inventory)),
    )


def _claimed(assessment: Assessment) -> Mapping[str, AssessedTenant]:
    """Tenants by name; a workload that nobody claims stands among the workloads already."""
    return {t.name: t for t in assessment.tenants if t.claimed_by not in (NOBODY, UNKNOWN)}


def _same_workloads(old: Inventory, new: Inventory) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The newer id of each workload by its older one, and those of them that were made anew."""
    old_ids = {workload.id for workload in old.workloads}
    pairs = {w.id: w.id for w in new.workloads if w.id in old_ids}
    left = {(w.engine, w.name): w.id for w in _alone_in_name(old) if w.id not in pairs}
    taken = set(pairs.values())
    made_anew = {
        left[(w.engine, w.name)]: w.id
        for w in _alone_in_name(new)
        if w.id not in taken and (w.engine, w.name) in left
    }
    return {**pairs, **made_anew}, made_anew


def _alone_in_name(inventory: Inventory) -> Iterable[_Named]:
    counts = Counter((w.engine, w.name) for w in inventory.workloads)
    return (
        _Named(w.id, w.engine, w.name)
        for w in inventory.workloads
        if w.name and counts[(w.engine, w.name)] == 1
    )


@dataclass(frozen=True, slots=True)
class _Named:
    id: str
    engine: str
    name: str


def _worst_first(changes: Iterable[VerdictChange]) -> tuple[VerdictChange, ...]:
    order = list(Course)
    changed = [c for c in changes if (c.before.low, c.before.high) != (c.after.low, c.after.high)]
    return tuple(
        sorted(changed, key=lambda c: (order.index(c.course), c.subject, ASPECTS.index(c.aspect)))
    )


def _course(before: Verdict, after: Verdict) -> Course:
    was, now = (_FROM_WORST.index(verdict.status) for verdict in (before, after))
    low, high = after.low - before.low, after.high - before.high
    if now < was and Status.NOT_REQUIRED not in (before.status, after.status):
        return Course.FELL
    if low < 0 < high:
        return Course.LESS_CERTAIN
    if low < 0 or (low == 0 and high < 0):
        return Course.FELL
    return Course.ROSE if low > 0 else Course.MAY_HAVE_RISEN


def _findings(
    before: JudgedInventory, after: JudgedInventory, pairs: Mapping[str, str]
) -> Iterable[FindingChange]:
    changes = [
        change
        for was, now in pairs.items()
        if before is not after and was in before.judgements and now in after.judgements
        for change in _of_one(now, before.judgements[was], after.judgements[now])
    ]
    order = list(Course)
    return sorted(changes, key=lambda c: (order.index(c.course), c.id, c.workload))


def _of_one(workload: str, before: _Judged, after: _Judged) -> Iterable[FindingChange]:
    old_ones = aside(before)
    for identity, new in aside(after).items():
        old = old_ones.get(identity)
        if old is not None and (old.holds, old.applicable) != (new.holds, new.applicable):
            yield FindingChange(workload, identity, old, new)


def _favour(identity: str, judgement: Judgement) -> int:
    """How much a judgement speaks for its workload: 0 against it, 1 unknown, 2 for it."""
    if not judgement.applicable:
        return 2
    if judgement.holds is None:
        return 1
    wanted = CATALOGUE[identity].kind is FindingKind.MEASURE
    return 2 if judgement.holds is wanted else 0
