"""Cuts secrets out of the JSON documents of container engines and runtimes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial

from isoscope.snapshot.secret_words import (
    CUT,
    CUT_SECRETS,
    CUT_SHORT,
    label_names_a_secret,
    names_a_secret,
    without_secrets,
)
from isoscope.snapshot.strict_json import parse_strictly, rewritten

# Fields of Docker's and Podman's API and of the OCI runtime and image specifications that hold
# environments, command lines, their output or file contents; compared in lower case without "_".
_CUT_FIELDS = frozenset(
    [
        "env",
        "envs",
        "environment",
        "originalenv",
        "remoteenv",
        "containerenv",
        "envsecrets",
        "args",
        "arguments",
        "cmd",
        "command",
        "commandline",
        "entrypoint",
        "createcommand",
        "exitcommand",
        "onbuild",
        "shell",
        "healthcheck",
        "startuphealthcheck",
        "output",
        "processes",
        "createdby",
        "httpproxy",
        "httpsproxy",
        "ftpproxy",
        "allproxy",
        "noproxy",
        "auth",
        "auths",
        "authconfig",
        "jointokens",
    ]
)
# Maps whose keys somebody chose: a label called "env" is no environment.
_LABEL_MAPS = frozenset(
    ["labels", "annotations", "options", "opts", "driveropts", "driveropt", "storageopt", "sysctls"]
)
# Maps from a name that somebody chose to a document.
_NAME_MAPS = frozenset(
    ["networks", "containers", "volumes", "ports", "exposedports", "portbindings", "runtimes"]
)
_JSON_IN_TEXT = ("{", "[")
_SURELY_JSON = re.compile(r'\s*(?:\{\s*["}]|\[\s*[\["{\]])')
"""How a document within a text begins, and no template: ``{{json .}}``."""


def redact_json(content: bytes) -> bytes:
    """The document without secrets; the very same bytes where there was nothing to cut.

    Raises:
        ValueError: it is not one JSON document in UTF-8 whose every field can be seen.
    """
    return rewritten(content, partial(_field, ""))


def _field(name: str, value: object) -> object:
    """What is kept of the field of a document."""
    plain = name.lower().replace("_", "")
    if plain == "env" and isinstance(value, list):
        return _environment(value)
    if plain in _CUT_FIELDS or (plain == "data" and isinstance(value, str)):
        return _cut(value)
    if isinstance(value, str):
        if names_a_secret(name):
            return _cut(value)
        return _json_in_text("", value) if _SURELY_JSON.match(value) else without_secrets(value)
    if isinstance(value, dict):
        return _each(value, _KEEPERS.get(plain, _field))
    if isinstance(value, list):
        return [_field("", item) for item in value]
    return value


def _named(_: str, value: object) -> object:
    return _field("", value)


def _log_field(name: str, value: object) -> object:
    """``LogConfig.Config`` holds the options of the log driver, some of them tokens."""
    return _field("options" if name.lower() == "config" else name, value)


def _label(name: str, value: object) -> object:
    """What is kept of a label, annotation or option."""
    if not isinstance(value, str):
        return _cut(value) if label_names_a_secret(name) else _field("", value)
    if label_names_a_secret(name):
        return _cut(value)
    if value.lstrip().startswith(_JSON_IN_TEXT) and value != CUT:
        return _json_in_text(name.rpartition(".")[2], value)
    return without_secrets(value)


def _json_in_text(name: str, value: str) -> str:
    """A text that is a document itself: a label such as the manifest that kubectl last applied, or
    CRI-O's ``io.kubernetes.cri-o.Annotations``, which holds all those of a pod."""
    try:
        document = parse_strictly(value)
        kept = _field(name, document)
    except (ValueError, RecursionError):
        return CUT
    return value if kept == document else json.dumps(kept, separators=(",", ":"))


def _each(found: dict[str, object], keep: Callable[[str, object], object]) -> dict[str, object]:
    kept: dict[str, object] = {}
    for name, value in found.items():
        unique = without_secrets(name)
        while unique in kept:
            unique += "'"
        kept[unique] = keep(name, value)
    return kept


def _environment(value: list[object]) -> object:
    """How many variables there were, and how many with names like those of secrets."""
    cut = _cut(value)
    if not isinstance(cut, dict):
        return cut
    names = [item.partition("=")[0] for item in value if isinstance(item, str)]
    secrets = sum(label_names_a_secret(name) for name in names)
    return {**cut, CUT_SECRETS: secrets} if secrets else cut


def _cut(value: object) -> object:
    """The mark that stands for a value. That there was nothing remains to be seen."""
    if value in (None, "", [], {}) or isinstance(value, bool) or _is_cut(value):
        return value
    return {CUT_SHORT: len(value)} if isinstance(value, (list, dict)) else CUT


_KEEPERS = (
    dict.fromkeys(_LABEL_MAPS, _label)
    | dict.fromkeys(_NAME_MAPS, _named)
    | {"logconfig": _log_field}
)


def _is_cut(value: object) -> bool:
    return (
        isinstance(value, dict)
        and list(value) in ([CUT_SHORT], [CUT_SHORT, CUT_SECRETS])
        and all(type(count) is int for count in value.values())
    )
