"""Makes SEV-SNP evidence: reports, the keys that sign them, and AMD's chain above those keys.

Everything that AMD's secure processor and key server make, under a root of our own. Layout of the
report: AMD 56860 §7.3; of the certificates: AMD 57230; of the table: AMD 56421 §4.1.8.1.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from isoscope.attestation.certificate import parse_certificate
from isoscope.attestation.question import Question
from tests.fakes.certificates import (
    ENDS,
    KEY_USAGE,
    MADE,
    Issued,
    PrivateKey,
    certify,
    der,
    integer,
    p384,
    rsa,
)

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SIGNED = 0x2A0
SIZE = 0x4A0
ARC = "1.3.6.1.4.1.3704.1"

MEASUREMENT = bytes(range(48))
NONCE = bytes(range(0x40, 0x80))
POLICY = 0x3_0000  # SMT allowed, bit 17 one
CHIP = bytes(range(1, 65))
TURIN_CHIP = bytes(range(1, 9)) + bytes(56)
LEVELS = {"bootloader": 4, "tee": 1, "snp": 24, "microcode": 219}
TURIN_LEVELS = {"fmc": 2, **LEVELS}

MODELS = {"Milan": (0x19, 0x01, 0x01), "Genoa": (0x19, 0x11, 0x01), "Turin": (0x1A, 0x02, 0x01)}
PRODUCT_NAMES = {"Milan": "Milan-B0", "Genoa": "Genoa", "Turin": "Turin"}
LEVEL_PLACES = {"bootloader": 0, "tee": 1, "snp": 6, "microcode": 7}
TURIN_LEVEL_PLACES = {"fmc": 0, "bootloader": 1, "tee": 2, "snp": 3, "microcode": 7}
LEVEL_IDS = {
    "bootloader": f"{ARC}.3.1",
    "tee": f"{ARC}.3.2",
    "snp": f"{ARC}.3.3",
    "microcode": f"{ARC}.3.8",
    "fmc": f"{ARC}.3.9",
}

FIELDS: Mapping[str, tuple[int, int]] = {
    "version": (0x000, 4),
    "guest_svn": (0x004, 4),
    "policy": (0x008, 8),
    "family_id": (0x010, 16),
    "image_id": (0x020, 16),
    "vmpl": (0x030, 4),
    "signature_algorithm": (0x034, 4),
    "current_tcb": (0x038, 8),
    "platform": (0x040, 8),
    "key_information": (0x048, 4),
    "report_data": (0x050, 64),
    "measurement": (0x090, 48),
    "host_data": (0x0C0, 32),
    "id_key_digest": (0x0E0, 48),
    "author_key_digest": (0x110, 48),
    "report_id": (0x140, 32),
    "report_id_ma": (0x160, 32),
    "reported_tcb": (0x180, 8),
    "model": (0x188, 3),
    "chip_id": (0x1A0, 64),
    "committed_tcb": (0x1E0, 8),
    "current_version": (0x1E8, 4),
    "committed_version": (0x1EC, 4),
    "launch_tcb": (0x1F0, 8),
    "launch_mitigations": (0x1F8, 8),
    "current_mitigations": (0x200, 8),
}
"""Where each field stands and how many bytes it has."""

GUIDS = {
    "VCEK": "63da758d-e664-4564-adc5-f4b93be8accd",
    "VLEK": "a8074bc2-a25a-483e-aae6-39c045a0b8a1",
    "ASK": "4ab7b379-bbac-4fe4-a02f-05aef327c782",
    "ARK": "c0b406a4-a803-4952-9743-3fb6014cd0ae",
    "CRL": "92f81bc3-5811-4d3d-97ff-d19f88dc67ea",
}


@dataclass(frozen=True)
class Authorities:
    """AMD's three authorities of one processor line."""

    ark: Issued
    ask: Issued
    asvk: Issued


@lru_cache(maxsize=8)
def authorities(line: str = "Milan") -> Authorities:
    """The same for the same line, for one run."""
    ark = certify(f"ARK-{line}", rsa(f"ARK-{line}"), authority=True)

    def below(name: str, serial: int) -> Issued:
        signs_no_lists = {KEY_USAGE: b"\x03\x02\x02\x04"}
        return certify(
            name, rsa(name), ark, serial=serial, authority=True, extensions=signs_no_lists
        )

    return Authorities(ark, below(f"SEV-{line}", 0x10001), below(f"SEV-VLEK-{line}", 0x10002))


def levels_of(line: str) -> Mapping[str, int]:
    """The patch levels that made evidence has."""
    return TURIN_LEVELS if line == "Turin" else LEVELS


