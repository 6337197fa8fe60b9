"""The probes of the host and of its TEEs, on a captured tree and on this machine."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from isoscope.inventory.machine import host_facts
from isoscope.inventory.machine.processor import Processor
from isoscope.snapshot.document import ProbeState, Snapshot
from isoscope.snapshot.places import device_programs_source
from isoscope.snapshot.reading import Channel, Gap
from probes.collect import collect
from probes.cpuid import cpuid, cpuid_source
from probes.device_programs import device_programs
from probes.host.captured import CapturedTree
from probes.host.local import LocalHost
from probes.kvm import VM_TYPES, kvm_capability, kvm_source
from probes.machine import CPUINFO_KEPT, LSM_MODULES, UNAME, HostProbe
from probes.tee import TeeProbe

BLOCK = "processor\t: {}\nvendor_id\t: AuthenticAMD\nflags\t\t: fpu sev hypervisor\n\n"


def tree(root: Path, **files: str) -> Path:
    for path, content in files.items():
        place = root / path.replace("__", "/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)
    return root


def collected(root: Path) -> Snapshot:
    return collect(CapturedTree(root), [HostProbe(), TeeProbe()])


def test_a_captured_tree_is_read_without_asking_this_machine(tmp_path: Path) -> None:
    taken = collected(tree(tmp_path, etc__hostname="captured\n"))
    assert host_facts(taken).name.value == "captured"
    for channel in (Channel.KERNEL, Channel.LIBRARY):
        answers = list(taken.of_channel(channel))
        assert answers
        assert {reading.gap for reading in answers} == {Gap.UNSUPPORTED}


def test_an_empty_tree_is_no_error_of_the_probes(tmp_path: Path) -> None:
    taken = collected(tmp_path)
    assert {probe.state for probe in taken.probes} <= {ProbeState.COMPLETE, ProbeState.INCOMPLETE}
    assert not host_facts(taken).is_guest.known


def test_only_the_beginning_of_a_long_cpuinfo_is_kept(tmp_path: Path) -> None:
    text = "".join(BLOCK.format(number) for number in range(2000))
    taken = collected(tree(tmp_path, proc__cpuinfo=text))
    reading = taken.file("/proc/cpuinfo")
    assert (len(reading.content or b""), reading.truncated) == (CPUINFO_KEPT, True)
    assert host_facts(taken).is_guest.value is True


def test_the_misc_controller_is_read_where_cgroup_v2_is_mounted(tmp_path: Path) -> None:
    mountinfo = "41 31 0:38 / /elsewhere/cg rw,relatime - cgroup2 cgroup2 rw\n"
    tree(tmp_path, proc__self__mountinfo=mountinfo, elsewhere__cg__tasks="")
    (tmp_path / "elsewhere/cg/misc.capacity").write_text("sev 5\n")
    assert collected(tmp_path).file("/elsewhere/cg/misc.capacity").content == b"sev 5\n"


def test_flaws_are_read_as_the_kernel_lists_them(tmp_path: Path) -> None:
    directory = tmp_path / "sys/devices/system/cpu/vulnerabilities"
    directory.mkdir(parents=True)
    (directory / "some_new_flaw").write_text("Vulnerable\n")
    facts = host_facts(collected(tmp_path))
    assert facts.flaw_list.value == ("some_new_flaw",)
    assert facts.cpu_flaws["some_new_flaw"].known


def test_probes_and_inventory_mean_the_same_sources() -> None:
    """They may not import each other, so that the names stand on both sides."""
    empty = Snapshot.of((), collector=LocalHost().collector(), started_at=1.0, finished_at=2.0)
    processor = Processor(empty, None)
    for leaf, subleaf in ((0, 0), (7, 0), (0x12, 2), (0x4000_0000, 0), (0x8000_001F, 0)):
        assert processor.leaf_reading(leaf, subleaf).source == cpuid_source(leaf, subleaf)
    facts = host_facts(empty)
    told = {
        e.source
        for tee in facts.tees
        for s in tee.stages
        for o in s.observations
        for e in o.evidence
    }
    assert str(kvm_source("KVM_CAP_VM_TYPES")) in told
    assert str(UNAME) == facts.architecture.evidence[0].source
    assert str(LSM_MODULES) == "lsm lsm_list_modules(2)"


def test_every_reading_of_the_inventory_is_one_that_a_probe_makes() -> None:
    """A reading that no probe makes would be missing for ever."""
    taken = collect(LocalHost(), [HostProbe(), TeeProbe()])
    for tee in host_facts(taken).tees:
        for stage in tee.stages:
            for observation in stage.observations:
                assert observation.unknown is None or observation.unknown.reason is not Gap.NOT_READ
    for key in (
        "name",
        "operating_system",
        "kernel",
        "architecture",
        "is_guest",
        "lsms",
        "selinux",
        "apparmor",
        "flaw_list",
        "vectors_off",
        "smt_active",
        "page_merging",
        "memory_bytes",
        "online_cpus",
        "swap_active",
    ):
        unknown = getattr(host_facts(taken), key).unknown
        assert unknown is None or unknown.reason is not Gap.NOT_READ, key


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="CPUID is an instruction of x86")
def test_cpuid_of_this_machine_agrees_with_its_kernel() -> None:
    reading = cpuid(LocalHost(), 0)
    if reading.gap is Gap.DENIED:
        pytest.skip("this system forbids executable memory")
    registers = json.loads(reading.text())
    letters = b"".join(registers[r].to_bytes(4, "little") for r in ("ebx", "edx", "ecx"))
    assert f"vendor_id\t: {letters.decode()}\n" in Path("/proc/cpuinfo").read_text()


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="CPUID is an instruction of x86")
def test_leaves_beyond_the_highest_are_not_asked() -> None:
    reading = cpuid(LocalHost(), 0x0FFF_FFFF)
    assert reading.gap in (Gap.UNSUPPORTED, Gap.DENIED)
    if reading.gap is Gap.UNSUPPORTED:
        assert "highest leaf" in reading.detail


NO_NEW_CODE = """
import ctypes
from probes.cpuid import cpuid
from probes.host.local import LocalHost
if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) != 0:  # PR_SET_MDWE, Linux 6.3
    raise SystemExit(77)
print(cpuid(LocalHost(), 0).gap)
"""


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="CPUID is an instruction of x86")
def test_a_policy_against_executable_memory_leaves_a_gap() -> None:
    run = subprocess.run(
        [sys.executable, "-c", NO_NEW_CODE],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode == 77:
        pytest.skip("this kernel cannot forbid executable memory to a process")
    assert run.stdout.strip() == "denied", run.stderr


def test_kvm_of_this_machine_answers_or_says_why_not() -> None:
    reading = kvm_capability(LocalHost(), VM_TYPES)
    if reading.gap is None:
        assert json.loads(reading.text())["value"] >= 0
    else:
        assert reading.gap in (Gap.ABSENT, Gap.DENIED)


def test_nothing_that_names_a_machine_for_good_is_kept() -> None:
    """Serial numbers and environments are nobody's business here."""
    taken = collect(LocalHost(), [HostProbe(), TeeProbe()])
    for source in taken.readings:
        assert not source.target.endswith(("_serial", "_uuid", "environ", "machine-id"))


def test_device_programs_are_asked_of_a_cgroup_and_of_nothing_else(tmp_path: Path) -> None:
    """This kernel answers for a cgroup, or says why not; a directory that is none has no answer."""
    reading = device_programs(LocalHost(), str(tmp_path))
    assert reading.gap is not None
    assert reading.source == device_programs_source(str(tmp_path))
