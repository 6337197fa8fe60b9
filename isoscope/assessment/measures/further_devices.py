"""Devices of the host beyond those that every container has, by what they lead to.

Source: Documentation/admin-guide/devices.txt. Disks, memory and ports are judged apart, as raw
devices.
"""

from __future__ import annotations

import re

from isoscope.assessment.declaration import Declaration, Subject, exposure
from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    any_of,
    failing,
    holding,
    not_applicable,
    quoting,
    test,
    undecided,
)
from isoscope.assessment.measures.cgroup_files import DEVICES
from isoscope.assessment.measures.devices import device_controller_unread, privileged_by_its_engine
from isoscope.assessment.measures.privileges import counts_on_host
from isoscope.inventory.observation import Observation
from isoscope.inventory.workload import DeclaredContainer, DeviceRule, Mount

_ORDINARY = frozenset({"1:3", "1:5", "1:7", "1:8", "1:9", "5:0", "5:1", "5:2", "136:*", "10:200"})
"""null, zero, full, random, urandom, tty, console, ptmx, pseudo-terminals; runc allows tun too."""
_BY_MAJOR = {
    "4": "terminals of the host",
    "13": "input devices",
    "29": "frame buffers",
    "81": "cameras",
    "108": "PPP",
    "116": "sound devices",
    "189": "USB devices",
    "195": "NVIDIA GPUs",
    "226": "GPUs",
}
_BY_NUMBER = {
    "1:11": "the kernel's log",
    "10:130": "the watchdog, which resets the host",
    "10:223": "uinput, by which key strokes are made",
    "10:224": "the TPM",
    "10:229": "FUSE",
    "10:232": "KVM",
    "10:235": "autofs",
    "10:237": "loop devices",
    "10:238": "vhost-net",
    "10:239": "uhid, by which input devices are made",
    "10:241": "vhost-vsock",
}
_BY_PATH = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"/dev/(?:null|zero|full|u?random|tty|console|ptmx|pts(?:/.*)?)$", ""),
        (r"/dev/kvm$", "KVM"),
        (r"/dev/fuse$", "FUSE"),
        (r"/dev/net/tun$", "tunnels"),
        (r"/dev/vhost-", "the kernel's back ends of virtual devices"),
        (r"/dev/kmsg$", "the kernel's log"),
        (r"/dev/(?:uinput|uhid)$", "key strokes and input devices of its own making"),
        (r"/dev/input(?:/|$)", "input devices"),
        (r"/dev/(?:dri(?:/|$)|kfd$|nvidia)", "GPUs"),
        (r"/dev/snd(?:/|$)", "sound devices"),
        (r"/dev/video\d", "cameras"),
        (r"/dev/bus/usb", "USB devices"),
        (r"/dev/tpm", "the TPM"),
        (r"/dev/watchdog", "the watchdog, which resets the host"),
        (r"/dev/tty", "terminals of the host"),
    )
)


def _further(subject: Subject) -> Judgement:
    if subject.workload.behind_own_kernel:
        return not_applicable("a guest has devices of its own kernel", subject.kind)
    nodes = any_of(
        counts_on_host(subject),
        test(
            subject.process.mounts,
            lambda mounts: any(map(_shows_device, mounts)),
            yes="device nodes of the host are mounted in it",
            no="no further device node of the host is mounted in it",
        ),
        otherwise="in its own user namespace it can make no device node, and none was given to it",
    )
    allowed = _allowed(subject)
    return all_of(allowed, nodes, says=allowed.says)


def _shows_device(mount: Mount) -> bool:
    if mount.file_system != "devtmpfs":
        return False
    return mount.root == "/" or bool(_words_of_device(f"/dev{mount.root}"))


def _allowed(subject: Subject) -> Judgement:
    rules, container = subject.process.device_rules, subject.workload.container
    if device_controller_unread(rules) and container is not None:
        return _given(container)
    return test(
        rules,
        lambda found: any(map(_words_of_rule, found)),
        yes=lambda found: _listed([_words_of_rule(rule) for rule in found]),
        no="it may use no devices but those that every container has",
    )


def _given(container: DeclaredContainer) -> Judgement:
    return any_of(
        privileged_by_its_engine(container),
        _named(container.devices),
        otherwise="its engine says that it gave it no further device",
    )


def _named(devices: Observation[tuple[str, ...]]) -> Judgement:
    if devices.value is None:
        return undecided(devices.doubt, devices)
    found = [device for device in devices.value if _words_of_device(device)]
    if not found:
        return failing("its engine gave it no further device", devices)
    says = _listed([_words_of_device(device) for device in found])
    return holding(says, quoting(devices, "\n".join(found)))


def _words_of_device(device: str) -> str:
    """What a device given by an engine leads to; empty for one that every container has."""
    if device.startswith("/"):
        return next((words for path, words in _BY_PATH if path.match(device)), device[:40])
    fields = device.split()
    return _words_of_rule(DeviceRule(*fields)) if len(fields) == 3 else device[:40]


def _words_of_rule(rule: DeviceRule) -> str:
    if rule.kind == "b" or ("r" not in rule.access and "w" not in rule.access):
        return ""
    if rule.kind == "a":
        return "all devices"
    if rule.numbers in _ORDINARY:
        return ""
    major = rule.numbers.partition(":")[0]
    known = _BY_NUMBER.get(rule.numbers) or _BY_MAJOR.get(major)
    return known or ("all character devices" if major == "*" else f"device {rule.numbers}")


def _listed(words: list[str]) -> str:
    found = list(dict.fromkeys(word for word in words if word))
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    return f"it may use {', '.join(found[:5])}{more}"


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "further-devices-allowed",
        "Devices beyond those of every container",
        what="The container may use devices of the host that no container has by itself: KVM, "
        "GPUs, input, sound, USB, the watchdog.",
        why="Each is a driver of the host's kernel that takes the container's requests, and some "
        "reach further: uinput types, a watchdog resets, a camera sees.",
        by_hand=f"{DEVICES}; ls -l /proc/PID/root/dev",
        remedy="Take --device, --gpus and --device-cgroup-rule away where they are not needed.",
        references=(
            "Documentation/admin-guide/devices.txt",
            "Documentation/admin-guide/cgroup-v1/devices.rst",
            "docker-run(1): --device",
        ),
        judge=_further,
    ),
)
