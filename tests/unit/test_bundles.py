"""Tasks of containerd and containers of CRI-O: their bundles, and what the kernel shows of them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.build import build_inventory
from isoscope.inventory.bundles.pods import pod_of
from isoscope.inventory.bundles.spec import declared_by_bundle
from isoscope.inventory.engines.description import JsonDescription
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.observation import ENGINE, known
from isoscope.inventory.workload import Workload, WorkloadKind
from isoscope.snapshot.bundle_places import cgroup_of_bundle, containerd_states, task_at
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from probes.containerd import ContainerdProbe
from probes.crio import CrioProbe
from probes.probe import Recorder
from tests.fakes.bundles import (
    a_configuration,
    a_container_of_crio,
    a_shim,
    a_task,
    held_by,
)
from tests.fakes.host import (
    HOST_ANSWERS,
    FakeHost,
    Tree,
    a_bind,
    a_container,
    a_host,
    a_process,
    snapshot_of,
)

ID = "ab" * 32
TASK = "/srv/own/io.containerd.runtime.v2.task/default/web"
POD = {
    "io.kubernetes.cri.container-type": "container",
    "io.kubernetes.cri.container-name": "web",
    "io.kubernetes.cri.sandbox-id": "cd" * 32,
    "io.kubernetes.cri.sandbox-name": "shop-0",
    "io.kubernetes.cri.sandbox-namespace": "acme",
    "io.kubernetes.cri.image-name": "registry.example/shop:1",
}
CRIO_POD = {
    "io.kubernetes.cri-o.ContainerType": "container",
    "io.kubernetes.cri-o.SandboxID": "cd" * 32,
    "io.kubernetes.cri-o.ImageName": "registry.example/shop:1",
    "io.kubernetes.container.name": "web",
    "io.kubernetes.pod.name": "shop-0",
    "io.kubernetes.pod.namespace": "acme",
}


def looked_at(*trees: Tree, gaps: dict[str, Gap] | None = None) -> Snapshot:
    host = FakeHost(a_host(), *trees, gaps=gaps, answers=HOST_ANSWERS)
    recorder = Recorder(float("inf"))
    ContainerdProbe().run(host, recorder)
    CrioProbe().run(host, recorder)
    return snapshot_of(host, *recorder.close()[0])


def inventory(*trees: Tree, gaps: dict[str, Gap] | None = None) -> Inventory:
    return build_inventory(looked_at(*trees, gaps=gaps))


def only(found: Inventory) -> Workload:
    (workload,) = found.workloads
    return workload


def a_running(pid: int = 50, cgroup: str = "/default/web") -> Tree:
    container = a_container(
        pid,
        cgroup=cgroup,
        memory=67108864,
        host_namespaces=("cgroup",),
        binds=(a_bind("/srv/data", "/data", writable=False),),
    )
    return a_shim() | held_by(container, pid)


def test_a_task_is_found_with_its_processes_by_its_cgroup() -> None:
    task = a_task("web", 50, a_configuration("/default/web"))
    workload = only(inventory(task, a_running()))
    assert (workload.id, workload.engine, workload.name) == (
        "containerd:default/web",
        "containerd",
        "web",
    )
    assert (workload.pid, workload.state) == (50, "running")
    assert workload.seen_by == ("containerd", "kernel")
    assert workload.attributes.cgroup == "/default/web"
    assert workload.disagreements == ()


def test_a_task_below_a_cgroup_of_systemd_is_found_too() -> None:
    path = "kubepods-burstable-pod12.slice:cri-containerd:" + ID
    cgroup = (
        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod12.slice/"
        f"cri-containerd-{ID}.scope"
    )
    task = a_task(ID, 50, a_configuration(path, annotations=POD), namespace="k8s.io")
    workload = only(inventory(task, a_running(cgroup=cgroup)))
    assert workload.id == f"containerd:k8s.io/{ID}"
    assert workload.kind is WorkloadKind.POD_CONTAINER
    assert workload.name == "shop-0/web"
    assert workload.attributes.kubernetes_namespace == "acme"
    assert workload.attributes.image == "registry.example/shop:1"
    assert workload.attributes_unknown is None


def test_a_pods_sandbox_is_called_so() -> None:
    annotations = POD | {"io.kubernetes.cri.container-type": "sandbox"}
    task = a_task(ID, 50, a_configuration(f"/k/{ID}", annotations=annotations), namespace="k8s.io")
    assert only(inventory(task, a_running(cgroup=f"/k/{ID}"))).name == "shop-0 (pod sandbox)"


def test_containers_of_docker_are_docker_s_to_describe() -> None:
    task = a_task(ID, 50, a_configuration(f"/docker/{ID}"), namespace="moby")
    snapshot = looked_at(task)
    assert not any("moby" in source.target for source in snapshot.readings)
    assert build_inventory(snapshot).stopped == ()


def test_a_task_whose_process_is_gone_does_not_run() -> None:
    found = inventory(a_task("web", 50, a_configuration("/default/web")))
    assert found.workloads == ()
    assert [(each.id, each.state) for each in found.stopped] == [
        ("containerd:default/web", "stopped")
    ]


def test_a_number_that_another_process_has_by_now_makes_no_task_run() -> None:
    task = a_task("web", 50, a_configuration("/default/web"))
    found = inventory(task, a_process(50, cgroup="/user.slice/user-1000.slice"))
    assert found.workloads == ()
    assert [each.id for each in found.stopped] == ["containerd:default/web"]


def test_a_task_without_a_cgroup_of_its_own_is_the_child_of_its_shim() -> None:
    task = a_task("web", 50, a_configuration(""))
    workload = only(inventory(task, a_running(cgroup="/")))
    assert (workload.id, workload.pid) == ("containerd:default/web", 50)


def test_a_task_that_says_another_s_cgroup_does_not_get_its_processes() -> None:
    task = a_task("web", 60, a_configuration("/system.slice"))
    other = a_process(70, cgroup="/system.slice/sshd.service")
    assert inventory(task, other).workloads == ()


def test_a_process_that_left_the_cgroup_still_counts() -> None:
    task = a_task("web", 50, a_configuration("/default/web"))
    entered = held_by(a_container(51, cgroup="/default/web"), 51)
    workload = only(inventory(task, a_running(cgroup="/"), entered))
    assert workload.process is not None
    assert workload.process.pids == (50, 51)


def test_what_a_shim_holds_in_a_directory_of_its_own_is_found() -> None:
    task = a_task("web", 50, a_configuration("/default/web"), state="/srv/own")
    found = inventory(task, a_running() | a_shim(at=TASK))
    assert only(found).id == "containerd:default/web"


@pytest.mark.parametrize(
    "shim", [a_shim(at=TASK, uid=1000), a_shim(at=TASK, name="containerd-sham")]
)
def test_nobody_but_root_describes_containers_by_calling_a_process_a_shim(shim: Tree) -> None:
    task = a_task("web", 50, a_configuration("/default/web"), state="/srv/own")
    snapshot = looked_at(task, a_running() | shim)
    assert not any(source.target.startswith("/srv/own") for source in snapshot.readings)


def test_what_a_shim_holds_that_nobody_describes_is_seen_and_may_be_anybody_s() -> None:
    workload = only(inventory(a_running()))
    assert workload.seen_by == ("kernel",)
    assert workload.attributes_unknown is not None


def test_the_owner_of_a_container_without_a_tenant_in_its_bundle_is_not_known() -> None:
    """Its labels are in containerd's database."""
    plain = only(inventory(a_task("web", 50, a_configuration("/default/web")), a_running()))
    assert plain.attributes_unknown is not None
    said = a_configuration("/default/web", annotations={"isoscope.tenant": "acme"})
    workload = only(inventory(a_task("web", 50, said), a_running()))
    assert workload.attributes_unknown is None
    assert workload.attributes.labels == {"isoscope.tenant": "acme"}


