"""Cuts secrets out of command lines: those of VMMs, of other processes, and of the kernel."""

from __future__ import annotations

import re
from collections.abc import Sequence

from isoscope.snapshot.lxc import monitor_arguments
from isoscope.snapshot.manager_sockets import telling_options
from isoscope.snapshot.redact_json import redact_json
from isoscope.snapshot.sandbox_settings import telling_flags
from isoscope.snapshot.secret_words import (
    CUT,
    CUT_SHORT,
    names_a_secret,
    without_secrets,
)
from isoscope.snapshot.tee_marks import telling_arguments

_VMM = re.compile(
    r"(?:qemu|kvm|cloud-hypervisor|firecracker|crosvm|lkvm|kvmtool|stratovirt|openvmm)"
    r"(?:[-._].*)?|(?:xen-)?qemu.*"
)
_COMMAND_LINE_OPTIONS = frozenset(("append", "cmdline", "params", "p", "boot-args"))
_SECRET_OBJECT = re.compile(r"(?:^|,)(?:qom-type=)?secret", re.IGNORECASE)
_SWITCH = frozenset(("on", "off", "yes", "no", "true", "false"))
_OTHERS_CUT = re.compile(rf"{re.escape(CUT)[:-2]}: \d{{1,9}} arguments\]")


def is_vmm(argument_zero: str) -> bool:
    """Whether a command line that begins so is a VMM's: its arguments describe the machine."""
    return _VMM.fullmatch(argument_zero.rpartition("/")[2]) is not None


def redact_process_command(content: bytes) -> bytes:
    """What is kept of ``/proc/PID/cmdline``: of a VMM its arguments without secrets, of a
    monitor of LXC's the container that it watches, of any other process the name of the program and
    how many arguments were cut."""
    if not content:
        return content
    text = content.decode("utf-8", "surrogateescape")
    arguments = text.removesuffix("\0").split("\0")
    if len(arguments) == 2 and _OTHERS_CUT.fullmatch(arguments[1]) and " " not in arguments[0]:
        return content
    if len(arguments) > 1 and is_vmm(arguments[0]):
        kept = redact_vmm_arguments(arguments)
        if kept == arguments:
            return content
        return ("\0".join(kept) + "\0").encode("utf-8", "surrogateescape")
    telling = _telling(arguments)
    if telling is not None and len(arguments) > 1:
        return _cut_after(telling, arguments, content)
    watching = monitor_arguments(arguments)
    if watching is not None:
        return _of_monitor(watching, arguments, content)
    # A process can write its whole command line into the first argument: prctl(2) PR_SET_MM.
    program, blank, title = arguments[0].partition(" ")
    if not blank and len(arguments) == 1:
        return content
    count = len(arguments) - 1 + len(title.split())
    return f"{program}\0{CUT[:-1]}: {count} arguments]\0".encode("utf-8", "surrogateescape")


def _telling(arguments: Sequence[str]) -> list[str] | None:
    for telling in (telling_arguments, telling_flags, telling_options):
        kept = telling(arguments)
        if kept is not None:
            return kept
    return None


def _cut_after(telling: list[str], arguments: Sequence[str], content: bytes) -> bytes:
    """The arguments that tell what it is and how it was told to run, and how many were cut."""
    was_cut = _OTHERS_CUT.fullmatch(arguments[-1]) is not None
    if was_cut and list(arguments) in (telling, [*telling, arguments[-1]]):
        return content
    cut = len(arguments) - len(telling)
    if not cut:
        return content
    kept = "\0".join([*telling, f"{CUT[:-1]}: {cut} arguments]"]) + "\0"
    return kept.encode("utf-8", "surrogateescape")


def _of_monitor(kept: list[str], arguments: Sequence[str], content: bytes) -> bytes:
    """Which container a monitor of LXC's is of: it may have the container's own command as well."""
    marked = len(arguments) == len(kept) + 1 and _OTHERS_CUT.fullmatch(arguments[-1])
    if list(arguments[: len(kept)]) == kept and (marked or len(arguments) == len(kept)):
        return content
    mark = f"{CUT[:-1]}: {max(0, len(arguments) - len(kept))} arguments]"
    return ("\0".join([*kept, mark]) + "\0").encode("utf-8", "surrogateescape")


def redact_vmm_arguments(arguments: Sequence[str]) -> list[str]:
    """The arguments of a VMM without secrets: ``qemu-system(1)`` and its relatives."""
    kept: list[str] = []
    option = ""
    for argument in arguments:
        if option in _COMMAND_LINE_OPTIONS:  # takes the next argument, whatever it looks like
            kept.append(_value(option, argument))
            option = ""
        elif argument.startswith("-"):
            name, equals, value = argument.partition("=")
            option = "" if equals else name.lstrip("-")
            kept.append(f"{name}={_value(name.lstrip('-'), value)}" if equals else argument)
        else:
            kept.append(_value(option, argument))
    return kept


