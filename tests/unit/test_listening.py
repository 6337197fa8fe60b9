"""Where managers take orders over TCP, by the kernel's tables and the engines' own warnings."""

import json
import os
import socket
from collections.abc import Iterable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.assessment.host_reach import host_reach
from isoscope.inventory.machine import host_facts
from isoscope.inventory.machine.listening import (
    engines_own_warnings,
    listening_managers,
    parse_listening,
    parse_warnings,
)
from isoscope.inventory.reach import ListeningPort
from isoscope.snapshot.manager_sockets import (
    DOCKER_SETTINGS,
    LIBVIRT_SETTINGS,
    listening_sockets,
)
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from isoscope.snapshot.redact import redacted
from probes.host.local import LocalHost
from probes.listening import keep_managers_sockets
from probes.probe import Recorder
from probes.processes import SeenProcess
from tests.unit.machine_readings import file, gap, snapshot

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  inode\n"
ROW = (
    "   0: {}:{:04X} 00000000:0000 {} 00000000:00000000 00:00000000 00000000     0        0 18 1\n"
)
ANY, LOOPBACK = "00000000", "0100007F"
NO_IPV6 = gap("/proc/1/net/tcp6", Gap.ABSENT)


def table(*rows: str) -> Reading:
    return file("/proc/1/net/tcp", HEAD + "".join(rows))


def listens(port: int, address: str = ANY) -> str:
    return ROW.format(address, port, "0A")


def info(document: object, url: str = "unix:///run/docker.sock") -> Reading:
    source = Source(Channel.ENGINE, url, "GET /info")
    return Reading(source, 1.0, "root", json.dumps(document).encode())


def state(*readings: Reading) -> bool | None:
    """Where the process table was read and no manager is in it, unless readings say otherwise."""
    return state_of(processes(), *readings)


def state_of(*readings: Reading) -> bool | None:
    return host_reach(host_facts(snapshot(*readings)))["manager-reached-by-network"].holds


def processes(*pids: int) -> Reading:
    names = b"\0".join(b"%d" % pid for pid in pids)
    return Reading(Source(Channel.DIRECTORY, "/proc"), 1.0, "root", names)


def a_manager(
    name: str, *options: str, inodes: Iterable[int] = (18,), cgroup: str = "/system.slice/x.service"
) -> list[Reading]:
    """A manager with these sockets; those of `listens` have the inode 18."""
    source = listening_sockets(77)
    return [
        processes(77),
        file("/proc/77/status", f"Name:\t{name}\nPid:\t77\n"),
        file("/proc/77/cgroup", f"0::{cgroup}\n"),
        file("/proc/77/cmdline", "\0".join([f"/usr/bin/{name}", *options, ""])),
        Reading(source, 1.0, "root", json.dumps({"inodes": list(inodes)}).encode()),
    ]


NO_SETTINGS = [gap(path, Gap.ABSENT) for path in (DOCKER_SETTINGS, *LIBVIRT_SETTINGS)]
TCP = "--host=tcp://0.0.0.0:4243"


@pytest.mark.parametrize(
    ("manager", "port", "holds"),
    [
        (a_manager("dockerd", TCP), 4243, True),
        (a_manager("dockerd", "-H", "tcp://0.0.0.0:4243"), 4243, True),
        (a_manager("dockerd", "-H", "fd://"), 4243, True),
        (a_manager("dockerd", TCP, "--tls"), 4243, True),
        (a_manager("dockerd", TCP, "--tlsverify"), 4243, False),
        (a_manager("dockerd", TCP, "--tlsverify=true"), 4243, False),
        (a_manager("dockerd", TCP, "--tlsverify=false"), 4243, True),
        (a_manager("dockerd", TCP, "--config-file=/srv/daemon.json"), 4243, None),
        (a_manager("dockerd", TCP), 9323, None),
        (a_manager("dockerd", TCP), 2377, False),
        (a_manager("dockerd", TCP, inodes=()), 4243, False),
        (a_manager("dockerd", TCP, cgroup=f"/docker/{'a' * 64}"), 4243, False),
        (a_manager("podman", "system", "service", "tcp://0.0.0.0:8080"), 8080, True),
        (a_manager("podman", "system", "service", "--tls-client-ca"), 8080, False),
        (a_manager("incusd"), 8443, False),
        (a_manager("libvirtd", "--listen"), 16509, True),
        (a_manager("libvirtd", "--listen"), 16514, False),
        (a_manager("libvirtd", "--listen"), 4711, None),
        (a_manager("sshd"), 22, False),
    ],
)
def test_a_manager_is_found_on_any_port(
    manager: list[Reading], port: int, holds: bool | None
) -> None:
    readings = [table(listens(port)), NO_IPV6, *NO_SETTINGS, *manager]
    assert state(*readings) is holds
    for taken in readings:
        rest = [reading for reading in readings if reading is not taken]
        assert state_of(*rest) in (holds, None), taken.source


