"""The workloads of one scan, started together and removed together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from tests.integration.harness.containers import Container, DockerEngine, PodmanService
    from tests.integration.harness.machines import Guest, LibvirtDaemon


@dataclass(slots=True)
class Stage:
    """A context manager: what was started within it is gone after it."""

    engine: DockerEngine
    podman_service: PodmanService | None = None
    libvirt_daemon: LibvirtDaemon | None = None
    _containers: dict[str, Container] = field(default_factory=dict)
    _pods: dict[str, Container] = field(default_factory=dict)
    _guests: dict[str, Guest] = field(default_factory=dict)

    def docker(self, name: str, *options: str, tenant: str = "") -> Container:
        """Start a Docker container; the tenant is called like it unless one is given."""
        self._containers[name] = self.engine.run(name, *options, tenant=tenant or name)
        return self._containers[name]

    def podman(self, name: str, *options: str, tenant: str = "") -> Container:
        """Start a Podman container; the tenant is called like it unless one is given."""
        assert self.podman_service is not None
        self._pods[name] = self.podman_service.run(name, *options, tenant=tenant or name)
        return self._pods[name]

    def guest(self, name: str, *, tenant: str = "") -> Guest:
        """Start a guest of libvirt; the tenant is called like it unless one is given."""
        assert self.libvirt_daemon is not None
        self._guests[name] = self.libvirt_daemon.run(name, tenant=tenant or name)
        return self._guests[name]

    def id_of(self, name: str) -> str:
        """The id, in the outside contract, of a workload started here."""
        return self._all()[name].workload_id

    def pid_of(self, name: str) -> int:
        """The process id, on the host, of a workload's first process."""
        return self._all()[name].pid

    def ids(self) -> set[str]:
        """The ids of all workloads started here."""
        return {each.workload_id for each in self._all().values()}

    def _all(self) -> Mapping[str, Container | Guest]:
        return {**self._containers, **self._pods, **self._guests}

    def __enter__(self) -> Stage:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.engine.remove(list(self._containers.values()))
        if self.podman_service is not None:
            self.podman_service.remove(list(self._pods.values()))
        if self.libvirt_daemon is not None:
            self.libvirt_daemon.remove(list(self._guests.values()))
