"""Errors of work, each as one line for the window: what was wrong, and what to do."""

from __future__ import annotations

import errno

from gui.text import one_line
from isoscope.texts import tr

_TO_DO = {
    errno.ENOENT: tr("look whether it was moved, or choose another place"),
    errno.EACCES: tr("ask for the right to it, or choose another place"),
    errno.EPERM: tr("ask for the right to it, or choose another place"),
    errno.ENOSPC: tr("free some space there, or choose another place"),
    errno.EROFS: tr("choose a place that can be written to"),
    errno.EISDIR: tr("choose a file"),
    errno.ENOTDIR: tr("choose another place"),
    errno.EIO: tr("look whether its drive is well, or choose another place"),
}


def file_error(error: Exception, what: str) -> str:
    """What went wrong with a file, after the words of what was tried."""
    if isinstance(error, OSError):
        to_do = _TO_DO.get(error.errno or 0, "")
        said = f"{what}: {error.strerror or type(error).__name__}"
        return f"{said}; {to_do}" if to_do else said
    if isinstance(error, ValueError):
        return f"{what}: {error}"
    return own_error(error)


def own_error(error: Exception) -> str:
    """An error that is Isoscope's own; its trace goes to the log."""
    import logging

    logging.getLogger(__name__).error("unexpected", exc_info=error)
    return tr(
        "Isoscope ran into an error of its own: {name}: {error}; please report it "
        "with the trace on standard error"
    ).format(name=type(error).__name__, error=error)


def no_tenant(name: str) -> str:
    """The only tenant that was asked for is none of those that are there."""
    return tr("No tenant is called {name} here.").format(name=one_line(name, 80))
