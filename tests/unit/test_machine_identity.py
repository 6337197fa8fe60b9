"""What the host calls itself, and what it has: names, memory, CPUs, swap, page merging, SMT."""

import pytest

from isoscope.inventory.machine import host_facts
from isoscope.inventory.machine.answers import cpu_list, decimal
from isoscope.inventory.machine.facts import parse_lockdown
from isoscope.inventory.machine.identity import parse_os_release
from isoscope.inventory.machine.processor import first_block
from isoscope.inventory.machine.resources import parse_meminfo, parse_swaps
from isoscope.inventory.observation import Doubt
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from tests.unit.machine_readings import (
    cpuid,
    cpuid_vendor,
    cpuinfo,
    directory,
    file,
    gap,
    kernel,
    snapshot,
)

HEADER = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
SMT = "/sys/devices/system/cpu/smt"


def test_names_are_the_running_kernels_where_it_tells_them() -> None:
    facts = host_facts(
        snapshot(
            file("/proc/sys/kernel/hostname", "h1\n"),
            file("/etc/hostname", "old\n"),
            file("/proc/sys/kernel/osrelease", "6.1.0-56-amd64\n"),
            kernel("uname", "uname(2)", {"machine": "aarch64", "release": "6.1.0-56-amd64"}),
            file("/etc/os-release", 'NAME=x\nPRETTY_NAME="Debian \\"12\\""\n'),
        )
    )
    assert facts.name.value == "h1"
    assert facts.kernel.value == "6.1.0-56-amd64"
    assert facts.architecture.value == "aarch64"
    assert facts.operating_system.value == 'Debian "12"'


def test_a_captured_tree_tells_them_by_other_files() -> None:
    facts = host_facts(
        snapshot(
            file("/etc/hostname", "h2\n"),
            file("/proc/version", "Linux version 5.14.0-el9 (b@x) (gcc 11) #1 SMP\n"),
            file("/proc/sys/kernel/arch", "s390x\n"),
            file("/usr/lib/os-release", "NAME='Fedora Linux'\nVERSION=44\n"),
        )
    )
    assert facts.name.value == "h2"
    assert facts.kernel.value == "5.14.0-el9"
    assert facts.architecture.value == "s390x"
    assert facts.operating_system.value == "Fedora Linux 44"


def test_names_that_are_none_are_not_understood() -> None:
    facts = host_facts(
        snapshot(
            file("/proc/sys/kernel/hostname", "\n"),
            file("/etc/os-release", "ID=debian\n"),
            kernel("uname", "uname(2)", {"machine": 5}),
        )
    )
    for observation in (facts.name, facts.operating_system, facts.architecture):
        assert observation.unknown is not None
        assert observation.unknown.reason is Doubt.NOT_UNDERSTOOD


def test_os_release_keeps_what_a_shell_would() -> None:
    assert parse_os_release("PRETTY_NAME='a $b'\n# c\nNAME=x\n") == "a $b"


@pytest.mark.parametrize("text", ["-1", "1_0", "\uff11", "9" * 21, "0x1", "", "1 2"])
def test_only_plain_digits_are_numbers(text: str) -> None:
    with pytest.raises(ValueError, match="decimal"):
        decimal(text)


def test_lists_of_cpus() -> None:
    assert cpu_list("0-3,8\n") == {0, 1, 2, 3, 8}
    for text in ("", "3-1", "0-", "0-99999999", "a"):
        with pytest.raises(ValueError, match=r"\S"):
            cpu_list(text)


def test_memory_is_counted_in_bytes() -> None:
    text = "MemTotal:       24684084 kB\nSwapTotal: 0 kB\n"
    assert host_facts(snapshot(file("/proc/meminfo", text))).memory_bytes.value == 24684084 * 1024
    with pytest.raises(ValueError, match="not in kB"):
        parse_meminfo("MemTotal: 5 MB\n", "MemTotal")


def test_swap_is_active_where_the_list_names_one() -> None:
    assert parse_swaps(HEADER + "/dev/vda2 partition 1 0 -2\n")
    assert not parse_swaps(HEADER)
    with pytest.raises(ValueError, match="header"):
        parse_swaps("")


def test_a_kernel_without_swap_says_so_in_its_memory_figures() -> None:
    figures = file("/proc/meminfo", "SwapTotal: 0 kB\n")
    assert host_facts(snapshot(gap("/proc/swaps", Gap.ABSENT), figures)).swap_active.value is False
    assert not host_facts(snapshot(figures)).swap_active.known


