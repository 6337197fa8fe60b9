"""Kubernetes pods, by the annotations that containerd's CRI plugin and CRI-O put on containers.

Sources: containerd pkg/cri/annotations; CRI-O pkg/annotations; Kubernetes
pkg/kubelet/types/labels.go. They are the word of whoever may start containers there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_CONTAINERD = "io.kubernetes.cri."
_CRIO = "io.kubernetes.cri-o."
CRIO_SANDBOX = f"{_CRIO}SandboxID"
"""By which a container of CRI-O is told from one of Podman in the same storage."""


@dataclass(frozen=True, slots=True)
class Pod:
    """Of which pod a container is."""

    namespace: str
    """Of Kubernetes."""
    name: str
    container: str
    """Its name in the pod; empty for the pod's sandbox."""
    sandbox_id: str
    sandbox: bool
    """Whether it only holds the namespaces of its pod: the pause container."""

    @property
    def title(self) -> str:
        """What to call the container."""
        return f"{self.name} (pod sandbox)" if self.sandbox else f"{self.name}/{self.container}"


def pod_of(annotations: Mapping[str, str]) -> Pod | None:
    """The pod of a container; None where its annotations name none."""

    def first(*keys: str) -> str:
        return next((annotations[key] for key in keys if annotations.get(key)), "")

    kind = first(f"{_CONTAINERD}container-type", f"{_CRIO}ContainerType")
    sandbox_id = first(f"{_CONTAINERD}sandbox-id", CRIO_SANDBOX)
    name = first(f"{_CONTAINERD}sandbox-name", "io.kubernetes.pod.name", f"{_CRIO}KubeName")
    if not (kind or sandbox_id or name):
        return None
    namespace = first(
        f"{_CONTAINERD}sandbox-namespace", "io.kubernetes.pod.namespace", f"{_CRIO}Namespace"
    )
    container = first(f"{_CONTAINERD}container-name", "io.kubernetes.container.name")
    return Pod(namespace, name, container, sandbox_id, sandbox=kind == "sandbox")


def image_in(annotations: Mapping[str, str]) -> str:
    """The image's name, where the annotations say it."""
    keys = (f"{_CONTAINERD}image-name", f"{_CRIO}ImageName")
    return next((annotations[key] for key in keys if annotations.get(key)), "")
