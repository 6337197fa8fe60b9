"""What docs/reference-values.md says of reference values is what is done with them."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from isoscope.assessment.tenants import parse_tenant_rules
from isoscope.attestation.binding import _OF_ONE_WORKLOAD
from isoscope.attestation.cca import verify as arm
from isoscope.attestation.checks import Kind
from isoscope.attestation.nitro import verify as aws
from isoscope.attestation.nvidia import verify as gpu
from isoscope.attestation.question import Question
from isoscope.attestation.reference_values import parse_reference_values
from tests.fakes import cca, nitro, nvidia

TEXT = (Path(__file__).parents[3] / "docs" / "reference-values.md").read_text()
EXAMPLES = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
TENANTS, KINDS = EXAMPLES[-1], EXAMPLES[:-1]


def claims() -> Mapping[Kind, Mapping[str, str]]:
    """What evidence of the documents' kinds says."""
    document = nitro.make_hypervisor().document(public_key=b"k", user_data=b"d", nonce=b"n")
    token = cca.make_machine().token()
    opaque = b"".join(nvidia.opaque_field(kind, b"1") for kind in range(1, 33))
    report = nvidia.make_gpu().signed(nvidia.message(opaque=opaque))
    question = Question(nitro.MADE, {})
    return {
        Kind.AWS_NITRO: {**aws.verify(document, question).claims, "pcr8": ""},
        Kind.ARM_CCA: arm.verify(token, question).claims,
        Kind.NVIDIA_GPU: gpu.verify(report, question).claims,
    }


@pytest.mark.parametrize("example", KINDS)
def test_the_examples_are_reference_values(example: str) -> None:
    assert parse_reference_values(example, "example.toml").kinds


def test_the_example_of_a_tenants_file_is_one() -> None:
    rules = parse_tenant_rules(TENANTS, "tenants.toml")
    assert rules.reference_values["acme"].of(Kind.SEV_SNP).allowed


@pytest.mark.parametrize("example", KINDS)
def test_the_examples_name_claims_that_evidence_makes(example: str) -> None:
    made = claims()
    for kind, expected in parse_reference_values(example, "example.toml").kinds.items():
        if kind in made:
            assert set(expected.allowed) <= made[kind].keys()


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_stands_there_with_what_binds_it(kind: Kind) -> None:
    (row,) = (line for line in TEXT.splitlines() if line.startswith(f"| `{kind.value}` |"))
    binding = row.split("|")[3].strip()
    names = [name.replace("_", "-") for name in _OF_ONE_WORKLOAD[kind]]
    assert binding == (", ".join(f"`{name}`" for name in names) or "none")


@pytest.mark.parametrize(
    ("kind", "heading"),
    [
        (Kind.AWS_NITRO, "AWS Nitro Enclaves"),
        (Kind.ARM_CCA, "Arm CCA"),
        (Kind.NVIDIA_GPU, "NVIDIA GPUs"),
    ],
)
def test_the_claims_that_are_listed_are_made(kind: Kind, heading: str) -> None:
    section = TEXT.split(f"### {heading}\n")[1].split("\n#")[0].replace("KIND", "RMM")
    (listed,) = re.findall(r"Further claims:\s+([^.]*)\.", section)
    names = {name.replace("-", "_") for name in re.findall(r"`([^`]+)`", listed)}
    assert names
    assert names <= claims()[kind].keys()
