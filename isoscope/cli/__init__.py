"""The command line: puts the parts together, and nothing else."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from isoscope.cli.errors import INTERNAL_ERROR, INTERRUPTED, CommandError, say, standard_output


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status, as the outside contract lists them.

    Args:
        arguments: of the command line, without the program's name; those of this process where
            none are given.
    """
    from isoscope.cli.arguments import parse

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that knows no symbols gets escapes
            stream.reconfigure(errors="backslashreplace")
    try:
        options = parse(sys.argv[1:] if arguments is None else arguments)
        return _finished(_run(options.command, options))
    except CommandError as error:
        say(str(error))
        return error.status
    except KeyboardInterrupt:
        say("stopped; nothing was written")
        return INTERRUPTED
    except Exception as error:  # Python's own exit status, 1, is a verdict here
        if os.environ.get("ISOSCOPE_TRACEBACK"):
            raise
        say(
            f"an error of Isoscope's own, {type(error).__name__}: {error}; please report it with "
            "what ISOSCOPE_TRACEBACK=1 prints"
        )
        return INTERNAL_ERROR


def _run(command: str, options: object) -> int:
    """Runs a command. Each is imported only when it runs, with what it needs."""
    from argparse import Namespace
    from importlib import import_module

    assert isinstance(options, Namespace)  # noqa: S101
    status = import_module(f"isoscope.cli.{command}").run(options)
    assert isinstance(status, int)  # noqa: S101
    return status


def _finished(status: int) -> int:
    """Hands over what is buffered."""
    with standard_output():
        sys.stdout.flush()
    return status
