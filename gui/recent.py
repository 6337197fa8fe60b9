"""Snapshots that were opened or saved lately, kept from one run to the next."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Signal

from gui.jobs import Jobs, Latest
from isoscope.texts import tr

MOST = 20
"""Snapshots that are kept in mind at most; the oldest goes first."""

_KEY = "recent/snapshots"
_LONGEST_NAME = 300


@dataclass(frozen=True, slots=True)
class Recent:
    """A snapshot that was opened or saved, or that is still to be opened."""

    path: Path
    """Where its file was; absolute."""
    host: str = ""
    """Name of its host, as the host has it; empty where it was not opened yet."""
    observed_at: float | None = None
    """When the host was looked at, in seconds since 1970; None where it was not opened yet."""
    trouble: str = ""
    """Why its file cannot be opened now; empty where nothing is known against it."""


class RecentKept(QObject):
    """Keeps them in the user's settings. All signals are emitted on the GUI thread."""

    changed = Signal(object)
    """A tuple of `Recent`, the latest first."""

    def __init__(self, jobs: Jobs, settings: QSettings, parent: QObject) -> None:
        super().__init__(parent)
        self._settings = settings
        self._entries = parsed(str(settings.value(_KEY, "")))
        self._look: Latest[tuple[Recent, ...]] = Latest(
            jobs, done=self._on_looked, failed=lambda _: None, name="recent"
        )

    @property
    def entries(self) -> tuple[Recent, ...]:
        """The latest first."""
        return self._entries

    def remember(self, entries: Iterable[Recent]) -> None:
        """Puts snapshots first, in this order; each file stands there once."""
        found: dict[Path, Recent] = {}
        for entry in (*entries, *self._entries):
            found.setdefault(entry.path, entry)
        self._keep(tuple(found.values())[:MOST])

    def forget(self, path: Path) -> None:
        """Lets go of one; its file stays."""
        self._keep(tuple(entry for entry in self._entries if entry.path != path))

    def forget_all(self) -> None:
        """Lets go of all; their files stay."""
        self._keep(())

    def look(self) -> None:
        """Tells them, and once more when a worker has looked whether their files are there."""
        self.changed.emit(self._entries)
        entries = self._entries
        if entries:  # a file may be on a network drive that does not answer
            self._look.ask(lambda: tuple(map(looked_for, entries)))

    def _keep(self, entries: tuple[Recent, ...]) -> None:
        self._entries = entries
        self._settings.setValue(_KEY, written(entries))
        self.look()

    def _on_looked(self, looked: tuple[Recent, ...]) -> None:
        self._entries = looked
        self.changed.emit(looked)


def looked_for(entry: Recent) -> Recent:
    """The same snapshot, with what stands against opening it; made on a worker."""
    try:
        entry.path.stat()
    except FileNotFoundError:
        return replace(entry, trouble=tr("not there any more"))
    except OSError as error:
        return replace(entry, trouble=error.strerror or tr("cannot be looked for"))
    return replace(entry, trouble="")


def written(entries: Sequence[Recent]) -> str:
    """Them as JSON, for the settings."""
    return json.dumps(
        [[str(entry.path), entry.host[:_LONGEST_NAME], entry.observed_at] for entry in entries]
    )


def parsed(text: str) -> tuple[Recent, ...]:
    """Them from the settings; whatever is not as `written` wrote it is left out."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    rows = found if isinstance(found, list) else []
    return tuple(entry for row in rows[:MOST] if (entry := _entry(row)) is not None)


def _entry(row: object) -> Recent | None:
    match row:
        case [str(path), str(host), None | int() | float() as at] if _is_file_name(path):
            return Recent(Path(path), host[:_LONGEST_NAME], at)
    return None


def _is_file_name(path: str) -> bool:
    return path.startswith("/") and "\0" not in path
