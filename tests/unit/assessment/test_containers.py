"""What keeps a host from its containers: each measure and exposure, both ways and unknown."""

from typing import Any

import pytest

from isoscope.assessment.capabilities import mask, words
from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.declared import GivenFilter
from isoscope.inventory.workload import (
    Capabilities,
    DeviceRule,
    IdMapping,
    NamespaceKind,
    SeccompMode,
    SecurityLabel,
    Volume,
)
from isoscope.snapshot.reading import Gap
from tests.fakes.workloads import (
    ALL,
    DOCKER_DEFAULT,
    FACTS,
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
    undescribed,
)

PRESENT, ABSENT, UNKNOWN = FindingState.PRESENT, FindingState.ABSENT, FindingState.UNKNOWN
EVERY = Capabilities(ALL, ALL, 40)
SOME_LESS = Capabilities(mask("CHOWN"), mask("CHOWN"), 40)
UNCONFINED = SecurityLabel("apparmor", "unconfined", enforced=False)
USERNS: dict[str, Any] = {
    "in_host_namespace": {NamespaceKind.USER: False},
    "capabilities_hold_on_host": False,
    "user_id_map": (IdMapping(0, 100000, 65536),),
}
NO_DEVICES = type(UNREAD)(Gap.UNSUPPORTED, "cgroup v2 keeps them in a BPF program", "bpftool")


def having(*names: str) -> Capabilities:
    """The default and these."""
    bits = DOCKER_DEFAULT.effective | mask(*names)
    return Capabilities(bits, bits, 40)


def with_mounts(*mounts: Any, **facts: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"mounts": own_mounts(900, *mounts)} | facts


PROC_OF_HOST: dict[str, Any] = {"device": "0:21", "kind": "proc", "source": "proc"}
HOST_PID = {"in_host_namespace": {NamespaceKind.PID: True}}

