"""Real workloads of different tenants that share memory, a bridge, layers, a device, or quotas."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.integration.harness.machines import LibvirtDaemon, start_bare_machine
from tests.integration.harness.scanning import WW, A, C, I, Scan, scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.harness.containers import DockerEngine
    from tests.integration.harness.ground import Ground

REGION = """<shmem name='{name}'>
      <model type='ivshmem-plain'/><size unit='M'>4</size>
    </shmem>"""
DEVICE = "/dev/hwrng"  # which owns no host


class Shared(NamedTuple):
    """What runs, and what the scan of it said."""

    scan: Scan
    ids: dict[str, str]

    def entry(self, name: str, identity: str, quality: str = C) -> dict[str, Any]:
        """One finding of one workload, whatever it does to the verdict."""
        verdict = self.scan.workload(self.ids[name]).verdict(WW, quality).raw
        entries = [
            entry
            for place in ("held_by", "unknowns", "supports", "beside")
            for entry in verdict.get(place, ())
            if entry["id"] == identity
        ]
        assert entries, f"{identity} is not among what is said of {name}"
        return dict(entries[0])

    def state(self, name: str, identity: str, quality: str = C) -> str:
        """The state of that finding."""
        return str(self.entry(name, identity, quality).get("finding", "unknown"))


@pytest.fixture(scope="module")
def shared(
    ground: Ground, docker_engine: DockerEngine, libvirt_daemon: LibvirtDaemon, endpoints: list[str]
) -> Iterator[Shared]:
    """Four containers, two guests by hand, and three guests of libvirt's, in one scan."""
    region = f"{ground.mark}-region"
    memory = ground.directory("qemu") / "memory"
    network = docker_engine.create_network("between")
    containers, guests, started = [], [], []
    try:
        for name, options in (
            ("driving", (f"--device={DEVICE}",)),
            ("driving-too", (f"--device={DEVICE}",)),
            ("one", (f"--network={network}",)),
            ("two", (f"--network={network}", "--cap-drop=NET_RAW")),
        ):
            containers.append(docker_engine.run(name, *options, tenant=f"of-{name}"))
        for name in ("first", "second"):
            backend = f"memory-backend-file,id=m,share=on,size=4M,mem-path={memory}"
            started.append(
                start_bare_machine(
                    ground, "-object", backend, "-device", "ivshmem-plain,memdev=m", name=name
                )
            )
        for name, devices in (
            ("acme", REGION.format(name=region)),
            ("blue", REGION.format(name=region)),
            ("red", REGION.format(name=f"{region}-own")),
        ):
            guests.append(libvirt_daemon.run(name, tenant=name, devices=devices))
        ids = {each.name: each.workload_id for each in containers}
        ids |= {each.tenant: each.workload_id for each in guests}
        ids |= {"first": started[0][0].workload_id, "second": started[1][0].workload_id}
        yield Shared(scan(*endpoints), ids)
    finally:
        libvirt_daemon.remove(guests)
        docker_engine.remove(containers)
        for _, daemon in started:
            daemon.stop()
        for left in Path("/dev/shm").glob(f"{region}*"):
            left.unlink()


@pytest.mark.parametrize(("name", "other"), [("acme", "blue"), ("first", "second")])
@pytest.mark.parametrize("quality", [C, I])
def test_guests_with_one_region_have_no_isolation(
    shared: Shared, name: str, other: str, quality: str
) -> None:
    assert shared.state(name, "shared-memory-region", quality) == "present"
    assert shared.state(other, "shared-memory-region", quality) == "present"
    rated = shared.scan.workload(shared.ids[name]).verdict(WW, quality)
    assert rated.rungs == (0, 0)


@pytest.mark.usefixtures("undisturbed")
def test_a_guest_with_a_region_of_its_own_shares_none(shared: Shared) -> None:
    rated = shared.scan.workload(shared.ids["red"]).verdict(WW, C)
    assert "shared-memory-region" not in rated.named


def test_a_device_that_two_tenants_were_given_is_seen_by_the_kernels_own_rules(
    shared: Shared,
) -> None:
    for name in ("driving", "driving-too"):
        assert shared.state(name, "shared-device", I) == "present"


@pytest.mark.usefixtures("undisturbed")
def test_who_may_forge_addresses_is_told_apart_from_who_may_not(shared: Shared) -> None:
    assert shared.state("one", "shared-network-segment") == "present"
    assert shared.state("two", "neighbour-forges-addresses") == "present"
    named = shared.scan.workload(shared.ids["one"]).verdict(WW, C).named
    assert "neighbour-forges-addresses" not in named  # two has no NET_RAW


def test_layers_of_the_common_image_are_shown_beside(shared: Shared) -> None:
    assert shared.state("one", "shared-file-pages") == "present"


def test_quotas_of_the_common_user_are_shown_beside_availability(shared: Shared) -> None:
    assert shared.state("one", "shared-user-quotas", A) == "present"
