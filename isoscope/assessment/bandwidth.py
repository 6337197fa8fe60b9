"""Whether what a workload may send and receive over the network is bounded: tc(8)."""

from __future__ import annotations

from isoscope.assessment.judgement import Judgement, failing, holding, undecided
from isoscope.inventory.host import HostFacts
from isoscope.inventory.network import MADE_BY_THE_KERNEL
from isoscope.inventory.observation import Doubt, Observation, Unknown
from isoscope.inventory.workload import NamespaceKind, Workload

_BY_HAND = "tc qdisc show; tc filter show dev DEVICE ingress"
_NOT_LOOKED = Unknown(Doubt.NOT_SAID, "nobody looked for what shapes traffic", "scan again")


def bandwidth_limited(workload: Workload, host: HostFacts) -> Judgement:
    """Whether every way of a workload onto the network is bounded in both directions.

    Raises:
        ValueError: it does not run.
    """
    process = workload.process
    if process is None:
        raise ValueError(f"{workload.id} does not run")
    if not workload.own_kernel:
        in_host, interfaces = (
            process.in_host_namespace[NamespaceKind.NETWORK],
            process.network_interfaces,
        )
        if in_host.value:
            return failing("it uses the host's own network devices", in_host)
        own = None if interfaces.value is None else set(interfaces.value) - MADE_BY_THE_KERNEL
        if in_host.value is False and own == set():
            return holding("it has no network device", in_host, interfaces)
    links = host.links
    if links is None:
        return undecided(_NOT_LOOKED)
    if links.value is None:
        return undecided(links.doubt, links)
    devices, said = _devices(workload, host)
    if devices is None:
        return undecided(_unnamed(workload), links, *said)
    shaped = {name: links.value.shaping.get(name) for name in devices}
    for name, shaping in shaped.items():
        for bounded, what in (
            (shaping and shaping.coming_in, "sends"),
            (shaping and shaping.going_out, "receives"),
        ):
            if bounded is False:
                return failing(f"nothing bounds what it {what} by {name[:20]}", links, *said)
    unclear = [name for name, each in shaped.items() if not (each and each.coming_in)]
    unclear += [name for name, each in shaped.items() if not (each and each.going_out)]
    if unclear:
        says = f"whether all that passes {unclear[0][:20]} is bounded, was not understood"
        return undecided(Unknown(Doubt.NOT_SAID, says, _BY_HAND), links, *said)
    says = f"bounded at {', '.join(devices)[:80]}" if devices else "it is on no network"
    return holding(says, links, *said)


def _devices(
    workload: Workload, host: HostFacts
) -> tuple[tuple[str, ...] | None, tuple[Observation[object], ...]]:
    """The host's devices whose other ends a workload has; None where they are not all known."""
    process, links = workload.process, host.links
    if workload.machine is not None:
        networks = workload.machine.networks
        # One without any may still be on its VMM's own network, which ends in the VMM.
        ports = [attachment.port for attachment in networks.value or ()]
        return (tuple(ports) if ports and all(ports) else None), (networks,)
    numbers = host.network_ids
    if process is None or links is None or links.value is None or numbers is None:
        return None, ()
    by_pid = numbers.value or {}
    own = next((by_pid[pid] for pid in process.pids if pid in by_pid), None)
    found = links.value.by_namespace.get(own, ()) if own is not None else ()
    inside = process.network_interfaces
    devices = set(inside.value or ()) - MADE_BY_THE_KERNEL
    complete = inside.known and 0 < len(devices) <= len(found)
    return (found if complete else None), (numbers, inside)


def _unnamed(workload: Workload) -> Unknown:
    return Unknown(
        Doubt.NOT_SAID,
        f"which of the host's network devices lead to {workload.name[:40]} is not known",
        "ip link, for the device that its interface is paired with",
    )
