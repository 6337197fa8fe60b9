"""An NVIDIA that does not exist, one GPU of it and its reports."""

from dataclasses import dataclass
from datetime import UTC, datetime

from tests.fakes.certificates import (
    Issued,
    certify,
    der,
    identifier,
    integer,
    p384,
    public_info,
    sequence,
)
from tests.fakes.cose import raw_signature

ASKED = datetime(2026, 5, 6, tzinfo=UTC)
NONCE = bytes(range(32))
FIRMWARE = b"\x77" * 48
BLOCKS = {1: bytes(48), 2: b"\x02" * 48, 64: b"\x40" * 48}
OPAQUE = {
    3: b"550.90.07\0",
    6: bytes.fromhex("009f009601000000"),
    12: bytes.fromhex("0000000002000000"),
    15: b"882\0\0\0",
    20: FIRMWARE,
    99: b"\xab",
}


def firmware_extension(key: bytes, firmware: bytes = FIRMWARE) -> bytes:
    """The extension that names the firmware of a key."""
    algorithm = identifier("2.16.840.1.101.3.4.2.2")
    return sequence(integer(1), key, sequence(algorithm, der(0x04, firmware)))


def block(index: int, value: bytes, specification: int = 1) -> bytes:
    """A measurement block."""
    content = b"\x01" + len(value).to_bytes(2, "little") + value
    return bytes([index, specification]) + len(content).to_bytes(2, "little") + content


def opaque_field(kind: int, value: bytes) -> bytes:
    """A field of the opaque data."""
    return kind.to_bytes(2, "little") + len(value).to_bytes(2, "little") + value


def message(
    *,
    request: bytes = b"\x11\xe0\x01\xff",
    nonce: bytes = NONCE,
    answer: bytes = b"\x11\x60\x00\x00",
    blocks: bytes | None = None,
    count: int | None = None,
    opaque: bytes | None = None,
) -> bytes:
    """A request and its answer, unsigned."""
    if blocks is None:
        blocks = b"".join(block(index, value) for index, value in BLOCKS.items())
    if opaque is None:
        opaque = b"".join(opaque_field(kind, value) for kind, value in OPAQUE.items())
    return b"".join(
        (
            request + nonce + b"\0",
            answer,
            bytes([len(BLOCKS) if count is None else count]),
            len(blocks).to_bytes(3, "little") + blocks,
            b"\x99" * 32,
            len(opaque).to_bytes(2, "little") + opaque,
        )
    )


@dataclass(frozen=True)
class Gpu:
    """The root, the boot ROM that certifies, and the key that the ROM made for a firmware."""

    root: Issued
    rom: Issued
    leaf: Issued

    @property
    def roots(self) -> dict[str, dict[str, str]]:
        """Its root, as the pinned one."""
        return {"nvidia": {self.root.key_hash: "NVIDIA"}}

    def signed(self, unsigned: bytes) -> bytes:
        """Whatever it is, signed."""
        return unsigned + raw_signature(self.leaf.key, unsigned)


def make_gpu(label: str = "gpu", firmware: bytes = FIRMWARE) -> Gpu:
    """One whose keys are those of the label."""
    root = certify("NVIDIA Device Identity CA", p384(f"{label} root"), authority=True)
    rom = certify("GSP BROM", p384(f"{label} rom"), root, authority=True)
    key = p384(f"{label} leaf")
    named = {"2.23.133.5.4.1": firmware_extension(public_info(key), firmware)}
    return Gpu(root, rom, certify("GSP FMC LF", key, rom, extensions=named))
