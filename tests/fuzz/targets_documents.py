"""What to feed long: the readers of signed documents, with documents to begin from.

Each function takes any bytes and may raise `EvidenceError` alone. Signatures and chains of the
seeds hold, so that mutations reach what lies behind them.
"""

from collections.abc import Callable, Mapping, Sequence

import cbor2

from isoscope.attestation import bare_key, cbor, cose
from isoscope.attestation.cca import verify as cca
from isoscope.attestation.cca.realm_key import parse_realm_key
from isoscope.attestation.certificate import parse_certificate
from isoscope.attestation.nitro import verify as nitro
from isoscope.attestation.nitro.document import parse_document
from isoscope.attestation.nvidia import verify as nvidia
from isoscope.attestation.nvidia.opaque import opaque_claims
from isoscope.attestation.nvidia.report import parse_report
from isoscope.attestation.question import Question
from tests.fakes.cca import ASKED, cose_key, make_machine, point
from tests.fakes.certificates import p384, pem, public_info
from tests.fakes.nitro import MADE, make_hypervisor
from tests.fakes.nvidia import OPAQUE, make_gpu, message, opaque_field
from tests.fakes.web_keys import web_key

Target = tuple[Callable[[bytes], object], Sequence[bytes]]

_HYPERVISOR = make_hypervisor()
_NITRO = (
    _HYPERVISOR.document(),
    _HYPERVISOR.document(public_key=b"key", user_data=b"data", nonce=b"nonce"),
)

_MACHINE = make_machine()
_CCA = (_MACHINE.token(), _MACHINE.token(tag=907))
_CCA_QUESTION = Question(
    ASKED,
    _MACHINE.roots,
    certificates=[parse_certificate(one.raw) for one in (_MACHINE.root, _MACHINE.cpak)],
    nonce=b"nonce",
)
_GPU = make_gpu()
_NVIDIA = (_GPU.signed(message()), _GPU.signed(message(opaque=b"")))
_NVIDIA_QUESTION = Question(
    ASKED,
    _GPU.roots,
    certificates=[parse_certificate(one.raw) for one in (_GPU.leaf, _GPU.rom, _GPU.root)],
    nonce=bytes(32),
)


def read_cbor(data: bytes) -> object:
    """Any item."""
    return cbor.decode(data, "it")


def read_sign1(data: bytes) -> object:
    """A COSE_Sign1."""
    return cose.sign1_of(cbor.decode(data, "it"), "it")


def verify_nitro(data: bytes) -> object:
    """A whole Nitro document."""
    nitro.recognises(data)
    return nitro.verify(data, Question(MADE, _HYPERVISOR.roots, nonce=b"nonce"))


def verify_nitro_payload(data: bytes) -> object:
    """A payload that is signed, whatever it says."""
    question = Question(MADE, _HYPERVISOR.roots)
    return nitro.verify(_HYPERVISOR.signed(data), question)


def verify_cca(data: bytes) -> object:
    """A whole CCA token."""
    cca.recognises(data)
    return cca.verify(data, _CCA_QUESTION)


def verify_cca_platform(data: bytes) -> object:
    """The payload of a platform that is signed, whatever it says."""
    return cca.verify(_MACHINE.signed(data, cbor2.dumps(_MACHINE.realm())), _CCA_QUESTION)


def verify_cca_realm(data: bytes) -> object:
    """The payload of a realm that is signed, whatever it says."""
    platform = _MACHINE.platform(_MACHINE.realm())
    return cca.verify(_MACHINE.signed(cbor2.dumps(platform), data), _CCA_QUESTION)


def verify_nvidia(data: bytes) -> object:
    """A whole report of a GPU."""
    nvidia.recognises(data)
    return nvidia.verify(data, _NVIDIA_QUESTION)


def verify_nvidia_message(data: bytes) -> object:
    """A request and an answer that are signed, whatever they say."""
    return nvidia.verify(_GPU.signed(data), _NVIDIA_QUESTION)


TARGETS: Mapping[str, Target] = {
    "cbor": (read_cbor, (*_NITRO, *_CCA)),
    "cose": (read_sign1, _NITRO),
    "nitro": (verify_nitro, _NITRO),
    "nitro-document": (parse_document, [cbor2.dumps(_HYPERVISOR.fields())]),
    "nitro-payload": (verify_nitro_payload, [cbor2.dumps(_HYPERVISOR.fields())]),
    "cca": (verify_cca, _CCA),
    "cca-platform": (
        verify_cca_platform,
        [cbor2.dumps(_MACHINE.platform(_MACHINE.realm()))],
    ),
    "cca-realm": (verify_cca_realm, [cbor2.dumps(_MACHINE.realm())]),
    "cca-realm-key": (parse_realm_key, [point(_MACHINE.rak), cose_key(_MACHINE.rak)]),
    "public-key": (
        bare_key.parse_public_key,
        [
            pem(public_info(_MACHINE.cpak.key), label="PUBLIC KEY"),
            web_key(p384("web").public_key(), "P-384"),
        ],
    ),
    "nvidia": (verify_nvidia, _NVIDIA),
    "nvidia-report": (parse_report, _NVIDIA),
    "nvidia-message": (verify_nvidia_message, [message()]),
    "nvidia-opaque": (
        opaque_claims,
        [b"".join(opaque_field(kind, value) for kind, value in OPAQUE.items())],
    ),
}
