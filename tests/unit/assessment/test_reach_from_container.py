"""What else of the host a container reaches: sockets, devices, namespaces, files that it leaves."""

from dataclasses import replace
from typing import Any

import pytest

from isoscope.assessment.capabilities import mask
from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.declared import GivenFilter
from isoscope.inventory.file_types import FileType
from isoscope.inventory.reach import Delegation, Reach
from isoscope.inventory.service_sockets import SYSTEM_BUS, ServiceSocket
from isoscope.inventory.workload import (
    Capabilities,
    DeviceRule,
    IdMapping,
    Mount,
    NamespaceKind,
    SeccompMode,
    SecurityLabel,
)
from isoscope.snapshot.reading import Gap
from tests.fakes.workloads import (
    DOCKER_DEFAULT,
    FILTERED,
    HOST_MOUNTS,
    HW_C,
    HW_I,
    UNREAD,
    a_container,
    a_host,
    a_machine,
    a_mount,
    assessed,
    details,
    finding,
    own_mounts,
    rungs,
    seen,
)

PRESENT, ABSENT, UNKNOWN = FindingState.PRESENT, FindingState.ABSENT, FindingState.UNKNOWN
NOT_APPLICABLE = FindingState.NOT_APPLICABLE
REMAPPED = {"user_id_map": (IdMapping(0, 165536, 65536),), "capabilities_hold_on_host": False}
UNCONFINED = SecurityLabel("none", "", enforced=False)
SELINUX = SecurityLabel("selinux", "container_t", enforced=True)
BUS = ServiceSocket("/run/dbus/system_bus_socket", SYSTEM_BUS)
DISPLAY = ServiceSocket("/tmp/.X11-unix/X0", "an X display")
BUS_MOUNT = a_mount("/dbus", "/run/dbus", device="0:25", kind="tmpfs", source="tmpfs")
DISPLAY_MOUNT = a_mount("/tmp/.X11-unix/X0", "/tmp/.X11-unix/X0")


def state_of(identity: str, facts: dict[str, Any], **inventory: Any) -> FindingState:  # noqa: ANN401
    container = a_container("c", **facts)
    return finding(assessed(container, **inventory), container, identity).state


def mounting(*mounts: Mount) -> dict[str, Any]:
    return {"mounts": own_mounts(902, *mounts)}


@pytest.mark.parametrize(
    ("mount", "services", "state"),
    [
        (BUS_MOUNT, (BUS, DISPLAY), PRESENT),
        (DISPLAY_MOUNT, (BUS, DISPLAY), PRESENT),
        (replace(DISPLAY_MOUNT, writable=False), (DISPLAY,), PRESENT),
        (DISPLAY_MOUNT, (BUS,), ABSENT),
        (BUS_MOUNT, (), ABSENT),
        (BUS_MOUNT, UNREAD, UNKNOWN),
    ],
)
def test_a_socket_is_reached_through_a_mount(
    mount: Mount, services: object, state: FindingState
) -> None:
    facts = mounting(mount)
    assert state_of("service-socket-mounted", facts, service_sockets=services) is state


def test_a_socket_that_lies_nowhere_known_leaves_it_open() -> None:
    found = state_of(
        "service-socket-mounted",
        mounting(),
        service_sockets=(BUS,),
        host_mounts=[m for m in HOST_MOUNTS if m.mount_point == "/proc"],
    )
    assert found is UNKNOWN


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({"label": UNCONFINED}, PRESENT),
        ({"label": SELINUX}, ABSENT),
        ({"label": FILTERED}, UNKNOWN),
        ({"label": UNREAD}, UNKNOWN),
        ({"label": UNCONFINED, **REMAPPED}, ABSENT),
    ],
)
def test_the_system_bus_takes_orders_from_root(facts: dict[str, Any], state: FindingState) -> None:
    given = {**mounting(BUS_MOUNT), **facts}
    assert state_of("system-bus-open-to-root", given, service_sockets=(BUS,)) is state


def test_a_display_is_no_bus() -> None:
    facts = {**mounting(DISPLAY_MOUNT), "label": UNCONFINED}
    assert state_of("system-bus-open-to-root", facts, service_sockets=(BUS, DISPLAY)) is ABSENT


