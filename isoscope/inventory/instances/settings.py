"""The settings of one instance of Incus or LXD: flat maps of texts.

Sources: the Incus documentation, "Instance options" and "Devices"; LXD's has the same, and under
older names where both are given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from isoscope.inventory.engines.description import JsonDescription
from isoscope.inventory.json_fields import (
    NotSaidError,
    get_field,
    get_object,
    get_str,
    get_text_map,
)
from isoscope.inventory.observation import Observation

T = TypeVar("T")

CONFIG, DEVICES = "expanded_config", "expanded_devices"
"""What an instance is given by itself and by its profiles."""
_UNITS = {
    "": 1,
    "B": 1,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "PB": 10**15,
    "EB": 10**18,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
    "PiB": 2**50,
    "EiB": 2**60,
}
_AMOUNT = re.compile(r"([0-9]{1,18})([A-Za-z]{0,3})")
_TRUE = ("true", "1", "yes", "on")


@dataclass(frozen=True, slots=True)
class Device:
    """One device of an instance: its name and its settings."""

    name: str
    settings: Mapping[str, str]

    def get(self, key: str) -> str:
        """A setting; empty where it is not set."""
        return self.settings.get(key, "")

    def says(self, key: str) -> bool:
        """Whether a switch is on; all of a device's are off unless they are set."""
        return is_true(self.get(key))


@dataclass(frozen=True, slots=True)
class Instance:
    """The document of one instance."""

    document: JsonDescription

    @property
    def name(self) -> str:
        """Its name, unique within its project."""
        return self.document.value(lambda d: get_str(d, "name"), "")

    @property
    def project(self) -> str:
        """Its project; a server without projects has none but ``default``."""
        return self.document.value(lambda d: get_str(d, "project"), "") or "default"

    def observe(self, key: str, read: Callable[[object], T], *path: str) -> Observation[T]:
        """See ``JsonDescription``."""
        return self.document.observe(key, read, *path)

    def setting(self, key: str, setting: str, read: Callable[[str], T]) -> Observation[T]:
        """What ``read`` makes of one setting, which is empty where it is not set."""
        return self.observe(
            key, lambda found: read(config_of(found).get(setting, "")), CONFIG, setting
        )


def config_of(document: object) -> Mapping[str, str]:
    """The settings of an instance that are texts: what was cut of them is none."""
    found = get_object(document, CONFIG)
    return {key: value for key, value in found.items() if isinstance(value, str)}


def devices_of(document: object) -> Iterator[Device]:
    """The devices of an instance. One of type ``none`` takes away what a profile gives."""
    for name in get_object(document, DEVICES):
        device = Device(name, get_text_map(document, DEVICES, name))
        if device.get("type") != "none":
            yield device


def without_raw(document: object, kind: str) -> None:
    """That nothing was handed through to what runs it, which may then be as it likes.

    Raises:
        NotSaidError: ``raw.lxc``, ``raw.qemu`` … is set; its text is not kept.
    """
    if config_of(document).get(f"raw.{kind}"):
        raise NotSaidError(f"raw.{kind} is set, which can change this; what it says was not kept")


def unsaid(why: str) -> Callable[[object], NoReturn]:
    """Reads what no setting says."""

    def read(document: object) -> NoReturn:
        get_object(document, CONFIG)
        raise NotSaidError(why)

    return read


def switched(document: object, *settings: str, unless_set: bool) -> bool:
    """Whether the first of these settings that is set is on."""
    config = config_of(document)
    for setting in settings:
        if config.get(setting):
            return is_true(config[setting])
    return unless_set


def is_true(text: str) -> bool:
    """Whether a switch is on: it is on, or off, in several words."""
    return text.lower() in _TRUE


def byte_amount(text: str) -> float:
    """Bytes: ``64MiB``, ``1GB``.

    Raises:
        NotSaidError: it is a share of the host's memory.
        ValueError: it is no amount.
    """
    if text.endswith("%"):
        raise NotSaidError(f"{text[:20]} of the host's memory, of which it does not say the size")
    found = _AMOUNT.fullmatch(text)
    if found is None or found[2] not in _UNITS:
        raise ValueError(f"{text[:40]!r} is no amount of memory")
    return float(int(found[1]) * _UNITS[found[2]])


def server_text(document: object, *path: str) -> str:
    """A text of the server's own document; empty where it does not say it."""
    try:
        return get_str(document, "metadata", *path)
    except ValueError:
        return ""


def metadata_list(document: object) -> list[object]:
    """What a list of the API holds.

    Raises:
        ValueError: it is no list.
    """
    found = get_field(document, "metadata")
    if found is None:
        return []
    if not isinstance(found, list):
        raise ValueError("its metadata is no list")  # noqa: TRY004 - of a document, not of a call
    return found
