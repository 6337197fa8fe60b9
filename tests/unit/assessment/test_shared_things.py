"""Memory, devices, pages of files and quotas that workloads of different tenants have together."""

from dataclasses import replace
from typing import Any

import pytest

from isoscope.assessment.verdict import Finding
from isoscope.assessment.viewpoint import OPERATOR
from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.observation import Party
from isoscope.inventory.user_quotas import KeyCount
from isoscope.inventory.workload import DeviceRule, Mount, Volume, Workload
from isoscope.snapshot.reading import Gap
from tests.fakes.workloads import (
    HOST_MOUNTS,
    UNREAD,
    WW_A,
    WW_C,
    WW_I,
    a_container,
    a_host,
    a_machine,
    a_mount,
    assessed,
    finding,
    own_mounts,
    rungs,
    seen,
    undescribed,
    verdict,
)

PRESENT, ABSENT, UNKNOWN = FindingState.PRESENT, FindingState.ABSENT, FindingState.UNKNOWN
UNSHOWN = replace(UNREAD, reason=Gap.UNSUPPORTED)


def found(identity: str, *workloads: Workload, **inventory: Any) -> Finding:  # noqa: ANN401
    """The finding on the first of these workloads."""
    return finding(assessed(*workloads, **inventory), workloads[0], identity)


def state(identity: str, *workloads: Workload, **inventory: Any) -> FindingState:  # noqa: ANN401
    return found(identity, *workloads, **inventory).state


def of(tenant: str, name: str = "", **facts: Any) -> Workload:  # noqa: ANN401
    return a_container(name or f"of-{tenant}", tenant=tenant, **facts)


def anybodys(**facts: Any) -> Workload:  # noqa: ANN401
    return a_container("anybodys", attributes_unknown=UNREAD, **facts)


def guest(tenant: str, name: str = "", **says: object) -> Workload:
    return a_machine(name or f"guest-of-{tenant}", tenant=tenant, says=says)


class TestMemoryRegions:
    def test_one_of_two_tenants_leaves_nothing_of_their_isolation(self) -> None:
        acme, blue = (guest(tenant, shared_memory=("ring",)) for tenant in ("acme", "blue"))
        shown = found("shared-memory-region", acme, blue)
        assert shown.state is PRESENT
        assert shown.others == (blue.id,)
        assert "/dev/shm/ring" in shown.says
        assert "guest-of-blue (blue)" in shown.says
        for aspect in (WW_C, WW_I):
            assert rungs(assessed(acme, blue), acme, aspect) == (0, 0)

    def test_a_name_and_its_path_are_one_region(self) -> None:
        acme = guest("acme", shared_memory=("ring",))
        blue = guest("blue", shared_memory=("/dev/shm/ring",))
        assert state("shared-memory-region", acme, blue) is PRESENT

    def test_within_one_tenant_and_by_other_names_it_is_none(self) -> None:
        one, two = (guest("acme", name, shared_memory=("ring",)) for name in ("one", "two"))
        assert state("shared-memory-region", one, two) is ABSENT
        assert state("shared-memory-region", one, guest("blue", shared_memory=("o",))) is ABSENT

    def test_a_container_that_sees_its_file_has_it_too(self) -> None:
        shm = a_mount("/", "/dev/shm", device="0:24", kind="tmpfs", source="tmpfs")
        mounts = (*HOST_MOUNTS, shm)
        acme = guest("acme", shared_memory=("ring",))
        seeing = of("blue", mounts=own_mounts(1, replace(shm, mount_point="/host-shm")))
        blind = of("blue", mounts=own_mounts(1))
        assert state("shared-memory-region", acme, seeing, host_mounts=mounts) is PRESENT
        assert state("shared-memory-region", seeing, acme, host_mounts=mounts) is PRESENT
        assert state("shared-memory-region", acme, blind, host_mounts=mounts) is ABSENT

    def test_what_is_unread_leaves_it_open(self) -> None:
        acme = guest("acme", shared_memory=("ring",))
        assert state("shared-memory-region", acme, guest("blue", shared_memory=UNREAD)) is UNKNOWN
        assert state("shared-memory-region", guest("blue", shared_memory=UNREAD), acme) is UNKNOWN
        assert state("shared-memory-region", acme, undescribed(guest("blue"))) is UNKNOWN
        assert state("shared-memory-region", acme, of("blue", mounts=UNREAD)) is UNKNOWN
        assert state("shared-memory-region", acme, of("blue"), host_mounts=UNREAD) is UNKNOWN

    def test_but_nothing_of_a_guest_that_has_none_depends_on_it(self) -> None:
        assert (
            state("shared-memory-region", guest("acme"), guest("blue", shared_memory=UNREAD))
            is ABSENT
        )

    def test_with_one_of_unknown_owner_it_is_unknown_for_both(self) -> None:
        acme = guest("acme", shared_memory=("ring",))
        shm = a_mount("/dev/shm", "/x")
        other = anybodys(mounts=own_mounts(1, shm))
        host = (a_mount("/", "/"),)
        assert state("shared-memory-region", acme, other, host_mounts=host) is UNKNOWN
        assert state("shared-memory-region", other, acme, host_mounts=host) is UNKNOWN