@pytest.mark.parametrize("aspect", [HW_C, HW_I])
def test_a_service_weakens_and_the_bus_gives_the_host_away(aspect: Any) -> None:  # noqa: ANN401
    display = a_container("c", **mounting(DISPLAY_MOUNT))
    assert rungs(assessed(display, service_sockets=(DISPLAY,)), display, aspect) == (1, 1)
    bus = a_container("c", **mounting(BUS_MOUNT), label=UNCONFINED)
    assert rungs(assessed(bus, service_sockets=(BUS,)), bus, aspect) == (0, 0)


@pytest.mark.parametrize(
    ("shared", "names", "state"),
    [
        (True, ("@/tmp/.X11-unix/X0",), PRESENT),
        (True, (), ABSENT),
        (True, UNREAD, UNKNOWN),
        (False, UNREAD, ABSENT),
        (UNREAD, ("@x",), UNKNOWN),
    ],
)
def test_abstract_sockets_are_open_to_whoever_shares_the_network(
    shared: object, names: object, state: FindingState
) -> None:
    facts = {"in_host_namespace": {NamespaceKind.NETWORK: shared}}
    assert state_of("abstract-sockets-reachable", facts, abstract_sockets=names) is state


@pytest.mark.parametrize(
    ("kind", "identity"),
    [(NamespaceKind.UTS, "host-uts-namespace"), (NamespaceKind.CGROUP, "host-cgroup-namespace")],
)
def test_a_namespace_of_the_host_is_shown_and_decides_no_rung(
    kind: NamespaceKind, identity: str
) -> None:
    plain = a_container("c")
    inside = a_container("c", in_host_namespace={kind: True})
    assert finding(assessed(inside), inside, identity).state is PRESENT
    assert finding(assessed(plain), plain, identity).state is ABSENT
    assert rungs(assessed(inside), inside, HW_I) == rungs(assessed(plain), plain, HW_I)


@pytest.mark.parametrize(
    ("pattern", "state"),
    [
        ("|/usr/lib/systemd/systemd-coredump %P", PRESENT),
        ("@/run/systemd/coredump.socket", PRESENT),
        ("core", ABSENT),
        (UNREAD, UNKNOWN),
    ],
)
def test_dumps_go_to_a_program_of_the_host(pattern: object, state: FindingState) -> None:
    host = replace(a_host(), reach=Reach(core_pattern=seen("core-pattern", pattern)))
    assert state_of("core-dumps-handled-by-host", {}, host=host) is state


def at(place: str, *options: str) -> Mount:
    mount = a_mount("/", place, device="8:1", source="/dev/sda1")
    return replace(mount, options=frozenset(("rw", *options)))


DATA = a_mount("/data", "/data", device="8:1", source="/dev/sda1")


@pytest.mark.parametrize(
    ("host_options", "facts", "state"),
    [
        ((), {}, PRESENT),
        (("nosuid",), {}, PRESENT),
        (("nosuid", "nodev"), {}, ABSENT),
        ((), REMAPPED, ABSENT),
        ((), {"user_id_map": UNREAD, "capabilities_hold_on_host": UNREAD}, UNKNOWN),
        ((), {"mounts": UNREAD}, UNKNOWN),
    ],
)
def test_what_it_leaves_counts_as_the_host_mounts_it(
    host_options: tuple[str, ...], facts: dict[str, Any], state: FindingState
) -> None:
    host = (*HOST_MOUNTS, at("/srv", *host_options))
    given = {**mounting(DATA), **facts}
    found = state_of("set-user-id-on-host-path", given, host_mounts=host, file_types=A_DIRECTORY)
    assert found is state


A_DIRECTORY = {"/srv/data": FileType.DIRECTORY}


