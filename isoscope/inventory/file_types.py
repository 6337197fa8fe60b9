"""What kind of file is at a path of the host: ``inode(7)``, "The file type and mode"."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from enum import StrEnum

from isoscope.inventory.file_status import parse_status_numbers
from isoscope.inventory.observation import KERNEL, Observation, known
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Channel


class FileType(StrEnum):
    """What kind of file it is."""

    DIRECTORY = "directory"
    REGULAR = "regular file"
    OTHER = "socket, pipe or device"

    @classmethod
    def of(cls, mode: int) -> FileType:
        """By the mode of ``stat(2)``."""
        if stat.S_ISDIR(mode):
            return cls.DIRECTORY
        return cls.REGULAR if stat.S_ISREG(mode) else cls.OTHER


def file_types(snapshot: Snapshot) -> Mapping[str, Observation[FileType]]:
    """By path, of the files whose status was read."""
    found = {}
    for reading in snapshot.of_channel(Channel.STATUS):
        try:
            kind = FileType.of(parse_status_numbers(reading)["mode"])
        except ValueError:
            continue
        path = reading.source.target
        found[path] = known(
            "host", "file-type", kind, reading, parties=KERNEL, excerpt=f"{path}: {kind}"
        )
    return found