@pytest.mark.parametrize(
    ("settings", "holds"),
    [
        ({"hosts": ["tcp://0.0.0.0:4243"]}, True),
        ({"hosts": ["tcp://0.0.0.0:4243"], "tlsverify": True}, False),
        ({"hosts": ["tcp://0.0.0.0:4243"], "tls": True}, True),
        ({"hosts": "nonsense"}, None),
        ({"tlsverify": "yes"}, None),
    ],
)
def test_dockers_settings_say_whether_it_asks_for_certificates(
    settings: dict[str, object], holds: bool | None
) -> None:
    read = redacted(file(DOCKER_SETTINGS, json.dumps({**settings, "registry-token": "hunter2"})))
    assert "hunter2" not in read.text()
    assert redacted(read) == read
    found = [table(listens(4243)), NO_IPV6, read, *a_manager("dockerd")]
    assert state(*NO_SETTINGS, *found) is holds


@pytest.mark.parametrize(
    ("settings", "port", "holds"),
    [
        ('tls_port = "4711"\n', 4711, False),
        ('tls_port = "4711"\ntls_no_verify_certificate = 1\n', 4711, True),
        ("tcp_port = 4711\n", 4711, True),
        ('#tcp_port = "4711"\n', 4711, None),
    ],
)
def test_so_do_libvirts(settings: str, port: int, holds: bool | None) -> None:
    read = redacted(file(LIBVIRT_SETTINGS[0], f"{settings}sasl_allowed = hunter2\n"))
    assert "hunter2" not in read.text()
    found = [table(listens(port)), NO_IPV6, read, *a_manager("libvirtd")]
    assert state(*NO_SETTINGS, *found) is holds


def test_nobodys_other_arguments_are_kept() -> None:
    line = "dockerd\0-H\0tcp://0.0.0.0:4243\0--label\0token=hunter2\0--tlskey=/root/key.pem\0"
    kept = redacted(file("/proc/77/cmdline", line))
    assert kept.text().split("\0")[:3] == ["dockerd", "-H", "tcp://0.0.0.0:4243"]
    assert "hunter2" not in kept.text()
    assert "key.pem" not in kept.text()
    assert redacted(kept) == kept


def test_the_real_sockets_of_a_process_are_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        inode = os.fstat(listening.fileno()).st_ino
        host = LocalHost()
        recorder = Recorder(float("inf"))
        seen = SeenProcess(os.getpid(), 1, "dockerd", "1", (), "0::/\n")
        keep_managers_sockets(host, recorder, [seen])
        (found,) = [r for r in recorder.close()[0] if r.source == listening_sockets(os.getpid())]
        listed = any(
            fields[9:10] == [str(inode)]
            for fields in map(str.split, host.file("/proc/1/net/tcp").text().split("\n"))
        )
        assert (inode in json.loads(found.text())["inodes"]) is listed


def test_a_port_of_a_manager_that_listens_is_told() -> None:
    rows = (listens(22), listens(2375), listens(16514, LOOPBACK), ROW.format(ANY, 2375, "01"))
    assert listening_managers(snapshot(processes(), table(*rows), NO_IPV6)).value == (
        ListeningPort("Docker", 2375, tls=False, loopback=False),
        ListeningPort("libvirt", 16514, tls=True, loopback=True),
    )


@pytest.mark.parametrize(
    ("rows", "holds"),
    [
        ((listens(22),), False),
        ((listens(2375),), True),
        ((listens(2375, LOOPBACK),), True),
        ((listens(16509),), True),
        ((listens(2376),), None),
        ((listens(2376), listens(16509)), True),
        ((ROW.format(ANY, 2375, "01"),), False),
    ],
)
def test_without_tls_it_is_open_and_with_it_a_certificate_may_be_asked(
    rows: tuple[str, ...], holds: bool | None
) -> None:
    assert state(table(*rows), NO_IPV6) is holds


def test_what_was_not_read_is_unknown() -> None:
    assert state(table()) is None, "IPv6"
    assert state(NO_IPV6) is None
    assert state(gap("/proc/1/net/tcp", Gap.DENIED), NO_IPV6) is None
    assert state(file("/proc/1/net/tcp", "nonsense"), NO_IPV6) is None


def test_an_engine_admits_to_it() -> None:
    warning = "WARNING: API is accessible on http://0.0.0.0:4444 without encryption."
    assert state(table(), NO_IPV6, info({"Warnings": [warning, "No swap limit"]})) is True
    assert state(table(), NO_IPV6, info({"Warnings": None})) is False
    assert state(table(), NO_IPV6, info({})) is False


def test_an_engine_that_answered_all_but_this_leaves_it_open() -> None:
    version = Source(Channel.ENGINE, "unix:///run/docker.sock", "GET /version")
    answered = Reading(version, 1.0, "root", b"{}")
    assert not engines_own_warnings(snapshot(answered)).known
    absent = Reading(version, 1.0, "root", gap=Gap.ABSENT)
    assert engines_own_warnings(snapshot(absent)).value == ()


def test_who_talks_to_whom_is_not_kept() -> None:
    kept = redacted(table(listens(22), ROW.format(ANY, 443, "01"))).text()
    assert kept == HEAD + listens(22)
    assert redacted(table(listens(22))).text() == HEAD + listens(22)


@given(st.text() | st.text().map(lambda text: HEAD + text))
def test_what_is_no_table_is_refused(text: str) -> None:
    with suppress(ValueError):
        parse_listening(text)


@given(st.text() | st.lists(st.text()).map(lambda warnings: json.dumps({"Warnings": warnings})))
def test_what_is_no_document_of_an_engine_is_refused(text: str) -> None:
    with suppress(ValueError):
        parse_warnings(text)
