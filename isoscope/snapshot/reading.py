"""Readings: raw documents from a host, each with its source, or the reason why there is none."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    """The way by which a reading was got. It decides what the target and the request mean."""

    FILE = "file"
    """Bytes of a file; the target is its absolute path on the host."""
    DIRECTORY = "directory"
    """Names in a directory, sorted, joined by NUL bytes."""
    LINK = "link"
    """Target of a symbolic link, not followed: ``readlink(2)``."""
    STATUS = "status"
    """Status of a file as ``stat(2)`` tells it: a JSON object of its fields in decimal."""
    ENGINE = "engine"
    """A container engine's API; the target is its URL, the request ``GET /path``; JSON."""
    LIBVIRT = "libvirt"
    """A libvirt connection; the target is its URI, the request a function of its API; XML or
    JSON."""
    KERNEL = "kernel"
    """An ioctl, a system call or a CPU instruction; the target names the object, the request the
    call with its arguments; JSON."""
    LIBRARY = "library"
    """A vendor's management library (NVML), or the tool over one (Xen's ``xl``); the target names
    it, the request the call or the tool's arguments; JSON."""


class Gap(StrEnum):
    """Why there is no content. These stay apart all the way to the screen."""

    ABSENT = "absent"
    """The host says that there is no such thing (``ENOENT``)."""
    DENIED = "denied"
    """The host says that this user may not (``EACCES``, ``EPERM``, a refusing policy)."""
    GONE = "gone"
    """It ended while it was looked at (``ESRCH``, HTTP 404 for a container that was listed)."""
    UNSUPPORTED = "unsupported"
    """This kernel, daemon or way of looking does not offer it."""
    REFUSED = "refused"
    """Nobody listens (``ECONNREFUSED``), or the answer was an error."""
    TIMED_OUT = "timed-out"
    """No answer within the deadline."""
    TOO_LARGE = "too-large"
    """More than may be kept of one document; nothing of it was kept."""
    LEADS_OUT = "leads-out"
    """A link that leads out of the captured tree; it was not followed."""
    FAILED = "failed"
    """Any other error; the detail says which."""
    NOT_READ = "not-read"
    """Nobody tried: the probe was skipped or stopped, or the snapshot does not hold it."""


_GAP_OF_ERRNO = {
    errno.ENOENT: Gap.ABSENT,
    errno.ENOTDIR: Gap.ABSENT,
    errno.ENXIO: Gap.ABSENT,
    errno.ENODEV: Gap.ABSENT,
    errno.EACCES: Gap.DENIED,
    errno.EPERM: Gap.DENIED,
    errno.ESRCH: Gap.GONE,
    errno.EINVAL: Gap.UNSUPPORTED,
    errno.EOPNOTSUPP: Gap.UNSUPPORTED,
    errno.ENOSYS: Gap.UNSUPPORTED,
    errno.ENOTTY: Gap.UNSUPPORTED,
    errno.ECONNREFUSED: Gap.REFUSED,
    errno.ECONNRESET: Gap.REFUSED,
    errno.ETIMEDOUT: Gap.TIMED_OUT,
    errno.EXDEV: Gap.LEADS_OUT,
}


def gap_of_error(error: OSError) -> Gap:
    """The gap that an operating system error means: ``errno(3)``."""
    if isinstance(error, TimeoutError):
        return Gap.TIMED_OUT
    return _GAP_OF_ERRNO.get(error.errno or 0, Gap.FAILED)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a reading comes from, exactly enough to look again by hand."""

    channel: Channel
    target: str
    request: str = ""

    def __str__(self) -> str:
        """One line as a person would write it: ``/proc/1/status``, ``unix:///… GET /info``."""
        if self.channel is Channel.FILE:
            return self.target
        if self.channel in (Channel.DIRECTORY, Channel.LINK, Channel.STATUS):
            return f"{self.target} ({self.channel})"
        return f"{self.target} {self.request}".rstrip()


@dataclass(frozen=True, slots=True)
class Reading:
    """One raw document from a host, or the reason why there is none.

    Exactly one of ``content`` and ``gap`` is given, except that ``truncated`` content is the
    beginning of a document that was longer than may be kept.

    Raises:
        ValueError: both or neither of content and gap were given, or a gap was called truncated.
    """

    source: Source
    at: float
    """Seconds since the epoch when it was read (UTC)."""
    privilege: str
    """With what it was read: ``root``, ``uid 1000``; never a name from the host."""
    content: bytes | None = None
    gap: Gap | None = None
    detail: str = ""
    """For a gap: the error as the system words it. Otherwise empty."""
    truncated: bool = False

    def __post_init__(self) -> None:
        if (self.content is None) == (self.gap is None):
            raise ValueError(f"{self.source}: a reading has either content or a gap")
        if self.gap is not None and self.truncated:
            raise ValueError(f"{self.source}: a gap cannot be truncated")

    def text(self) -> str:
        """The content as text; bytes that are not UTF-8 are kept as surrogate escapes."""
        return (self.content or b"").decode("utf-8", "surrogateescape")

    def names(self) -> list[str]:
        """The names of a directory reading."""
        text = self.text()
        return text.split("\0") if text else []
