"""By which marks the host's managers are known, and what may be kept of how they were told to
listen.

Sources: dockerd(8) and its ``daemon.json``; podman-system-service(1); libvirt's ``libvirtd.conf``
and ``virtproxyd.conf``; Incus and LXD, ``core.https_address``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from isoscope.snapshot.reading import Channel, Source
from isoscope.snapshot.strict_json import parse_strictly

MANAGERS = {
    "dockerd": "Docker",
    "podman": "Podman",
    "libvirtd": "libvirt",
    "virtproxyd": "libvirt",
    "virtqemud": "libvirt",
    "incusd": "Incus",
    "lxd": "LXD",
}
"""Whose manager a process of this name (``comm``) is."""

DOCKER_SETTINGS = "/etc/docker/daemon.json"
LIBVIRT_SETTINGS = ("/etc/libvirt/libvirtd.conf", "/etc/libvirt/virtproxyd.conf")
_DOCKER_KEPT = ("hosts", "tls", "tlsverify")
_LIBVIRT_KEPT = re.compile(
    rb"(?:listen_tcp|listen_tls|tls_no_verify_certificate)\s*=\s*[01]|"
    rb"(?:tcp_port|tls_port)\s*=\s*\"?[0-9]{1,5}\"?"
)
_ADDRESS = r"(?:tcp|unix|fd|npipe|ssh)://[A-Za-z0-9_.:/\[\]%*-]{0,200}"
_TELLING = re.compile(
    rf"-H={_ADDRESS}|--host={_ADDRESS}|{_ADDRESS}|-H|--host|system|service|"
    r"--(?:tls|tlsverify)(?:=[a-zA-Z0-9]{1,5})?|--config-file(?:=/[A-Za-z0-9_./-]{1,200})?|"
    r"--tls-client-ca(?:=.*)?"
)


def listening_sockets(pid: int) -> Source:
    """The source of which of a process's sockets listen on TCP: ``{"inodes": […]}``."""
    return Source(Channel.KERNEL, f"/proc/{pid}/fd", "sockets that listen on TCP")


def telling_options(arguments: Sequence[str]) -> list[str] | None:
    """What may be kept of the command line of an engine: where it listens, and whether by TLS; None
    for any other program."""
    program = arguments[0].rpartition("/")[2]
    if program not in ("dockerd", "podman"):
        return None
    kept = [argument for argument in arguments[1:] if _TELLING.fullmatch(argument)]
    return [arguments[0], *(re.sub(r"(--tls-client-ca)=.*", r"\1", each) for each in kept)]


def redact_docker_settings(content: bytes) -> bytes:
    """Of ``daemon.json``, where it listens, and whether by TLS.

    Raises:
        ValueError: it is no JSON object, or its addresses are none.
    """
    document = parse_strictly(content.decode("utf-8"))
    if not isinstance(document, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 - as for any foreign document
    kept = {name: document[name] for name in _DOCKER_KEPT if name in document}
    hosts = kept.get("hosts", [])
    if not isinstance(hosts, list) or not all(
        isinstance(host, str) and re.fullmatch(_ADDRESS, host) for host in hosts
    ):
        raise ValueError("its hosts are no addresses")
    if not all(isinstance(kept.get(name, False), bool) for name in ("tls", "tlsverify")):
        raise ValueError("its settings of TLS are neither true nor false")
    return content if kept == document else json.dumps(kept).encode()


def redact_libvirt_settings(content: bytes) -> bytes:
    """Of ``libvirtd.conf``, whether and where it listens on TCP."""
    lines = (line.strip() for line in content.split(b"\n"))
    return b"".join(line + b"\n" for line in lines if _LIBVIRT_KEPT.fullmatch(line))