CASES: list[tuple[str, dict[str, Any], FindingState]] = [
    ("privileged", {}, ABSENT),
    ("privileged", {"capabilities": EVERY, "seccomp": SeccompMode.DISABLED}, PRESENT),
    ("privileged", {"capabilities": EVERY}, ABSENT),
    ("privileged", {"capabilities": EVERY, "says": {"privileged": True}}, PRESENT),
    ("privileged", {"capabilities": UNREAD, "seccomp": SeccompMode.DISABLED}, UNKNOWN),
    ("privileged", {**USERNS, "capabilities": EVERY, "seccomp": SeccompMode.DISABLED}, ABSENT),
    ("privileged", {**USERNS, "says": {"privileged": True}}, ABSENT),
    ("host-owning-capability", {}, ABSENT),
    ("host-owning-capability", {"capabilities": having("SYS_ADMIN")}, PRESENT),
    ("host-owning-capability", {"capabilities": having("SYS_MODULE")}, PRESENT),
    ("host-owning-capability", {"capabilities": having("DAC_READ_SEARCH")}, PRESENT),
    ("host-owning-capability", {"capabilities": having("SYS_PTRACE")}, ABSENT),
    ("host-owning-capability", {"capabilities": having("SYS_PTRACE"), **HOST_PID}, PRESENT),
    ("host-owning-capability", {**USERNS, "capabilities": having("SYS_ADMIN")}, ABSENT),
    ("host-owning-capability", {"capabilities": UNREAD}, UNKNOWN),
    (
        "host-owning-capability",
        {"capabilities": having("SYS_ADMIN"), "capabilities_hold_on_host": UNREAD},
        UNKNOWN,
    ),
    ("capabilities-beyond-default", {}, ABSENT),
    ("capabilities-beyond-default", {"capabilities": having("NET_ADMIN")}, PRESENT),
    ("capabilities-beyond-default", {"capabilities": having("SYS_ADMIN")}, ABSENT),
    ("capabilities-beyond-default", {**USERNS, "capabilities": having("NET_ADMIN")}, ABSENT),
    ("capabilities-beyond-default", {"capabilities": UNREAD}, UNKNOWN),
    ("capabilities-reduced", {}, ABSENT),
    ("capabilities-reduced", {"capabilities": SOME_LESS}, PRESENT),
    ("capabilities-reduced", {"capabilities": having("NET_ADMIN")}, ABSENT),
    ("capabilities-reduced", {"capabilities": UNREAD}, UNKNOWN),
    ("user-namespace", {}, ABSENT),
    ("user-namespace", USERNS, PRESENT),
    ("user-namespace", USERNS | {"in_host_namespace": {NamespaceKind.USER: UNREAD}}, UNKNOWN),
    ("user-namespace", USERNS | {"user_id_map": UNREAD}, UNKNOWN),
    ("seccomp-filter", {}, PRESENT),
    ("seccomp-filter", {"seccomp": SeccompMode.DISABLED}, ABSENT),
    ("seccomp-filter", {"seccomp": UNREAD}, UNKNOWN),
    ("seccomp-unconfined", {}, ABSENT),
    ("seccomp-unconfined", {"seccomp": SeccompMode.DISABLED}, PRESENT),
    ("seccomp-unconfined", {"seccomp": UNREAD}, UNKNOWN),
    ("mac-label-enforced", {}, PRESENT),
    ("mac-label-enforced", {"label": UNCONFINED}, ABSENT),
    ("mac-label-enforced", {"label": UNREAD}, UNKNOWN),
    ("lsm-unconfined", {}, ABSENT),
    ("lsm-unconfined", {"label": UNCONFINED}, PRESENT),
    ("lsm-unconfined", {"label": UNREAD}, UNKNOWN),
    ("no-new-privileges", {}, ABSENT),
    ("no-new-privileges", {"no_new_privileges": True}, PRESENT),
    ("no-new-privileges", {"no_new_privileges": UNREAD}, UNKNOWN),
    ("root-filesystem-read-only", {}, ABSENT),
    ("root-filesystem-read-only", {"mounts": own_mounts(900, writable_root=False)}, PRESENT),
    ("root-filesystem-read-only", {"mounts": ()}, ABSENT),
    ("root-filesystem-read-only", {"mounts": UNREAD}, UNKNOWN),
    ("engine-socket-mounted", {}, ABSENT),
    (
        "engine-socket-mounted",
        with_mounts(a_mount("/docker.sock", "/s", device="0:25", kind="tmpfs", writable=False)),
        PRESENT,
    ),
    ("engine-socket-mounted", with_mounts(a_mount("/", "/r", device="0:25")), PRESENT),
    ("engine-socket-mounted", with_mounts(a_mount("/lock", "/r", device="0:25")), ABSENT),
    ("engine-socket-mounted", {"mounts": UNREAD}, UNKNOWN),
    ("host-root-mounted", {}, ABSENT),
    ("host-root-mounted", with_mounts(a_mount("/", "/host", writable=False)), PRESENT),
    ("host-root-mounted", {"mounts": UNREAD}, UNKNOWN),
    ("host-system-path-writable", {}, ABSENT),
    ("host-system-path-writable", with_mounts(a_mount("/etc", "/e")), PRESENT),
    ("host-system-path-writable", with_mounts(a_mount("/etc", "/e", writable=False)), ABSENT),
    ("host-system-path-writable", with_mounts(a_mount("/", "/h")), PRESENT),
    ("host-system-path-writable", with_mounts(a_mount("/var", "/v")), PRESENT),
    ("host-system-path-writable", with_mounts(a_mount("/srv/data", "/data")), ABSENT),
    ("host-system-path-writable", with_mounts(a_mount("/etc/ssl/certs", "/c")), PRESENT),
    ("host-system-path-writable", {"mounts": UNREAD}, UNKNOWN),
    ("sensitive-host-path-mounted", {}, ABSENT),
    ("sensitive-host-path-mounted", with_mounts(a_mount("/etc", "/e", writable=False)), PRESENT),
    ("sensitive-host-path-mounted", with_mounts(a_mount("/root/.ssh", "/k")), PRESENT),
    ("sensitive-host-path-mounted", with_mounts(a_mount("/home", "/h")), PRESENT),
    ("sensitive-host-path-mounted", with_mounts(a_mount("/home/u/data", "/h")), ABSENT),
    ("sensitive-host-path-mounted", with_mounts(a_mount("/srv/data", "/data")), ABSENT),
    (
        "sensitive-host-path-mounted",
        with_mounts(a_mount("/etc/localtime", "/etc/localtime", writable=False)),
        ABSENT,
    ),
    ("sensitive-host-path-mounted", with_mounts(a_mount("/", "/p", **PROC_OF_HOST)), PRESENT),
    ("sensitive-host-path-mounted", {"mounts": UNREAD}, UNKNOWN),
    ("host-pid-namespace", {}, ABSENT),
    ("host-pid-namespace", HOST_PID, PRESENT),
    ("host-pid-namespace", {"in_host_namespace": {NamespaceKind.PID: UNREAD}}, UNKNOWN),
    ("host-network-namespace", {"in_host_namespace": {NamespaceKind.NETWORK: True}}, PRESENT),
    ("host-network-namespace", {"in_host_namespace": {NamespaceKind.NETWORK: UNREAD}}, UNKNOWN),
    ("host-network-namespace", {}, ABSENT),
    ("host-ipc-namespace", {"in_host_namespace": {NamespaceKind.IPC: True}}, PRESENT),
    ("host-ipc-namespace", {"in_host_namespace": {NamespaceKind.IPC: UNREAD}}, UNKNOWN),
    ("host-ipc-namespace", {}, ABSENT),
    ("host-mount-namespace", {"in_host_namespace": {NamespaceKind.MOUNT: True}}, PRESENT),
    ("host-mount-namespace", {"in_host_namespace": {NamespaceKind.MOUNT: UNREAD}}, UNKNOWN),
    ("host-mount-namespace", {}, ABSENT),
    ("raw-device-access", {}, ABSENT),
    ("raw-device-access", {"device_rules": (DeviceRule("b", "8:0", "rwm"),)}, PRESENT),
    ("raw-device-access", {"device_rules": (DeviceRule("a", "*:*", "rwm"),)}, PRESENT),
    ("raw-device-access", {"device_rules": (DeviceRule("b", "*:*", "m"),)}, ABSENT),
    ("raw-device-access", {"device_rules": (DeviceRule("c", "1:1", "r"),)}, PRESENT),
    ("raw-device-access", {"device_rules": (DeviceRule("c", "1:3", "rwm"),)}, ABSENT),
    ("raw-device-access", {"device_rules": UNREAD}, UNKNOWN),
    ("raw-device-access", {"device_rules": NO_DEVICES}, ABSENT),
    ("raw-device-access", {"device_rules": NO_DEVICES, "described": False}, UNKNOWN),
    (
        "raw-device-access",
        {"device_rules": NO_DEVICES, "says": {"devices": ("/dev/vda",)}},
        PRESENT,
    ),
    (
        "raw-device-access",
        {"device_rules": NO_DEVICES, "says": {"devices": ("a *:* rwm",)}},
        PRESENT,
    ),
    (
        "raw-device-access",
        {"device_rules": NO_DEVICES, "says": {"devices": ("/dev/fuse", "/dev/net/tun")}},
        ABSENT,
    ),
    (
        "raw-device-access",
        {"device_rules": NO_DEVICES, "says": {"devices": ("/dev/strange",)}},
        UNKNOWN,
    ),
    ("raw-device-access", {"device_rules": NO_DEVICES, "says": {"privileged": True}}, PRESENT),
    ("raw-device-access", {"device_rules": NO_DEVICES, "says": {"devices": UNREAD}}, UNKNOWN),
    ("raw-device-access", {**USERNS, "device_rules": UNREAD}, ABSENT),
    (
        "raw-device-access",
        {
            **USERNS,
            "device_rules": (DeviceRule("b", "8:0", "rw"),),
            **with_mounts(a_mount("/sda", "/dev/sda", device="0:6", kind="devtmpfs")),
        },
        PRESENT,
    ),
    ("masked-paths-open", {}, ABSENT),
    ("masked-paths-open", {"mounts": own_mounts(900)[:5]}, PRESENT),
    ("masked-paths-open", {**USERNS, "mounts": own_mounts(900)[:5]}, ABSENT),
    ("masked-paths-open", {"mounts": UNREAD}, UNKNOWN),
    ("kernel-settings-writable", {}, ABSENT),
    ("kernel-settings-writable", {"mounts": own_mounts(900)[:5]}, PRESENT),
    ("kernel-settings-writable", with_mounts(a_mount("/", "/hp", **PROC_OF_HOST)), PRESENT),
    (
        "kernel-settings-writable",
        with_mounts(a_mount("/", "/hp", writable=False, **PROC_OF_HOST)),
        ABSENT,
    ),
    (
        "kernel-settings-writable",
        with_mounts(a_mount("/sys/kernel", "/k", **PROC_OF_HOST)),
        PRESENT,
    ),
    (
        "kernel-settings-writable",
        with_mounts(a_mount("/", "/hs", device="0:22", kind="sysfs")),
        PRESENT,
    ),
    (
        "kernel-settings-writable",
        with_mounts(a_mount("/", "/sys/fs/cgroup", device="0:40", kind="cgroup2")),
        PRESENT,
    ),
    ("kernel-settings-writable", {"mounts": UNREAD}, UNKNOWN),
    ("kernel-settings-unguarded", {}, ABSENT),
    ("kernel-settings-unguarded", {"mounts": own_mounts(900)[:5]}, ABSENT),
    ("kernel-settings-unguarded", {"mounts": own_mounts(900)[:5], "label": UNCONFINED}, PRESENT),
    (
        "kernel-settings-unguarded",
        with_mounts(
            a_mount("/", "/sys/fs/cgroup", device="0:40", kind="cgroup2"), label=UNCONFINED
        ),
        ABSENT,
    ),
    ("kernel-settings-unguarded", {"mounts": own_mounts(900)[:5], "label": UNREAD}, UNKNOWN),
    ("mounts-propagate-to-host", {}, ABSENT),
    (
        "mounts-propagate-to-host",
        with_mounts(a_mount("/srv", "/srv", propagation=("shared:1",))),
        PRESENT,
    ),
    (
        "mounts-propagate-to-host",
        with_mounts(a_mount("/srv", "/srv", propagation=("master:1",))),
        ABSENT,
    ),
    ("mounts-propagate-to-host", {"mounts": UNREAD}, UNKNOWN),
]


