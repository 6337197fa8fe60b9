"""Sockets through which an engine or a VM manager takes orders, wherever they are."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.control_sockets import control_sockets
from isoscope.snapshot.manager_places import OPEN
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from tests.unit.machine_readings import file, gap, link, snapshot

HEADING = "Num       RefCount Protocol Flags    Type St Inode Path\n"
TO_RUN = link("/var/run", "/run")


def bound(*paths: str) -> Reading:
    rows = [f"0000: 00000002 00000000 00010000 0001 01 {n} {p}\n" for n, p in enumerate(paths, 7)]
    return file("/proc/net/unix", HEADING + "".join(rows))


def asked(url: str, gap: Gap | None = None, channel: Channel = Channel.ENGINE) -> Reading:
    request = OPEN if channel is Channel.LIBVIRT else "GET /version"
    content = None if gap else json.dumps({}).encode()
    return Reading(Source(channel, url, request), 1.0, "root", content, gap)


def sockets(*readings: Reading) -> tuple[str, ...] | None:
    return control_sockets(snapshot(*readings)).value


def test_sockets_are_known_by_the_names_that_managers_give_them() -> None:
    listening = bound(
        "/run/docker.sock",
        "/tmp/a b/docker.sock",
        "/var/lib/incus/unix.socket",
        "/run/systemd/private",
        "/run/x/unix.socket",
        "/run/dbus/system_bus_socket",
        "@docker.sock",
        "docker.sock",
    )
    assert sockets(listening, TO_RUN) == (
        "/run/docker.sock",
        "/run/systemd/private",
        "/tmp/a b/docker.sock",
        "/var/lib/incus/unix.socket",
    )


def test_none_are_known_to_be_there() -> None:
    assert sockets(bound(), TO_RUN) == ()


@pytest.mark.parametrize("reason", [Gap.DENIED, Gap.ABSENT, Gap.FAILED])
def test_a_list_that_was_not_read_leaves_them_unknown(reason: Gap) -> None:
    assert sockets(gap("/proc/net/unix", reason), TO_RUN) is None
    assert sockets(TO_RUN) is None


def test_sockets_at_which_managers_were_asked_count_by_any_name() -> None:
    readings = [
        asked("unix:///srv/mine.sock"),
        asked("unix:///srv/stale.sock", Gap.REFUSED),
        asked("unix:///run/nothing.sock", Gap.ABSENT),
        asked("tcp://10.0.0.1:2375"),
        asked("qemu+unix:///system?socket=/srv/virt", channel=Channel.LIBVIRT),
        asked("qemu:///system", channel=Channel.LIBVIRT),
        asked("qemu://[", channel=Channel.LIBVIRT),
    ]
    assert sockets(bound(), TO_RUN, *readings) == ("/srv/mine.sock", "/srv/stale.sock", "/srv/virt")


@pytest.mark.parametrize("target", ["/run", "../run"])
def test_var_run_is_a_link(target: str) -> None:
    found = sockets(bound("/var/run/docker.sock"), link("/var/run", target))
    assert found == ("/run/docker.sock", "/var/run/docker.sock")


@pytest.mark.parametrize("reason", [Gap.DENIED, Gap.ABSENT, None])
def test_var_run_is_taken_for_a_link_where_it_is_not_known(reason: Gap | None) -> None:
    unknown = [gap("/var/run", reason, Channel.LINK)] if reason else []
    found = sockets(bound("/var/run/docker.sock"), *unknown)
    assert found == ("/run/docker.sock", "/var/run/docker.sock")


def test_var_run_can_be_a_directory() -> None:
    directory = gap("/var/run", Gap.UNSUPPORTED, Channel.LINK)
    assert sockets(bound("/var/run/docker.sock"), directory) == ("/var/run/docker.sock",)


def test_a_path_that_its_owner_chose_takes_no_line_away() -> None:
    hostile = bound("/tmp/x\n", "/tmp/y\x0b\u2028", "/run/docker.sock")
    assert sockets(hostile, TO_RUN) == ("/run/docker.sock",)


@given(text=st.text(max_size=300), url=st.text(max_size=60))
def test_hostile_text_is_no_crash(text: str, url: str) -> None:
    content = (HEADING + text).encode("utf-8", "surrogatepass")
    control_sockets(snapshot(file("/proc/net/unix", content), asked(f"unix://{url}")))
