"""Containers behind a kernel of their own: gVisor's sentry and gofer, and Kata's VMM."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.assessment.assess import assess, judge
from isoscope.assessment.viewpoint import OPERATOR
from isoscope.inventory.build import build_inventory
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.sandbox import Sandbox
from isoscope.inventory.sandbox_openings import parse_flags, parse_kata
from isoscope.inventory.workload import Workload
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Gap
from isoscope.snapshot.redact import redacted
from isoscope.snapshot.sandbox_settings import redact_kata
from probes.containerd import ContainerdProbe
from probes.probe import Recorder
from tests.fakes.bundles import (
    CGROUP,
    GOFER,
    RUNSC,
    SENTRY,
    a_configuration,
    a_gofer,
    a_gvisor,
    a_kata,
    a_sentry,
    a_shim,
    a_task,
    called,
    held_by,
)
from tests.fakes.host import (
    HOST_ANSWERS,
    FakeHost,
    Tree,
    a_bind,
    a_container,
    a_host,
    snapshot_of,
)
from tests.fakes.workloads import HW_C, HW_I, NOTHING_REQUIRED


def looked_at(*trees: Tree, gaps: dict[str, Gap] | None = None) -> Snapshot:
    host = FakeHost(a_host(), *trees, gaps=gaps, answers=HOST_ANSWERS)
    recorder = Recorder(float("inf"))
    ContainerdProbe().run(host, recorder)
    return snapshot_of(host, *recorder.close()[0])


def inventory(*trees: Tree, gaps: dict[str, Gap] | None = None) -> Inventory:
    return build_inventory(looked_at(*trees, gaps=gaps))


def only(found: Inventory) -> Workload:
    (workload,) = found.workloads
    return workload


def states(found: Inventory, *identities: str) -> list[bool | str | None]:
    """Whether each holds of the only workload; ``not applicable`` where it means nothing."""
    (judgements,) = judge(found).judgements.values()
    return [
        judgements[each].holds if judgements[each].applicable else "not applicable"
        for each in identities
    ]


def test_gvisor_is_known_by_its_engine_s_word_and_by_what_runs() -> None:
    workload = only(inventory(a_gvisor()))
    assert workload.sandboxed_by is Sandbox.GVISOR
    assert workload.behind_own_kernel
    assert workload.disagreements == ()
    assert workload.process is not None
    assert workload.process.pids == (SENTRY, GOFER)


def test_what_the_host_shows_of_gvisor_is_the_sentry_and_not_the_workload() -> None:
    found = inventory(a_gvisor())
    assert states(found, "own-kernel", "vmm-runs-as-root", "vmm-seccomp-sandbox") == [
        True,
        False,
        True,
    ]
    assert set(
        states(found, "privileged", "host-pid-namespace", "seccomp-filter", "masked-paths-open")
    ) == {"not applicable"}


def test_that_a_row_does_not_apply_rests_on_those_who_say_so() -> None:
    (judgements,) = judge(inventory(a_gvisor())).judgements.values()
    (said,) = judgements["privileged"].observations
    sources = " ".join(piece.source for piece in said.evidence)
    assert "/runtime" in sources
    assert f"/proc/{SENTRY}/exe" in sources
    assert {str(party) for party in said.parties} == {"host-kernel", "container-engine"}


def test_a_sentry_of_root_is_a_monitor_of_root() -> None:
    root = called(held_by(a_container(SENTRY, cgroup=CGROUP), SENTRY), SENTRY, "runsc-sandbox")
    assert states(inventory(a_gvisor() | root), "vmm-runs-as-root") == [True]


def test_what_the_gofer_opens_of_the_host_the_workload_sees() -> None:
    found = inventory(a_gvisor(a_bind("/etc", "/hostetc")))
    assert states(found, "host-system-path-writable", "sensitive-host-path-mounted") == [True, True]
    assert states(inventory(a_gvisor()), "sensitive-host-path-mounted") == [False]


def test_a_volume_that_its_engine_gave_it_read_only_the_sentry_does_not_write() -> None:
    found = inventory(a_gvisor(a_bind("/etc", "/data")))  # read-only by its configuration
    assert states(found, "host-system-path-writable", "sensitive-host-path-mounted") == [
        False,
        True,
    ]


def flagged(*flags: str) -> Tree:
    return a_gvisor(a_bind("/", "/host-run", device="0:22")) | a_sentry(
        "runsc-sandbox", RUNSC, *flags
    )


SOCKET_TABLE = (
    "Num       RefCount Protocol Flags    Type St Inode Path\n"
    "0000000000000000: 00000002 00000000 00010000 0001 01 1234 /run/docker.sock\n"
)


@pytest.mark.parametrize(
    ("flags", "opened", "reached"),
    [
        ((), False, False),
        (("--network=none", "--platform=kvm", "--net-raw=true", "--directfs=false"), False, False),
        (("--network=host",), True, False),
        (("--host-uds=all",), True, True),
        (("--host-uds=none", "--debug-log=/tmp/hunter2"), False, False),
        (("-fsgofer-host-uds",), True, True),
        (("--host-fifo=open",), True, False),
        (("--character-device-policy=passthrough",), True, False),
        (("--nvproxy=true",), True, False),
        (("--nvproxy=false",), False, False),
        (("--allow-flag-override=true",), True, False),
        (("--TESTONLY-unsafe-nonroot=true",), True, False),
        (("--host-uds=hunter2/hunter2",), None, None),
    ],
)
def test_what_gvisor_was_told_to_let_through_is_found(
    flags: tuple[str, ...], opened: bool | None, reached: bool | None
) -> None:
    socket: Tree = {"/proc/net/unix": SOCKET_TABLE}
    found = inventory(flagged(*flags) | socket)
    assert states(found, "sandbox-opened", "engine-socket-mounted") == [opened, reached]
    assert "hunter2" not in looked_at(flagged(*flags)).file(f"/proc/{SENTRY}/cmdline").text()


def test_an_opened_sandbox_is_no_kernel_of_its_own() -> None:
    def lows(*flags: str) -> set[int]:
        found = assess(
            inventory(a_gvisor() | a_sentry("runsc-sandbox", RUNSC, *flags)),
            profile=NOTHING_REQUIRED,
            viewpoint=OPERATOR,
        )
        (workload,) = found.workloads.values()
        return {workload.verdicts[aspect].high for aspect in (HW_C, HW_I)}

    assert lows() == {5}
    assert lows("--network=host") == {3}


def test_what_was_cut_by_an_older_isoscope_leaves_open_what_it_lets_through() -> None:
    old: Tree = {
        f"/proc/{SENTRY}/cmdline": "runsc-sandbox\0[cut by Isoscope: 17 arguments]\0",
        "/proc/net/unix": SOCKET_TABLE,
    }
    found = inventory(flagged() | old)
    assert states(found, "own-kernel", "sandbox-opened", "engine-socket-mounted") == [
        True,
        None,
        None,
    ]


@given(st.lists(st.text(max_size=12), max_size=5))
def test_flags_may_be_anything(flags: list[str]) -> None:
    try:
        found = parse_flags("\0".join(["runsc-sandbox", *flags, "boot", ""]))
    except ValueError:
        return
    assert isinstance(found.openings, tuple)


@pytest.mark.parametrize("runtime", ["", "/usr/bin/runc", "crun"])
def test_processes_that_call_themselves_gvisor_s_do_not_make_it_so(runtime: str) -> None:
    workload = only(inventory(a_gvisor(runtime=runtime)))
    assert workload.sandbox is None
    assert not workload.behind_own_kernel


@pytest.mark.parametrize(
    "others",
    [
        a_sentry(program="/usr/bin/python3"),
        held_by(a_container(52, cgroup=CGROUP), 52),
    ],
)
def test_a_container_in_which_something_else_runs_too_is_not_gvisor_s(others: Tree) -> None:
    assert only(inventory(a_gvisor() | others)).sandbox is None


@pytest.mark.parametrize(
    "gaps",
    [
        {f"/proc/{SENTRY}/exe": Gap.DENIED},
        {f"/proc/{GOFER}/exe": Gap.DENIED},
        {f"/proc/{SENTRY}/cmdline": Gap.DENIED},
    ],
)
def test_what_was_not_seen_of_it_leaves_open_whether_it_is_gvisor(gaps: dict[str, Gap]) -> None:
    found = inventory(a_gvisor(), gaps=gaps)
    workload = only(found)
    assert workload.sandbox is not None
    assert not workload.sandbox.known
    assert states(found, "own-kernel", "privileged", "host-pid-namespace") == [None, None, None]


def test_a_runtime_of_another_name_leaves_open_whether_it_is_gvisor() -> None:
    workload = only(inventory(a_gvisor(runtime="/opt/hardened")))
    assert workload.sandbox is not None
    assert not workload.sandbox.known


def test_without_its_engine_nobody_says_that_it_is_gvisor() -> None:
    found = inventory(a_shim() | a_sentry() | a_gofer()).workloads
    assert found
    for workload in found:
        assert workload.sandbox is not None
        assert not workload.sandbox.known


def test_kata_is_known_by_its_shim_and_by_the_vmm_that_it_holds() -> None:
    found = inventory(a_kata())
    workload = only(found)
    assert (workload.id, workload.pid) == ("containerd:default/web", 60)
    assert workload.sandboxed_by is Sandbox.KATA
    assert states(found, "own-kernel", "vmm-runs-as-root", "privileged") == [
        True,
        False,
        "not applicable",
    ]


def test_what_kata_shares_with_its_guest_and_how_its_vmm_is_made_is_not_known() -> None:
    found = inventory(a_kata())
    assert states(
        found, "sensitive-host-path-mounted", "vmm-control-open", "memory-encrypted-by-tee"
    ) == [None, None, None]


def test_kata_without_a_vmm_in_sight_is_not_known_to_be_one() -> None:
    shim = "/usr/bin/containerd-shim-kata-v2"
    task = a_task("web", SENTRY, a_configuration(CGROUP), shim=shim)
    plain = held_by(a_container(SENTRY, cgroup=CGROUP), SENTRY)
    workload = only(inventory(task | a_shim() | plain))
    assert workload.sandbox is not None
    assert not workload.sandbox.known


KATA = "/opt/kata/share/defaults/kata-containers"


def kata_configuration(*annotations: str, more: str = "") -> str:
    return (
        '[hypervisor.qemu]\npath = "/opt/kata/bin/qemu"\nkernel_params = "token=hunter2"\n'
        f"enable_annotations = {json.dumps(annotations)}\nrootless = false\n{more}"
        "[runtime]\ndisable_guest_seccomp = true\n"
    )


DEFAULT_ANNOTATIONS = ("enable_iommu", "virtio_fs_extra_args", "kernel_params")


@pytest.mark.parametrize(
    ("configurations", "opened"),
    [
        ({}, None),
        ({"configuration-qemu.toml": kata_configuration(*DEFAULT_ANNOTATIONS)}, False),
        ({"configuration.toml": kata_configuration()}, False),
        ({"configuration.toml": kata_configuration(".*")}, True),
        ({"configuration.toml": kata_configuration("enable_iommu", "image")}, True),
        (
            {"configuration.toml": kata_configuration(more='extra_monitor_socket = "qmp"\n')},
            True,
        ),
        (
            {
                "configuration-qemu.toml": kata_configuration("image"),
                "configuration-clh.toml": kata_configuration(),
            },
            None,
        ),
        ({"configuration.toml": "[hypervisor"}, None),
        ({"configuration.toml": kata_configuration("(")}, None),
        ({"configuration.toml": '[hypervisor.qemu]\nenable_annotations = "path"\n'}, None),
        ({"other.toml": kata_configuration(".*")}, None),
    ],
)
def test_what_kata_lets_whoever_starts_a_pod_choose_is_found(
    configurations: dict[str, str], opened: bool | None
) -> None:
    tree: Tree = {f"{KATA}/{name}": text for name, text in configurations.items()}
    taken = looked_at(a_kata() | tree)
    assert states(build_inventory(taken), "sandbox-opened") == [opened]
    for name in configurations:
        kept = taken.file(f"{KATA}/{name}")
        assert "hunter2" not in kept.text()
        assert redacted(kept) == kept


@pytest.mark.parametrize("gap", [Gap.DENIED, Gap.NOT_READ])
def test_a_configuration_of_kata_s_that_was_not_read_may_open_it(gap: Gap) -> None:
    tree: Tree = {f"{KATA}/configuration.toml": kata_configuration()}
    for path in (KATA, f"{KATA}/configuration.toml", "/etc/kata-containers"):
        assert states(inventory(a_kata() | tree, gaps={path: gap}), "sandbox-opened") == [None]


@given(st.text(max_size=60))
def test_a_configuration_of_kata_s_may_hold_anything(text: str) -> None:
    content = f"[hypervisor.q]\n{text}".encode("utf-8", "replace")
    readers: tuple[Callable[[bytes], object], ...] = (
        redact_kata,
        lambda found: parse_kata(found.decode()),
    )
    for read in readers:
        try:
            read(content)
        except ValueError:
            continue


def test_only_containers_in_a_sandbox_can_have_it_opened() -> None:
    plain = held_by(a_container(SENTRY, cgroup=CGROUP), SENTRY)
    task = a_task("web", SENTRY, a_configuration(CGROUP))
    assert states(inventory(task | a_shim() | plain), "sandbox-opened") == ["not applicable"]
