"""Whose a user id of the host is: ``passwd(5)``, ``subuid(5)``."""

from __future__ import annotations

from collections.abc import Mapping

from isoscope.inventory.machine.answers import HOST, decimal, read, shown
from isoscope.inventory.observation import KERNEL, Observation, Party, known
from isoscope.inventory.reach import Delegation
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Gap

_WRITTEN_BY = KERNEL | {Party.HOST_ADMIN}
_ON_THE_HOST = "run Isoscope on the host itself"
_PASSWD_FIELDS = 7
_SUBUID_FIELDS = 3


def accounts(snapshot: Snapshot) -> Observation[Mapping[int, str]]:
    """Names of the host's local accounts by user id."""
    file = snapshot.file("/etc/passwd")
    return read("accounts", file, parse_passwd, _ON_THE_HOST, parties=_WRITTEN_BY)


def delegations(snapshot: Snapshot) -> Observation[tuple[Delegation, ...]]:
    """Ranges of user ids that accounts may map into user namespaces; none without the file."""
    file = snapshot.file("/etc/subuid")
    if file.gap is Gap.ABSENT:
        return known(HOST, "delegations", (), file, parties=_WRITTEN_BY, excerpt="no /etc/subuid")
    return read("delegations", file, parse_subuid, _ON_THE_HOST, parties=_WRITTEN_BY)


def parse_passwd(text: str) -> Mapping[int, str]:
    """The first name of each user id.

    Raises:
        ValueError: a line has another shape.
    """
    found: dict[int, str] = {}
    for row in text.split("\n"):
        if row and row[0] not in "+-":  # those name a directory service: nsswitch.conf(5), compat
            fields = row.split(":")
            if len(fields) != _PASSWD_FIELDS:
                raise ValueError(f"{shown(row)} is no line of passwd(5)")
            found.setdefault(decimal(fields[2]), fields[0])
    return found


def parse_subuid(text: str) -> tuple[Delegation, ...]:
    """The ranges, in their order.

    Raises:
        ValueError: a line has another shape.
    """
    found = []
    for row in text.split("\n"):
        if row and not row.startswith("#"):
            fields = row.split(":")
            if len(fields) != _SUBUID_FIELDS:
                raise ValueError(f"{shown(row)} is no line of subuid(5)")
            found.append(Delegation(fields[0], decimal(fields[1]), decimal(fields[2])))
    return tuple(found)
