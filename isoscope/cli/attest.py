"""``isoscope attest``: verifies evidence."""

from __future__ import annotations

from argparse import Namespace

from isoscope.attestation.checks import Outcome
from isoscope.attestation.evidence import verify_evidence
from isoscope.attestation.fields import EvidenceError
from isoscope.cli.errors import UNREADABLE, CommandError
from isoscope.cli.evidence import question_of, read_evidence
from isoscope.cli.files import check_output, write_output
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
    question = question_of(options)
    try:
        verification = verify_evidence(read_evidence(options.evidence), question)
    except EvidenceError as error:
        raise CommandError(f"{options.evidence}: {error}", UNREADABLE) from None
    if options.format == "json":
        written = evidence_json(verification)
    else:
        written = evidence_text(verification, terminal_page(options.output))
    write_output(written.encode("utf-8", "backslashreplace"), options.output)
    return EXIT_STATUS[verification.outcome]
