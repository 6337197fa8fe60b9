"""Cuts secrets out of readings before they are kept.

Every reading passes here twice: when a probe hands it over, and when a snapshot is loaded, because
whoever made that snapshot may have kept more. A mark stands wherever something was cut, and what
cannot be understood well enough to cut it is not kept at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from posixpath import normpath

from isoscope.snapshot.container_labels import labels_document
from isoscope.snapshot.manager_places import SERVER
from isoscope.snapshot.manager_sockets import redact_docker_settings, redact_libvirt_settings
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from isoscope.snapshot.redact_command import redact_kernel_command, redact_process_command
from isoscope.snapshot.redact_files import (
    accounts,
    containerd_settings,
    groups_of_administrators,
    listening,
    lxc_settings,
    only_a_number,
    only_a_path,
    qemu_settings,
    session_keyrings,
)
from isoscope.snapshot.redact_instances import redact_instances
from isoscope.snapshot.redact_json import redact_json
from isoscope.snapshot.redact_xml import redact_xml
from isoscope.snapshot.sandbox_settings import redact_kata
from isoscope.snapshot.secret_words import CUT_SHORT, without_url_secrets
from isoscope.snapshot.tee_marks import telling_mappings
from isoscope.snapshot.xen import TOOL, redact_domains

_Redaction = Callable[[bytes], bytes]

_NEVER_KEPT = frozenset(
    [
        "environ",
        "mem",
        "kcore",
        "auxv",
        "passwd",
        "passwd-",
        "shadow",
        "shadow-",
        "gshadow",
        "gshadow-",
        "opasswd",
        "bootconfig",
    ]
)
"""Names of files that hold environments, memory, users or free text of the boot loader."""


def redacted(reading: Reading) -> Reading:
    """The reading without secrets, or a gap where they cannot be told from the rest.

    A reading that holds none is returned as it is. Redacting twice changes nothing more.

    - Container engines' JSON and runtimes' ``.json`` files: environments, command lines, health
      checks, proxies, labels and options that look like secrets.
    - Incus' and LXD's JSON: every setting whose value is not known to be needed.
    - Xen's list of domains: every text that is not known to be needed.
    - libvirt's XML: passwords, environments, command lines, data handed to the guest.
    - ``/proc/PID/cmdline``: a VMM's arguments without secrets; of what starts process TEEs
      the application, of a monitor of LXC's the container; of gVisor's sentry what opens it; of
      engines where they listen; of others only the program.
    - Docker's ``daemon.json`` and libvirt's ``libvirtd.conf``: only where they listen, and how.
    - Kata's configurations: only what opens a sandbox, or says how it is made.
    - ``/proc/PID/maps``: only what tells of enclaves, without addresses.
    - ``/proc/cmdline``: the values of parameters that do not change what isolates.
    - ``/etc/group``: only the groups whose members administer the host or its engines.
    - ``/etc/passwd``: only names and ids of accounts.
    - ``/proc/PID/net/tcp``: only the sockets that listen.
    - ``/proc/keys``: only the session keyrings of containers.
    - ``qemu.conf`` of libvirt: only the settings in `QEMU_SETTINGS`.
    - ``config.toml`` of containerd: only where its state directory is.
    - ``meta.db`` of containerd: only the labels of containers and namespaces.
    - ``lxc.conf``: only where the containers are.
    - Files in which a shim notes its runtime are kept only where they hold a path.
    - Pid files are kept only where they hold a number.
    - ``/proc/PID/environ`` and the like are refused.
    """
    channel = reading.source.channel
    if channel is Channel.FILE:
        redaction = _file_redaction(reading.source.target)
    elif channel is Channel.ENGINE:
        asked = reading.source.request
        redaction = redact_instances if asked.startswith(SERVER) else redact_json
    elif channel is Channel.LIBRARY and reading.source.target == TOOL:
        redaction = redact_domains
    elif channel is Channel.LIBVIRT:
        redaction = _redact_libvirt
    else:
        return reading
    reading = _without_address_secrets(reading)
    if reading.content is None or redaction is None:
        return reading
    if reading.truncated and redaction in _OF_WHOLE_DOCUMENTS:
        detail = "only its beginning is there, from which secrets cannot be cut"
        return _not_kept(reading, Gap.TOO_LARGE, detail)
    try:
        kept = redaction(reading.content)
        if kept != reading.content and redaction in _TO_THE_END:
            kept = _to_the_end(redaction, kept)
    except ValueError as error:
        detail = f"secrets cannot be cut out of it, so it was not kept: {_one_line(error)}"
        return _not_kept(reading, Gap.FAILED, detail)
    return reading if kept == reading.content else replace(reading, content=kept)


def _to_the_end(redaction: _Redaction, content: bytes) -> bytes:
    """Cut until nothing more is found: what one cut leaves can look like another secret.

    Raises:
        ValueError: that does not come to an end.
    """
    for _ in range(_MOST_PASSES):
        cut = redaction(content)
        if cut == content:
            return content
        content = cut
    raise ValueError("cutting its secrets does not come to an end")


def _file_redaction(path: str) -> _Redaction | None:
    name = path[path.rfind("/") + 1 :]
    if name == "cmdline":
        kernels = normpath(path) == "/proc/cmdline"
        return redact_kernel_command if kernels else redact_process_command
    if name in _BY_NAME:
        return _BY_NAME[name]
    return _BY_ENDING.get(name[name.rfind(".") :]) if "." in name else None


def _refuse(_: bytes) -> bytes:
    raise ValueError("files of this name are never kept")


def _redact_libvirt(content: bytes) -> bytes:
    if content.lstrip()[:1] in (b"<", b"\xff", b"\xfe", b"\xef"):
        return redact_xml(content)
    return redact_json(content)


_MOUNT_SECRET = re.compile(rb"((?:passw(?:or)?d|secret|token|credentials?)=)[^,\s]+", re.IGNORECASE)
_MOUNT_SECRET_SIGNS = (b"passwd=", b"password=", b"secret=", b"token=", b"credential")


def _redact_mounts(content: bytes) -> bytes:
    """Mount sources can be URLs; file systems in user space show whatever options they like."""
    if b"://" in content:
        text = content.decode("utf-8", "surrogateescape")
        content = without_url_secrets(text).encode("utf-8", "surrogateescape")
    # The search is slow, there are many of these files, and hardly any has one of the signs.
    lowered = content.lower()
    if any(sign in lowered for sign in _MOUNT_SECRET_SIGNS):
        return _MOUNT_SECRET.sub(rb"\1" + CUT_SHORT.encode(), content)
    return content


_OF_WHOLE_DOCUMENTS = (
    labels_document,
    redact_domains,
    redact_json,
    redact_instances,
    redact_xml,
    _redact_libvirt,
)
_MOST_PASSES = 8
_TO_THE_END = (_redact_mounts, redact_process_command, redact_kernel_command)
"""Texts of people's own making, in which anything can stand beside anything."""

