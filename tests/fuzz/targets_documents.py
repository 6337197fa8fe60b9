"""What to feed long: the readers of signed documents, with documents to begin from.

Each function takes any bytes and may raise `EvidenceError` alone. Signatures and chains of the
seeds hold, so that mutations reach what lies behind them.
"""

from collections.abc import Callable, Mapping, Sequence

import cbor2

from isoscope.attestation import cbor, cose
from isoscope.attestation.nitro import verify as nitro
from isoscope.attestation.nitro.document import parse_document
from isoscope.attestation.question import Question
from tests.fakes.nitro import MADE, make_hypervisor

Target = tuple[Callable[[bytes], object], Sequence[bytes]]

_HYPERVISOR = make_hypervisor()
_NITRO = (
    _HYPERVISOR.document(),
    _HYPERVISOR.document(public_key=b"key", user_data=b"data", nonce=b"nonce"),
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


TARGETS: Mapping[str, Target] = {
    "cbor": (read_cbor, _NITRO),
    "cose": (read_sign1, _NITRO),
    "nitro": (verify_nitro, _NITRO),
    "nitro-document": (parse_document, [cbor2.dumps(_HYPERVISOR.fields())]),
    "nitro-payload": (verify_nitro_payload, [cbor2.dumps(_HYPERVISOR.fields())]),
}
