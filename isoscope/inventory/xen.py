"""Guests of Xen, as ``xl`` lists them in the domain that controls the others.

The hypervisor itself runs them: where no QEMU in this domain emulates their devices, no process of
the host is theirs, and what is asked of a VMM's process stays unknown. The list is the word of
Xen's tools, of this domain's kernel and of the hypervisor below it.

Source: libxl_types.idl (``libxl_domain_config``), which ``xl list --long`` words as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from isoscope.inventory.engines.description import (
    Described,
    JsonDescription,
    doubt_of,
    misunderstood,
)
from isoscope.inventory.engines.holes import hole
from isoscope.inventory.host import Hole
from isoscope.inventory.json_fields import NotSaidError, get_int, get_list, get_str, parse_json
from isoscope.inventory.makeup import Endpoint, MachineMakeup, MachineParts
from isoscope.inventory.network import Apart, NetworkAttachment
from isoscope.inventory.observation import VM_MANAGER, Party
from isoscope.inventory.workload import (
    Attributes,
    DeclaredMachine,
    LaunchSecurity,
    Limit,
    Volume,
    WorkloadKind,
)
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Channel, Gap, Reading
from isoscope.snapshot.xen import CAPABILITIES, HYPERVISOR, LIST_DOMAINS, TOOL, controls_others

_PARTIES = VM_MANAGER | {Party.OUTER_HYPERVISOR}
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CONTROL_DOMAIN = 0
_ARGUMENTS = ("device_model_args", "device_model_args_pv", "device_model_args_hvm")
_DEFAULT_BRIDGE = "xenbr0"


def described_guests(snapshot: Snapshot) -> tuple[list[Described], list[Hole]]:
    """The guests of this machine's Xen; a hole where there is one and they cannot be listed."""
    if snapshot.file(HYPERVISOR).text().strip() != "xen":
        return [], []
    capabilities = snapshot.file(CAPABILITIES)
    if capabilities.content is not None and not controls_others(capabilities.text()):
        return [], []  # a guest itself
    listing = snapshot.get(Channel.LIBRARY, TOOL, LIST_DOMAINS)
    doubt = doubt_of(listing if capabilities.content is not None else capabilities)
    found: list[Described] = []
    if doubt is None:
        try:
            found += (
                _described(entry, listing)
                for entry in get_list(parse_json(listing.text()))
                if get_int(entry, "domid") != _CONTROL_DOMAIN
            )
        except ValueError as error:
            doubt = misunderstood(listing, error)
    return found, [hole("guests of Xen", doubt, listing)] if doubt is not None else []


def _described(entry: object, listing: Reading) -> Described:
    uuid = get_str(entry, "config", "c_info", "uuid").lower()
    if not _UUID.fullmatch(uuid):
        raise ValueError("a UUID is none")
    identity = f"xen:{uuid}"
    document = JsonDescription(identity, listing, _PARTIES, entry)
    return Described(
        id=identity,
        kind=WorkloadKind.VIRTUAL_MACHINE,
        engine="xen",
        name=_text(entry, "config", "c_info", "name") or uuid,
        state="",
        runs=True,
        pid=None,
        attributes=Attributes(),
        endpoint=listing,
        machine=_machine(document),
        uuid=uuid,
        xen_domain=str(get_int(entry, "domid")),
    )


def without_process(reading: Reading) -> Reading:
    """Why nothing is known of the process of a guest that has none here."""
    detail = "the hypervisor runs it, and no process of this host"
    return Reading(
        reading.source, reading.at, reading.privilege, gap=Gap.UNSUPPORTED, detail=detail
    )


def _machine(document: JsonDescription) -> DeclaredMachine:
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


def _text(document: object, *path: str) -> str:
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
        source = _text(disk, "pdev_path")
        if source:  # a drive without a medium has none
            writable = _number(disk, "readwrite") != 0
            found.append(Volume("disk", source, _text(disk, "vdev"), writable))
    found += [
        Volume("filesystem", _text(share, "path"), _text(share, "tag"), writable=True)
        for share in _items(document, "p9s")
    ]
    return tuple(found)


def _networks(document: object) -> tuple[NetworkAttachment, ...]:
    found = []
    for nic in _items(document, "nics"):
        bridge = _text(nic, "bridge") or _DEFAULT_BRIDGE
        port = f"vif{_number(document, 'domid')}.{_number(nic, 'devid')}"
        port = _text(nic, "ifname") or port
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
    found += [f"device tree {_text(each, 'path')}" for each in _items(document, "dtdevs")]
    return tuple(found)


def _shared_memory(document: object) -> tuple[str, ...]:
    return tuple(_text(region, "id") for region in _items(document, "sshms"))


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
    kind = _text(document, "config", "c_info", "type")
    hvm = (*build, "type.hvm")
    stub = _text(document, *build, "device_model_stubdomain") == "true"
    emulated = kind == "hvm" and not stub
    model = _text(document, *build, "device_model_version") or "its default device model"
    consoles = [_vnc(document, *hvm, "vnc")] if emulated else []
    consoles += [_vnc(each, "vnc") for each in _items(document, "vfbs")]
    given = (_text(document, *build, name) for name in ("kernel", "ramdisk"))
    nested = _text(document, *hvm, "nested_hvm")
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
    if _text(document, *path, "enable").lower() != "true":
        return None
    listen = _text(document, *path, "listen") or "127.0.0.1"
    address, _, port = listen.partition(":")
    asks = _text(document, *path, "passwd") != ""
    return Endpoint("vnc", network=True, address=f"{address}:{port or '5900'}", authenticated=asks)
