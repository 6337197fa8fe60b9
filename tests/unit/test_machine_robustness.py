"""Whatever a snapshot holds, the host's facts come out; less reading never reads better."""

import os
import tarfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isoscope.inventory.host import FlawState, HostFacts, SelinuxState
from isoscope.inventory.machine import host_facts
from isoscope.inventory.observation import Party
from isoscope.inventory.technology import Technology
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Gap, Reading, Source
from probes.collect import collect
from probes.host.captured import CapturedTree
from probes.host.local import LocalHost
from probes.machine import HostProbe
from probes.tee import TeeProbe
from tests.unit.test_machine_identity import BARE_METAL
from tests.unit.test_tee_technologies import amd_host, intel_host, s390_host

CAPTURES = Path(
    os.environ.get("ISOSCOPE_CAPTURES") or Path(__file__).parents[3] / "shared" / "captures"
)

FRAGMENTS = [
    b"",
    b"\n",
    b"\xff\xfe\x00",
    b"Y\n",
    b"1\n",
    b"0-3,5\n",
    b"Vulnerable\n",
    b"Mitigation: x; SMT vulnerable\n",
    b"flags\t: hypervisor sev sgx\n\n",
    b'{"eax": 4294967295, "ebx": 1, "ecx": 2147483648, "edx": 0}',
    b'{"value": -1}',
    b'{"ids": [1e400]}',
    b"[" * 5000,
    b"<domainCapabilities><features><sev supported='yes'/>",
    b"mitigations=off,no_user_kernel -- x",
    b"SELINUX=enforcing",
    b"9" * 5000,
]


@cache
def this_machine() -> Snapshot:
    return collect(LocalHost(), [HostProbe(), TeeProbe()])


def changed(taken: Snapshot, changes: dict[Source, Reading]) -> Snapshot:
    return replace(taken, readings={**taken.readings, **changes})


contents = st.one_of(st.sampled_from(FRAGMENTS), st.binary(max_size=200))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_bytes_of_any_reading_stop_the_facts(data: st.DataObject) -> None:
    taken = data.draw(st.sampled_from([this_machine(), amd_host(), intel_host(), s390_host()]))
    sources = list(taken.readings)
    chosen = data.draw(st.lists(st.sampled_from(sources), min_size=1, max_size=8, unique=True))
    changes = {
        source: Reading(
            source, 1.0, "root", content=data.draw(contents), truncated=data.draw(st.booleans())
        )
        for source in chosen
    }
    facts = host_facts(changed(taken, changes))
    assert len(facts.tees) == len(Technology)


@settings(max_examples=60, deadline=None)
@given(content=contents)
def test_no_bytes_stop_the_facts_even_if_every_reading_holds_them(content: bytes) -> None:
    taken = this_machine()
    changes = {source: Reading(source, 1.0, "root", content=content) for source in taken.readings}
    host_facts(changed(taken, changes))


@pytest.mark.parametrize("reason", list(Gap))
def test_every_gap_everywhere_leaves_facts_without_a_pass(reason: Gap) -> None:
    taken = this_machine()
    changes = {source: Reading(source, 1.0, "root", gap=reason) for source in taken.readings}
    facts = host_facts(changed(taken, changes))
    assert favourable(facts) == set()
    assert not any(tee.available for tee in facts.tees)


def favourable(facts: HostFacts) -> set[str]:
    """What these facts say in a workload's favour, each as one word."""
    found: set[str] = set()
    if facts.selinux.value is not None and facts.selinux.value.state is SelinuxState.ENFORCING:
        found.add("selinux")
    if facts.apparmor.value is not None and facts.apparmor.value.enabled:
        found.add("apparmor")
    for name, flaw in facts.cpu_flaws.items():
        if flaw.value is not None:
            if flaw.value.state in (FlawState.NOT_AFFECTED, FlawState.MITIGATED):
                found.add(f"flaw {name}")
            if Party.OUTER_HYPERVISOR not in flaw.parties:
                found.add(f"flaw {name} is the kernel's own word")
    for name in ("smt_active", "page_merging", "swap_active", "is_guest"):
        if getattr(facts, name).value is False:
            found.add(f"no {name}")
    if facts.vectors_off.value is not None:
        found.add(f"vectors {sorted(facts.vectors_off.value)}")
    return found


def bare_metal() -> Snapshot:
    taken = this_machine()
    kept = {s: r for s, r in taken.readings.items() if not s.target.startswith("/sys/class/dmi")}
    return replace(taken, readings={**kept, **{r.source: r for r in BARE_METAL}})


@pytest.mark.parametrize("host", [this_machine, bare_metal])
def test_removing_a_reading_never_makes_a_fact_more_favourable(host: object) -> None:
    taken: Snapshot = host()  # type: ignore[operator]
    before = favourable(host_facts(taken))
    assert before
    for source in taken.readings:
        after = favourable(host_facts(taken.without(source)))
        assert after <= before, source


@pytest.mark.parametrize("taken", [amd_host(), intel_host(), s390_host()])
def test_removing_a_reading_never_makes_a_tee_available(taken: Snapshot) -> None:
    before = {tee.technology: tee.available for tee in host_facts(taken).tees}
    for source in taken.readings:
        for tee in host_facts(taken.without(source)).tees:
            assert not tee.available or before[tee.technology], (source, tee.technology)


def lab(name: str, root: Path) -> Snapshot:
    """A captured lab, its ``host`` and ``lsm`` trees laid over each other as one root."""
    archive = CAPTURES / name / "capture.tar.xz"
    if not archive.is_file():
        pytest.skip(f"no capture at {archive}; set ISOSCOPE_CAPTURES")
    with tarfile.open(archive) as opened:
        for member in opened:
            parts = Path(member.name).parts
            if len(parts) > 3 and parts[1] in ("host", "lsm") and member.isreg():
                if parts[2] not in ("etc", "proc", "sys"):
                    continue
                place = root.joinpath(*parts[2:])
                place.parent.mkdir(parents=True, exist_ok=True)
                extracted = opened.extractfile(member)
                place.write_bytes(extracted.read() if extracted else b"")
    return collect(CapturedTree(root), [HostProbe(), TeeProbe()])


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("lab-selinux", SelinuxState.PERMISSIVE),
        ("lab-selinux-enforcing", SelinuxState.ENFORCING),
    ],
)
def test_a_real_host_with_selinux(name: str, state: SelinuxState, tmp_path: Path) -> None:
    facts = host_facts(lab(name, tmp_path))
    selinux = facts.selinux.value
    assert selinux is not None
    assert (selinux.state, selinux.policy, selinux.mls) == (state, "default", True)
    assert facts.lsms.value is not None
    assert "selinux" in facts.lsms.value
    assert facts.apparmor.value is not None
    assert not facts.apparmor.value.enabled
    assert facts.kernel.value == "6.1.0-56-amd64"
    assert facts.is_guest.value is True
    assert facts.page_merging.value is False
    spectre = facts.cpu_flaws["spectre_v2"].value
    assert spectre is not None
    assert spectre.state is FlawState.MITIGATED
