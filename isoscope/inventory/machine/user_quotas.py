"""What the kernel keeps count of for each user: keyrings(7), "/proc/key-users"."""

from __future__ import annotations

import re
from collections.abc import Mapping

from isoscope.inventory.machine.answers import read, shown
from isoscope.inventory.observation import Observation
from isoscope.inventory.user_quotas import KeyCount
from isoscope.snapshot.document import Snapshot

_LINE = re.compile(
    r"[ ]*([0-9]{1,10}):[ ]+-?[0-9]{1,10} [0-9]{1,10}/[0-9]{1,10} ([0-9]{1,10})/([0-9]{1,10}) "
    r"[0-9]{1,10}/[0-9]{1,10}"
)


def key_users(snapshot: Snapshot) -> Observation[Mapping[int, KeyCount]]:
    """The keys of each user who has any, by user id as the reader sees it."""
    reading = snapshot.file("/proc/key-users")
    return read("key-users", reading, parse_key_users, "run Isoscope on the host itself")


def parse_key_users(text: str) -> Mapping[int, KeyCount]:
    """``/proc/key-users``.

    Raises:
        ValueError: a line has another shape.
    """
    found: dict[int, KeyCount] = {}
    for line in text.split("\n"):
        if not line:
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"{shown(line)} is no line of key-users")
        user, keys, most = (int(group) for group in match.groups())
        found[user] = KeyCount(keys, most)
    return found
