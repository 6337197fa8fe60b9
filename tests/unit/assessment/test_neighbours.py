"""What workloads of different tenants share."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.assessment.neighbours.interval_index import Held, IntervalIndex
from isoscope.assessment.verdict import OTHERS_SHOWN, Finding
from isoscope.assessment.viewpoint import OPERATOR
from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.network import Apart, NetworkAttachment
from isoscope.inventory.observation import Party
from isoscope.inventory.workload import (
    IdMapping,
    Mount,
    NamespaceKind,
    SecurityLabel,
    Volume,
    Workload,
)
from tests.fakes.workloads import (
    UNREAD,
    WW_C,
    WW_I,
    a_container,
    a_host,
    a_machine,
    a_mount,
    assessed,
    finding,
    on_network,
    own_mounts,
    rungs,
    undescribed,
)

PRESENT, ABSENT, UNKNOWN = FindingState.PRESENT, FindingState.ABSENT, FindingState.UNKNOWN
NET, PID, IPC, MNT = (
    NamespaceKind.NETWORK,
    NamespaceKind.PID,
    NamespaceKind.IPC,
    NamespaceKind.MOUNT,
)


def found(identity: str, *workloads: Workload, **inventory: Any) -> Finding:  # noqa: ANN401
    """The finding on the first of these workloads."""
    return finding(assessed(*workloads, **inventory), workloads[0], identity)


def state(identity: str, *workloads: Workload, **inventory: Any) -> FindingState:  # noqa: ANN401
    return found(identity, *workloads, **inventory).state


def of(tenant: str, name: str = "", **facts: Any) -> Workload:  # noqa: ANN401
    return a_container(name or f"of-{tenant}", tenant=tenant, **facts)


def anybodys(**facts: Any) -> Workload:  # noqa: ANN401
    return a_container("anybodys", attributes_unknown=UNREAD, **facts)


class TestNamespaces:
    @pytest.mark.parametrize("kind", [NET, PID, IPC, MNT])
    def test_one_shared_with_another_tenant(self, kind: NamespaceKind) -> None:
        acme, blue = (of(tenant, namespaces={kind: 77}) for tenant in ("acme", "blue"))
        shown = found("shared-namespace", acme, blue)
        assert shown.state is PRESENT
        assert shown.others == (blue.id,)
        assert str(kind) in shown.says
        assert rungs(assessed(acme, blue), acme, WW_C) == (0, 0)

    def test_within_one_tenant_it_is_no_finding(self) -> None:
        one, two = (of("acme", name, namespaces={NET: 77}) for name in ("one", "two"))
        assert state("shared-namespace", one, two) is ABSENT

    def test_with_one_of_unknown_owner_it_is_unknown_for_both(self) -> None:
        acme, other = of("acme", namespaces={NET: 77}), anybodys(namespaces={NET: 77})
        assert state("shared-namespace", acme, other) is UNKNOWN
        assert state("shared-namespace", other, acme) is UNKNOWN

    def test_its_own_unread_leaves_it_open_where_there_is_a_neighbour(self) -> None:
        acme = of("acme", namespaces={NET: UNREAD})
        assert state("shared-namespace", acme, of("blue")) is UNKNOWN
        assert state("shared-namespace", acme) is ABSENT

    def test_so_does_a_neighbours(self) -> None:
        assert (
            state("shared-namespace", of("acme"), of("blue", namespaces={NET: UNREAD})) is UNKNOWN
        )

    def test_what_is_certain_counts_whatever_is_unread_beside_it(self) -> None:
        acme = of("acme", namespaces={PID: UNREAD, NET: 77})
        blue = of("blue", namespaces={PID: UNREAD, NET: 77})
        assert state("shared-namespace", acme, blue) is PRESENT
        assert state("shared-namespace", blue, acme) is PRESENT

    def test_every_neighbour_is_named_whatever_it_shares(self) -> None:
        acme = of("acme", namespaces={PID: 77, NET: 78})
        blue, red = of("blue", namespaces={PID: 77}), of("red", namespaces={NET: 78})
        shown = found("shared-namespace", acme, blue, red)
        assert set(shown.others) == {blue.id, red.id}
        assert "pid namespace with of-blue" in shown.says
        assert "net namespace with of-red" in shown.says

    def test_those_of_a_vmm_are_not_its_guests(self) -> None:
        guest = a_machine("g", tenant="acme", namespaces={NET: 77})
        assert state("shared-namespace", guest, of("blue", namespaces={NET: 77})) is ABSENT
        assert state("shared-namespace", of("blue", namespaces={NET: 77}), guest) is ABSENT

    def test_a_neighbour_in_the_hosts_pid_namespace_sees_everybody(self) -> None:
        seeing = of("blue", in_host_namespace={PID: True})
        assert state("neighbour-in-host-pid-namespace", of("acme"), seeing) is PRESENT
        assert state("neighbour-in-host-pid-namespace", a_machine("g"), seeing) is PRESENT
        assert state("neighbour-in-host-pid-namespace", seeing, of("acme")) is ABSENT

    def test_but_reaches_nobody_from_a_user_namespace_of_its_own(self) -> None:
        seeing = of("blue", in_host_namespace={PID: True}, capabilities_hold_on_host=False)
        assert state("neighbour-in-host-pid-namespace", of("acme"), seeing) is ABSENT

    @pytest.mark.parametrize(
        "facts",
        [
            {"in_host_namespace": {PID: UNREAD}},
            {"in_host_namespace": {PID: True}, "capabilities_hold_on_host": UNREAD},
        ],
    )
    def test_and_may_where_that_is_not_known(self, facts: dict[str, Any]) -> None:
        assert state("neighbour-in-host-pid-namespace", of("acme"), of("blue", **facts)) is UNKNOWN

    def test_and_may_where_its_owner_is_not_known(self) -> None:
        seeing = anybodys(in_host_namespace={PID: True})
        assert state("neighbour-in-host-pid-namespace", of("acme"), seeing) is UNKNOWN


def with_mounts(tenant: str, *mounts: Any, **facts: Any) -> Workload:  # noqa: ANN401
    number = {"acme": 1, "blue": 2, "": 3, "red": 4, "green": 5}[tenant]
    given = {"mounts": own_mounts(910 + number, *mounts)} | facts
    return a_container(f"of-{tenant}", tenant=tenant, **given)


class TestStorage:
    SHARED = a_mount("/srv/data", "/data")
    READ_ONLY = a_mount("/srv/data", "/data", writable=False)

    def test_everybody_who_meets_it_is_named_wherever_that_is(self) -> None:
        acme = with_mounts("acme", self.SHARED, a_mount("/srv/logs", "/logs"))
        blue, red = with_mounts("blue", self.SHARED), with_mounts("red", a_mount("/srv", "/all"))
        green = with_mounts("green", a_mount("/srv/logs/acme", "/in"))
        shown = found("shared-writable-storage", acme, blue, red, green)
        assert set(shown.others) == {blue.id, red.id, green.id}
        assert "its /data can be written by" in shown.says
        assert "its /logs can be written by" in shown.says

    @pytest.mark.parametrize(
        ("own", "theirs", "writable", "readable"),
        [
            (SHARED, SHARED, PRESENT, PRESENT),
            (SHARED, READ_ONLY, ABSENT, PRESENT),
            (READ_ONLY, SHARED, PRESENT, ABSENT),
            (READ_ONLY, READ_ONLY, ABSENT, ABSENT),
            (SHARED, a_mount("/srv", "/all"), PRESENT, PRESENT),
            (SHARED, a_mount("/srv", "/all", writable=False), ABSENT, PRESENT),
            (a_mount("/srv", "/all"), SHARED, PRESENT, PRESENT),
            (a_mount("/srv", "/all"), READ_ONLY, ABSENT, PRESENT),
            (SHARED, a_mount("/", "/host", writable=False), ABSENT, PRESENT),
            (SHARED, a_mount("/srv/database", "/data"), ABSENT, ABSENT),
            (SHARED, a_mount("/srv/data", "/data", device="8:1"), ABSENT, ABSENT),
        ],
    )
    def test_a_directory_of_the_host(
        self,
        own: Mount,
        theirs: Mount,
        writable: FindingState,
        readable: FindingState,
    ) -> None:
        acme, blue = with_mounts("acme", own), with_mounts("blue", theirs)
        assert state("shared-writable-storage", acme, blue) is writable
        assert state("shared-readable-storage", acme, blue) is readable

    def test_it_is_a_matter_of_rung_0(self) -> None:
        acme, blue = with_mounts("acme", self.SHARED), with_mounts("blue", self.READ_ONLY)
        both = assessed(acme, blue)
        assert rungs(both, acme, WW_C) == (0, 0), "blue reads what acme writes"
        assert rungs(both, acme, WW_I)[0] > 0
        assert rungs(both, blue, WW_I) == (0, 0), "acme writes what blue reads"

    def test_both_sides_are_quoted(self) -> None:
        acme, blue = with_mounts("acme", self.SHARED), with_mounts("blue", self.SHARED)
        shown = found("shared-writable-storage", acme, blue)
        assert shown.others == (blue.id,)
        quotes = [evidence.excerpt for o in shown.observations for evidence in o.evidence]
        assert quotes == ["254:1 /srv/data /data rw - ext4"] * 2
        assert {o.subject for o in shown.observations} == {acme.id, blue.id}

    def test_within_one_tenant_it_is_no_finding(self) -> None:
        one = of("acme", "one", mounts=own_mounts(1, self.SHARED))
        two = of("acme", "two", mounts=own_mounts(2, self.SHARED))
        assert state("shared-writable-storage", one, two) is ABSENT

    @pytest.mark.parametrize("identity", ["shared-writable-storage", "shared-readable-storage"])
    def test_what_is_unread_leaves_it_open(self, identity: str) -> None:
        acme, blue = with_mounts("acme", self.SHARED), with_mounts("blue", mounts=UNREAD)
        assert state(identity, acme, blue) is UNKNOWN
        assert state(identity, blue, acme) is UNKNOWN
        assert state(identity, blue) is ABSENT, "no other tenant runs here"

    def test_so_does_an_unknown_owner(self) -> None:
        other = anybodys(mounts=own_mounts(5, self.SHARED))
        acme = with_mounts("acme", self.SHARED)
        assert state("shared-writable-storage", acme, other) is UNKNOWN
        assert state("shared-writable-storage", other, acme) is UNKNOWN

    def test_a_shared_memory_directory(self) -> None:
        memory = a_mount("/", "/dev/shm", device="0:99", kind="tmpfs")
        acme, blue = with_mounts("acme", memory), with_mounts("blue", memory)
        assert state("shared-writable-storage", acme, blue) is PRESENT

    def test_a_root_that_both_have(self) -> None:
        root = a_mount("/srv/rootfs", "/")
        acme, blue = of("acme", mounts=(root,)), of("blue", mounts=(root,))
        assert state("shared-writable-storage", acme, blue) is PRESENT

    @pytest.mark.parametrize(
        "view",
        [
            a_mount("/null", "/dev/null", device="0:6", kind="devtmpfs"),
            a_mount("/", "/sys/fs/cgroup", device="0:40", kind="cgroup2"),
        ],
    )
    def test_views_of_the_kernel_are_no_storage(self, view: Any) -> None:  # noqa: ANN401
        acme, blue = with_mounts("acme", view), with_mounts("blue", view)
        assert state("shared-writable-storage", acme, blue) is ABSENT


def guest(tenant: str, *volumes: Volume | str, **says: object) -> Workload:
    disks = tuple(
        Volume("disk", volume, "vda", writable=True) if isinstance(volume, str) else volume
        for volume in volumes
    )
    return a_machine(f"of-{tenant}", tenant=tenant, says={"disks": disks} | says)


class TestStorageOfMachines:
    def test_one_image_in_two_guests(self) -> None:
        acme, blue = (guest(tenant, "/srv/images/x.img") for tenant in ("acme", "blue"))
        assert state("shared-writable-storage", acme, blue) is PRESENT

    def test_one_backing_image_that_nobody_writes(self) -> None:
        base = Volume("backing", "/srv/images/base.img", "vda", writable=False)
        acme, blue = (guest(tenant, base) for tenant in ("acme", "blue"))
        assert state("shared-writable-storage", acme, blue) is ABSENT
        assert state("shared-readable-storage", acme, blue) is ABSENT

    def test_a_volume_of_the_network(self) -> None:
        acme, blue = (guest(tenant, "rbd:pool/image") for tenant in ("acme", "blue"))
        assert state("shared-writable-storage", acme, blue) is PRESENT

    def test_an_image_in_a_directory_that_a_container_mounts(self) -> None:
        acme = guest("acme", "/srv/images/x.img")
        blue = with_mounts("blue", a_mount("/srv/images", "/images"))
        assert state("shared-writable-storage", acme, blue) is PRESENT
        assert state("shared-writable-storage", blue, acme) is PRESENT

    def test_a_directory_that_a_guest_and_a_container_share(self) -> None:
        acme = guest("acme", Volume("filesystem", "/srv/data", "tag", writable=True))
        blue = with_mounts("blue", a_mount("/srv/data", "/data", writable=False))
        assert state("shared-readable-storage", acme, blue) is PRESENT

    def test_where_that_lies_is_not_known_without_the_hosts_mounts(self) -> None:
        acme = guest("acme", "/srv/images/x.img")
        blue = with_mounts("blue", a_mount("/srv/images", "/images"))
        assert state("shared-writable-storage", acme, blue, host_mounts=UNREAD) is UNKNOWN

    def test_disks_that_nobody_describes(self) -> None:
        bare = undescribed(guest("acme"))
        assert state("shared-writable-storage", bare, of("blue")) is UNKNOWN
        assert state("shared-writable-storage", of("blue"), bare) is UNKNOWN

    def test_that_they_share_nothing_is_the_managers_word(self) -> None:
        acme, blue = guest("acme", "/srv/a.img"), guest("blue", "/srv/b.img")
        assert state("shared-writable-storage", acme, blue) is ABSENT
        doubting = OPERATOR.distrusting(Party.VM_MANAGER)
        assert state("shared-writable-storage", acme, blue, viewpoint=doubting) is UNKNOWN
        assert state("shared-writable-storage", of("green"), blue, viewpoint=doubting) is UNKNOWN


ETH0: dict[str, Any] = {"network_interfaces": ("lo", "eth0")}


def networked(tenant: str, network: str, **facts: Any) -> Workload:  # noqa: ANN401
    return of(tenant, says=on_network(network), **(ETH0 | facts))


class TestNetworks:
    def test_on_one_bridge(self) -> None:
        acme, blue = networked("acme", "front"), networked("blue", "front")
        shown = found("shared-network-segment", acme, blue)
        assert shown.state is PRESENT
        assert shown.others == (blue.id,)

    def test_each_on_its_own(self) -> None:
        assert (
            state("shared-network-segment", networked("acme", "a"), networked("blue", "b"))
            is ABSENT
        )

    def test_on_none(self) -> None:
        assert state("shared-network-segment", of("acme"), networked("blue", "front")) is ABSENT

    def test_the_kernels_own_tunnels_are_no_network(self) -> None:
        quiet = of("acme", network_interfaces=("lo", "tunl0", "sit0"))
        assert state("shared-network-segment", quiet, networked("blue", "front")) is ABSENT

    def test_an_engine_that_keeps_its_members_apart_says_so_only(self) -> None:
        acme, blue = (
            of(tenant, says=on_network("front", isolates=True), **ETH0)
            for tenant in ("acme", "blue")
        )
        shown = found("shared-network-segment", acme, blue)
        assert shown.state is UNKNOWN
        assert shown.unknown is not None
        assert "firewall rules" in shown.unknown.explanation

    def test_and_where_nothing_that_crosses_a_bridge_is_filtered_they_are_not(self) -> None:
        acme, blue = (
            of(tenant, says=on_network("front", isolates=True), **ETH0)
            for tenant in ("acme", "blue")
        )
        shown = found("shared-network-segment", acme, blue, host=a_host(bridges_filtered=False))
        assert shown.state is PRESENT
        assert "filtered by nobody" in shown.says

    def test_but_a_driver_that_keeps_them_apart_needs_no_firewall(self) -> None:
        private = NetworkAttachment("id-lan", "lan", "macvlan", Apart.PRIVATE_MODE)
        acme, blue = (
            of(tenant, says={"network_mode": "lan", "networks": (private,)}, **ETH0)
            for tenant in ("acme", "blue")
        )
        shown = found("shared-network-segment", acme, blue, host=a_host(bridges_filtered=False))
        assert shown.state is UNKNOWN

    def test_in_the_hosts_network_all_bridges_meet(self) -> None:
        on_host = of("blue", in_host_namespace={NET: True}, says={"network_mode": "host"})
        acme = networked("acme", "front")
        assert state("shared-network-segment", acme, on_host) is PRESENT
        assert state("shared-network-segment", on_host, acme) is PRESENT

    def test_but_not_those_who_are_on_none(self) -> None:
        on_host = of("blue", in_host_namespace={NET: True})
        assert state("shared-network-segment", of("acme"), on_host) is ABSENT
        assert state("shared-network-segment", on_host, of("acme")) is ABSENT

    def test_in_the_hosts_network_one_of_unknown_owner(self) -> None:
        on_host = anybodys(in_host_namespace={NET: True})
        assert state("shared-network-segment", networked("acme", "front"), on_host) is UNKNOWN

    @pytest.mark.parametrize(
        "unread",
        [
            {"in_host_namespace": {NET: UNREAD}},
            {"network_interfaces": UNREAD},
            {"says": {"networks": UNREAD}},
        ],
    )
    def test_what_is_unread_leaves_it_open_for_both(self, unread: dict[str, Any]) -> None:
        acme = of("acme", **(ETH0 | unread))
        blue = networked("blue", "front")
        assert state("shared-network-segment", acme, blue) is UNKNOWN
        assert state("shared-network-segment", blue, acme) is UNKNOWN
        assert state("shared-network-segment", acme) is ABSENT, "no other tenant runs here"

    def test_an_interface_of_which_nobody_speaks(self) -> None:
        joined = of("acme", network_interfaces=("lo", "eth0"))
        more = of("acme", says=on_network("front"), network_interfaces=("lo", "eth0", "eth1"))
        blue = networked("blue", "other")
        assert state("shared-network-segment", joined, blue) is UNKNOWN
        assert state("shared-network-segment", more, blue) is UNKNOWN
        assert state("shared-network-segment", blue, joined) is UNKNOWN

    def test_one_that_no_engine_describes(self) -> None:
        bare = undescribed(of("acme", **ETH0))
        assert state("shared-network-segment", bare, networked("blue", "front")) is UNKNOWN

    def test_whoever_joined_anothers_network_namespace_is_where_that_one_is(self) -> None:
        host = networked("acme", "front", name="host", namespaces={NET: 77})
        joined = of(
            "acme",
            "joined",
            says={"network_mode": "container:host"},
            namespaces={NET: 77},
            **ETH0,
        )
        blue = networked("blue", "front")
        assert state("shared-network-segment", joined, host, blue) is PRESENT

    def test_guests_on_one_bridge(self) -> None:
        lan = NetworkAttachment("br0", "lan", "bridge", Apart.NOT_SAID)
        acme, blue = (guest(tenant, networks=(lan,)) for tenant in ("acme", "blue"))
        assert state("shared-network-segment", acme, blue) is PRESENT

    def test_a_guest_that_nobody_describes(self) -> None:
        bare = undescribed(guest("acme"))
        assert state("shared-network-segment", bare, networked("blue", "front")) is UNKNOWN
        assert state("shared-network-segment", networked("blue", "front"), bare) is UNKNOWN


def mapped(start: int, length: int = 65536) -> dict[str, Any]:
    return {
        "in_host_namespace": {NamespaceKind.USER: False},
        "user_id_map": (IdMapping(0, start, length),),
    }


def selinux(level: str, kind: str = "container_t", *, enforced: bool = True) -> SecurityLabel:
    label = f"system_u:system_r:{kind}:{level}"
    return SecurityLabel("selinux", label, enforced=enforced, categories=level)


UNCONFINED = SecurityLabel("apparmor", "unconfined", enforced=False)
OTHER_PROFILE = SecurityLabel("apparmor", "other (enforce)", enforced=True)


class TestUserIds:
    @pytest.mark.parametrize(
        ("own", "theirs", "distinct"),
        [
            ({}, {}, ABSENT),
            (mapped(100000), mapped(200000), PRESENT),
            (mapped(100000), mapped(165535), ABSENT),
            (mapped(100000), mapped(165536), PRESENT),
            (mapped(100000), mapped(100000), ABSENT),
            (mapped(100000), {}, ABSENT),
            ({}, mapped(100000), ABSENT),
            (mapped(100000), mapped(200000) | {"user_id_map": UNREAD}, UNKNOWN),
            (mapped(100000) | {"user_id_map": UNREAD}, mapped(200000), UNKNOWN),
            (mapped(100000), {"in_host_namespace": {NamespaceKind.USER: UNREAD}}, UNKNOWN),
        ],
    )
    def test_ranges(
        self, own: dict[str, Any], theirs: dict[str, Any], distinct: FindingState
    ) -> None:
        assert state("distinct-host-user-ids", of("acme", **own), of("blue", **theirs)) is distinct

    def test_one_process_in_the_hosts_user_namespace_has_every_id(self) -> None:
        """A hostile workload makes a user namespace for its first process alone."""
        hostile = of("blue", user_id_map=(IdMapping(0, 300000, 1),))
        assert state("distinct-host-user-ids", of("acme", **mapped(100000)), hostile) is ABSENT

    def test_labels_that_are_unread_do_not_matter_to_them(self) -> None:
        acme, blue = of("acme", **mapped(100000)), of("blue", label=UNREAD, **mapped(200000))
        assert state("distinct-host-user-ids", acme, blue) is PRESENT

    def test_guests_have_the_ids_that_their_vmm_runs_with(self) -> None:
        acme, blue = guest("acme"), guest("blue")
        assert state("distinct-host-user-ids", acme, blue) is ABSENT
        apart = a_machine("h", tenant="blue", host_user_ids=frozenset({64056}))
        assert state("distinct-host-user-ids", acme, apart) is PRESENT
        unread = a_machine("h", tenant="blue", host_user_ids=UNREAD)
        assert state("distinct-host-user-ids", acme, unread) is UNKNOWN

    @pytest.mark.parametrize(
        ("own", "theirs", "shared"),
        [
            ({}, {}, PRESENT),  # docker-default lets its own kind through
            ({}, {"label": OTHER_PROFILE}, ABSENT),
            ({}, {"label": UNCONFINED}, PRESENT),
            ({"label": UNCONFINED}, {"label": OTHER_PROFILE}, ABSENT),
            ({}, {"label": UNREAD}, UNKNOWN),
            ({"label": UNREAD}, {"label": OTHER_PROFILE}, UNKNOWN),
            ({"label": UNREAD}, {"label": UNCONFINED}, PRESENT),
            (mapped(100000), mapped(200000), ABSENT),
            ({"label": selinux("s0:c1,c2")}, {"label": selinux("s0:c3,c4")}, ABSENT),
            ({"label": selinux("s0:c1,c2")}, {"label": selinux("s0:c1,c2")}, PRESENT),
            ({"label": selinux("s0:c1,c2")}, {"label": selinux("s0:c0.c1023")}, PRESENT),
        ],
    )
    def test_with_a_label_between(
        self, own: dict[str, Any], theirs: dict[str, Any], shared: FindingState
    ) -> None:
        assert state("shared-host-user-ids", of("acme", **own), of("blue", **theirs)) is shared

    def test_one_of_unknown_owner(self) -> None:
        assert state("shared-host-user-ids", of("acme"), anybodys()) is UNKNOWN
        assert state("distinct-host-user-ids", of("acme"), anybodys()) is UNKNOWN

    @given(
        st.lists(st.tuples(st.integers(0, 40), st.integers(1, 40)), max_size=30),
        st.integers(0, 60),
        st.integers(1, 30),
    )
    def test_the_index_finds_exactly_what_overlaps(
        self, extents: list[tuple[int, int]], start: int, length: int
    ) -> None:
        held = [Held(first, first + size, n) for n, (first, size) in enumerate(extents)]
        shown = IntervalIndex(held).overlapping(start, start + length)
        expected = {h.holder for h in held if h.start < start + length and start < h.end}
        assert sorted(holder for holders in shown for holder in holders) == sorted(expected)


class TestLabels:
    @pytest.mark.parametrize(
        ("own", "theirs", "shared", "distinct"),
        [
            ("s0:c1,c2", "s0:c3,c4", ABSENT, PRESENT),
            ("s0:c1,c2", "s0:c1,c2", PRESENT, ABSENT),
            ("s0:c1,c2", "s0:c2,c1", PRESENT, ABSENT),
            ("s0:c1,c2", "s0:c1", ABSENT, PRESENT),
            ("s0:c1", "s0:c1,c2", PRESENT, ABSENT),
            ("s0", "s0:c1,c2", PRESENT, ABSENT),
            ("s0:c1,c2", "s0", ABSENT, PRESENT),
            ("s0:c1,c2", "s0-s0:c0.c1023", PRESENT, ABSENT),
            ("s0:c5", "s0:c4.c6", PRESENT, ABSENT),
            ("s0:strange", "s0:c1,c2", PRESENT, ABSENT),
            ("s0:c1,c2", "s0:strange", PRESENT, ABSENT),
        ],
    )
    def test_categories_of_selinux(
        self, own: str, theirs: str, shared: FindingState, distinct: FindingState
    ) -> None:
        acme, blue = of("acme", label=selinux(own)), of("blue", label=selinux(theirs))
        assert state("shared-mcs-categories", acme, blue) is shared
        assert state("distinct-mac-label", acme, blue) is distinct

    def test_another_type_keeps_apart_whatever_the_categories(self) -> None:
        acme = of("acme", label=selinux("s0:c1,c2"))
        blue = guest("blue")
        svirt = a_machine("h", tenant="blue", label=selinux("s0:c1,c2", "svirt_t"))
        assert state("shared-mcs-categories", acme, svirt) is ABSENT
        assert state("distinct-mac-label", acme, svirt) is PRESENT
        assert state("distinct-mac-label", acme, blue) is PRESENT

    def test_selinux_that_does_not_enforce_keeps_nobody_apart(self) -> None:
        acme = of("acme", label=selinux("s0:c1,c2"))
        permissive = of("blue", label=selinux("s0:c3,c4", enforced=False))
        assert state("distinct-mac-label", acme, permissive) is ABSENT
        assert state("distinct-mac-label", permissive, acme) is ABSENT

    def test_profiles_of_apparmor(self) -> None:
        assert state("distinct-mac-label", of("acme"), of("blue")) is ABSENT
        assert state("distinct-mac-label", of("acme"), of("blue", label=OTHER_PROFILE)) is PRESENT
        assert state("distinct-mac-label", of("acme"), of("blue", label=UNCONFINED)) is ABSENT
        assert state("shared-mcs-categories", of("acme"), of("blue")) is ABSENT

    def test_what_is_unread_leaves_it_open(self) -> None:
        selinux_label = selinux("s0:c1,c2")
        for identity in ("distinct-mac-label", "shared-mcs-categories"):
            acme, blue = of("acme", label=selinux_label), of("blue", label=UNREAD)
            assert state(identity, acme, blue) is UNKNOWN
            assert state(identity, blue, acme) is UNKNOWN

    def test_so_does_an_unknown_owner(self) -> None:
        acme, other = of("acme", label=selinux("s0:c1")), anybodys(label=selinux("s0:c1"))
        assert state("shared-mcs-categories", acme, other) is UNKNOWN
        assert state("distinct-mac-label", acme, other) is UNKNOWN


class TestMergedPages:
    ON = a_host(page_merging=True)

    @pytest.mark.parametrize(
        ("own", "theirs", "expected"),
        [
            (True, True, PRESENT),
            (True, False, ABSENT),
            (False, True, ABSENT),
            (True, UNREAD, UNKNOWN),
            (UNREAD, True, UNKNOWN),
            (UNREAD, False, ABSENT),
        ],
    )
    def test_where_ksm_runs(self, own: object, theirs: object, expected: FindingState) -> None:
        acme, blue = of("acme", mergeable=own), of("blue", mergeable=theirs)
        assert state("same-page-merging", acme, blue, host=self.ON) is expected

    def test_where_it_does_not(self) -> None:
        acme, blue = of("acme", mergeable=True), of("blue", mergeable=True)
        assert state("same-page-merging", acme, blue) is ABSENT
        unread = a_host(page_merging=UNREAD)
        assert state("same-page-merging", acme, blue, host=unread) is UNKNOWN

    def test_with_one_of_unknown_owner(self) -> None:
        other = anybodys(mergeable=True)
        assert (
            state("same-page-merging", of("acme", mergeable=True), other, host=self.ON) is UNKNOWN
        )


class TestKernels:
    def test_each_has_its_own(self) -> None:
        assert state("kernels-apart", guest("acme"), guest("blue")) is PRESENT

    def test_a_container_has_the_hosts(self) -> None:
        assert state("kernels-apart", of("acme"), guest("blue")) is ABSENT
        assert state("kernels-apart", guest("blue"), of("acme")) is ABSENT

    def test_one_of_its_own_tenant_does_not_matter(self) -> None:
        assert state("kernels-apart", guest("acme"), of("acme"), guest("blue")) is PRESENT

    def test_one_of_unknown_owner_may(self) -> None:
        assert state("kernels-apart", guest("acme"), anybodys()) is UNKNOWN


class TestUnseen:
    def test_where_everything_was_seen(self) -> None:
        assert state("unseen-workloads", of("acme")) is ABSENT

    def test_where_workloads_may_hide_nothing_is_separate(self) -> None:
        acme = of("acme")
        hidden = assessed(acme, unseen="processes of other users")
        assert finding(hidden, acme, "unseen-workloads").state is UNKNOWN
        assert rungs(hidden, acme, WW_C)[0] == 0


def test_the_other_side_is_named_and_not_all_of_it() -> None:
    shared = a_mount("/srv/data", "/data")
    acme = with_mounts("acme", shared)
    many = [
        of("blue", f"blue{n}", mounts=own_mounts(2000 + n, shared)) for n in range(OTHERS_SHOWN + 5)
    ]
    shown = found("shared-writable-storage", acme, *many)
    assert len(shown.others) == OTHERS_SHOWN
    assert "by blue0 (blue), blue1 (blue), blue10 (blue) and at least 17 more" in shown.says


def test_names_that_somebody_made_long_are_cut() -> None:
    long = of("x" * 10**6, "y" * 10**6, namespaces={NET: 77})
    shown = found("shared-namespace", of("acme", namespaces={NET: 77}), long)
    assert len(shown.says) < 300


def test_alone_on_a_host_nothing_is_shared() -> None:
    alone = of("acme")
    shown = assessed(alone)
    assert rungs(shown, alone, WW_C) == (3, 3), "it runs on the host's kernel"
