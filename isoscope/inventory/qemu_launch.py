"""The confidential guest support of a QEMU command line.

Sources: QEMU's docs/system/confidential-guest-support.rst, qapi/qom.json (``SevGuestProperties``,
``SevSnpGuestProperties``, ``TdxGuestProperties``) and docs/system/i386/sgx.rst.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from isoscope.inventory import launch_policy
from isoscope.inventory.qemu_machine import QemuOptions
from isoscope.inventory.workload import LaunchSecurity

SGX_MEMORY = "it is given SGX memory: processes in it may use enclaves, and it is itself in no TEE"
ONLY_PERMITTED = "this only permits the guest to protect itself: it starts unprotected"
_UNUSED = "it has an object {}, which its machine does not name, and which so does nothing"
_BOUND = {
    "kernel-hashes": "kernel, initrd and command line are measured",
    "host-data": "host data set",
    "id-block": "identity block set",
    "author-key-enabled": "author key set",
    "vcek-disabled": "signed by the cloud's key (VLEK), not the chip's",
    "mrconfigid": "MRCONFIGID set",
    "mrowner": "MROWNER set",
    "mrownerconfig": "MROWNERCONFIG set",
}
_OFF = ("off", "no", "false", "")
_Make = Callable[[int | None, tuple[str, ...]], LaunchSecurity]
_KINDS: Mapping[str, tuple[_Make, str, int | None]] = {
    "sev-guest": (launch_policy.sev, "policy", launch_policy.SEV_DEFAULT),
    "sev-snp-guest": (launch_policy.snp, "policy", launch_policy.SNP_DEFAULT),
    "tdx-guest": (launch_policy.tdx, "attributes", None),
}


def launch_security(options: QemuOptions) -> LaunchSecurity:
    """The confidential guest support that the machine uses; an object that the machine does not
    name does nothing.

    Raises:
        ValueError: the machine names an object that is not there, or a policy is no number.
    """
    machine = options.merged("machine")
    named = machine.get("confidential-guest-support") or machine.get("memory-encryption", "")
    if not named:
        return LaunchSecurity("none", look_alike="; ".join(_look_alikes(options, machine)))
    used = options.objects().get(named)
    if used is None:
        raise ValueError(f"the machine names the object {named[:40]}, which is not there")
    kind = used.get("qom-type", "")
    if kind in _KINDS:
        make, key, otherwise = _KINDS[kind]
        policy = int(used[key], 0) if key in used else otherwise
        return make(policy, tuple(_bound(used)))
    if kind == "s390-pv-guest":
        return LaunchSecurity("s390-pv", policy=(ONLY_PERMITTED,))
    return LaunchSecurity(kind.removesuffix("-guest")[:40] or "unknown")


def _bound(used: Mapping[str, str]) -> Iterator[str]:
    return (words for key, words in _BOUND.items() if used.get(key, "").lower() not in _OFF)


def _look_alikes(options: QemuOptions, machine: Mapping[str, str]) -> Iterator[str]:
    objects = options.objects()
    if any(key.startswith("sgx-epc.") and key.endswith(".memdev") for key in machine):
        yield SGX_MEMORY
    for keys in objects.values():
        kind = keys.get("qom-type", "")
        if kind in _KINDS or kind in ("s390-pv-guest", "pef-guest"):
            yield _UNUSED.format(kind)
