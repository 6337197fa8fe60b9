"""Sockets of the host's services: by the names that services give them, and abstract ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.service_sockets import (
    SYSTEM_BUS,
    abstract_sockets,
    parse_abstract_sockets,
    parse_service_sockets,
    service_sockets,
)
from isoscope.snapshot.reading import Gap
from tests.unit.machine_readings import file, gap, snapshot

HEADING = "Num       RefCount Protocol Flags    Type St Inode Path\n"


def rows(*sockets: tuple[str, str, str]) -> str:
    return HEADING + "".join(
        f"0000000000000000: 00000002 00000000 {flags} {kind} 01 {number} {path}\n"
        for number, (flags, kind, path) in enumerate(sockets, 7)
    )


def listening(*paths: str) -> str:
    return rows(*[("00010000", "0001", path) for path in paths])


@pytest.mark.parametrize(
    ("path", "opens"),
    [
        ("/run/dbus/system_bus_socket", SYSTEM_BUS),
        ("/run/user/1000/bus", "a user's session bus (D-Bus)"),
        ("/tmp/.X11-unix/X0", "an X display"),
        ("/run/user/1000/wayland-0", "a Wayland display"),
        ("/tmp/ssh-AbC123/agent.4711", "an agent that holds a user's keys"),
        ("/run/user/1000/gnupg/S.gpg-agent.ssh", "an agent that holds a user's keys"),
        ("/home/eve/.ssh/agent/s.x.agent.y", "an agent that holds a user's keys"),
        ("/var/lib/kubelet/pod-resources/kubelet.sock", "the kubelet"),
        ("/run/systemd/journal/dev-log", "the host's log"),
        ("/run/systemd/userdb/io.systemd.Machine", "a service of systemd"),
        ("/run/postgresql/.s.PGSQL.5432", "a database of the host"),
    ],
)
def test_a_service_is_known_by_the_name_of_its_socket(path: str, opens: str) -> None:
    (found,) = parse_service_sockets(listening(path))
    assert (found.path, found.opens) == (path, opens)


@pytest.mark.parametrize("path", ["/srv/app.sock", "/run/user/1000/bus/x", "@/tmp/.X11-unix/X0"])
def test_other_names_are_not_told(path: str) -> None:
    assert parse_service_sockets(listening(path)) == ()


def test_abstract_sockets_count_where_somebody_can_be_reached() -> None:
    text = rows(
        ("00010000", "0001", "@/tmp/.X11-unix/X0"),
        ("00000000", "0001", "@/connected/already"),
        ("00000000", "0002", "@datagrams"),
        ("00010000", "0001", "@0004e"),
        ("00010000", "0001", "/run/dbus/system_bus_socket"),
    )
    assert parse_abstract_sockets(text) == ("@/tmp/.X11-unix/X0", "@datagrams")


def test_none_are_known_to_be_there() -> None:
    taken = snapshot(file("/proc/net/unix", HEADING))
    assert service_sockets(taken).value == ()
    assert abstract_sockets(taken).value == ()


@pytest.mark.parametrize("reason", [Gap.DENIED, Gap.ABSENT])
def test_a_list_that_was_not_read_leaves_them_unknown(reason: Gap) -> None:
    taken = snapshot(gap("/proc/net/unix", reason))
    assert not service_sockets(taken).known
    assert not abstract_sockets(taken).known


@given(st.text(max_size=200), st.booleans())
def test_any_text_is_read_or_refused(text: str, headed: bool) -> None:
    whole = HEADING + text if headed else text
    for parse in (parse_service_sockets, parse_abstract_sockets):
        try:
            found = parse(whole)
        except ValueError:
            continue
        assert isinstance(found, tuple)
