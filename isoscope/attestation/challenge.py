"""How the owner of a workload fetches evidence that answers a fresh nonce, by hand.

Isoscope runs nothing in a workload: it writes down the commands, and its owner runs them there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

NONCE_BYTES = 64
"""As much as REPORT_DATA of SEV-SNP, TDX and SGX holds."""
_RANDOM_BYTES = 32


class Way(StrEnum):
    """Where a workload gets evidence of itself."""

    CONFIGFS_TSM = "configfs-tsm"
    CONFIDENTIAL_CONTAINERS = "confidential-containers"
    GRAMINE = "gramine"
    NITRO = "nitro"


@dataclass(frozen=True, slots=True)
class Challenge:
    """A nonce, and what to do with it inside the workload.

    Attributes:
        nonce: 64 bytes, all of them letters and digits, as some agents pass it on as text.
        title: for whom the commands are.
        commands: for a POSIX shell inside the workload; ``#`` begins what is to be read.
    """

    way: Way
    nonce: bytes
    title: str
    commands: str


def challenge(way: Way, random: bytes) -> Challenge:
    """The challenge for one way.

    Args:
        way: where the workload gets its evidence.
        random: 32 fresh random bytes; the nonce is their hexadecimal text.

    Raises:
        ValueError: they are fewer or more.
    """
    if len(random) != _RANDOM_BYTES:
        raise ValueError(f"a nonce is made of {_RANDOM_BYTES} random bytes, not {len(random)}")
    nonce = random.hex()
    title, commands = _COMMANDS[way]
    return Challenge(way, nonce.encode(), title, commands.replace("NONCE", nonce))


_COMMANDS = {
    Way.CONFIGFS_TSM: (
        "in a confidential VM (SEV-SNP, TDX, Arm CCA) with Linux 6.7 or newer, as root",
        """\
d=/sys/kernel/config/tsm/report/isoscope
mkdir "$d"
printf %s NONCE >"$d/inblob"
cat "$d/provider"              # says whose evidence it is
cat "$d/outblob" >evidence.bin
cat "$d/auxblob" >certificates.bin   # may be empty: the host need not have given any
cat "$d/generation"            # must be 1: else somebody else wrote another nonce
rmdir "$d"
""",
    ),
    Way.CONFIDENTIAL_CONTAINERS: (
        "in a container of Confidential Containers",
        """\
curl -s 'http://127.0.0.1:8006/aa/evidence?runtime_data=NONCE' >evidence.json
""",
    ),
    Way.GRAMINE: (
        'in an application under Gramine with sgx.remote_attestation = "dcap"',
        """\
printf %s NONCE >/dev/attestation/user_report_data
cat /dev/attestation/quote >evidence.bin
""",
    ),
    Way.NITRO: (
        "in an AWS Nitro enclave: a program there asks /dev/nsm, as no command line comes with it",
        """\
# In Rust, with the crate aws-nitro-enclaves-nsm-api:
#   Request::Attestation {
#     nonce: Some(b"NONCE".to_vec().into()), user_data: None, public_key: None,
#   }
# Write the document of the answer to evidence.bin.
""",
    ),
}