def test_a_bundle_that_cannot_be_read_leaves_its_container_unknown() -> None:
    task = a_task(ID, 50, a_configuration(f"/k/{ID}"), namespace="k8s.io")
    path = f"/run/containerd/io.containerd.runtime.v2.task/k8s.io/{ID}/config.json"
    workload = only(inventory(task, a_running(cgroup=f"/k/{ID}"), gaps={path: Gap.DENIED}))
    assert workload.id == f"containerd:k8s.io/{ID}"
    assert workload.attributes_unknown is not None
    assert workload.container is not None
    assert not workload.container.privileged.known


def test_tasks_that_may_not_be_listed_are_a_hole_and_a_problem() -> None:
    gaps = {"/run/containerd/io.containerd.runtime.v2.task": Gap.DENIED}
    assert any("containerd" in hole.what for hole in inventory(gaps=gaps).holes)
    recorder = Recorder(float("inf"))
    ContainerdProbe().run(FakeHost(a_host(), gaps=gaps), recorder)
    assert "run Isoscope as root" in recorder.close()[1][0]


def test_a_host_where_nobody_looked_for_containerd_and_crio_has_holes() -> None:
    host = FakeHost(a_host(), {"/run/crio/version": ""}, answers=HOST_ANSWERS)
    holes = build_inventory(snapshot_of(host, managers_absent=False)).holes
    named = " ".join(hole.what for hole in holes)
    assert "containerd" in named
    assert "CRI-O" in named