@pytest.mark.parametrize(
    ("types", "state"),
    [
        (A_DIRECTORY, PRESENT),
        ({"/srv/data": FileType.REGULAR}, PRESENT),
        ({"/srv/data": FileType.OTHER}, ABSENT),
        ({}, UNKNOWN),
    ],
)
def test_on_a_socket_it_leaves_nothing(types: dict[str, FileType], state: FindingState) -> None:
    host = (*HOST_MOUNTS, at("/srv"))
    found = state_of("set-user-id-on-host-path", mounting(DATA), host_mounts=host, file_types=types)
    assert found is state


def test_the_root_of_a_file_system_is_a_directory() -> None:
    root = replace(DATA, root="/")
    host = (*HOST_MOUNTS, at("/srv"))
    assert state_of("set-user-id-on-host-path", mounting(root), host_mounts=host) is PRESENT


def test_what_it_may_only_read_it_leaves_nothing_on() -> None:
    host = (*HOST_MOUNTS, at("/srv"))
    facts = mounting(replace(DATA, writable=False))
    assert state_of("set-user-id-on-host-path", facts, host_mounts=host) is ABSENT


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({"host_user_ids": frozenset({0})}, ABSENT),
        ({"host_user_ids": frozenset({1000})}, PRESENT),
        ({"host_user_ids": frozenset({165536}), **REMAPPED}, ABSENT),
        ({"host_user_ids": frozenset({166536}), **REMAPPED}, PRESENT),
        ({"host_user_ids": UNREAD}, UNKNOWN),
        ({"host_user_ids": frozenset({1000}), "user_id_map": UNREAD}, UNKNOWN),
        ({"host_user_ids": frozenset({0}), "user_id_map": UNREAD}, ABSENT),
    ],
)
def test_root_counts_inside_and_outside(facts: dict[str, Any], state: FindingState) -> None:
    assert state_of("runs-without-root", facts) is state


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({}, PRESENT),
        ({"built_in_filter": False}, UNKNOWN),
        ({"built_in_filter": UNREAD}, UNKNOWN),
        ({"given_filter": GivenFilter("of its own", False, 1, keeps_away=True)}, PRESENT),
        ({"given_filter": GivenFilter("of its own", True, 0, keeps_away=True)}, ABSENT),
        ({"given_filter": GivenFilter("/p.json", allows_the_rest=None)}, UNKNOWN),
        ({"given_filter": UNREAD}, UNKNOWN),
    ],
)
def test_a_filter_names_what_it_allows(said: dict[str, object], state: FindingState) -> None:
    assert state_of("seccomp-allow-list", {"says": {"details": details(**said)}}) is state


def test_no_filter_allows_everything() -> None:
    facts = {"says": {"details": details()}, "seccomp": SeccompMode.DISABLED}
    assert state_of("seccomp-allow-list", facts) is ABSENT
    assert state_of("seccomp-allow-list", {"described": False}) is UNKNOWN


def rules(*numbers: str, access: str = "rwm") -> dict[str, Any]:
    return {"device_rules": tuple(DeviceRule("c", number, access) for number in numbers)}


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, ABSENT),
        (rules("1:3", "136:*", "10:200"), ABSENT),
        (rules("*:*", access="m"), ABSENT),
        (rules("10:229"), PRESENT),
        (rules("226:128"), PRESENT),
        (rules("240:7"), PRESENT),
        ({"device_rules": (DeviceRule("a", "*:*", "rwm"),)}, PRESENT),
        ({"device_rules": (DeviceRule("b", "8:0", "rw"),)}, ABSENT),
        ({**rules("10:229"), **REMAPPED}, ABSENT),
        (
            {
                **rules("10:229"),
                **REMAPPED,
                **mounting(a_mount("/fuse", "/dev/fuse", device="0:6", kind="devtmpfs")),
            },
            PRESENT,
        ),
        ({"device_rules": UNREAD}, UNKNOWN),
    ],
)
def test_a_device_beyond_those_of_all_is_told(facts: dict[str, Any], state: FindingState) -> None:
    assert state_of("further-devices-allowed", facts) is state


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ((), ABSENT),
        (("/dev/fuse",), PRESENT),
        (("/dev/null",), ABSENT),
        (("/dev/own-thing",), PRESENT),
        (("c 226:* rwm",), PRESENT),
        (("b 8:* rwm",), ABSENT),
        (UNREAD, UNKNOWN),
    ],
)
def test_where_the_kernel_does_not_show_it_the_engine_is_asked(
    given: object, state: FindingState
) -> None:
    unshown = replace(UNREAD, reason=Gap.UNSUPPORTED)
    facts = {"device_rules": unshown, "says": {"devices": given}}
    assert state_of("further-devices-allowed", facts) is state


