"""Sockets of the host's services that a workload reaches, by its mounts or its network namespace.

Sources: ``unix(7)``, the D-Bus specification (authentication by ``EXTERNAL``), ``ssh-agent(1)``.
"""

from __future__ import annotations

from isoscope.assessment.declaration import Declaration, Subject, exposure
from isoscope.assessment.host_paths import words_of
from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    any_of,
    failing,
    holding,
    not_applicable,
    quoting,
    test,
    undecided,
)
from isoscope.assessment.measures.privileges import counts_on_host, root_outside
from isoscope.inventory.observation import Doubt, Unknown
from isoscope.inventory.service_sockets import SYSTEM_BUS, ServiceSocket
from isoscope.inventory.workload import Mount, NamespaceKind

_VM = "a guest reaches no unix socket of the host"
_MOST_NAMED = 4


def _socket_mounted(subject: Subject) -> Judgement:
    return _reached(subject, only="")


def _bus_open_to_root(subject: Subject) -> Judgement:
    """The bus takes the user id of whoever connects from the kernel, as the host counts it: user 0
    may start units. SELinux decides on the connection; what AppArmor does to it depends on rules
    that are not shown."""
    reached = _reached(subject, only=SYSTEM_BUS)
    if not reached.holds:
        return reached
    as_root = any_of(
        root_outside(subject), counts_on_host(subject), otherwise="root inside is not root there"
    )
    label = subject.process.label
    unlabelled = test(
        label,
        lambda found: not found.enforced,
        yes="no MAC label keeps it from the bus",
        no=lambda found: f"{found.label} keeps it from the bus",
    )
    if label.value is not None and label.value.enforced and label.value.module == "apparmor":
        doubt = Unknown(
            Doubt.NOT_SAID,
            f"whether the profile {label.value.label[:60]} lets it talk on the bus is not shown",
            "look for dbus rules in the profile, and for the kernel's support of them",
        )
        unlabelled = undecided(doubt, label)
    return all_of(reached, as_root, unlabelled, says=f"{reached.says}, as root")


def _reached(subject: Subject, *, only: str) -> Judgement:
    """Whether a mount shows a service's socket; ``only``: one that leads to this."""
    if subject.workload.own_kernel:
        return not_applicable(_VM, subject.kind)
    own = subject.process.in_host_namespace[NamespaceKind.MOUNT]
    if own.value:
        return not_applicable("it is in the host's mount namespace altogether", own)
    mounts, host = subject.process.mounts, subject.inventory.host_mounts
    services = subject.inventory.service_sockets
    if mounts.value is None or host.value is None or services.value is None:
        unclear = next(o for o in (mounts, host, services) if not o.known)
        return undecided(unclear.doubt, mounts, host, services)
    wanted = [each for each in services.value if only in ("", each.opens)]
    found = _shown(subject, mounts.value, only)
    if found:
        says = ", ".join(f"{at.opens}: {at.path}" for at, _ in found[:_MOST_NAMED])
        more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
        lines = dict.fromkeys(words_of(mount) for _, mount in found[:_MOST_NAMED])
        paths = "\n".join(at.path for at, _ in found[:_MOST_NAMED])
        return holding(
            f"it reaches {says}{more}", quoting(mounts, "\n".join(lines)), quoting(services, paths)
        )
    located = {service.path for service, _ in subject.surroundings.service_sockets}
    if any(service.path not in located for service in wanted):
        doubt = Unknown(
            Doubt.NOT_SAID,
            "the host's own mounts do not show where all sockets of its services lie",
            "run Isoscope on the host itself, outside of any chroot",
        )
        return undecided(doubt, mounts, host, services)
    return failing("no socket of a service of the host is mounted in it", mounts, host, services)


def _shown(
    subject: Subject, mounts: tuple[Mount, ...], only: str
) -> list[tuple[ServiceSocket, Mount]]:
    by_device: dict[str, list[Mount]] = {}
    for mount in mounts:
        by_device.setdefault(mount.device, []).append(mount)
    return [
        (service, mount)
        for service, at in subject.surroundings.service_sockets
        if only in ("", service.opens)
        for mount in by_device.get(at.device, ())
        if at.shown_by(mount)
    ]


def _abstract(subject: Subject) -> Judgement:
    if subject.workload.own_kernel:
        return not_applicable(_VM, subject.kind)
    shared = test(
        subject.process.in_host_namespace[NamespaceKind.NETWORK],
        bool,
        yes="it is in the host's network namespace",
        no="it has a network namespace, and so abstract sockets, of its own",
    )
    listening = test(
        subject.inventory.abstract_sockets,
        bool,
        yes=lambda names: (
            f"{len(names)} abstract sockets of the host are open to it: "
            + ", ".join(name[:50] for name in names[:3])
        ),
        no="no abstract socket listens in the host's network namespace",
    )
    return all_of(shared, listening, says=listening.says)


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "service-socket-mounted",
        "A socket of a host's service is mounted",
        what="The workload reaches a socket of a service of the host: D-Bus, a display, an SSH "
        "agent, the kubelet, the log, a database.",
        why="Each takes requests in the name of whoever connects. A display shows and takes every "
        "key stroke, an agent signs with a user's keys, a bus starts services.",
        by_hand="cut -d' ' -f8 /proc/net/unix | sort -u; find /proc/PID/root/run "
        "/proc/PID/root/tmp -type s",
        remedy="Take the mount away, or put a proxy between that lets through only what is needed, "
        "such as xdg-dbus-proxy(1).",
        references=("unix(7)", "ssh-agent(1)", "dbus-daemon(1)", "Xsecurity(7)"),
        judge=_socket_mounted,
    ),
    exposure(
        "system-bus-open-to-root",
        "The system bus, as the host's root",
        what="The socket of the system bus is mounted in the workload, whose root is the host's "
        "root, and no MAC label stands between.",
        why="The bus goes by the user id: systemd starts a program of choice for user 0, outside "
        "of every container.",
        by_hand="grep dbus /proc/PID/mountinfo; cat /proc/PID/uid_map /proc/PID/attr/current",
        remedy="Take the mount away, or run the workload in a user namespace.",
        references=(
            "dbus-daemon(1)",
            "org.freedesktop.systemd1(5): StartTransientUnit",
            "D-Bus specification: EXTERNAL",
        ),
        judge=_bus_open_to_root,
    ),
    exposure(
        "abstract-sockets-reachable",
        "Abstract sockets of the host are open to it",
        what="The workload is in the host's network namespace, in which services listen on "
        "abstract sockets.",
        why="An abstract socket has no file and no permissions: whoever shares the network "
        "namespace may connect. A display and containerd's shims were taken that way.",
        by_hand="grep '@' /proc/net/unix",
        remedy="Give it a network namespace of its own.",
        references=("unix(7): abstract sockets", "CVE-2020-15257"),
        judge=_abstract,
    ),
)
