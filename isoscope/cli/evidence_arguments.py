"""The arguments of ``isoscope attest``."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from isoscope.attestation.challenge import Way
from isoscope.cli.option_groups import Parser, one_of, output

FORMATS = ("text", "json")
TERMS = ("chain", "collateral", "at", "nonce", "bound_key", "expect")
"""The options of `terms`, which mean nothing without evidence."""
_EPILOG = """\
exit status:
  0  verified: no check failed, and every one that the kind requires passed
  1  refused: a check failed
  3  incomplete: something needed is missing, and nothing failed
  2  wrong usage                  4  an input could not be read, or is no evidence
"""


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Adds ``attest`` and what it does."""
    attest = commands.add_parser(
        "attest",
        help="verify attestation evidence, or ask for it",
        description="Verifies evidence that a TEE's hardware signed, offline.",
        allow_abbrev=False,
    )
    actions = attest.add_subparsers(dest="action", metavar="ACTION", required=True)
    verify = actions.add_parser(
        "verify",
        help="verify one piece of evidence",
        description="Verifies one piece of evidence to the pinned root of its vendor, and says "
        "what was checked. Its kind is found from its bytes: SEV-SNP reports, TDX and SGX quotes, "
        "Azure HCL, AWS Nitro, Arm CCA and NVIDIA documents, as they are, as hexadecimal or base64 "
        "text, or in the JSON of the usual agents.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        parents=[terms(), output()],
    )
    verify.add_argument("evidence", metavar="EVIDENCE", help="its file; - for standard input")
    verify.add_argument(
        "--format",
        metavar="FORMAT",
        type=one_of("format", FORMATS),
        default="text",
        help=f"one of {', '.join(FORMATS)} (default: text)",
    )
    challenge = actions.add_parser(
        "challenge",
        help="make a fresh nonce, and the commands that fetch evidence for it",
        description="Prints a fresh nonce, and the commands with which the owner of a workload "
        "fetches evidence that answers it. Isoscope runs none of them.",
        allow_abbrev=False,
    )
    ways = ", ".join(Way)
    challenge.add_argument(
        "way",
        metavar="WAY",
        nargs="?",
        type=one_of("way", tuple(Way)),
        help=f"only this way of getting evidence: {ways}",
    )


def terms() -> Parser:
    """What is given beside evidence, and what it has to say."""
    parent = Parser(add_help=False)
    group = parent.add_argument_group("what evidence is verified with")
    group.add_argument(
        "--chain",
        metavar="FILE",
        action="append",
        default=[],
        help="certificates (PEM or DER), a certificate table, a revocation list or a public key; "
        "repeatable",
    )
    group.add_argument("--collateral", metavar="FILE", help="Intel's collateral, JSON")
    group.add_argument(
        "--at",
        metavar="TIME",
        type=_moment,
        help="the time of evaluation, such as 2026-11-23 or 2026-11-23T05:00:00Z (default: now)",
    )
    group.add_argument(
        "--nonce", metavar="HEX", type=_octets, help="the nonce that it has to answer"
    )
    group.add_argument(
        "--bound-key",
        metavar="FILE",
        help="a public key of the workload's: the evidence has to carry SHA-512 of nonce and key",
    )
    group.add_argument("--expect", metavar="FILE", help="reference values, TOML")
    return parent


def given() -> Parser:
    """Evidence for workloads that are assessed, and its terms."""
    parent = Parser(add_help=False, parents=[terms()])
    group = parent.add_argument_group("evidence")
    group.add_argument(
        "--evidence",
        metavar="WORKLOAD=FILE",
        action="append",
        default=[],
        type=_workload_and_file,
        help="attestation evidence of a workload, by its id or name; repeatable",
    )
    return parent


def _workload_and_file(text: str) -> str:
    workload, _, name = text.partition("=")
    if not workload or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not WORKLOAD=FILE")
    return text


def _moment(text: str) -> datetime:
    """A time of ISO 8601; one without a zone is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time; write it like 2026-11-23T05:00:00Z"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _octets(text: str) -> bytes:
    try:
        octets = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        octets = b""
    if not 1 <= len(octets) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is not 1 to 64 bytes in hexadecimal")
    return octets
