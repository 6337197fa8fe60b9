"""Cuts secrets out of what Incus and LXD answer: nothing is kept that is not known to be needed.

Their configuration is one flat map, in which settings stand beside environments, cloud-init's user
data and whatever somebody noted: a value is kept by its key, and every other is cut.

Source: the Incus documentation, "Instance options", "Devices" and "REST API".
"""

from __future__ import annotations

import re
from functools import partial

from isoscope.snapshot.secret_words import (
    CUT,
    CUT_SECRETS,
    CUT_SHORT,
    label_names_a_secret,
    without_secrets,
)
from isoscope.snapshot.strict_json import rewritten

_ENVIRONMENT = "environment"
_KEPT_SETTING = re.compile(
    r"security\.[a-z0-9_.]+|limits\.[A-Za-z0-9_.]+|user\.isoscope\.tenant|"
    r"volatile\.uuid|volatile\.[^.]+\.host_name|image\.(?:description|os|release|serial)|"
    r"bridge\.(?:driver|external_interfaces)|parent|network|vlan"
)
"""Keys of the configuration of an instance or network whose value bears on what isolates it."""
_KEPT_OF_DEVICE = re.compile(
    r"type|path|source|pool|network|parent|nictype|name|host_name|readonly|required|propagation|"
    r"recursive|shift|vlan|gputype|mode|id|pci|vendorid|productid|address|major|minor|connect|"
    r"listen|bind|hwaddr|io\.bus|uid|gid|security\.[a-z0-9_.]+|limits\.[a-z0-9_.]+"
)
_KEPT_TEXT = frozenset(
    (
        "name",
        "status",
        "type",
        "project",
        "location",
        "architecture",
        "created_at",
        "server",
        "server_name",
        "server_version",
        "kernel_version",
        "driver",
        "driver_version",
        "auth",
        "api_version",
        "api_extensions",
        "profiles",
    )
)
"""Fields outside these maps whose text, or texts, are kept."""
_SETTINGS = frozenset(("config", "expanded_config"))
_DEVICES = frozenset(("devices", "expanded_devices"))


def redact_instances(content: bytes) -> bytes:
    """The answer without what may be a secret; the very same bytes where nothing was cut.

    Raises:
        ValueError: it is not one JSON document in UTF-8 whose every field can be seen.
    """
    return rewritten(content, partial(_field, ""))


def _field(name: str, value: object) -> object:
    if isinstance(value, dict):
        if name in _SETTINGS:
            return _settings(value)
        if name in _DEVICES:
            return {without_secrets(each): _device(device) for each, device in value.items()}
        return {without_secrets(each): _field(each, found) for each, found in value.items()}
    if isinstance(value, list):
        return [_field(name, each) for each in value]
    if isinstance(value, str):
        return without_secrets(value) if name in _KEPT_TEXT else _cut(value)
    return value


def _settings(found: dict[str, object]) -> dict[str, object]:
    """A configuration: of its environment only how many variables there are, and how many of them
    have names like those of secrets."""
    kept: dict[str, object] = {}
    variables = 0
    secrets = 0
    for name, value in found.items():
        if name.startswith(f"{_ENVIRONMENT}."):
            variables += 1
            secrets += label_names_a_secret(name.partition(".")[2])
        elif name == _ENVIRONMENT and _is_count(value):
            kept[name] = value
        elif isinstance(value, str) and _KEPT_SETTING.fullmatch(name):
            kept[name] = without_secrets(value)
        else:
            kept[without_secrets(name)] = _cut(value)
    if variables:
        count = {CUT_SHORT: variables}
        kept[_ENVIRONMENT] = {**count, CUT_SECRETS: secrets} if secrets else count
    return kept


def _device(value: object) -> object:
    if not isinstance(value, dict):
        return _cut(value)
    return {
        without_secrets(name): without_secrets(each)
        if isinstance(each, str) and _KEPT_OF_DEVICE.fullmatch(name)
        else _cut(each)
        for name, each in value.items()
    }


def _cut(value: object) -> object:
    """The mark that stands for a value. That there was nothing remains to be seen."""
    return value if value in (None, "", [], {}) or isinstance(value, bool) else CUT


def _is_count(value: object) -> bool:
    return (
        isinstance(value, dict)
        and list(value) in ([CUT_SHORT], [CUT_SHORT, CUT_SECRETS])
        and all(type(count) is int for count in value.values())
    )
