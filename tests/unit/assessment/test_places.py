"""What every container is given is no storage; what only looks like it is."""

import pytest

from isoscope.assessment.neighbours.places import ignored
from isoscope.inventory.procfs import parse_mountinfo

TMPFS = "121 110 0:42 {root} {at} rw,relatime shared:7 - tmpfs tmpfs rw,size={size},mode=755\n"
NODE = "113 110 0:6 {root} /dev/x rw,relatime shared:5 - devtmpfs devtmpfs rw,mode=755\n"


@pytest.mark.parametrize("root", ["/null", "/fuse", "/net/tun"])
def test_devices_that_keep_nothing_are_no_storage(root: str) -> None:
    (mount,) = parse_mountinfo(NODE.format(root=root))
    assert ignored(mount)


@pytest.mark.parametrize("root", ["/sda", "/", "/kvm", "/net"])
def test_others_are(root: str) -> None:
    (mount,) = parse_mountinfo(NODE.format(root=root))
    assert not ignored(mount)


@pytest.mark.parametrize(
    ("root", "at", "size", "is_none"),
    [
        ("/", "/dev/lxd", "100k", True),
        ("/", "/dev/incus", "100k", True),
        ("/", "/dev/lxd", "1g", False),
        ("/sub", "/dev/lxd", "100k", False),
        ("/", "/dev/other", "100k", False),
    ],
)
def test_only_the_directory_that_lxd_answers_in_is_no_storage(
    root: str, at: str, size: str, *, is_none: bool
) -> None:
    (mount,) = parse_mountinfo(TMPFS.format(root=root, at=at, size=size))
    assert ignored(mount) is is_none
