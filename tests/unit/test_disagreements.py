"""Where an engine and the kernel differ: the kernel's word is shown beside the engine's."""

import pytest

from isoscope.inventory.build import build_inventory
from isoscope.snapshot.reading import Gap
from tests.fakes.docker import an_engine, described
from tests.fakes.host import (
    ALL_CAPABILITIES,
    DEFAULT_CAPABILITIES,
    HOST_ANSWERS,
    FakeHost,
    Tree,
    a_bind,
    a_container,
    a_host,
    container_id,
    own_namespaces,
    snapshot_of,
)


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
        (0, {"Privileged": "yes"}, {}),
    ],
)
def test_seccomp(seccomp: int, fields: dict[str, object], found: dict[str, object]) -> None:
    capabilities = ALL_CAPABILITIES if fields.get("Privileged") is True else DEFAULT_CAPABILITIES
    tree = a_container(7, seccomp=seccomp, capabilities=capabilities)
    assert between(tree, described(7, fields=fields)) == found


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


def test_capabilities_beyond_what_was_asked_for() -> None:
    wide = a_container(7, capabilities=DEFAULT_CAPABILITIES | 1 << 21)
    assert between(wide, described(7)) == {
        "capabilities": ("the engine's default", "also SYS_ADMIN")
    }
    assert between(wide, described(7, CapAdd=["SYS_ADMIN"])) == {}
    assert between(wide, described(7, CapAdd=["ALL"])) == {}
    dropped = described(7, CapDrop=["ALL"], CapAdd=["CHOWN"])
    assert between(a_container(7, capabilities=1), dropped) == {}
    assert between(a_container(7), dropped)["capabilities"][0] == (
        "the engine's default, with CAP_CHOWN, without ALL"
    )
    everything = a_container(7, capabilities=ALL_CAPABILITIES)
    assert between(everything, described(7))["capabilities"][1] == "every capability"


def test_privileged_with_less_than_every_capability() -> None:
    held = a_container(7, capabilities=ALL_CAPABILITIES & ~(1 << 39), seccomp=0)
    assert between(held, described(7, Privileged=True)) == {
        "privileged": ("every capability", "without BPF")
    }


@pytest.mark.parametrize(
    ("namespace", "field", "mode", "found"),
    [
        ("user", "UsernsMode", "host", {}),
        ("user", "UsernsMode", "", {}),
        ("user", "UsernsMode", "keep-id", {"user_namespace": ("its own", "the host's")}),
        ("uts", "UTSMode", "host", {}),
        ("uts", "UTSMode", "private", {"uts_namespace": ("its own", "the host's")}),
        ("cgroup", "CgroupnsMode", "private", {"cgroup_namespace": ("its own", "the host's")}),
    ],
)
def test_namespaces_that_an_engine_says_only_where_asked(
    namespace: str, field: str, mode: str, found: dict[str, object]
) -> None:
    tree = a_container(7, host_namespaces=["time", "user", namespace])
    document = described(7, fields={"CgroupnsMode": "", field: mode})
    assert between(tree, document) == found


def test_a_profile_that_nothing_loaded() -> None:
    assert between(a_container(7, label=Gap.UNSUPPORTED), described(7)) == {
        "apparmor_profile": ("docker-default", "no AppArmor label")
    }
    assert between(a_container(7, label="unconfined"), described(7)) == {
        "apparmor_profile": ("docker-default", "unconfined")
    }
    silent = described(7) | {"AppArmorProfile": ""}
    assert between(a_container(7, label=Gap.UNSUPPORTED), silent) == {}


def test_another_context_of_selinux_than_its_own() -> None:
    label = "system_u:system_r:container_t:s0:c1,c2"
    document = described(7) | {"AppArmorProfile": "", "ProcessLabel": label}
    assert between(a_container(7, label=label), document) == {}
    assert between(a_container(7, label="system_u:system_r:spc_t:s0"), document) == {
        "selinux_label": (label, "system_u:system_r:spc_t:s0")
    }


def test_root_in_a_container_of_another_user() -> None:
    document = described(7)
    document["Config"]["User"] = "1234:1"  # type: ignore[index]
    assert between(a_container(7), document) == {
        "user": ("1234:1", "one of its processes runs as root")
    }
    assert between(a_container(7, uids=(1234,) * 4), document) == {}


