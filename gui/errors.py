"""Errors of work, each as one line for the window."""

from __future__ import annotations

import logging

_log = logging.getLogger(__name__)


def file_error(error: Exception, what: str) -> str:
    """What went wrong with a file, after the words of what was tried."""
    if isinstance(error, OSError):
        return f"{what}: {error.strerror or type(error).__name__}"
    if isinstance(error, ValueError):
        return f"{what}: {error}"
    return own_error(error)


def own_error(error: Exception) -> str:
    """An error that is Isoscope's own; its trace goes to the log."""
    _log.error("unexpected", exc_info=error)
    return f"Isoscope ran into an error of its own: {type(error).__name__}: {error}"
