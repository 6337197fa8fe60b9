"""How near the host is to running out: tables that all workloads fill, and waiting for resources.

Sources: Documentation/admin-guide/sysctl/{fs,kernel}.rst, Documentation/networking/
nf_conntrack-sysctl.rst, Documentation/accounting/psi.rst.
"""

from __future__ import annotations

import re

from isoscope.inventory.machine.answers import HOST, decimal, read, settling, shown
from isoscope.inventory.observation import KERNEL, Doubt, Observation, known, unknown
from isoscope.inventory.reach import KernelTable, Pressure
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.places import PRESSURE, PRESSURE_OF, TABLES
from isoscope.snapshot.reading import Gap, Reading

_PROC = "mount proc at /proc"
_SOME = re.compile(r"some avg10=\S+ avg60=\S+ avg300=(\d{1,3}(?:\.\d{1,4})?) total=\d+")


def kernel_tables(snapshot: Snapshot) -> Observation[tuple[KernelTable, ...]]:
    """How full the tables are that this kernel has."""
    found: list[KernelTable] = []
    read_from: list[Reading] = []
    for name, files in TABLES.items():
        readings = [snapshot.file(file) for file in files]
        if all(reading.gap is Gap.ABSENT for reading in readings):
            continue  # its module is not loaded
        for reading in readings:
            if reading.gap is not None:
                return unknown(
                    HOST,
                    "kernel-tables",
                    reading.gap,
                    f"{reading.source}: {reading.gap}",
                    settling(reading, _PROC),
                    reading,
                )
        try:
            found.append(parse_table(name, [reading.text() for reading in readings]))
        except ValueError as error:
            explanation = f"{readings[0].source}: {error}"
            doubt = Doubt.NOT_UNDERSTOOD
            return unknown(HOST, "kernel-tables", doubt, explanation, _PROC, *readings)
        read_from += readings
    excerpt = "\n".join(f"{table.name}: {table.used} of {table.most}" for table in found) or "none"
    return known(
        HOST, "kernel-tables", tuple(found), *read_from[:4], parties=KERNEL, excerpt=excerpt
    )


def parse_table(name: str, texts: list[str]) -> KernelTable:
    """One table from its two files, the number used and the most; or ``file-nr``, which has both,
    and between them what was freed.

    Raises:
        ValueError: there are other numbers.
    """
    numbers = [decimal(word) for text in texts for word in text.split()]
    if len(texts) == 1 and len(numbers) == 3:
        del numbers[1]
    if len(numbers) != 2:
        raise ValueError(f"{shown(' '.join(texts))} is not a number used and the most")
    return KernelTable(name, *numbers)


def pressure(snapshot: Snapshot) -> Observation[tuple[Pressure, ...]]:
    """How long tasks of the host waited for each resource."""
    found: list[Pressure] = []
    for resource in PRESSURE_OF:
        reading = snapshot.file(f"{PRESSURE}/{resource}")
        waited = read("pressure", reading, parse_pressure, "boot with psi=1, and run on the host")
        if waited.value is None:
            return Observation(
                HOST, "pressure", None, waited.unknown, waited.evidence, waited.parties
            )
        found.append(Pressure(resource, waited.value))
    readings = [snapshot.file(f"{PRESSURE}/{resource}") for resource in PRESSURE_OF]
    return known(HOST, "pressure", tuple(found), *readings, parties=KERNEL)


def parse_pressure(text: str) -> float:
    """``avg300`` of ``some``: percent of the last five minutes in which a task waited.

    Raises:
        ValueError: it is no such file.
    """
    match = _SOME.match(text)
    if match is None:
        raise ValueError(f"{shown(text)} is no line of pressure")
    return float(match[1])