GPU = (DeviceRule("c", "226:128", "rw"),)
_OF_EVERY = ("1:3", "1:5", "1:7", "1:8", "1:9", "5:0", "5:2", "136:*", "10:200", "10:229")
ORDINARY = (
    *(DeviceRule("c", numbers, "rwm") for numbers in _OF_EVERY),
    DeviceRule("c", "*:*", "m"),
    DeviceRule("b", "*:*", "m"),
)


class TestDevices:
    def test_the_same_one_leaves_nothing_of_their_isolation(self) -> None:
        acme, blue = (of(t, device_rules=ORDINARY + GPU) for t in ("acme", "blue"))
        shown = found("shared-device", acme, blue)
        assert shown.state is PRESENT
        assert shown.others == (blue.id,)
        assert "character device 226:128" in shown.says
        assert "of-blue (blue)" in shown.says
        assert rungs(assessed(acme, blue), acme, WW_I) == (0, 0)

    def test_what_every_container_has_is_none_of_these(self) -> None:
        assert state("shared-device", *(of(t, device_rules=ORDINARY) for t in ("a", "b"))) is ABSENT

    def test_another_of_the_same_kind_is_not_the_same(self) -> None:
        other = of("blue", device_rules=(DeviceRule("c", "226:129", "rw"),))
        assert state("shared-device", of("acme", device_rules=GPU), other) is ABSENT

    def test_all_of_a_kind_are_that_one_too(self) -> None:
        every = of("blue", device_rules=(DeviceRule("c", "226:*", "rw"),))
        assert state("shared-device", of("acme", device_rules=GPU), every) is PRESENT
        assert state("shared-device", every, of("acme", device_rules=GPU)) is PRESENT

    def test_to_make_its_node_is_not_to_use_it(self) -> None:
        making = of("blue", device_rules=(DeviceRule("c", "226:128", "m"),))
        assert state("shared-device", of("acme", device_rules=GPU), making) is ABSENT

    def test_the_engines_word_has_to_do_where_the_rules_are_not_shown(self) -> None:
        def given(tenant: str, *devices: str) -> Workload:
            return of(tenant, says={"devices": devices}, device_rules=UNSHOWN)

        acme = given("acme", "/dev/dri/renderD128")
        shown = found("shared-device", acme, given("blue", "c 226:128 rw", "/dev/fuse"))
        assert shown.state is PRESENT
        assert Party.CONTAINER_ENGINE in shown.observations[0].parties
        assert state("shared-device", acme, of("blue", device_rules=GPU)) is PRESENT
        assert state("shared-device", acme, given("blue", "/dev/fuse")) is ABSENT
        assert state("shared-device", acme, given("blue", "/dev/strange")) is UNKNOWN

    def test_rules_that_nobody_shows_leave_it_open(self) -> None:
        acme = of("acme", device_rules=GPU)
        unshown = undescribed(of("blue", device_rules=UNSHOWN))
        assert state("shared-device", acme, unshown) is UNKNOWN
        assert state("shared-device", unshown, acme) is UNKNOWN
        assert state("shared-device", of("acme", device_rules=ORDINARY), unshown) is ABSENT

    def test_one_device_passed_through_to_two_guests(self) -> None:
        acme, blue = (guest(t, passed_through=("usb 1:4",)) for t in ("acme", "blue"))
        assert state("shared-device", acme, blue) is PRESENT
        assert state("shared-device", acme, guest("blue", passed_through=("usb 1:5",))) is ABSENT
        assert state("shared-device", acme, guest("blue", passed_through=UNREAD)) is UNKNOWN
        assert state("shared-device", acme, undescribed(guest("blue"))) is UNKNOWN

    def test_a_gpu_of_a_vmm_and_of_a_container(self) -> None:
        drawing = guest("blue", open_devices=("/dev/kvm", "/dev/dri/renderD128"))
        assert state("shared-device", of("acme", device_rules=GPU), drawing) is PRESENT
        assert state("shared-device", drawing, of("acme", device_rules=GPU)) is PRESENT
        assert state("shared-device", drawing, guest("acme", open_devices=("/dev/kvm",))) is ABSENT

    def test_nothing_is_shared_counts_only_for_who_believes_the_engine_that_says_so(self) -> None:
        acme, blue = (of(t, says={"devices": ()}, device_rules=UNSHOWN) for t in ("acme", "blue"))
        doubting = OPERATOR.distrusting(Party.CONTAINER_ENGINE)
        assert state("shared-device", acme, blue) is ABSENT
        assert state("shared-device", acme, blue, viewpoint=doubting) is UNKNOWN


