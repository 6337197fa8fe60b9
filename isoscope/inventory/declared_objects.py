"""Mounts, devices and networks that an engine says it gave, against those that the kernel shows."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import normpath

from isoscope.inventory.disagreement import Disagreement
from isoscope.inventory.workload import (
    DeclaredContainer,
    DeviceRule,
    Mount,
    NamespaceKind,
    ProcessFacts,
    Volume,
    Workload,
)

_MOST = 10
"""Disagreements of one kind that are shown of one workload."""
_ON_DISK = frozenset(
    ("ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "bcachefs", "zfs", "nfs", "nfs4", "cifs", "9p")
)
"""File systems of which a mount shows something of the host, or of another machine."""
_BY_ENGINE = (
    "/",
    "/etc/hosts",
    "/etc/hostname",
    "/etc/resolv.conf",
    "/run/.containerenv",
    "/run/secrets",
    "/dev",
    "/proc",
    "/sys",
)
"""Where engines mount what they do not list among the mounts."""
_ALWAYS = frozenset(
    {f"1:{minor}" for minor in (3, 5, 7, 8, 9)} | {"5:0", "5:1", "5:2", "136:*", "10:200"}
)
"""Numbers of the character devices that every container gets: OCI runtime specification, Default
devices; 10:200 is ``/dev/net/tun``, which runc let in until 1.2."""
_LOOPBACK_ONLY = ("lo",)


def objects_that_differ(
    workload: Workload, process: ProcessFacts, container: DeclaredContainer
) -> Iterator[Disagreement]:
    """Everything of these kinds in which the engine and the kernel differ."""
    yield from _declared_mounts(process, container)
    yield from _undeclared_mounts(process, container, workload.id.rpartition(":")[2])
    yield from _devices(process, container)
    yield from _networks(process, container)


def _declared_mounts(process: ProcessFacts, container: DeclaredContainer) -> Iterator[Disagreement]:
    mounts, volumes = process.mounts.value, container.volumes.value
    if mounts is None or volumes is None:
        return
    by_place = {mount.mount_point: mount for mount in mounts}  # the last one covers the others
    found = 0
    for volume in volumes:
        said, shown = _of_volume(volume, by_place.get(normpath(volume.destination)))
        if said != shown and found < _MOST:
            found += 1
            yield Disagreement(
                f"mount {volume.destination[:80]}", said, shown, container.volumes, process.mounts
            )


def _of_volume(volume: Volume, mount: Mount | None) -> tuple[str, str]:
    said = "writable" if volume.writable else "read-only"
    if mount is None:
        return said, "not mounted"
    # A file system that is read-only itself makes every mount of it so.
    return said, "writable" if mount.writable else "read-only"


def _undeclared_mounts(
    process: ProcessFacts, container: DeclaredContainer, identifier: str
) -> Iterator[Disagreement]:
    """File systems on disks that are mounted where no declared mount is, nor the engine's own."""
    mounts, volumes = process.mounts.value, container.volumes.value
    if mounts is None or volumes is None:
        return
    declared = {normpath(volume.destination).rstrip("/") for volume in volumes}
    found = 0
    for mount in mounts:
        if (
            mount.file_system in _ON_DISK
            and not _within(mount.mount_point, declared)
            and not _engines_own(mount, identifier)
            and found < _MOST
        ):
            found += 1
            shown = f"{mount.root[:120]} of {mount.mount_source[:60]}"
            yield Disagreement(
                f"mount {mount.mount_point[:80]}",
                "not declared",
                shown,
                container.volumes,
                process.mounts,
            )


def _within(place: str, directories: set[str]) -> bool:
    while place and place != "/":
        if place in directories:
            return True
        place = place.rpartition("/")[0]
    return "" in directories


def _engines_own(mount: Mount, identifier: str) -> bool:
    """What an engine mounts of its own directory is named by the container's id."""
    return identifier in mount.root or any(
        mount.mount_point == place or (place != "/" and mount.mount_point.startswith(f"{place}/"))
        for place in _BY_ENGINE
    )


def _devices(process: ProcessFacts, container: DeclaredContainer) -> Iterator[Disagreement]:
    rules, given = process.device_rules.value, container.devices.value
    if rules is None or given is None or container.privileged.value is not False or given:
        return
    if process.in_host_namespace[NamespaceKind.USER].value is not True:
        return  # runtimes leave the rules out there: nobody inside can make a device node
    further = [rule for rule in rules if _beyond(rule)]
    if further:
        shown = "; ".join(f"{one.kind} {one.numbers} {one.access}" for one in further[:_MOST])
        yield Disagreement(
            "devices", "none of the host's", shown, container.devices, process.device_rules
        )


def _beyond(rule: DeviceRule) -> bool:
    reads_or_writes = bool({"r", "w"} & set(rule.access))
    return reads_or_writes and not (rule.kind == "c" and rule.numbers in _ALWAYS)


def _networks(process: ProcessFacts, container: DeclaredContainer) -> Iterator[Disagreement]:
    """That it is on a network and has no device, or on none and has one. Devices such as ``tunl0``
    and ``sit0`` stand in every network namespace as soon as their module is loaded."""
    attached, devices = container.networks.value, process.network_interfaces.value
    mode = container.network_mode.value or ""
    if (
        attached is None
        or devices is None
        or mode == "host"
        or mode.startswith(("container:", "ns:"))
    ):
        return
    links = [name for name in devices if name.startswith(("eth", "tap", "veth", "enp", "ens"))]
    if mode == "none" and links:
        yield Disagreement(
            "networks",
            "none",
            f"interfaces {', '.join(links[:_MOST])}",
            container.network_mode,
            process.network_interfaces,
        )
    elif attached and devices == _LOOPBACK_ONLY:
        yield Disagreement(
            "networks",
            ", ".join(one.name for one in attached[:_MOST]),
            "no interface but lo",
            container.networks,
            process.network_interfaces,
        )
