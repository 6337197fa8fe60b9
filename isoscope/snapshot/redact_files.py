"""What is kept of single files of the host, by what each of them is."""

from __future__ import annotations

import re

from isoscope.snapshot.bundle_places import STATE_SETTING
from isoscope.snapshot.lxc import lxc_path_in
from isoscope.snapshot.places import (
    GROUPS_OF_ADMINISTRATORS,
    LISTENS,
    QEMU_SETTINGS,
    SESSION_KEYRING,
)


def groups_of_administrators(content: bytes) -> bytes:
    """The lines of ``group(5)`` that say who is as good as root, without passwords."""
    kept = []
    for line in content.split(b"\n"):
        fields = line.split(b":")
        if len(fields) == _GROUP_FIELDS and fields[0] in _ADMINISTRATORS:
            kept.append(b":".join((fields[0], b"x", *fields[2:])))
    return b"".join(line + b"\n" for line in kept)


def accounts(content: bytes) -> bytes:
    """The lines of ``passwd(5)`` without passwords, people's names, homes and shells."""
    kept = []
    for line in content.split(b"\n"):
        fields = line.split(b":")
        if len(fields) == _PASSWD_FIELDS and not line.startswith((b"+", b"-")):
            kept.append(b":".join((fields[0], b"x", *fields[2:4], b"", b"", b"")))
    return b"".join(line + b"\n" for line in kept)


_PASSWD_FIELDS = 7
_GROUP_FIELDS = 4
_ADMINISTRATORS = frozenset(name.encode() for name in GROUPS_OF_ADMINISTRATORS)


def listening(content: bytes) -> bytes:
    """The head of ``/proc/net/tcp`` and the sockets that listen: who talks to whom is nobody's."""
    head, _, rows = content.partition(b"\n")
    kept = [row for row in rows.split(b"\n") if row.split()[3:4] == [LISTENS.encode()]]
    return b"".join(row + b"\n" for row in (head, *kept))


def session_keyrings(content: bytes) -> bytes:
    """The lines of keyrings that runtimes made: descriptions of other keys are their users' own."""
    kept = [
        line
        for line in content.split(b"\n")
        if line.split(maxsplit=8)[7:8] == [b"keyring"]
        and line.split(maxsplit=8)[8:][:1]
        and line.split(maxsplit=8)[8].startswith(SESSION_KEYRING.encode())
    ]
    return b"".join(line + b"\n" for line in kept)


def qemu_settings(content: bytes) -> bytes:
    """The lines that set something that is of use, in the order in which they stand."""
    lines = (line.strip() for line in content.split(b"\n"))
    return b"".join(line + b"\n" for line in lines if _QEMU_SETTING.fullmatch(line))


_QEMU_SETTING = re.compile(
    rb"(?:" + b"|".join(name.encode() for name in QEMU_SETTINGS) + rb")\s*=\s*[0-9]{1,3}"
)


def only_a_number(content: bytes) -> bytes:
    """A pid file that stands where its owner may put a link could show any other file."""
    if not content.strip().isdigit():
        raise ValueError("a pid file holds a number")
    return content


def containerd_settings(content: bytes) -> bytes:
    """Where containerd keeps its state; the rest can hold what registries ask for."""
    kept = []
    for line in map(bytes.strip, content.split(b"\n")):
        if line.startswith(b"["):  # of a table: something else's
            break
        if STATE_SETTING.fullmatch(line.decode("utf-8", "replace")):
            kept.append(line.partition(b"#")[0].rstrip() + b"\n")
    return b"".join(kept)


def lxc_settings(content: bytes) -> bytes:
    """Where LXC keeps its containers."""
    path = lxc_path_in(content.decode("utf-8", "surrogateescape"))
    return f"lxc.lxcpath = {path}\n".encode("utf-8", "surrogateescape") if path else b""


def only_a_path(content: bytes) -> bytes:
    """Files in which containerd's shim notes the program that it runs."""
    if not _PATH.fullmatch(content.strip()):
        raise ValueError("this file holds the name of a program")
    return content


_PATH = re.compile(rb"[A-Za-z0-9_./+-]{0,300}")
