"""Containers of LXC and systemd-nspawn, in the words of their managers' own files."""

from __future__ import annotations

from collections.abc import Iterator

from isoscope.inventory.engines.description import Described, doubt_of
from isoscope.inventory.engines.holes import hole
from isoscope.inventory.host import Hole
from isoscope.inventory.lxc import described_lxc
from isoscope.inventory.procfs import parse_number
from isoscope.inventory.workload import Attributes, WorkloadKind
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Channel, Gap, Reading
from isoscope.snapshot.system_containers import MACHINES

_OURS = "systemd-nspawn"
"""``SERVICE`` of a machine that systemd-nspawn registered; libvirt registers its own too."""


def described_system_containers(snapshot: Snapshot) -> tuple[list[Described], list[Hole]]:
    """All of them, and a hole for each manager whose files could not be read."""
    found, holes = described_lxc(snapshot)
    listing = snapshot.directory(MACHINES)
    doubt = doubt_of(listing)
    if doubt is not None and listing.gap is not Gap.ABSENT:
        holes = [hole(f"machines of systemd-machined, below {MACHINES}", doubt, listing), *holes]
    return [*_machines(snapshot), *found], holes


def parse_machine(text: str) -> dict[str, str]:
    """A file of ``/run/systemd/machines``: lines of ``KEY=value``.

    Raises:
        ValueError: it has no name or no service.
    """
    fields: dict[str, str] = {}
    for line in text.split("\n"):
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            fields.setdefault(key, value)
    if not fields.get("NAME") or "SERVICE" not in fields:
        raise ValueError("no machine of systemd-machined: it has no NAME or no SERVICE")
    return fields


def _machines(snapshot: Snapshot) -> Iterator[Described]:
    for reading in snapshot.of_channel(Channel.FILE):
        if not reading.source.target.startswith(f"{MACHINES}/") or reading.content is None:
            continue
        try:
            fields = parse_machine(reading.text())
            leader = parse_number(fields["LEADER"]) if fields.get("LEADER") else None
        except ValueError:
            continue  # what runs in it shows all the same, and whose it is stays unknown
        if fields["SERVICE"] == _OURS:
            yield _described(fields["NAME"], reading, leader)


def _described(name: str, reading: Reading, leader: int | None) -> Described:
    return Described(
        id=f"nspawn:{name}",
        kind=WorkloadKind.SYSTEM_CONTAINER,
        engine="nspawn",
        name=name,
        state="running",
        runs=True,
        pid=leader,
        attributes=Attributes(),
        endpoint=reading,
    )