class TestIommuGroups:
    HOST = a_host(
        virtualisation={
            "pci_groups": {
                "0000:01:00.0": ("0000:01:00.1",),
                "0000:01:00.1": ("0000:01:00.0",),
                "0000:02:00.0": (),
            }
        }
    )

    def test_two_functions_of_one(self) -> None:
        acme = guest("acme", passed_through=("pci 0000:01:00.0",))
        blue = guest("blue", passed_through=("pci 0000:01:00.1",))
        shown = found("shared-iommu-group", acme, blue, host=self.HOST)
        assert shown.state is PRESENT
        assert shown.others == (blue.id,)
        assert "0000:01:00.0" in shown.says
        assert rungs(assessed(acme, blue, host=self.HOST), acme, WW_C) == (0, 0)
        assert state("shared-device", acme, blue, host=self.HOST) is ABSENT

    def test_functions_of_two_groups_or_of_one_tenant(self) -> None:
        acme = guest("acme", passed_through=("pci 0000:01:00.0",))
        for other in (
            guest("blue", passed_through=("pci 0000:02:00.0",)),
            guest("acme", "two", passed_through=("pci 0000:01:00.1",)),
            of("blue"),
        ):
            assert state("shared-iommu-group", acme, other, host=self.HOST) is ABSENT

    def test_groups_or_devices_that_are_unread_leave_it_open(self) -> None:
        acme = guest("acme", passed_through=("pci 0000:01:00.0",))
        blue = guest("blue", passed_through=("pci 0000:01:00.1",))
        unread = a_host(virtualisation={"pci_groups": UNREAD})
        assert state("shared-iommu-group", acme, blue, host=unread) is UNKNOWN
        nobody_looked = replace(self.HOST, virtualisation=None)
        assert state("shared-iommu-group", acme, blue, host=nobody_looked) is UNKNOWN
        untold = guest("blue", passed_through=UNREAD)
        assert state("shared-iommu-group", acme, untold, host=self.HOST) is UNKNOWN
        assert state("shared-iommu-group", guest("acme"), untold, host=self.HOST) is ABSENT
        unsaid = undescribed(guest("blue"))
        assert state("shared-iommu-group", acme, unsaid, host=self.HOST) is UNKNOWN


