"""The kernel's words on CPU flaws, and which flaws count against whom."""

import pytest

from isoscope.assessment.cpu_flaws import judged_vectors
from isoscope.inventory.host import AttackVector, FlawState
from isoscope.inventory.machine import host_facts
from isoscope.inventory.machine.attack_vectors import (
    FLAWS_BY_VECTOR,
    kernel_parameters,
    parse_mitigations,
)
from isoscope.inventory.machine.cpu_flaws import parse_flaw, parse_spectre_v2_user
from isoscope.inventory.observation import Doubt, Party
from isoscope.snapshot.reading import Gap
from tests.fakes.workloads import a_host
from tests.unit.machine_readings import cpuinfo, directory, file, gap, snapshot

DIRECTORY = "/sys/devices/system/cpu/vulnerabilities"


@pytest.mark.parametrize(
    ("report", "state"),
    [
        ("Not affected", FlawState.NOT_AFFECTED),
        ("Vulnerable", FlawState.VULNERABLE),
        ("Vulnerable: No microcode", FlawState.VULNERABLE),
        ("Vulnerable: Clear CPU buffers attempted, no microcode", FlawState.VULNERABLE),
        ("Vulnerable: eIBRS with unprivileged eBPF", FlawState.VULNERABLE),
        ("Processor vulnerable", FlawState.VULNERABLE),
        ("KVM: Vulnerable", FlawState.VULNERABLE),
        ("KVM: Mitigation: Split huge pages", FlawState.MITIGATED),
        ("KVM: Mitigation: VMX disabled", FlawState.MITIGATED),
        ("Mitigation: PTI", FlawState.MITIGATED),
        (
            "Mitigation: PTE Inversion; VMX: conditional cache flushes, SMT vulnerable",
            FlawState.MITIGATED,
        ),
        ("Mitigation: Clear CPU buffers; SMT Host state unknown", FlawState.MITIGATED),
        ("Mitigation: safe RET, no microcode", FlawState.VULNERABLE),
        (
            "Mitigation: Retpolines; STIBP: disabled; PBRSB-eIBRS: Not affected; BHI: Vulnerable",
            FlawState.VULNERABLE,
        ),
        (
            "Mitigation: Enhanced / Automatic IBRS; PBRSB-eIBRS: Vulnerable; BHI: Not affected",
            FlawState.VULNERABLE,
        ),
        (
            "Mitigation: Retpolines; BHI: Vulnerable (Syscall hardening enabled)",
            FlawState.VULNERABLE,
        ),
        ("Mitigation: CSV2, but not BHB", FlawState.VULNERABLE),
        ("Mitigation: CSV2, BHB", FlawState.MITIGATED),
        ("Unknown: Dependent on hypervisor status", FlawState.UNKNOWN),
        ("Unknown: No mitigations", FlawState.UNKNOWN),
        ("Unknown (XEN PV detected, hypervisor mitigation required)", FlawState.UNKNOWN),
    ],
)
def test_state_is_the_worst_that_the_kernels_line_admits(report: str, state: FlawState) -> None:
    flaw = parse_flaw("any", report + "\n")
    assert (flaw.state, flaw.report) == (state, report)


def test_sibling_threads_that_stay_exposed_are_told_apart_from_the_state() -> None:
    flaw = parse_flaw("mds", "Mitigation: Clear CPU buffers; SMT vulnerable\n")
    assert (flaw.state, flaw.cross_thread) == (FlawState.MITIGATED, True)
    assert not parse_flaw("mds", "Mitigation: Clear CPU buffers; SMT disabled\n").cross_thread


def test_a_flaw_that_is_open_on_two_vectors_is_named_once() -> None:
    said = "Vulnerable"
    host = a_host(flaws={"mds": said})
    for vector in (AttackVector.USER_USER, AttackVector.GUEST_GUEST):
        assert judged_vectors(host)[vector].says == f"open by the kernel's own report: mds: {said}"


