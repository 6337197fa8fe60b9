"""Settings of the kernel that containers share: what they mean, and what is not known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.assessment.kernel_settings import TOPICS, judged_settings
from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.machine.kernel_settings import kernel_settings
from isoscope.inventory.observation import Observation
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from tests.fakes.host import FakeHost, Tree, snapshot_of
from tests.fakes.workloads import a_container, a_host, a_machine, assessed, finding
from tests.unit.machine_readings import snapshot as snapshot_of_readings

PRESENT, ABSENT, UNKNOWN = FindingState.PRESENT, FindingState.ABSENT, FindingState.UNKNOWN
NOT_APPLICABLE = FindingState.NOT_APPLICABLE
Settings = dict[str, Observation[str]]


def settings(
    values: dict[str, str], *, gaps: dict[str, Gap] | None = None, uid: int | None = 0
) -> Settings:
    tree: Tree = {
        path if path.startswith("/") else f"/proc/sys/{path.replace('.', '/')}": f"{value}\n"
        for path, value in values.items()
    }
    flaws: Tree = {
        "/sys/devices/system/cpu/vulnerabilities/spectre_v1": "Not affected\n",
        "/sys/kernel/security/lsm": "capability,yama\n",
    }
    return dict(kernel_settings(snapshot_of(FakeHost(tree | flaws, gaps=gaps, uid=uid))))


def state(identity: str, found: Settings) -> FindingState:
    container = a_container("c")
    judged = assessed(container, host=a_host(kernel_settings_read=found))
    return finding(judged, container, identity).state


@pytest.mark.parametrize(
    ("identity", "values", "expected"),
    [
        ("kernel-addresses-hidden", {"kernel.kptr_restrict": "1"}, PRESENT),
        (
            "kernel-addresses-hidden",
            {"kernel.kptr_restrict": "1", "kernel.dmesg_restrict": "0"},
            ABSENT,
        ),
        ("kernel-profiling-restricted", {"kernel.perf_event_paranoid": "3"}, PRESENT),
        ("kernel-profiling-restricted", {"kernel.perf_event_paranoid": "-1"}, ABSENT),
        ("unprivileged-bpf-off", {"kernel.unprivileged_bpf_disabled": "2"}, PRESENT),
        ("userfaultfd-restricted", {"vm.unprivileged_userfaultfd": "1"}, ABSENT),
        ("links-protected", {"fs.suid_dumpable": "1"}, ABSENT),
        ("kernel-locked-down", {"/sys/kernel/security/lockdown": "none [integrity] x"}, PRESENT),
        ("kernel-locked-down", {"/sys/kernel/security/lockdown": "[none] integrity"}, ABSENT),
        (
            "microcode-current",
            {"/sys/devices/system/cpu/vulnerabilities/old_microcode": "Not affected"},
            PRESENT,
        ),
        (
            "microcode-current",
            {"/sys/devices/system/cpu/vulnerabilities/old_microcode": "Vulnerable"},
            ABSENT,
        ),
        ("user-namespaces-for-all", {"user.max_user_namespaces": "0"}, ABSENT),
        ("user-namespaces-for-all", {"user.max_user_namespaces": "9000"}, PRESENT),
        (
            "user-namespaces-for-all",
            {
                "user.max_user_namespaces": "9000",
                "kernel.apparmor_restrict_unprivileged_userns": "1",
            },
            ABSENT,
        ),
    ],
)
def test_a_value_means(identity: str, values: dict[str, str], expected: FindingState) -> None:
    assert state(identity, settings(values)) is expected


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.id)
def test_what_this_kernel_does_not_have_does_not_apply(topic: object) -> None:
    identity = getattr(topic, "id", "")
    assert state(identity, settings({})) is NOT_APPLICABLE


def test_what_a_captured_tree_lacks_says_nothing() -> None:
    assert state("tracing-scoped", settings({}, uid=None)) is UNKNOWN


def test_what_was_denied_is_unknown() -> None:
    gaps = {"/proc/sys/kernel/kptr_restrict": Gap.DENIED}
    assert state("kernel-addresses-hidden", settings({}, gaps=gaps)) is UNKNOWN


def test_what_nobody_read_is_unknown() -> None:
    assert state("kernel-addresses-hidden", {}) is UNKNOWN


def test_a_guest_has_other_settings() -> None:
    guest = a_machine("g")
    judged = assessed(guest, host=a_host(kernel_settings_read=settings({})))
    assert finding(judged, guest, "tracing-scoped").state is NOT_APPLICABLE


def test_all_workloads_share_one_judgement() -> None:
    found = settings({"kernel.kptr_restrict": "1"})
    assert judged_settings(a_host(kernel_settings_read=found))["kernel-addresses-hidden"].holds
    assert judged_settings(a_host()) == {}


def test_where_securityfs_is_not_mounted_lockdown_is_unknown() -> None:
    found = kernel_settings(snapshot_of(FakeHost({"/proc/sys/kernel/kptr_restrict": "1\n"})))
    assert not found["lockdown"].known


def test_a_guests_microcode_is_decided_below_it() -> None:
    path = "/sys/devices/system/cpu/vulnerabilities/old_microcode"
    for says, expected in (("Not affected", UNKNOWN), ("Vulnerable", ABSENT)):
        container, host = (
            a_container("c"),
            a_host(is_guest=True, kernel_settings_read=settings({path: says})),
        )
        found = finding(assessed(container, host=host), container, "microcode-current")
        assert found.state is expected


@given(st.text(max_size=300))
def test_any_text_is_a_value_or_none(text: str) -> None:
    source = Source(Channel.FILE, "/proc/sys/kernel/kptr_restrict")
    reading = Reading(source, 1.0, "root", text.encode("utf-8", "surrogatepass"))
    found = kernel_settings(snapshot_of_readings(reading))
    assert found["kernel.kptr_restrict"].key == "kernel.kptr_restrict"
