"""Containers of which it is not known whether they are behind a kernel of their own.

What the host shows of such a one is the workload, the sentry or the VMM: so only what all of them
would mean counts, and the rest is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from isoscope.assessment.declaration import Subject
from isoscope.assessment.judgement import Judgement, undecided
from isoscope.inventory.sandbox import Sandbox

_Judgements = Mapping[str, Judgement]


def judged_in_sandbox(subject: Subject, judge: Callable[[Subject], _Judgements]) -> _Judgements:
    """The judgements on a workload; where it may be in a sandbox, those that hold in any case."""
    said = subject.workload.sandbox
    if said is None or said.known:
        return judge(subject)
    on_host, *inside = (
        judge(replace(subject, workload=replace(subject.workload, sandbox=sandbox)))
        for sandbox in (None, *(replace(said, value=each, unknown=None) for each in Sandbox))
    )
    return {
        identity: judgement
        if all(_agree(judgement, each[identity]) for each in inside)
        else undecided(said.doubt, said, *judgement.observations)
        for identity, judgement in on_host.items()
    }


def monitor_words(subject: Subject) -> str:
    """What to call that which stands between a workload and the host's kernel."""
    return "its sentry" if subject.workload.sandboxed_by is Sandbox.GVISOR else "its VMM"


def _agree(one: Judgement, other: Judgement) -> bool:
    return (one.applicable, one.holds) == (other.applicable, other.holds)