@pytest.mark.parametrize(
    "identity",
    [
        "service-socket-mounted",
        "system-bus-open-to-root",
        "abstract-sockets-reachable",
        "host-uts-namespace",
        "host-cgroup-namespace",
        "core-dumps-handled-by-host",
        "set-user-id-on-host-path",
        "runs-without-root",
        "root-is-somebody-outside",
        "seccomp-allow-list",
        "further-devices-allowed",
    ],
)
def test_none_of_it_is_asked_of_a_guest(identity: str) -> None:
    guest = a_machine("g")
    assert finding(assessed(guest), guest, identity).state is NOT_APPLICABLE


@pytest.mark.parametrize(("whose", "state"), [("c" * 64, ABSENT), ("d" * 64, PRESENT)])
def test_an_engine_keeps_its_files_where_it_wants_to(whose: str, state: FindingState) -> None:
    hosts = a_mount(f"/srv/engine/containers/{whose}/hosts", "/etc/hosts")
    container = a_container("c" * 64, **mounting(hosts))
    read = {f"/srv/engine/containers/{whose}/hosts": FileType.REGULAR}
    found = finding(assessed(container, file_types=read), container, "set-user-id-on-host-path")
    assert found.state is state


CGROUP = a_mount("/", "/cg", device="0:40", kind="cgroup", source="cgroup")
SYS_ADMIN = Capabilities(
    DOCKER_DEFAULT.effective, DOCKER_DEFAULT.bounding | mask("SYS_ADMIN"), DOCKER_DEFAULT.last
)


@pytest.mark.parametrize(
    ("facts", "kernel", "state"),
    [
        (mounting(CGROUP), "6.1.0-40-amd64", ABSENT),
        (mounting(CGROUP), "5.17.1", ABSENT),
        (mounting(CGROUP), "5.10.0-8-amd64", UNKNOWN),
        (mounting(CGROUP), UNREAD, UNKNOWN),
        ({**mounting(CGROUP), "capabilities": SYS_ADMIN}, "6.1.0", PRESENT),
        ({**mounting(CGROUP), "capabilities": SYS_ADMIN}, UNREAD, PRESENT),
        ({**mounting(CGROUP), "capabilities": SYS_ADMIN, **REMAPPED}, "5.10.0", ABSENT),
        ({**mounting(CGROUP), **REMAPPED}, "5.10.0", ABSENT),
        (mounting(replace(CGROUP, root="/docker/c")), "5.10.0", ABSENT),
        (mounting(replace(CGROUP, writable=False)), "5.10.0", ABSENT),
        (mounting(replace(CGROUP, file_system="cgroup2")), "5.10.0", ABSENT),
        ({"mounts": UNREAD}, "6.1.0", UNKNOWN),
    ],
)
def test_release_agent_is_the_hosts_unless_the_kernel_asks_for_more(
    facts: dict[str, Any], kernel: object, state: FindingState
) -> None:
    assert state_of("release-agent-writable", facts, host=a_host(kernel=kernel)) is state


def test_a_policy_that_it_writes_is_a_setting() -> None:
    policy = a_mount("/", "/sys/fs/selinux", device="0:50", kind="selinuxfs", source="selinuxfs")
    assert state_of("kernel-settings-writable", mounting(policy)) is PRESENT


HIDDEN = replace(a_mount("/etc", "/x/etc"), covered=True)
WITHOUT_SYS_ADMIN = {"no_new_privileges": True}


