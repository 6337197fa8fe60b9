"""The devices of an instance of Incus or LXD: what it is given of the host.

Source: the Incus documentation, "Devices".
"""

from __future__ import annotations

from isoscope.inventory.instances.settings import Device, devices_of
from isoscope.inventory.workload import Volume

_NODES = ("unix-char", "unix-block", "unix-hotplug")
_PASSED_THROUGH = ("gpu", "usb", "pci", "infiniband", "unix-hotplug")


def volumes(document: object) -> tuple[Volume, ...]:
    """Its disks: paths of the host as ``bind``, what a storage pool keeps as ``volume``; not its
    own root."""
    return tuple(
        _volume(device)
        for device in devices_of(document)
        if device.get("type") == "disk" and device.get("path") != "/"
    )


def machine_disks(document: object) -> tuple[Volume, ...]:
    """The same for a virtual machine: a directory of the host is shared with it by virtiofs or 9p,
    and its root is a volume of its own."""
    found = []
    for device in devices_of(document):
        if device.get("type") != "disk":
            continue
        given = _volume(device)
        if device.get("path") == "/":
            continue
        kind = "filesystem" if device.get("path") and given.kind == "bind" else "disk"
        found.append(Volume(kind, given.source, given.destination, given.writable))
    return tuple(found)


def _volume(device: Device) -> Volume:
    source, pool = device.get("source"), device.get("pool")
    kept = pool and not source.startswith("/")
    return Volume(
        "volume" if kept else "bind",
        f"{pool}/{source}" if kept else source,
        device.get("path"),
        not device.says("readonly"),
    )


def given_devices(document: object) -> tuple[str, ...]:
    """Devices of the host that a container was given: paths, or what was chosen of a kind."""
    found: list[str] = []
    for device in devices_of(document):
        kind = device.get("type")
        if kind in _NODES:
            path = device.get("source") or device.get("path")
            found.append(path or f"{kind} {_chosen(device)}".rstrip())
        elif kind == "gpu":
            found.append(f"/dev/dri {_chosen(device)}".rstrip())
        elif kind == "usb":
            found.append("/dev/bus/usb")
        elif kind in _PASSED_THROUGH:
            found.append(f"{kind} {_chosen(device)}".rstrip())
    return tuple(found)


def passed_through(document: object) -> tuple[str, ...]:
    """Devices of the host that a virtual machine drives itself."""
    found = []
    for device in devices_of(document):
        kind = device.get("type")
        address = device.get("address") if kind == "pci" else device.get("pci")
        if kind in ("gpu", "pci") and address:
            found.append(f"pci {address}")
        elif kind in _PASSED_THROUGH:
            found.append(f"{kind} {_chosen(device)}".rstrip())
        elif kind == "nic" and device.get("nictype") in ("physical", "sriov"):
            found.append(f"nic {device.get('parent')}")
    return tuple(found)


def _chosen(device: Device) -> str:
    keys = ("gputype", "address", "pci", "id", "vendorid", "productid")
    return " ".join(f"{key}={device.get(key)}" for key in keys if device.get(key))