@pytest.mark.parametrize(("run", "merges"), [("0", False), ("1\n", True), ("2", False)])
def test_pages_are_merged_while_ksm_runs(run: str, merges: bool) -> None:
    assert host_facts(snapshot(file("/sys/kernel/mm/ksm/run", run))).page_merging.value is merges


def test_a_kernel_without_ksm_merges_nothing() -> None:
    missing = gap("/sys/kernel/mm/ksm/run", Gap.ABSENT)
    listed = directory("/sys/kernel/mm", "hugepages")
    assert host_facts(snapshot(missing, listed)).page_merging.value is False
    assert not host_facts(snapshot(missing)).page_merging.known
    assert not host_facts(snapshot(missing, directory("/sys/kernel/mm", "ksm"))).page_merging.known


BARE_METAL = (
    cpuinfo(),
    cpuid_vendor("GenuineIntel"),
    cpuid(1),
    *(
        gap(path, Gap.ABSENT)
        for path in (
            "/sys/class/dmi/id/sys_vendor",
            "/sys/class/dmi/id/product_name",
            "/sys/class/dmi/id/bios_vendor",
            "/sys/hypervisor/type",
            "/proc/xen/capabilities",
            "/proc/device-tree/hypervisor/compatible",
            "/proc/sysinfo",
        )
    ),
    Reading(
        Source(Channel.KERNEL, "cpuid", "leaf 0x40000000 subleaf 0"),
        1.0,
        "root",
        gap=Gap.UNSUPPORTED,
    ),
)


def test_siblings_are_off_where_a_bare_machine_says_so() -> None:
    facts = host_facts(snapshot(*BARE_METAL, file(f"{SMT}/active", "0\n")))
    assert facts.is_guest.value is False
    assert facts.smt_active.value is False


def test_a_guest_cannot_know_that_its_cpus_are_no_siblings() -> None:
    for known_guest in ((cpuinfo(flags="hypervisor"),), ()):
        facts = host_facts(snapshot(*known_guest, file(f"{SMT}/active", "0\n")))
        assert facts.smt_active.unknown is not None
        assert facts.smt_active.unknown.reason is Doubt.BELOW_THE_GUEST


def test_siblings_that_a_guest_sees_are_there() -> None:
    facts = host_facts(snapshot(cpuinfo(flags="hypervisor"), file(f"{SMT}/active", "1\n")))
    assert facts.smt_active.value is True


def test_the_control_file_tells_where_the_other_is_missing() -> None:
    absent = gap(f"{SMT}/active", Gap.ABSENT)
    facts = host_facts(snapshot(*BARE_METAL, absent, file(f"{SMT}/control", "forceoff\n")))
    assert facts.smt_active.value is False
    facts = host_facts(snapshot(*BARE_METAL, absent, file(f"{SMT}/control", "notimplemented\n")))
    assert not facts.smt_active.known


def test_lockdown_is_the_word_in_brackets() -> None:
    assert parse_lockdown("none [integrity] confidentiality\n") == "integrity"
    with pytest.raises(ValueError, match="brackets"):
        parse_lockdown("none integrity\n")


def test_the_first_block_of_cpuinfo_must_be_complete() -> None:
    text = "processor: 0\nflags: a b\n\nprocessor: 1\nflags: c\n\n"
    source = Source(Channel.FILE, "/proc/cpuinfo")
    whole = Reading(source, 1.0, "root", content=text.encode())
    cut_later = Reading(source, 1.0, "root", content=text[:40].encode(), truncated=True)
    cut_early = Reading(source, 1.0, "root", content=text[:20].encode(), truncated=True)
    assert first_block(whole)["flags"] == "a b"
    assert first_block(cut_later)["flags"] == "a b"
    assert first_block(cut_early) == {}


def test_settings_of_the_kernel_are_shown_by_their_names() -> None:
    facts = host_facts(
        snapshot(
            file("/proc/sys/kernel/yama/ptrace_scope", "1\n"),
            gap("/proc/sys/net/core/bpf_jit_harden", Gap.DENIED),
            gap("/proc/sys/kernel/sysrq", Gap.ABSENT),
        )
    )
    shown = {o.key: o for o in facts.observations if o.key.startswith("sysctl-")}
    assert shown["sysctl-kernel.yama.ptrace_scope"].value == 1
    assert shown["sysctl-net.core.bpf_jit_harden"].unknown is not None
    assert "sysctl-kernel.sysrq" not in shown


def test_the_control_file_does_not_speak_for_one_that_nobody_read() -> None:
    facts = host_facts(snapshot(*BARE_METAL, file(f"{SMT}/control", "off\n")))
    assert facts.smt_active.unknown is not None
    assert facts.smt_active.unknown.reason is Gap.NOT_READ
