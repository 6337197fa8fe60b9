"""A real host's engines and VM manager, as captured in the lab: every document is read in full."""

import json
import os
import re
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from isoscope.inventory.described import Described, described_workloads
from isoscope.inventory.workload import LaunchSecurity
from isoscope.snapshot.reading import Channel, Reading
from tests.unit.engine_snapshots import DOCKER, LIBVIRT, PODMAN, PODMAN_VERSION, reading, snapshot
from tests.unit.test_engine_robustness import facts
from tests.unit.test_libvirt_domain import libvirt

CAPTURES = Path(
    os.environ.get("ISOSCOPE_CAPTURES") or Path(__file__).parents[3] / "shared" / "captures"
)


def engine(
    url: str, documents: list[dict[str, Any]], networks: bytes, volumes: object, podman: bool
) -> list[Reading]:
    own = "/v4.3.1/libpod" if podman else ""
    version = PODMAN_VERSION if podman else {"Components": [{"Name": "Engine"}]}
    listing = [{"Id": each["Id"]} for each in documents]
    said: dict[str, object] = {
        "GET /version": version,
        "GET /containers/json?all=1": listing,
        f"GET {own}/networks" + ("/json" if podman else ""): networks,
        "GET /volumes": {"Volumes": volumes},
        **{f"GET {own}/containers/{each['Id']}/json": each for each in documents},
    }
    return [reading(Channel.ENGINE, url, request, answer) for request, answer in said.items()]


@cache
def lab() -> dict[str, Described]:
    """What the managers of the lab describe, by name."""
    archive = CAPTURES / "lab-selinux" / "capture.tar.xz"
    if not archive.is_file():
        pytest.skip(f"no capture at {archive}; set ISOSCOPE_CAPTURES")
    files: dict[str, bytes] = {}
    with tarfile.open(archive) as opened:
        for member in opened:
            parts = member.name.removeprefix("./").split("/", 2)
            if len(parts) == 3 and parts[1] in ("docker", "podman", "libvirt") and member.isreg():
                extracted = opened.extractfile(member)
                files[f"{parts[1]}/{parts[2]}"] = extracted.read() if extracted else b""
    readings = engine(
        DOCKER,
        json.loads(files["docker/inspect.json"]),
        files["docker/network.json"],
        json.loads(files["docker/volumes.json"]),
        podman=False,
    )
    users = {
        "root-": PODMAN,
        "alice/podman-": "unix:///run/user/1000/podman/podman.sock",
        "bob/podman-": "unix:///run/user/1001/podman/podman.sock",
    }
    for prefix, url in users.items():
        documents = json.loads(files[f"podman/{prefix}inspect.json"])
        networks = files[f"podman/{prefix}network.json"]
        readings += engine(url, documents, networks, [], podman=True)
    said: dict[str, object] = {"virConnectOpen": {"read_only": False}}
    domains = []
    for name, content in files.items():
        if re.fullmatch(r"libvirt/v-[a-z-]+(?<!-inactive)\.xml", name):
            uuid = re.search(rb"<uuid>([-0-9a-f]+)", content)
            assert uuid is not None
            said[f"virDomainGetXMLDesc {uuid[1].decode()}"] = content
            domains.append({"uuid": uuid[1].decode(), "name": "", "id": 1, "state": 1})
        elif name.startswith("libvirt/net-") and name.endswith(".xml"):
            said[f"virNetworkGetXMLDesc {name}"] = content
    said["virConnectListAllDomains"] = domains
    readings += [reading(Channel.LIBVIRT, LIBVIRT, request, each) for request, each in said.items()]
    return {each.name: each for each in described_workloads(snapshot(readings))[0]}


def test_every_field_of_every_workload_is_understood() -> None:
    """But for what a manager says of itself, which the capture did not ask for."""
    not_asked = {"survives_engine", "built_in_filter", "environment", "engine_rootless", "program"}
    unknown = [
        (name, key)
        for name, each in lab().items()
        for key, seen in facts(each)
        if not seen.known and key not in not_asked
    ]
    assert unknown == []
    assert len(lab()) == 77


def container(name: str) -> dict[str, Any]:
    return {key: observed.value for key, observed in facts(lab()[name])}


@pytest.mark.parametrize(
    ("name", "key", "expected"),
    [
        ("d-priv", "privileged", True),
        ("d-default-acme", "privileged", False),
        ("d-pidhost", "pid_mode", "host"),
        ("d-ipchost", "ipc_mode", "host"),
        ("d-nethost", "network_mode", "host"),
        ("d-seccomp", "security_options", ("seccomp=unconfined",)),
        ("d-sysadmin", "capabilities_added", ("CAP_SYS_ADMIN",)),
        ("pr-default", "runtime", "crun"),
        ("pl-alice-priv", "privileged", True),
        ("v-acme", "may_merge_pages", False),
        ("v-globex", "may_merge_pages", True),
        ("v-globex", "launch_security", LaunchSecurity("none")),
    ],
)
def test_what_is_true_of_a_workload_is_declared(name: str, key: str, expected: object) -> None:
    assert container(name)[key] == expected


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ("d-bridge-a", "d-bridge-b", True),
        ("d-twonet", "d-default-acme", True),
        ("d-joinnet", "d-default-acme", True),
        ("d-default-acme", "d-hard-globex", False),
        ("v-shr-b", "v-defnet-a", True),
        ("v-acme", "v-globex", False),
    ],
)
def test_who_shares_a_network(one: str, other: str, share: bool) -> None:
    first, second = (
        {each.network for each in container(name)["networks"]} for name in (one, other)
    )
    assert bool(first & second) is share


@pytest.mark.parametrize(
    ("one", "other", "key"),
    [
        ("d-shared-a", "d-shared-b", "volumes"),
        ("d-bind-a", "pl-alice-shared", "volumes"),
        ("v-shr-a", "v-shr-b", "disks"),
    ],
)
def test_who_shares_storage(one: str, other: str, key: str) -> None:
    first, second = ({each.source for each in container(name)[key]} for name in (one, other))
    assert first & second


def test_limits_are_read() -> None:
    limited = container("d-limits-only")
    amounts = [limited[key].amount for key in ("memory", "processes", "cpu")]
    assert amounts == [32 << 20, 32, 0.2]


def test_a_rootless_engine_belongs_to_its_user() -> None:
    assert lab()["pl-bob-default"].attributes.rootless_user == "uid 1001"
    assert lab()["pr-default"].attributes.rootless_user == ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sev", LaunchSecurity("sev", debug_allowed=False)),
        ("sev-direct", LaunchSecurity("sev", debug_allowed=False)),
        ("sev-snp", LaunchSecurity("sev-snp", debug_allowed=False)),
        ("tdx", LaunchSecurity("tdx", debug_allowed=False)),
        ("s390-pv", LaunchSecurity("s390-pv")),
    ],
)
def test_confidential_domains_of_libvirts_own_tests(name: str, expected: LaunchSecurity) -> None:
    path = CAPTURES / "attestation" / "libvirt" / "domains" / f"{name}.xml"
    if not path.is_file():
        pytest.skip(f"no capture at {path}; set ISOSCOPE_CAPTURES")
    (found,) = described_workloads(libvirt(path.read_bytes()))[0]
    assert found.machine is not None
    claim = found.machine.launch_security.value
    assert claim is not None
    assert (claim.kind, claim.debug_allowed) == (expected.kind, expected.debug_allowed)
    assert claim.policy, "nothing is said of how it was asked to start"
