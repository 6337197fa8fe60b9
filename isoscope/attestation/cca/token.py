"""What a CCA token states (Realm Management Monitor, DEN0137, A7.2; draft-ffm-rats-cca-token).

A token is two signed documents: the platform's, by the key that was made with the chip (CPAK), and
the realm's, by a key (RAK) that the platform's names by its hash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from isoscope.attestation import cbor
from isoscope.attestation.cose import Sign1, sign1_of
from isoscope.attestation.fields import EvidenceError

TAGS = (399, 907)
"""Of the collection: RMM 1.0 and the draft's first versions; RMM 2.0 and later versions."""

_NAME = "an Arm CCA token"
_PLATFORM, _REALM = 44234, 44241
_RECORD_TYPES = frozenset({263, "application/eat+cwt"})  # of the records within tag 907
_MOST_COMPONENTS = 64
_MOST_REMS = 16
_LARGEST_LIFECYCLE = 0xFFFF


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the platform's firmware, as the part before it measured it."""

    kind: str
    measurement: bytes
    signer: bytes
    version: str
    algorithm: str


@dataclass(frozen=True, slots=True)
class Platform:
    """What the platform says of itself.

    Attributes:
        challenge: the hash of the realm's key.
        implementation: which implementation of CCA it is.
        instance: which machine it is.
        lifecycle: the state of its security, in 0x3000 to 0x30ff secured.
        service: where its maker answers questions; empty where it does not say.
    """

    profile: str
    challenge: bytes
    implementation: bytes
    instance: bytes
    configuration: bytes
    lifecycle: int
    algorithm: str
    components: tuple[Component, ...]
    service: str


@dataclass(frozen=True, slots=True)
class Realm:
    """What the platform's monitor says of the realm.

    Attributes:
        profile: empty in tokens from before the draft.
        challenge: the 64 bytes that the realm asked for the token with.
        personalization: 64 bytes that the host chose when it made the realm.
        initial: the measurement of the realm as it was made (RIM).
        extensible: measurements that the realm's software extended (REMs).
        public_key: the RAK, encoded as it was hashed.
        key_algorithm: of that hash.
    """

    profile: str
    challenge: bytes
    personalization: bytes
    algorithm: str
    initial: bytes
    extensible: tuple[bytes, ...]
    public_key: bytes
    key_algorithm: str


@dataclass(frozen=True, slots=True)
class Token:
    """Both documents, with what was signed."""

    platform_envelope: Sign1
    platform: Platform
    realm_envelope: Sign1
    realm: Realm


def parse_token(data: bytes) -> Token:
    """A token from its bytes.

    Raises:
        EvidenceError: they are none, or a claim that has to be there is not, or is another kind.
    """
    item = cbor.decode(data, _NAME)
    if not isinstance(item, cbor.Tagged) or item.number not in TAGS:
        raise EvidenceError(f"{_NAME}: no collection with tag {' or '.join(map(str, TAGS))}")
    parts = _Claims(item.value, _NAME)
    both = parts.needed(_PLATFORM), parts.needed(_REALM)
    platform = _envelope(both[0], f"{_NAME}, platform")
    realm = _envelope(both[1], f"{_NAME}, realm")
    return Token(platform, _platform(platform.payload), realm, _realm(realm.payload))


def _envelope(value: cbor.Item, name: str) -> Sign1:
    if isinstance(value, tuple):  # a record: type, value, and perhaps what it is for
        kind = value[0] if 2 <= len(value) <= 3 else None
        if not isinstance(kind, int | str) or kind not in _RECORD_TYPES:
            raise EvidenceError(f"{name}: a record that is not of an EAT")
        value = value[1]
    encoded = cbor.bytes_of(value, name)
    return sign1_of(cbor.decode(encoded, name), name)


class _Claims:
    """A map of claims by their numbers, each asked for with its type."""

    __slots__ = ("_claims", "_name")

    def __init__(self, item: cbor.Item, name: str) -> None:
        self._claims: Mapping[cbor.Key, cbor.Item] = cbor.map_of(item, name)
        self._name = name

    def needed(self, key: int) -> cbor.Item:
        if key not in self._claims:
            raise EvidenceError(f"{self._name}: without claim {key}")
        return self._claims[key]

    def octets(self, key: int, *sizes: int) -> bytes:
        value = cbor.bytes_of(self.needed(key), f"{self._name}, claim {key}")
        if sizes and len(value) not in sizes:
            raise EvidenceError(f"{self._name}, claim {key}: {len(value)} bytes")
        return value

    def text(self, key: int) -> str:
        return cbor.text_of(self.needed(key), f"{self._name}, claim {key}")

    def optional_text(self, key: int) -> str:
        return self.text(key) if key in self._claims else ""

    def number(self, key: int) -> int:
        return cbor.integer_of(self.needed(key), f"{self._name}, claim {key}")

    def array(self, key: int, most: int) -> tuple[cbor.Item, ...]:
        value = cbor.array_of(self.needed(key), f"{self._name}, claim {key}")
        if len(value) > most:
            raise EvidenceError(f"{self._name}, claim {key}: {len(value)} entries")
        return value


def _platform(payload: bytes) -> Platform:
    name = f"{_NAME}, platform"
    claims = _Claims(cbor.decode(payload, name), name)
    lifecycle = claims.number(2395)
    if not 0 <= lifecycle <= _LARGEST_LIFECYCLE:
        raise EvidenceError(f"{name}: lifecycle {lifecycle}")
    return Platform(
        profile=claims.text(265),
        challenge=claims.octets(10, 32, 48, 64),
        implementation=claims.octets(2396, 32),
        instance=claims.octets(256, 33),
        configuration=claims.octets(2401),
        lifecycle=lifecycle,
        algorithm=claims.text(2402),
        components=tuple(_component(one) for one in claims.array(2399, _MOST_COMPONENTS)),
        service=claims.optional_text(2400),
    )


def _component(item: cbor.Item) -> Component:
    claims = _Claims(item, f"{_NAME}, a component of the platform")
    return Component(
        kind=claims.optional_text(1),
        measurement=claims.octets(2, 32, 48, 64),
        signer=claims.octets(5, 32, 48, 64),
        version=claims.optional_text(4),
        algorithm=claims.optional_text(6),
    )


def _realm(payload: bytes) -> Realm:
    name = f"{_NAME}, realm"
    claims = _Claims(cbor.decode(payload, name), name)
    return Realm(
        profile=claims.optional_text(265),
        challenge=claims.octets(10, 64),
        personalization=claims.octets(44235, 64),
        algorithm=claims.text(44236),
        initial=claims.octets(44238, 32, 48, 64),
        extensible=tuple(
            cbor.bytes_of(one, f"{name}, claim 44239") for one in claims.array(44239, _MOST_REMS)
        ),
        public_key=claims.octets(44237),
        key_algorithm=claims.text(44240),
    )
