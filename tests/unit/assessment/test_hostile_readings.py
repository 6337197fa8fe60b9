"""Workloads that arrange what is read of them, from the readings to the verdict."""

import pytest

from isoscope.assessment.assess import assess
from isoscope.assessment.assessment import Assessment
from isoscope.assessment.profile import Profile
from isoscope.assessment.tenants import NO_RULES, TenantRules, parse_tenant_rules
from isoscope.assessment.viewpoint import OPERATOR
from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.build import build_inventory
from isoscope.snapshot.reading import Gap
from tests.fakes.docker import an_engine, described
from tests.fakes.host import (
    ALL_CAPABILITIES,
    HOST_ANSWERS,
    FakeHost,
    Link,
    Tree,
    a_bind,
    a_container,
    a_host,
    cgroup_of_container,
    container_id,
    snapshot_of,
)
from tests.fakes.workloads import HW_I, WW_I

NOTHING_REQUIRED = Profile("p", "P", "", {})
SOCKET = (
    "Num       RefCount Protocol Flags    Type St Inode Path\n"
    "ffff8881: 00000002 00000000 00010000 0001 01 20001 /var/run/docker.sock\n"
)


def judged(
    *trees: Tree,
    containers: list[dict[str, object]],
    rules: TenantRules = NO_RULES,
    gaps: dict[str, Gap] | None = None,
) -> Assessment:
    host = FakeHost(a_host() | {"/proc/net/unix": SOCKET}, *trees, gaps=gaps, answers=HOST_ANSWERS)
    inventory = build_inventory(snapshot_of(host, *an_engine(*containers)))
    return assess(inventory, profile=NOTHING_REQUIRED, viewpoint=OPERATOR, rules=rules)


def state(assessment: Assessment, pid: int, identity: str) -> FindingState:
    findings = assessment.findings(f"docker:{container_id(pid)}")
    return next(finding.state for finding in findings if finding.id == identity)


def low(assessment: Assessment, pid: int) -> int:
    return assessment.workloads[f"docker:{container_id(pid)}"].verdicts[HW_I].low


def test_a_cgroup_that_it_made_below_its_own_claims_no_tenant() -> None:
    rules = parse_tenant_rules('[[rule]]\ntenant = "acme"\ncgroup = "*acme*"', "t.toml")
    cgroup = f"{cgroup_of_container(10)}/tenants/acme"
    found = judged(a_container(10, cgroup=cgroup), containers=[described(10)], rules=rules)
    assert [tenant.name for tenant in found.tenants] == [f"docker:{container_id(10)}"]


def test_a_first_process_in_a_user_namespace_hides_no_other_that_entered() -> None:
    """The first gave up its own; one that was started beside it has everything on the host."""
    first = a_container(10, uid_map="0 100000 65536\n", capabilities=0)
    beside = a_container(11, cgroup=cgroup_of_container(10), capabilities=ALL_CAPABILITIES)
    found = judged(first, beside, containers=[described(10)])
    assert state(found, 10, "host-owning-capability") is FindingState.PRESENT
    assert low(found, 10) == 0


def test_nor_one_that_it_made_before() -> None:
    """The first made another process, and left for a user namespace alone: unshare(2)."""
    first = a_container(10, uid_map="0 100000 65536\n", capabilities=0)
    made = a_container(11, cgroup=cgroup_of_container(10), capabilities=ALL_CAPABILITIES)
    made["/proc/11/status"] = str(made["/proc/11/status"]).replace("PPid:\t2", "PPid:\t10")
    found = judged(first, made, containers=[described(10)])
    assert state(found, 10, "host-owning-capability") is FindingState.PRESENT
    assert state(found, 10, "user-namespace") is FindingState.ABSENT
    assert low(found, 10) == 0


def test_capabilities_that_it_only_put_aside_count() -> None:
    """Permitted, and effective again whenever it likes: capset(2)."""
    tree = a_container(10, capabilities=ALL_CAPABILITIES, no_new_privileges=True)
    status = str(tree["/proc/10/status"])
    tree["/proc/10/status"] = status.replace(
        f"CapEff:\t{ALL_CAPABILITIES:016x}", f"CapEff:\t{0:016x}"
    )
    found = judged(tree, containers=[described(10)])
    assert state(found, 10, "host-owning-capability") is FindingState.PRESENT


def test_cpus_that_it_chose_itself_bound_nothing() -> None:
    tree = a_container(10)
    status = str(tree["/proc/10/status"])
    tree["/proc/10/status"] = status.replace("Cpus_allowed_list:\t0-3", "Cpus_allowed_list:\t0")
    found = judged(tree, containers=[described(10)])
    assert state(found, 10, "cpu-limited") is FindingState.ABSENT
    unread = {path: each for path, each in tree.items() if "cpuset" not in path}
    found = judged(unread, containers=[described(10)])
    assert state(found, 10, "cpu-limited") is FindingState.UNKNOWN


def test_the_socket_is_found_by_either_of_its_names() -> None:
    tree = a_container(10, binds=["591 555 0:22 /docker.sock /s rw - tmpfs tmpfs rw"])
    found = judged(tree, containers=[described(10)])
    assert state(found, 10, "engine-socket-mounted") is FindingState.PRESENT


@pytest.mark.parametrize("target", ["/run", "../run"])
def test_whatever_the_link_between_them_says(target: str) -> None:
    tree = a_container(10, binds=["591 555 0:22 / /s rw - tmpfs tmpfs rw"])
    found = judged(tree | {"/var/run": Link(target)}, containers=[described(10)])
    assert state(found, 10, "engine-socket-mounted") is FindingState.PRESENT


def test_a_name_or_label_in_the_shape_of_another_workload_makes_it_none() -> None:
    shared = a_bind("/srv/data", "/data")
    victim = a_container(10, binds=[shared])
    hostile = a_container(11, binds=[shared])
    label = {"isoscope.tenant": f"docker:{container_id(10)}"}
    found = judged(
        victim,
        hostile,
        containers=[described(10), described(11, labels=label, name=container_id(10))],
    )
    workload = found.workloads[f"docker:{container_id(10)}"]
    assert workload.verdicts[WW_I].high == 0
    assert len(found.tenants) == 2


def test_a_device_that_it_was_given_on_cgroup_v2_is_its_engines_word() -> None:
    tree = a_container(10, cgroups=2)
    disk = [{"PathOnHost": "/dev/sda", "PathInContainer": "/x", "CgroupPermissions": "rwm"}]
    found = judged(tree, containers=[described(10, Devices=disk)])
    assert state(found, 10, "raw-device-access") is FindingState.PRESENT
    assert low(found, 10) == 0


def test_what_a_hostile_engine_document_leaves_out_is_unknown() -> None:
    document = described(10)
    host_config = document["HostConfig"]
    assert isinstance(host_config, dict)
    del host_config["Devices"]
    found = judged(a_container(10, cgroups=2), containers=[document])
    assert state(found, 10, "raw-device-access") is FindingState.UNKNOWN
