"""Devices of the host that workloads of different tenants drive: the same one, or several of one
IOMMU group, which reach each other past the IOMMU: Documentation/driver-api/vfio.rst."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import replace

from isoscope.assessment.judgement import Judgement
from isoscope.assessment.neighbours.possessions import NOTHING, Possessions, Wording, in_common
from isoscope.assessment.neighbours.relations import Neighbours
from isoscope.inventory.observation import Doubt, Observation, Unknown, unknown
from isoscope.inventory.workload import DeclaredContainer, DeclaredMachine, DeviceRule

_OWN_FOR_EACH = re.compile(
    r"/dev/(?:null|zero|full|u?random|tty|console|ptmx|pts(?:/.*)?|fuse|net/tun|kvm|kmsg|ppp|sev|"
    r"vhost-(?:net|vsock)|userfaultfd|sgx_.*|tdx_guest|nvidiactl|nvidia-(?:uvm.*|modeset)|kfd|"
    r"vfio/vfio)"
)
"""Nodes that give whoever opens one something of his own, or that manage devices which have nodes
of their own, as those of NVIDIA's and AMD's drivers do."""
_OWN_FOR_EACH_NUMBERS = frozenset(
    {
        *(f"1:{minor}" for minor in (3, 5, 7, 8, 9, 11)),
        *("5:0", "5:1", "5:2", "108:0", "195:254", "195:255"),
        *(f"10:{minor}" for minor in (125, 126, 196, 200, 229, 232, 238, 241)),
    }
)
"""The same by major and minor: Documentation/admin-guide/devices.txt."""
_TERMINALS = range(136, 144)
_ASSIGNED_ON_THE_FLY = (*range(234, 255), *range(384, 512))
"""Majors of character devices that the kernel hands out as drivers ask for them: they do not say
whose they are."""
_OPENED_BY_VMM = re.compile(
    r"/dev/(?:dri/|nvidia\d|accel/|snd/|video\d|input/|tpm|hidraw|bus/usb/|watchdog)"
)
"""What a VMM that has such a device open drives for its guest."""

_Major = tuple[str, str]
"""Kind and major of devices."""
_NOT_LOOKED: Observation[object] = unknown(
    "host",
    "pci-groups",
    Doubt.NOT_SAID,
    "nobody looked at the host's IOMMU groups",
    "scan again, with the host's probe",
)

_SAME = Wording(
    lambda devices, names: f"its {', '.join(devices[:3])} may also be used by {names}",
    "no other tenant may use a device that it was given",
)
_GROUP = Wording(
    lambda devices, names: (
        f"{', '.join(devices[:3])} is in an IOMMU group with a device of {names}"
    ),
    "no other tenant has a device of its IOMMU groups",
)


def shared_devices(neighbours: Neighbours) -> list[Judgement]:
    """For each workload: whether another tenant's may use one of its devices."""
    minors = _minors(neighbours)
    each = []
    for index, workload in enumerate(neighbours.workloads):
        if not workload.own_kernel:
            rules = neighbours.process(index).device_rules
            each.append(_of_container(rules, workload.container, minors))
        elif workload.machine is None:
            each.append(Possessions(NOTHING, (), neighbours.undescribed(index)))
        else:
            each.append(_of_machine(workload.machine))
    return in_common(neighbours, each, _SAME)


def _of_machine(machine: DeclaredMachine) -> Possessions:
    """What is passed through, and what its VMM has open for it."""
    given, makeup = machine.passed_through, machine.makeup
    opened = None if makeup is None else makeup.open_devices
    things: dict[Hashable, str] = {each: each for each in given.value or ()}
    said: tuple[Observation[object], ...] = (given,)
    if opened is not None and opened.value is not None:
        things |= {_by_path(path): path for path in opened.value if _OPENED_BY_VMM.match(path)}
        said = (given, opened)
    return Possessions(things, said, None if given.known else given)


def _of_container(
    rules: Observation[tuple[DeviceRule, ...]],
    container: DeclaredContainer | None,
    minors: Mapping[_Major, Mapping[Hashable, str]],
) -> Possessions:
    """What the device controller lets it use; where its rules are not shown, as of cgroup v2, what
    its engine says that it gave."""
    if rules.value is None:
        return Possessions(NOTHING, (), rules) if container is None else _given(container.devices)
    things: dict[Hashable, str] = {}
    for rule in rules.value:
        if not _is_a_device(rule):
            continue
        major, _, minor = rule.numbers.partition(":")
        if minor == "*":
            things |= minors.get((rule.kind, major), {})
        things[_key(rule)] = _name(rule)
    return Possessions(things or NOTHING, (rules,))


