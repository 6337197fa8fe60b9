"""Files that somebody gave for one workload, told apart by what is in them.

Evidence seldom comes alone: certificates, revocation lists, Intel's collateral and the tenant's
reference values lie beside it, and people give them together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from isoscope.attestation.checks import Verification
from isoscope.attestation.evidence import verify_evidence
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.question import Question
from isoscope.attestation.reference_values import (
    ReferenceValues,
    ReferenceValuesError,
    parse_reference_values,
)
from isoscope.attestation.supplied import Supplied, sort_supplied
from isoscope.snapshot.strict_json import parse_strictly

_COLLATERAL = frozenset({"tcb_info", "tcbInfo", "qe_identity", "enclaveIdentity"})


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file by its name, with all its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class SortedFiles:
    """What the files are.

    Attributes:
        evidence: those that are neither of the others; whether they are evidence, verifying says.
        collateral: of Intel's; the last one given.
        expected: the last reference values given; None where none were.
        unusable: files that look like reference values and are none, each with the reason.
    """

    evidence: Sequence[GivenFile] = ()
    supplied: Supplied = field(default_factory=Supplied)
    collateral: bytes | None = None
    expected: ReferenceValues | None = None
    unusable: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Verified:
    """What became of one file of evidence: a verification, or why it is no evidence."""

    name: str
    verification: Verification | None
    problem: str = ""

    def __post_init__(self) -> None:
        if (self.verification is None) != bool(self.problem):
            raise ValueError(f"{self.name}: either a verification or a problem")


def sort_files(files: Iterable[GivenFile]) -> SortedFiles:
    """Sorts files by what is in them; names decide only what is reference values."""
    found = SortedFiles()
    for file in files:
        found = _with(found, file)
    return found


def _with(found: SortedFiles, file: GivenFile) -> SortedFiles:
    if file.name.lower().endswith(".toml"):
        try:
            text = file.content.decode("utf-8-sig")
            return replace(found, expected=parse_reference_values(text, file.name))
        except (UnicodeDecodeError, ReferenceValuesError) as error:
            return replace(found, unusable=(*found.unusable, (file.name, str(error))))
    if _is_collateral(file.content):
        return replace(found, collateral=file.content)
    try:
        return replace(found, supplied=found.supplied.and_also(sort_supplied(file.content)))
    except EvidenceError:
        return replace(found, evidence=(*found.evidence, file))


def _is_collateral(content: bytes) -> bool:
    if content.lstrip()[:1] != b"{":
        return False
    try:
        document = parse_strictly(content.decode("utf-8"), most_objects=10_000)
    except ValueError:
        return False
    return not _COLLATERAL.isdisjoint(document)


def verify_files(files: SortedFiles, question: Question) -> tuple[Verified, ...]:
    """Verifies every file of evidence, with all that was given beside it.

    Args:
        files: of one workload.
        question: the terms; reference values among the files go before its own.
    """
    asked = replace(
        question,
        certificates=(*files.supplied.certificates, *question.certificates),
        revocation_lists=(*files.supplied.revocation_lists, *question.revocation_lists),
        public_keys=(*files.supplied.public_keys, *question.public_keys),
        collateral=files.collateral or question.collateral,
        expected=files.expected or question.expected,
    )
    verified = [_verified(file, asked) for file in files.evidence]
    return (*verified, *(Verified(name, None, why) for name, why in files.unusable))


def _verified(file: GivenFile, question: Question) -> Verified:
    try:
        return Verified(file.name, verify_evidence(file.content, question))
    except EvidenceError as error:
        return Verified(file.name, None, str(error))
