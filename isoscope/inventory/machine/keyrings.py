"""Session keyrings that container runtimes made: keyrings(7), "/proc/keys"."""

from __future__ import annotations

from isoscope.inventory.machine.answers import read, shown
from isoscope.inventory.observation import Observation
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.places import KEYS, SESSION_KEYRING

_DESCRIPTION = 8
"""The field that ends in a colon: serial, flags, usage, timeout, permissions, uid, gid, type."""
_NO_MORE = frozenset("RDi")
"""Flags of keys that were revoked, are dead, or were invalidated."""


def session_keyrings(snapshot: Snapshot) -> Observation[frozenset[str]]:
    """Ids of containers whose session keyring whoever looked may see: runc names each ``_ses.`` and
    the container's id. That one is not seen says nothing: each key has permissions of its own."""
    reading = snapshot.file(KEYS)
    excerpt = "\n".join(reading.text().split("\n")[:4]) if reading.gap is None else None
    return read(
        "session-keyrings", reading, parse_keys, "run Isoscope as root on the host", excerpt=excerpt
    )


def parse_keys(text: str) -> frozenset[str]:
    """``/proc/keys``, of which only keyrings are kept.

    Raises:
        ValueError: a line has another shape.
    """
    found = []
    for row in text.split("\n"):
        if not row:
            continue
        fields = row.split(maxsplit=_DESCRIPTION)
        if len(fields) != _DESCRIPTION + 1:
            raise ValueError(f"{shown(row)} is no line of keys")
        flags, kind, name = fields[1], fields[7], fields[8].partition(":")[0]
        if kind == "keyring" and name.startswith(SESSION_KEYRING) and not _NO_MORE & set(flags):
            found.append(name[len(SESSION_KEYRING) :])
    return frozenset(found)