@pytest.mark.parametrize("text", ["", "\n", "probably fine\n", "Not affected at all\n", "M" * 5000])
def test_words_that_the_kernel_does_not_use_are_not_understood(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse_flaw("mds", text)


@pytest.mark.parametrize(
    ("report", "state", "cross_thread"),
    [
        (
            "Mitigation: Retpolines; IBPB: conditional; IBRS_FW; STIBP: conditional; RSB filling",
            FlawState.MITIGATED,
            False,
        ),
        (
            "Mitigation: Retpolines, IBPB: conditional, STIBP: disabled, RSB filling",
            FlawState.MITIGATED,
            True,
        ),
        ("Mitigation: Retpolines; IBPB: disabled; RSB filling", FlawState.VULNERABLE, False),
        (
            "Mitigation: Retpolines; STIBP: disabled; RSB filling; BHI: Retpoline",
            FlawState.VULNERABLE,
            True,
        ),
        (
            "Mitigation: Enhanced / Automatic IBRS; IBPB: always-on; RSB filling; BHI: BHI_DIS_S",
            FlawState.MITIGATED,
            False,
        ),
        ("Vulnerable", FlawState.VULNERABLE, False),
        ("Not affected", FlawState.NOT_AFFECTED, False),
        ("Mitigation: CSV2, BHB", FlawState.MITIGATED, False),
    ],
)
def test_spectre_v2_between_processes_follows_from_ibpb(
    report: str, state: FlawState, cross_thread: bool
) -> None:
    flaw = parse_spectre_v2_user(report)
    assert (flaw.state, flaw.cross_thread) == (state, cross_thread)


def test_a_flaw_that_the_list_names_but_nobody_read_is_unknown() -> None:
    facts = host_facts(
        snapshot(directory(DIRECTORY, "mds", "tsa"), file(f"{DIRECTORY}/mds", "Vulnerable"))
    )
    assert facts.flaw_list.value == ("mds", "tsa")
    assert facts.cpu_flaws["mds"].value is not None
    missing = facts.cpu_flaws["tsa"]
    assert missing.unknown is not None
    assert missing.unknown.reason is Gap.NOT_READ


def test_spectre_v2_between_processes_is_listed_wherever_spectre_v2_is() -> None:
    taken = snapshot(
        directory(DIRECTORY, "spectre_v2", "mds"),
        file(f"{DIRECTORY}/spectre_v2", "Mitigation: Retpolines; STIBP: disabled\n"),
    )
    facts = host_facts(taken)
    assert facts.flaw_list.value == ("mds", "spectre_v2", "spectre_v2_user")
    assert set(facts.cpu_flaws) == set(facts.flaw_list.value)


def test_a_report_counts_without_the_list() -> None:
    facts = host_facts(snapshot(file(f"{DIRECTORY}/retbleed", "Vulnerable\n")))
    assert not facts.flaw_list.known
    flaw = facts.cpu_flaws["retbleed"].value
    assert flaw is not None
    assert flaw.state is FlawState.VULNERABLE


def test_a_denied_report_keeps_its_reason() -> None:
    facts = host_facts(snapshot(directory(DIRECTORY, "mds"), gap(f"{DIRECTORY}/mds", Gap.DENIED)))
    unknown = facts.cpu_flaws["mds"].unknown
    assert unknown is not None
    assert (unknown.reason, unknown.settled_by) == (Gap.DENIED, "run Isoscope as root")


def test_names_that_are_no_flaws_make_the_list_unknown() -> None:
    facts = host_facts(snapshot(directory(DIRECTORY, "mds", "../../etc")))
    assert facts.flaw_list.unknown is not None
    assert facts.flaw_list.unknown.reason is Doubt.NOT_UNDERSTOOD


def test_a_guests_report_is_also_the_word_of_the_hypervisor_below() -> None:
    report = file(f"{DIRECTORY}/mds", "Not affected\n")
    guest = host_facts(snapshot(report, cpuinfo(flags="hypervisor")))
    not_known = host_facts(snapshot(report))
    assert Party.OUTER_HYPERVISOR in guest.cpu_flaws["mds"].parties
    assert Party.OUTER_HYPERVISOR in not_known.cpu_flaws["mds"].parties


def test_the_kernels_table_is_kept_row_by_row() -> None:
    """attack_vector_controls.rst of Linux 6.18: one row per flaw, U-K U-U G-H G-G X-T."""
    rows = {
        "indirect_target_selection": "K H",
        "gather_data_sampling": "K U H G T",
        "l1tf": "K H T",
        "mds": "K U H G T",
        "mmio_stale_data": "K U H G T",
        "meltdown": "K",
        "retbleed": "K H T",
        "reg_file_data_sampling": "K U H G",
        "spectre_v1": "K",
        "spectre_v2": "K H",
        "spectre_v2_user": "U G T",
        "srbds": "K U H G",
        "spec_rstack_overflow": "K U H G",
        "spec_store_bypass": "U",
        "tsx_async_abort": "K U H G T",
        "tsa": "K U H G",
        "vmscape": "H",
    }
    letters = dict(zip(AttackVector, "KUHGT", strict=True))
    written = {
        name: " ".join(letters[v] for v in AttackVector if name in FLAWS_BY_VECTOR[v])
        for name in set().union(*FLAWS_BY_VECTOR.values())
    }
    assert written == rows


@pytest.mark.parametrize(
    ("command_line", "off"),
    [
        ("quiet", set()),
        ("mitigations=auto,nosmt", set()),
        ("mitigations=,no_cross_thread", {AttackVector.CROSS_THREAD}),
        ("mitigations=off", set(AttackVector)),
        (
            "mitigations=auto,no_guest_host,no_guest_guest quiet",
            {AttackVector.GUEST_HOST, AttackVector.GUEST_GUEST},
        ),
        (
            "mitigations=auto,no_user_kernel,no_user_user",
            {AttackVector.USER_KERNEL, AttackVector.USER_USER},
        ),
        ("quiet -- mitigations=off", set()),
        ('dyndbg="file a mitigations=off" mitigations=auto', set()),
    ],
)
def test_vectors_that_the_command_line_switches_off(
    command_line: str, off: set[AttackVector]
) -> None:
    assert parse_mitigations(command_line) == off


def test_an_option_that_nobody_knows_leaves_the_vectors_unknown() -> None:
    facts = host_facts(snapshot(file("/proc/cmdline", "mitigations=[cut]\n")))
    assert facts.vectors_off.unknown is not None
    assert facts.vectors_off.unknown.reason is Doubt.NOT_UNDERSTOOD


def test_dashes_in_names_of_parameters_count_as_underscores() -> None:
    assert list(kernel_parameters("a-b=c-d e")) == [("a_b", "c-d"), ("e", "")]
