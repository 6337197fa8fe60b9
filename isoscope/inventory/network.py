"""A workload on a network: the segment, and what keeps its members apart there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MADE_BY_THE_KERNEL = frozenset(
    {
        "lo",
        "tunl0",
        "sit0",
        "gre0",
        "gretap0",
        "erspan0",
        "ip_vti0",
        "ip6_vti0",
        "ip6tnl0",
        "ip6gre0",
    }
)
"""Devices that each network namespace has by itself, down until somebody configures them:
Documentation/admin-guide/sysctl/net.rst, fb_tunnels_only_for_init_net."""


class Apart(StrEnum):
    """What keeps the members of one layer-2 segment from each other, for a person."""

    NOTHING = "nothing"
    FIREWALL = "its engine's firewall rules (inter-container communication is off)"
    ISOLATED_PORTS = "isolated ports of the bridge"
    PRIVATE_MODE = "private mode of macvlan or ipvlan"
    SWITCH_OUTSIDE = "the switch outside (VEPA)"
    NOT_SAID = "nothing that anybody declares"


@dataclass(frozen=True, slots=True)
class PublishedPort:
    """A port of the host by which an engine leads whoever connects to it into a container."""

    address: str
    """Of the host; empty for all of its addresses."""
    port: str
    """Its number there."""
    leads_to: str
    """Number and protocol inside: ``80/tcp``."""

    @property
    def for_this_host_only(self) -> bool:
        """Whether only who is in the host's network namespace reaches it."""
        return self.address.startswith("127.") or self.address == "::1"


@dataclass(frozen=True, slots=True)
class NetworkAttachment:
    """A workload on one network of its manager: a layer-2 segment that others may join."""

    network: str
    """The manager's id of the network, or the name of the host's bridge."""
    name: str
    driver: str
    kept_apart_by: Apart
    """What the manager says keeps workloads on it from reaching each other."""
    drops_forged: bool | None = None
    """Whether the manager says that frames under another's addresses are dropped; None: not said.
    """
    port: str = ""
    """Name of the host's device by which it is on the bridge; empty where that is not said."""

    @property
    def isolates_neighbours(self) -> bool | None:
        """Whether the manager says that workloads on it cannot reach each other; None: not said."""
        if self.kept_apart_by is Apart.NOTHING:
            return False
        return None if self.kept_apart_by in (Apart.NOT_SAID, Apart.SWITCH_OUTSIDE) else True
