"""``isoscope attest``: verifies evidence."""

from __future__ import annotations

import secrets
from argparse import Namespace

from isoscope.attestation.challenge import Way, challenge
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
    """Does one of the actions.

    Raises:
        CommandError: an input cannot be read, or is not what it should be.
    """
    return _challenge(options) if options.action == "challenge" else _verify(options)


def _challenge(options: Namespace) -> int:
    """Prints a nonce, one for all ways, and what to do with it."""
    random = secrets.token_bytes(32)
    ways = [Way(options.way)] if options.way else list(Way)
    made = [challenge(way, random) for way in ways]
    nonce = made[0].nonce.hex()
    lines = [
        f"Nonce: {nonce}",
        "",
        "Run inside the workload, and bring back what it writes:",
    ]
    for one in made:
        lines += ["", f"# {one.title}", one.commands.rstrip()]
    lines += [
        "",
        "Then, here:",
        f"isoscope attest verify evidence.bin --chain certificates.bin --nonce {nonce}",
    ]
    write_output(("\n".join(lines) + "\n").encode(), None)
    return 0


def _verify(options: Namespace) -> int:
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
