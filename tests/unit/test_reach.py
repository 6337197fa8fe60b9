"""What the host can do to every workload, read from its files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.build import build_inventory
from isoscope.inventory.host_side import parse_counter, parse_score
from isoscope.inventory.machine.reach import (
    parse_administrators,
    parse_core_pattern,
    parse_migration,
    parse_policy,
)
from isoscope.inventory.machine.resources import parse_swap_areas
from isoscope.inventory.reach import Boot, HostSide, Reach
from isoscope.snapshot.places import SECURE_BOOT
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from isoscope.snapshot.redact import redacted
from isoscope.snapshot.redact_json import redact_json
from tests.fakes.host import FakeHost, Tree, a_container, a_host, a_process, snapshot_of

SWAPS = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
ONE_SWAP = SWAPS + "{}  partition\t1000\t0\t-2\n"


def reach_of(tree: Tree, gaps: dict[str, Gap] | None = None) -> Reach:
    return build_inventory(snapshot_of(FakeHost(a_host() | tree, gaps=gaps))).host.reach


def test_members_of_administrators_groups_are_named_and_no_others_are_kept() -> None:
    reading = Reading(
        Source(Channel.FILE, "/etc/group"),
        1.0,
        "root",
        content=b"docker:secret:998:alice\nusers:x:100:bob\nbroken\nadm:x:4:\n",
    )
    kept = redacted(reading)
    assert kept.content == b"docker:x:998:alice\nadm:x:4:\n"
    assert redacted(kept) == kept
    assert reach_of({}).administrators.value == {"sudo": ("alice",), "docker": ("alice", "carol")}


@pytest.mark.parametrize(
    ("area", "in_clear"),
    [
        ("/dev/vda2", ("/dev/vda2",)),
        ("/dev/dm-0", ()),
        ("/dev/mapper/vg-root", ()),
        ("/dev/zram0", ()),
        ("/swapfile", ()),
        ("/run/swap", ()),
    ],
)
def test_swap_in_clear_is_what_no_dm_crypt_lies_below(area: str, in_clear: tuple[str]) -> None:
    assert reach_of({"/proc/swaps": ONE_SWAP.format(area)}).swap_in_clear.value == in_clear


def test_zram_that_writes_back_to_a_disk_is_swap_in_clear() -> None:
    tree: Tree = {
        "/proc/swaps": ONE_SWAP.format("/dev/zram0"),
        "/sys/block/zram0/backing_dev": "/dev/vdb\n",
    }
    assert reach_of(tree).swap_in_clear.value == ("/dev/zram0",)


def test_whether_swap_is_encrypted_is_unknown_where_block_devices_were_not_seen() -> None:
    swaps: Tree = {"/proc/swaps": ONE_SWAP.format("/dev/dm-0")}
    for place in ("/sys/block", "/sys/block/dm-1", "/proc/swaps"):
        assert not reach_of(swaps, {place: Gap.DENIED}).swap_in_clear.known


def test_storage_is_in_clear_where_one_place_of_a_manager_is() -> None:
    assert reach_of({}).storage_in_clear.value == ()
    mounts = str(a_host()["/proc/self/mountinfo"])
    further = mounts + "50 23 254:9 / /var/lib/docker rw - ext4 /dev/vdb rw\n"
    found = reach_of({"/proc/self/mountinfo": further}).storage_in_clear
    assert found.value == ("/var/lib/docker on /dev/vdb",)


def test_memory_goes_to_disk_by_hibernation_and_by_a_crash_kernel() -> None:
    assert len(reach_of({}).memory_images.value or ()) == 1
    assert reach_of({"/sys/power/resume": "0:0\n"}).memory_images.value == ()
    both = reach_of({"/sys/kernel/kexec_crash_loaded": "1\n"}).memory_images.value
    assert both is not None
    assert len(both) == 2
    for place in ("/sys/power/state", "/sys/power/resume", "/sys/kernel/kexec_crash_loaded"):
        assert not reach_of({}, {place: Gap.DENIED}).memory_images.known


def test_the_boot_is_verified_as_the_firmware_and_the_kernel_say() -> None:
    boot = reach_of({}).boot.value
    assert boot == Boot(secure_boot=True, lockdown="integrity", modules_signed=None, measured=False)
    assert not reach_of({SECURE_BOOT: b"\x06\x00\x00\x00"}).boot.known
    assert not reach_of({}, {SECURE_BOOT: Gap.DENIED}).boot.known


def test_users_of_the_host_are_those_of_processes_that_are_no_workload() -> None:
    tree = a_process(70, uids=(1000,) * 4) | a_container(20, uids=(33,) * 4)
    assert reach_of(tree).users.value == frozenset({0, 1000})


def host_side(tree: Tree, cgroups: int = 2) -> HostSide:
    (workload,) = build_inventory(
        snapshot_of(FakeHost(a_host(cgroups=cgroups), a_container(20, cgroups=cgroups), tree))
    ).workloads
    assert workload.process is not None
    assert workload.process.host_side is not None
    return workload.process.host_side


def test_a_tracer_from_outside_is_named_and_one_of_its_own_is_not() -> None:
    def traced_by(tracer: int) -> Tree:
        status = str(a_container(20)["/proc/20/status"])
        return {"/proc/20/status": status.replace("TracerPid:\t0", f"TracerPid:\t{tracer}")}

    assert host_side({}).traced_by.value == ()
    assert host_side(traced_by(20)).traced_by.value == ()
    debugger = a_process(70, name="gdb")
    assert host_side(debugger | traced_by(70)).traced_by.value == ("gdb (70)",)


def test_limits_and_counters_are_those_of_its_own_cgroup() -> None:
    found = host_side({"/proc/20/oom_score_adj": "-5\n"})
    assert found.throttled.value == 3
    assert found.killed.value == 0
    assert found.swap.value == float("inf")
    assert found.core_limit.value == float("inf")
    assert found.chosen_by_oom.value == -5
    first = host_side({}, cgroups=1)
    assert first.throttled.value == 0
    assert not first.killed.known
    assert not first.swap.known


def test_of_an_environment_it_is_kept_how_many_are_named_like_secrets() -> None:
    kept = redact_json(b'{"Config":{"Env":["PATH=/bin","DB_PASSWORD=x","API_KEY=y"]}}')
    assert b"PATH" not in kept
    assert kept == b'{"Config":{"Env":{"[cut]":3,"[cut] named like secrets":2}}}'
    assert redact_json(kept) == kept


def test_of_the_settings_of_qemu_no_password_is_kept() -> None:
    content = (
        b'vnc_password = "XYZ12345"\n# migrate_tls_force = 1\n  migrate_tls_force = 1\n'
        b'migrate_tls_x509_secret_uuid = "0"\nmigrate_tls_x509_verify = "x"\n'
    )
    reading = Reading(Source(Channel.FILE, "/etc/libvirt/qemu.conf"), 1.0, "root", content=content)
    kept = redacted(reading)
    assert kept.content == b"migrate_tls_force = 1\n"
    assert redacted(kept) == kept


def test_a_guest_is_moved_encrypted_only_where_that_is_forced() -> None:
    assert not parse_migration("")
    assert not parse_migration("migrate_tls_force = 0\n")
    assert parse_migration("migrate_tls_force=1\n")
    with pytest.raises(ValueError, match="decimal"):
        parse_migration("migrate_tls_force = yes\n")


def test_a_policy_that_takes_anything_requires_no_signature() -> None:
    assert not parse_policy('{"default":[{"type":"insecureAcceptAnything"}]}')
    assert parse_policy('{"default":[{"type":"reject"}]}')
    for other in ("{}", '{"default":[]}', "junk"):
        with pytest.raises(ValueError):  # noqa: PT011
            parse_policy(other)


@given(st.text())
def test_parsers_raise_nothing_but_value_errors(text: str) -> None:
    for parse in (
        parse_administrators,
        parse_core_pattern,
        parse_migration,
        parse_policy,
        parse_swap_areas,
        parse_score,
        lambda found: parse_counter(found, "oom_kill"),
    ):
        try:
            parse(text)
        except ValueError:
            continue
