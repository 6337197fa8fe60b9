"""Booleans of the SELinux policy that weaken what it confines: ``booleans(8)``.

Source of the format: security/selinux/selinuxfs.c, ``sel_read_bool``. What each boolean lets is in
the policies' own descriptions: container-selinux, selinux-policy (Fedora), refpolicy.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from isoscope.inventory.machine.answers import read
from isoscope.inventory.observation import Observation
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.selinux_booleans import DIRECTORY, NAMES

_WEAKENS_WHEN_OFF = frozenset(
    ("deny_execmem", "deny_ptrace", "secure_mode_insmod", "secure_mode_policyload")
)

LETS: Mapping[str, str] = MappingProxyType(
    {
        "container_connect_any": "container engines connect to any TCP port",
        "container_manage_cgroup": "containers change control groups, as systemd in them does",
        "container_read_certs": "containers read the host's certificates",
        "container_use_cephfs": "containers use CephFS that is mounted into them",
        "container_use_devices": "containers use any device that is mounted into them",
        "container_use_dri_devices": "containers use graphics devices that are mounted into them",
        "container_use_ecryptfs": "containers use eCryptfs that is mounted into them",
        "container_use_xserver_devices": "containers use devices of the X server",
        "deny_execmem": "confined processes make memory executable",
        "deny_ptrace": "confined processes trace others",
        "domain_kernel_load_modules": "any process makes the kernel load a module",
        "mmap_low_allowed": "processes map the lowest addresses, where null pointers lead",
        "secure_mode_insmod": "kernel modules are loaded",
        "secure_mode_policyload": "the policy is changed while it runs",
        "virt_rw_qemu_ga_data": "the QEMU guest agent reads and writes its data",
        "virt_sandbox_share_apache_content": "containers share the content of the web server",
        "virt_sandbox_use_all_caps": "containers use all capabilities that they have",
        "virt_sandbox_use_audit": "containers send audit messages",
        "virt_sandbox_use_mknod": "containers make device files",
        "virt_sandbox_use_netlink": "containers use netlink, and so manage networks",
        "virt_sandbox_use_sys_admin": "containers use CAP_SYS_ADMIN",
        "virt_use_comm": "virtual machines use serial and parallel ports of the host",
        "virt_use_execmem": "virtual machine monitors make memory executable",
        "virt_use_fusefs": "virtual machines use FUSE file systems of the host",
        "virt_use_nfs": "virtual machines use NFS of the host",
        "virt_use_rawip": "virtual machine monitors use raw IP sockets",
        "virt_use_samba": "virtual machines use CIFS of the host",
        "virt_use_sysfs": "virtual machine monitors write to sysfs",
        "virt_use_usb": "virtual machines use USB devices of the host",
        "virt_use_vfio": "virtual machines use devices through VFIO",
        "virt_use_xserver": "virtual machines use the X server of the host",
    }
)
"""What is let while a boolean weakens, by its name."""


def selinux_booleans(snapshot: Snapshot) -> Mapping[str, Observation[bool]] | None:
    """What the booleans are that the loaded policy has, of those that are looked at.

    None where the list of booleans was not read: nothing is known of them then.
    """
    listing = snapshot.directory(DIRECTORY)
    if listing.content is None:
        return None
    present = frozenset(listing.names())
    settled = "run Isoscope as root"
    return {
        name: read(name, snapshot.file(f"{DIRECTORY}/{name}"), parse_boolean, settled)
        for name in NAMES
        if name in present
    }


def parse_boolean(text: str) -> bool:
    """``1 0``: what it is, and what it will be once pending changes are committed.

    Raises:
        ValueError: it is anything else.
    """
    words = text.strip("\n\0 ").split(" ")
    if len(words) != 2 or not set(words) <= {"0", "1"}:
        raise ValueError("a boolean is two of 0 and 1")
    return words[0] == "1"


def weakens(name: str, *, on: bool) -> bool:
    """Whether a boolean weakens confinement as it is."""
    return on is not (name in _WEAKENS_WHEN_OFF)
