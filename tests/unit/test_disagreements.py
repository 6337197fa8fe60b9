"""Where an engine and the kernel differ: the kernel's word is shown beside the engine's."""

import pytest

from isoscope.inventory.build import build_inventory
from isoscope.snapshot.reading import Gap
from tests.fakes.docker import an_engine, described
from tests.fakes.host import HOST_ANSWERS, FakeHost, Tree, a_container, a_host, snapshot_of


def between(
    tree: Tree, document: dict[str, object], gaps: dict[str, Gap] | None = None
) -> dict[str, tuple[str, str]]:
    host = FakeHost(a_host(), tree, gaps=gaps, answers=HOST_ANSWERS)
    (workload,) = build_inventory(snapshot_of(host, *an_engine(document))).workloads
    return {d.key: (d.declared, d.observed) for d in workload.disagreements}


def test_a_default_container_is_what_its_engine_says() -> None:
    assert between(a_container(7), described(7)) == {}


@pytest.mark.parametrize(
    ("namespace", "field", "key"),
    [
        ("pid", "PidMode", "pid_namespace"),
        ("net", "NetworkMode", "net_namespace"),
        ("ipc", "IpcMode", "ipc_namespace"),
    ],
)
def test_namespaces(namespace: str, field: str, key: str) -> None:
    shared = a_container(7, host_namespaces=[namespace])
    assert between(shared, described(7)) == {key: ("its own", "the host's")}
    assert between(a_container(7), described(7, fields={field: "host"})) == {
        key: ("the host's", "its own")
    }
    assert between(shared, described(7, fields={field: "host"})) == {}


def test_a_limit_that_the_kernel_does_not_enforce() -> None:
    document = described(7, Memory=1 << 20, PidsLimit=50, NanoCpus=500_000_000)
    limited = a_container(7, memory=1 << 20, processes=50, cpu=0.5)
    assert between(limited, document) == {}
    assert between(a_container(7), document) == {
        "memory": ("1.04858e+06", "no limit"),
        "processes": ("50", "no limit"),
        "cpu": ("0.5", "no limit"),
    }


def test_a_tighter_limit_above_it_is_none() -> None:
    assert between(a_container(7, memory=1000), described(7, Memory=1 << 20)) == {}
    assert between(a_container(7, memory=1000), described(7)) == {}


@pytest.mark.parametrize(
    ("seccomp", "fields", "found"),
    [
        (0, {}, {"seccomp": ("a filter", "unconfined")}),
        (0, {"SecurityOpt": ["seccomp=unconfined"]}, {}),
        (2, {"SecurityOpt": ["seccomp=unconfined"]}, {"seccomp": ("unconfined", "a filter")}),
        (0, {"SecurityOpt": ["seccomp:unconfined"]}, {}),
        (0, {"Privileged": True}, {}),
        (2, {"Privileged": True, "SecurityOpt": ["seccomp=/p.json"]}, {}),
        (0, {"Privileged": "yes"}, {}),
    ],
)
def test_seccomp(seccomp: int, fields: dict[str, object], found: dict[str, object]) -> None:
    assert between(a_container(7, seccomp=seccomp), described(7, fields=fields)) == found


def test_no_new_privileges() -> None:
    asked = described(7, SecurityOpt=["no-new-privileges:true"])
    assert between(a_container(7), asked) == {"no_new_privileges": ("set", "not set")}
    assert between(a_container(7, no_new_privileges=True), asked) == {}
    assert between(a_container(7, no_new_privileges=True), described(7)) == {}


def test_a_read_only_root() -> None:
    asked = described(7, ReadonlyRootfs=True)
    assert between(a_container(7), asked) == {"read_only_root": ("read-only", "writable")}
    assert between(a_container(7, read_only_root=True), asked) == {}


def test_what_either_does_not_know_is_none() -> None:
    unknown = {f"/proc/7/{name}": Gap.DENIED for name in ("status", "ns", "mountinfo", "uid_map")}
    asked = described(7, PidMode="host", ReadonlyRootfs=True, Memory=100, SecurityOpt=[])
    assert between(a_container(7, memory=50), asked, gaps=unknown) == {}
