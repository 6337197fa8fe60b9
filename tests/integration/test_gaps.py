"""Daemons that are dead, silent or forbidden: the rest of the scan, on time, the gap named."""

from __future__ import annotations

import json
import secrets
import threading
from typing import TYPE_CHECKING

from tests.integration.harness.ground import Ground
from tests.integration.harness.machines import LibvirtDaemon
from tests.integration.harness.scanning import HW, WH, C, I, run_isoscope, scan
from tests.integration.harness.stage import Stage
from tests.integration.harness.strangers import strangers

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.harness.containers import DockerEngine, PodmanService

#: Given to each probe; the whole scan may take as long as its slowest probe, and its start.
SECONDS_PER_PROBE = 3
SECONDS_ON_TIME = SECONDS_PER_PROBE + 10


def test_a_dead_docker_and_a_silent_libvirt_do_not_hide_the_rest(
    docker_engine: DockerEngine,
    podman_service: PodmanService,
    dead_socket: Path,
    hanging_socket: Path,
) -> None:
    with Stage(docker_engine, podman_service) as stage:
        stage.podman("pod")
        answer = scan(
            "--docker",
            f"unix://{dead_socket}",
            "--podman",
            podman_service.url,
            "--libvirt",
            f"qemu+unix:///system?socket={hanging_socket}",
            "--timeout",
            str(SECONDS_PER_PROBE),
        )
        assert answer.workload(stage.id_of("pod")).verdict(HW, I).standard
    assert answer.seconds < SECONDS_ON_TIME
    assert answer.probe("podman")["state"] == "complete"
    docker, libvirt = answer.probe("docker"), answer.probe("libvirt")
    assert docker["state"] != "complete"
    assert str(dead_socket) in str(docker["problems"])
    assert libvirt["state"] != "complete"
    assert str(hanging_socket) in str(libvirt["problems"])


def test_a_guest_whose_manager_hangs_is_still_seen_by_the_kernel(
    docker_engine: DockerEngine, libvirt_daemon: LibvirtDaemon, hanging_socket: Path
) -> None:
    with Stage(docker_engine, libvirt_daemon=libvirt_daemon) as stage:
        stage.docker("acme")
        stage.guest("hidden")
        answer = scan(
            "--docker",
            docker_engine.url,
            "--libvirt",
            f"qemu+unix:///system?socket={hanging_socket}",
            "--timeout",
            str(SECONDS_PER_PROBE),
        )
        guest = answer.workload(f"qemu:{stage.pid_of('hidden')}")
        assert stage.id_of("hidden") not in answer.workloads()
    assert guest.raw["pid"] == stage.pid_of("hidden")
    assert guest.verdict(WH, C).rungs == (0, 0)


def test_emulators_that_libvirt_starts_to_learn_what_they_can_do_are_no_workloads(
    docker_engine: DockerEngine, libvirt_daemon: LibvirtDaemon
) -> None:
    assert libvirt_daemon.answers(), "a libvirtd can run here"
    ground = Ground.prepare()
    try:
        fresh = LibvirtDaemon.start(ground)
        before = set(strangers(docker_engine.ground.mark))
        answer = scan("--docker", docker_engine.url, "--libvirt", fresh.url)
        fresh.stop()
    finally:
        ground.close()
    emulators = {
        f"QEMU process {each['pid']}"
        for each in answer.document["workloads"]
        if each["engine"] == "qemu"
    }
    assert emulators <= before


def test_every_engine_silent_is_still_an_answer(hanging_socket: Path) -> None:
    answer = scan(
        "--docker",
        f"unix://{hanging_socket}",
        "--podman",
        f"unix://{hanging_socket}",
        "--libvirt",
        f"qemu+unix:///system?socket={hanging_socket}",
        "--timeout",
        str(SECONDS_PER_PROBE),
    )
    assert answer.seconds < SECONDS_ON_TIME
    assert answer.document["host"]["name"]
    for name in ("docker", "podman", "libvirt"):
        assert answer.probe(name)["state"] != "complete"


def test_containers_that_come_and_go_during_the_scan_do_no_harm(
    docker_engine: DockerEngine, endpoints: list[str]
) -> None:
    stop = threading.Event()

    def churn() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            brief = docker_engine.run(f"brief-{number}", tenant="brief")
            docker_engine.remove([brief])

    with Stage(docker_engine) as stage:
        stage.docker("steady")
        churning = threading.Thread(target=churn)
        churning.start()
        try:
            answers = [scan(*endpoints) for _ in range(4)]
        finally:
            stop.set()
            churning.join()
        for answer in answers:
            assert answer.workload(stage.id_of("steady")).verdict(HW, I).standard


def test_what_was_collected_can_be_judged_later_with_the_same_verdicts(
    docker_engine: DockerEngine, endpoints: list[str], tmp_path: Path
) -> None:
    saved = tmp_path / "host.json"
    with Stage(docker_engine) as stage:
        stage.docker("acme")
        stage.docker("mallory", f"--volume={docker_engine.socket}:/var/run/docker.sock")
        now = scan(*endpoints)
        collected = run_isoscope("collect", *endpoints, "-o", str(saved))
    assert collected.returncode == 0, collected.stderr
    assessed = run_isoscope("assess", str(saved), "--format", "json")
    assert assessed.returncode == now.exit_status, assessed.stderr
    later = {each["name"]: each for each in json.loads(assessed.stdout)["tenants"]}
    for name, rated in now.tenants().items():
        for verdict, again in zip(rated.verdicts(), later[name]["verdicts"], strict=True):
            assert verdict.rungs == (again["low"], again["high"])


def test_secrets_of_a_workload_are_never_recorded(
    docker_engine: DockerEngine, podman_service: PodmanService, endpoints: list[str], tmp_path: Path
) -> None:
    secret = secrets.token_hex(16)
    saved = tmp_path / "host.json"
    with Stage(docker_engine, podman_service) as stage:
        stage.docker("acme", f"--env=DATABASE_PASSWORD={secret}")
        stage.podman("pod", f"--env=DATABASE_PASSWORD={secret}")
        collected = run_isoscope("collect", *endpoints, "-o", str(saved))
    assert collected.returncode == 0, collected.stderr
    text = saved.read_text(encoding="utf-8")
    assert "acme" in text
    assert secret not in text
