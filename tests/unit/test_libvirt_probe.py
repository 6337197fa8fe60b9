"""libvirt is asked by its library or by virsh; one that hangs is walked away from."""

import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from isoscope.inventory.described import described_workloads
from isoscope.snapshot.document import ProbeState, Snapshot
from isoscope.snapshot.manager_places import pid_file, session_uri, user_of
from isoscope.snapshot.reading import Channel, Gap
from probes.collect import collect
from probes.host.captured import CapturedTree
from probes.host.local import LocalHost
from probes.libvirt import LibvirtProbe
from probes.virsh_client import VirshClient, _of_virsh

UUID = "0abd9bd4-99cd-4b57-912a-f1987426f332"

VIRSH = f"""#!/bin/sh
echo "$@" >> "$ISOSCOPE_TEST_CALLS"
case "$*" in
*"list --all --uuid --name"*) echo "{UUID} db"; echo;;
*--state-running*) echo "{UUID}";;
*"net-list"*) ;;
*" list "*) ;;
*dumpxml*) echo "<domain type='kvm' id='2'><name>db</name></domain>";;
*domcapabilities*) echo "error: forbidden" >&2; exit 1;;
*) echo "<ok/>";;
esac
"""


@pytest.fixture
def listening() -> Iterator[tuple[str, socket.socket]]:
    """A connection whose socket accepts and never answers."""
    folder = tempfile.mkdtemp(prefix="iso")
    path = f"{folder}/libvirt-sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(8)
        yield f"qemu+unix:///system?socket={path}", listener
    Path(path).unlink()
    Path(folder).rmdir()


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No libvirt-python, and a virsh that notes how it is called."""
    monkeypatch.setitem(sys.modules, "libvirt", None)
    program = tmp_path / "virsh"
    program.write_text(VIRSH)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("ISOSCOPE_TEST_CALLS", str(tmp_path / "calls"))
    return tmp_path / "calls"


def scan(*uris: str, timeout: float = 10.0) -> Snapshot:
    return collect(LocalHost(), [LibvirtProbe(uris)], timeout=timeout)


def test_a_connection_that_hangs_is_given_up_before_the_probe_is(
    listening: tuple[str, socket.socket],
) -> None:
    pytest.importorskip("libvirt")
    uri, _ = listening
    taken = scan(uri, timeout=1.0)
    assert taken.get(Channel.LIBVIRT, uri, "virConnectOpen").gap is Gap.TIMED_OUT
    assert taken.probes[0].state is ProbeState.INCOMPLETE
    assert any("--timeout" in line for line in taken.probes[0].problems)
    assert f"libvirt at {uri}" in [hole.what for hole in described_workloads(taken)[1]]


def test_a_virsh_that_hangs_is_ended(
    listening: tuple[str, socket.socket], calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (calls.parent / "virsh").write_text("#!/bin/sh\nexec sleep 60\n")
    taken = scan("qemu:///system", timeout=1.0)
    assert taken.get(Channel.LIBVIRT, "qemu:///system", "virConnectOpen").gap is Gap.TIMED_OUT


def test_a_socket_that_nobody_listens_on_is_refused(
    listening: tuple[str, socket.socket], capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("libvirt")
    uri, listener = listening
    listener.close()
    assert scan(uri).get(Channel.LIBVIRT, uri, "virConnectOpen").gap is Gap.REFUSED
    assert capfd.readouterr().err == ""


def test_a_socket_that_is_not_there_is_absent() -> None:
    pytest.importorskip("libvirt")
    uri = "qemu+unix:///system?socket=/nonexistent/libvirt-sock"
    assert scan(uri).get(Channel.LIBVIRT, uri, "virConnectOpen").gap is Gap.ABSENT


def test_without_the_library_virsh_gives_the_same_documents(calls: Path) -> None:
    taken = scan("qemu:///system")
    (found,) = described_workloads(taken)[0]
    assert (found.id, found.name, found.state) == (f"libvirt:{UUID}", "db", "running")
    listed = taken.get(Channel.LIBVIRT, "qemu:///system", "virConnectListAllDomains")
    assert json.loads(listed.text()) == [{"uuid": UUID, "name": "db", "id": None, "state": 1}]
    assert "--connect=qemu:///system" in calls.read_text()


def test_virsh_is_never_told_to_do_anything_but_tell(calls: Path) -> None:
    scan("qemu:///system")
    told = {line.partition("--connect=qemu:///system ")[2].split()[0]
            for line in calls.read_text().splitlines()}  # fmt: skip
    assert told == {
        "uri",
        "list",
        "dumpxml",
        "net-list",
        "version",
        "capabilities",
        "domcapabilities",
    }
    assert "--security-info" not in calls.read_text()


def test_what_needs_more_rights_is_denied_and_noted(calls: Path) -> None:
    taken = scan("qemu:///system")
    found = taken.get(Channel.LIBVIRT, "qemu:///system", "virConnectGetDomainCapabilities")
    assert found.gap is Gap.DENIED
    assert any("group libvirt" in line for line in taken.probes[0].problems)


def test_without_library_and_virsh_it_is_said_what_is_missing(
    calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    found = scan("qemu:///system").get(Channel.LIBVIRT, "qemu:///system", "virConnectOpen")
    assert found.gap is Gap.UNSUPPORTED
    assert "virsh" in found.detail


def test_where_no_socket_is_nothing_is_asked(
    calls: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("isoscope.snapshot.manager_places._DRIVERS", (("qemu", "no"),))
    monkeypatch.setattr("isoscope.snapshot.manager_places._MONOLITHIC", "neither")
    taken = scan()
    assert taken.get(Channel.LIBVIRT, "qemu:///system", "virConnectOpen").gap is Gap.ABSENT
    assert not calls.exists()


def test_every_place_that_the_inventory_expects_is_looked_at() -> None:
    taken = scan(timeout=5.0)
    missing = [
        hole.what for hole in described_workloads(taken)[1] if hole.what.startswith("libvirt at")
    ]
    assert all(taken.get(Channel.LIBVIRT, what[11:], "virConnectOpen").gap is not Gap.NOT_READ
               for what in missing)  # fmt: skip


def test_a_captured_tree_has_no_libvirt_to_ask(tmp_path: Path) -> None:
    taken = collect(CapturedTree(tmp_path), [LibvirtProbe()])
    assert {each.gap for each in taken.readings.values()} == {Gap.UNSUPPORTED}
    assert described_workloads(taken)[1]


@pytest.mark.parametrize(
    ("words", "gap"),
    [
        ("error: Failed to connect socket to '/x': No such file or directory", Gap.ABSENT),
        ("error: no connection driver available for lxc:///", Gap.ABSENT),
        ("error: authentication unavailable: no polkit agent", Gap.DENIED),
        ("error: operation virConnectGetDomainCapabilities forbidden for read only", Gap.DENIED),
        ("error: Domain not found: no domain with matching uuid", Gap.GONE),
        ("error: whatever", Gap.REFUSED),
        ("", Gap.REFUSED),
    ],
)
def test_words_of_virsh_are_gaps(words: str, gap: Gap) -> None:
    assert _of_virsh(words).gap is gap


def test_a_uuid_that_is_none_is_never_handed_to_virsh(calls: Path) -> None:
    (calls.parent / "virsh").write_text("#!/bin/sh\necho '--domain=x; reboot db'\n")
    document, found = VirshClient("qemu:///system", time.monotonic() + 10).domains()
    assert (document, found) == (b"[]", [])


@pytest.mark.parametrize(
    ("uri", "name", "path"),
    [
        ("qemu:///system", "db", "/run/libvirt/qemu/db.pid"),
        (
            session_uri("/run/user/1000/libvirt/libvirt-sock"),
            "db",
            "/run/user/1000/libvirt/qemu/run/db.pid",
        ),
        ("qemu:///system", "../../../etc/x", ""),
        ("qemu:///system", ".x", ""),
        ("lxc:///system", "db", ""),
        ("qemu+ssh://far/system", "db", ""),
    ],
)
def test_a_process_id_is_looked_for_where_libvirt_notes_it(uri: str, name: str, path: str) -> None:
    assert pid_file(uri, name) == path


@pytest.mark.parametrize(
    ("path", "user"), [("/run/user/1000/x", "1000"), ("/run/user/../x", ""), ("/home/a", "")]
)
def test_the_user_of_a_socket(path: str, user: str) -> None:
    assert user_of(path) == user
