"""LXD's containers, which Incus' are alike: what it says of them, and what runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.integration.harness.fixtures import running
from tests.integration.harness.ground import ComponentUnavailableError
from tests.integration.harness.lxd import SECRET, Instance, Lxd
from tests.integration.harness.scanning import HW, I, Scan, run_isoscope, scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.harness.ground import Ground


@pytest.fixture(scope="module")
def lxd(ground: Ground) -> Iterator[Lxd]:
    """A private LXD."""
    yield from running(Lxd.start, ground)


class Stage(NamedTuple):
    """What there is, and the scan of it."""

    instances: dict[str, Instance]
    scan: Scan
    url: str

    def state(self, name: str, identity: str) -> str:
        """What was found of one measure or exposure for one container."""
        return self.scan.state(self.instances[name].workload_id, identity)


@pytest.fixture(scope="module")
def stage(lxd: Lxd) -> Stage:
    """One scan of containers that differ."""
    shared = lxd.ground.directory("shared")
    try:
        instances = {
            "plain": lxd.run("plain", tenant="acme"),
            "bounded": lxd.run("bounded", "--config=limits.memory=64MiB"),
            "owner": lxd.run("owner", "--config=security.privileged=true", tenant="mallory"),
            "stopped": lxd.run("stopped", start=False),
        }
    except ComponentUnavailableError as unavailable:
        pytest.skip(str(unavailable))
    name = instances["plain"].name
    lxd.command("config", "device", "add", name, "d", "disk", f"source={shared}", "path=/data")
    return Stage(instances, scan("--incus", lxd.url), lxd.url)


RUNNING = ("plain", "bounded", "owner")


def test_each_container_is_found_with_its_process(stage: Stage) -> None:
    for name in RUNNING:
        workload = stage.scan.workload(stage.instances[name].workload_id).raw
        assert workload["pid"] == stage.instances[name].pid
        assert (workload["engine"], workload["kind"]) == ("lxd", "system-container")
        assert workload["seen_by"] == ["lxd", "kernel"]


def test_none_is_shown_twice(stage: Stage) -> None:
    """Its cgroup is one of LXC's, and would be shown as a container of LXC's."""
    pids = [each.raw["pid"] for each in stage.scan.workloads().values()]
    assert all(pids.count(stage.instances[name].pid) == 1 for name in RUNNING)


def test_one_that_does_not_run_is_not_judged(stage: Stage) -> None:
    assert stage.instances["stopped"].workload_id not in stage.scan.workloads()


def test_whose_it_is_its_settings_say(stage: Stage) -> None:
    tenants = {
        name: stage.scan.workload(stage.instances[name].workload_id).raw["tenant"]
        for name in RUNNING
    }
    assert (tenants["plain"], tenants["owner"]) == ("acme", "mallory")
    assert tenants["bounded"] == stage.instances["bounded"].workload_id


def test_what_it_was_given_is_what_is_found(stage: Stage) -> None:
    assert stage.state("plain", "user-namespace") == "present"
    assert stage.state("owner", "user-namespace") == "absent"
    assert stage.state("owner", "host-owning-capability") == "present"
    assert stage.state("plain", "host-owning-capability") == "absent"
    assert stage.state("bounded", "memory-limited") == "present"
    assert stage.state("plain", "memory-limited") == "absent"
    assert stage.state("plain", "seccomp-filter") == "present"


def test_what_every_container_is_given_is_no_storage_that_they_share(stage: Stage) -> None:
    """Devices that keep nothing, and the directory by which LXD answers a container."""
    ours = {instance.workload_id for instance in stage.instances.values()}
    for name in RUNNING:
        workload = stage.scan.workload(stage.instances[name].workload_id)
        for found in workload.raw["findings"]:
            if found["id"] == "shared-writable-storage":
                assert not ours & set(found.get("others", ())), found["says"]


def test_root_inside_who_is_root_outside_stands_on_the_lowest_rung(stage: Stage) -> None:
    owner = stage.scan.workload(stage.instances["owner"].workload_id)
    assert owner.verdict(HW, I).rungs == (0, 0)
    plain = stage.scan.workload(stage.instances["plain"].workload_id)
    assert plain.verdict(HW, I).low >= 1


def test_its_settings_and_the_kernel_agree(stage: Stage) -> None:
    for name in RUNNING:
        found = stage.scan.workload(stage.instances[name].workload_id).raw
        assert found.get("disagreements", []) == []


def test_no_secret_of_theirs_is_kept(stage: Stage, tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot.json"
    done = run_isoscope("collect", "--incus", stage.url, "-o", str(snapshot))
    assert done.returncode == 0, done.stderr
    text = snapshot.read_text()
    assert stage.instances["stopped"].name in text
    assert SECRET not in text


def test_without_its_server_each_shows_and_its_owner_is_not_known(stage: Stage) -> None:
    seen = scan()
    for name in RUNNING:
        instance = stage.instances[name]
        workload = seen.workload(f"lxc:{instance.name}").raw
        assert (workload["pid"], workload["seen_by"]) == (instance.pid, ["kernel"])
        assert "unknown" in seen.tenant(workload["tenant"]).raw["claimed_by"]


def test_nothing_of_an_instance_is_changed_by_looking(stage: Stage) -> None:
    pid = stage.instances["plain"].pid
    before = Path(f"/proc/{pid}/mountinfo").read_text()
    scan("--incus", stage.url)
    assert Path(f"/proc/{pid}/mountinfo").read_text() == before
