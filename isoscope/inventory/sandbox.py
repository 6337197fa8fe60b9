"""What gives a container a kernel of its own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Sandbox(StrEnum):
    """What stands between a container's programs and the host's kernel."""

    GVISOR = "gvisor"
    """A kernel in user space, the sentry: gvisor.dev/docs/architecture_guide."""
    KATA = "kata"
    """A virtual machine that the engine's runtime makes: Kata Containers."""


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """How a sandbox was told to run."""

    openings: tuple[str, ...]
    """What was switched so that more of the host is let through than by default, in the words of
    whoever reads its configuration: ``--network=host``."""
    connects_to_host: bool
    """Whether its programs can connect to the host's Unix sockets that are mounted in it."""