def test_no_environment_and_no_command_line_is_kept() -> None:
    annotations = {
        "io.kubernetes.cri-o.Annotations": json.dumps(
            {
                "kubectl.kubernetes.io/last-applied-configuration": json.dumps(
                    {"spec": {"containers": [{"env": [{"name": "A", "value": "hunter2"}]}]}}
                )
            }
        )
    }
    configuration = a_configuration("/default/web", annotations=annotations)
    snapshot = looked_at(a_task("web", 50, configuration))
    assert not any(b"hunter2" in (each.content or b"") for each in snapshot.readings.values())


def test_of_containerds_configuration_only_the_state_directory_is_kept() -> None:
    text = (
        'version = 2\nstate = "/srv/run" # elsewhere\n'
        '[plugins."io.containerd.grpc.v1.cri".registry]\npassword = "hunter2"\nstate = "/no"\n'
    )
    tree: Tree = {"/etc/containerd/config.toml": text}
    task = a_task("web", 50, a_configuration("/default/web"), state="/srv/run")
    snapshot = looked_at(tree, task, a_running())
    assert snapshot.file("/etc/containerd/config.toml").text() == 'state = "/srv/run"\n'
    assert only(build_inventory(snapshot)).id == "containerd:default/web"


def test_a_bundle_that_asks_for_everything_is_privileged() -> None:
    every = "AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND CHOWN DAC_OVERRIDE DAC_READ_SEARCH "
    every += "FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE "
    every += "MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW SETFCAP SETGID SETPCAP SETUID "
    every += "SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE "
    every += "SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM"
    configuration = a_configuration("/default/web", capabilities=every, seccomp=False)
    linux = configuration["linux"]
    assert isinstance(linux, dict)
    del linux["maskedPaths"]
    workload = only(inventory(a_task("web", 50, configuration), a_running()))
    assert workload.container is not None
    assert workload.container.privileged.value is True


def test_what_a_bundle_says_is_held_against_the_kernel() -> None:
    host = a_configuration("/default/web", namespaces={"pid": "", "mount": "", "ipc": ""})
    workload = only(inventory(a_task("web", 50, host), a_running()))
    assert {each.key for each in workload.disagreements} >= {"net_namespace", "uts_namespace"}


def test_what_a_bundle_says() -> None:
    task = a_task("web", 50, a_configuration("/default/web"), runtime="/usr/bin/crun")
    declared = only(inventory(task, a_running())).container
    assert declared is not None
    assert declared.details is not None
    assert declared.runtime.value == "crun"
    assert declared.privileged.value is False
    assert (declared.network_mode.value, declared.pid_mode.value) == ("private", "private")
    assert declared.details.user_namespace_mode.value == "host"
    assert declared.devices.value == ()
    assert declared.details.environment.value == 1
    assert not declared.details.image.known
    (volume,) = declared.volumes.value or ()
    assert (volume.source, volume.destination, volume.writable) == ("/srv/data", "/data", False)
    assert declared.memory.value is not None
    assert declared.memory.value.amount == 67108864


