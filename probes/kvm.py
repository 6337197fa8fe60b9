"""What KVM says that it can do: Documentation/virt/kvm/api.rst, ``KVM_CHECK_EXTENSION``."""

from __future__ import annotations

import fcntl
import json
import os

from isoscope.snapshot.reading import Channel, Reading, Source
from probes.host.access import HostAccess, NoAnswerError

VM_TYPES = ("KVM_CAP_VM_TYPES", 235)
"""A bit for each type of VM that can be created now; 0 from kernels that do not know it."""
S390_PROTECTED = ("KVM_CAP_S390_PROTECTED", 180)
PPC_SECURE_GUEST = ("KVM_CAP_PPC_SECURE_GUEST", 181)

_DEVICE = "/dev/kvm"
_CHECK_EXTENSION = 0xAE03  # _IO(0xAE, 0x03), linux/kvm.h


def kvm_source(name: str) -> Source:
    """The source of the answer for one capability."""
    return Source(Channel.KERNEL, _DEVICE, f"KVM_CHECK_EXTENSION {name}")


def kvm_capability(host: HostAccess, capability: tuple[str, int]) -> Reading:
    """What ``KVM_CHECK_EXTENSION`` answers for one capability: a JSON object with ``value``.

    The device is opened for reading only, and not at all where KVM is not loaded: opening it would
    load the module.
    """
    name, number = capability
    loaded = host.status("/sys/module/kvm")

    def question() -> bytes:
        if loaded.gap is not None:
            raise NoAnswerError(loaded.gap, "KVM is not loaded, so its device was not opened")
        device = os.open(_DEVICE, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            value = fcntl.ioctl(device, _CHECK_EXTENSION, number)
        finally:
            os.close(device)
        return json.dumps({"value": value}).encode()

    return host.ask(kvm_source(name), question)
