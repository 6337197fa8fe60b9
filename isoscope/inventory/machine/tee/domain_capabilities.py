"""What libvirt says of confidential computing: its domain capabilities documents.

Source: libvirt, docs/formatdomaincaps.rst, "SEV capabilities", "SGX capabilities",
"Launch security". The XML is hostile: no document type, bounded size and depth.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from isoscope.inventory.machine.answers import decimal
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Channel, Reading

_REQUEST = "virConnectGetDomainCapabilities"
_ROOT = "domainCapabilities"
_LONGEST = 1024 * 1024
_DEEPEST = 32
_LONGEST_TEXT = 4096


@dataclass(frozen=True, slots=True)
class DomainCapabilities:
    """One hypervisor's capabilities, as far as they are about TEEs."""

    reading: Reading
    launch_security: frozenset[str] = frozenset()
    """What it offers of ``<launchSecurity type=…>``: ``sev``, ``sev-snp``, ``tdx``, ``s390-pv``;
    and ``sev-es``, which is ``sev`` with a bit in its policy, where it counts such guests."""
    says_launch_security: bool = False
    """Whether it speaks of them at all: libvirt before 8.1 does not."""
    sev_guests: int | None = None
    sev_es_guests: int | None = None
    enclave_kilobytes: int | None = None


def domain_capabilities(snapshot: Snapshot) -> tuple[DomainCapabilities, ...]:
    """Every document that a snapshot holds; those that are not understood are left out."""
    found = []
    for reading in snapshot.of_channel(Channel.LIBVIRT):
        if reading.source.request.startswith(_REQUEST) and reading.content is not None:
            try:
                found.append(parse_domain_capabilities(reading))
            except ValueError:
                continue
    return tuple(found)


@dataclass
class _Document:
    """Collects what is asked for while the XML is read."""

    path: list[str] = field(default_factory=list)
    text: str = ""
    values: dict[str, str] = field(default_factory=dict)
    supported: dict[str, bool] = field(default_factory=dict)
    section_types: set[str] = field(default_factory=set)
    enum: str = ""
    unit: str = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self.path.append(name)
        if len(self.path) > _DEEPEST:
            raise ValueError("it is deeper than any domain capabilities")
        if len(self.path) == 1 and name != _ROOT:
            raise ValueError(f"its root is no {_ROOT}")
        self.text = ""
        if self.path[:2] != [_ROOT, "features"]:
            return
        if len(self.path) == 3 and "supported" in attributes:
            self.supported[name] = attributes["supported"] == "yes"
        if name == "enum":
            self.enum = attributes.get("name", "")
        if name == "section_size":
            self.unit = attributes.get("unit", "")

    def characters(self, data: str) -> None:
        """Text, in pieces."""
        if len(self.text) < _LONGEST_TEXT:
            self.text += data

    def end(self, name: str) -> None:
        """An element ends."""
        where = self.path[2:]
        if where == ["launchSecurity", "enum", "value"] and self.enum == "sectype":
            self.section_types.add(self.text.strip())
        elif len(where) == 2 and where[0] in ("sev", "sgx"):
            self.values["/".join(where)] = self.text.strip()
        self.path.pop()
        self.text = ""
        del name


def parse_domain_capabilities(reading: Reading) -> DomainCapabilities:
    """One document.

    Raises:
        ValueError: it is no such XML, too long or too deep, or declares a document type.
    """
    content = reading.content or b""
    if reading.truncated or len(content) > _LONGEST:
        raise ValueError("it is too long")
    document = _Document()
    parser = expat.ParserCreate()
    parser.StartElementHandler = document.start
    parser.EndElementHandler = document.end
    parser.CharacterDataHandler = document.characters
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, LookupError) as error:  # the second for an unknown encoding
        raise ValueError(f"it is no XML: {error}") from error
    named = {name for name in ("sev", "tdx", "s390-pv") if document.supported.get(name)}
    if document.supported.get("launchSecurity"):
        named |= document.section_types
    encrypted_state_guests = _number(document.values.get("sev/maxESGuests"))
    if "sev" in named and encrypted_state_guests:
        named.add("sev-es")
    return DomainCapabilities(
        reading=reading,
        launch_security=frozenset(named),
        says_launch_security="launchSecurity" in document.supported or bool(named),
        sev_guests=_number(document.values.get("sev/maxGuests")),
        sev_es_guests=encrypted_state_guests,
        enclave_kilobytes=(
            _number(document.values.get("sgx/section_size"))
            if document.supported.get("sgx") and document.unit == "KiB"
            else None
        ),
    )


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return decimal(text)
    except ValueError:
        return None


def _refuse_doctype(*_: object) -> None:
    raise ValueError("it declares a document type")
