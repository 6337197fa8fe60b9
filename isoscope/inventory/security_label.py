"""What an LSM says of a workload's processes.

Sources: ``/proc/PID/attr/current`` in ``proc(5)``; security/apparmor/procattr.c (``name (mode)``,
``unconfined``); SELinux contexts ``user:role:type:level``.
"""

from __future__ import annotations

from isoscope.inventory.observation import KERNEL, Doubt, Observation, known, unknown
from isoscope.inventory.process_table import ProcessGroup
from isoscope.inventory.workload import SecurityLabel
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Gap, Reading

NO_LABEL = SecurityLabel("none", "", enforced=False)

_UNCONFINED_TYPES = frozenset(
    {
        "unconfined_t",
        "unconfined_service_t",
        "spc_t",
        "initrc_t",
        "init_t",
        "kernel_t",
        "container_runtime_t",
        "dockerd_t",
        "virtd_t",
    }
)
"""SELinux types that policy does not confine, or that are a manager's own."""


def read_label(
    subject: str,
    group: ProcessGroup,
    snapshot: Snapshot,
    lsms: Observation[tuple[str, ...]],
    *,
    enforcing: bool,
) -> Observation[SecurityLabel]:
    """The weakest label among the processes that stand first in the workload."""
    found: list[tuple[SecurityLabel, Reading]] = []
    for process in group.first:
        reading = snapshot.file(f"/proc/{process.pid}/attr/current")
        if reading.gap is Gap.UNSUPPORTED:  # EINVAL: no LSM that gives labels is active
            found.append((NO_LABEL, reading))
        elif reading.gap is not None:
            if reading.gap in (Gap.GONE, Gap.ABSENT) and process is not group.first[0]:
                continue
            return unknown(
                subject,
                "label",
                reading.gap,
                f"{reading.source}: {reading.gap}",
                "run Isoscope as root",
                reading,
            )
        else:
            try:
                found.append((parse_label(reading.text(), lsms.value, enforcing), reading))
            except ValueError as error:
                return unknown(
                    subject,
                    "label",
                    Doubt.NOT_UNDERSTOOD,
                    f"{reading.source}: {error}",
                    "mount securityfs, so that the list of active LSMs can be read",
                    reading,
                )
    label, reading = min(found, key=lambda item: item[0].enforced)
    return known(subject, "label", label, reading, parties=KERNEL)


def parse_label(text: str, lsms: tuple[str, ...] | None, enforcing: bool) -> SecurityLabel:
    """A label as its LSM writes it.

    Args:
        text: content of ``attr/current``.
        lsms: active LSMs where known; only a hint, the shape of the label decides.
        enforcing: whether SELinux enforces.

    Raises:
        ValueError: neither AppArmor nor SELinux writes such a label.
    """
    label = text.strip("\0\n ")
    if label == "":
        return NO_LABEL
    parts = label.split(":", 3)
    if len(parts) >= 3 and not label.endswith(")") and (lsms is None or "apparmor" not in lsms):
        confined = parts[2] not in _UNCONFINED_TYPES
        return SecurityLabel(
            "selinux", label, enforcing and confined, parts[3] if len(parts) == 4 else ""
        )
    if label == "unconfined":
        return SecurityLabel("apparmor", label, enforced=False)
    if label.endswith(")") and " (" in label:
        mode = label.rpartition(" (")[2].rstrip(")")
        return SecurityLabel("apparmor", label, enforced=mode in ("enforce", "kill"))
    raise ValueError(f"{label[:60]!r} is no label of AppArmor or SELinux")