def layered(*layers: str, device: str = "0:50") -> Mount:
    root = a_mount("/", "/", device=device, kind="overlay", source="overlay")
    options = {"rw", f"lowerdir={':'.join(layers)}", "upperdir=/u", "workdir=/w"}
    return replace(root, super_options=frozenset(options))


class TestFilePages:
    def test_layers_of_one_image(self) -> None:
        acme = of("acme", mounts=(layered("/l/A", "/l/B", "/l/C", device="0:50"),))
        blue = of("blue", mounts=(layered("/l/X", "/l/B", "/l/C", device="0:51"),))
        shown = found("shared-file-pages", acme, blue)
        assert shown.state is PRESENT
        assert shown.others == (blue.id,)
        assert "layer /l/B and 1 more" in shown.says
        assert "of-blue (blue)" in shown.says

    def test_are_shown_beside_and_take_no_rung(self) -> None:
        acme = of("acme", mounts=(layered("/l/A", device="0:50"),))
        same = of("blue", mounts=(layered("/l/A", device="0:51"),))
        other = of("blue", mounts=(layered("/l/B", device="0:51"),))
        assert rungs(assessed(acme, same), acme, WW_C) == rungs(assessed(acme, other), acme, WW_C)
        beside = assessed(acme, same).standings[acme.id][WW_C].beside
        assert "shared-file-pages" in {item.id for item in beside}

    def test_layers_of_one_tenant_alone_or_of_different_images(self) -> None:
        acme = of("acme", mounts=(layered("/l/A", device="0:50"),))
        two = of("acme", "two", mounts=(layered("/l/A", device="0:51"),))
        other = of("blue", mounts=(layered("/l/B", device="0:52"),))
        assert state("shared-file-pages", acme, two, other) is ABSENT

    @pytest.mark.parametrize("option", ["lowerdir+=/l/A", "datadir+=/l/A", r"lowerdir=/x\:y:/l/A"])
    def test_however_the_kernel_lists_them(self, option: str) -> None:
        odd = replace(layered(device="0:51"), super_options=frozenset({"rw", option}))
        acme = of("acme", mounts=(layered("/l/A", device="0:50"),))
        assert state("shared-file-pages", acme, of("blue", mounts=(odd,))) is PRESENT

    def test_a_directory_that_both_only_read(self) -> None:
        def reading(tenant: str, *, writable: bool = False) -> Workload:
            model = a_mount("/srv/model", "/model", writable=writable)
            return of(tenant, mounts=own_mounts(len(tenant), model))

        assert state("shared-file-pages", reading("acme"), reading("other")) is PRESENT
        assert (
            state("shared-file-pages", reading("acme"), reading("other", writable=True)) is ABSENT
        )

    def test_base_images_of_guests(self) -> None:
        def based(tenant: str, base: str) -> Workload:
            disks = (
                Volume("disk", f"/i/{tenant}.qcow2", "vda", writable=True),
                Volume("backing", base, "vda", writable=False),
            )
            return guest(tenant, disks=disks)

        acme = based("acme", "/i/base.raw")
        assert state("shared-file-pages", acme, based("blue", "/i/base.raw")) is PRESENT
        assert state("shared-file-pages", acme, based("blue", "/i/other.raw")) is ABSENT
        assert state("shared-file-pages", acme, guest("blue", disks=UNREAD)) is UNKNOWN

    def test_what_is_unread_or_not_shown_leaves_it_open(self) -> None:
        acme = of("acme", mounts=(layered("/l/A"),))
        fuse = a_mount("/", "/", device="0:99", kind="fuse.fuse-overlayfs", source="fuse")
        assert state("shared-file-pages", acme, of("blue", mounts=UNREAD)) is UNKNOWN
        assert state("shared-file-pages", of("blue", mounts=UNREAD), acme) is UNKNOWN
        shown = found("shared-file-pages", of("blue", mounts=(fuse,)), acme)
        assert shown.state is UNKNOWN
        assert "does not show the layers" in shown.says