@pytest.mark.parametrize(("identity", "facts", "state"), CASES)
def test_it_is_found(identity: str, facts: dict[str, Any], state: FindingState) -> None:
    workload = a_container("c", **facts)
    found = finding(assessed(workload), workload, identity)
    assert found.state is state, found.says
    assert found.says
    if state is UNKNOWN:
        assert found.unknown is not None
        assert found.unknown.settled_by
    else:
        assert found.observations


def test_every_container_exposure_is_tried_in_each_state() -> None:
    tried = {(identity, state) for identity, _, state in CASES}
    identities = {identity for identity, _ in tried}
    missing = [
        (identity, state)
        for identity in identities
        for state in (PRESENT, ABSENT, UNKNOWN)
        if (identity, state) not in tried
    ]
    assert not missing


@pytest.mark.parametrize("identity", sorted({identity for identity, _, _ in CASES}))
def test_it_does_not_apply_to_a_guest_or_is_judged_by_what_a_guest_has(identity: str) -> None:
    guest = a_machine("g")
    found = finding(assessed(guest), guest, identity)
    assert found.state in (FindingState.NOT_APPLICABLE, ABSENT)
    assert found.observations, "that it is a guest is somebody's word too"


class TestRungs:
    def test_of_a_default_container(self) -> None:
        container = a_container("c")
        found = assessed(container)
        assert rungs(found, container, HW_I) == (2, 2)
        assert rungs(found, container, HW_C) == (2, 2)

    def test_of_a_hardened_one(self) -> None:
        container = a_container("c", **USERNS, no_new_privileges=True, capabilities=SOME_LESS)
        assert rungs(assessed(container), container, HW_I) == (3, 3)

    def test_of_one_with_its_filter_taken_away(self) -> None:
        container = a_container("c", seccomp=SeccompMode.DISABLED)
        assert rungs(assessed(container), container, HW_I) == (1, 1)

    def test_of_one_that_can_have_the_host(self) -> None:
        container = a_container("c", capabilities=having("SYS_ADMIN"))
        assert rungs(assessed(container), container, HW_I) == (0, 0)

    def test_of_one_that_reads_the_host(self) -> None:
        container = a_container("c", **with_mounts(a_mount("/", "/host", writable=False)))
        found = assessed(container)
        assert rungs(found, container, HW_C) == (0, 0)
        assert rungs(found, container, HW_I) == (1, 1)

    def test_of_one_of_which_nothing_was_read(self) -> None:
        unread: dict[str, Any] = dict.fromkeys(FACTS, UNREAD)
        for key in ("namespaces", "in_host_namespace"):
            unread[key] = dict.fromkeys(NamespaceKind, UNREAD)
        container = a_container("c", described=False, **unread)
        found = assessed(container)
        assert rungs(found, container, HW_I) == (0, 3)

    def test_of_a_host_without_an_lsm_from_which_none_was_taken_away(self) -> None:
        none = SecurityLabel("none", "", enforced=False)
        container = a_container("c", label=none)
        found = assessed(container, host=a_host(lsms=("capability",)))
        assert rungs(found, container, HW_I) == (2, 2)
        assert finding(found, container, "mac-label-enforced").state is ABSENT


