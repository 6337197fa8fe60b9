"""What ``xl`` says of how a guest of Xen is put together.

Source: libxl_types.idl (``libxl_domain_config``), which ``xl list --long`` words as JSON.
"""

from __future__ import annotations

from collections.abc import Iterator

from isoscope.inventory.engines.description import JsonDescription
from isoscope.inventory.json_fields import NotSaidError, get_int, get_list, get_str
from isoscope.inventory.makeup import Endpoint, MachineMakeup, MachineParts
from isoscope.inventory.network import Apart, NetworkAttachment
from isoscope.inventory.workload import DeclaredMachine, LaunchSecurity, Limit, Volume

_ARGUMENTS = ("device_model_args", "device_model_args_pv", "device_model_args_hvm")
_DEFAULT_BRIDGE = "xenbr0"


def xen_machine(document: JsonDescription) -> DeclaredMachine:
    """What the configuration of a guest says."""
    config = ("config",)
    return DeclaredMachine(
        # No Xen encrypts the memory of its guests.
        launch_security=document.observe(
            "launch-security", lambda _: LaunchSecurity("none"), *config, "c_info", "type"
        ),
        disks=document.observe("disks", _disks, *config, "disks"),
        networks=document.observe("networks", _networks, *config, "nics"),
        passed_through=document.observe("passed-through", _passed_through, *config, "pcidevs"),
        shared_memory=document.observe("shared-memory", _shared_memory, *config, "sshms"),
        may_merge_pages=document.observe("may-merge-pages", _may_merge_pages),
        memory=document.observe("machine-memory", _memory, *config, "b_info", "max_memkb"),
        cpu=document.observe("machine-cpus", _cpus, *config, "b_info", "max_vcpus"),
        makeup=MachineMakeup(document.observe("machine-parts", _parts, *config, "c_info", "type")),
    )


def _items(document: object, name: str) -> Iterator[object]:
    """The devices of one kind; the field is left out where there is none."""
    try:
        yield from get_list(document, "config", name)
    except NotSaidError:
        get_str(document, "config", "c_info", "uuid")


def text_at(document: object, *path: str) -> str:
    """The text at a path; empty where there is none."""
    try:
        return get_str(document, *path)
    except ValueError:
        return ""


def _number(document: object, *path: str) -> int:
    try:
        return get_int(document, *path)
    except NotSaidError:
        return 0


def _disks(document: object) -> tuple[Volume, ...]:
    found = []
    for disk in _items(document, "disks"):
        source = text_at(disk, "pdev_path")
        if source:  # a drive without a medium has none
            writable = _number(disk, "readwrite") != 0
            found.append(Volume("disk", source, text_at(disk, "vdev"), writable))
    found += [
        Volume("filesystem", text_at(share, "path"), text_at(share, "tag"), writable=True)
        for share in _items(document, "p9s")
    ]
    return tuple(found)


def _networks(document: object) -> tuple[NetworkAttachment, ...]:
    found = []
    for nic in _items(document, "nics"):
        bridge = text_at(nic, "bridge") or _DEFAULT_BRIDGE
        port = f"vif{_number(document, 'domid')}.{_number(nic, 'devid')}"
        port = text_at(nic, "ifname") or port
        found.append(NetworkAttachment(bridge, bridge, "bridge", Apart.NOTHING, port=port))
    return tuple(found)


def _passed_through(document: object) -> tuple[str, ...]:
    found = []
    for device in _items(document, "pcidevs"):
        domain, bus, slot, function = (
            _number(device, part) for part in ("domain", "bus", "dev", "func")
        )
        found.append(f"pci {domain:04x}:{bus:02x}:{slot:02x}.{function:x}")
    found += [
        f"usb {_number(each, 'hostbus')}:{_number(each, 'hostaddr')}"
        for each in _items(document, "usbdevs")
    ]
    found += [f"device tree {text_at(each, 'path')}" for each in _items(document, "dtdevs")]
    return tuple(found)


def _shared_memory(document: object) -> tuple[str, ...]:
    return tuple(text_at(region, "id") for region in _items(document, "sshms"))


def _may_merge_pages(document: object) -> bool:
    get_str(document, "config", "c_info", "uuid")
    raise NotSaidError("whether its pages may be merged with others' is not in its configuration")


def _memory(document: object) -> Limit:
    kibibytes = get_int(document, "config", "b_info", "max_memkb")
    if kibibytes <= 0:
        raise ValueError("its memory is no amount")
    return Limit(float(kibibytes * 1024), "max_memkb")


def _cpus(document: object) -> Limit:
    return Limit(float(get_int(document, "config", "b_info", "max_vcpus")), "max_vcpus")


def _parts(document: object) -> MachineParts:
    """What is emulated for it, and who reaches its console."""
    build = ("config", "b_info")
    if any(_has(document, *build, name) for name in _ARGUMENTS):
        raise NotSaidError("its QEMU has further arguments, which were not kept")
    kind = text_at(document, "config", "c_info", "type")
    hvm = (*build, "type.hvm")
    stub = text_at(document, *build, "device_model_stubdomain") == "true"
    emulated = kind == "hvm" and not stub
    model = text_at(document, *build, "device_model_version") or "its default device model"
    consoles = [_vnc(document, *hvm, "vnc")] if emulated else []
    consoles += [_vnc(each, "vnc") for each in _items(document, "vfbs")]
    given = (text_at(document, *build, name) for name in ("kernel", "ramdisk"))
    nested = text_at(document, *hvm, "nested_hvm")
    return MachineParts(
        wide_devices=(f"a whole PC by {model}",) if emulated else (),
        endpoints=tuple(each for each in consoles if each is not None),
        boot=tuple(path for path in given if path),
        nested=nested.lower() == "true" if nested else None,
    )


def _has(document: object, *path: str) -> bool:
    try:
        return bool(get_list(document, *path))
    except NotSaidError:
        return False


def _vnc(document: object, *path: str) -> Endpoint | None:
    """Its console over VNC, where it has one; whoever connects must know the password, if any."""
    if text_at(document, *path, "enable").lower() != "true":
        return None
    listen = text_at(document, *path, "listen") or "127.0.0.1"
    address, _, port = listen.partition(":")
    asks = text_at(document, *path, "passwd") != ""
    return Endpoint("vnc", network=True, address=f"{address}:{port or '5900'}", authenticated=asks)