def chip_of(line: str) -> bytes:
    """CHIP_ID of made evidence."""
    return TURIN_CHIP if line == "Turin" else CHIP


def tcb(levels: Mapping[str, int], line: str = "Milan") -> bytes:
    """A TCB_VERSION in the layout of that line."""
    octets = bytearray(8)
    for part, at in (TURIN_LEVEL_PLACES if line == "Turin" else LEVEL_PLACES).items():
        octets[at] = levels[part]
    return bytes(octets)


def endorsement_extensions(
    line: str, levels: Mapping[str, int], *, chip: bytes = b"", cloud: str = ""
) -> Mapping[str, bytes]:
    """AMD's extensions of a VCEK (with a chip) or of a VLEK (with a cloud)."""
    found = {
        f"{ARC}.1": integer(1 if line == "Turin" else 0),
        f"{ARC}.2": der(0x16, PRODUCT_NAMES[line].encode()),
        **{LEVEL_IDS[part]: integer(level) for part, level in levels.items()},
    }
    if chip:
        found[f"{ARC}.4"] = chip[:8] if line == "Turin" else chip
    if cloud:
        found[f"{ARC}.5"] = der(0x16, cloud.encode())
    return found


def vcek(
    line: str = "Milan",
    *,
    key: PrivateKey | None = None,
    issuer: Issued | None = None,
    signer: PrivateKey | None = None,
    levels: Mapping[str, int] | None = None,
    chip: bytes | None = None,
    extensions: Mapping[str, bytes] | None = None,
    valid: tuple[datetime, datetime] = (MADE, ENDS),
) -> Issued:
    """The certificate of a chip's key; its serial number is 0, as AMD's are."""
    return certify(
        "SEV-VCEK",
        key or p384(f"VCEK-{line}"),
        issuer or authorities(line).ask,
        signer=signer,
        serial=0,
        valid=valid,
        extensions={
            **endorsement_extensions(line, levels or levels_of(line), chip=chip or chip_of(line)),
            **(extensions or {}),
        },
    )


def vlek(
    line: str = "Milan",
    *,
    levels: Mapping[str, int] | None = None,
    valid: tuple[datetime, datetime] = (MADE, ENDS),
    issuer: Issued | None = None,
) -> Issued:
    """The certificate of a cloud's key."""
    return certify(
        "SEV-VLEK",
        p384(f"VLEK-{line}"),
        issuer or authorities(line).asvk,
        serial=0,
        valid=valid,
        extensions=endorsement_extensions(line, levels or levels_of(line), cloud="A-CLOUD"),
    )


def unsigned_report(
    line: str = "Milan", version: int = 3, fields: Mapping[str, int | bytes] | None = None
) -> bytes:
    """The 672 bytes that are signed.

    Args:
        line: the processor line, which decides the layout of the TCB versions.
        version: of the report; the model is left out before 3, as AMD's firmware does.
        fields: values of `FIELDS` that differ from those of a good report.
    """
    level = tcb(levels_of(line), line)
    values: dict[str, int | bytes] = {
        "version": version,
        "policy": POLICY,
        "signature_algorithm": 1,
        "current_tcb": level,
        "platform": 0x25,  # SMT, ECC, aliases checked
        "report_data": NONCE,
        "measurement": MEASUREMENT,
        "report_id": bytes(range(0x80, 0xA0)),
        "report_id_ma": b"\xff" * 32,
        "reported_tcb": level,
        "model": bytes(MODELS[line]) if version >= 3 else bytes(3),
        "chip_id": chip_of(line),
        "committed_tcb": level,
        "current_version": bytes([21, 55, 1, 0]),
        "committed_version": bytes([21, 55, 1, 0]),
        "launch_tcb": level,
        "launch_mitigations": 1 if version >= 5 else 0,
        "current_mitigations": 3 if version >= 5 else 0,
        **(fields or {}),
    }
    octets = bytearray(SIGNED)
    for name, value in values.items():
        at, size = FIELDS[name]
        field = value.to_bytes(size, "little") if isinstance(value, int) else value
        if len(field) != size:
            raise ValueError(f"{name} has {size} bytes, and not {len(field)}")
        octets[at : at + size] = field
    return bytes(octets)


def sealed(signed: bytes, key: PrivateKey) -> bytes:
    """A whole report: R and S little endian, each in 72 bytes."""
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("reports are signed with ECDSA")
    value = key.sign(signed, ec.ECDSA(hashes.SHA384(), deterministic_signing=True))
    r, s = decode_dss_signature(value)
    return (signed + r.to_bytes(72, "little") + s.to_bytes(72, "little")).ljust(SIZE, b"\0")