class TestCapabilities:
    def test_those_of_the_bounding_set_can_be_had(self) -> None:
        sets = Capabilities(0, having("SYS_ADMIN").bounding, 40)
        container = a_container("c", capabilities=sets)
        assert finding(assessed(container), container, "host-owning-capability").state is PRESENT

    def test_but_not_without_new_privileges(self) -> None:
        sets = Capabilities(0, having("SYS_ADMIN").bounding, 40)
        container = a_container("c", capabilities=sets, no_new_privileges=True)
        assert finding(assessed(container), container, "host-owning-capability").state is ABSENT

    def test_and_where_that_is_not_known_neither_is_this(self) -> None:
        sets = Capabilities(0, having("SYS_ADMIN").bounding, 40)
        container = a_container("c", capabilities=sets, no_new_privileges=UNREAD)
        assert finding(assessed(container), container, "host-owning-capability").state is UNKNOWN

    def test_what_is_held_counts_whatever_is_not_known_of_the_rest(self) -> None:
        container = a_container("c", capabilities=having("SYS_ADMIN"), no_new_privileges=UNREAD)
        assert finding(assessed(container), container, "host-owning-capability").state is PRESENT

    def test_an_engine_that_is_not_known_gives_no_more_than_the_least(self) -> None:
        container = a_container("c", engine="strange")
        found = finding(assessed(container), container, "capabilities-beyond-default")
        assert found.state is PRESENT
        assert "NET_RAW" in found.says

    def test_they_are_named(self) -> None:
        assert words(mask("CHOWN", "SYS_ADMIN")) == "CHOWN, SYS_ADMIN"
        assert words(1 << 50) == " and later ones"
        assert words(0) == ""


