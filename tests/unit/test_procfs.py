"""Parsers of the kernel's process files: what they read, and what a hostile name cannot do."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.process_network import parse_network_devices, speaks_ipv6
from isoscope.inventory.procfs import (
    parse_device_rules,
    parse_id_map,
    parse_ksm_stat,
    parse_mountinfo,
    parse_namespace_link,
    parse_number,
    parse_number_list,
    parse_resource_limit,
    parse_status,
)
from isoscope.inventory.workload import DeviceRule, IdMapping, SeccompMode
from isoscope.snapshot.places import ancestors, cgroup_mounts, cgroup_paths, unescaped
from tests.fakes.host import a_bind, a_process, mountinfo_of_container

PARSERS: list[Callable[[str], object]] = [
    parse_status,
    parse_number_list,
    parse_id_map,
    parse_mountinfo,
    parse_namespace_link,
    parse_device_rules,
    lambda text: parse_resource_limit(text, "Max open files"),
    parse_network_devices,
    speaks_ipv6,
    parse_ksm_stat,
    parse_number,
]


def status_of(**how: object) -> str:
    return str(a_process(4711, **how)["/proc/4711/status"])  # type: ignore[arg-type]


class TestStatus:
    def test_it_says_how_a_process_is_confined(self) -> None:
        status = parse_status(
            status_of(
                name="sleep",
                parent=4000,
                uids=(1000, 1000, 0, 1000),
                nested_pids=(4711, 1),
                capabilities=0xFB,
                bounding=0x1FF,
                seccomp=2,
                no_new_privileges=True,
                allowed_cpus="0-1,3",
            )
        )
        assert (status.name, status.pid, status.parent) == ("sleep", 4711, 4000)
        assert status.user_ids == frozenset({0, 1000})
        assert status.pids_by_namespace == (4711, 1)
        assert (status.effective, status.permitted, status.bounding) == (0xFB, 0xFB, 0x1FF)
        assert status.seccomp is SeccompMode.FILTER
        assert status.no_new_privileges is True
        assert status.allowed_cpus == frozenset({0, 1, 3})
        assert status.threads == 1

    def test_what_an_old_kernel_does_not_print_is_not_known(self) -> None:
        status = parse_status("Name:\tx\nPid:\t7\nPPid:\t1\nUid:\t0\t0\t0\t0\n")
        assert status.seccomp is None
        assert status.no_new_privileges is None
        assert status.effective is None
        assert status.pids_by_namespace is None
        assert status.threads is None

    @pytest.mark.parametrize("sign", ["\x0b", "\x0c", "\x1c", "\x1e", "\x85", "\u2028", "\r"])
    @pytest.mark.parametrize(
        "row", ["Seccomp:\t2", "NoNewPrivs:\t1", "CapEff:\t0", "Uid:\t7 7 7 7", "Threads:\t1"]
    )
    def test_a_name_adds_no_row(self, sign: str, row: str) -> None:
        honest = status_of(capabilities=0xFF)
        forged = honest.replace("Name:\tbash", f"Name:\t{sign}{row}{sign}")
        assert parse_status(forged).seccomp is SeccompMode.DISABLED
        assert parse_status(forged).no_new_privileges is False
        assert parse_status(forged).effective == 0xFF
        assert parse_status(forged).user_ids == frozenset({0})

    @pytest.mark.parametrize(
        ("row", "wrong"),
        [
            ("Seccomp:\t0", "Seccomp:\t3"),
            ("NoNewPrivs:\t0", "NoNewPrivs:\tyes"),
            ("Pid:\t4711", "Pid:\t-4711"),
            ("Uid:\t0\t0\t0\t0", "Uid:\t"),
            ("Uid:\t0\t0\t0\t0", "Uid:\t0\t0\t0"),
            ("CapEff:\t", "CapEff:\t-"),
            ("CapBnd:\t", "CapBnd:\t0x"),
            ("Cpus_allowed_list:\t0-3", "Cpus_allowed_list:\t3-0"),
        ],
    )
    def test_a_row_of_another_shape_is_not_understood(self, row: str, wrong: str) -> None:
        assert row in status_of()
        with pytest.raises(ValueError, match=r"."):
            parse_status(status_of().replace(row, wrong))


class TestNumbers:
    @pytest.mark.parametrize("text", ["", "-1", "+1", "1_0", "٣", "²", "1.0", "1 ", "9" * 21])
    def test_only_what_the_kernel_prints_is_a_number(self, text: str) -> None:
        with pytest.raises(ValueError, match="is no number"):
            parse_number(text)

    def test_masks_are_hexadecimal(self) -> None:
        assert parse_number("00000000a80425fb", 16) == 0xA80425FB

    def test_a_list_has_ranges(self) -> None:
        assert parse_number_list("0-2,8,10-11\n") == {0, 1, 2, 8, 10, 11}
        assert parse_number_list("\n") == frozenset()

    @pytest.mark.parametrize(
        "text", ["3-1", "1,1", "5,0-4", "-1", "1-", "0-65536", "a", "1,,2", ","]
    )
    def test_other_lists_are_none(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"."):
            parse_number_list(text)

    def test_a_long_list_takes_no_time(self) -> None:
        with pytest.raises(ValueError, match="range"):
            parse_number_list("0-65535," * 500_000)


class TestIdMaps:
    def test_a_map_has_lines(self) -> None:
        text = "         0       1000          1\n         1     100000      65536\n"
        assert parse_id_map(text) == (IdMapping(0, 1000, 1), IdMapping(1, 100000, 65536))

    def test_a_map_that_nobody_wrote_is_empty(self) -> None:
        assert parse_id_map("") == ()

    @pytest.mark.parametrize("text", ["0 0", "0 0 0", "0 -1 5", "a b c", "0 0 1 1"])
    def test_other_lines_are_none(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"."):
            parse_id_map(text)


class TestMounts:
    def test_a_line_has_its_parts(self) -> None:
        line = (
            "36 35 98:0 /mnt1 /mnt2 ro,noatime master:1 shared:2 - ext3 /dev/root rw,errors=panic"
        )
        (mount,) = parse_mountinfo(line + "\n")
        assert (mount.device, mount.root, mount.mount_point) == ("98:0", "/mnt1", "/mnt2")
        assert mount.propagation == ("master:1", "shared:2")
        assert (mount.file_system, mount.mount_source) == ("ext3", "/dev/root")
        assert not mount.writable

    @pytest.mark.parametrize(
        ("of_mount", "of_file_system", "writable"),
        [("rw", "rw", True), ("ro", "rw", False), ("rw", "ro", False), ("ro", "ro", False)],
    )
    def test_either_can_make_it_read_only(
        self, of_mount: str, of_file_system: str, writable: bool
    ) -> None:
        (mount,) = parse_mountinfo(f"1 0 0:1 / / {of_mount} - ext4 /dev/a {of_file_system}\n")
        assert mount.writable is writable

    def test_a_path_in_the_options_makes_nothing_read_only(self) -> None:
        (mount,) = parse_mountinfo("1 0 0:1 / / rw,relatime - overlay o rw,lowerdir=/a,ro,b\n")
        assert mount.writable

    def test_escapes_are_undone(self) -> None:
        (mount,) = parse_mountinfo(a_bind("/srv/a\\040b\\012c", "/x\\134y") + "\n")
        assert (mount.root, mount.mount_point) == ("/srv/a b\nc", "/x\\y")

    @pytest.mark.parametrize("sign", ["\x0b", "\x0c", "\x1e", "\x85", "\u2028"])
    def test_a_directorys_name_ends_no_line(self, sign: str) -> None:
        text = mountinfo_of_container(a_bind(f"/srv/a{sign}b", "/data"))
        assert parse_mountinfo(text)[-1].root == f"/srv/a{sign}b"

    def test_a_container_has_all_its_mounts(self) -> None:
        assert len(parse_mountinfo(mountinfo_of_container())) == 17

    @pytest.mark.parametrize("line", ["x", "1 0 0:1 / / rw", "1 0 0:1 / / rw - ext4", " - a b c"])
    def test_other_lines_are_none(self, line: str) -> None:
        with pytest.raises(ValueError, match="mountinfo"):
            parse_mountinfo(line)


class TestSmallFiles:
    def test_a_namespace_has_a_number(self) -> None:
        assert parse_namespace_link("net:[4026531840]") == 4026531840
        assert parse_namespace_link("pid_for_children:[1]") == 1

    @pytest.mark.parametrize(
        "text", ["", "net:[]", "net:[x]", "net:[1] ", "/proc/1/ns/net", "a:[²]"]
    )
    def test_another_link_has_none(self, text: str) -> None:
        with pytest.raises(ValueError, match="is no link to a namespace"):
            parse_namespace_link(text)

    def test_device_rules(self) -> None:
        assert parse_device_rules("a *:* rwm\nc 1:3 rw\n") == (
            DeviceRule("a", "*:*", "rwm"),
            DeviceRule("c", "1:3", "rw"),
        )
        assert parse_device_rules("") == ()

    def test_the_hard_limit_is_what_limits(self) -> None:
        heading = "Limit                     Soft Limit           Hard Limit           Units\n"
        row = "Max open files            1024                 {}               files\n"
        assert parse_resource_limit(heading + row.format("4096"), "Max open files") == 4096
        assert parse_resource_limit(heading + row.format("unlimited"), "Max open files") is None
        with pytest.raises(ValueError, match="no row"):
            parse_resource_limit(heading, "Max open files")

    def test_network_devices(self) -> None:
        text = "Inter-|   Receive\n face |bytes\n    lo:       0\neth0: 1 2\n"
        assert parse_network_devices(text) == ("lo", "eth0")
        with pytest.raises(ValueError, match="no list"):
            parse_network_devices("")

    def test_addresses_of_ipv6_count_unless_they_are_of_the_loopback(self) -> None:
        loopback = "00000000000000000000000000000001 01 80 10 80       lo\n"
        linked = "fe80000000000000004242fffeac1102 2a 40 20 80     eth0\n"
        assert not speaks_ipv6(loopback)
        assert not speaks_ipv6("")
        assert speaks_ipv6(loopback + linked)
        with pytest.raises(ValueError, match="no list"):
            speaks_ipv6("eth0\n")

    @pytest.mark.parametrize(
        ("text", "mergeable"),
        [
            (
                "ksm_rmap_items 0\nksm_merging_pages 0\nksm_merge_any: no\nksm_mergeable: no\n",
                False,
            ),
            ("ksm_merging_pages 0\nksm_merge_any: no\nksm_mergeable: yes\n", True),
            ("ksm_merging_pages 0\nksm_merge_any: yes\nksm_mergeable: no\n", True),
            ("ksm_rmap_items 5\nksm_merging_pages 3\n", True),
        ],
    )
    def test_page_merging(self, text: str, mergeable: bool) -> None:
        assert parse_ksm_stat(text) is mergeable

    @pytest.mark.parametrize("text", ["", "ksm_rmap_items 0\nksm_merging_pages 0\n"])
    def test_a_kernel_that_does_not_say_whether_pages_may_be_merged(self, text: str) -> None:
        with pytest.raises(ValueError, match="does not say"):
            parse_ksm_stat(text)


class TestPlaces:
    def test_paths_by_controller(self) -> None:
        text = "3:cpu,cpuacct:/docker/1\n2:memory:/docker/1\n1:name=systemd:/x\n0::/init.scope\n"
        assert cgroup_paths(text) == {
            "cpu": "/docker/1",
            "cpuacct": "/docker/1",
            "memory": "/docker/1",
            "name=systemd": "/x",
            "": "/init.scope",
        }

    def test_a_path_outside_the_readers_cgroup_namespace_is_no_path(self) -> None:
        assert cgroup_paths("0::/../../docker/1\n") == {}

    def test_a_cgroups_name_adds_no_line(self) -> None:
        assert cgroup_paths("0::/own/x\x0b0::/docker/2\n") == {"": "/own/x\x0b0::/docker/2"}

    def test_ancestors_are_nearest_first_without_the_root(self) -> None:
        assert ancestors("/a/b/c") == ["/a/b", "/a"]
        assert ancestors("/") == []

    def test_mounts_by_controller(self) -> None:
        text = (
            "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
            "33 31 0:30 /docker/1 /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
            "34 31 0:31 / /sys/fs/a\\040b rw shared:1 - cgroup2 cgroup2 rw\n"
        )
        mounts = cgroup_mounts(text)
        assert mounts["cpu"] == mounts["cpuacct"] == "/sys/fs/cgroup/cpu,cpuacct"
        assert "pids" not in mounts, "a part of a hierarchy is not the whole"
        assert mounts[""] == "/sys/fs/a b"

    def test_unescaping_leaves_other_text_alone(self) -> None:
        assert unescaped("/a\\x2d\\040") == "/a\\x2d "


WORDS = (
    *("Name:", "Pid:\t", "Cpus_allowed_list:\t", "Seccomp:\t2", "CapEff:\t", "Uid:\t0\t0\t0\t0"),
    *("0-3", "rw", "ext4", "-", "c", "1:3", "rwm", "Max open files", "unlimited"),
    *("ksm_merging_pages", "net:[4026531840]", "\n", "\t", " ", ",", "9" * 30, "\udcff", "²"),
)
KERNEL_WORDS = st.sampled_from(WORDS)


@pytest.mark.parametrize("parser", PARSERS)
@given(text=st.text(max_size=200) | st.lists(KERNEL_WORDS, max_size=30).map("".join))
def test_hostile_text_raises_only_value_error(parser: Callable[[str], object], text: str) -> None:
    with suppress(ValueError):
        parser(text)


@given(text=st.text(max_size=300) | st.lists(KERNEL_WORDS, max_size=30).map("".join))
def test_where_things_stand_is_told_of_any_text(text: str) -> None:
    for path in cgroup_paths(text).values():
        assert ".." not in path.split("/")
        ancestors(path)
    cgroup_mounts(text)
