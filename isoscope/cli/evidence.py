"""What the options say of attestation evidence: read, sorted, and verified."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from isoscope.assessment.given_evidence import GivenEvidence
from isoscope.assessment.tenants import TenantRules, claims
from isoscope.attestation.evidence import verify_evidence
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.question import LARGEST_EVIDENCE, Question
from isoscope.attestation.reference_values import (
    ReferenceValues,
    ReferenceValuesError,
    parse_reference_values,
)
from isoscope.attestation.supplied import Supplied, sort_supplied
from isoscope.bundled import pinned_roots
from isoscope.cli.errors import UNREADABLE, WRONG_USAGE, CommandError, near
from isoscope.cli.files import read_input, read_text
from isoscope.inventory.workload import Workload
from isoscope.reports.plain import readable

_SHOWN = 5
"""Names of workloads in an error."""


def question_of(options: Namespace) -> Question:
    """The terms that the options name, with the files that they name.

    Raises:
        CommandError: a file cannot be read or is not what it should be.
    """
    supplied = Supplied()
    for name in options.chain:
        try:
            supplied = supplied.and_also(sort_supplied(read_evidence(name)))
        except EvidenceError as error:
            raise CommandError(f"{name}: {error}", UNREADABLE) from None
    return Question(
        moment=options.at or datetime.now(UTC),
        roots=pinned_roots(),
        certificates=supplied.certificates,
        revocation_lists=supplied.revocation_lists,
        public_keys=supplied.public_keys,
        collateral=None if options.collateral is None else read_evidence(options.collateral),
        nonce=options.nonce,
        bound_key=None if options.bound_key is None else read_evidence(options.bound_key),
        expected=_expected(options.expect),
    )


def evidence_given(
    options: Namespace, workloads: Sequence[Workload], rules: TenantRules
) -> list[GivenEvidence]:
    """The evidence of ``--evidence WORKLOAD=FILE``, verified.

    A tenant's own reference values, in the tenants file, go before those of ``--expect``.

    Raises:
        CommandError: there is no such workload, or a file cannot be read or is no evidence.
    """
    if not options.evidence:
        return []
    question = question_of(options)
    owners = claims(workloads, rules)
    given = []
    for argument in options.evidence:
        asked, _, name = argument.partition("=")
        workload = workload_named(asked, workloads)
        own = rules.reference_values.get(owners[workload].tenant)
        terms = question if own is None else replace(question, expected=own)
        try:
            verification = verify_evidence(read_evidence(name), terms)
        except EvidenceError as error:
            raise CommandError(f"{name}: {error}", UNREADABLE) from None
        given.append(GivenEvidence(workload, name, question.moment.timestamp(), verification))
    return given


def read_evidence(name: str) -> bytes:
    """The bytes of a file of evidence, or of what is given beside it.

    Raises:
        CommandError: it cannot be read, or is larger than evidence is.
    """
    return read_input(name, LARGEST_EVIDENCE)


def workload_named(asked: str, workloads: Iterable[Workload]) -> str:
    """The id of the workload that an id or an unambiguous name stands for."""
    by_id: Mapping[str, Workload] = {one.id: one for one in workloads}
    if asked in by_id:
        return asked
    named = [one.id for one in by_id.values() if one.name == asked]
    if len(named) == 1:
        return named[0]
    if named:
        raise CommandError(f"{asked!r} is the name of {', '.join(named)}; use an id", WRONG_USAGE)
    names = [*by_id, *(one.name for one in by_id.values())]
    hint = near(asked, names) or _some_of([one.name or one.id for one in by_id.values()])
    raise CommandError(f"no workload is called {asked!r}{hint}", WRONG_USAGE)


def _some_of(names: Sequence[str]) -> str:
    if not names:
        return "; none was seen to run"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"; there are {', '.join(readable(name, 30) for name in names[:_SHOWN])}{more}"


def _expected(name: str | None) -> ReferenceValues:
    if name is None:
        return ReferenceValues()
    try:
        return parse_reference_values(read_text(name), Path(name).name)
    except ReferenceValuesError as error:
        raise CommandError(str(error), UNREADABLE) from None
