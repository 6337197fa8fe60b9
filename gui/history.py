"""Looks at hosts that are kept: one compressed snapshot each, in the user's own data directory.

``$XDG_DATA_HOME/isoscope/history/HOST/TIME.json.gz``, for the user's eyes only. How many are kept
of each host is the user's choice; none is kept before they chose to keep any.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gui.files import read_file, write_file

if TYPE_CHECKING:
    from isoscope.snapshot.document import Snapshot

_NAME = re.compile(r"\d{8}T\d{6}Z\.json\.gz")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


@dataclass(frozen=True, slots=True)
class Kept:
    """One look that is kept."""

    path: Path
    at: datetime
    size: int
    """Bytes of its file."""


def history_directory() -> Path:
    """Where looks are kept: XDG Base Directory Specification."""
    chosen = os.environ.get("XDG_DATA_HOME", "")
    base = Path(chosen) if chosen.startswith("/") else Path.home() / ".local" / "share"
    return base / "isoscope" / "history"


def kept_of(host: str, base: Path | None = None) -> tuple[Kept, ...]:
    """What is kept of a host, the newest first; files of other names are left alone.

    Args:
        host: its name, as the host has it.
        base: another directory than the user's.
    """
    folder = _folder(host, base)
    found = []
    try:
        paths = list(folder.iterdir())
    except OSError:
        return ()
    for path in paths:
        if _NAME.fullmatch(path.name) and path.is_file() and not path.is_symlink():
            at = datetime.strptime(path.name, "%Y%m%dT%H%M%SZ.json.gz").replace(tzinfo=UTC)
            found.append(Kept(path, at, path.stat().st_size))
    return tuple(sorted(found, key=lambda kept: kept.at, reverse=True))


def keep(snapshot: Snapshot, host: str, most: int, base: Path | None = None) -> Kept:
    """Keeps a look, and lets go of the oldest beyond ``most``.

    Raises:
        OSError: it cannot be written.
        ValueError: ``most`` is less than one.
    """
    from isoscope.snapshot.codec import dump

    if most < 1:
        raise ValueError("at least one look is kept, or none is asked to be")
    folder = _folder(host, base)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    at = datetime.fromtimestamp(int(snapshot.started_at), UTC)
    path = folder / f"{at:%Y%m%dT%H%M%SZ}.json.gz"
    content = dump(snapshot, compressed=True)
    write_file(path, content)
    for old in kept_of(host, base)[most:]:
        old.path.unlink(missing_ok=True)
    return Kept(path, at, len(content))


def load_kept(kept: Kept) -> Snapshot:
    """A look that was kept.

    Raises:
        OSError: its file cannot be read.
        ValueError: it is no snapshot any more.
    """
    from isoscope.snapshot.codec import load

    return load(read_file(kept.path))


def forget(looks: Sequence[Kept]) -> None:
    """Deletes looks.

    Raises:
        OSError: one cannot be deleted.
    """
    for kept in looks:
        kept.path.unlink(missing_ok=True)


def _folder(host: str, base: Path | None) -> Path:
    """A folder of its own for each host name, whatever a host calls itself."""
    import hashlib  # not before it is needed: the window is painted first

    name = host if _PLAIN.fullmatch(host) else ""
    if not name:
        digest = hashlib.sha256(host.encode("utf-8", "surrogateescape")).hexdigest()
        name = f"host-{digest[:16]}"
    return (base or history_directory()) / name
