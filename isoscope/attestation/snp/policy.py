"""The guest policy, which is set at launch and the firmware enforces (AMD 56860 §4.3)."""

from __future__ import annotations

from dataclasses import dataclass

_RESERVED_ONE = 1 << 17
_RESERVED_ZERO = -1 << 26
_DEBUG = 1 << 19
_MIGRATE = 1 << 18
_NAMED = {
    1 << 16: "SMT allowed",
    _MIGRATE: "migration agent allowed",
    _DEBUG: "debugging allowed",
    1 << 20: "one socket only",
    1 << 21: "CXL allowed",
    1 << 22: "AES-256-XTS required",
    1 << 23: "RAPL disabled",
    1 << 24: "ciphertext hiding required",
    1 << 25: "page swapping disabled",
}


@dataclass(frozen=True, slots=True)
class GuestPolicy:
    """The 64 bits of a policy."""

    value: int

    @property
    def debug(self) -> bool:
        """Whether the host may read and write the guest through the firmware."""
        return bool(self.value & _DEBUG)

    @property
    def migratable(self) -> bool:
        """Whether a migration agent may move the guest, and so hold its keys."""
        return bool(self.value & _MIGRATE)

    @property
    def well_formed(self) -> bool:
        """Whether bit 17 is one and bits 63:26 are zero, as the specification requires."""
        return bool(self.value & _RESERVED_ONE) and not self.value & _RESERVED_ZERO

    def words(self) -> str:
        """The policy in words."""
        said = [text for bit, text in _NAMED.items() if self.value & bit]
        return f"{self.value:#x}: {', '.join(said) or 'nothing allowed'}"