def _given(devices: Observation[tuple[str, ...]]) -> Possessions:
    if devices.value is None:
        return Possessions(NOTHING, (), devices)
    things: dict[Hashable, str] = {}
    strange = ""
    for device in devices.value:
        numbers = device.split(" ")
        if len(numbers) == _FIELDS_OF_A_RULE:
            rule = DeviceRule(*numbers)
            if _is_a_device(rule):
                things[_key(rule)] = _name(rule)
        elif not _OWN_FOR_EACH.fullmatch(device):
            things[_by_path(device)] = device
            strange = strange or (device if _by_path(device) == device else "")
    says = f"it was given {strange}; which device that is, its name does not say"
    doubt = Unknown(Doubt.NOT_SAID, says, f"ls -lL {strange}")
    unread = replace(devices, value=None, unknown=doubt) if strange else None
    return Possessions(things or NOTHING, (devices,), unread)


_FIELDS_OF_A_RULE = 3


def _by_path(path: str) -> Hashable:
    """The numbers of a device, where its name tells them; the path otherwise."""
    for name, major, first in _NUMBERED:
        match = name.fullmatch(path)
        if match is not None:
            return "c", f"{major}:{first + int(match[1])}"
    return path


_NUMBERED = (
    (re.compile(r"/dev/dri/(?:card|renderD)([0-9]{1,4})"), 226, 0),
    (re.compile(r"/dev/nvidia([0-9]{1,3})"), 195, 0),
    (re.compile(r"/dev/input/event([0-9]{1,2})"), 13, 64),
)
"""Names that tell minors: Documentation/admin-guide/devices.txt."""


def _minors(neighbours: Neighbours) -> Mapping[_Major, Mapping[Hashable, str]]:
    """Devices that somebody was given one by one, by their major: whoever was given all of a major
    has them too."""
    found: dict[_Major, dict[Hashable, str]] = defaultdict(dict)
    for index in range(len(neighbours.workloads)):
        for rule in neighbours.process(index).device_rules.value or ():
            major, _, minor = rule.numbers.partition(":")
            if minor != "*" and _is_a_device(rule):
                found[rule.kind, major][_key(rule)] = _name(rule)
    return found


def _is_a_device(rule: DeviceRule) -> bool:
    """Whether a rule names devices that one holder changes or sees for the others. A rule for all
    devices names none: what it opens is the host."""
    major = rule.numbers.partition(":")[0]
    if rule.kind == "a" or major == "*" or not {"r", "w"} & set(rule.access):
        return False
    if rule.kind == "b":
        return True
    if rule.numbers in _OWN_FOR_EACH_NUMBERS or not major.isdecimal():
        return False
    return int(major) not in _TERMINALS and int(major) not in _ASSIGNED_ON_THE_FLY


def _key(rule: DeviceRule) -> Hashable:
    return rule.kind, rule.numbers


def _name(rule: DeviceRule) -> str:
    return f"{'block' if rule.kind == 'b' else 'character'} device {rule.numbers}"


def shared_groups(neighbours: Neighbours) -> list[Judgement]:
    """For each workload: whether a device of its IOMMU groups is passed through to another
    tenant's."""
    return in_common(
        neighbours,
        [_groups(neighbours, index) for index in range(len(neighbours.workloads))],
        _GROUP,
    )


def _groups(neighbours: Neighbours, index: int) -> Possessions:
    workload, host = neighbours.workloads[index], neighbours.inventory.host.virtualisation
    if not workload.own_kernel:
        return Possessions(NOTHING, (neighbours.kinds[index],))
    if workload.machine is None:
        return Possessions(NOTHING, (), neighbours.undescribed(index))
    given = workload.machine.passed_through
    functions = [each[4:] for each in given.value or () if each.startswith("pci ")]
    if given.value is None or not functions:
        return Possessions(NOTHING, (given,), None if given.known else given)
    if host is None:
        return Possessions(NOTHING, (given,), _NOT_LOOKED)
    groups = host.pci_groups
    if groups.value is None:
        return Possessions(NOTHING, (given,), groups)
    things: dict[Hashable, str] = {
        frozenset((function, *groups.value[function])): f"PCI device {function}"
        for function in functions
        if function in groups.value
    }
    return Possessions(things, (given, groups))
