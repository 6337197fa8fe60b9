"""Nitro documents, CCA tokens and GPU reports as people give them: in text, with keys beside."""

import base64
from collections.abc import Callable
from datetime import datetime

import pytest

from isoscope.attestation.certificate import parse_certificate
from isoscope.attestation.checks import Kind, Outcome, State
from isoscope.attestation.evidence import verify_evidence
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.given_files import GivenFile, sort_files, verify_files
from isoscope.attestation.question import Question
from isoscope.attestation.supplied import sort_supplied
from tests.fakes import cca, nitro, nvidia
from tests.fakes.certificates import p384, pem, public_info
from tests.fakes.web_keys import web_key

HYPERVISOR = nitro.make_hypervisor()
MACHINE = cca.make_machine()
GPU = nvidia.make_gpu()
ROOTS = {**HYPERVISOR.roots, **MACHINE.roots, **GPU.roots}
CERTIFICATES = [
    parse_certificate(one.raw) for one in (MACHINE.root, MACHINE.cpak, GPU.leaf, GPU.rom, GPU.root)
]
EVIDENCE = {
    Kind.AWS_NITRO: (HYPERVISOR.document(), nitro.MADE),
    Kind.ARM_CCA: (MACHINE.token(), cca.ASKED),
    Kind.NVIDIA_GPU: (GPU.signed(nvidia.message()), nvidia.ASKED),
}
WRAPPINGS = {
    "binary": bytes,
    "hexadecimal": lambda data: data.hex().encode(),
    "base64": base64.b64encode,
    "JSON": lambda data: b'{"evidence": "' + base64.b64encode(data) + b'"}',
}


def asked(moment: datetime) -> Question:
    return Question(moment, ROOTS, certificates=CERTIFICATES)


@pytest.mark.parametrize("kind", EVIDENCE)
@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_each_kind_is_found_from_its_bytes(kind: Kind, wrapping: str) -> None:
    data, moment = EVIDENCE[kind]
    wrap: Callable[[bytes], bytes] = WRAPPINGS[wrapping]
    verification = verify_evidence(wrap(data), asked(moment))
    assert verification.kind is kind
    assert verification.outcome is Outcome.VERIFIED
    assert verification.check("binding") is not None


CPAK = public_info(MACHINE.cpak.key)


@pytest.mark.parametrize(
    "content",
    [
        web_key(p384("arm cpak").public_key(), "P-384"),
        b"\n" + web_key(p384("arm cpak").public_key(), "P-384", kid="1"),
        pem(CPAK, label="PUBLIC KEY"),
    ],
)
def test_a_platforms_key_that_lies_beside_its_token_is_used(content: bytes) -> None:
    assert sort_supplied(content).public_keys == [CPAK]
    files = [GivenFile("cpak", content), GivenFile("token.cbor", MACHINE.token())]
    (verified,) = verify_files(sort_files(files), Question(cca.ASKED, {}))
    assert verified.verification is not None
    assert verified.verification.holds("signature")
    root = verified.verification.check("root")
    assert root is not None
    assert root.state is State.NOT_POSSIBLE


def test_keys_of_several_files_are_used_together() -> None:
    other = sort_supplied(pem(public_info(p384("other")), label="PUBLIC KEY"))
    both = other.and_also(sort_supplied(pem(CPAK, label="PUBLIC KEY")))
    assert len(both.public_keys) == 2


def test_a_certificate_with_its_key_beside_is_a_certificate() -> None:
    supplied = sort_supplied(pem(MACHINE.cpak.raw) + pem(CPAK, label="PUBLIC KEY"))
    assert [one.raw for one in supplied.certificates] == [MACHINE.cpak.raw]
    assert not supplied.public_keys


@pytest.mark.parametrize("content", [b'{"kty": "RSA"}', b'{"kty": 1}', b'{"a": {"kty": "EC"}}'])
def test_json_that_is_no_key_of_evidence_is_refused(content: bytes) -> None:
    with pytest.raises(EvidenceError):
        sort_supplied(content)
