"""Where LXC keeps its containers, and how the process that watches one says which it is.

Sources: lxc.system.conf(5) (``lxc.lxcpath``), lxc-start(1), and the title that liblxc's monitor
gives itself: ``[lxc monitor] LXCPATH NAME``. The monitors of Incus and LXD do likewise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from posixpath import normpath

LXC_CONTAINERS = "/var/lib/lxc"
"""One directory for each container of root's: the default of ``lxc.lxcpath``."""
LXC_SETTINGS = "/etc/lxc/lxc.conf"
USER_SETTINGS = ".config/lxc/lxc.conf"
"""The same of a user, below the home."""
_USER_CONTAINERS = ".local/share/lxc"

_SETTING = re.compile(r"\s*lxc\.lxcpath\s*=\s*(/[^\0\n]{1,4000}?)\s*")
_TITLE = re.compile(r"\[lxc monitor\] (/[^\0]{1,4000}) ([^ /\0]{1,255})")
_PROGRAMS = ("lxc-start", "lxc-execute")
_PATH_OPTION = re.compile(r"(?:-P|--lxcpath=)(/[^\0]*)")
_NAME_OPTION = re.compile(r"(?:-n|--name=)([^ /\0]{1,255})")
_TAKES_NEXT = {"-P": "--lxcpath=", "--lxcpath": "--lxcpath=", "-n": "--name=", "--name": "--name="}


def lxc_path_in(settings: str) -> str:
    """What ``lxc.conf`` sets ``lxc.lxcpath`` to; empty where it does not."""
    found = [match[1] for line in settings.split("\n") if (match := _SETTING.fullmatch(line))]
    return normpath(found[-1]) if found else ""


def lxc_path_of_user(settings_file: str, settings: str) -> str:
    """Where the user's containers are whose settings would be this file; empty for another file."""
    home, found, rest = settings_file.rpartition(f"/{USER_SETTINGS}")
    if not found or rest:
        return ""
    return lxc_path_in(settings) or f"{home}/{_USER_CONTAINERS}"


def monitor_arguments(arguments: Sequence[str]) -> list[str] | None:
    """What may be kept of the command line of a monitor of LXC's: which container it is of. None
    for any other program, and where it does not say that."""
    if _TITLE.fullmatch(arguments[0]):
        return [arguments[0]]
    if arguments[0].rpartition("/")[2] not in _PROGRAMS:
        return None
    path, name = _options(arguments[1:])
    if not path or not name:
        return None
    return [arguments[0], f"--lxcpath={path}", f"--name={name}"]


def directory_of_monitor(command: str) -> str:
    """The directory ``LXCPATH/NAME`` of the container that a process with this command line
    watches; empty where it does not say that."""
    kept = monitor_arguments(command.split("\0"))
    if kept is None:
        return ""
    title = _TITLE.fullmatch(kept[0])
    path, name = (title[1], title[2]) if title else _options(kept[1:])
    return f"{normpath(path)}/{name}" if name not in (".", "..") else ""


def _options(arguments: Sequence[str]) -> tuple[str, str]:
    """``--lxcpath`` and ``--name``, up to where the container's own command begins."""
    path = name = ""
    option = ""
    for argument in arguments:
        if argument == "--":
            break
        word, option = option + argument, _TAKES_NEXT.get(argument, "")
        if found := _PATH_OPTION.fullmatch(word):
            path = found[1]
        elif found := _NAME_OPTION.fullmatch(word):
            name = found[1]
    return path, name
