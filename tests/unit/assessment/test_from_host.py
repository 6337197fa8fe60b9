"""What the host can do to a workload: shown beside the ladders, deciding no rung."""

from dataclasses import replace

import pytest

from isoscope.assessment.measures import from_host, kept_by_host, run_by_host
from isoscope.assessment.verdict import Finding
from isoscope.assessment.viewpoint import TENANT
from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.reach import Boot, HostSide, OpenSource, Reach, SocketMode
from isoscope.inventory.workload import Attributes, IdMapping, NamespaceKind, Workload
from tests.fakes.workloads import (
    UNREAD,
    WH_C,
    a_container,
    a_host,
    a_machine,
    assessed,
    details,
    finding,
    seen,
)

OPEN, CLOSED = FindingState.PRESENT, FindingState.ABSENT
UNKNOWN = FindingState.UNKNOWN
PIPE = "|/usr/lib/systemd/systemd-coredump"


def reach(**facts: object) -> Reach:
    values = {
        "administrators": {},
        "sockets": (),
        "ptrace_scope": 0,
        "core_pattern": "core",
        "swap_in_clear": (),
        "memory_images": (),
        "storage_in_clear": (),
        "boot": Boot(secure_boot=True, lockdown="integrity", modules_signed=None, measured=True),
        "users": frozenset({0, 1000}),
        "migration_encrypted": True,
        "signatures_required": True,
    } | facts
    return Reach(**{key: seen(key, value) for key, value in values.items()})


def side(**facts: object) -> HostSide:
    values: dict[str, object] = {
        "traced_by": (),
        "core_limit": 0.0,
        "swap": float("inf"),
        "chosen_by_oom": 0,
        "throttled": 0,
        "killed": 0,
    } | facts
    return HostSide(**{key: seen(key, value) for key, value in values.items()})


def judged(
    identity: str, workload: Workload | None = None, of_host: Reach | None = None
) -> Finding:
    one = workload or a_container("c", host_side=side(), says={"details": details()})
    host = replace(a_host(), reach=of_host or reach())
    return finding(assessed(one, host=host), one, identity)


def test_the_host_enters_whatever_is_in_no_tee() -> None:
    assert judged("host-can-enter").state is OPEN
    assert judged("host-can-enter", a_machine("m")).state is OPEN


def test_a_socket_for_all_is_told_by_itself() -> None:
    identity = "manager-socket-open-to-all"
    assert judged(identity).state is CLOSED
    mode = SocketMode("/run/docker.sock", 0o666, 0, 0, reachable=True)
    assert judged(identity, of_host=reach(sockets=(mode,))).state is OPEN
    assert judged(identity, of_host=reach(sockets=UNREAD)).state is UNKNOWN


def test_an_engine_without_root_is_told_on_its_word() -> None:
    def state(workload: Workload) -> FindingState:
        return judged("engine-without-root", workload).state

    def of(**facts: object) -> Workload:
        return a_container("c", says={"details": details(**facts)})

    assert state(of(engine_rootless=True)) is OPEN
    assert state(of(engine_rootless=False)) is CLOSED
    assert state(of(engine_rootless=UNREAD)) is UNKNOWN
    assert state(a_container("c", described=False)) is UNKNOWN
    assert state(a_machine("m")) is FindingState.NOT_APPLICABLE


def test_members_of_groups_and_sockets_for_all_are_as_good_as_root() -> None:
    assert judged("root-equivalent-users").state is UNKNOWN  # on the host's own word only
    members = reach(administrators={"docker": ("alice",)})
    found = judged("root-equivalent-users", of_host=members)
    assert found.state is OPEN
    assert "alice" in found.says
    readers = reach(administrators={"adm": ("alice",)})
    assert judged("root-equivalent-users", of_host=readers).state is UNKNOWN
    for mode, passes, state in (
        (0o666, True, OPEN),
        (0o666, False, UNKNOWN),
        (0o660, True, UNKNOWN),
    ):
        sockets = reach(sockets=(SocketMode("/run/docker.sock", mode, 0, 0, passes),))
        assert judged("root-equivalent-users", of_host=sockets).state is state


def test_whoever_owns_its_user_namespace_can_read_it_whatever_yama_says() -> None:
    rootless = a_container(
        "r",
        in_host_namespace={NamespaceKind.USER: False},
        user_id_map=(IdMapping(0, 1000, 1), IdMapping(1, 100000, 65536)),
    )
    assert judged("same-user-may-trace", rootless, reach(ptrace_scope=1)).state is OPEN


def test_its_owner_is_found_where_it_is_not_root_inside() -> None:
    def kept(cgroup: str) -> FindingState:
        one = a_container(
            "k",
            attributes=Attributes(cgroup=cgroup),
            in_host_namespace={NamespaceKind.USER: False},
            user_id_map=(IdMapping(0, 100000, 1000), IdMapping(1000, 2001, 1)),
        )
        return judged("same-user-may-trace", one).state

    assert kept("/user.slice/user-2001.slice/user@2001.service/user.slice/libpod-x") is OPEN
    assert kept("/machine.slice/libpod-x") is UNKNOWN  # made by root, on the host's word only


@pytest.mark.parametrize(
    ("users", "scope", "state"),
    [
        (frozenset({1000}), 0, OPEN),
        (frozenset({1000}), 1, UNKNOWN),
        (frozenset({33}), 0, UNKNOWN),
        (frozenset({0}), 0, UNKNOWN),
    ],
)
def test_processes_of_its_user_can_read_it_unless_yama_keeps_them(
    users: frozenset[int], scope: int, state: FindingState
) -> None:
    one = a_container("u", host_user_ids=users)
    assert judged("same-user-may-trace", one, reach(ptrace_scope=scope)).state is state


