"""Policies of encrypted guests, bit by bit, and those of libvirt's own example domains.

No encrypted guest was seen running: the documents are libvirt's and QEMU's test data.
"""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory import launch_policy
from isoscope.inventory.libvirt_launch import read_launch_security
from isoscope.inventory.workload import LaunchSecurity
from isoscope.inventory.xml_elements import parse_xml

CAPTURES = Path(
    os.environ.get("ISOSCOPE_CAPTURES") or Path(__file__).parents[3] / "shared" / "captures"
)


def domain(name: str) -> LaunchSecurity:
    path = CAPTURES / "attestation" / "libvirt" / "domains" / f"{name}.xml"
    if not path.is_file():
        pytest.skip(f"no capture at {path}; set ISOSCOPE_CAPTURES")
    return read_launch_security(parse_xml(path.read_bytes()))


def test_the_policy_of_sev_forbids_what_its_bits_name() -> None:
    assert launch_policy.sev(0x1).policy == (
        "policy 0x1",
        "debugging forbidden",
        "keys may be shared with other guests",
        "registers open to the host",
        "may be sent to another platform",
    )
    assert launch_policy.sev(0).debug_allowed is True
    strict = launch_policy.sev(0x3F | 0x37010000)
    assert strict.kind == "sev-es"
    assert strict.policy[1:] == (
        "debugging forbidden",
        "keys shared with no other guest",
        "registers encrypted",
        "never sent to another platform",
        "sent within its domain only",
        "sent to platforms with SEV only",
        "firmware 1.55 or newer to be sent to",
    )


def test_the_policy_of_sev_snp_allows_what_its_bits_name() -> None:
    plain = launch_policy.snp(0x30000)
    assert plain.debug_allowed is False
    assert plain.policy[:4] == (
        "policy 0x30000",
        "SMT allowed",
        "migration agent forbidden",
        "debugging forbidden",
    )
    loose = launch_policy.snp(0x30000 | 1 << 18 | 1 << 19)
    assert loose.debug_allowed is True
    assert {"migration agent allowed", "debugging allowed"} <= set(loose.policy)
    assert "one socket only" in launch_policy.snp(0x30000 | 1 << 20).policy
    assert "firmware ABI 1.55 or newer" in launch_policy.snp(0x30137).policy
    assert not any("firmware" in words for words in plain.policy)


@pytest.mark.parametrize("bit", range(8))
def test_any_bit_by_which_the_host_looks_into_a_trust_domain_is_debugging(bit: int) -> None:
    assert launch_policy.tdx(1 << 28 | 1 << bit).debug_allowed is True
    assert launch_policy.tdx(1 << 28).debug_allowed is False
    assert "migration allowed" in launch_policy.tdx(1 << 29).policy


@pytest.mark.parametrize("make", [launch_policy.sev, launch_policy.snp, launch_policy.tdx])
def test_a_policy_that_was_not_said_decides_nothing(make: object) -> None:
    assert callable(make)
    assert make(None).debug_allowed is None
    assert make(None).policy == ()
    for impossible in (-1, 1 << 64):
        with pytest.raises(ValueError, match="bits"):
            make(impossible)


@given(st.integers(0, (1 << 32) - 1))
def test_every_policy_says_what_it_means_for_debugging(policy: int) -> None:
    for made in (launch_policy.sev(policy), launch_policy.snp(policy), launch_policy.tdx(policy)):
        assert made.debug_allowed is not None
        assert made.policy[0] == f"policy {policy:#x}"
    assert ("debugging allowed" in launch_policy.snp(policy).policy) is bool(policy >> 19 & 1)


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("sev", "sev", "policy 0x1"),
        ("sev-direct", "sev", "kernel, initrd and command line are measured"),
        ("sev-snp", "sev-snp", "host data set"),
        ("sev-snp", "sev-snp", "signed by the cloud's key (VLEK), not the chip's"),
        ("sev-snp", "sev-snp", "author key set"),
        ("tdx", "tdx", "MRCONFIGID set"),
        (
            "s390-pv",
            "s390-pv",
            "this only permits the guest to protect itself: it starts unprotected",
        ),
    ],
)
def test_libvirts_example_domains_say_all_that_they_ask_for(
    name: str, kind: str, words: str
) -> None:
    asked = domain(name)
    assert asked.kind == kind
    assert words in asked.policy


def test_memory_for_enclaves_makes_a_domain_no_tee() -> None:
    root = parse_xml(b"<domain><devices><memory model='sgx-epc'/></devices></domain>")
    asked = read_launch_security(root)
    assert asked.kind == "none"
    assert "in no TEE" in asked.look_alike
