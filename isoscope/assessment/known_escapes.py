"""Published ways out of a container that a version of a container runtime has.

What stands here is what its projects' own advisories say of their releases. Distributions carry
fixes back without a new number: a number that a distribution made decides nothing by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_VERSION = re.compile(
    r"([0-9]{1,9})\.([0-9]{1,9})(?:\.([0-9]{1,9}))?(?:[-~]?rc[.-]?([0-9]{1,9}))?(.*)", re.DOTALL
)
_OF_DOCKER = ("-ce", "-ee")
"""Docker's own endings, of its editions: no distribution's."""

Number = tuple[int, int, int, float]
"""Major, minor, patch and release candidate, which is infinite for a release."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version as a program says it."""

    number: Number
    ending: str
    """What follows the number that its project gave: ``+ds1``, ``-0ubuntu3``."""


@lru_cache(maxsize=1024)  # all containers of an engine are made by the same programs
def parse_version(text: str) -> Version:
    """A version with its ending apart.

    Raises:
        ValueError: it begins with no version.
    """
    found = _VERSION.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text[:40]!r} is no version")
    major, minor, patch, candidate = (int(group) if group else None for group in found.groups()[:4])
    number = (major or 0, minor or 0, patch or 0, float("inf") if candidate is None else candidate)
    return Version(number, "" if found[5] in _OF_DOCKER else found[5])


@dataclass(frozen=True, slots=True)
class Advisory:
    """One advisory, or several of one release."""

    names: str
    """``CVE-2024-21626``, which is also the reference."""
    program: str
    """As `isoscope.inventory.declared.Program` calls it."""
    affected: tuple[tuple[str, str], ...]
    """From this version, but before that one, which has the fix."""
    in_host_network: bool = False
    """Whether only a container in the host's network namespace reaches it."""

    def affects(self, version: Version) -> bool:
        """Whether the project's release of this number has it."""
        return any(
            parse_version(first).number <= version.number < parse_version(fixed).number
            for first, fixed in self.affected
        )


ADVISORIES = (
    Advisory("CVE-2019-5736", "runc", (("0.0.0", "1.0.0-rc7"),)),
    Advisory("CVE-2021-30465", "runc", (("0.0.0", "1.0.0-rc95"),)),
    Advisory("CVE-2024-21626", "runc", (("1.0.0-rc93", "1.1.12"),)),
    Advisory(
        "CVE-2025-31133, CVE-2025-52565 and CVE-2025-52881",
        "runc",
        (("0.0.0", "1.2.8"), ("1.3.0-rc1", "1.3.3"), ("1.4.0-rc1", "1.4.0-rc3")),
    ),
    Advisory("CVE-2019-14271", "Docker Engine", (("19.03.0", "19.03.1"),)),
    Advisory(
        "CVE-2020-15257",
        "containerd",
        (("0.0.0", "1.3.9"), ("1.4.0-rc0", "1.4.3")),
        in_host_network=True,
    ),
    Advisory("CVE-2026-55686", "Podman", (("3.0.0", "5.7.1"),)),
    Advisory("CVE-2015-3456", "QEMU", (("0.0.0", "2.4.0"),)),
    Advisory("CVE-2019-14378", "QEMU", (("0.0.0", "4.1.0"),)),
    Advisory("CVE-2020-14364", "QEMU", (("0.0.0", "5.2.0"),)),
    Advisory("CVE-2021-3748", "QEMU", (("0.0.0", "6.2.0"),)),
    Advisory("CVE-2021-3750", "QEMU", (("0.0.0", "7.0.0"),)),
    Advisory("CVE-2023-3180", "QEMU", (("0.0.0", "7.2.5"), ("8.0.0", "8.0.4"))),
    Advisory("CVE-2024-3446", "QEMU", (("0.0.0", "7.2.11"), ("8.0.0", "8.2.3"))),
)
"""Through each, what runs in a container, or the image that it is made of, reaches the host's
files or root, or a guest runs code as its VMM. crun's developers found none of runc's in it."""

PACKAGED_ALWAYS = frozenset({"Podman", "QEMU"})
"""Their projects release no program for Linux: each is built by a distribution, which does not show
in the number."""
