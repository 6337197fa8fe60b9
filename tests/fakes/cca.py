"""A maker of Arm platforms that does not exist, one machine of it, and the tokens of its realms."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

import cbor2
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.fakes.certificates import Issued, PrivateKey, certify, p384
from tests.fakes.cose import sign1

ASKED = datetime(2026, 5, 6, tzinfo=UTC)
CHALLENGE = bytes(range(64))
COMPONENTS = [
    {1: "RMM", 2: b"\x11" * 32, 4: "1.2", 5: b"\x22" * 32, 6: "sha-256"},
    {2: b"\x33" * 32, 5: b"\x22" * 32},
]
PLATFORM_PROFILE = "tag:arm.com,2023:cca_platform#1.0.0"
REALM_PROFILE = "tag:arm.com,2023:realm#1.0.0"
LEGACY_PROFILE = "http://arm.com/CCA-SSD/1.0.0"


def point(key: PrivateKey) -> bytes:
    """A key as the first tokens have it: its point, uncompressed."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def cose_key(key: PrivateKey, **changed: object) -> bytes:
    """A key on P-384 as a COSE_Key."""
    encoded = point(key)
    fields: dict[int, object] = {1: 2, -1: 2, -2: encoded[1:49], -3: encoded[49:]}
    names = {"type": 1, "curve": -1, "x": -2, "y": -3}
    return cbor2.dumps(fields | {names[name]: value for name, value in changed.items()})


@dataclass(frozen=True)
class Machine:
    """The maker's root, the machine's key with its certificate (CPAK), and a realm's key (RAK)."""

    root: Issued
    cpak: Issued
    rak: PrivateKey

    @property
    def roots(self) -> dict[str, dict[str, str]]:
        """Its maker's root, as if it were pinned."""
        return {"arm": {self.root.key_hash: "a maker"}}

    def realm(self, **changed: object) -> dict[int, object]:
        """The claims of a realm, some changed by the name ``c`` and the number."""
        return {
            265: REALM_PROFILE,
            10: CHALLENGE,
            44235: bytes(64),
            44236: "sha-256",
            44237: cose_key(self.rak),
            44238: b"\xaa" * 32,
            44239: [b"\xbb" * 32, bytes(32), bytes(32), bytes(32)],
            44240: "sha-256",
        } | _numbered(changed)

    def platform(self, realm: dict[int, object], **changed: object) -> dict[int, object]:
        """The claims of the platform that vouches for that realm's key."""
        key = realm.get(44237)
        return {
            265: PLATFORM_PROFILE,
            10: hashlib.sha256(key if isinstance(key, bytes) else b"").digest(),
            2396: b"\x44" * 32,
            256: b"\x01" + b"\x55" * 32,
            2401: b"\x66",
            2395: 0x3000,
            2402: "sha-256",
            2399: COMPONENTS,
            2400: "https://maker.example/verification",
        } | _numbered(changed)

    def token(
        self,
        *,
        realm: dict[int, object] | None = None,
        platform: dict[int, object] | None = None,
        without: int | None = None,
        tag: int = 399,
    ) -> bytes:
        """A token; in the form of tag 907 each document stands in a record."""
        realm = self.realm() if realm is None else realm
        platform = self.platform(realm) if platform is None else platform
        claims = [
            {key: value for key, value in one.items() if key != without}
            for one in (platform, realm)
        ]
        return self.signed(*(cbor2.dumps(one) for one in claims), tag=tag)

    def signed(self, platform: bytes, realm: bytes, *, tag: int = 399) -> bytes:
        """Whatever both payloads are, signed and put together."""
        documents: list[object] = [
            sign1(platform, self.cpak.key, tagged=True),
            sign1(realm, self.rak, tagged=True),
        ]
        if tag == 907:
            documents = [[263, one] for one in documents]
        return cbor2.dumps(cbor2.CBORTag(tag, {44234: documents[0], 44241: documents[1]}))


def _numbered(changed: dict[str, object]) -> dict[int, object]:
    return {int(name.removeprefix("c")): value for name, value in changed.items()}


def make_machine(label: str = "arm") -> Machine:
    """One whose keys are those of the label."""
    root = certify("a maker", p384(f"{label} maker"), authority=True)
    return Machine(root, certify("CPAK", p384(f"{label} cpak"), root), p384(f"{label} rak"))
