"""The launch security that a libvirt domain asks for.

Source: https://libvirt.org/formatdomain.html, "Launch security" and "Memory devices".
"""

from __future__ import annotations

from collections.abc import Iterator

from isoscope.inventory import launch_policy, qemu_launch
from isoscope.inventory.libvirt_machine import extra_arguments
from isoscope.inventory.workload import LaunchSecurity
from isoscope.inventory.xml_elements import Element

_SWITCHES = {
    "kernelHashes": "kernel, initrd and command line are measured",
    "authorKey": "author key set",
}
_ELEMENTS = {
    "hostData": "host data set",
    "idBlock": "identity block set",
    "mrConfigId": "MRCONFIGID set",
    "mrOwner": "MROWNER set",
    "mrOwnerConfig": "MROWNERCONFIG set",
}


def read_launch_security(root: Element) -> LaunchSecurity:
    """The launch security that the domain asks for.

    Raises:
        ValueError: its kind is not said, or a policy is no number.
    """
    found = root.find("launchSecurity")
    if found is None:
        asked = qemu_launch.launch_security(extra_arguments(root))
        given = any(each.get("model") == "sgx-epc" for each in root.all("devices", "memory"))
        if given and asked.kind == "none":
            return LaunchSecurity("none", look_alike=qemu_launch.SGX_MEMORY)
        return asked
    kind = found.get("type")
    policy = found.find("policy")
    value = int(policy.text, 0) if policy is not None else None
    beside = tuple(_bound(found))
    if kind == "sev":
        return launch_policy.sev(value, beside)
    if kind == "sev-snp":
        return launch_policy.snp(value, beside)
    if kind == "tdx":
        return launch_policy.tdx(value, beside)
    if kind == "s390-pv":
        return LaunchSecurity(kind, policy=(qemu_launch.ONLY_PERMITTED,))
    if not kind:
        raise ValueError("<launchSecurity> has no type")
    return LaunchSecurity(kind[:40])


def _bound(found: Element) -> Iterator[str]:
    for name, words in _SWITCHES.items():
        if found.get(name) == "yes":
            yield words
    if found.get("vcek") == "no":
        yield "signed by the cloud's key (VLEK), not the chip's"
    for name, words in _ELEMENTS.items():
        each = found.find(name)
        if each is not None and each.text:
            yield words