@dataclass(frozen=True)
class Evidence:
    """A report with the chain of its key: the leaf, its issuer, the root."""

    report: bytes
    chain: Sequence[Issued]

    @property
    def roots(self) -> Mapping[str, Mapping[str, str]]:
        """Its root as the pinned one."""
        return {"amd": {self.chain[-1].key_hash: f"ARK-{self.line}"}}

    @property
    def line(self) -> str:
        """The processor line."""
        return parse_certificate(self.chain[-1].raw).subject_name.partition("-")[2]

    def question(self, **terms: object) -> Question:
        """The terms under which it is verified; keywords replace some of them."""
        given: dict[str, object] = {
            "moment": NOW,
            "roots": self.roots,
            "certificates": tuple(parse_certificate(one.raw) for one in self.chain),
            **terms,
        }
        return Question(**given)  # type: ignore[arg-type]


def evidence(
    line: str = "Milan",
    *,
    version: int = 3,
    fields: Mapping[str, int | bytes] | None = None,
    leaf: Issued | None = None,
) -> Evidence:
    """Evidence signed by a VCEK, which holds but for what the arguments change.

    Args:
        fields: see `unsigned_report`.
        leaf: the certificate of the key that signs.
    """
    made = authorities(line)
    signing = leaf or vcek(line)
    report = sealed(unsigned_report(line, version, fields), signing.key)
    return Evidence(report, (signing, made.ask, made.ark))


def cloud_evidence(
    line: str = "Milan",
    *,
    version: int = 3,
    fields: Mapping[str, int | bytes] | None = None,
    leaf: Issued | None = None,
) -> Evidence:
    """Evidence signed by a VLEK."""
    made = authorities(line)
    signing = leaf or vlek(line)
    body = unsigned_report(line, version, {"key_information": 1 << 2, **(fields or {})})
    return Evidence(sealed(body, signing.key), (signing, made.asvk, made.ark))


def table(*entries: tuple[str, bytes]) -> bytes:
    """A certificate table: names of `GUIDS` or whole GUIDs, and what stands under them."""
    at = 24 * (len(entries) + 1)
    heads, bodies = b"", b""
    for kind, body in entries:
        guid = uuid.UUID(GUIDS.get(kind, kind))
        heads += guid.bytes + at.to_bytes(4, "little") + len(body).to_bytes(4, "little")
        bodies += body
        at += len(body)
    return heads + bytes(24) + bodies


def table_of(made: Evidence, *, without: Sequence[str] = ()) -> bytes:
    """The table of an evidence's chain, without the entries named."""
    names = ("VCEK", "ASK", "ARK")
    entries = zip(names, made.chain, strict=True)
    return table(*((kind, one.raw) for kind, one in entries if kind not in without))


def written_out(report: bytes) -> dict[str, object]:
    """A report as Confidential Containers' agent writes it: serde's form of its fields."""

    def number(name: str) -> int:
        at, size = FIELDS[name]
        return int.from_bytes(report[at : at + size], "little")

    def octets(name: str) -> list[int]:
        at, size = FIELDS[name]
        return list(report[at : at + size])

    family = report[FIELDS["model"][0]]
    places = TURIN_LEVEL_PLACES if family == MODELS["Turin"][0] else LEVEL_PLACES

    def level(name: str) -> dict[str, int | None]:
        version = octets(name)
        return {"fmc": None, **{part: version[at] for part, at in places.items()}}

    def firmware(name: str) -> dict[str, int]:
        build, minor, major, _ = octets(name)
        return {"major": major, "minor": minor, "build": build}

    lists = [name for name, (_, size) in FIELDS.items() if size >= 16]
    return {
        **{name: octets(name) for name in lists},
        **{name: number(name) for name in ("version", "guest_svn", "vmpl")},
        "policy": number("policy"),
        "sig_algo": number("signature_algorithm"),
        "plat_info": number("platform"),
        "key_info": number("key_information"),
        "cpuid_fam_id": family,
        "cpuid_mod_id": report[FIELDS["model"][0] + 1],
        "cpuid_step": report[FIELDS["model"][0] + 2],
        "current_tcb": level("current_tcb"),
        "reported_tcb": level("reported_tcb"),
        "committed_tcb": level("committed_tcb"),
        "launch_tcb": level("launch_tcb"),
        "current": firmware("current_version"),
        "committed": firmware("committed_version"),
        "launch_mit_vector": number("launch_mitigations"),
        "current_mit_vector": number("current_mitigations"),
        "signature": {
            "r": list(report[SIGNED : SIGNED + 72]),
            "s": list(report[SIGNED + 72 : SIGNED + 144]),
        },
    }
