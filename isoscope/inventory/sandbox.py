"""What gives a container a kernel of its own."""

from __future__ import annotations

from enum import StrEnum


class Sandbox(StrEnum):
    """What stands between a container's programs and the host's kernel."""

    GVISOR = "gvisor"
    """A kernel in user space, the sentry: gvisor.dev/docs/architecture_guide."""
    KATA = "kata"
    """A virtual machine that the engine's runtime makes: Kata Containers."""
