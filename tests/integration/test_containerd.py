"""containerd's own containers, under runc and under gVisor."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.integration.harness.containerd import SECRET, Containerd, Task
from tests.integration.harness.fixtures import running
from tests.integration.harness.ground import ComponentUnavailableError, need_program
from tests.integration.harness.scanning import HW, A, C, I, Scan, run_isoscope, scan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.harness.containers import Container, DockerEngine
    from tests.integration.harness.ground import Ground


@pytest.fixture(scope="module")
def containerd(ground: Ground) -> Iterator[Containerd]:
    """A private containerd."""
    yield from running(Containerd.start, ground)


#: What containerd's CRI plugin notes on a pod's container; ``ctr`` notes labels likewise.
AS_OF_KUBERNETES = (
    "--label=io.kubernetes.cri.container-type=container",
    "--label=io.kubernetes.cri.container-name=web",
    "--label=io.kubernetes.cri.sandbox-name=shop-0",
    "--label=io.kubernetes.cri.sandbox-namespace=shop",
    "--label=io.kubernetes.cri.sandbox-id=" + "cd" * 32,
)


class Stage(NamedTuple):
    """What runs, and the scan of it. Nobody tells Isoscope where this containerd keeps things."""

    tasks: dict[str, Task]
    scan: Scan

    def state(self, name: str, identity: str) -> str:
        """What was found of one measure or exposure for one container."""
        return self.scan.state(self.tasks[name].workload_id, identity)


@pytest.fixture(scope="module")
def stage(containerd: Containerd) -> Stage:
    """One scan of containers that differ."""
    everything = containerd.home / "allow.json"
    everything.write_text('{"defaultAction": "SCMP_ACT_ALLOW"}')
    tasks = {
        "open": containerd.run("open", "--seccomp", f"--seccomp-profile={everything}"),
        "plain": containerd.run("plain", "--seccomp", tenant="acme"),
        "loose": containerd.run("loose"),
        "owner": containerd.run("owner", "--privileged", tenant="mallory"),
        "reader": containerd.run(
            "reader", "--seccomp", "--mount", "type=bind,src=/,dst=/host,options=rbind:ro"
        ),
        "bounded": containerd.run("bounded", "--seccomp", f"--memory-limit={64 << 20}"),
        "pod": containerd.run("pod", "--seccomp", *AS_OF_KUBERNETES),
        "labelled": containerd.run("labelled", "--seccomp"),
    }
    containerd.label("containers", "labelled", "isoscope.tenant=globex")
    return Stage(tasks, scan())


@pytest.fixture(scope="module")
def boxed(containerd: Containerd) -> Stage:
    """One scan of containers under gVisor, one of which sees files of the host."""
    etc = ("--mount", "type=bind,src=/etc,dst=/host,options=rbind:ro")
    try:
        tasks = {
            "boxed": containerd.run_in_gvisor("boxed", tenant="boxed"),
            "seeing": containerd.run_in_gvisor("seeing", *etc, tenant="seeing"),
            "opened": containerd.run_in_gvisor(
                "opened", tenant="opened", flags=("--host-uds=all", "--net-raw")
            ),
        }
    except ComponentUnavailableError as unavailable:
        pytest.skip(str(unavailable))
    return Stage(tasks, scan())


def test_each_container_is_found_with_its_process(stage: Stage) -> None:
    for name, task in stage.tasks.items():
        workload = stage.scan.workload(task.workload_id).raw
        assert workload["pid"] == task.pid
        assert (workload["engine"], workload["state"]) == ("containerd", "running")
        assert workload["name"] == ("shop-0/web" if name == "pod" else task.name)


def test_a_pod_s_container_is_its_kubernetes_namespace_s(stage: Stage) -> None:
    workload = stage.scan.workload(stage.tasks["pod"].workload_id).raw
    assert (workload["kind"], workload["tenant"]) == ("pod-container", "shop")
    assert stage.scan.tenant("shop").raw["claimed_by"] == "Kubernetes namespace"


def test_none_is_shown_twice(stage: Stage) -> None:
    pids = [each.raw["pid"] for each in stage.scan.workloads().values()]
    assert all(pids.count(task.pid) == 1 for task in stage.tasks.values())


def test_a_tenant_is_who_an_annotation_or_a_label_names_and_else_nobody(stage: Stage) -> None:
    tenants = {
        name: stage.scan.workload(task.workload_id).raw["tenant"]
        for name, task in stage.tasks.items()
    }
    assert (tenants["plain"], tenants["owner"]) == ("acme", "mallory")
    assert tenants["labelled"] == "globex"
    assert tenants["loose"] == stage.tasks["loose"].workload_id
    assert "unknown" not in stage.scan.tenant(tenants["loose"]).raw["claimed_by"]


def test_what_it_was_given_is_what_is_found(stage: Stage) -> None:
    assert stage.state("plain", "seccomp-unconfined") == "absent"
    assert stage.state("loose", "seccomp-unconfined") == "present"
    assert stage.state("open", "seccomp-unconfined") == "present"
    assert stage.state("owner", "privileged") == "present"
    assert stage.state("plain", "privileged") == "absent"
    assert stage.state("reader", "host-root-mounted") == "present"
    assert stage.state("bounded", "memory-limited") == "present"
    assert stage.state("plain", "own-kernel") == "absent"


def test_whose_a_namespace_is_its_containers_are(containerd: Containerd, stage: Stage) -> None:
    containerd.label("namespaces", containerd.ground.mark, "isoscope.tenant=initech")
    try:
        seen = scan()
    finally:
        containerd.label("namespaces", containerd.ground.mark, "isoscope.tenant=")
    tenants = {
        name: seen.workload(stage.tasks[name].workload_id).raw["tenant"]
        for name in ("plain", "loose", "labelled")
    }
    assert tenants == {"plain": "acme", "loose": "initech", "labelled": "globex"}


def test_who_owns_the_host_stands_on_the_lowest_rung(stage: Stage) -> None:
    owner = stage.scan.workload(stage.tasks["owner"].workload_id)
    assert owner.verdict(HW, I).rungs == (0, 0)
    assert "privileged" in owner.verdict(HW, I).held_by
    plain = stage.scan.workload(stage.tasks["plain"].workload_id)
    assert plain.verdict(HW, I).low >= 1


def test_its_bundle_and_the_kernel_agree(stage: Stage) -> None:
    for task in stage.tasks.values():
        assert stage.scan.workload(task.workload_id).raw.get("disagreements", []) == []


def test_no_secret_of_theirs_is_kept(stage: Stage, tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot.json"
    done = run_isoscope("collect", "-o", str(snapshot))
    assert done.returncode == 0, done.stderr
    text = snapshot.read_text()
    assert stage.tasks["plain"].workload_id.rpartition("/")[0].partition(":")[2] in text
    assert SECRET not in text


@pytest.mark.usefixtures("unprivileged_user")
def test_to_a_user_who_sees_less_no_verdict_is_better(stage: Stage) -> None:
    """Whom nobody describes is seen by its processes, and called otherwise."""
    seen = scan(unprivileged=True)
    known = {task.pid: stage.scan.workload(task.workload_id) for task in stage.tasks.values()}
    compared = 0
    for workload in seen.workloads().values():
        reference = known.get(workload.raw["pid"])
        if reference is not None:
            compared += 1
            for quality in (C, I, A):
                assert workload.verdict(HW, quality).low <= reference.verdict(HW, quality).low
    assert compared >= len(known) - 1


def test_gvisor_is_a_kernel_of_its_own(boxed: Stage) -> None:
    assert boxed.state("boxed", "own-kernel") == "present"
    assert boxed.state("boxed", "vmm-runs-as-root") == "absent"
    assert boxed.state("boxed", "vmm-seccomp-sandbox") == "present"
    assert boxed.state("boxed", "vmm-owns-host") == "absent"


@pytest.mark.parametrize(
    "identity", ["privileged", "host-owning-capability", "host-pid-namespace", "masked-paths-open"]
)
def test_what_would_speak_of_the_sentry_does_not_apply(boxed: Stage, identity: str) -> None:
    assert boxed.state("boxed", identity) == "not-applicable"


def test_what_its_gofer_opens_of_the_host_it_sees(boxed: Stage) -> None:
    assert boxed.state("seeing", "sensitive-host-path-mounted") == "present"
    assert boxed.state("seeing", "host-system-path-writable") == "absent"
    assert boxed.state("boxed", "sensitive-host-path-mounted") == "absent"


def test_gvisor_gives_nothing_away_to_its_workload(boxed: Stage) -> None:
    """Where the CPU's flaws are open to the host's programs, they are so to gVisor's too: not I."""
    verdict = boxed.scan.workload(boxed.tasks["boxed"].workload_id).verdict(HW, I)
    assert verdict.low >= 4


