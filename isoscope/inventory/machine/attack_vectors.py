"""CPU flaws by the way in which they are used against somebody: the table "Summary of attack-vector
mitigations" of Documentation/admin-guide/hw-vuln/attack_vector_controls.rst (Linux 6.18), and the
kernel parameter ``mitigations=``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from isoscope.inventory.host import AttackVector
from isoscope.inventory.machine.answers import read, shown
from isoscope.inventory.observation import Observation
from isoscope.snapshot.document import Snapshot

# Rows of the kernel's table by the file that reports on them. BHI is reported in spectre_v2;
# spectre_v2_user as well, and is told apart from it: ``cpu_flaws.SPECTRE_V2_USER``.
_EVERY_PROCESS_AND_GUEST = frozenset(
    (
        "gather_data_sampling",
        "mds",
        "mmio_stale_data",
        "reg_file_data_sampling",
        "srbds",
        "spec_rstack_overflow",
        "tsx_async_abort",
        "tsa",
    )
)
_TOWARDS_THE_KERNEL = frozenset(("indirect_target_selection", "l1tf", "retbleed", "spectre_v2"))

FLAWS_BY_VECTOR: Mapping[AttackVector, frozenset[str]] = MappingProxyType(
    {
        AttackVector.USER_KERNEL: _EVERY_PROCESS_AND_GUEST
        | _TOWARDS_THE_KERNEL
        | {"meltdown", "spectre_v1"},
        AttackVector.USER_USER: _EVERY_PROCESS_AND_GUEST | {"spectre_v2_user", "spec_store_bypass"},
        AttackVector.GUEST_HOST: _EVERY_PROCESS_AND_GUEST | _TOWARDS_THE_KERNEL | {"vmscape"},
        AttackVector.GUEST_GUEST: _EVERY_PROCESS_AND_GUEST | {"spectre_v2_user"},
        AttackVector.CROSS_THREAD: frozenset(
            (
                "gather_data_sampling",
                "l1tf",
                "mds",
                "mmio_stale_data",
                "retbleed",
                "spectre_v2_user",
                "tsx_async_abort",
            )
        ),
    }
)
"""Names of the flaws that count for each vector, as ``HostFacts.cpu_flaws`` has them."""

_VECTOR_OF_OPTION = {
    "no_user_kernel": AttackVector.USER_KERNEL,
    "no_user_user": AttackVector.USER_USER,
    "no_guest_host": AttackVector.GUEST_HOST,
    "no_guest_guest": AttackVector.GUEST_GUEST,
    "no_cross_thread": AttackVector.CROSS_THREAD,
}
_HARMLESS_OPTIONS = frozenset(("", "auto", "nosmt"))


def vectors_off(snapshot: Snapshot) -> Observation[frozenset[AttackVector]]:
    """Attack vectors whose mitigations the kernel's command line switched off. Options for single
    flaws outrank this one: what became of each flaw is in its own report."""
    return read(
        "attack-vectors-off",
        snapshot.file("/proc/cmdline"),
        parse_mitigations,
        "mount proc at /proc",
    )


def parse_mitigations(command_line: str) -> frozenset[AttackVector]:
    """The vectors that ``mitigations=`` switches off; none where it is not there.

    Raises:
        ValueError: an option of it is none that is known: what it switches off is not known either.
    """
    off: set[AttackVector] = set()
    for name, value in kernel_parameters(command_line):
        if name != "mitigations":
            continue
        for option in value.split(","):
            if option == "off":
                off.update(AttackVector)
            elif option in _VECTOR_OF_OPTION:
                off.add(_VECTOR_OF_OPTION[option])
            elif option not in _HARMLESS_OPTIONS:
                raise ValueError(f"mitigations={shown(option)} is no option that is known")
    return frozenset(off)


def kernel_parameters(command_line: str) -> Iterator[tuple[str, str]]:
    """Names and values of the kernel's parameters, quotes removed: Documentation/admin-guide/
    kernel-parameters.rst. What comes after ``--`` is for init and is left out; dashes in names
    count as underscores."""
    for written in re.findall(r'(?:"[^"]*"?|[^\s"])+', command_line):
        if written == "--":
            return
        name, _, value = written.replace('"', "").partition("=")
        yield name.replace("-", "_"), value
