"""What else of the host real containers reach: sockets, devices, namespaces, files they leave."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.integration.harness.scanning import HW, I, Scan, scan
from tests.integration.harness.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.harness.containers import DockerEngine

DENY_LIST = {
    "defaultAction": "SCMP_ACT_ALLOW",
    "syscalls": [{"names": ["mount", "swapon"], "action": "SCMP_ACT_ERRNO", "args": []}],
}


class Reached(NamedTuple):
    """The workloads, and what the scan of them said."""

    stage: Stage
    scan: Scan

    def finding(self, name: str, identity: str) -> tuple[str, str]:
        """What was found of one workload, and in words."""
        findings = self.scan.workload(self.stage.id_of(name)).raw["findings"]
        [found] = [each for each in findings if each["id"] == identity]
        return self.scan.state(self.stage.id_of(name), identity), str(found["says"])


@pytest.fixture(scope="module")
def reached(
    docker_engine: DockerEngine, endpoints: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Reached]:
    """One scan of containers, beside a display and a system bus that listen."""
    place = tmp_path_factory.mktemp("host")
    profile = place / "deny.json"
    profile.write_text(json.dumps(DENY_LIST))
    everything = place / "allow.json"
    everything.write_text(json.dumps({"defaultAction": "SCMP_ACT_ALLOW"}))
    for directory in (".X11-unix", "dbus", "data"):
        (place / directory).mkdir()
    display, bus, abstract = (socket.socket(socket.AF_UNIX) for _ in range(3))
    with display, bus, abstract, Stage(docker_engine) as stage:
        for each, address in (
            (display, str(place / ".X11-unix/X7")),
            (bus, str(place / "dbus/system_bus_socket")),
            (abstract, "\0isoscope-test/listens"),
        ):
            each.bind(address)
            each.listen()
        stage.docker("plain")
        stage.docker("display", f"--volume={place}/.X11-unix:/tmp/.X11-unix:ro")
        stage.docker("bus", f"--volume={place}/dbus/system_bus_socket:/run/bus")
        stage.docker("data", f"--volume={place}/data:/data")
        stage.docker("user", "--user=1000:1000")
        stage.docker("deny-list", f"--security-opt=seccomp={profile}")
        stage.docker("allow-all", f"--security-opt=seccomp={everything}")
        stage.docker("own-cgroup", "--cgroupns=private")
        stage.docker("host-uts", "--uts=host")
        stage.docker("fuse", "--device-cgroup-rule=c 10:229 rwm")
        yield Reached(stage, scan(*endpoints))


def test_a_mounted_socket_is_named_by_what_it_leads_to(reached: Reached) -> None:
    assert reached.finding("plain", "service-socket-mounted")[0] == "absent"
    state, says = reached.finding("display", "service-socket-mounted")
    assert (state, "an X display" in says) == ("present", True)
    assert reached.finding("display", "system-bus-open-to-root")[0] == "absent"


def test_a_filter_that_lets_everything_through_is_none(reached: Reached) -> None:
    status = Path(f"/proc/{reached.stage.pid_of('allow-all')}/status").read_text()
    assert "Seccomp:\t2" in status, "the kernel shows a filter there as everywhere"
    assert reached.finding("allow-all", "seccomp-unconfined")[0] == "present"
    assert reached.finding("allow-all", "seccomp-filter")[0] == "absent"
    assert reached.finding("deny-list", "seccomp-unconfined")[0] == "absent"
    assert reached.finding("plain", "seccomp-unconfined")[0] == "absent"
    verdict = reached.scan.workload(reached.stage.id_of("allow-all")).verdict(HW, I)
    assert (verdict.high, "seccomp-unconfined" in verdict.held_by) == (1, True)


def test_the_system_bus_gives_the_host_away(reached: Reached) -> None:
    state, says = reached.finding("bus", "system-bus-open-to-root")
    label = Path(f"/proc/{reached.stage.pid_of('bus')}/attr/current")
    try:
        enforced = "enforce" in label.read_text()
    except OSError:  # EINVAL: no LSM that gives labels
        enforced = False
    assert state == ("unknown" if enforced else "present"), says
    if not enforced:
        assert reached.scan.workload(reached.stage.id_of("bus")).verdict(HW, I).rungs == (0, 0)


def test_a_namespace_of_the_host_is_told(reached: Reached) -> None:
    assert reached.finding("host-uts", "host-uts-namespace")[0] == "present"
    assert reached.finding("plain", "host-uts-namespace")[0] == "absent"
    assert reached.finding("own-cgroup", "host-cgroup-namespace")[0] == "absent"
    own = Path("/proc/self/ns/cgroup").readlink()
    its = Path(f"/proc/{reached.stage.pid_of('plain')}/ns/cgroup").readlink()
    expected = "present" if own == its else "absent"
    assert reached.finding("plain", "host-cgroup-namespace")[0] == expected


def test_what_it_leaves_on_the_host_is_told(reached: Reached) -> None:
    state, says = reached.finding("data", "set-user-id-on-host-path")
    assert (state, "/data" in says) == ("present", True)
    assert reached.finding("plain", "set-user-id-on-host-path")[0] == "absent"


def test_the_user_of_its_processes_is_told(reached: Reached) -> None:
    assert reached.finding("plain", "runs-without-root")[0] == "absent"
    assert reached.finding("user", "runs-without-root")[0] == "present"
    state, says = reached.finding("plain", "root-is-somebody-outside")
    root_is_root = Path(f"/proc/{reached.stage.pid_of('plain')}/uid_map").read_text().split()[1]
    assert root_is_root == "0"
    assert (state, "the host's root" in says) == ("present", True)


def test_a_filter_is_told_by_what_it_does_with_the_rest(reached: Reached) -> None:
    assert reached.finding("plain", "seccomp-allow-list")[0] == "present"
    state, says = reached.finding("deny-list", "seccomp-allow-list")
    assert (state, "does not name" in says) == ("absent", True)
    assert reached.finding("deny-list", "seccomp-filter")[0] == "present"


def test_a_device_is_told_by_what_it_leads_to(reached: Reached) -> None:
    state, says = reached.finding("fuse", "further-devices-allowed")
    assert (state, "FUSE" in says) == ("present", True)
    assert reached.finding("plain", "further-devices-allowed")[0] == "absent"


def test_the_host_decides_who_takes_its_core_dumps(reached: Reached) -> None:
    piped = Path("/proc/sys/kernel/core_pattern").read_text().startswith(("|", "@"))
    state, _ = reached.finding("plain", "core-dumps-handled-by-host")
    assert state == ("present" if piped else "absent")
