"""Policies with which encrypted guests are started, bit by bit.

They are what a manager says that it asked for: only the evidence says what the guest runs under.
Sources: AMD SEV API (55766) chapter 3, "Guest policy"; AMD SEV-SNP firmware ABI (56860) §4.3; Intel
TDX module ABI, "ATTRIBUTES"; QEMU, qapi/qom.json, for the policies where none is said.
"""

from __future__ import annotations

from isoscope.inventory.workload import LaunchSecurity

SEV_DEFAULT, SNP_DEFAULT = 0x1, 0x30000
"""QEMU's, where its command line says none."""

_SEV_NO_DEBUG, _SEV_ENCRYPTED_STATE = 1 << 0, 1 << 2
_SEV_BITS = (
    (0, "debugging forbidden", "debugging allowed"),
    (1, "keys shared with no other guest", "keys may be shared with other guests"),
    (2, "registers encrypted", "registers open to the host"),
    (3, "never sent to another platform", "may be sent to another platform"),
    (4, "sent within its domain only", ""),
    (5, "sent to platforms with SEV only", ""),
)
_SNP_DEBUG = 1 << 19
_SNP_BITS = (
    (16, "SMT allowed", "SMT forbidden"),
    (18, "migration agent allowed", "migration agent forbidden"),
    (19, "debugging allowed", "debugging forbidden"),
    (20, "one socket only", "several sockets allowed"),
    (21, "CXL allowed", "CXL forbidden"),
    (22, "AES-256-XTS required", ""),
    (23, "RAPL disabled", ""),
    (24, "ciphertext hiding required", ""),
    (25, "page swapping disabled", ""),
)
_TDX_UNDER_DEBUG = 0xFF
"""Any of these lets the host look into the guest, or profile it."""
_TDX_BITS = (
    (0, "debugging allowed", "debugging forbidden"),
    (4, "profiling of it as a whole allowed", ""),
    (5, "profiling by performance counters allowed", ""),
    (6, "profiling by power counters allowed", ""),
    (27, "linear address separation", ""),
    (28, "no exceptions for pages that the host takes", "exceptions for pages that the host takes"),
    (29, "migration allowed", "migration forbidden"),
    (30, "protection keys", ""),
    (31, "key locker", ""),
    (62, "attested by a TD partition", ""),
    (63, "performance counters", ""),
)


def sev(policy: int | None, beside: tuple[str, ...] = ()) -> LaunchSecurity:
    """SEV, or SEV-ES where the policy asks for it.

    Args:
        policy: None where it was not said.
        beside: what else was said of the launch, in words.
    """
    if policy is None:
        return LaunchSecurity("sev", policy=beside)
    kind = "sev-es" if policy & _SEV_ENCRYPTED_STATE else "sev"
    firmware = policy >> 16 & 0xFFFF
    least = (
        (f"firmware {firmware & 0xFF}.{firmware >> 8} or newer to be sent to",) if firmware else ()
    )
    words = _words(policy, _SEV_BITS, 32)
    return LaunchSecurity(kind, not policy & _SEV_NO_DEBUG, (*words, *least, *beside))


def snp(policy: int | None, beside: tuple[str, ...] = ()) -> LaunchSecurity:
    """SEV-SNP with this guest policy."""
    if policy is None:
        return LaunchSecurity("sev-snp", policy=beside)
    words = _words(policy, _SNP_BITS, 64)
    version = f"{policy >> 8 & 0xFF}.{policy & 0xFF}"
    least = () if version == "0.0" else (f"firmware ABI {version} or newer",)
    return LaunchSecurity("sev-snp", bool(policy & _SNP_DEBUG), (*words, *least, *beside))


def tdx(attributes: int | None, beside: tuple[str, ...] = ()) -> LaunchSecurity:
    """A trust domain with these attributes."""
    if attributes is None:
        return LaunchSecurity("tdx", policy=beside)
    debug = bool(attributes & _TDX_UNDER_DEBUG)
    return LaunchSecurity("tdx", debug, (*_words(attributes, _TDX_BITS, 64), *beside))


def _words(value: int, bits: tuple[tuple[int, str, str], ...], width: int) -> tuple[str, ...]:
    """A policy's number, and what each bit that is named means as it stands.

    Raises:
        ValueError: the number is negative or does not fit into the policy.
    """
    if not 0 <= value < 1 << width:
        raise ValueError(f"a policy has {width} bits")
    said = (on if value >> bit & 1 else off for bit, on, off in bits)
    return (f"policy {value:#x}", *(words for words in said if words))
