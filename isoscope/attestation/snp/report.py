"""The layout of a report (AMD 56860 §7.3, ATTESTATION_REPORT)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from isoscope.attestation.fields import EvidenceError, Fields
from isoscope.attestation.snp.policy import GuestPolicy
from isoscope.attestation.snp.tcb import Product, chip_id_size, product_of_model

REPORT_SIZE = 0x4A0
SIGNED_SIZE = 0x2A0
VERSIONS = (2, 3, 4, 5)
"""That parsers of the field have seen; what a later one means nobody knows yet."""

_NAME = "an SEV-SNP report"
_ECDSA_P384_SHA384 = 1
_NUMBER_FIELD = 72  # bytes of R and of S; 48 of them can be set on P-384
_CURVE_BYTES = 48


class SigningKey(IntEnum):
    """Whose key signed a report, bits 4:2 of the key information."""

    VCEK = 0
    VLEK = 1
    NONE = 7


@dataclass(frozen=True, slots=True)
class Report:
    """A report, every field as it stands.

    Attributes:
        signed: the bytes that the signature covers.
        vmpl: the privilege level in the guest that asked.
        platform: PLATFORM_INFO, bits that say how the machine is set up.
        report_data: 64 bytes that whoever asked chose.
        measurement: the launch digest, SHA-384.
        host_data: 32 bytes that the host chose at launch.
        reported_tcb: the version that the signing key was derived for.
        model: family, model and stepping; None before version 3.
        r, s: the signature.
    """

    signed: bytes
    version: int
    guest_svn: int
    policy: GuestPolicy
    family_id: bytes
    image_id: bytes
    vmpl: int
    signature_algorithm: int
    current_tcb: bytes
    platform: int
    key_information: int
    report_data: bytes
    measurement: bytes
    host_data: bytes
    id_key_digest: bytes
    author_key_digest: bytes
    report_id: bytes
    report_id_migration_agent: bytes
    reported_tcb: bytes
    model: tuple[int, int, int] | None
    chip_id: bytes
    committed_tcb: bytes
    current_firmware: str
    committed_firmware: str
    launch_tcb: bytes
    launch_mitigations: int | None
    current_mitigations: int | None
    r: int
    s: int

    @property
    def signing_key(self) -> SigningKey | None:
        """The kind of the key that signed it; None of a kind that is reserved."""
        kind = self.key_information >> 2 & 0b111
        return SigningKey(kind) if kind in set(SigningKey) else None

    @property
    def chip_masked(self) -> bool:
        """Whether the platform does not say which chip it is."""
        return not any(self.chip_id)

    def product(self) -> Product | None:
        """The processor line, as far as the report itself says it."""
        if self.model is not None and any(self.model):
            return product_of_model(*self.model[:2])
        return None

    def layout(self) -> Product:
        """A processor line whose TCB versions have the layout of this report's.

        Before version 3 no report says its line, but a Turin has a shorter CHIP_ID than others.
        """
        if (product := self.product()) is not None:
            return product
        shorter = any(self.chip_id) and not any(self.chip_id[chip_id_size(Product.TURIN) :])
        return Product.TURIN if shorter else Product.MILAN


def parse_report(data: bytes) -> Report:
    """A report from its 1184 bytes.

    Raises:
        EvidenceError: they are fewer or more, of an unknown version, or signed in another way.
    """
    if len(data) != REPORT_SIZE:
        raise EvidenceError(f"{_NAME} has {REPORT_SIZE} bytes, and these are {len(data)}")
    fields = Fields(data, _NAME)
    version = fields.integer(4, "VERSION")
    if version not in VERSIONS:
        raise fields.error(f"version {version}; known are {VERSIONS[0]} to {VERSIONS[-1]}")
    guest_svn = fields.integer(4, "GUEST_SVN")
    policy = GuestPolicy(fields.integer(8, "POLICY"))
    family_id, image_id = fields.take(16, "FAMILY_ID"), fields.take(16, "IMAGE_ID")
    vmpl = fields.integer(4, "VMPL")
    algorithm = fields.integer(4, "SIGNATURE_ALGO")
    if algorithm != _ECDSA_P384_SHA384:
        raise fields.error(f"signature algorithm {algorithm}; ECDSA P-384 with SHA-384 is 1")
    current_tcb = fields.take(8, "CURRENT_TCB")
    platform, keys = fields.integer(8, "PLATFORM_INFO"), fields.integer(4, "key information")
    fields.skip(4, "reserved")
    report_data, measurement = fields.take(64, "REPORT_DATA"), fields.take(48, "MEASUREMENT")
    host_data = fields.take(32, "HOST_DATA")
    id_key, author_key = fields.take(48, "ID_KEY_DIGEST"), fields.take(48, "AUTHOR_KEY_DIGEST")
    report_id, agent_id = fields.take(32, "REPORT_ID"), fields.take(32, "REPORT_ID_MA")
    reported_tcb = fields.take(8, "REPORTED_TCB")
    model = tuple(fields.take(3, "CPUID family, model, stepping"))
    fields.skip(21, "reserved")
    chip_id, committed_tcb = fields.take(64, "CHIP_ID"), fields.take(8, "COMMITTED_TCB")
    current_firmware = _firmware(fields.take(4, "CURRENT version"))
    committed_firmware = _firmware(fields.take(4, "COMMITTED version"))
    launch_tcb = fields.take(8, "LAUNCH_TCB")
    launch_mitigations = fields.integer(8, "LAUNCH_MIT_VECTOR")
    current_mitigations = fields.integer(8, "CURRENT_MIT_VECTOR")
    fields.skip(SIGNED_SIZE - fields.at, "reserved")
    r, s = _number(fields, "R"), _number(fields, "S")
    if any(fields.rest()):
        raise fields.error("bytes after the signature that are not zero")
    return Report(
        signed=data[:SIGNED_SIZE],
        version=version,
        guest_svn=guest_svn,
        policy=policy,
        family_id=family_id,
        image_id=image_id,
        vmpl=vmpl,
        signature_algorithm=algorithm,
        current_tcb=current_tcb,
        platform=platform,
        key_information=keys,
        report_data=report_data,
        measurement=measurement,
        host_data=host_data,
        id_key_digest=id_key,
        author_key_digest=author_key,
        report_id=report_id,
        report_id_migration_agent=agent_id,
        reported_tcb=reported_tcb,
        model=(model[0], model[1], model[2]) if version >= 3 else None,
        chip_id=chip_id,
        committed_tcb=committed_tcb,
        current_firmware=current_firmware,
        committed_firmware=committed_firmware,
        launch_tcb=launch_tcb,
        launch_mitigations=launch_mitigations if version >= 5 else None,
        current_mitigations=current_mitigations if version >= 5 else None,
        r=r,
        s=s,
    )


def _number(fields: Fields, name: str) -> int:
    """R or S, little endian as AMD has them, in a field wider than the curve."""
    octets = fields.take(_NUMBER_FIELD, name)
    if any(octets[_CURVE_BYTES:]):
        raise fields.error(f"{name} of the signature is wider than P-384")
    return int.from_bytes(octets, "little")


def _firmware(octets: bytes) -> str:
    """A firmware version as people write it; stored are build, minor, major."""
    return f"{octets[2]}.{octets[1]}.{octets[0]}"
