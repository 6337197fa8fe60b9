"""What is no collateral is told by its name, and nothing else is raised."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isoscope.attestation.checks import Outcome
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.intel.collateral import parse_collateral
from isoscope.attestation.intel.signed_json import read_members
from tests.fakes import intel_evidence as fake
from tests.unit.attestation.intel_verified import detail, verified


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"{",
        b'{"tcb_info": 1}',
        b'{"tcb_info": "{}", "tcb_info_signature": "00"}',
        b'{"tcbInfo": {}, "signature": "zz"}',
        b'{"root_ca_crl": "3000"}',
        b'{"root_ca_crl": "zz"}',
        b'{"a": 1 "b": 2}',
        b'{"a": 1,}',
        b'{"a": 1, "a": 2}',
        b'{"a": 1} x',
        b'{"a": "\\ud800"}',
        b'{"tcb_info": "\\ud800"}',
        b"\xff{}",
        b'{"a": ' + b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_collateral_is_told_by_its_name(data: bytes) -> None:
    with pytest.raises(EvidenceError, match=r"collateral|list"):
        verified(collateral=data)


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("info", {"version": 2}),
        ("info", {"version": True}),
        ("info", {"id": "TDY"}),
        ("info", {"tcbType": 1}),
        ("info", {"fmspc": "90c06f00000"}),
        ("info", {"issueDate": "yesterday"}),
        ("info", {"tcbLevels": {}}),
        ("info", {"tcbLevels": [1]}),
        ("info", {"tcbLevels": [fake.tcb_level("UpToDate", components=[1] * 15)]}),
        ("info", {"tcbLevels": [fake.tcb_level("UpToDate", pcesvn=1 << 16)]}),
        ("info", {"tcbLevels": [fake.tcb_level("UpToDate", components=[256] * 16)]}),
        ("info", {"tcbLevels": [fake.tcb_level("UpToDate", tdx=None)]}),
        ("info", {"tcbLevels": [fake.tcb_level("UpToDate") | {"advisoryIDs": ["x", 1]}]}),
        ("info", {"tdxModule": None}),
        ("identity", {"version": 1}),
        ("identity", {"mrsigner": "dc"}),
        ("identity", {"tcbLevels": [{"tcb": {"isvsvn": -1}}]}),
    ],
)
def test_a_document_of_another_layout_is_no_collateral(part: str, changes: dict[str, Any]) -> None:
    if part == "info":
        collateral = fake.make_collateral(info=fake.tcb_info(**changes))
    else:
        collateral = fake.make_collateral(identity=fake.qe_identity(**changes))
    with pytest.raises(EvidenceError, match=r"TCB info|QE identity"):
        verified(collateral=collateral)


def test_statuses_and_advisories_can_be_printed_whatever_they_are() -> None:
    level = fake.tcb_level("Up\ud800\x1b[2J", "\n\u202e")
    found = verified(collateral=fake.make_collateral(info=fake.tcb_info(tcbLevels=[level])))
    assert found.claims["tcb_status"].isascii()
    assert found.claims["tcb_status"].isprintable()
    assert detail(found, "tcb").isprintable()


def test_the_bytes_of_a_member_are_those_that_stand_there() -> None:
    members = read_members('{ "a" :\t{ "ü": [1 , 2] }\n, "b":"x" }'.encode(), "test")
    assert members["a"].raw == '{ "ü": [1 , 2] }'.encode()
    assert members["a"].value == {"ü": [1, 2]}
    assert members["b"].raw == b'"x"'


COLLATERAL = fake.make_collateral()


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    edits=st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=4),
    cut=st.integers(0, 1 << 16),
)
def test_mangled_collateral_raises_nothing_else(edits: list[tuple[int, int]], cut: int) -> None:
    changed = bytearray(COLLATERAL)
    for at, value in edits:
        changed[at % len(changed)] = value
    try:
        found = verified(collateral=bytes(changed[: max(cut, 1)]))
    except EvidenceError:
        return
    assert found.outcome in set(Outcome)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(part=st.sampled_from(["info", "identity"]), data=st.data())
def test_a_document_with_any_other_value_in_it_raises_nothing_else(
    part: str, data: st.DataObject
) -> None:
    made = fake.tcb_info() if part == "info" else fake.qe_identity()
    where: Any = made
    while True:
        at = data.draw(st.sampled_from(sorted(where) if isinstance(where, dict) else range(1)))
        if not isinstance(where[at], dict | list) or not where[at] or data.draw(st.booleans()):
            break
        where = where[at]
    where[at] = data.draw(json_values)
    info, identity = (made, None) if part == "info" else (None, made)
    try:
        found = verified(collateral=fake.make_collateral(info=info, identity=identity))
    except EvidenceError:
        return
    assert found.outcome in set(Outcome)


@settings(max_examples=300, deadline=None)
@given(
    st.binary() | st.text().map(str.encode) | json_values.map(lambda one: json.dumps(one).encode())
)
def test_random_bytes_are_no_collateral(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        parse_collateral(data)