def test_what_gvisor_was_told_to_let_through_is_read_off_its_sentry(boxed: Stage) -> None:
    assert boxed.state("boxed", "sandbox-opened") == "absent"
    assert boxed.state("opened", "sandbox-opened") == "present"
    opened = boxed.scan.workload(boxed.tasks["opened"].workload_id).verdict(HW, I)
    assert (opened.high, "sandbox-opened" in opened.held_by) == (3, True)


@pytest.fixture(scope="module")
def by_docker(docker_engine: DockerEngine) -> Iterator[tuple[Container, Scan]]:
    """A container of Docker under gVisor, and the scan of it."""
    try:
        need_program("runsc")
    except ComponentUnavailableError as unavailable:
        pytest.skip(str(unavailable))
    container = docker_engine.run("boxed", "--runtime=runsc", tenant="boxed")
    yield container, scan("--docker", docker_engine.url)
    docker_engine.remove([container])


def test_gvisor_under_docker_is_recognised_too(by_docker: tuple[Container, Scan]) -> None:
    container, seen = by_docker
    assert seen.state(container.workload_id, "own-kernel") == "present"
    assert seen.state(container.workload_id, "vmm-runs-as-root") == "absent"
    assert seen.state(container.workload_id, "privileged") == "not-applicable"
    assert seen.workload(container.workload_id).verdict(HW, I).low >= 4
