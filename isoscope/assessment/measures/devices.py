"""Disks, memory and ports of the host that a workload may use directly."""

from __future__ import annotations

import re

from isoscope.assessment.declaration import Declaration, Subject, exposure
from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    any_of,
    failing,
    holding,
    quoting,
    test,
    undecided,
)
from isoscope.assessment.kinds import UNDESCRIBED
from isoscope.assessment.measures.cgroup_files import DEVICES
from isoscope.assessment.measures.privileges import counts_on_host, root_outside
from isoscope.inventory.observation import Doubt, Observation, Unknown
from isoscope.inventory.workload import DeclaredContainer, DeviceRule, Mount, Volume
from isoscope.snapshot.reading import Gap

_RAW = re.compile(
    r"/dev/(?:(?:mem|kmem|port|nvram)$|(?:[shv]d|xvd)[a-z]|nvme\d|mmcblk|md|dm-|mapper/|disk/|loop|"
    r"sr\d|sg\d|bsg/|nbd|zd\d|ram\d|bcache|pmem|dasd|drbd|block/)"
)
"""Names of disks, memory and ports: Documentation/admin-guide/devices.txt."""
_ORDINARY = re.compile(
    r"/dev/(?:null|zero|full|u?random|tty.*|console|ptmx|pts.*|fuse|net/tun|kvm|vhost-.*|ppp|rtc\d*|"
    r"dri(?:/.*)?|kfd|nvidia.*|snd(?:/.*)?|video\d+|input(?:/.*)?|uinput|hwrng|watchdog\d*|kmsg|tpm.*|"
    r"bus/usb(?:/.*)?)"
)
"""Names of devices through which no memory or storage of the host is reached."""
_COMPARABLE = re.compile(
    r"/dev/(?:[shv]d[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+|md\d+|zd\d+)(?:p?\d+)?"
)
"""Names of disks of which one device has one and no other."""

_NOT_SHOWN = (Gap.UNSUPPORTED, Gap.DENIED)


def _devices(subject: Subject) -> Judgement:
    if subject.workload.own_kernel:
        return _disks(subject)
    if subject.workload.behind_own_kernel:
        container = subject.workload.container
        return undecided(UNDESCRIBED, subject.kind) if container is None else _given(container)
    return all_of(_allowed(subject), _has_nodes(subject), says="it may use raw devices of the host")


def _allowed(subject: Subject) -> Judgement:
    """Whether the device controller lets it use a raw device. cgroup v2 keeps that in a BPF program
    which only a privileged reader of the running host is shown: else what its engine says that it
    gave."""
    rules = subject.process.device_rules
    container = subject.workload.container
    if device_controller_unread(rules) and container is not None:
        return _given(container)
    return test(
        rules,
        lambda found: any(_owns_host(rule) for rule in found),
        yes=lambda found: (
            "it may use "
            + ", ".join(f"{r.kind} {r.numbers} {r.access}" for r in found if _owns_host(r))
        ),
        no="it may use no disk, memory or port device",
    )


def device_controller_unread(rules: Observation[tuple[DeviceRule, ...]]) -> bool:
    """Whether what the device controller lets through was shown to nobody: the reader was not
    privileged enough, or the kernel has no way to tell."""
    return rules.unknown is not None and rules.unknown.reason in _NOT_SHOWN


def _given(container: DeclaredContainer) -> Judgement:
    return any_of(
        privileged_by_its_engine(container),
        _named(container.devices),
        otherwise="its engine says that it gave it no disk, memory or port device",
    )


def privileged_by_its_engine(container: DeclaredContainer) -> Judgement:
    """Whether its engine says that it gave it every device there is."""
    return test(
        container.privileged,
        bool,
        yes="its engine says that it is privileged, which gives all devices",
        no="its engine says that it is not privileged",
    )


def _named(devices: Observation[tuple[str, ...]]) -> Judgement:
    """Devices that an engine gave: paths, or rules as cgroup v1 words them."""
    if devices.value is None:
        return undecided(devices.doubt, devices)
    raw = [device for device in devices.value if _is_raw(device)]
    if raw:
        return holding(f"its engine gave it {', '.join(raw[:3])}", quoting(devices, "\n".join(raw)))
    strange = [device for device in devices.value if _is_raw(device) is None]
    if strange:
        doubt = Unknown(
            Doubt.NOT_SAID,
            f"its engine gave it {', '.join(strange[:3])}; what that is, its name does not say",
            f"ls -lL {strange[0]}",
        )
        return undecided(doubt, devices)
    return failing("its engine gave it no disk, memory or port device", devices)


