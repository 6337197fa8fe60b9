"""Which mounts no path leads to: judged on lines of real kernels, and on none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.covered_mounts import MountPlace, covered
from isoscope.inventory.procfs import parse_mountinfo


def places(*rows: tuple[str, str, str]) -> list[MountPlace]:
    return [MountPlace(*row) for row in rows]


def test_nothing_lies_over_mounts_side_by_side() -> None:
    found = covered(places(("1", "0", "/"), ("2", "1", "/proc"), ("3", "2", "/proc/sys")))
    assert found == [False, False, False]


def test_what_is_mounted_on_a_place_covers_what_was_there_and_below_it() -> None:
    found = covered(
        places(
            ("1", "0", "/"),
            ("2", "1", "/run"),
            ("3", "2", "/run/x"),
            ("4", "2", "/run"),
            ("5", "4", "/run/y"),
        )
    )
    assert found == [False, True, True, False, False]


def test_a_mount_above_in_the_same_parent_covers_as_systemd_nspawn_does() -> None:
    """/run/host is mounted over itself after os-release was mounted below it."""
    found = covered(
        places(
            ("1", "0", "/"),
            ("2", "1", "/run"),
            ("3", "2", "/run/host"),
            ("4", "3", "/run/host/os-release"),
            ("5", "2", "/run/host/os-release"),
            ("6", "5", "/run/host/os-release/deeper"),
        )
    )
    assert found == [False, False, False, False, True, True]


def test_names_that_only_begin_alike_cover_nothing() -> None:
    assert covered(places(("1", "0", "/"), ("2", "1", "/a"), ("3", "1", "/ab/c"))) == [False] * 3


def test_the_root_is_covered_by_nothing() -> None:
    assert covered(places(("1", "0", "/"), ("2", "1", "/"), ("3", "1", "/x"))) == [False] * 3


def test_circles_come_to_an_end() -> None:
    assert len(covered(places(("1", "2", "/a"), ("2", "1", "/b"), ("3", "3", "/c")))) == 3


_SCRIPT = """
set -e
cd "$1"
mkdir -p a/b over other
mount -t tmpfs one a && mkdir a/b && mount -t tmpfs two a/b
mount -t tmpfs three over && mkdir over/x && mount -t tmpfs four over/x && mount -t tmpfs five over
mount -t tmpfs six other && mkdir -p other/d/e && mount -t tmpfs seven other/d/e
mount --bind other/d other/d
cat /proc/self/mountinfo
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting takes root")
def test_the_kernel_shows_the_same_to_who_walks_the_path(tmp_path: Path) -> None:
    command = [
        "unshare",
        "-m",
        "--propagation",
        "private",
        "sh",
        "-c",
        _SCRIPT,
        "sh",
        f"{tmp_path}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no mount namespace of its own: {done.stderr.strip()[:80]}")
    found = {m.mount_source: m.covered for m in parse_mountinfo(done.stdout) if m.device != "0:0"}
    assert {name: found[name] for name in ("one", "two", "three", "four", "five", "seven")} == {
        "one": False,
        "two": False,
        "three": True,
        "four": True,
        "five": False,
        "seven": True,
    }


@given(
    st.lists(
        st.builds(
            MountPlace,
            st.sampled_from("123"),
            st.sampled_from("0123"),
            st.sampled_from(("/", "/a", "/a/b", "/a/b/c", "")),
        )
    )
)
def test_any_mounts_are_answered_for(given_places: list[MountPlace]) -> None:
    assert len(covered(given_places)) == len(given_places)


def test_many_mounts_take_no_recursion() -> None:
    deep = [MountPlace(str(n), str(n - 1), "/a" * n or "/") for n in range(sys.getrecursionlimit())]
    assert not any(covered(deep))
