"""QEMU's command line as options with their values: ``qemu-system(1)``, docs/devel/qapi keyval.

A value is ``first,key=value,key.of.nested=value`` with a comma doubled to stand for itself, or a
JSON object. Both become one flat mapping, whose keys are dotted where the value is nested.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from isoscope.inventory.json_fields import clean, parse_json

_WITHOUT_VALUE = frozenset(
    [
        "S",
        "alt-grab",
        "ctrl-grab",
        "curses",
        "daemonize",
        "enable-fips",
        "enable-hax",
        "enable-kvm",
        "enable-sync-profile",
        "full-screen",
        "h",
        "help",
        "hotkey",
        "mem-prealloc",
        "nodefaults",
        "nodefconfig",
        "no-acpi",
        "no-fd-bootchk",
        "no-frame",
        "no-hpet",
        "no-kvm",
        "no-quit",
        "no-reboot",
        "no-shutdown",
        "no-user-config",
        "nographic",
        "old-param",
        "only-migratable",
        "portrait",
        "preconfig",
        "s",
        "sdl",
        "semihosting",
        "show-cursor",
        "singlestep",
        "snapshot",
        "tdf",
        "usb",
        "version",
        "win2k-hack",
        "xen-attach",
        "xen-domid-restrict",
    ]
)
"""Options that take no value; every other takes the next argument."""
_DEEPEST = 32


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its name without dashes, and its value as written."""

    name: str
    value: str


def read_options(arguments: Sequence[str]) -> list[Option]:
    """The options of a command line without its program. An image that stands alone is ``hda``."""
    options = []
    pending = list(reversed(arguments))
    while pending:
        argument = pending.pop()
        if not argument.startswith("-") or argument == "-":
            options.append(Option("hda", argument))
            continue
        name = argument[2:] if argument.startswith("--") else argument[1:]
        value = "" if name in _WITHOUT_VALUE or not pending else pending.pop()
        options.append(Option(name, value))
    return options


def read_value(value: str, implied: str) -> Mapping[str, str]:
    """The keys of an option's value.

    Args:
        value: as on the command line.
        implied: the key of a first part that has none: ``type`` for ``-machine q35``.

    Raises:
        ValueError: it is JSON that is not an object, or nested too deeply.
    """
    if value.startswith("{"):
        document = parse_json(value)
        found: dict[str, str] = {}
        _flatten("", document, found, 0)
        return found
    keys: dict[str, str] = {}
    for place, part in enumerate(_split(value)):
        key, separator, text = part.partition("=")
        if separator:
            keys[key] = text
        elif place == 0:
            keys[implied] = part
        elif part.startswith("no") and len(part) > 2:
            keys[part[2:]] = "off"  # the old short form of a switch
        else:
            keys[part] = "on"
    return keys


def switch(keys: Mapping[str, str], name: str, *, otherwise: bool) -> bool:
    """A key that is on or off.

    Raises:
        ValueError: it is neither.
    """
    found = keys.get(name)
    if found is None:
        return otherwise
    if found in ("on", "yes", "true", "y"):
        return True
    if found in ("off", "no", "false", "n"):
        return False
    raise ValueError(f"{name}={found[:40]} is neither on nor off")


def _split(value: str) -> list[str]:
    # No argument holds a NUL byte: execve(2).
    return [part.replace("\0", ",") for part in value.replace(",,", "\0").split(",")]


def _flatten(prefix: str, value: object, found: dict[str, str], depth: int) -> None:
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    if isinstance(value, dict):
        for key, inner in value.items():
            _flatten(f"{prefix}.{key}" if prefix else str(key), inner, found, depth + 1)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            _flatten(f"{prefix}.{place}", inner, found, depth + 1)
    elif isinstance(value, bool):
        found[clean(prefix)] = "on" if value else "off"
    elif value is not None:
        found[clean(prefix)] = clean(str(value))
