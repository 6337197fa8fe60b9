"""``isoscope assess``: assesses a saved snapshot."""

from __future__ import annotations

from argparse import Namespace

from isoscope.cli.errors import UNREADABLE, CommandError
from isoscope.cli.files import check_output, read_input
from isoscope.cli.judging import Question, report_on
from isoscope.snapshot.codec import SnapshotError, load
from isoscope.snapshot.document import Snapshot


def run(options: Namespace) -> int:
    """Loads, assesses, reports.

    Raises:
        CommandError: something is wrong with an option, an input or the output.
    """
    check_output(options.output, options.snapshot, options.tenants, options.profile)
    question = Question(options)
    return report_on(loaded(options.snapshot), question, options)


def loaded(name: str) -> Snapshot:
    """The snapshot of a file.

    Raises:
        CommandError: it cannot be read, or is none.
    """
    try:
        return load(read_input(name))
    except SnapshotError as error:
        raise CommandError(f"{name}: {error}", UNREADABLE) from None