class TestWhatItDidItselfProtectsNobody:
    """A hostile workload arranges its own processes so that it looks confined."""

    def test_a_filter_that_it_set_itself_is_none(self) -> None:
        container = a_container(
            "c",
            no_new_privileges=True,
            says={"security_options": ("seccomp=unconfined",)},
        )
        found = assessed(container)
        assert finding(found, container, "seccomp-unconfined").state is PRESENT
        assert finding(found, container, "seccomp-filter").state is ABSENT

    def test_a_filter_that_its_engine_gave_it_stands(self) -> None:
        container = a_container("c", no_new_privileges=True)
        assert finding(assessed(container), container, "seccomp-filter").state is PRESENT

    def test_a_filter_of_which_no_engine_speaks_may_be_its_own(self) -> None:
        container = undescribed(a_container("c", no_new_privileges=True))
        assert finding(assessed(container), container, "seccomp-filter").state is UNKNOWN

    def test_nor_does_anybody_say_what_one_of_somebody_elses_lets_through(self) -> None:
        container = undescribed(a_container("c"))
        assert finding(assessed(container), container, "seccomp-filter").state is UNKNOWN
        strict = undescribed(a_container("c", seccomp=SeccompMode.STRICT))
        assert finding(assessed(strict), strict, "seccomp-filter").state is PRESENT

    @pytest.mark.parametrize(
        ("said", "state"),
        [
            ({"given_filter": GivenFilter("of its own", False, 300, keeps_away=True)}, PRESENT),
            ({"given_filter": GivenFilter("of its own", True, 0, keeps_away=True)}, PRESENT),
            ({"given_filter": GivenFilter("of its own", True, 0, keeps_away=False)}, ABSENT),
            ({"given_filter": GivenFilter("of its own", False, 400, keeps_away=False)}, ABSENT),
            ({"given_filter": GivenFilter("/p.json", None)}, UNKNOWN),
            ({"given_filter": UNREAD}, UNKNOWN),
            ({"built_in_filter": False}, UNKNOWN),
            ({"built_in_filter": UNREAD}, UNKNOWN),
        ],
    )
    def test_a_filter_that_lets_everything_through_is_none(
        self, said: dict[str, object], state: FindingState
    ) -> None:
        container = a_container("c", says={"details": details(**said)})
        found = assessed(container)
        assert finding(found, container, "seccomp-filter").state is state
        opposite = {PRESENT: ABSENT, ABSENT: PRESENT, UNKNOWN: UNKNOWN}
        assert finding(found, container, "seccomp-unconfined").state is opposite[state]

    def test_a_user_namespace_in_which_it_still_is_the_hosts_root_is_none(self) -> None:
        container = a_container("c", **(USERNS | {"user_id_map": (IdMapping(0, 0, 1),)}))
        assert finding(assessed(container), container, "user-namespace").state is ABSENT

    def test_and_the_kernels_settings_are_then_still_open_to_it(self) -> None:
        container = a_container(
            "c",
            **(USERNS | {"user_id_map": (IdMapping(0, 0, 1),)}),
            mounts=own_mounts(900)[:5],
        )
        assert finding(assessed(container), container, "kernel-settings-writable").state is PRESENT

    def test_a_second_view_of_proc_mounted_over_the_masks_is_open(self) -> None:
        over = a_mount("/", "/proc", device="0:901002", kind="proc")
        container = a_container("c", **with_mounts(over))
        assert finding(assessed(container), container, "kernel-settings-writable").state is PRESENT

    def test_a_mask_that_is_itself_a_view_of_proc_masks_nothing(self) -> None:
        bare = tuple(m for m in own_mounts(900) if m.mount_point != "/proc/kcore")
        itself = a_mount("/kcore", "/proc/kcore", device="0:91002", kind="proc", writable=False)
        container = a_container("c", mounts=(*bare, itself))
        found = finding(assessed(container), container, "masked-paths-open")
        assert found.state is PRESENT
        assert found.says == "not masked: /proc/kcore"

    def test_a_tmpfs_over_the_socket_takes_nothing_away(self) -> None:
        socket = a_mount("/docker.sock", "/var/run/docker.sock", device="0:25", kind="tmpfs")
        over = a_mount("/", "/var/run/docker.sock", device="0:777", kind="tmpfs")
        container = a_container("c", **with_mounts(socket, over))
        assert finding(assessed(container), container, "engine-socket-mounted").state is PRESENT

    @pytest.mark.parametrize(
        "place", ["/etc/hosts", "/etc/resolv.conf", "/etc/hostname", "/dev/shm", "/proc", "/sys"]
    )
    def test_the_hosts_root_is_found_wherever_it_is_mounted(self, place: str) -> None:
        container = a_container("c", **with_mounts(a_mount("/", place)))
        assert finding(assessed(container), container, "host-root-mounted").state is PRESENT

    @pytest.mark.parametrize("place", ["/etc/hosts", "/dev/shm", "/x"])
    def test_so_is_a_socket(self, place: str) -> None:
        socket = a_mount("/docker.sock", place, device="0:25", kind="tmpfs")
        container = a_container("c", **with_mounts(socket))
        assert finding(assessed(container), container, "engine-socket-mounted").state is PRESENT