_BY_NAME: Mapping[str, _Redaction] = {
    **dict.fromkeys(_NEVER_KEPT, _refuse),
    "group": groups_of_administrators,
    "passwd": accounts,
    "keys": session_keyrings,
    "qemu.conf": qemu_settings,
    "daemon.json": redact_docker_settings,
    "libvirtd.conf": redact_libvirt_settings,
    "virtproxyd.conf": redact_libvirt_settings,
    "config.toml": containerd_settings,
    "lxc.conf": lxc_settings,
    "meta.db": labels_document,
    "runtime": only_a_path,
    "shim-binary-path": only_a_path,
    "maps": telling_mappings,
    "mountinfo": _redact_mounts,
    "mounts": _redact_mounts,
    "pidfile": only_a_number,
    "tcp": listening,
    "tcp6": listening,
}
_BY_ENDING: Mapping[str, _Redaction] = {
    ".pid": only_a_number,
    ".json": redact_json,
    ".toml": redact_kata,
    ".xml": redact_xml,
}


def _without_address_secrets(reading: Reading) -> Reading:
    source = reading.source
    target = without_url_secrets(source.target)
    request = without_url_secrets(source.request)
    detail = without_url_secrets(reading.detail)
    if (target, request, detail) == (source.target, source.request, reading.detail):
        return reading
    return replace(reading, source=Source(source.channel, target, request), detail=detail)


def _not_kept(reading: Reading, gap: Gap, detail: str) -> Reading:
    return replace(reading, content=None, gap=gap, detail=detail, truncated=False)


def _one_line(error: ValueError) -> str:
    """The error without the text that it may quote: that could be the secret."""
    if isinstance(error, UnicodeError):
        return "it is not UTF-8"
    text = str(error)
    return text.partition("\n")[0][:120]
