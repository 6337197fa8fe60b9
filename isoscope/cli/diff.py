"""``isoscope diff``: what changed between two saved snapshots."""

from __future__ import annotations

from argparse import Namespace

from isoscope.assessment.assess import conclude, judge
from isoscope.assessment.comparison import Look, compare
from isoscope.cli.assess import loaded
from isoscope.cli.errors import FALLS_SHORT, MEETS, WRONG_USAGE, CommandError, near
from isoscope.cli.files import check_output, write_output
from isoscope.cli.judging import Question, terminal_page
from isoscope.inventory.build import build_inventory
from isoscope.reports.comparison_report import comparison_json, comparison_text


def run(options: Namespace) -> int:
    """Compares, and ends with 1 where a verdict is worse than it was.

    Raises:
        CommandError: something is wrong with an option, an input or the output.
    """
    check_output(options.output, options.old, options.new, options.tenants, options.profile)
    question = Question(options)
    before, after = (_look(name, question) for name in (options.old, options.new))
    tenants = [t.name for look in (before, after) for t in look.assessment.tenants]
    if options.tenant and options.tenant not in tenants:
        hint = near(options.tenant, tenants) or "; leave --tenant out to see all"
        raise CommandError(f"no tenant is called {options.tenant!r}{hint}", WRONG_USAGE)
    comparison = compare(before, after, options.tenant)
    if options.format == "json":
        written = comparison_json(comparison, before, after)
    else:
        written = comparison_text(comparison, before, after, terminal_page(options.output))
    write_output(written.encode("utf-8", "backslashreplace"), options.output)
    return FALLS_SHORT if comparison.any_fell else MEETS


def _look(name: str, question: Question) -> Look:
    judged = judge(build_inventory(loaded(name)), question.rules)
    assessment = conclude(judged, profile=question.profile, viewpoint=question.viewpoint)
    return Look(judged, assessment)
