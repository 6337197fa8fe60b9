"""Docker and Podman are asked through their sockets; whatever a socket does, the probe ends."""

import hashlib
import json
import os
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from isoscope.inventory.described import described_workloads
from isoscope.snapshot.bundle_places import configurations_of
from isoscope.snapshot.document import ProbeState, Snapshot
from isoscope.snapshot.reading import Channel, Gap, Source
from probes.collect import collect
from probes.crew import Crew
from probes.docker import DockerProbe
from probes.engine_reader import container_ids, podman_api
from probes.host.captured import CapturedTree
from probes.host.local import LocalHost
from probes.podman import PodmanProbe
from tests.unit.engine_snapshots import (
    DATABASE,
    DOCKER_VERSION,
    NETWORKS,
    PODMAN_VERSION,
    WEB,
    inspection,
)

Answer = Callable[[str], tuple[int, bytes]]
TIMEOUT = 1.0


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, because a socket's path may have 107 bytes: unix(7)."""
    made = Path(tempfile.mkdtemp(prefix="iso"))
    yield made
    shutil.rmtree(made)


@pytest.fixture(autouse=True)
def no_engine_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "CONTAINER_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))


class Engine:
    """An engine behind a socket: answers requests one after another, and remembers them."""

    def __init__(self, path: Path, answer: Answer) -> None:
        self.path = path
        self.requests: list[str] = []
        self.methods: set[str] = set()
        self._answer = answer
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(16)
        self._open = [self._listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection = self._listener.accept()[0]
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection.makefile("rb") as lines:
            while line := lines.readline():
                method, path, _ = line.decode().split(" ")
                while lines.readline().strip():
                    pass
                self.methods.add(method)
                self.requests.append(path)
                status, body = self._answer(path)
                head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n"
                connection.sendall(head.encode() + body)


@contextmanager
def engine(path: Path, answer: Answer) -> Iterator[Engine]:
    made = Engine(path, answer)
    try:
        yield made
    finally:
        made.close()


def docker(path: str) -> tuple[int, bytes]:
    answers: dict[str, object] = {
        "/version": DOCKER_VERSION,
        "/info": {"Name": "h1"},
        "/containers/json?all=1": [{"Id": WEB}, {"Id": DATABASE}, {"Id": "../../etc"}],
        "/networks": NETWORKS,
        "/volumes": {"Volumes": []},
        f"/containers/{WEB}/json": inspection(),
    }
    if path in answers:
        return 200, json.dumps(answers[path]).encode()
    return 404, b'{"message":"No such container"}'


def podman(path: str) -> tuple[int, bytes]:
    answers: dict[str, object] = {
        "/version": PODMAN_VERSION,
        "/info": {},
        "/containers/json?all=1": [{"Id": WEB}],
        "/volumes": {"Volumes": []},
        "/v4.3.1/libpod/networks/json": [],
        f"/v4.3.1/libpod/containers/{WEB}/json": inspection(OCIRuntime="crun"),
    }
    return (200, json.dumps(answers[path]).encode()) if path in answers else (404, b"Not Found")


def scan(*sockets: Path) -> Snapshot:
    return collect(
        LocalHost(), [DockerProbe([f"unix://{each}" for each in sockets])], timeout=TIMEOUT
    )


def gap(taken: Snapshot, path: Path, request: str = "GET /version") -> Gap | None:
    return taken.get(Channel.ENGINE, f"unix://{path}", request).gap


def test_an_engine_is_asked_for_what_it_has_and_only_with_get(folder: Path) -> None:
    with engine(folder / "s", docker) as served:
        taken = scan(folder / "s")
    assert served.methods == {"GET"}
    assert sorted(served.requests) == sorted(
        [
            "/version",
            "/info",
            "/containers/json?all=1",
            "/networks",
            "/volumes",
            f"/containers/{WEB}/json",
            f"/containers/{DATABASE}/json",
        ]
    )
    assert gap(taken, folder / "s", f"GET /containers/{WEB}/json") is None
    assert taken.probes[0].state is ProbeState.COMPLETE


def test_a_container_that_ends_during_the_scan_is_gone(folder: Path) -> None:
    with engine(folder / "s", docker):
        taken = scan(folder / "s")
    assert gap(taken, folder / "s", f"GET /containers/{DATABASE}/json") is Gap.GONE
    assert [each.id for each in described_workloads(taken)[0]] == [f"docker:{WEB}"]


def test_podman_is_asked_in_its_own_words_whichever_probe_asks(folder: Path) -> None:
    with engine(folder / "s", podman) as served:
        taken = scan(folder / "s")
    assert f"/v4.3.1/libpod/containers/{WEB}/json" in served.requests
    assert [each.id for each in described_workloads(taken)[0]] == [f"podman:{WEB}"]


@pytest.mark.parametrize(
    ("status", "expected"), [(403, Gap.DENIED), (500, Gap.REFUSED), (404, Gap.UNSUPPORTED)]
)
def test_an_answer_that_is_an_error_is_a_gap(folder: Path, status: int, expected: Gap) -> None:
    with engine(folder / "s", lambda _: (status, b'{"message":"because"}')):
        taken = scan(folder / "s")
    found = taken.get(Channel.ENGINE, f"unix://{folder / 's'}", "GET /version")
    assert (found.gap, found.detail) == (expected, f"HTTP {status}: because")
    assert taken.probes[0].state is ProbeState.INCOMPLETE


def test_a_socket_that_nobody_listens_on_is_refused(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(folder / "s"))
    assert gap(scan(folder / "s"), folder / "s") is Gap.REFUSED


def test_a_socket_that_is_not_there_is_absent(folder: Path) -> None:
    assert gap(scan(folder / "s"), folder / "s") is Gap.ABSENT


@contextmanager
def somebody_else() -> Iterator[None]:
    """Root may use every socket; this process is nobody for a while."""
    mine = os.geteuid()
    if mine == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(mine)


def test_a_socket_of_somebody_else_is_denied(folder: Path) -> None:
    folder.chmod(0o755)
    with engine(folder / "s", docker):
        (folder / "s").chmod(0)
        with somebody_else():
            taken = scan(folder / "s")
    assert gap(taken, folder / "s") is Gap.DENIED
    assert any("root" in line for line in taken.probes[0].problems)


def test_a_socket_in_a_closed_directory_is_denied(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isoscope.snapshot.manager_places._DOCKER", (str(folder / "s"),))
    folder.chmod(0)
    with somebody_else():
        taken = collect(LocalHost(), [DockerProbe()], timeout=TIMEOUT)
    folder.chmod(0o755)
    assert gap(taken, folder / "s") is Gap.DENIED
    assert f"the Docker engine at unix://{folder / 's'}" in [
        hole.what for hole in described_workloads(taken)[1]
    ]


def test_what_is_no_http_is_no_answer(folder: Path) -> None:
    with bare(folder / "s", lambda c: c.sendall(b"SSH-2.0-x\r\n")):
        assert gap(scan(folder / "s"), folder / "s") is Gap.FAILED


def test_an_answer_that_ends_too_early_is_no_document(folder: Path) -> None:
    def answer(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}")
        connection.close()

    with bare(folder / "s", answer):
        assert gap(scan(folder / "s"), folder / "s") is Gap.FAILED


@contextmanager
def bare(path: Path, serve: Callable[[socket.socket], object]) -> Iterator[None]:
    """Accepts and does with a connection as told; keeps it open."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(16)
    kept = [listener]

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection = listener.accept()[0]
                kept.append(connection)
                threading.Thread(target=run, args=(connection,), daemon=True).start()

    def run(connection: socket.socket) -> None:
        with suppress(OSError):
            serve(connection)

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield
    finally:
        for each in kept:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def trickle(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        connection.sendall(b" ")
        time.sleep(0.05)


def trickle_in_the_head(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-A: ")
    while True:
        connection.sendall(b"a")
        time.sleep(0.05)


def test_engines_that_hang_are_given_up_and_the_others_are_heard(folder: Path) -> None:
    behaviours: dict[str, Callable[[socket.socket], object]] = {
        "silent": lambda _: None,
        "trickle": trickle,
        "head": trickle_in_the_head,
    }
    with ExitStack() as stack:
        for name, serve in behaviours.items():
            stack.enter_context(bare(folder / name, serve))
        full = stack.enter_context(socket.socket(socket.AF_UNIX))
        full.bind(str(folder / "full"))
        full.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket(socket.AF_UNIX))
            waiting.setblocking(False)
            with suppress(BlockingIOError):
                waiting.connect(str(folder / "full"))
        stack.enter_context(engine(folder / "good", docker))
        taken = scan(*(folder / name for name in (*behaviours, "full", "good")))
    for name in (*behaviours, "full"):
        assert gap(taken, folder / name) is Gap.TIMED_OUT, name
    assert [each.id for each in described_workloads(taken)[0]] == [f"docker:{WEB}"]
    # It ended by itself: not the collection stopped it.
    assert taken.probes[0].state is ProbeState.INCOMPLETE
    assert len(taken.probes[0].problems) == 4


def test_an_engine_that_hangs_after_the_list_leaves_gaps_for_the_rest(folder: Path) -> None:
    ended = threading.Event()

    def slow(path: str) -> tuple[int, bytes]:
        if path.startswith("/containers/") and WEB not in path and "all=1" not in path:
            ended.wait(30)
        return docker(path)

    with engine(folder / "s", slow):
        taken = scan(folder / "s")
        ended.set()
    assert gap(taken, folder / "s", f"GET /containers/{WEB}/json") is None
    assert gap(taken, folder / "s", f"GET /containers/{DATABASE}/json") is Gap.TIMED_OUT
    assert {each.id for each in described_workloads(taken)[0]} == {
        f"docker:{WEB}",
        f"docker:{DATABASE}",
    }


def test_one_socket_by_two_names_is_asked_once(folder: Path) -> None:
    (folder / "link").symlink_to(folder / "s")
    with engine(folder / "s", docker) as served:
        scan(folder / "s", folder / "link")
    assert served.requests.count("/version") == 1


def test_docker_host_is_looked_at_beside_the_usual_places(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{folder / 's'}")
    with engine(folder / "s", docker):
        taken = collect(LocalHost(), [DockerProbe()], timeout=TIMEOUT)
    assert gap(taken, folder / "s") is None
    assert gap(taken, Path("/run/docker.sock")) is not Gap.NOT_READ


def test_the_current_context_is_looked_at(folder: Path, tmp_path: Path) -> None:
    context = hashlib.sha256(b"mine").hexdigest()
    meta = tmp_path / "contexts" / "meta" / context
    meta.mkdir(parents=True)
    endpoint = {"Host": f"unix://{folder / 's'}", "SkipTLSVerify": False}
    document = {"Name": "mine", "Metadata": {}, "Endpoints": {"docker": endpoint}}
    (meta / "meta.json").write_text(json.dumps(document))
    (tmp_path / "config.json").write_text('{"currentContext": "mine"}')
    with engine(folder / "s", docker) as served:
        collect(LocalHost(), [DockerProbe()], timeout=TIMEOUT)
    assert "/version" in served.requests


def test_usual_places_that_are_left_out_are_told_from_those_that_are_not_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isoscope.snapshot.manager_places._DOCKER", (str(folder / "usual"), "/no"))
    with engine(folder / "usual", docker) as usual, engine(folder / "named", docker):
        taken = scan(folder / "named")
    assert usual.requests == []
    assert gap(taken, folder / "usual") is Gap.NOT_READ
    assert gap(taken, Path("/no")) is Gap.ABSENT


def test_every_place_that_the_inventory_expects_is_looked_at() -> None:
    taken = collect(LocalHost(), [DockerProbe(), PodmanProbe()], timeout=TIMEOUT)
    missing = [hole.what for hole in described_workloads(taken)[1] if "engines at" in hole.what]
    assert missing == []


def test_a_captured_tree_has_no_engine_to_ask(tmp_path: Path) -> None:
    taken = collect(CapturedTree(tmp_path), [DockerProbe(), PodmanProbe()])
    assert {each.gap for each in taken.readings.values()} == {Gap.UNSUPPORTED}
    assert described_workloads(taken)[1]


def test_an_address_that_needs_the_library_says_so_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "docker", None)
    taken = collect(LocalHost(), [DockerProbe(["tcp://127.0.0.1:1"])], timeout=TIMEOUT)
    found = taken.get(Channel.ENGINE, "tcp://127.0.0.1:1", "GET /version")
    assert found.gap is Gap.UNSUPPORTED
    assert "docker package" in found.detail


def test_an_engine_over_tcp_is_asked_through_the_library() -> None:
    taken = collect(LocalHost(), [DockerProbe(["tcp://127.0.0.1:1"])], timeout=5 * TIMEOUT)
    found = taken.get(Channel.ENGINE, "tcp://127.0.0.1:1", "GET /version")
    assert (found.gap, found.detail) == (Gap.REFUSED, "Connection refused")


@pytest.mark.parametrize("listing", [b"", b"[", b"{}", b"[1]", b'[{"Id": 7}]', b"[" * 99999])
def test_a_list_that_is_none_names_no_container(listing: bytes) -> None:
    assert container_ids(listing) == []


def test_only_hexadecimal_ids_get_into_a_request() -> None:
    listing = json.dumps([{"Id": WEB}, {"Id": "x/../../info"}, {"Id": WEB}, {"Id": "A" * 64}])
    assert container_ids(listing.encode()) == [WEB]


@pytest.mark.parametrize("version", ["4.3.1/../../x", "", "1", 4, None])
def test_only_a_version_gets_into_a_request(version: object) -> None:
    document = {"Components": [{"Name": "Podman Engine", "Details": {"APIVersion": version}}]}
    assert podman_api(json.dumps(document).encode()) == ""


def test_a_job_that_fails_ends_the_work_and_is_heard_of() -> None:
    crew = Crew(3)
    crew.add(lambda: json.loads("no JSON"))
    for _ in range(5):
        crew.add(lambda: None)
    with pytest.raises(ValueError, match="Expecting value"):
        crew.work()


def test_jobs_that_jobs_find_are_done_too() -> None:
    crew, done = Crew(3), []

    def first() -> None:
        for each in range(5):
            crew.add(lambda each=each: done.append(each))  # type: ignore[misc]

    crew.add(first)
    crew.work()
    assert sorted(done) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("profile", "options", "looked"),
    [
        ("builtin", None, False),
        ("builtin", ["seccomp=unconfined"], False),
        ("builtin", ["seccomp={}"], False),
        ("builtin", ["seccomp=/etc/p.json"], True),
        ("/etc/p.json", None, True),
        ("/etc/p.json", ["seccomp=unconfined"], False),
    ],
)
def test_a_bundle_is_read_only_where_a_filter_stands_in_a_file(
    folder: Path, profile: str, options: object, looked: bool
) -> None:
    def answer(path: str) -> tuple[int, bytes]:
        if path == "/info":
            said: object = {"SecurityOptions": [f"name=seccomp,profile={profile}"]}
        elif path == f"/containers/{WEB}/json":
            said = {"Id": WEB, "HostConfig": {"SecurityOpt": options}}
        else:
            return docker(path)
        return 200, json.dumps(said).encode()

    with engine(folder / "d.sock", answer) as made:
        taken = scan(made.path)
    places = [Source(Channel.FILE, path) for path in configurations_of("docker", WEB)]
    assert [place in taken.readings for place in places] == [looked, looked]
