"""``isoscope attest``: verifies evidence."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from isoscope.attestation.checks import Outcome
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
from isoscope.cli.errors import UNREADABLE, CommandError
from isoscope.cli.files import check_output, read_input, read_text, write_output
from isoscope.cli.judging import terminal_page
from isoscope.reports.evidence_report import evidence_json, evidence_text

EXIT_STATUS = {Outcome.VERIFIED: 0, Outcome.REFUSED: 1, Outcome.INCOMPLETE: 3}


def run(options: Namespace) -> int:
    """Verifies one piece of evidence and says what was checked.

    Raises:
        CommandError: an input cannot be read, or is not what it should be.
    """
    inputs = [options.evidence, options.collateral, options.expect, *options.chain]
    check_output(options.output, *inputs)
    question = _question(options)
    try:
        verification = verify_evidence(_read(options.evidence), question)
    except EvidenceError as error:
        raise CommandError(f"{options.evidence}: {error}", UNREADABLE) from None
    if options.format == "json":
        written = evidence_json(verification)
    else:
        written = evidence_text(verification, terminal_page(options.output))
    write_output(written.encode("utf-8", "backslashreplace"), options.output)
    return EXIT_STATUS[verification.outcome]


def _question(options: Namespace) -> Question:
    supplied = Supplied()
    for name in options.chain:
        try:
            supplied = supplied.and_also(sort_supplied(_read(name)))
        except EvidenceError as error:
            raise CommandError(f"{name}: {error}", UNREADABLE) from None
    return Question(
        moment=options.at or datetime.now(UTC),
        roots=pinned_roots(),
        certificates=supplied.certificates,
        revocation_lists=supplied.revocation_lists,
        collateral=None if options.collateral is None else _read(options.collateral),
        nonce=options.nonce,
        expected=_expected(options.expect),
    )


def _expected(name: str | None) -> ReferenceValues:
    if name is None:
        return ReferenceValues()
    try:
        return parse_reference_values(read_text(name), Path(name).name)
    except ReferenceValuesError as error:
        raise CommandError(str(error), UNREADABLE) from None


def _read(name: str) -> bytes:
    return read_input(name, LARGEST_EVIDENCE)
