"""The Unix sockets and files of memory that a VMM's command line names: what is read of them and
found again."""

from __future__ import annotations

import re

_PATH = re.compile(r'(?:unix:|path=|addr=|"path":")(/[^,"\0]{1,200})')
_MOST = 16


def socket_paths(cmdline: str) -> tuple[str, ...]:
    """Paths of sockets in ``/proc/PID/cmdline``, each once, at most sixteen."""
    found: dict[str, None] = {}
    for argument in cmdline.split("\0"):
        if "unix" in argument or "socket" in argument:
            found.update(dict.fromkeys(_PATH.findall(argument)))
    return tuple(found)[:_MOST]


def memory_paths(cmdline: str) -> tuple[str, ...]:
    """Files or directories in which QEMU keeps memory of the guest: ``-mem-path``, and ``mem-path``
    of ``memory-backend-file``."""
    arguments = cmdline.split("\0")
    found = [
        path.rstrip("/")
        for before, argument in zip(("", *arguments), arguments, strict=False)
        for path in ([argument] if before.lstrip("-") == "mem-path" else _MEMORY.findall(argument))
    ]
    return tuple(dict.fromkeys(path for path in found if path.startswith("/")))


_MEMORY = re.compile(r'mem-path(?:=|":")([^,"]{1,4000})')


def directory_of(path: str) -> str:
    """The directory that must be searched to reach a socket."""
    return path.rpartition("/")[0] or "/"
