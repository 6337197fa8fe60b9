"""The host's facts, put together."""

from __future__ import annotations

from collections.abc import Iterator

from isoscope.inventory.host import HostFacts
from isoscope.inventory.machine import identity, resources
from isoscope.inventory.machine.answers import HOST, decimal, line, read, shown
from isoscope.inventory.machine.attack_vectors import vectors_off
from isoscope.inventory.machine.bridge_ports import bridge_ports
from isoscope.inventory.machine.cores import cores
from isoscope.inventory.machine.cpu_flaws import cpu_flaws, flaw_list
from isoscope.inventory.machine.forwarding import forwarding, in_hosts_network
from isoscope.inventory.machine.guest import guest_signs, is_guest
from isoscope.inventory.machine.inside import container_signs, foreign_namespaces
from isoscope.inventory.machine.kernel_settings import kernel_settings
from isoscope.inventory.machine.keyrings import session_keyrings
from isoscope.inventory.machine.links import links, network_ids
from isoscope.inventory.machine.lsm import active_lsms, apparmor, selinux
from isoscope.inventory.machine.processor import Processor
from isoscope.inventory.machine.quotas import quotas
from isoscope.inventory.machine.reach import reach
from isoscope.inventory.machine.selinux_booleans import selinux_booleans
from isoscope.inventory.machine.side_channels import cache_groups, memory_errors, power_meters
from isoscope.inventory.machine.tee import tee_availability
from isoscope.inventory.machine.user_quotas import key_users
from isoscope.inventory.machine.virtualisation import virtualisation
from isoscope.inventory.observation import KERNEL, Doubt, Observation, known, unknown
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Channel, Gap

_SYSCTL = "/proc/sys/"
_LOCKDOWN = "/sys/kernel/security/lockdown"


def host_facts(snapshot: Snapshot) -> HostFacts:
    """Everything that a snapshot says of the host itself. Never raises for what a snapshot holds:
    what is missing or not understood is unknown, with its reason."""
    architecture = identity.architecture(snapshot)
    kernel = identity.kernel_release(snapshot)
    processor = Processor(snapshot, architecture.value)
    guest = is_guest(snapshot, processor)
    lsms = active_lsms(snapshot)
    lockdown = _lockdown(snapshot)
    of_host = reach(snapshot, lockdown)
    smt = resources.smt_active(snapshot, guest)
    online = resources.online_cpus(snapshot)
    return HostFacts(
        name=identity.host_name(snapshot),
        operating_system=identity.operating_system(snapshot),
        kernel=kernel,
        architecture=architecture,
        is_guest=guest,
        guest_signs=guest_signs(snapshot, processor) + container_signs(snapshot),
        lsms=lsms,
        selinux=selinux(snapshot, lsms),
        apparmor=apparmor(snapshot, lsms),
        selinux_booleans=selinux_booleans(snapshot),
        cpu_flaws=cpu_flaws(snapshot, guest),
        flaw_list=flaw_list(snapshot, guest),
        vectors_off=vectors_off(snapshot),
        smt_active=smt,
        cores=cores(snapshot, smt, online),
        bridges_filtered=resources.bridges_filtered(snapshot),
        page_merging=resources.page_merging(snapshot),
        memory_bytes=resources.memory_bytes(snapshot),
        online_cpus=online,
        swap_active=resources.swap_active(snapshot),
        virtualisation=virtualisation(snapshot),
        kernel_settings=kernel_settings(snapshot),
        tees=tee_availability(snapshot, processor, guest, kernel.value),
        observations=(
            identity.kernel_version(snapshot),
            _cpu_model(processor),
            foreign_namespaces(snapshot),
            lockdown,
            *of_host.observations(),
            *_sysctls(snapshot),
        ),
        reach=of_host,
        key_users=key_users(snapshot),
        session_keyrings=session_keyrings(snapshot),
        bridge_ports=bridge_ports(snapshot),
        forwarding=forwarding(snapshot),
        links=links(snapshot) if in_hosts_network(snapshot) else None,
        network_ids=network_ids(snapshot),
        power_meters=power_meters(snapshot),
        cache_groups=cache_groups(snapshot),
        memory_errors=memory_errors(snapshot),
        quotas=quotas(snapshot),
    )


def _cpu_model(processor: Processor) -> Observation[object]:
    model = processor.fields.get("model name") or processor.vendor
    reading = processor.cpuinfo
    if model:
        return known(HOST, "cpu-model", model, reading, parties=KERNEL, excerpt=model)
    return unknown(
        HOST,
        "cpu-model",
        reading.gap or Doubt.NOT_SAID,
        "the processor's name could not be read",
        "mount proc at /proc",
        reading,
    )


def _lockdown(snapshot: Snapshot) -> Observation[object]:
    """How far the kernel keeps root out of it: ``kernel_lockdown(7)``; the chosen word stands in
    brackets."""
    settled = "mount securityfs at /sys/kernel/security"
    return read("lockdown", snapshot.file(_LOCKDOWN), parse_lockdown, settled)


def parse_lockdown(text: str) -> str:
    """The level in brackets.

    Raises:
        ValueError: no known level is in brackets.
    """
    for level in ("none", "integrity", "confidentiality"):
        if f"[{level}]" in text.split():
            return level
    raise ValueError(f"{shown(text.strip())} has no level in brackets")


def _sysctls(snapshot: Snapshot) -> Iterator[Observation[object]]:
    """Settings of the kernel that it has, by their ``sysctl(8)`` names."""
    for reading in snapshot.of_channel(Channel.FILE):
        path = reading.source.target
        if path.startswith(_SYSCTL) and reading.gap is not Gap.ABSENT:
            name = path[len(_SYSCTL) :].replace("/", ".")
            if name not in _SHOWN_ELSEWHERE:
                yield read(f"sysctl-{name}", reading, _setting, "mount proc at /proc")


_SHOWN_ELSEWHERE = frozenset(
    (
        "kernel.hostname",
        "kernel.osrelease",
        "kernel.version",
        "kernel.arch",
        "kernel.core_pattern",
    )
)


def _setting(text: str) -> object:
    written = line(text)
    try:
        return decimal(written)
    except ValueError:
        return written
