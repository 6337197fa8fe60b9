"""What a person is told to type shows something: every command, on running containers."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from isoscope.assessment.by_hand import filled_in
from isoscope.assessment.catalogue import CATALOGUE
from isoscope.inventory.build import build_inventory
from probes.collect import collect
from probes.host.local import LocalHost
from probes.options import CollectionOptions
from probes.registry import all_probes
from tests.integration.harness.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from isoscope.inventory.workload import Workload
    from tests.integration.harness.containers import (
        DockerEngine,
        PodmanService,
    )
    from tests.integration.harness.machines import LibvirtDaemon

NOT_A_COMMAND = {
    "attested": "done in the guest",
    "attested-as-expected": "a comparison",
    "neighbour-owns-the-host": "another verdict",
    "router-advertisements-followed": "names a bridge",
    "set-user-id-on-host-path": "names a path",
    "storage-open-to-host-users": "names a source",
    "root-is-somebody-outside": "names a user id",
    "passthrough-without-iommu": "names a PCI device",
    "iommu-group-split": "names a PCI device",
    "shared-iommu-group": "names a PCI device",
    "shared-network-segment": "names a network",
    "vmm-control-open": "names a socket",
    "shared-file-pages": "names an image",
}


@pytest.fixture(scope="module")
def two(
    docker_engine: DockerEngine, podman_service: PodmanService, libvirt_daemon: LibvirtDaemon
) -> Iterator[tuple[Workload, Workload, str]]:
    with Stage(docker_engine, podman_service, libvirt_daemon) as stage:
        stage.docker("acme")
        stage.docker("globex")
        options = CollectionOptions(docker=(docker_engine.url,))
        snapshot = collect(LocalHost(), all_probes(options), timeout=60)
        found = {one.id: one for one in build_inventory(snapshot).workloads}
        yield found[stage.id_of("acme")], found[stage.id_of("globex")], docker_engine.url


@pytest.mark.parametrize("identity", [each for each in CATALOGUE if each not in NOT_A_COMMAND])
def test_what_is_told_to_be_typed_runs(identity: str, two: tuple[Workload, Workload, str]) -> None:
    own, other, url = two
    text = filled_in(CATALOGUE[identity].by_hand, own, other)
    done = subprocess.run(
        ["sh", "-c", text],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DOCKER_HOST": url, "LC_ALL": "C"},
    )
    wrong = [line for line in done.stderr.splitlines() if not _excused(line)]
    assert not wrong, f"{text}\n{done.stderr}"


ANSWERS = (
    r": not found$",  # a tool that is not installed
    r"cannot (stat|statx|access|open) '?/(proc/sys|proc/kcore|sys|run)/?",
    r"/(proc/sys|proc/kcore|sys|dev/mem|proc/\d+/root)\S*: No such file or directory$",
    r"/attr/current: Invalid argument$",  # no LSM that labels processes: proc_pid_attr(5)
    r"failed to connect|Failed to connect",  # no libvirt
    r"^WARNING: ",
    r"device-mapper|libdevmapper|device-mapper/control|mapper/control|^Command failed",
)
"""What a command says of a host that does not have what it asks for: that is its answer."""


def _excused(line: str) -> bool:
    return any(re.search(answer, line) for answer in ANSWERS)