def test_a_container_of_crio_is_found_in_the_storage_that_podman_shares() -> None:
    path = f"kubepods-pod12.slice:crio:{ID}"
    cgroup = f"/kubepods.slice/kubepods-pod12.slice/crio-{ID}.scope"
    tree = a_container_of_crio(ID, 50, a_configuration(path, annotations=CRIO_POD))
    workload = only(inventory(tree, a_running(cgroup=cgroup)))
    assert (workload.id, workload.engine) == (f"crio:{ID}", "crio")
    assert workload.kind is WorkloadKind.POD_CONTAINER
    assert (workload.name, workload.attributes.kubernetes_namespace) == ("shop-0/web", "acme")
    assert workload.attributes.image == "registry.example/shop:1"
    assert workload.seen_by == ("crio", "kernel")


@pytest.mark.parametrize(
    ("annotations", "path"),
    [({}, f"machine.slice:crio:{ID}"), (CRIO_POD, f"machine.slice:libpod:{ID}")],
)
def test_what_podman_put_there_is_podman_s(annotations: dict[str, str], path: str) -> None:
    tree = a_container_of_crio(ID, 50, a_configuration(path, annotations=annotations))
    assert inventory(tree).stopped == ()


def test_without_crio_its_storage_is_not_looked_at() -> None:
    tree = a_container_of_crio(ID, 50, a_configuration("", annotations=CRIO_POD))
    del tree["/run/crio/version"]
    assert not any("overlay-containers" in source.target for source in looked_at(tree).readings)


def test_one_of_crio_that_does_not_run_is_known_and_not_judged() -> None:
    tree = a_container_of_crio(ID, None, a_configuration("", annotations=CRIO_POD))
    assert [each.id for each in inventory(tree).stopped] == [f"crio:{ID}"]


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("/default/web", "/default/web"),
        ("/default/../default/web", "/default/web"),
        ("a-b.slice:p:web", "/a.slice/a-b.slice/p-web.scope"),
        (":p:web", "/system.slice/p-web.scope"),
        ("-.slice::web", "/web.scope"),
        ("/default", ""),
        ("/", ""),
        ("", ""),
        ("a:b", ""),
    ],
)
def test_a_cgroups_path_means(said: str, means: str) -> None:
    assert cgroup_of_bundle(said, "web") == means


def test_a_task_is_told_by_its_directory() -> None:
    assert task_at("/run/containerd/io.containerd.runtime.v2.task/default") is None
    assert task_at(TASK.replace("default", "moby")) is None
    assert task_at("/x/../io.containerd.runtime.v2.task/default/web") is None
    found = task_at(TASK)
    assert found is not None
    assert (found.state, found.path) == ("/srv/own", TASK)


def test_the_usual_state_directories_are_always_among_them() -> None:
    assert "/run/containerd" in containerd_states('state = "/srv/run"')
    assert containerd_states("state = relative") == containerd_states("")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "process",
                        "linux",
                        "mounts",
                        "annotations",
                        "namespaces",
                        "type",
                        "capabilities",
                        "resources",
                        "devices",
                        "bounding",
                        "root",
                        "cpu",
                        "cgroupsPath",
                        "env",
                        "allow",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)
def test_whatever_a_configuration_holds_is_known_or_unknown(document: object) -> None:
    reading = Reading(
        Source(Channel.FILE, f"{TASK}/config.json"), 1.0, "root", json.dumps(document).encode()
    )
    description = JsonDescription.of("containerd:x/y", reading, ENGINE)
    said = known("containerd:x/y", "runtime", "runc", reading, parties=ENGINE)
    declared_by_bundle(description, said, said)


@given(st.dictionaries(st.text(), st.text()))
def test_whatever_annotations_say_names_a_pod_or_none(annotations: dict[str, str]) -> None:
    pod_of(annotations)


@given(st.text(), st.text())
def test_whatever_a_cgroups_path_is_it_means_a_cgroup_or_none(said: str, name: str) -> None:
    found = cgroup_of_bundle(said, name)
    assert found == "" or found.startswith("/")