class TestUserQuotas:
    def test_of_a_user_that_two_tenants_run_as(self) -> None:
        acme, blue = of("acme"), of("blue")
        host = replace(a_host(), key_users=seen("key-users", {0: KeyCount(61, 1_000_000)}))
        shown = found("shared-user-quotas", acme, blue, host=host)
        assert shown.state is PRESENT
        assert shown.others == (blue.id,)
        assert "user 0 (61 of 1000000 keys)" in shown.says
        beside = assessed(acme, blue).standings[acme.id][WW_A].beside
        assert "shared-user-quotas" in {item.id for item in beside}
        assert verdict(assessed(acme, blue), acme, WW_A).low == 0

    def test_of_users_of_their_own(self) -> None:
        blue = of("blue", host_user_ids=frozenset({100_000}))
        assert state("shared-user-quotas", of("acme"), blue) is ABSENT
        assert state("shared-user-quotas", of("acme"), of("acme", "two"), blue) is ABSENT

    def test_of_vmms_too(self) -> None:
        assert state("shared-user-quotas", guest("acme"), guest("blue")) is PRESENT

    def test_users_that_are_unread_leave_it_open(self) -> None:
        untold = of("blue", host_user_ids=UNREAD)
        assert state("shared-user-quotas", of("acme"), untold) is UNKNOWN
        assert state("shared-user-quotas", untold, of("acme")) is UNKNOWN
        assert state("shared-user-quotas", untold) is ABSENT


class TestMemoryOfGuestsInFiles:
    FILE = "/dev/hugepages/guest"
    PAGES = a_mount("/", "/dev/hugepages", device="0:44", kind="hugetlbfs", source="hugetlbfs")

    def state(self, *workloads: Workload) -> FindingState:
        mounts = (*HOST_MOUNTS, self.PAGES)
        return state("shared-memory-region", *workloads, host_mounts=mounts)

    def test_is_open_to_whom_the_file_is_mounted_or_given_to(self) -> None:
        acme = guest("acme", memory_files=(self.FILE,))
        shown = a_mount("/", "/huge", device="0:44", kind="hugetlbfs", source="hugetlbfs")
        blue = of("blue", mounts=own_mounts(70, shown))
        assert self.state(acme, blue) is PRESENT
        assert self.state(blue, acme) is PRESENT
        assert self.state(acme, guest("blue", memory_files=(self.FILE,))) is PRESENT

    def test_is_not_to_others(self) -> None:
        acme = guest("acme", memory_files=(self.FILE,))
        assert self.state(acme, of("blue")) is ABSENT
        assert self.state(acme, guest("blue", memory_files=("/dev/hugepages/other",))) is ABSENT
        assert self.state(acme, guest("blue", memory_files=UNREAD)) is UNKNOWN
        assert self.state(guest("acme", memory_files=UNREAD), of("blue")) is UNKNOWN


class TestMemoryNodes:
    def test_are_shared_where_two_tenants_get_memory_of_one(self) -> None:
        acme, blue = of("acme", memory_nodes=frozenset({0, 1})), of("blue")
        shown = found("shared-memory-node", acme, blue)
        assert shown.state is PRESENT
        assert "memory of node 0 is also given to of-blue (blue)" in shown.says
        assert state("shared-memory-node", of("acme"), of("acme", "two")) is ABSENT

    def test_are_not_where_each_has_its_own(self) -> None:
        apart = of("blue", memory_nodes=frozenset({1}))
        assert state("shared-memory-node", of("acme"), apart) is ABSENT
        assert state("shared-memory-node", of("acme"), of("blue", memory_nodes=UNREAD)) is UNKNOWN


class TestCaches:
    @pytest.mark.parametrize(
        ("groups", "expected"), [(False, ABSENT), (True, UNKNOWN), (UNREAD, UNKNOWN)]
    )
    def test_are_shared_by_all_unless_groups_say_otherwise(
        self, groups: object, expected: FindingState
    ) -> None:
        host = replace(a_host(), cache_groups=seen("groups", groups))
        assert state("cache-partitioned", of("acme"), host=host) is expected
