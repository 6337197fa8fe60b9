"""What Incus or LXD says of a virtual machine.

What more it starts QEMU with stands in a file of its own, which nobody reads here: what depends on
it is not known.

Source: the Incus documentation, "Instance options" and "Devices".
"""

from __future__ import annotations

from isoscope.inventory.instances.devices import machine_disks, passed_through
from isoscope.inventory.instances.networks import Networks
from isoscope.inventory.instances.settings import (
    CONFIG,
    DEVICES,
    Instance,
    byte_amount,
    config_of,
    switched,
    unsaid,
    without_raw,
)
from isoscope.inventory.json_fields import get_object
from isoscope.inventory.makeup import MachineMakeup
from isoscope.inventory.workload import DeclaredMachine, LaunchSecurity, Limit

_IN_A_FILE = "what QEMU was started with is in a file of its server's, which is not read"
_RAW = ("qemu", "qemu.conf")
_DEFAULT_MEMORY = 2.0**30
"""Bytes of memory of a virtual machine of which nobody says how many: ``limits.memory``."""


def declared_machine(instance: Instance, networks: Networks) -> DeclaredMachine:
    """What the settings of a virtual machine say."""
    return DeclaredMachine(
        launch_security=instance.observe("launch-security", _launch_security, CONFIG),
        disks=instance.observe("disks", lambda d: machine_disks(_alone(d)), DEVICES),
        networks=instance.observe("networks", lambda d: networks.of_instance(_alone(d)), DEVICES),
        passed_through=instance.observe(
            "passed-through", lambda d: passed_through(_alone(d)), DEVICES
        ),
        shared_memory=instance.observe(
            "shared-memory", lambda d: _no_shared_memory(_alone(d)), DEVICES
        ),
        may_merge_pages=instance.observe(
            "may-merge-pages", unsaid("whether its memory is offered for merging, no setting says")
        ),
        memory=instance.observe("machine-memory", _memory, CONFIG, "limits.memory"),
        cpu=instance.setting("machine-cpus", "limits.cpu", _cpus),
        makeup=MachineMakeup(instance.observe("machine-parts", unsaid(_IN_A_FILE))),
    )


def _alone(document: object) -> object:
    """The document, where nothing but its settings decides what QEMU is started with.

    Raises:
        NotSaidError: something was handed through to QEMU.
    """
    for kind in _RAW:
        without_raw(document, kind)
    return document


def _no_shared_memory(document: object) -> tuple[str, ...]:
    """No setting and no device gives it any."""
    get_object(document, DEVICES)
    return ()


def _launch_security(document: object) -> LaunchSecurity:
    if not switched(_alone(document), "security.sev", unless_set=False):
        return LaunchSecurity("none")
    registers = switched(document, "security.sev.policy.es", unless_set=False)
    return LaunchSecurity("sev-es" if registers else "sev")


def _memory(document: object) -> Limit:
    text = config_of(document).get("limits.memory", "")
    return Limit(byte_amount(text) if text else _DEFAULT_MEMORY, "limits.memory")


def _cpus(text: str) -> Limit:
    """How many, or a list of those of the host that its own are pinned to."""
    if not text:
        return Limit(1.0, "limits.cpu")
    if text.isdecimal():
        return Limit(float(int(text)), "limits.cpu")
    count = 0
    for part in text.split(","):
        first, _, last = part.partition("-")
        count += int(last or first) - int(first) + 1
    if count <= 0:
        raise ValueError(f"{text[:40]!r} is no list of CPUs")
    return Limit(float(count), "limits.cpu")
