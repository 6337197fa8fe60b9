"""How a workload that is no VM uses a TEE: always a claim of the host's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TeeUse:
    """A process TEE, a sandbox of its manager's in one, or what only looks like one."""

    technology: str
    """``sgx``, ``aws-nitro``, ``sev-snp``, ``tdx`` …; ``none`` for what only looks like one."""
    says: str
    """What shows it, or why it is none, in words."""
    framework: str = ""
    """``gramine``, ``occlum``, ``ego``, ``enarx``, ``kata`` …; empty where nothing tells."""
    application: str = ""
    """The file that runs in it, by its name; empty where nothing tells."""

    @property
    def encloses(self) -> bool:
        """Whether it is said to enclose the workload."""
        return self.technology != "none"