def _value(option: str, value: str) -> str:
    """What is kept of the value of an option."""
    if option in _COMMAND_LINE_OPTIONS or names_a_secret(option):
        return CUT if value else value
    if value.startswith(("{", "json:")):
        return _json(value)
    if option in ("fw_cfg", "smbios", "platform"):
        return re.sub(
            r"((?:^|,)(?:string|value|oem_strings)=).+", rf"\1{CUT}", value, flags=re.DOTALL
        )
    parameters = re.findall(r"(?:[^,]|,,)+", value)
    secret_object = option == "object" and _SECRET_OBJECT.search(value) is not None
    if not parameters or not (secret_object or "=" in value):
        return without_secrets(value)
    return ",".join(_parameter(parameter, of_secret=secret_object) for parameter in parameters)


def _parameter(parameter: str, *, of_secret: bool) -> str:
    name, equals, value = parameter.partition("=")
    if not equals:
        return parameter
    if of_secret and name == "data":
        return f"{name}={CUT}"
    # "password-secret=s0" names an object that holds the secret; it is none.
    if names_a_secret(name) and not name.endswith("-secret") and value not in _SWITCH:
        return f"{name}={CUT}"
    # A value can be a command line or a URL of its own.
    return f"{name}={without_secrets(value)}"


def _json(value: str) -> str:
    start = value.index("{") if "{" in value else len(value)
    try:
        kept = redact_json(value[start:].encode())
    except (ValueError, UnicodeEncodeError):
        return CUT
    return value[:start] + kept.decode()


# Parameters of Documentation/admin-guide/kernel-parameters.txt and of systemd(1) that change what
# isolates; their values are words of the kernel's, never secrets. Compared with "-" as "_".
_TELLING = re.compile(
    r"mitigations|spectre_.*|spec_store_bypass_disable|ssbd|spec_rstack_overflow|retbleed|mds|"
    r"l1tf|tsx|tsx_async_abort|mmio_stale_data|srbds|gather_data_sampling|"
    r"reg_file_data_sampling|indirect_target_selection|tsa|vmscape|l1d_flush|nospectre_.*|"
    r"pti|nopti|kpti|nosmt|nosmap|nosmep|noibrs|noibpb|"
    r"lsm|lsm\.debug|security|selinux|enforcing|checkreqprot|apparmor|smack|tomoyo\..*|yama\..*|"
    r"landlock\..*|lockdown|module\.sig_enforce|ima.*|evm|integrity.*|audit|audit_backlog_limit|"
    r"intel_iommu|amd_iommu.*|iommu|iommu\..*|arm_smmu.*|vfio.*|"
    r"kvm|kvm[._-].*|kvm_.*|nohpet|nested|prot_virt|mem_encrypt|sev|sev_es|tdx|nosgx|tme|"
    r"isolcpus|nohz_full|rcu_nocbs|maxcpus|nr_cpus|smt|"
    r"cgroup.*|systemd\.unified_cgroup_hierarchy|systemd\.legacy_systemd_cgroup_controller|"
    r"psi|swapaccount|user_namespace\..*|namespace\..*|unprivileged_userns.*|"
    r"transparent_hugepage|hugepages|hugepagesz|default_hugepagesz|ksm.*|init_on_alloc|"
    r"init_on_free|slab_nomerge|page_alloc\..*|page_poison|randomize_kstack_offset|nokaslr|kaslr|"
    r"vsyscall|debugfs|fips|efi|noefi|hypervisor.*|nopv|xen.*|crashkernel|panic|oops|"
    r"tpm.*|rodata|quiet|ro|rw|splash"
)


def redact_kernel_command(content: bytes) -> bytes:
    """What is kept of ``/proc/cmdline``: every parameter's name, and the value of those that change
    what isolates."""
    text = content.decode("utf-8", "surrogateescape")
    kept = re.sub(r'(?:"[^"]*"?|[^\s"])+', _kernel_parameter, text)
    return kept.encode("utf-8", "surrogateescape")


def _kernel_parameter(found: re.Match[str]) -> str:
    written = found.group()
    name, equals, value = written.replace('"', "").partition("=")
    if not equals:
        # Quoted blanks in what has no value: nobody's parameter.
        return CUT_SHORT if re.search(r"\s", name) else written
    if not value or value == CUT_SHORT or _TELLING.fullmatch(name.replace("-", "_").lower()):
        return written
    return f"{name}={CUT_SHORT}" if not re.search(r"\s", name) else CUT_SHORT
