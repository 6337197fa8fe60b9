"""Evidence that the user gives for workloads: kept as files, verified on a worker.

What was given stays with the window until it is closed. Nothing of it goes into a snapshot: that
holds what the host said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gui.files import read_file

if TYPE_CHECKING:
    from datetime import datetime

    from isoscope.assessment.assess import JudgedInventory
    from isoscope.assessment.given_evidence import GivenEvidence
    from isoscope.assessment.tenants import TenantRules
    from isoscope.attestation.challenge import Challenge, Way
    from isoscope.attestation.given_files import GivenFile, Verified

MOST_FILES = 32
"""Files of one workload; a piece of evidence comes with a handful."""


@dataclass(frozen=True, slots=True)
class Given:
    """What was given for one workload.

    Attributes:
        files: in the order in which they came; a file of the same name takes the place of the one
            before.
        challenge: what its owner was asked last; None where nothing was asked.
    """

    files: tuple[GivenFile, ...] = ()
    challenge: Challenge | None = None

    def with_files(self, files: Sequence[GivenFile]) -> Given:
        """The same with more files, at most ``MOST_FILES`` of them, the newest."""
        kept = {file.name: file for file in (*self.files, *files)}
        return replace(self, files=tuple(kept.values())[-MOST_FILES:])

    def asking(self, challenge: Challenge) -> Given:
        """The same, asked anew: what was given before does not answer."""
        return replace(self, challenge=challenge)


@dataclass(frozen=True, slots=True)
class Attested:
    """What became of what was given for one workload."""

    given: Given
    verified: tuple[Verified, ...] = ()


def read_given(paths: Sequence[Path]) -> tuple[GivenFile, ...]:
    """The files, each whole.

    Raises:
        OSError: one cannot be read, or is larger than evidence is.
    """
    from isoscope.attestation.given_files import GivenFile
    from isoscope.attestation.question import LARGEST_EVIDENCE

    files = []
    for path in paths[:MOST_FILES]:
        if path.stat().st_size > LARGEST_EVIDENCE:
            raise OSError(None, f"larger than {LARGEST_EVIDENCE // 2**20} MiB", str(path))
        files.append(GivenFile(path.name, read_file(path)))
    return tuple(files)


def asked_anew(way: Way) -> Challenge:
    """A challenge with a fresh nonce."""
    import secrets

    from isoscope.attestation.challenge import challenge

    return challenge(way, secrets.token_bytes(32))


def attested(
    all_given: Mapping[str, Given],
    judged: JudgedInventory,
    rules: TenantRules | None,
    moment: datetime,
    roots: Mapping[str, Mapping[str, str]] | None = None,
) -> tuple[JudgedInventory, Mapping[str, Attested]]:
    """Verifies what was given, and judges anew what that bears on.

    Args:
        all_given: by workload id; workloads that this host does not have are left out.
        judged: without evidence.
        rules: the tenants' reference values are among them.
        moment: the time of evaluation.
        roots: instead of the pinned ones of the vendors; see ``Seen.roots``.
    """
    from isoscope.assessment.assess import with_evidence
    from isoscope.assessment.given_evidence import GivenEvidence
    from isoscope.attestation.given_files import sort_files, verify_files
    from isoscope.attestation.question import Question
    from isoscope.attestation.reference_values import ReferenceValues
    from isoscope.bundled import pinned_roots

    expected = {} if rules is None else rules.reference_values
    results: dict[str, Attested] = {}
    evidence: list[GivenEvidence] = []
    for workload, given in all_given.items():
        claim = judged.claims.get(workload)
        if claim is None:
            continue
        question = Question(
            moment=moment,
            roots=pinned_roots() if roots is None else roots,
            nonce=given.challenge.nonce if given.challenge else None,
            expected=expected.get(claim.tenant, ReferenceValues()),
        )
        verified = verify_files(sort_files(given.files), question)
        results[workload] = Attested(given, verified)
        evidence += [
            GivenEvidence(workload, one.name, moment.timestamp(), one.verification)
            for one in verified
            if one.verification is not None
        ]
    if not results:
        return judged, results
    return with_evidence(judged, evidence), results
