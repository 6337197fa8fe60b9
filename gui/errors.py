"""Errors of work, each as one line for the window: what was wrong, and what to do."""

from __future__ import annotations

import errno

_TO_DO = {
    errno.ENOENT: "look whether it was moved, or choose another place",
    errno.EACCES: "ask for the right to it, or choose another place",
    errno.EPERM: "ask for the right to it, or choose another place",
    errno.ENOSPC: "free some space there, or choose another place",
    errno.EROFS: "choose a place that can be written to",
    errno.EISDIR: "choose a file",
    errno.ENOTDIR: "choose another place",
    errno.EIO: "look whether its drive is well, or choose another place",
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
    return (
        f"Isoscope ran into an error of its own: {type(error).__name__}: {error}; please report it "
        "with the trace on standard error"
    )