def _is_raw(device: str) -> bool | None:
    if device.startswith("/"):
        return True if _RAW.match(device) else False if _ORDINARY.fullmatch(device) else None
    fields = device.split()
    if len(fields) != 3:
        return None
    return _owns_host(DeviceRule(*fields))


def _owns_host(rule: DeviceRule) -> bool:
    """Block devices are disks; 1:1, 1:2 and 1:4 are memory and ports, 10:144 is the NVRAM."""
    if "r" not in rule.access and "w" not in rule.access:
        return False
    if rule.kind in ("a", "b"):
        return True
    return rule.numbers in ("*:*", "1:*", "1:1", "1:2", "1:4", "10:144", "10:*")


def _has_nodes(subject: Subject) -> Judgement:
    """Whether there are nodes to open the devices by: it can make them with CAP_MKNOD in the host's
    user namespace, ``mknod(2)``; in its own it has only those that were mounted into it."""
    return any_of(
        counts_on_host(subject),
        _mounted_nodes(subject),
        otherwise="in its own user namespace it can make no device node, and none was given to it",
    )


def _mounted_nodes(subject: Subject) -> Judgement:
    """Whether nodes of raw devices are mounted in it. Root of the host opens any of /dev; whether
    another user may, the nodes' own modes and groups say, which are not read. A single one was
    given to it."""
    mounted = test(
        subject.process.mounts,
        lambda mounts: any(map(_shows_raw_device, mounts)),
        yes="device nodes of the host are mounted in it",
        no="no raw device of the host is mounted in it",
    )
    given = any(
        mount.root != "/" and _shows_raw_device(mount)
        for mount in subject.process.mounts.value or ()
    )
    if not mounted.holds or given or root_outside(subject).holds is not False:
        return mounted
    doubt = Unknown(
        Doubt.NOT_SAID,
        "device nodes of the host are mounted in it; whether its user may open them, was not read",
        "ls -lL /dev, for the user ids of its processes on the host",
    )
    return undecided(doubt, *mounted.observations)


def _shows_raw_device(mount: Mount) -> bool:
    if mount.file_system != "devtmpfs":
        return False
    return mount.root == "/" or _RAW.match(f"/dev{mount.root}") is not None


def _disks(subject: Subject) -> Judgement:
    """Whether a guest writes a disk on which the host itself keeps files."""
    machine = subject.workload.machine
    if machine is None:
        return undecided(UNDESCRIBED, subject.kind)
    disks, host = machine.disks, subject.inventory.host_mounts
    if disks.value is None:
        return undecided(disks.doubt, disks)
    devices = [disk for disk in disks.value if disk.writable and disk.source.startswith("/dev/")]
    if not devices:
        return failing("no disk of the host itself is given to it", disks)
    if host.value is None:
        return undecided(host.doubt, disks, host)
    sources = {mount.mount_source for mount in host.value if mount.mount_source.startswith("/dev/")}
    taken = [disk.source for disk in devices if _holds_one_of(disk, sources)]
    if taken:
        says = f"it writes {', '.join(taken[:3])}, on which the host keeps its own files"
        return holding(says, quoting(disks, "\n".join(taken)), host)
    names = {*sources, *(disk.source for disk in devices)}
    strange = sorted(name for name in names if _COMPARABLE.fullmatch(name) is None)
    if strange and not all(_COMPARABLE.fullmatch(disk.source) for disk in devices):
        doubt = Unknown(
            Doubt.NOT_SAID,
            f"whether {strange[0]} is a disk that the host uses too, its name does not say",
            f"lsblk -o KNAME,MOUNTPOINTS {strange[0]}",
        )
        return undecided(doubt, disks, host)
    return failing("it writes no disk on which the host keeps files", disks, host)


def _holds_one_of(disk: Volume, sources: set[str]) -> bool:
    """Whether a disk is one of these partitions, or is the disk that they are on."""
    partition = re.compile(re.escape(disk.source) + r"(?:p?\d+)?")
    return any(partition.fullmatch(source) for source in sources)


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "raw-device-access",
        "Raw devices of the host",
        what="The workload may use disks, memory or I/O ports of the host directly; a guest, a "
        "disk on which the host itself keeps files.",
        why="A disk that is read and written below its file system knows no permissions.",
        by_hand=DEVICES,
        remedy="Take --device and --device-cgroup-rule away, and --privileged; give a guest images "
        "or disks that the host does not mount.",
        references=("mknod(2)", "Documentation/admin-guide/cgroup-v1/devices.rst"),
        judge=_devices,
    ),
)