class TestMasks:
    def test_one_that_is_missing_of_what_the_kernel_has_is_open(self) -> None:
        bare = tuple(m for m in own_mounts(900) if m.mount_point != "/proc/keys")
        container = a_container("c", mounts=bare)
        assert finding(assessed(container), container, "masked-paths-open").state is PRESENT

    def test_what_the_kernel_does_not_have_needs_no_mask(self) -> None:
        bare = tuple(m for m in own_mounts(900) if m.mount_point != "/proc/kcore")
        container = a_container("c", mounts=bare)
        found = assessed(container, proc_files=frozenset({"keys", "acpi"}))
        assert finding(found, container, "masked-paths-open").state is ABSENT

    def test_what_the_kernel_has_must_be_known(self) -> None:
        bare = tuple(m for m in own_mounts(900) if m.mount_point != "/proc/kcore")
        container = a_container("c", mounts=bare)
        found = assessed(container, proc_files=UNREAD)
        assert finding(found, container, "masked-paths-open").state is UNKNOWN


class TestPathsOfTheHost:
    """Whatever a mount is called, the host's directory behind it is found."""

    def test_on_a_host_whose_root_is_an_overlay(self) -> None:
        host = (a_mount("/", "/", device="0:30", kind="overlay"),)
        container = a_container(
            "c", **with_mounts(a_mount("/etc", "/e", device="0:30", kind="overlay"))
        )
        found = assessed(container, host_mounts=host, control_sockets=())
        assert finding(found, container, "host-system-path-writable").state is PRESENT

    def test_where_the_host_mounts_a_directory_of_the_file_system_as_its_root(self) -> None:
        host = (a_mount("/@", "/", kind="btrfs"), a_mount("/@home", "/home", kind="btrfs"))
        below = a_container("c", **with_mounts(a_mount("/@/etc", "/e", kind="btrfs")))
        whole = a_container("d", **with_mounts(a_mount("/", "/all", kind="btrfs")))
        found = assessed(below, whole, host_mounts=host, control_sockets=())
        assert finding(found, below, "host-system-path-writable").state is PRESENT
        assert finding(found, whole, "host-root-mounted").state is PRESENT

    def test_where_the_host_mounts_it_a_second_time_under_a_harmless_name(self) -> None:
        host = (a_mount("/", "/srv/alias"), a_mount("/", "/"))
        container = a_container("c", **with_mounts(a_mount("/etc", "/e")))
        found = assessed(container, host_mounts=host, control_sockets=())
        assert finding(found, container, "host-system-path-writable").state is PRESENT

    def test_a_directory_that_holds_a_sensitive_one(self) -> None:
        container = a_container("c", **with_mounts(a_mount("/var/lib", "/v", writable=False)))
        assert (
            finding(assessed(container), container, "sensitive-host-path-mounted").state is PRESENT
        )

    def test_its_own_files_from_its_engine_are_no_finding(self) -> None:
        identity = "c" * 64
        mine = a_mount(f"/var/lib/docker/containers/{identity}/hosts", "/etc/hosts")
        container = a_container(identity, **with_mounts(mine))
        found = assessed(container)
        assert finding(found, container, "sensitive-host-path-mounted").state is ABSENT
        assert finding(found, container, "host-system-path-writable").state is ABSENT

    def test_files_of_the_container_whose_network_it_joined_are_no_finding(self) -> None:
        hosts = a_mount("/var/lib/docker/containers/" + "d" * 64 + "/hosts", "/etc/hosts")
        container = a_container("c" * 64, **with_mounts(hosts))
        found = assessed(container)
        assert finding(found, container, "host-system-path-writable").state is ABSENT
        assert finding(found, container, "sensitive-host-path-mounted").state is ABSENT

    @pytest.mark.parametrize(
        ("place", "state"), [("/dev/console", ABSENT), ("/tmp/terminal", PRESENT)]
    )
    def test_the_terminal_that_its_engine_made_is_no_finding(
        self, place: str, state: FindingState
    ) -> None:
        host = (*HOST_MOUNTS, a_mount("/", "/dev/pts", device="0:9", kind="devpts"))
        terminal = a_mount("/0", place, device="0:9", kind="devpts")
        container = a_container("c", **with_mounts(terminal))
        found = assessed(container, host_mounts=host)
        assert finding(found, container, "sensitive-host-path-mounted").state is state

    def test_other_files_in_their_place_are(self) -> None:
        other = a_mount("/var/lib/docker/containers/" + "d" * 64 + "/config.v2.json", "/etc/hosts")
        container = a_container("c" * 64, **with_mounts(other))
        assert (
            finding(assessed(container), container, "sensitive-host-path-mounted").state is PRESENT
        )

    @pytest.mark.parametrize("path", ["", "/" + "d" * 64, "/" + "d" * 64 + "/config.v2.json"])
    def test_those_of_other_containers_are(self, path: str) -> None:
        theirs = a_mount(f"/var/lib/docker/containers{path}", "/logs", writable=False)
        container = a_container("c" * 64, **with_mounts(theirs))
        assert (
            finding(assessed(container), container, "sensitive-host-path-mounted").state is PRESENT
        )

    def test_a_volume_is_no_finding_but_all_of_them_are(self) -> None:
        one = a_container("one", **with_mounts(a_mount("/var/lib/docker/volumes/v/_data", "/data")))
        every = a_container("every", **with_mounts(a_mount("/var/lib/docker/volumes", "/v")))
        found = assessed(one, every)
        assert finding(found, one, "sensitive-host-path-mounted").state is ABSENT
        assert finding(found, every, "sensitive-host-path-mounted").state is PRESENT

    def test_a_volume_is_none_wherever_its_engine_keeps_it(self) -> None:
        path = "/root/docker/volumes/v/_data"
        mounted = with_mounts(a_mount(path, "/data"))
        declared = {"volumes": (Volume("volume", path, "/data", writable=True),)}
        container = a_container("one", says=declared, **mounted)
        undeclared = a_container("two", **mounted)
        found = assessed(container, undeclared)
        shown = finding(found, container, "sensitive-host-path-mounted")
        assert shown.state is ABSENT
        assert {item.key for item in shown.observations} >= {"volumes", "mounts"}
        assert finding(found, undeclared, "sensitive-host-path-mounted").state is PRESENT

    @pytest.mark.parametrize("source", ["/etc", "/root/volumes/v", "/root/volumes/../v/_data"])
    def test_a_volume_that_is_made_of_a_path_of_the_host_is_one(self, source: str) -> None:
        declared = {"volumes": (Volume("volume", source, "/data", writable=True),)}
        container = a_container("one", says=declared, **with_mounts(a_mount(source, "/data")))
        shown = finding(assessed(container), container, "sensitive-host-path-mounted")
        assert shown.state is PRESENT

    def test_a_root_that_is_a_directory_of_the_host_is_its_own(self) -> None:
        root = a_mount("/var/lib/docker/vfs/dir/abc", "/")
        container = a_container("c", mounts=(root, *own_mounts(900)[1:]))
        found = assessed(container)
        assert finding(found, container, "host-system-path-writable").state is ABSENT

    def test_unless_it_is_the_hosts(self) -> None:
        container = a_container("c", mounts=(a_mount("/", "/"), *own_mounts(900)[1:]))
        assert finding(assessed(container), container, "host-root-mounted").state is PRESENT

    @pytest.mark.parametrize(
        "identity",
        ["host-root-mounted", "host-system-path-writable", "sensitive-host-path-mounted"],
    )
    def test_a_host_whose_mounts_are_not_known_leaves_it_open(self, identity: str) -> None:
        container = a_container("c", **with_mounts(a_mount("/srv/data", "/data")))
        found = assessed(container, host_mounts=UNREAD)
        assert finding(found, container, identity).state is UNKNOWN

    def test_control_sockets_that_are_not_known_leave_it_open(self) -> None:
        container = a_container("c")
        found = assessed(container, control_sockets=UNREAD)
        assert finding(found, container, "engine-socket-mounted").state is UNKNOWN

    def test_a_socket_that_lies_on_no_known_mount_leaves_it_open(self) -> None:
        container = a_container("c")
        found = assessed(container, host_mounts=(a_mount("/", "/srv"),))
        assert finding(found, container, "engine-socket-mounted").state is UNKNOWN
