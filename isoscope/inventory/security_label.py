"""What an LSM says of a workload's processes.

Sources: ``/proc/PID/attr/current`` in ``proc(5)``; security/apparmor/procattr.c (``name (mode)``,
``unconfined``); SELinux contexts ``user:role:type:level``; the SELinux reference policy and
container-selinux for the types.
"""

from __future__ import annotations

import re

from isoscope.inventory.host import Selinux, SelinuxState
from isoscope.inventory.observation import KERNEL, Doubt, Observation, known, unknown
from isoscope.inventory.process_table import ProcessGroup, ended
from isoscope.inventory.workload import SecurityLabel
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.places import OWN_LABEL
from isoscope.snapshot.reading import Gap, Reading

NO_LABEL = SecurityLabel("none", "", enforced=False)

_CONTEXT = re.compile(r"[^:\s]+:[^:\s]+:([^:\s]+)(?::(\S+))?")
_PROFILE = re.compile(r".+ \(([a-z]+)\)", re.DOTALL)
_CONFINED_TYPES = re.compile(
    r"container_(?:init_|kvm_|logreader_|logwriter_|device_|device_plugin_|device_plugin_init_"
    r"|userns_|user_)?t"
    r"|svirt_(?:tcg_|kvm_net_|qemu_net_|lxc_net_|lxc_|sandbox_|image_)?t"
    r"|[A-Za-z0-9_-]+\.process"  # as udica names what it makes for one container
)
"""Types that policies make for containers and virtual machines, to confine them."""
_UNCONFINED_TYPES = frozenset(
    {
        "unconfined_t",
        "unconfined_service_t",
        "spc_t",
        "initrc_t",
        "init_t",
        "kernel_t",
        "container_runtime_t",
        "container_engine_t",
        "containerd_t",
        "crio_t",
        "dockerd_t",
        "podman_t",
        "virtd_t",
        "virtqemud_t",
        "sysadm_t",
    }
)
"""Types that policy does not confine, or that are a manager's own, who owns the host."""


def read_label(
    subject: str, group: ProcessGroup, snapshot: Snapshot, selinux: Observation[Selinux]
) -> Observation[SecurityLabel]:
    """The weakest label among all processes of a workload: one that entered privileged keeps its
    label when the first process adopts it."""
    enforcing = None if selinux.value is None else selinux.value.state is SelinuxState.ENFORCING
    found: list[tuple[SecurityLabel, Reading]] = []
    doubts: list[Observation[SecurityLabel]] = []
    own = snapshot.file(OWN_LABEL)
    for process in group.processes:
        reading = snapshot.file(f"/proc/{process.pid}/attr/current")
        if reading.gap is Gap.NOT_READ and own.gap is Gap.UNSUPPORTED:
            reading = own
        if reading.gap is Gap.UNSUPPORTED:  # EINVAL: no LSM that gives labels is active
            found.append((NO_LABEL, reading))
        elif reading.gap is None and not reading.truncated:
            try:
                found.append((parse_label(reading.text(), enforcing=enforcing), reading))
            except ValueError as error:
                doubts.append(_unknown(subject, Doubt.NOT_UNDERSTOOD, str(error), reading))
        elif process is group.first[0] or not ended(snapshot, reading):
            reason = reading.gap or Gap.TOO_LARGE
            doubts.append(_unknown(subject, reason, str(reason), reading))
    weak = [item for item in found if not item[0].enforced]
    if doubts and not weak:
        return doubts[0]
    label, reading = (weak or found)[0]
    return known(subject, "label", label, reading, parties=KERNEL)


def _unknown(
    subject: str, reason: Gap | Doubt, says: str, reading: Reading
) -> Observation[SecurityLabel]:
    settled_by = (
        "run Isoscope as root"
        if isinstance(reason, Gap)
        else "look with sestatus and seinfo, or aa-status, whether it is confined"
    )
    return unknown(subject, "label", reason, f"{reading.source}: {says}", settled_by, reading)


def parse_label(text: str, *, enforcing: bool | None) -> SecurityLabel:
    """A label as its LSM writes it; its shape tells which one.

    Args:
        text: content of ``attr/current``.
        enforcing: whether SELinux enforces; None where that is not known.

    Raises:
        ValueError: neither AppArmor nor SELinux writes such a label, or whether it confines cannot
            be told.
    """
    label = text.rstrip("\0\n")
    if label == "":
        return NO_LABEL
    if label == "unconfined":
        return SecurityLabel("apparmor", label, enforced=False)
    profile = _PROFILE.fullmatch(label)
    if profile is not None:
        return SecurityLabel("apparmor", label, enforced=profile[1] in ("enforce", "kill"))
    context = _CONTEXT.fullmatch(label)
    if context is None:
        raise ValueError(f"{label[:60]!r} is no label of AppArmor or SELinux")
    return SecurityLabel(
        "selinux", label, _confines(context[1], enforcing=enforcing), context[2] or ""
    )


def _confines(domain: str, *, enforcing: bool | None) -> bool:
    if enforcing is False or domain in _UNCONFINED_TYPES:
        return False
    if _CONFINED_TYPES.fullmatch(domain) is None:
        raise ValueError(f"whether the policy confines {domain[:60]!r} is not known")
    if enforcing is None:
        raise ValueError("whether SELinux enforces is not known")
    return True
