"""Assesses a snapshot as the options say, and writes the report."""

from __future__ import annotations

import os
import shutil
import sys
from argparse import Namespace
from pathlib import Path

from isoscope.assessment.assess import assess
from isoscope.assessment.assessment import Assessment
from isoscope.assessment.profile import Profile, parse_profile
from isoscope.assessment.tenants import NO_RULES, TenantRules, parse_tenant_rules
from isoscope.assessment.viewpoint import BUILT_IN, OPERATOR, Viewpoint
from isoscope.bundled import DEFAULT_PROFILE, built_in_profiles, named_profile
from isoscope.cli.errors import OF_STATUS, UNREADABLE, WRONG_USAGE, CommandError, near
from isoscope.cli.evidence import evidence_given
from isoscope.cli.files import read_text, write_output
from isoscope.cli.formats import check_format, written
from isoscope.inventory.build import build_inventory
from isoscope.inventory.observation import Party
from isoscope.reports.layout import PLAIN_COLUMNS, Page
from isoscope.reports.model import build_report
from isoscope.snapshot.document import Snapshot

EXPLAINS_WORKLOADS = ("json", "csv")


class Question:
    """What the options ask: checked before the long work begins."""

    def __init__(self, options: Namespace) -> None:
        """Reads the files that the options name.

        Raises:
            CommandError: one cannot be read or is not what it should be.
        """
        self.profile = _profile(options.profile or DEFAULT_PROFILE)
        self.viewpoint = _viewpoint(options)
        self.rules = _rules(options.tenants)
        check_format(options.format, options.output)


def report_on(snapshot: Snapshot, question: Question, options: Namespace) -> int:
    """Assesses, writes the report where the options say, and returns the exit status.

    Raises:
        CommandError: there is no such tenant, or the report cannot be written.
    """
    inventory = build_inventory(snapshot)
    assessment = assess(
        inventory,
        profile=question.profile,
        viewpoint=question.viewpoint,
        rules=question.rules,
        evidence=evidence_given(options, inventory.workloads, question.rules),
    )
    check_tenant(assessment, options.tenant)
    report = build_report(
        assessment,
        tenant=options.tenant,
        explain_workloads=options.format in EXPLAINS_WORKLOADS,
    )
    write_output(written(report, options.format, terminal_page(options.output)), options.output)
    return OF_STATUS[report.status]


def terminal_page(output: str | None) -> Page:
    """The page that suits where a text goes to."""
    terminal = output in (None, "-") and sys.stdout.isatty()
    return Page.fitting(_columns(), colour=terminal and _colour_wanted())


def _columns() -> int:
    """Of the terminal, also where the text goes to it through a pager."""
    if sys.stdout.isatty() or not sys.stderr.isatty():
        return shutil.get_terminal_size((PLAIN_COLUMNS, 0)).columns
    return os.get_terminal_size(sys.stderr.fileno()).columns or PLAIN_COLUMNS


def _colour_wanted() -> bool:
    """https://no-color.org, and terminals that say they cannot."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def check_tenant(assessment: Assessment, tenant: str) -> None:
    """Raises a `CommandError` where a tenant is named and not there."""
    names = [found.name for found in assessment.tenants]
    if tenant and tenant not in names:
        hint = near(tenant, names) or "; leave --tenant out to see all"
        raise CommandError(f"no tenant is called {tenant!r}{hint}", WRONG_USAGE)


def _profile(name: str) -> Profile:
    built_in = {profile.id: profile for profile in built_in_profiles()}
    if name in built_in:
        return built_in[name]
    if not (os.sep in name or name.endswith(".toml") or Path(name).is_file()):
        hint = near(name, built_in) or f"; there are {', '.join(built_in)}, or name a TOML file"
        raise CommandError(f"there is no profile {name!r}{hint}", WRONG_USAGE)
    try:
        return parse_profile(read_text(name), Path(name).stem, Path(name).name)
    except ValueError as error:
        raise CommandError(str(error), UNREADABLE) from None


def _viewpoint(options: Namespace) -> Viewpoint:
    return (
        BUILT_IN[options.viewpoint or OPERATOR.id]
        .distrusting(*(Party(name) for name in options.distrust))
        .trusting(*(Party(name) for name in options.trust))
    )


def _rules(name: str | None) -> TenantRules:
    if name is None:
        return NO_RULES

    def beside(profile: str) -> Profile:
        return named_profile(profile, lambda file: read_text(str(Path(name).parent / file)))

    try:
        return parse_tenant_rules(read_text(name), Path(name).name, beside)
    except ValueError as error:
        raise CommandError(str(error), UNREADABLE) from None
