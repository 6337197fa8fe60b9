"""``isoscope scan``: looks at a host and assesses it."""

from __future__ import annotations

from argparse import Namespace

from isoscope.cli.collecting import collected
from isoscope.cli.files import check_output
from isoscope.cli.judging import Question, report_on


def run(options: Namespace) -> int:
    """Collects, assesses, reports.

    Raises:
        CommandError: something is wrong with an option, an input or the output.
    """
    check_output(options.output, options.tenants, options.profile)
    question = Question(options)
    return report_on(collected(options), question, options)
