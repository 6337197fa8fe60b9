"""What may be kept of how a sandbox was told to run: gVisor's flags, and Kata's configuration.

Sources: gVisor, runsc/config/flags.go (a sentry is started with those that are not the default);
Kata Containers, src/runtime/config (``configuration-*.toml.in``) and docs, "Per-Pod Kata
Configurations".
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence

from isoscope.snapshot.secret_words import CUT_SHORT

SENTRY = "runsc-sandbox"
"""gVisor's kernel in user space, as it calls itself on its command line."""
BOOT = "boot"
"""Its command, after which no flags of its sandbox follow."""
FLAGS = (
    "network",
    "host-uds",
    "fsgofer-host-uds",
    "host-fifo",
    "character-device-policy",
    "nvproxy",
    "tpuproxy",
    "net-raw",
    "allow-packet-socket-write",
    "profile",
    "allow-flag-override",
    "TESTONLY-unsafe-nonroot",
    "directfs",
    "oci-seccomp",
    "platform",
    "ignore-cgroups",
    "rootless",
)
_VALUE = re.compile(r"[A-Za-z0-9-]{0,24}|" + re.escape(CUT_SHORT))

KATA_DIRECTORIES = (
    "/etc/kata-containers",
    "/usr/share/defaults/kata-containers",
    "/opt/kata/share/defaults/kata-containers",
)
"""Where its packages and its own installer put configurations."""
KATA_CONFIGURATION = re.compile(r"configuration[-a-z0-9]{0,60}\.toml")
_KATA_KEPT = ("enable_annotations", "extra_monitor_socket", "shared_fs", "confidential_guest")
_WORD = re.compile(r"[ -!#-\[\]-~]{0,200}")
"""Printable ASCII without quotation marks and backslashes: it stands in TOML as it is."""


def telling_flags(arguments: Sequence[str]) -> list[str] | None:
    """What may be kept of a sentry's command line: which of the flags in `FLAGS` it was given,
    whose values are words of gVisor's own; None for any other program."""
    if arguments[0].rpartition("/")[2] != SENTRY or BOOT not in arguments:
        return None
    kept = []
    for argument in arguments[1 : arguments.index(BOOT)]:
        name, equals, value = argument.partition("=")
        if name.startswith("-") and name.lstrip("-") in FLAGS:
            kept.append(f"{name}{equals}{value if _VALUE.fullmatch(value) else CUT_SHORT}")
    return [arguments[0], *kept, BOOT]


def redact_kata(content: bytes) -> bytes:
    """Of a configuration of Kata's, the settings that open a sandbox, or say how it is made.

    Raises:
        ValueError: it is no TOML, or one of them is not of its kind.
    """
    kept = ""
    for name, hypervisor in kata_hypervisors(content.decode("utf-8")).items():
        if not re.fullmatch(r"[a-z0-9-]{1,40}", name):
            raise ValueError("a hypervisor has a strange name")
        lines = [f"{key} = {_toml(hypervisor[key])}\n" for key in _KATA_KEPT if key in hypervisor]
        kept += f"[hypervisor.{name}]\n" + "".join(lines)
    return kept.encode()


def kata_hypervisors(text: str) -> Mapping[str, Mapping[str, object]]:
    """The settings of each hypervisor in a configuration, by its name.

    Raises:
        ValueError: it is no such configuration.
    """
    try:
        found = tomllib.loads(text).get("hypervisor", {})
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        raise ValueError("its hypervisors are no tables")
    return found


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        raise ValueError("a setting is not of its kind")
    return f'"{value}"'