def test_dumps_that_a_program_takes_have_no_limit() -> None:
    def dumped(pattern: str, limit: float) -> FindingState:
        one = a_container("d", host_side=side(core_limit=limit))
        return judged("core-dumps-on-host", one, reach(core_pattern=pattern)).state

    assert dumped(PIPE, 0.0) is OPEN
    assert dumped("core", float("inf")) is OPEN
    assert dumped("core", 0.0) is UNKNOWN  # ruled out, on the host's own word only
    assert dumped("", float("inf")) is UNKNOWN


def test_swap_in_clear_counts_unless_its_cgroup_keeps_it_in_memory() -> None:
    clear = reach(swap_in_clear=("/dev/vda2",))
    assert judged("swapped-in-clear", of_host=clear).state is OPEN
    kept = a_container("s", host_side=side(swap=0.0))
    assert judged("swapped-in-clear", kept, clear).state is UNKNOWN


@pytest.mark.parametrize(
    ("identity", "of_host"),
    [
        ("memory-images-on-disk", reach(memory_images=("hibernation to device 254:2",))),
        ("swapped-in-clear", reach(swap_in_clear=("/dev/vda2",))),
        ("core-dumps-on-host", reach(core_pattern=PIPE)),
    ],
)
def test_what_holds_for_the_host_is_one_finding_for_all(identity: str, of_host: Reach) -> None:
    one, other = (a_container(name, host_side=side()) for name in "ab")
    found = assessed(one, other, host=replace(a_host(), reach=of_host))
    first, second = (finding(found, each, identity) for each in (one, other))
    assert first.state is OPEN
    assert first.observations == second.observations


def test_measures_are_absent_where_the_host_has_none() -> None:
    assert judged("storage-encrypted", of_host=reach(storage_in_clear=("/",))).state is CLOSED
    unverified = Boot(secure_boot=False, lockdown="", modules_signed=None, measured=False)
    assert judged("host-boot-verified", of_host=reach(boot=unverified)).state is CLOSED
    unsaid = Boot(secure_boot=True, lockdown="", modules_signed=None, measured=True)
    assert judged("host-boot-verified", of_host=reach(boot=unsaid)).state is UNKNOWN


def test_what_its_engine_says_of_it_counts_against_it() -> None:
    said = details(image="debian:12", environment=2, survives_engine=False)
    one = a_container("c", says={"details": said})
    assert judged("secrets-in-configuration", one).state is OPEN
    assert judged("image-pinned", one).state is CLOSED
    assert judged("survives-engine-restart", one).state is CLOSED
    assert judged("image-pinned", a_container("k", described=False)).state is UNKNOWN


def test_signatures_and_migration_are_those_of_its_own_manager() -> None:
    lax = reach(signatures_required=False, migration_encrypted=False)
    for engine, state in (("docker", CLOSED), ("podman", CLOSED), ("containerd", UNKNOWN)):
        one = a_container("i", engine=engine)
        assert judged("image-signature-required", one, lax).state is state
        assert judged("migration-encrypted", one, lax).state is not CLOSED
    assert judged("migration-encrypted", a_machine("m"), lax).state is CLOSED


def test_what_is_done_to_it_now_is_open() -> None:
    one = a_container("c", host_side=side(traced_by=("gdb (7)",), killed=2, chosen_by_oom=500))
    assert "gdb (7)" in judged("traced-now", one).says
    assert judged("starved-now", one).state is OPEN
    assert judged("resources-guaranteed", one).state is CLOSED


def test_nothing_that_was_not_read_is_ruled_out_or_open() -> None:
    unread = side(**dict.fromkeys(HostSide.__slots__, UNREAD))
    one = a_container("c", host_side=unread, says={"details": None})
    nothing = Reach()
    shown = {
        declaration.id
        for module in (from_host, kept_by_host, run_by_host)
        for declaration in module.DECLARATIONS
    }
    said = {"host-can-enter", "image-signature-required"}
    for identity in shown - said - {"migration-encrypted", "resources-guaranteed"}:
        assert judged(identity, one, nothing).state is UNKNOWN, identity


def test_they_are_shown_beside_and_move_no_rung() -> None:
    one = a_container("c", tenant="acme", host_side=side(traced_by=("gdb (7)",)))
    for viewpoint in (TENANT,):
        found = assessed(one, viewpoint=viewpoint, host=replace(a_host(), reach=reach()))
        explained = found.explain_workload(one.id, WH_C)
        assert "traced-now" in {item.id for item in explained.beside}
        assert (explained.verdict.low, explained.verdict.high) == (0, 0)
        of_tenant = found.explain_tenant("acme", WH_C)
        assert "traced-now" in {item.id for item in of_tenant.beside}
        assert not any(item.favourable for item in of_tenant.beside)


def test_storage_that_every_user_reaches_is_open() -> None:
    one = a_container("v")
    given = replace(
        one, open_sources=seen("sources", (OpenSource("/srv/data", 0o777, writable=True),))
    )
    found = judged("storage-open-to-host-users", given)
    assert (found.state, "/srv/data (mode 777)" in found.says) == (OPEN, True)
    kept = replace(one, open_sources=seen("sources", ()))
    assert judged("storage-open-to-host-users", kept).state is UNKNOWN  # on the host's word only
    assert judged("storage-open-to-host-users", a_container("k", described=False)).state is UNKNOWN
