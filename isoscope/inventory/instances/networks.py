"""The networks of Incus and LXD, and how instances are on them.

Source: the Incus documentation, "Type: nic" and "Networks".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from isoscope.inventory.engines.description import doubt_of
from isoscope.inventory.instances.settings import (
    Device,
    config_of,
    devices_of,
    metadata_list,
)
from isoscope.inventory.json_fields import NotSaidError, get_bool, get_str, parse_json
from isoscope.inventory.network import Apart, NetworkAttachment
from isoscope.snapshot.reading import Reading

_OWN_DEVICE = ("physical", "sriov", "infiniband")
_ROUTED = ("p2p", "routed")
_BESIDE_A_PARENT = ("macvlan", "ipvlan")


@dataclass(frozen=True, slots=True)
class Networks:
    """The networks of one server: their types by name."""

    kinds: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, reading: Reading) -> Networks:
        """Those in its list, as far as it can be read: on any other, an instance says that it is
        not known."""
        if doubt_of(reading) is not None:
            return cls()
        kinds: dict[str, str] = {}
        try:
            for entry in metadata_list(parse_json(reading.text())):
                if get_bool(entry, "managed"):
                    kinds.setdefault(get_str(entry, "name"), get_str(entry, "type"))
        except ValueError:
            return cls(kinds)
        return cls(kinds)

    def of_instance(self, document: object) -> tuple[NetworkAttachment, ...]:
        """On which networks an instance is.

        Raises:
            NotSaidError: that cannot be told for one of them.
        """
        config = config_of(document)
        nics = [device for device in devices_of(document) if device.get("type") == "nic"]
        found = [self._attachment(device, config) for device in nics]
        return tuple(each for each in found if each is not None)

    def _attachment(self, device: Device, config: Mapping[str, str]) -> NetworkAttachment | None:
        name, parent = device.get("network"), device.get("parent")
        kind = self.kinds.get(name, "") if name else device.get("nictype")
        if kind in _ROUTED or kind in _OWN_DEVICE:
            return None  # a link with the host alone, or a device that nobody else has
        if kind in ("bridge", "bridged"):
            return NetworkAttachment(
                network=name or parent,
                name=name or parent,
                driver="bridge",
                kept_apart_by=_apart(device),
                drops_forged=_drops_forged(device),
                port=device.get("host_name") or config.get(f"volatile.{device.name}.host_name", ""),
            )
        if kind in _BESIDE_A_PARENT and (parent or name):
            return NetworkAttachment(parent or name, parent or name, kind, Apart.NOTHING)
        if kind == "ovn":
            return NetworkAttachment(f"ovn {name}", name, kind, Apart.NOT_SAID)
        raise NotSaidError(f"on what network its {device.name[:40]} is, is not said")


def _apart(device: Device) -> Apart:
    """Access lists of a bridge hold at its border, and not between those that are on it."""
    return Apart.ISOLATED_PORTS if device.says("security.port_isolation") else Apart.NOTHING


def _drops_forged(device: Device) -> bool:
    """Whether frames under another's MAC address are dropped: who filters by IP address filters by
    MAC address too."""
    return any(device.says(f"security.{kind}_filtering") for kind in ("mac", "ipv4", "ipv6"))