@pytest.mark.parametrize(
    ("mounts", "facts", "state"),
    [
        ((HIDDEN,), {}, ABSENT),
        ((HIDDEN,), {"capabilities": SYS_ADMIN}, UNKNOWN),
        ((HIDDEN,), {"capabilities": SYS_ADMIN, **WITHOUT_SYS_ADMIN}, ABSENT),
        ((HIDDEN,), {"capabilities": UNREAD}, UNKNOWN),
        ((HIDDEN, replace(HIDDEN, covered=False)), {}, PRESENT),
    ],
)
@pytest.mark.parametrize("identity", ["sensitive-host-path-mounted", "host-system-path-writable"])
def test_what_lies_below_another_mount_is_reached_by_who_takes_that_away(
    identity: str, mounts: tuple[Mount, ...], facts: dict[str, Any], state: FindingState
) -> None:
    assert state_of(identity, {**mounting(*mounts), **facts}) is state


@pytest.mark.parametrize(
    ("root", "at", "state"),
    [
        ("/usr/lib/os-release", "/run/host/os-release", ABSENT),
        ("/usr/lib", "/run/host/lib", PRESENT),
    ],
)
def test_what_system_containers_are_shown_by_default_is_no_finding(
    root: str, at: str, state: FindingState
) -> None:
    shown = a_mount(root, at, writable=False)
    assert state_of("sensitive-host-path-mounted", mounting(shown)) is state


def test_what_may_be_uncovered_is_nothing_where_no_user_is_the_hosts_root() -> None:
    facts = {**mounting(HIDDEN), "capabilities": SYS_ADMIN, **REMAPPED}
    assert state_of("host-system-path-writable", facts) is ABSENT
    assert state_of("sensitive-host-path-mounted", facts) is UNKNOWN


ALICE = {0: "root", 1000: "alice"}
DELEGATED = (Delegation("alice", 100000, 65536),)


@pytest.mark.parametrize(
    ("outside", "known_accounts", "delegated", "state"),
    [
        (0, UNREAD, UNREAD, PRESENT),
        (1000, ALICE, DELEGATED, PRESENT),
        (1000, ALICE, UNREAD, PRESENT),
        (100000, ALICE, DELEGATED, ABSENT),
        (100000, ALICE, (), UNKNOWN),
        (100000, UNREAD, DELEGATED, UNKNOWN),
        (100000, ALICE, UNREAD, UNKNOWN),
        (1506344960, ALICE, UNREAD, ABSENT),
        (UNREAD, ALICE, DELEGATED, UNKNOWN),
    ],
)
def test_root_inside_is_somebody_or_nobody_outside(
    outside: object, known_accounts: object, delegated: object, state: FindingState
) -> None:
    extents = (IdMapping(0, outside, 65536),) if isinstance(outside, int) else outside
    reach = Reach(
        accounts=seen("accounts", known_accounts), delegations=seen("delegations", delegated)
    )
    host = replace(a_host(), reach=reach)
    assert state_of("root-is-somebody-outside", {"user_id_map": extents}, host=host) is state


def test_without_root_inside_it_is_nobody() -> None:
    facts = {"user_id_map": (IdMapping(1000, 1000, 1),)}
    assert state_of("root-is-somebody-outside", facts) is ABSENT


NOTHING = Capabilities(0, 0, 40)


@pytest.mark.parametrize(
    ("facts", "bridges", "state"),
    [
        ({"network_interfaces": ("lo", "eth0")}, ("br0",), PRESENT),
        ({"network_interfaces": ("lo", "eth0")}, (), ABSENT),
        ({"network_interfaces": ("lo", "eth0")}, UNREAD, UNKNOWN),
        ({"network_interfaces": ("lo",)}, ("br0",), ABSENT),
        ({"network_interfaces": ("lo", "eth0"), "capabilities": NOTHING}, ("br0",), ABSENT),
    ],
)
def test_the_host_takes_routes_from_who_may_send_them(
    facts: dict[str, Any], bridges: object, state: FindingState
) -> None:
    host = replace(a_host(), reach=Reach(bridges_taking_routes=seen("bridges", bridges)))
    assert state_of("router-advertisements-followed", facts, host=host) is state
    guest = a_machine("g")
    found = finding(assessed(guest, host=host), guest, "router-advertisements-followed")
    assert found.state is (UNKNOWN if bridges is UNREAD else PRESENT if bridges else ABSENT)
