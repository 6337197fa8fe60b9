"""``isoscope suppose``: what would be if something were so, and the plan that leads there."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace

from isoscope.assessment.assess import conclude, judge
from isoscope.assessment.comparison import Look
from isoscope.assessment.supposing.on_neighbours import speaks_for
from isoscope.assessment.supposing.plan import Plan, moved_look, plan_of
from isoscope.assessment.supposing.suppositions import (
    NOTHING,
    SUPPOSABLE,
    Enclosure,
    Move,
    Proof,
    Suppositions,
)
from isoscope.cli.assess import loaded
from isoscope.cli.errors import MEETS, WRONG_USAGE, CommandError, near
from isoscope.cli.evidence import workload_named
from isoscope.cli.files import check_output, write_output
from isoscope.cli.judging import Question, check_tenant, terminal_page
from isoscope.inventory.build import build_inventory
from isoscope.reports.plan_report import plan_html, plan_markdown, plan_text

_MOVES = {
    "+".join((into, *([proof] if proof is not Proof.NONE else []))): Move(into, proof)
    for into in Enclosure
    for proof in Proof
    if proof is Proof.NONE or into.is_tee
}


def run(options: Namespace) -> int:
    """Supposes, and writes the plan. What is supposed is no verdict: the status is 0.

    Raises:
        CommandError: something is wrong with an option, an input or the output.
    """
    check_output(options.output, options.snapshot, options.tenants, options.profile)
    question = Question(options)
    judged = judge(build_inventory(loaded(options.snapshot)), question.rules)
    seen = conclude(judged, profile=question.profile, viewpoint=question.viewpoint)
    check_tenant(seen, options.tenant)
    before = Look(judged, seen)
    asked = [_change(argument) for argument in options.changes]
    moves, settled = NOTHING, NOTHING
    for change, where in asked:
        if isinstance(change, Move):
            moves = moves.moving(_workloads(before, where), change)
    moved = moved_look(before, moves.moved)
    for change, where in asked:
        if isinstance(change, str):
            settled = _settling(settled, moved, change, where)
    plan = plan_of(before, moves.joined(settled), moved)
    if options.tenant:
        plan = _only(plan, options.tenant)
    if options.format == "html":
        written = plan_html(plan)
    elif options.format == "markdown":
        written = plan_markdown(plan)
    else:
        written = plan_text(plan, terminal_page(options.output))
    write_output(written.encode("utf-8", "backslashreplace"), options.output)
    return MEETS


def _change(argument: str) -> tuple[Move | str, str]:
    """``CHANGE`` or ``CHANGE@WORKLOAD``: what is supposed, and where; everywhere if empty."""
    change, _, where = argument.partition("@")
    if change in _MOVES:
        return _MOVES[change], where
    if change not in SUPPOSABLE:
        hint = near(change, (*_MOVES, *SUPPOSABLE))
        hint += f"; use {', '.join(_MOVES)}, or an id that `isoscope explain` lists"
        raise CommandError(f"{change!r} cannot be supposed{hint}", WRONG_USAGE)
    return change, where


def _only(plan: Plan, tenant: str) -> Plan:
    """The plan with the verdicts of one tenant alone."""
    claims = plan.moved.claims
    return replace(
        plan,
        tenants=tuple(change for change in plan.tenants if change.subject == tenant),
        workloads=tuple(one for one in plan.workloads if claims[one.subject].tenant == tenant),
    )


def _workloads(look: Look, where: str) -> list[str]:
    """The workloads that a tenant's name, a workload's name or id stands for; all for none."""
    if not where:
        return list(look.judged.judgements)
    own = [one for one, claim in look.judged.claims.items() if claim.tenant == where]
    return own or [workload_named(where, look.judged.inventory.workloads)]


def _settling(found: Suppositions, moved: Look, identity: str, where: str) -> Suppositions:
    """And this, on those against whom it is."""
    against = [
        one
        for one in _workloads(moved, where)
        if not speaks_for(identity, moved.judged.judgements[one][identity])
    ]
    return found.settling(identity, against)
