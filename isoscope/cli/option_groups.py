"""Options that several commands share, and the parser whose errors are one line."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Sequence
from typing import NoReturn

from isoscope.cli.errors import WRONG_USAGE, CommandError, near
from isoscope.inventory.observation import Party
from probes.options import DEFAULT_TIMEOUT, PROBE_NAMES

FORMATS = ("text", "json", "html", "csv", "markdown", "sarif", "pdf")
VIEWPOINTS = ("operator", "tenant", "auditor")
_LONGEST_TIMEOUT = 3600.0


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line that says what to do."""

    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message}; see `{self.prog} --help`", WRONG_USAGE)


def host() -> Parser:
    """Which host is looked at."""
    parent = Parser(add_help=False)
    group = parent.add_argument_group("which host")
    group.add_argument("host", metavar="HOST", nargs="?", help="this machine where none is given")
    group.add_argument(
        "--root", metavar="DIR", help="a captured tree: the directory that holds proc/ and sys/"
    )
    return parent


def collecting() -> Parser:
    """How it is looked at."""
    parent = Parser(add_help=False)
    group = parent.add_argument_group("how to look")
    for name, what, called in (
        ("docker", "URL", "a Docker engine"),
        ("podman", "URL", "a Podman engine"),
        ("incus", "URL", "an Incus or LXD server"),
        ("libvirt", "URI", "a libvirt connection"),
    ):
        group.add_argument(
            f"--{name}",
            metavar=what,
            action="append",
            default=[],
            type=_engine_url if what == "URL" else str,
            help=f"{called} to ask instead of the usual places; repeatable",
        )
    probes = ", ".join(PROBE_NAMES)
    group.add_argument(
        "--only",
        metavar="PROBE",
        action="append",
        default=[],
        type=one_of("probe", PROBE_NAMES),
        help=f"run only this probe; repeatable; probes: {probes}",
    )
    group.add_argument(
        "--skip",
        metavar="PROBE",
        action="append",
        default=[],
        type=one_of("probe", PROBE_NAMES),
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


def assessing() -> Parser:
    """How what was found is judged."""
    parties = ", ".join(Party)
    parent = Parser(add_help=False)
    group = parent.add_argument_group("how to judge")
    group.add_argument(
        "--profile",
        metavar="NAME|FILE",
        help="what is required: a built-in profile or a TOML file (default: shared-team-host; the "
        "window begins with what was chosen in it last)",
    )
    group.add_argument(
        "--viewpoint",
        metavar="VIEWPOINT",
        type=one_of("viewpoint", VIEWPOINTS),
        help="whose word is believed: operator (default), tenant or auditor; the window begins "
        "with what was chosen in it last",
    )
    group.add_argument(
        "--distrust",
        metavar="PARTY",
        action="append",
        default=[],
        type=one_of("party", tuple(Party)),
        help=f"do not believe this party; repeatable; parties: {parties}",
    )
    group.add_argument(
        "--trust",
        metavar="PARTY",
        action="append",
        default=[],
        type=one_of("party", tuple(Party)),
        help="believe this party; repeatable",
    )
    group.add_argument("--tenants", metavar="FILE", help="rules for who owns what, TOML")
    group.add_argument("--tenant", metavar="NAME", default="", help="only this tenant")
    return parent


def formats() -> Parser:
    """In which format a report is written."""
    parent = Parser(add_help=False)
    parent.add_argument(
        "--format",
        metavar="FORMAT",
        type=one_of("format", FORMATS),
        default="text",
        help=f"one of {', '.join(FORMATS)} (default: text)",
    )
    return parent


def output() -> Parser:
    """Where it is written to."""
    parent = Parser(add_help=False)
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


def one_of(what: str, known: Sequence[str]) -> _OneOf:
    """A type of argument that is one of the known words."""
    return _OneOf(what, known)


_ENGINE_URL = re.compile(r"(?:unix|http\+unix)://.*/.+|(?:tcp|https?|ssh|npipe)://.+", re.DOTALL)


def _engine_url(text: str) -> str:
    if not _ENGINE_URL.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no address of an engine; write unix:///PATH or tcp://HOST:PORT"
        )
    return text


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
