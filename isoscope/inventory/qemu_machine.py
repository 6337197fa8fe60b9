"""What QEMU's options say of the machine: disks, networks, devices, memory.

Sources: qemu-system(1); QEMU's qapi/block-core.json, qapi/net.json and qapi/qom.json.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from isoscope.inventory.json_fields import NotSaidError
from isoscope.inventory.network import Apart, NetworkAttachment
from isoscope.inventory.qemu_options import Option, read_options, read_value, switch
from isoscope.inventory.workload import Limit, Volume

_IMPLIED = {
    "machine": "type",
    "object": "qom-type",
    "device": "driver",
    "netdev": "type",
    "nic": "type",
    "net": "type",
    "blockdev": "driver",
    "drive": "file",
    "name": "guest",
    "m": "size",
    "smp": "cpus",
    "fsdev": "fsdriver",
    "virtfs": "fsdriver",
    "chardev": "backend",
}
_IMAGES = ("hda", "hdb", "hdc", "hdd", "fda", "fdb", "sd", "mtdblock", "pflash")
_MULTIPLES = {"": 1 << 20, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


@dataclass(frozen=True, slots=True)
class QemuOptions:
    """A command line, its options grouped by name, each value as its keys."""

    options: Sequence[Option]
    values: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, arguments: Sequence[str]) -> QemuOptions:
        """The options of a command line without its program.

        Raises:
            ValueError: one of those that are looked at cannot be read.
        """
        options = read_options(arguments)
        values: dict[str, list[Mapping[str, str]]] = {}
        for option in options:
            name = "machine" if option.name == "M" else option.name
            if name in _IMPLIED:
                values.setdefault(name, []).append(read_value(option.value, _IMPLIED[name]))
        return cls(options, values)

    def all(self, name: str) -> Sequence[Mapping[str, str]]:
        """The keys of every option of that name."""
        return self.values.get(name, ())

    def merged(self, name: str) -> dict[str, str]:
        """The keys of all options of that name together; a later one counts."""
        return {key: value for keys in self.all(name) for key, value in keys.items()}

    def last(self, name: str) -> str:
        """The text of the last option of that name; empty where there is none."""
        return next((o.value for o in reversed(self.options) if o.name == name), "")

    def objects(self) -> dict[str, Mapping[str, str]]:
        """The objects by their id."""
        return {keys["id"]: keys for keys in self.all("object") if "id" in keys}

    @property
    def complete(self) -> bool:
        """Whether all of the configuration stands on the command line."""
        return not any(
            option.name in ("readconfig", "loadvm", "incoming") for option in self.options
        )


def disks(options: QemuOptions) -> tuple[Volume, ...]:
    """Images, host disks and shared directories.

    Raises:
        NotSaidError: a directory is shared by another process, on whose command line it stands.
    """
    if any(keys.get("driver", "").startswith("vhost-user-fs") for keys in options.all("device")):
        raise NotSaidError("which directory virtiofsd shares is not on the VMM's command line")
    found = [Volume("disk", o.value, o.name, True) for o in options.options if o.name in _IMAGES]
    found += [Volume("disk", o.value, o.name, False) for o in options.options if o.name == "cdrom"]
    for keys in options.all("drive"):
        file = keys.get("file") or keys.get("file.filename") or keys.get("filename", "")
        if file:
            read_only = keys.get("media") == "cdrom" or switch(
                keys, "readonly" if "readonly" in keys else "read-only", otherwise=False
            )
            found.append(Volume("disk", file, keys.get("id", ""), not read_only))
    found += _blockdevs(options.all("blockdev"))
    for keys in (*options.all("fsdev"), *options.all("virtfs")):
        if "path" in keys:
            writable = not switch(keys, "readonly", otherwise=False)
            found.append(Volume("filesystem", keys["path"], keys.get("mount_tag", ""), writable))
    return tuple(found)


def _blockdevs(nodes: Sequence[Mapping[str, str]]) -> Iterator[Volume]:
    """The files of a graph of block nodes. One is writable unless it, or all that use it, are
    read-only; what only backs another is read-only, as QEMU writes to the top alone."""
    parts: dict[str, list[str]] = {}
    users_read_only: dict[str, bool] = {}
    backing: dict[str, list[str]] = {}
    for keys in nodes:
        name = keys.get("node-name", "")
        read_only = switch(keys, "read-only", otherwise=False)
        for key, of in (("file", parts), ("data-file", parts), ("backing", backing)):
            if key in keys:
                of.setdefault(name, []).append(keys[key])
                users_read_only[keys[key]] = users_read_only.get(keys[key], True) and read_only
    tops = [name for keys in nodes if (name := keys.get("node-name", "")) not in users_read_only]
    written = _reached(tops, parts)
    based_on = _reached(tops, parts, backing) - written
    for keys in nodes:
        name = keys.get("node-name", "")
        backs = name in based_on
        read_only = switch(keys, "read-only", otherwise=False) or users_read_only.get(name, False)
        for prefix in ("", "file."):
            source = keys.get(f"{prefix}filename") or keys.get(f"{prefix}path", "")
            if source:
                kind = "backing" if backs else "disk"
                yield Volume(kind, source, name, not (read_only or backs))


def _reached(tops: Sequence[str], *edges: Mapping[str, Sequence[str]]) -> set[str]:
    """The nodes that others lead to, those themselves counted."""
    found: set[str] = set()
    pending = list(tops)
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending.extend(each for leads in edges for each in leads.get(name, ()))
    return found


def networks(options: QemuOptions, bridge_of: Mapping[str, str]) -> tuple[NetworkAttachment, ...]:
    """The segments that it is on.

    Args:
        options: the command line.
        bridge_of: the bridge of each tap device of the host, as far as known.

    Raises:
        NotSaidError: it has a tap device, and the bridge of that is not known.
    """
    found = []
    for keys in (*options.all("netdev"), *options.all("nic"), *options.all("net")):
        kind = keys.get("type", "")
        name = keys.get("id", kind)
        if kind == "bridge" or (kind == "tap" and "br" in keys):
            bridge = keys.get("br", "br0")
            found.append(NetworkAttachment(bridge, name, "bridge", Apart.NOTHING))
        elif kind == "tap":
            device = keys.get("ifname", "")
            if device not in bridge_of:
                which = f"device {device[:40]}" if device else "a device that it was handed open"
                raise NotSaidError(f"on which bridge {which} is, is not on the command line")
            found.append(
                NetworkAttachment(bridge_of[device], name, "bridge", Apart.NOTHING, port=device)
            )
        elif "mcast" in keys:
            segment = f"mcast {keys['mcast']}"
            found.append(NetworkAttachment(segment, name, "socket", Apart.NOTHING, False))
        elif kind not in _NO_SEGMENT:
            raise NotSaidError(f"what {kind[:40]} network {name[:40]} leads to is not known")
    return tuple(found)


_NO_SEGMENT = ("user", "none", "nic", "passt", "hubport")
"""User networking ends in the VMM; a hub port or NIC only joins what others connect."""


def passed_through(options: QemuOptions) -> tuple[str, ...]:
    """Host devices that the guest drives."""
    found = []
    for keys in options.all("device"):
        driver = keys.get("driver", "")
        if driver.startswith(("vfio-", "pci-assign", "kvm-pci-assign")):
            bus = "pci" if "pci" in driver else driver.removeprefix("vfio-")
            host = keys.get("host", "")
            if host and bus == "pci" and host.count(":") == 1:
                host = f"0000:{host}"
            found.append(f"{bus} {host or keys.get('sysfsdev', '')}".rstrip())
        elif driver == "usb-host":
            address = ":".join(keys.get(key, "?") for key in ("hostbus", "hostaddr"))
            product = ":".join(keys.get(key, "?") for key in ("vendorid", "productid"))
            found.append(f"usb {product if '?' in address else address}")
        elif driver == "vhost-scsi-pci":
            found.append(f"scsi {keys.get('wwpn', '')}".rstrip())
    return tuple(found)


def shared_memory(options: QemuOptions) -> tuple[str, ...]:
    """Regions of ivshmem: the name below ``/dev/shm``, or the path of the file or server. One whose
    memory has no name is left out: nobody finds it by a name.

    Raises:
        NotSaidError: what backs one is not on the command line.
    """
    objects = options.objects()
    sockets = {keys.get("id", ""): keys.get("path", "") for keys in options.all("chardev")}
    found = []
    for keys in options.all("device"):
        driver = keys.get("driver", "")
        if driver == "ivshmem-plain":
            backend = objects.get(keys.get("memdev", ""))
            if backend is None:
                raise NotSaidError("what backs an ivshmem device is not on the command line")
            if "mem-path" in backend:
                found.append(backend["mem-path"].removeprefix("/dev/shm/"))  # noqa: S108
        elif driver.startswith("ivshmem"):
            chardev = keys.get("chardev", "")
            found.append(keys.get("shm") or sockets.get(chardev) or chardev)
    return tuple(found)


def may_merge_pages(options: QemuOptions) -> bool:
    """Whether it offers its memory to KSM, as it does unless told otherwise."""
    return switch(options.merged("machine"), "mem-merge", otherwise=True)


def memory(options: QemuOptions) -> Limit:
    """Bytes of the guest's memory; 128 MiB where the command line says nothing."""
    text = options.merged("m").get("size", "128").lower()
    number, suffix = (text[:-1], text[-1]) if text[-1:].isalpha() else (text, "")
    if suffix not in _MULTIPLES or not number.replace(".", "", 1).isdecimal():
        raise ValueError(f"{text[:40]} is no amount of memory")
    return Limit(float(number) * _MULTIPLES[suffix], "-m")


def cpus(options: QemuOptions) -> Limit:
    """Number of virtual CPUs; 1 where the command line says nothing."""
    keys = options.merged("smp")
    if "cpus" in keys:
        return Limit(float(int(keys["cpus"])), "-smp")
    levels = ("drawers", "books", "sockets", "dies", "clusters", "modules", "cores", "threads")
    amount = 1
    for level in levels:
        amount *= int(keys.get(level, "1"))
    return Limit(float(amount), "-smp")
