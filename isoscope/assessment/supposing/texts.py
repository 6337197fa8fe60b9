"""What a move is, why, how it is made, and what has to be proved after it."""

from __future__ import annotations

from dataclasses import dataclass

from isoscope.assessment.supposing.suppositions import Enclosure, Move, Proof
from isoscope.inventory.technology import Technology


@dataclass(frozen=True, slots=True)
class MoveText:
    """The texts of one move, for a person."""

    title: str
    why: str
    remedy: str
    prove: tuple[str, ...]
    """What holds only once it was seen."""


TECHNOLOGY = {
    Enclosure.SEV_SNP: Technology.AMD_SEV_SNP,
    Enclosure.TDX: Technology.INTEL_TDX,
}
"""What the host has to have for it."""

TECHNOLOGY_NAMES = {Enclosure.SEV_SNP: "AMD SEV-SNP", Enclosure.TDX: "Intel TDX"}

NAMES = {
    Enclosure.VM: "a virtual machine",
    Enclosure.SEV_SNP: "an AMD SEV-SNP virtual machine",
    Enclosure.TDX: "an Intel TDX virtual machine",
}

_KERNEL = (
    "A kernel of its own stands between the workload and the host's: a VMM has a few devices, the "
    "host's kernel some four hundred system calls."
)
_MEMORY = (
    "The CPU encrypts the memory under a key that the host does not have, and keeps the host from "
    "changing it."
)
_LOOK_AGAIN = (
    "Look at the host again: how the VMM is confined, what the machine shares, and its limits are "
    "not known before."
)
_HOSTS_WORD = (
    "Until it is attested this rests on the host's word, which is the adversary's: the low end "
    "stays at rung 0."
)
_VERIFY = (
    "Fetch evidence from inside the workload and have it verified to the vendor's root: isoscope "
    "attest verify EVIDENCE --chain FILE, then isoscope assess HOST.json --evidence WORKLOAD=FILE."
)
_EXPECT = (
    "Set the tenant's reference values, and let the workload answer a fresh nonce that binds the "
    "evidence to it: isoscope attest challenge, then --nonce HEX and --expect FILE."
)
_START = {
    Enclosure.VM: "Run it in a virtual machine, a micro-VM or a Kata sandbox of its own.",
    Enclosure.SEV_SNP: "Run it as a confidential VM: libvirt's <launchSecurity type='sev-snp'>, "
    "with the debug bit (19) of the policy off.",
    Enclosure.TDX: "Run it as a confidential VM: libvirt's <launchSecurity type='tdx'>, with the "
    "debug bit (0) of the attributes off.",
}
_TITLES = {
    Proof.NONE: "Run it in {}",
    Proof.VERIFIED: "Run it in {}, and verify its evidence",
    Proof.EXPECTED: "Run it in {}, and verify that its evidence is what was expected",
}


def text_of(move: Move) -> MoveText:
    """The texts of a move."""
    title = _TITLES[move.proof].format(NAMES[move.into])
    if not move.into.is_tee:
        return MoveText(title, _KERNEL, _START[move.into], (_LOOK_AGAIN,))
    if move.proof is Proof.NONE:
        title += ", on the host's word"
    prove = {
        Proof.NONE: (_HOSTS_WORD,),
        Proof.VERIFIED: (_VERIFY,),
        Proof.EXPECTED: (_VERIFY, _EXPECT),
    }[move.proof]
    return MoveText(title, f"{_MEMORY} {_KERNEL}", _START[move.into], (*prove, _LOOK_AGAIN))
