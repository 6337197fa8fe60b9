"""What to feed long: the readers of Intel's quotes and collateral, with seeds to begin from.

Each function takes any bytes and may raise `EvidenceError` alone. Some sign what they are given, so
that mutations reach what lies behind the signatures.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from isoscope.attestation.certificate import parse_certificate
from isoscope.attestation.intel.collateral import parse_collateral
from isoscope.attestation.intel.pck import parse_platform
from isoscope.attestation.intel.quote import parse_quote
from isoscope.attestation.intel.signed_json import read_members
from isoscope.attestation.intel.tcb_info import parse_qe_identity, parse_tcb_info
from isoscope.attestation.intel.verify import recognises, verify
from isoscope.attestation.question import Question
from tests.fakes import intel_evidence as fake
from tests.fakes.certificates import pem

Target = tuple[Callable[[bytes], object], Sequence[bytes]]

_PKI = fake.pki()
_QUOTES = (
    fake.make_quote(),
    fake.make_quote(version=5, body_type=3),
    fake.make_quote(version=5, body_type=4),
    fake.make_sgx_quote(),
    fake.make_sgx_quote(version=4),
    fake.make_quote(certification_type=1, certification=bytes(36), trailing=bytes(70)),
)
_LOCAL = (b"\x81".ljust(16, b"\0").ljust(1024, b"\xff"), fake.sgx_report(), b"\xd2" + bytes(9000))
_COLLATERAL = (fake.make_collateral(), fake.make_collateral(tee="SGX"))
_INFOS = tuple(fake.compact(fake.tcb_info(tee)).encode() for tee in ("TDX", "SGX"))
_IDENTITIES = tuple(fake.compact(fake.qe_identity(tee)).encode() for tee in ("TDX", "SGX"))
_PLAIN = Question(fake.NOW, _PKI.roots)
_FULL = replace(_PLAIN, collateral=_COLLATERAL[0])


def verify_quote(data: bytes) -> object:
    """A whole quote, with collateral."""
    recognises(data)
    return verify(data, _FULL)


def verify_body(data: bytes) -> object:
    """A body of any bytes in a quote that is signed."""
    return verify(fake.make_quote(body=data[:4096]), _FULL)


def verify_certification(data: bytes) -> object:
    """Any certification data in a quote that is signed."""
    return verify(fake.make_quote(certification=data), _FULL)


def verify_extension(data: bytes) -> object:
    """Any extension in a PCK certificate that is signed."""
    by = fake.make_pki(sgx=data or b"\0")
    parse_platform(parse_certificate(by.pck.raw))
    return verify(fake.make_quote(by), replace(_FULL, roots=by.roots))


def verify_collateral(data: bytes) -> object:
    """Any collateral, with a quote that is right."""
    return verify(_QUOTES[0], replace(_PLAIN, collateral=data))


def verify_tcb_info(data: bytes) -> object:
    """Any TCB info that is signed."""
    return verify(_QUOTES[1], replace(_PLAIN, collateral=_answer(b"tcbInfo", data)))


def verify_qe_identity(data: bytes) -> object:
    """Any QE identity that is signed."""
    return verify(_QUOTES[0], replace(_PLAIN, collateral=_answer(b"enclaveIdentity", data)))


def _answer(name: bytes, data: bytes) -> bytes:
    """As Intel's service answers, with the chain that it has in a header."""
    signature = fake.signed(fake.key_of(_PKI.signer), data).hex().encode()
    chain = pem(_PKI.signer.raw, _PKI.root.raw).replace(b"\n", b"\\n")
    return b'{"%s":%s,"signature":"%s","tcb_info_issuer_chain":"%s"}' % (
        name,
        data,
        signature,
        chain,
    )


def read_json(data: bytes) -> object:
    """The members of an object."""
    return read_members(data, "it")


TARGETS: Mapping[str, Target] = {
    "intel-quote": (parse_quote, _QUOTES),
    "intel": (verify_quote, (*_QUOTES, *_LOCAL)),
    "intel-body": (verify_body, [fake.td_report(), fake.sgx_report()]),
    "intel-certification": (verify_certification, [_PKI.pck_chain, _PKI.pck.raw]),
    "intel-pck-extension": (verify_extension, [fake.sgx_extension()]),
    "intel-collateral": (verify_collateral, _COLLATERAL),
    "intel-collateral-document": (parse_collateral, _COLLATERAL),
    "intel-tcb-info": (verify_tcb_info, _INFOS),
    "intel-tcb-info-document": (parse_tcb_info, _INFOS),
    "intel-qe-identity": (verify_qe_identity, _IDENTITIES),
    "intel-qe-identity-document": (parse_qe_identity, _IDENTITIES),
    "intel-json": (read_json, (*_COLLATERAL, *_INFOS)),
}
