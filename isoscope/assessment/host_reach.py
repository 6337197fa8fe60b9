"""What the host can do to every workload alike: judged once, the same object for all of them."""

from __future__ import annotations

from collections.abc import Mapping

from isoscope.assessment.judgement import Judgement, any_of, test, undecided
from isoscope.inventory.host import HostFacts
from isoscope.inventory.observation import Doubt, Unknown
from isoscope.inventory.reach import Boot, KernelTable, ListeningPort, Pressure, Reach, SocketMode

_MOST_NAMES = 6
_READS_ONLY = ("adm", "kvm")
"""Groups that are not as good as root: they read logs, or may use KVM."""


def host_reach(host: HostFacts) -> Mapping[str, Judgement]:
    """Judgements on a host by the id of the measure or exposure."""
    reach = host.reach
    return {
        "root-equivalent-users": _administrators(reach),
        "swapped-in-clear": _swap(reach),
        "memory-images-on-disk": test(
            reach.memory_images,
            bool,
            yes="; ".join,
            no="no crash kernel is loaded and there is no place to hibernate to",
        ),
        "core-pattern": test(
            reach.core_pattern,
            lambda pattern: pattern.startswith(("|", "@")),
            yes=lambda pattern: f"the host's kernel hands core dumps to {pattern[:60]}",
            no=lambda pattern: f"core dumps are written beside the program, as {pattern[:60]!r}",
        ),
        "storage-encrypted": test(
            reach.storage_in_clear,
            lambda places: not places,
            yes="what workloads write lies on encrypted devices, under a key that the host holds",
            no=lambda places: f"in clear: {_some(places)}",
        ),
        "host-boot-verified": _boot(reach),
        "migration-encrypted": test(
            reach.migration_encrypted,
            bool,
            yes="libvirt moves no guest in clear: migrate_tls_force is on",
            no="libvirt moves a guest in clear unless it is asked not to: migrate_tls_force is off",
        ),
        "signatures-required": test(
            reach.signatures_required,
            bool,
            yes="images without a signature are refused by default",
            no="the policy takes any image: insecureAcceptAnything",
        ),
        "router-advertisements-followed": test(
            reach.bridges_taking_routes,
            bool,
            yes=lambda names: f"the host takes routes from whoever is on {_some(names)}",
            no="the host takes routes from nobody on a bridge",
        ),
        "manager-reached-by-network": _by_network(reach),
        "manager-socket-open-to-all": _open_sockets(reach),
        "kernel-table-nearly-full": test(
            reach.tables,
            lambda tables: any(map(_nearly_full, tables)),
            yes=lambda tables: _some(
                [
                    f"{table.name}: {table.used} of {table.most}"
                    for table in tables
                    if _nearly_full(table)
                ]
            ),
            no="open files, pseudo-terminals and tracked connections are far from their limits",
        ),
        "host-under-pressure": test(
            reach.pressure,
            lambda found: any(map(_waits, found)),
            yes=lambda found: (
                "some task of the host waited, in the last five minutes: "
                + ", ".join(f"{p.waited:g} % for {p.resource}" for p in found if _waits(p))
            ),
            no="tasks of the host hardly wait for CPU, memory or I/O",
        ),
    }


_NEARLY = 0.8
_WAITS_FROM = {"cpu": 50.0, "memory": 10.0, "io": 10.0}
"""Percent of time. Some task waits for a CPU every day, but hardly ever for memory."""


def _nearly_full(table: KernelTable) -> bool:
    return table.used >= _NEARLY * table.most


def _waits(pressure: Pressure) -> bool:
    return pressure.waited >= _WAITS_FROM.get(pressure.resource, 0.0)


def _administrators(reach: Reach) -> Judgement:
    """Names of groups and their members, or a socket that anybody may write to."""
    in_groups = test(
        reach.administrators,
        lambda groups: any(name not in _READS_ONLY for name in groups),
        yes=lambda groups: "; ".join(
            f"group {name}: {_some(members)}"
            for name, members in groups.items()
            if name not in _READS_ONLY
        ),
        no="no group that is as good as root lists a member",
    )
    return any_of(
        in_groups,
        _open_sockets(reach),
        otherwise="nobody but root, and whoever sudo or polkit lets in, is named",
    )


def _open_sockets(reach: Reach) -> Judgement:
    return test(
        reach.sockets,
        lambda sockets: any(socket.open_to_all for socket in sockets),
        yes=lambda sockets: (
            "every user of the host: "
            + _some([_worded(socket) for socket in sockets if socket.open_to_all])
        ),
        no="no engine's socket takes orders from every user",
    )


def _by_network(reach: Reach) -> Judgement:
    warned = test(
        reach.engine_warnings,
        bool,
        yes=lambda warnings: f"the engine says itself: {warnings[0][:160]}",
        no="no engine warns that its API is open",
    )
    listening = test(
        reach.listening,
        lambda ports: any(map(_is_open, ports)),
        yes=lambda ports: _some([_port(port) for port in ports if _is_open(port)]),
        no=lambda ports: (
            _some([f"{_port(port)} and asks for a certificate" for port in ports])
            or "no manager listens on TCP"
        ),
    )
    unclear = [port for port in reach.listening.value or () if port.checks_clients is None]
    if listening.holds is False and unclear:
        doubt = Unknown(
            Doubt.NOT_SAID,
            f"{_port(unclear[0])}; whether it asks clients for a certificate is not shown",
            "look for tlsverify in daemon.json, for tls_no_verify_certificate in libvirtd.conf",
        )
        listening = undecided(doubt, reach.listening)
    return any_of(warned, listening, otherwise=listening.says)


def _is_open(port: ListeningPort) -> bool:
    return port.tls is False or port.checks_clients is False


def _port(port: ListeningPort) -> str:
    place = "of the host's loopback" if port.loopback else "of the host"
    return f"port {port.number} {place}, {port.manager}'s{' with TLS' if port.tls else ''}, listens"


def _worded(socket: SocketMode) -> str:
    return f"{socket.path} has mode {socket.mode:o}"


def _swap(reach: Reach) -> Judgement:
    return test(
        reach.swap_in_clear,
        bool,
        yes=lambda areas: f"its memory may be written in clear to {_some(areas)}",
        no="nothing is swapped to a disk in clear",
    )


def _boot(reach: Reach) -> Judgement:
    boot = reach.boot.value
    if boot is not None and boot.secure_boot and not boot.lockdown and boot.modules_signed is None:
        unsaid = Unknown(
            Doubt.NOT_SAID,
            "Secure Boot is on; whether the kernel then keeps to signed code was not shown",
            "cat /sys/kernel/security/lockdown as root",
        )
        return undecided(unsaid, reach.boot)
    return test(reach.boot, _verified, yes=_boot_in_words, no=_boot_in_words)


def _verified(boot: Boot) -> bool:
    keeps = boot.lockdown in ("integrity", "confidentiality") or bool(boot.modules_signed)
    return boot.secure_boot and keeps


def _boot_in_words(boot: Boot) -> str:
    parts = [f"Secure Boot is {'on' if boot.secure_boot else 'off or not there'}"]
    if boot.lockdown:
        parts.append(f"lockdown: {boot.lockdown}")
    if boot.modules_signed is not None:
        parts.append(f"unsigned modules are {'refused' if boot.modules_signed else 'taken'}")
    parts.append("a TPM is there" if boot.measured else "no TPM measures it")
    return ", ".join(parts)


def _some(names: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(name[:60] for name in names[:_MOST_NAMES])
    return shown + (f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else "")
