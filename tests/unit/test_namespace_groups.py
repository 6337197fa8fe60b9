"""Processes in namespaces of their own that no manager claims."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.build import build_inventory
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.workload import WorkloadKind
from isoscope.snapshot.process_marks import of_host_service, user_of_cgroup
from isoscope.snapshot.reading import Gap
from tests.fakes.host import (
    HOST_ANSWERS,
    FakeHost,
    Link,
    Tree,
    a_container,
    a_host,
    a_process,
    container_id,
    snapshot_of,
)

SCOPE = "/user.slice/user-1000.slice/session-1.scope"


def inventory(*trees: Tree, gaps: dict[str, Gap] | None = None) -> Inventory:
    return build_inventory(snapshot_of(FakeHost(a_host(), *trees, gaps=gaps, answers=HOST_ANSWERS)))


def ids(found: Inventory) -> list[str]:
    return [workload.id for workload in found.workloads]


def apart(
    pid: int,
    *,
    parent: int = 1,
    cgroup: str = SCOPE,
    nested: tuple[int, ...] = (),
    user: int = 0,
    net: int = 0,
) -> Tree:
    tree = a_process(pid, parent=parent, cgroup=cgroup, nested_pids=(pid, *nested))
    links = {"user": user, "net": net}
    return tree | {
        f"/proc/{pid}/ns/{kind}": Link(f"{kind}:[{n}]") for kind, n in links.items() if n
    }


@pytest.mark.parametrize(("user", "net"), [(4026533001, 0), (0, 4026533002)])
def test_a_namespace_of_its_own_makes_a_workload(user: int, net: int) -> None:
    (workload,) = inventory(apart(300, user=user, net=net)).workloads
    assert (workload.id, workload.kind) == ("namespace:300", WorkloadKind.PROCESS_GROUP)
    assert workload.seen_by == ("kernel",)
    assert workload.attributes_unknown is None


def test_so_does_a_pid_namespace_which_its_status_shows() -> None:
    assert ids(inventory(apart(300, nested=(1,)))) == ["namespace:300"]


def test_it_is_the_users_in_whose_slice_it_runs() -> None:
    (workload,) = inventory(apart(300, user=4026533001)).workloads
    assert workload.attributes.rootless_user == "uid 1000"


def test_a_process_in_the_hosts_namespaces_is_none() -> None:
    assert ids(inventory(a_process(300, parent=1, cgroup=SCOPE))) == []


def test_what_descends_from_it_is_of_the_same_group() -> None:
    found = inventory(apart(300, user=4026533001), apart(301, parent=300, user=4026533009))
    assert ids(found) == ["namespace:300"]
    (workload,) = found.workloads
    assert workload.process is not None
    assert workload.process.pids == (300, 301)


def test_so_is_who_shares_a_namespace_with_it() -> None:
    found = inventory(apart(300, net=4026533001), apart(400, net=4026533001))
    assert ids(found) == ["namespace:300"]


def test_others_are_another_group() -> None:
    found = inventory(apart(300, net=4026533001), apart(400, net=4026533002))
    assert ids(found) == ["namespace:300", "namespace:400"]


@pytest.mark.parametrize(
    "cgroup",
    [
        "/system.slice/upower.service",
        "/init.scope",
        "/user.slice/user-1000.slice/user@1000.service/init.scope",
    ],
)
def test_the_hosts_own_services_are_none(cgroup: str) -> None:
    assert ids(inventory(apart(300, cgroup=cgroup, user=4026533001))) == []


def test_unless_they_began_a_pid_namespace() -> None:
    service = apart(300, cgroup="/system.slice/x.service", nested=(1,))
    assert ids(inventory(service)) == ["namespace:300"]


def test_who_entered_a_containers_namespaces_is_no_workload_of_its_own() -> None:
    container = a_container(4711)
    entered = apart(300) | {"/proc/300/ns/net": container["/proc/4711/ns/net"]}
    assert ids(inventory(container, entered)) == [f"docker:{container_id(4711)}"]


def test_namespaces_that_were_not_read_may_hide_one() -> None:
    gaps = {"/proc/300/ns/net": Gap.DENIED}
    (hole,) = inventory(a_process(300, parent=1, cgroup=SCOPE), gaps=gaps).holes
    assert hole.hides_workloads
    assert "1 processes whose namespaces were not read" in hole.what


def test_process_1_is_the_host() -> None:
    gaps = {"/proc/1/ns/net": Gap.DENIED, "/proc/1/ns/user": Gap.DENIED}
    assert inventory(a_process(1, parent=0, cgroup="/"), gaps=gaps).holes == ()


@given(st.text(max_size=80))
def test_marks_take_any_text(text: str) -> None:
    assert of_host_service(text) in (True, False)
    assert user_of_cgroup(text).isdecimal() or not user_of_cgroup(text)
