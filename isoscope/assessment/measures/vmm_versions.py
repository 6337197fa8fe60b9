"""Whether a guest's VMM is a version with a known way out of it."""

from __future__ import annotations

from isoscope.assessment.declaration import Declaration, Subject, exposure
from isoscope.assessment.judgement import Judgement, any_of, undecided
from isoscope.assessment.known_escapes import ADVISORIES
from isoscope.assessment.measures.monitors import makeup_of, of_machine
from isoscope.assessment.measures.runtime_versions import judged_program
from isoscope.inventory.observation import Doubt, Unknown

_UNSAID = Unknown(
    Doubt.NOT_SAID,
    "nobody says which version of its VMM runs it: only libvirt is asked",
    "qemu-system-x86_64 --version, and its distribution's advisories",
)
_OF_QEMU = [advisory for advisory in ADVISORIES if advisory.program == "QEMU"]


def _known_escape(subject: Subject) -> Judgement:
    makeup = makeup_of(subject)
    if makeup is None or makeup.program is None:
        return undecided(_UNSAID, subject.kind)
    program = makeup.program
    if program.value is None:
        return undecided(program.doubt, program)
    if program.value.name != "QEMU":
        return undecided(_UNSAID, program)
    judged = judged_program(subject, program.value, program)
    return any_of(judged, otherwise=f"no advisory listed here names QEMU {program.value.version}")


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "vmm-with-known-escape",
        "VMM with a known escape",
        what="By its number, the QEMU that runs the guest has a published flaw through which a "
        "guest runs code on the host as its VMM.",
        why="Such flaws are public. What the VMM's user, its MAC label and its seccomp sandbox "
        "forbid is then all that stands between the guest and the host.",
        by_hand="virsh version; qemu-system-x86_64 --version; apt-cache policy qemu-system-x86",
        remedy="Update QEMU and restart the guest. A distribution carries fixes back under an old "
        "number: its own list of advisories says so, the number alone proves neither. A device "
        "that the guest does not have cannot be attacked.",
        references=(
            *(advisory.names for advisory in _OF_QEMU),
            "https://www.qemu.org/contribute/security-process/",
            "https://security-tracker.debian.org/tracker/source-package/qemu",
        ),
        judge=of_machine(_known_escape),
    ),
)
