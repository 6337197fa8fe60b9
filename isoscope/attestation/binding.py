"""Whether evidence is bound to one workload, and not merely genuine.

A host may relay a question to another genuine TEE and bring back its answer. Two things keep it
from that: a value that was given to this workload alone when it was started (which the tenant
knows, and names in the reference values), or a key of the workload's in what the hardware signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from isoscope.attestation.checks import Check, Kind, judged, not_possible
from isoscope.attestation.question import Question

_OF_ONE_WORKLOAD: Mapping[Kind, tuple[str, ...]] = {
    Kind.SEV_SNP: ("host_data", "report_id", "family_id", "image_id"),
    Kind.AZURE_HCL: ("report_id", "runtime_data"),
    Kind.TDX: ("mrconfigid", "mrowner", "mrownerconfig", "td_id"),
    Kind.SGX: ("configid",),
    Kind.AWS_NITRO: ("user_data", "public_key", "module_id"),
    Kind.ARM_CCA: ("personalization_value",),
    Kind.NVIDIA_GPU: (),
}
"""Claims whose value is chosen, or happens, for one workload."""
_CHOSEN_INSIDE = ("report_data", "user_data", "challenge")
"""Claims that the workload puts in when it asks for evidence, of which each kind has one."""


def binding_check(kind: Kind, claims: Mapping[str, str], question: Question) -> Check:
    """The check ``binding``."""
    if question.bound_key is not None:
        return _by_key(claims, question)
    allowed = question.expected.of(kind).allowed
    named = [claim for claim in _OF_ONE_WORKLOAD[kind] if claim in allowed]
    if not named:
        offered = ", ".join(_OF_ONE_WORKLOAD[kind]) or "nothing of this kind"
        return not_possible(
            "binding",
            "a host could pass the question on to another genuine TEE. What settles it: a key of "
            f"the workload's, or a reference value that is its alone ({offered})",
        )
    differing = [claim for claim in named if claims.get(claim) not in allowed[claim]]
    return judged(
        "binding",
        holds=not differing,
        yes=f"{', '.join(named)} is what the tenant gave to this workload",
        no=f"{', '.join(differing)} is not what the tenant gave to this workload",
    )


def _by_key(claims: Mapping[str, str], question: Question) -> Check:
    bound = hashlib.sha512((question.nonce or b"") + (question.bound_key or b"")).digest()
    said = next((claims[name] for name in _CHOSEN_INSIDE if claims.get(name)), "")
    return judged(
        "binding",
        holds=said == bound.hex(),
        yes="the workload's key is in what the hardware signed",
        no="what the hardware signed is not SHA-512 of the nonce and this key",
    )
