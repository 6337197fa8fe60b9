"""The command line's arguments: commands, and the options that several of them share."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from isoscope import __version__
from isoscope.cli import evidence_arguments, option_groups
from isoscope.cli.errors import WRONG_USAGE, CommandError, near
from isoscope.cli.evidence_arguments import TERMS
from isoscope.cli.option_groups import Parser
from probes.options import PROBE_NAMES

COMMANDS = ("scan", "collect", "assess", "diff", "suppose", "explain", "attest", "gui", "demo")
_EPILOG = """\
exit status of scan and assess:
  0  every required verdict meets      3  none falls short, but one is unproven
  1  one falls short                   4  an input could not be read
  2  wrong usage                       5  nothing could be collected at all
"""
_EPILOG_OF_DIFF = """\
exit status:
  0  no verdict is worse than it was   2  wrong usage
  1  one is worse, or less certain     4  an input could not be read
"""
_EPILOG_OF_SUPPOSE = """\
CHANGE is the id of a measure that is to be in place or of an exposure that is to be ruled out
(`isoscope explain` lists them), or where a workload is to run: vm, sev-snp, tdx, and with evidence
sev-snp+verified, sev-snp+expected, tdx+verified, tdx+expected. WHERE is a tenant's name, or a
workload's name or id; without it, all workloads.

exit status:
  0  the plan was written   2  wrong usage   4  an input could not be read
"""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options, with ``command`` naming the module of ``isoscope.cli`` that runs them.

    Raises:
        CommandError: they are wrong.
        SystemExit: help or the version was asked for, and printed.
    """
    options = _parser().parse_args(_with_command(arguments))
    _check(options)
    return options


_OF_THE_PROGRAM = ("-h", "--help", "--version")


def _with_command(arguments: Sequence[str]) -> list[str]:
    """``isoscope`` alone, or with options alone, is a command of its own, which nobody calls by its
    name."""
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in _OF_THE_PROGRAM):
        return ["_bare", *arguments]
    if not arguments[0].startswith("-") and arguments[0] not in COMMANDS:
        hint = near(arguments[0], COMMANDS) or f"; there are {', '.join(COMMANDS)}"
        raise CommandError(f"there is no command {arguments[0]!r}{hint}", WRONG_USAGE)
    return list(arguments)


def _parser() -> Parser:
    parser = Parser(
        prog="isoscope",
        description="Shows what keeps the workloads of each tenant on a host apart, the host apart "
        "from them, and them apart from the host, and whose word that rests on.",
        epilog="Without a command, opens the window on this machine, or scans it where there is\n"
        "no display; `isoscope gui --help` lists the options that may be given then.\n\n" + _EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"isoscope {__version__}")
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", title="commands", required=True, parser_class=Parser
    )
    host, collecting = option_groups.host(), option_groups.collecting()
    assessing, output = option_groups.assessing(), option_groups.output()
    evidence = evidence_arguments.given()
    commands.add_parser(
        "scan",
        help="look at a host and assess it",
        description="Looks at a host, assesses it, and says what keeps its workloads apart.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        parents=[host, collecting, assessing, evidence, option_groups.formats(), output],
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
        parents=[assessing, evidence, option_groups.formats(), output],
    )
    assess.add_argument("snapshot", metavar="SNAPSHOT", help="its file; - for standard input")
    diff = commands.add_parser(
        "diff",
        help="say what changed between two snapshots",
        description="Compares two snapshots: verdicts first, then findings, workloads and the "
        "host itself.",
        epilog=_EPILOG_OF_DIFF,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        parents=[assessing, output],
    )
    diff.add_argument("old", metavar="OLD", help="the older snapshot's file")
    diff.add_argument("new", metavar="NEW", help="the newer one's")
    diff.add_argument(
        "--format",
        metavar="FORMAT",
        type=option_groups.one_of("format", ("text", "json")),
        default="text",
        help="one of text, json (default: text)",
    )
    suppose = commands.add_parser(
        "suppose",
        help="say what would be if something were otherwise",
        description="Says how the verdicts on a saved snapshot would stand if something were "
        "otherwise than it was seen, and the plan that leads there. Supposed, not observed.",
        epilog=_EPILOG_OF_SUPPOSE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        parents=[assessing, output],
    )
    suppose.add_argument("snapshot", metavar="SNAPSHOT", help="its file; - for standard input")
    suppose.add_argument(
        "changes", metavar="CHANGE[@WHERE]", nargs="+", help="what is supposed; see below"
    )
    suppose.add_argument(
        "--format",
        metavar="FORMAT",
        type=option_groups.one_of("format", ("text", "markdown", "html")),
        default="text",
        help="one of text, markdown, html (default: text)",
    )
    explain = commands.add_parser(
        "explain",
        help="say what a measure, an exposure or a word is",
        description="Prints the text of one measure or exposure, or the meaning of a word that "
        "Isoscope uses, or lists all of them.",
        allow_abbrev=False,
    )
    explain.add_argument("measure", metavar="MEASURE", nargs="?", help="its id, or the word")
    evidence_arguments.add(commands)
    gui = commands.add_parser(
        "gui",
        help="open the window",
        description="Opens the window, on saved snapshots where some are given.",
        allow_abbrev=False,
        parents=[collecting, assessing],
    )
    gui.add_argument("snapshots", metavar="SNAPSHOT", nargs="*", help="saved snapshots")
    commands.add_parser(
        "demo",
        help="open the window on the bundled demonstration",
        description="Opens the window on the bundled demonstration: a story in steps over hosts "
        "that were recorded or made up, each marked as what it is. It looks at no real host and "
        "needs no network.",
        allow_abbrev=False,
    )
    bare = commands.add_parser(
        "_bare", prog="isoscope", allow_abbrev=False, parents=[collecting, assessing]
    )
    of_scan_alone = Parser(
        add_help=False, parents=[host, evidence, option_groups.formats(), output]
    )
    bare.set_defaults(**vars(of_scan_alone.parse_args([])))
    return parser


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
    managers = ("docker", "podman", "incus", "libvirt")
    asked = [name for name in managers if getattr(options, name, None)]
    if root is not None and asked:
        raise CommandError(
            f"--{asked[0]} asks a daemon, and a captured tree (--root) has none; leave one out",
            WRONG_USAGE,
        )
    if getattr(options, "evidence", None) == []:  # of `attest verify` it is a file
        given = [name for name in TERMS if getattr(options, name)]
        if given:
            raise CommandError(
                f"--{given[0].replace('_', '-')} says how evidence is verified, and there is none; "
                "use it with --evidence WORKLOAD=FILE",
                WRONG_USAGE,
            )
    both = set(getattr(options, "distrust", ())) & set(getattr(options, "trust", ()))
    if both:
        raise CommandError(f"{min(both)} is both trusted and distrusted; choose one", WRONG_USAGE)
    chosen = set(getattr(options, "only", ()) or PROBE_NAMES) - set(getattr(options, "skip", ()))
    if not chosen:
        raise CommandError("--only and --skip leave no probe to run; skip fewer", WRONG_USAGE)
