"""What the host, and whoever administers it, can do to every workload: readings alike for all."""

from __future__ import annotations

from posixpath import dirname

from isoscope.snapshot.manager_places import CONTROL_SOCKETS
from isoscope.snapshot.places import (
    LISTENING,
    PRESSURE,
    PRESSURE_OF,
    SECURE_BOOT,
    STACKED_BLOCKS,
    TABLES,
)
from isoscope.snapshot.sandbox_settings import KATA_CONFIGURATION, KATA_DIRECTORIES
from probes.host.access import HostAccess
from probes.probe import Recorder, keep_all

_FILES = (
    "/etc/group",
    "/etc/passwd",
    "/etc/subuid",
    "/etc/containers/policy.json",
    "/etc/libvirt/qemu.conf",
    "/proc/sys/kernel/core_pattern",
    "/sys/power/state",
    "/sys/power/resume",
    "/sys/kernel/kexec_crash_loaded",
    SECURE_BOOT,
    "/sys/module/module/parameters/sig_enforce",
)
_DIRECTORIES = ("/sys/firmware", "/sys/class/tpm", "/sys/power", "/proc/sys/kernel", "/sys/kernel")
_MOST_BLOCKS = 256


def read_reach(host: HostAccess, recorder: Recorder) -> None:
    """Small files and the modes of managers' sockets."""
    keep_all(recorder, (host.file(path) for path in (*_FILES, *LISTENING)))
    keep_all(recorder, (host.directory(path) for path in _DIRECTORIES))
    keep_all(recorder, (host.file(path) for files in TABLES.values() for path in files))
    keep_all(recorder, (host.file(f"{PRESSURE}/{resource}") for resource in PRESSURE_OF))
    for path in CONTROL_SOCKETS:
        recorder.keep(host.status(path))
        recorder.keep(host.status(dirname(path)))
    for directory in KATA_DIRECTORIES:
        for name in recorder.keep(host.directory(directory)).names():
            if KATA_CONFIGURATION.fullmatch(name):
                recorder.keep(host.file(f"{directory}/{name}"))
    blocks = recorder.keep(host.directory("/sys/block"))
    for name in [name for name in blocks.names() if name.startswith(STACKED_BLOCKS)][:_MOST_BLOCKS]:
        keep_all(
            recorder,
            (host.file(f"/sys/block/{name}/{part}") for part in ("dev", "dm/uuid", "dm/name")),
        )
        recorder.keep(host.directory(f"/sys/block/{name}/slaves"))
    for name in blocks.names():
        if name.startswith("zram"):
            recorder.keep(host.file(f"/sys/block/{name}/backing_dev"))
