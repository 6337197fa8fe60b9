"""Booleans of SELinux policies that bear on workloads: which of them are looked at.

Names are those of container-selinux, selinux-policy (Fedora) and refpolicy; a policy has some of
them. Source of the files: security/selinux/selinuxfs.c.
"""

from __future__ import annotations

DIRECTORY = "/sys/fs/selinux/booleans"

NAMES = (
    "container_connect_any",
    "container_manage_cgroup",
    "container_read_certs",
    "container_use_cephfs",
    "container_use_devices",
    "container_use_dri_devices",
    "container_use_ecryptfs",
    "container_use_xserver_devices",
    "deny_execmem",
    "deny_ptrace",
    "domain_kernel_load_modules",
    "mmap_low_allowed",
    "secure_mode_insmod",
    "secure_mode_policyload",
    "virt_rw_qemu_ga_data",
    "virt_sandbox_share_apache_content",
    "virt_sandbox_use_all_caps",
    "virt_sandbox_use_audit",
    "virt_sandbox_use_mknod",
    "virt_sandbox_use_netlink",
    "virt_sandbox_use_sys_admin",
    "virt_use_comm",
    "virt_use_execmem",
    "virt_use_fusefs",
    "virt_use_nfs",
    "virt_use_rawip",
    "virt_use_samba",
    "virt_use_sysfs",
    "virt_use_usb",
    "virt_use_vfio",
    "virt_use_xserver",
)
