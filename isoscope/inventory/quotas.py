"""What quotas of file systems let workloads store: quotactl(2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from posixpath import dirname

from isoscope.snapshot.quota_places import ENFORCED, PROJECTS_ENFORCED


@dataclass(frozen=True, slots=True)
class ProjectQuota:
    """The project of a directory of the host, and what the project may have."""

    project: int
    """0 for none."""
    inherits: bool
    """Whether what is made in the directory belongs to the project too."""
    most: int
    """Bytes; 0 where nothing limits."""

    @property
    def bounds(self) -> bool:
        """Whether what is stored there is bounded."""
        return self.project > 0 and self.inherits and self.most > 0


@dataclass(frozen=True, slots=True)
class Quotas:
    """The quotas of the file systems that the host mounts."""

    flags: Mapping[str, int]
    """By device, ``FS_QUOTA_*`` of include/uapi/linux/dqblk_xfs.h."""
    mounts: Mapping[str, str]
    """The device at each mount point of the host."""
    places: Mapping[str, ProjectQuota]
    """By the name of the place: `isoscope.snapshot.quota_places`."""

    def device_of(self, path: str) -> str:
        """The device of the file system on which a path of the host lies; empty where none does."""
        while path not in self.mounts and path not in ("/", ""):
            path = dirname(path)
        return self.mounts.get(path, "")

    def keeps_none(self, device: str) -> bool:
        """Whether no quota is enforced on a file system, of users, groups or projects."""
        return device in self.flags and not self.flags[device] & ENFORCED

    def project_bounds(self, device: str, place: str) -> bool:
        """Whether a project quota bounds a place."""
        quota = self.places.get(place)
        enforced = bool(self.flags.get(device, 0) & PROJECTS_ENFORCED)
        return enforced and quota is not None and quota.bounds
