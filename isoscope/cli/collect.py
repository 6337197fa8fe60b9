"""``isoscope collect``: looks at a host and saves what was read."""

from __future__ import annotations

import sys
from argparse import Namespace

from isoscope.cli.collecting import collected
from isoscope.cli.errors import MEETS, WRONG_USAGE, CommandError
from isoscope.cli.files import check_output, write_output
from isoscope.snapshot.codec import dump


def run(options: Namespace) -> int:
    """Collects, writes the snapshot.

    Raises:
        CommandError: something is wrong with an option or the output.
    """
    if options.output is None and sys.stdout.isatty():
        raise CommandError(
            "a snapshot is no reading for a terminal; use -o FILE, or send it elsewhere with >",
            WRONG_USAGE,
        )
    check_output(options.output)
    compressed = options.output is not None and options.output.endswith(".gz")
    # Private: it holds everything that was read of the host.
    write_output(dump(collected(options), compressed=compressed), options.output, private=True)
    return MEETS
