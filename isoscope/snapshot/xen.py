"""Guests of Xen as ``xl`` tells of them: where, and what of it is kept.

Sources: xl(1) ("list", "--long"), libxl's libxl_types.idl, Documentation/ABI/stable/procfs-xen and
sysfs-hypervisor-xen.
"""

from __future__ import annotations

from functools import partial

from isoscope.snapshot.secret_words import CUT, without_secrets
from isoscope.snapshot.strict_json import rewritten

CAPABILITIES = "/proc/xen/capabilities"
"""Holds ``control_d`` in the domain that controls the others, and nothing in any other; absent
where xenfs is not mounted."""
FEATURES = "/sys/hypervisor/properties/features"
"""A number in hexadecimal, whose bits are those of Xen's public/features.h."""
_DOM0 = 1 << 11
"""``XENFEAT_dom0``"""
HYPERVISOR = "/sys/hypervisor/type"
"""``xen`` in every domain of Xen's; absent elsewhere."""
TOOL, LIST_DOMAINS, DESCRIBE_DOMAINS = "xl", "list", "list --long"
"""Target of what ``xl`` says, and the requests: a JSON array with ``domid`` and ``state`` of each
domain, which is made of its table; and one with ``domid`` and ``config`` of each, from which those
are missing that it cannot describe."""

_KEPT_TEXT = frozenset(
    (
        "name",
        "uuid",
        "type",
        "kernel",
        "ramdisk",
        "firmware",
        "bios",
        "device_model_version",
        "device_model",
        "device_model_user",
        "device_model_stubdomain",
        "system_firmware",
        "ssid_label",
        "init_seclabel",
        "exec_ssid_label",
        "backend_domname",
        "pdev_path",
        "vdev",
        "backend",
        "format",
        "bridge",
        "nictype",
        "model",
        "ifname",
        "dev",
        "path",
        "tag",
        "security_model",
        "passthrough",
        "listen",
        "nested_hvm",
        "enable",
        "id",
        "state",
    )
)
"""Fields whose text bears on what isolates a guest; passwords, the guest's kernel command line and
its arguments to QEMU are among those that do not."""


def controls_others(capabilities: str, features: str) -> bool | None:
    """Whether this domain controls the others: dom0. None where neither file says it."""
    if "control_d" in capabilities.split():
        return True
    try:
        return bool(int(features.strip()[:16], 16) & _DOM0)
    except ValueError:
        return None


def redact_domains(content: bytes) -> bytes:
    """The list without what may be a secret; the very same bytes where nothing was cut.

    Raises:
        ValueError: it is not one JSON document in UTF-8 whose every field can be seen.
    """
    return rewritten(content, partial(_field, ""))


def _field(name: str, value: object) -> object:
    if isinstance(value, dict):
        return {without_secrets(each): _field(each, found) for each, found in value.items()}
    if isinstance(value, list):
        return [_field(name, each) for each in value]
    if not isinstance(value, str) or not value:
        return value
    return without_secrets(value) if name in _KEPT_TEXT else CUT
