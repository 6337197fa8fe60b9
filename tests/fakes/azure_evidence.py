"""Makes the evidence of Azure's confidential VMs: HCL reports, and quotes of their virtual TPM.

Layout of the report: Microsoft's "Virtual TPMs in Azure confidential VMs"; of the quote: TCG TPM
2.0 Library, part 2, TPMS_ATTEST.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from tests.fakes.certificates import PKCS1, rsa, sign
from tests.fakes.snp_evidence import Evidence, evidence, sealed, unsigned_report

SHA256_BANK = 0x000B
REGISTERS = tuple(bytes([number]) * 32 for number in range(24))
HASHES = {1: "sha256", 2: "sha384", 3: "sha512"}


def runtime_data(key: RSAPrivateKey, **other: object) -> bytes:
    """The paravisor's JSON, which names the virtual TPM's attestation key."""
    numbers = key.public_key().public_numbers()

    def octets(value: int) -> str:
        text = base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))
        return text.rstrip(b"=").decode()

    named = {"kid": "HCLAkPub", "kty": "RSA", "n": octets(numbers.n), "e": octets(numbers.e)}
    return json.dumps({"keys": [named], "user-data": "00" * 64, **other}).encode()


def hcl_report(hardware: bytes, runtime: bytes, *, kind: int = 2, algorithm: int = 1) -> bytes:
    """An HCL report as it stands in the TPM's NV index."""
    header = b"HCLA" + (2).to_bytes(4, "little") + len(hardware).to_bytes(4, "little")
    numbers = (20 + len(runtime), 1, kind, algorithm, len(runtime))
    return (
        header.ljust(32, b"\0")
        + hardware
        + b"".join(number.to_bytes(4, "little") for number in numbers)
        + runtime
    )


def tpm_quote(
    nonce: bytes,
    values: Sequence[bytes] = REGISTERS,
    *,
    selected: Sequence[int] = range(24),
    banks: Sequence[int] = (SHA256_BANK,),
) -> bytes:
    """A TPMS_ATTEST over the registers selected; each bank selects the same ones."""

    def sized(octets: bytes) -> bytes:
        return len(octets).to_bytes(2, "big") + octets

    bitmap = sum(1 << number for number in selected).to_bytes(3, "little")
    digest = hashlib.sha256(b"".join(values[number] for number in selected)).digest()
    return (
        bytes.fromhex("ff5443478018")
        + sized(b"\0\x0b" + bytes(32))  # who signed
        + sized(nonce)
        + bytes(17 + 8)  # clock and firmware
        + len(banks).to_bytes(4, "big")
        + b"".join(bank.to_bytes(2, "big") + b"\x03" + bitmap for bank in banks)
        + sized(digest)
    )


@dataclass(frozen=True)
class AzureEvidence:
    """What an agent of Azure's sends: the HCL report, the quote, and the VCEK's chain."""

    hcl: bytes
    message: bytes
    signature: bytes
    snp: Evidence
    registers: Sequence[bytes] = REGISTERS

    def document(self, **changes: object) -> bytes:
        """As JSON; keywords replace fields of its quote, None leaves one out."""
        quote: dict[str, object] = {
            "message": list(self.message),
            "signature": list(self.signature),
            "pcrs": [list(one) for one in self.registers],
            **changes,
        }
        said = {name: value for name, value in quote.items() if value is not None}
        return json.dumps({"report": list(self.hcl), "quote": said}).encode()


def azure_evidence(
    nonce: bytes = b"asked by a tenant",
    *,
    line: str = "Genoa",
    key: RSAPrivateKey | None = None,
    fields: Mapping[str, int | bytes] | None = None,
    algorithm: int = 1,
    runtime: bytes | None = None,
    message: bytes | None = None,
) -> AzureEvidence:
    """Evidence that holds but for what the arguments change.

    Args:
        key: that signs the quote, where it is not the one that the report vouches for.
        fields: of the hardware's report.
        runtime: that stands in the HCL report, where it is not that which the report vouches for.
        message: of the quote.
    """
    own = rsa("virtual TPM")
    vouched = runtime_data(own)
    data = hashlib.new(HASHES[algorithm], vouched).digest().ljust(64, b"\0")
    made = evidence(line)
    body = unsigned_report(line, 3, {"report_data": data, **(fields or {})})
    quote = tpm_quote(nonce) if message is None else message
    hardware = sealed(body, made.chain[0].key)
    return AzureEvidence(
        hcl=hcl_report(hardware, vouched if runtime is None else runtime, algorithm=algorithm),
        message=quote,
        signature=sign(key or own, quote, scheme=PKCS1, bits=256),
        snp=Evidence(hardware, made.chain),
    )
