"""An AWS that does not exist, its hypervisor and the documents that it signs."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import cbor2

from tests.fakes.certificates import Issued, certify, p384
from tests.fakes.cose import sign1

MADE = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
PCRS = {index: bytes([index + 1]) * 48 for index in range(3)} | {3: bytes(48)}


@dataclass(frozen=True)
class Hypervisor:
    """A root, an authority below it, and the key of one enclave that lives three hours."""

    root: Issued
    zone: Issued
    leaf: Issued

    @property
    def roots(self) -> dict[str, dict[str, str]]:
        """Its root, as the pinned one."""
        return {"aws": {self.root.key_hash: "AWS"}}

    def fields(self, **changed: object) -> dict[str, object]:
        """The fields of a document; those that are None are still there, as in real ones."""
        return {
            "module_id": "i-0123456789abcdef0-enc0123",
            "digest": "SHA384",
            "timestamp": int(MADE.timestamp() * 1000),
            "pcrs": PCRS,
            "certificate": self.leaf.raw,
            "cabundle": [self.root.raw, self.zone.raw],
            "public_key": None,
            "user_data": None,
            "nonce": None,
        } | changed

    def document(self, **changed: object) -> bytes:
        """A document with those fields changed."""
        return self.signed(cbor2.dumps(self.fields(**changed)))

    def signed(self, payload: bytes) -> bytes:
        """Whatever it is, signed."""
        return sign1(payload, self.leaf.key)


def make_hypervisor(label: str = "aws") -> Hypervisor:
    """One with the keys of that label; its enclave's key lives three hours from `MADE`."""
    root = certify("aws.nitro-enclaves", p384(f"{label} root"), authority=True)
    zone = certify("zonal.nitro-enclaves", p384(f"{label} zone"), root, authority=True)
    valid = (MADE, MADE + timedelta(hours=3))
    leaf = certify("i-01.aws", p384(f"{label} leaf"), zone, valid=valid)
    return Hypervisor(root, zone, leaf)
