"""The Unix sockets that a VMM's command line names: what is read of them and found again."""

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


def directory_of(path: str) -> str:
    """The directory that must be searched to reach a socket."""
    return path.rpartition("/")[0] or "/"