def test_cpus_and_the_score_of_the_oom_killer() -> None:
    assert between(a_container(7), described(7, CpusetCpus="0-1")) == {
        "cpus": ("0-1", "0, 1, 2, 3")
    }
    assert between(a_container(7, allowed_cpus="1"), described(7, CpusetCpus="0-1")) == {}
    assert between(a_container(7), described(7, CpusetCpus="junk")) == {}
    assert between(a_container(7), described(7, OomScoreAdj=500)) == {"oom_score": ("500", "0")}


def a_mount(*, writable: bool = True) -> dict[str, object]:
    return {
        "Type": "bind",
        "Source": "/srv/data",
        "Destination": "/data",
        "RW": writable,
    }


def test_mounts_that_are_not_as_they_were_declared() -> None:
    tree = a_container(7, binds=[a_bind("/srv/data", "/data")])
    assert between(tree, described(7, mounts=[a_mount()])) == {}
    assert between(tree, described(7, mounts=[a_mount(writable=False)])) == {
        "mount /data": ("read-only", "writable")
    }
    assert between(tree, described(7)) == {
        "mount /data": ("not declared", "/srv/data of /dev/vda1")
    }
    assert between(a_container(7), described(7, mounts=[a_mount()])) == {
        "mount /data": ("writable", "not mounted")
    }


def test_what_an_engine_mounts_of_its_own_is_none() -> None:
    own = f"/var/lib/docker/containers/{container_id(7)}/hostname"
    tree = a_container(7, binds=[a_bind(own, "/etc/hostname"), a_bind(own, "/elsewhere")])
    assert between(tree, described(7)) == {}


def test_devices_that_were_not_given() -> None:
    tree = a_container(7, cgroups=1, devices="c 1:3 rwm\nc *:* m\nb 254:0 rwm\n")
    host = FakeHost(a_host(cgroups=1), tree, answers=HOST_ANSWERS)
    (workload,) = build_inventory(snapshot_of(host, *an_engine(described(7)))).workloads
    assert [(d.key, d.observed) for d in workload.disagreements] == [("devices", "b 254:0 rwm")]


def test_networks_against_interfaces() -> None:
    assert between(a_container(7, interfaces=["lo"]), described(7)) == {
        "networks": ("bridge", "no interface but lo")
    }
    alone = described(7, fields={"NetworkMode": "none"}, networks={})
    assert between(a_container(7), alone) == {"networks": ("none", "interfaces eth0")}
    assert between(a_container(7, interfaces=["lo", "tunl0"]), alone) == {}


def test_a_container_that_its_engine_says_has_ended() -> None:
    assert between(a_container(7), described(7, running=False))["state"] == (
        "exited",
        "1 process",
    )


def test_a_container_that_its_engine_does_not_list() -> None:
    host = FakeHost(a_host(), a_container(7), answers=HOST_ANSWERS)
    (workload,) = build_inventory(snapshot_of(host, *an_engine())).workloads
    (found,) = workload.disagreements
    assert (found.key, found.declared) == ("listed by its engine", "not listed")
    (silent,) = build_inventory(snapshot_of(host)).workloads
    assert silent.disagreements == ()


def test_a_namespace_that_it_says_it_joined() -> None:
    def joined(namespaces: dict[str, int]) -> list[tuple[str, str]]:
        trees = [a_container(7), a_container(8, namespaces=namespaces)]
        documents = [described(7), described(8, fields={"NetworkMode": "container:c7"})]
        host = FakeHost(a_host(), *trees, answers=HOST_ANSWERS)
        found = build_inventory(snapshot_of(host, *an_engine(*documents))).workloads
        return [(d.key, d.observed.partition(",")[0]) for d in found[1].disagreements]

    assert joined(own_namespaces(8)) == [("net_namespace", "another")]
    assert joined(own_namespaces(8) | {"net": own_namespaces(7)["net"]}) == []


def test_a_state_that_is_not_said_contradicts_nothing() -> None:
    document = described(7)
    del document["State"]
    host = FakeHost(a_host(), a_container(7), answers=HOST_ANSWERS)
    (workload,) = build_inventory(snapshot_of(host, *an_engine(document))).workloads
    assert workload.disagreements == ()
