"""TCB info and QE identity, as Intel publishes them.

Intel Trusted Services API for the Provisioning Certification Service, version 4: TCB info of
version 3, enclave identity of version 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.intel.signed_json import JsonObject, read_object

_COMPONENTS = 16
_BYTE, _WORD, _LONG = 0xFF, 0xFFFF, 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Standing:
    """What Intel says of a level: its status, since when, and what is wrong below it."""

    status: str
    date: str
    advisories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TcbLevel:
    """A level of a platform, which it reaches by having at least each of these versions."""

    components: tuple[int, ...]
    pcesvn: int
    tdx_components: tuple[int, ...]
    standing: Standing

    @property
    def height(self) -> tuple[tuple[int, ...], int, tuple[int, ...]]:
        """By which levels are in order."""
        return self.components, self.pcesvn, self.tdx_components


@dataclass(frozen=True, slots=True)
class IsvLevel:
    """A level of an enclave or of a TDX module, which it reaches by its security version."""

    isvsvn: int
    standing: Standing


@dataclass(frozen=True, slots=True)
class TdxModule:
    """A TDX module that Intel signed.

    Attributes:
        id: ``TDX_`` and its version; empty for the one without.
        levels: the highest first.
    """

    id: str
    mrsigner: bytes
    attributes: bytes
    attributes_mask: bytes
    levels: Sequence[IsvLevel]


@dataclass(frozen=True, slots=True)
class TcbInfo:
    """The levels of all platforms of one FMSPC.

    Attributes:
        id: ``SGX`` or ``TDX``.
        levels: the highest first.
        module: the TDX module of version 0; None in one for SGX.
    """

    id: str
    issued: datetime
    next_update: datetime
    fmspc: bytes
    pceid: bytes
    evaluation: int
    levels: Sequence[TcbLevel]
    module: TdxModule | None
    modules: Sequence[TdxModule]

    def module_of(self, version: int) -> TdxModule | None:
        """The TDX module of that version; None where Intel names none."""
        if version == 0:
            return self.module
        wanted = f"TDX_{version:02X}"
        return next((one for one in self.modules if one.id.upper() == wanted), None)


@dataclass(frozen=True, slots=True)
class QeIdentity:
    """What Intel's quoting enclave is.

    Attributes:
        id: ``QE`` for SGX, ``TD_QE`` for TDX.
        levels: the highest first.
    """

    id: str
    issued: datetime
    next_update: datetime
    evaluation: int
    miscselect: bytes
    miscselect_mask: bytes
    attributes: bytes
    attributes_mask: bytes
    mrsigner: bytes
    isvprodid: int
    levels: Sequence[IsvLevel]


def parse_tcb_info(data: bytes) -> TcbInfo:
    """A TCB info from the bytes that Intel signed.

    Raises:
        EvidenceError: they are none, or of another version than 3.
    """
    top = read_object(data, "TCB info")
    version = top.number("version", _LONG)
    if version != 3:
        raise EvidenceError(f"TCB info: version {version}; ask version 4 of Intel's API for 3")
    id_ = top.text("id")
    if id_ not in {"SGX", "TDX"}:
        raise EvidenceError(f"TCB info: neither of SGX nor of TDX, but of {id_[:20]!r}")
    tdx = id_ == "TDX"
    if top.number("tcbType", _LONG) != 0:
        raise EvidenceError("TCB info: its type of comparison is not known; known is 0")
    modules = top.objects("tdxModuleIdentities") if top.has("tdxModuleIdentities") else []
    levels = [_tcb_level(one, tdx=tdx) for one in top.objects("tcbLevels")]
    return TcbInfo(
        id=id_,
        issued=top.time("issueDate"),
        next_update=top.time("nextUpdate"),
        fmspc=top.octets("fmspc", 6),
        pceid=top.octets("pceId", 2),
        evaluation=top.number("tcbEvaluationDataNumber", _LONG),
        levels=sorted(levels, key=lambda level: level.height, reverse=True),
        module=_module(top.object("tdxModule"), "", []) if tdx else None,
        modules=[_module(one, one.text("id"), _isv_levels(one)) for one in modules],
    )


def parse_qe_identity(data: bytes) -> QeIdentity:
    """A QE identity from the bytes that Intel signed.

    Raises:
        EvidenceError: they are none, or of another version than 2.
    """
    top = read_object(data, "QE identity")
    version = top.number("version", _LONG)
    if version != 2:
        raise EvidenceError(f"QE identity: version {version}; ask version 4 of Intel's API for 2")
    return QeIdentity(
        id=top.text("id"),
        issued=top.time("issueDate"),
        next_update=top.time("nextUpdate"),
        evaluation=top.number("tcbEvaluationDataNumber", _LONG),
        miscselect=top.octets("miscselect", 4),
        miscselect_mask=top.octets("miscselectMask", 4),
        attributes=top.octets("attributes", 16),
        attributes_mask=top.octets("attributesMask", 16),
        mrsigner=top.octets("mrsigner", 32),
        isvprodid=top.number("isvprodid", _WORD),
        levels=_isv_levels(top),
    )


def _standing(level: JsonObject) -> Standing:
    return Standing(
        status=_plain(level.text("tcbStatus")),
        date=f"{level.time('tcbDate'):%Y-%m-%d}",
        advisories=tuple(_plain(one) for one in level.texts("advisoryIDs")),
    )


def _plain(text: str) -> str:
    """A name as Intel gives them; anything else is written so that it can be printed."""
    return text if text.isascii() and text.isprintable() else ascii(text)


def _tcb_level(level: JsonObject, *, tdx: bool) -> TcbLevel:
    tcb = level.object("tcb")
    return TcbLevel(
        components=_components(tcb, "sgxtcbcomponents"),
        pcesvn=tcb.number("pcesvn", _WORD),
        tdx_components=_components(tcb, "tdxtcbcomponents") if tdx else (),
        standing=_standing(level),
    )


def _components(tcb: JsonObject, key: str) -> tuple[int, ...]:
    found = tuple(one.number("svn", _BYTE) for one in tcb.objects(key))
    if len(found) != _COMPONENTS:
        raise EvidenceError(f"{tcb.where}: {len(found)} of {key}, not {_COMPONENTS}")
    return found


def _module(module: JsonObject, id_: str, levels: Sequence[IsvLevel]) -> TdxModule:
    return TdxModule(
        id=_plain(id_),
        mrsigner=module.octets("mrsigner", 48),
        attributes=module.octets("attributes", 8),
        attributes_mask=module.octets("attributesMask", 8),
        levels=levels,
    )


def _isv_levels(of: JsonObject) -> Sequence[IsvLevel]:
    found = [
        IsvLevel(one.object("tcb").number("isvsvn", _WORD), _standing(one))
        for one in of.objects("tcbLevels")
    ]
    return sorted(found, key=lambda level: level.isvsvn, reverse=True)
