"""The command line's arguments: commands, and the options that several of them share."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from typing import NoReturn

from isoscope import __version__
from isoscope.cli.errors import WRONG_USAGE, CommandError, near
from isoscope.inventory.observation import Party
from probes.options import DEFAULT_TIMEOUT, PROBE_NAMES

COMMANDS = ("scan", "collect", "assess", "explain", "gui")
FORMATS = ("text", "json", "html", "csv", "markdown")
VIEWPOINTS = ("operator", "tenant", "auditor")
_LONGEST_TIMEOUT = 3600.0
_EPILOG = """\
exit status of scan and assess:
  0  every required verdict meets      3  none falls short, but one is unproven
  1  one falls short                   4  an input could not be read
  2  wrong usage                       5  nothing could be collected at all
"""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line that says what to do."""

    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message}; see `{self.prog} --help`", WRONG_USAGE)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options, with ``command`` naming the module of ``isoscope.cli`` that runs them.

    Raises:
        CommandError: they are wrong.
        SystemExit: help or the version was asked for, and printed.
    """
    options = _parser().parse_args(_with_command(arguments))
    _check(options)
    return options


def _with_command(arguments: Sequence[str]) -> list[str]:
    """``isoscope`` alone is a command of its own, which nobody calls by its name."""
    if not arguments:
        return ["_bare"]
    if not arguments[0].startswith("-") and arguments[0] not in COMMANDS:
        hint = near(arguments[0], COMMANDS) or f"; there are {', '.join(COMMANDS)}"
        raise CommandError(f"there is no command {arguments[0]!r}{hint}", WRONG_USAGE)
    return list(arguments)


def _parser() -> _Parser:
    parser = _Parser(
        prog="isoscope",
        description="Shows what keeps the workloads of each tenant on a host apart, the host apart "
        "from them, and them apart from the host, and whose word that rests on.",
        epilog="Without a command, opens the window on this machine.\n\n" + _EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"isoscope {__version__}")
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", title="commands", required=True, parser_class=_Parser
    )
    host, collecting, assessing, output = _host(), _collecting(), _assessing(), _output()
    commands.add_parser(
        "scan",
        help="look at a host and assess it",
        description="Looks at a host, assesses it, and says what keeps its workloads apart.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        parents=[host, collecting, assessing, _formats(), output],
    )
    commands.add_parser(
        "collect",
        help="look at a host and save what was read",
        description="Looks at a host and writes a snapshot, which `isoscope assess` takes. "
        "A FILE that ends in .gz is compressed.",
        allow_abbrev=False,
        parents=[host, collecting, output],
    )
    assess = commands.add_parser(
        "assess",
        help="assess a saved snapshot",
        description="Assesses a snapshot that `isoscope collect` wrote.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        parents=[assessing, _formats(), output],
    )
    assess.add_argument("snapshot", metavar="SNAPSHOT", help="its file; - for standard input")
    explain = commands.add_parser(
        "explain",
        help="say what a measure or exposure is",
        description="Prints the text of one measure or exposure, or lists all of them.",
        allow_abbrev=False,
    )
    explain.add_argument("measure", metavar="MEASURE", nargs="?", help="its id")
    gui = commands.add_parser(
        "gui",
        help="open the window",
        description="Opens the window, on saved snapshots where some are given.",
        allow_abbrev=False,
        parents=[collecting, assessing],
    )
    gui.add_argument("snapshots", metavar="SNAPSHOT", nargs="*", help="saved snapshots")
    commands.add_parser("_bare", parents=[host, collecting, assessing, _formats(), output])
    return parser


def _host() -> _Parser:
    parent = _Parser(add_help=False)
    group = parent.add_argument_group("which host")
    group.add_argument("host", metavar="HOST", nargs="?", help="this machine where none is given")
    group.add_argument(
        "--root", metavar="DIR", help="a captured tree: the directory that holds proc/ and sys/"
    )
    return parent


def _collecting() -> _Parser:
    parent = _Parser(add_help=False)
    group = parent.add_argument_group("how to look")
    for name, what in (("docker", "URL"), ("podman", "URL"), ("libvirt", "URI")):
        group.add_argument(
            f"--{name}",
            metavar=what,
            action="append",
            default=[],
            help=f"a {name} to ask instead of the usual places; repeatable",
        )
    probes = ", ".join(PROBE_NAMES)
    group.add_argument(
        "--only",
        metavar="PROBE",
        action="append",
        default=[],
        type=_one_of("probe", PROBE_NAMES),
        help=f"run only this probe; repeatable; probes: {probes}",
    )
    group.add_argument(
        "--skip",
        metavar="PROBE",
        action="append",
        default=[],
        type=_one_of("probe", PROBE_NAMES),
        help="do not run this probe; repeatable",
    )
    group.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=_seconds,
        default=DEFAULT_TIMEOUT,
        help=f"how long a probe may take (default: {DEFAULT_TIMEOUT:g})",
    )
    group.add_argument(
        "--progress", action="store_true", help="tell what is being done, on standard error"
    )
    return parent


def _assessing() -> _Parser:
    parties = ", ".join(Party)
    parent = _Parser(add_help=False)
    group = parent.add_argument_group("how to judge")
    group.add_argument(
        "--profile",
        metavar="NAME|FILE",
        default="shared-team-host",
        help="what is required: a built-in profile or a TOML file (default: shared-team-host)",
    )
    group.add_argument(
        "--viewpoint",
        metavar="VIEWPOINT",
        type=_one_of("viewpoint", VIEWPOINTS),
        default="operator",
        help="whose word is believed: operator (default), tenant or auditor",
    )
    group.add_argument(
        "--distrust",
        metavar="PARTY",
        action="append",
        default=[],
        type=_one_of("party", tuple(Party)),
        help=f"do not believe this party; repeatable; parties: {parties}",
    )
    group.add_argument(
        "--trust",
        metavar="PARTY",
        action="append",
        default=[],
        type=_one_of("party", tuple(Party)),
        help="believe this party; repeatable",
    )
    group.add_argument("--tenants", metavar="FILE", help="rules for who owns what, TOML")
    group.add_argument("--tenant", metavar="NAME", default="", help="only this tenant")
    return parent


def _formats() -> _Parser:
    parent = _Parser(add_help=False)
    parent.add_argument(
        "--format",
        metavar="FORMAT",
        type=_one_of("format", FORMATS),
        default="text",
        help=f"one of {', '.join(FORMATS)} (default: text)",
    )
    return parent


def _output() -> _Parser:
    parent = _Parser(add_help=False)
    parent.add_argument(
        "-o", "--output", metavar="FILE", help="write here instead of standard output"
    )
    return parent


class _OneOf:
    """Takes one of the known words, and offers near ones for a typo."""

    def __init__(self, what: str, known: Sequence[str]) -> None:
        self._what = what
        self._known = [str(word) for word in known]

    def __call__(self, text: str) -> str:
        if text not in self._known:
            known = ", ".join(self._known)
            hint = near(text, self._known) or f"; there are {known}"
            raise argparse.ArgumentTypeError(f"there is no {self._what} {text!r}{hint}")
        return text


def _one_of(what: str, known: Sequence[str]) -> _OneOf:
    return _OneOf(what, known)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= _LONGEST_TIMEOUT:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of seconds up to {_LONGEST_TIMEOUT:g}"
        )
    return seconds


def _check(options: argparse.Namespace) -> None:
    """What no single option can say."""
    host = getattr(options, "host", None)
    root = getattr(options, "root", None)
    if host is not None and host.startswith("ssh://"):
        raise CommandError(
            "looking at a host over ssh is not there yet; run `isoscope collect` on it and "
            "`isoscope assess` here",
            WRONG_USAGE,
        )
    if host is not None:
        raise CommandError(
            f"{host!r} is not a host; leave it out for this machine, or use --root DIR",
            WRONG_USAGE,
        )
    asked = [name for name in ("docker", "podman", "libvirt") if getattr(options, name, None)]
    if root is not None and asked:
        raise CommandError(
            f"--{asked[0]} asks a daemon, and a captured tree (--root) has none; leave one out",
            WRONG_USAGE,
        )
    both = set(getattr(options, "distrust", ())) & set(getattr(options, "trust", ()))
    if both:
        raise CommandError(f"{min(both)} is both trusted and distrusted; choose one", WRONG_USAGE)
    chosen = set(getattr(options, "only", ()) or PROBE_NAMES) - set(getattr(options, "skip", ()))
    if not chosen:
        raise CommandError("--only and --skip leave no probe to run; skip fewer", WRONG_USAGE)
