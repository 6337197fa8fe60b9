"""What an engine says and the kernel does not show, and what the host does to a workload now."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.harness.scanning import Scan, run_isoscope, scan
from tests.integration.harness.stage import Stage

if TYPE_CHECKING:
    from tests.integration.harness.containers import DockerEngine, PodmanService

_SEIZE = """
import ctypes, sys, time
ctypes.CDLL(None).ptrace(0x4206, int(sys.argv[1]), 0, 0)
time.sleep(99)
"""
"""``PTRACE_SEIZE``: traces without stopping."""
_CHANGE_MOUNTS = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def done(result):
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
done(libc.setns(os.open(f"/proc/{sys.argv[1]}/ns/mnt", os.O_RDONLY), 0))
done(libc.mount(b"none", b"/data", None, ctypes.c_ulong(32 | 4096), None))
os.mkdir("/undeclared")
done(libc.mount(b"/data", b"/undeclared", None, ctypes.c_ulong(4096), None))
"""
"""In a container's mount namespace: ``mount -o remount,bind,rw /data``, and a bind mount of it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A scan of containers that were changed behind their engine's back."""

    scan: Scan
    stage: Stage
    text: str

    def between(self, name: str) -> dict[str, tuple[str, str]]:
        """What was declared of a workload and what the kernel shows, where they differ."""
        own = self.stage.id_of(name)
        return {
            found["key"]: (found["declared"], found["observed"])
            for found in self.scan.document["disagreements"]
            if found["workload"] == own
        }

    def finding(self, name: str, identity: str) -> dict[str, Any]:
        """One finding on a workload."""
        raw = self.scan.workload(self.stage.id_of(name)).raw
        return next(found for found in raw["findings"] if found["id"] == identity)


@pytest.fixture(scope="module")
def answered(
    docker_engine: DockerEngine,
    podman_service: PodmanService,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Answered]:
    """Everything at once."""
    given = tmp_path_factory.mktemp("given")
    managers = ("--docker", docker_engine.url, "--podman", podman_service.url)
    with TemporaryDirectory() as for_all, Stage(docker_engine, podman_service) as stage:
        Path(for_all).chmod(0o777)
        stage.docker("open", f"--volume={for_all}:/data")
        stage.docker("plain")
        stage.docker("secret", "-eDB_PASSWORD=hunter2", "-eAPI_TOKEN=x", "--ulimit=core=0")
        stage.docker("mounted", f"--volume={given}:/data:ro")
        stage.docker("entered", "--user=1234")
        stage.docker("scored", "--oom-score-adj=300")
        stage.docker("joins", f"--network=container:{stage.id_of('plain').partition(':')[2]}")
        stage.podman("pod", f"--volume={given}:/data:ro")
        pid = str(stage.pid_of("mounted"))
        subprocess.run([sys.executable, "-c", _CHANGE_MOUNTS, pid], check=True)
        docker_engine.command("exec", "--detach", "--user=0", "entered", "sleep", "99")
        Path(f"/proc/{stage.pid_of('scored')}/oom_score_adj").write_text("200")
        tracer = subprocess.Popen([sys.executable, "-c", _SEIZE, str(stage.pid_of("plain"))])
        time.sleep(1)
        try:
            answer = scan(*managers)
            text = run_isoscope("scan", *managers).stdout
            yield Answered(answer, stage, text)
        finally:
            tracer.kill()
            tracer.wait()


def test_an_untouched_container_is_what_its_engine_says(answered: Answered) -> None:
    for name in ("plain", "secret", "joins", "pod"):
        assert answered.between(name) == {}, name


def test_a_mount_made_writable_and_one_that_nobody_declared(answered: Answered) -> None:
    found = answered.between("mounted")
    assert found["mount /data"] == ("read-only", "writable")
    assert found["mount /undeclared"][0] == "not declared"


def test_a_process_of_root_in_a_container_of_another_user(answered: Answered) -> None:
    assert answered.between("entered") == {"user": ("1234", "one of its processes runs as root")}


def test_a_score_of_the_oom_killer_that_was_changed(answered: Answered) -> None:
    assert answered.between("scored") == {"oom_score": ("300", "200")}


def test_what_is_traced_now_says_by_whom(answered: Answered) -> None:
    found = answered.finding("plain", "traced-now")
    assert found["finding"] == "present"
    assert "python" in found["says"]
    assert answered.finding("pod", "traced-now")["finding"] == "unknown"  # on the host's word only


def test_names_like_those_of_secrets_are_counted_and_not_shown(answered: Answered) -> None:
    found = answered.finding("secret", "secrets-in-configuration")
    assert (found["finding"], found["says"][:1]) == ("present", "2")
    assert "hunter2" not in json.dumps(answered.scan.document)
    assert "DB_PASSWORD" not in json.dumps(answered.scan.document)


def test_storage_is_open_where_every_user_reaches_it(answered: Answered) -> None:
    shared = answered.finding("open", "storage-open-to-host-users")
    assert (shared["finding"], "can write" in shared["says"]) == ("present", True)
    # Below a directory of root's alone: ruled out, on the host's word only.
    kept = answered.finding("mounted", "storage-open-to-host-users")
    assert kept["finding"] == "unknown"
    assert "only their owners" in kept["says"]


def test_what_holds_for_every_container(answered: Answered) -> None:
    for name in ("plain", "pod"):
        assert answered.finding(name, "host-can-enter")["finding"] == "present"
        assert answered.finding(name, "image-pinned")["finding"] == "absent"
    assert answered.finding("plain", "survives-engine-restart")["finding"] == "absent"


def test_the_summary_for_people_says_both(answered: Answered) -> None:
    assert "Where a manager says one thing and the kernel shows another" in answered.text
    assert "The host can enter it" in answered.text
