"""What a PCK certificate says of its platform.

Intel SGX PCK Certificate and Certificate Revocation List Profile Specification, §1.3.5.
"""

from __future__ import annotations

from dataclasses import dataclass

from isoscope.attestation import der
from isoscope.attestation.certificate import Certificate
from isoscope.attestation.fields import EvidenceError

EXTENSION = "1.2.840.113741.1.13.1"
_NAME = "the SGX extension of a PCK certificate"
_PPID, _TCB, _PCEID, _FMSPC, _TYPE, _INSTANCE, _CONFIGURATION = (
    f"{EXTENSION}.{number}" for number in range(1, 8)
)
_COMPONENTS = [f"{_TCB}.{number}" for number in range(1, 17)]
_PCESVN, _CPUSVN = f"{_TCB}.17", f"{_TCB}.18"
_SETTINGS = {
    f"{_CONFIGURATION}.1": "dynamic_platform",
    f"{_CONFIGURATION}.2": "cached_keys",
    f"{_CONFIGURATION}.3": "smt_enabled",
}
_ENUMERATED = 0x0A


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform as Intel certified it.

    Attributes:
        components: the sixteen security versions of its TCB.
        fmspc: family, model, stepping, platform and SKU: what a TCB info is for.
        memory: how its memory is encrypted: 0 standard, 1 scalable, 2 scalable with integrity.
        settings: those of ``dynamic_platform``, ``cached_keys`` and ``smt_enabled`` that are said.
    """

    ppid: bytes
    components: tuple[int, ...]
    pcesvn: int
    cpusvn: bytes
    pceid: bytes
    fmspc: bytes
    memory: int
    instance: bytes
    settings: dict[str, bool]

    def claims(self) -> dict[str, str]:
        """Every field, as text."""
        claims = {
            "ppid": self.ppid.hex(),
            "pck_tcb": bytes(self.components).hex(),
            "pck_cpusvn": self.cpusvn.hex(),
            "pcesvn": str(self.pcesvn),
            "pceid": self.pceid.hex(),
            "fmspc": self.fmspc.hex(),
            "sgx_type": str(self.memory),
        }
        if self.instance:
            claims["platform_instance_id"] = self.instance.hex()
        return claims | {name: str(value).lower() for name, value in self.settings.items()}


def is_pck(certificate: Certificate) -> bool:
    """Whether it has the extension; its chain says whether Intel put it there."""
    return EXTENSION in certificate.extensions


def parse_platform(certificate: Certificate) -> Platform:
    """What the extension says.

    Raises:
        EvidenceError: there is none, or a field of it is missing or of another type.
    """
    value = certificate.extensions.get(EXTENSION)
    if value is None:
        raise EvidenceError(f"{certificate.subject_name} has no SGX extension: no PCK certificate")
    found = _pairs(der.single(value, _NAME))
    tcb = _pairs(_field(found, _TCB))
    memory = _field(found, _TYPE).expect(_ENUMERATED, _NAME).content
    instance = found.get(_INSTANCE)
    configuration = found.get(_CONFIGURATION)
    return Platform(
        ppid=_octets(found, _PPID, 16),
        components=tuple(_number(tcb, name, 0xFF) for name in _COMPONENTS),
        pcesvn=_number(tcb, _PCESVN, 0xFFFF),
        cpusvn=_octets(tcb, _CPUSVN, 16),
        pceid=_octets(found, _PCEID, 2),
        fmspc=_octets(found, _FMSPC, 6),
        memory=int.from_bytes(memory, "big"),
        instance=instance.content if instance is not None else b"",
        settings=_settings(configuration),
    )


def _pairs(element: der.Element) -> dict[str, der.Element]:
    found: dict[str, der.Element] = {}
    for pair in element.expect(der.SEQUENCE, _NAME).children(_NAME):
        parts = pair.expect(der.SEQUENCE, _NAME).children(_NAME)
        if len(parts) != 2:
            raise EvidenceError(f"{_NAME}: a field of {len(parts)} parts")
        identifier = der.identifier(parts[0], _NAME)
        if identifier in found:
            raise EvidenceError(f"{_NAME}: field {identifier} twice")
        found[identifier] = parts[1]
    return found


def _field(found: dict[str, der.Element], identifier: str) -> der.Element:
    if identifier not in found:
        raise EvidenceError(f"{_NAME}: field {identifier} is missing")
    return found[identifier]


def _octets(found: dict[str, der.Element], identifier: str, size: int) -> bytes:
    content = _field(found, identifier).expect(der.OCTET_STRING, _NAME).content
    if len(content) != size:
        raise EvidenceError(f"{_NAME}: field {identifier} has {len(content)} bytes, not {size}")
    return content


def _number(found: dict[str, der.Element], identifier: str, most: int) -> int:
    number = der.integer(_field(found, identifier), _NAME)
    if not 0 <= number <= most:
        raise EvidenceError(f"{_NAME}: field {identifier} is {number}, more than {most}")
    return number


def _settings(configuration: der.Element | None) -> dict[str, bool]:
    if configuration is None:
        return {}
    return {
        _SETTINGS[identifier]: any(value.expect(der.BOOLEAN, _NAME).content)
        for identifier, value in _pairs(configuration).items()
        if identifier in _SETTINGS
    }
