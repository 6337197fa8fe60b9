"""Claims of TEEs that the host itself contradicts."""

from __future__ import annotations

from isoscope.assessment.declaration import Subject
from isoscope.assessment.judgement import Judgement, failing
from isoscope.inventory.declared_monitor import LAUNCH_SECURITY
from isoscope.inventory.encrypted_guests import NOT_COUNTED


def contradicted_claim(subject: Subject) -> Judgement | None:
    """Where the host's own kernel counts no such guest, or its VMM was started without, the claim
    is false: that speaks against it, and so counts."""
    for found in subject.workload.disagreements:
        started_without = found.key == LAUNCH_SECURITY and found.observed == "none"
        if found.key == NOT_COUNTED or started_without:
            says = f"its manager claims {found.declared}, but the kernel shows {found.observed}"
            return failing(says, found.declared_by, found.observed_by)
    return None
