"""Control sockets of container engines and VM managers that a workload reaches."""

from __future__ import annotations

from isoscope.assessment.declaration import Declaration, Subject, exposure
from isoscope.assessment.host_paths import words_of
from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    failing,
    holding,
    not_applicable,
    quoting,
    test,
    undecided,
)
from isoscope.inventory.observation import Doubt, Unknown
from isoscope.inventory.sandbox import Sandbox
from isoscope.inventory.workload import NamespaceKind

_BY_GOFER = Unknown(
    Doubt.NOT_SAID,
    "a control socket is mounted in it; whether gVisor connects to sockets of the host is not read",
    "look for --host-uds among the arguments of runsc-sandbox",
)


def _by_sentry(subject: Subject) -> Judgement:
    """Whether gVisor's sentry connects to what is mounted in it."""
    settings = subject.workload.sandbox_settings
    if settings is None or settings.value is None:
        return undecided(_BY_GOFER if settings is None else settings.doubt, subject.kind)
    return test(
        settings,
        lambda found: found.connects_to_host,
        yes="gVisor was told to connect to sockets of the host: --host-uds",
        no="gVisor connects to no socket of the host",
    )


def _engine_socket(subject: Subject) -> Judgement:
    if subject.workload.own_kernel or subject.workload.sandboxed_by is Sandbox.KATA:
        return not_applicable("a guest reaches no unix socket of the host", subject.kind)
    mounts, host = subject.process.mounts, subject.inventory.host_mounts
    sockets = subject.inventory.control_sockets
    own = subject.process.in_host_namespace[NamespaceKind.MOUNT]
    if own.value and not subject.workload.behind_own_kernel:
        return not_applicable("it is in the host's mount namespace altogether", own)
    if mounts.value is None or host.value is None or sockets.value is None:
        unclear = next(o for o in (mounts, host, sockets) if not o.known)
        return undecided(unclear.doubt, mounts, host, sockets)
    located = subject.surroundings.control_sockets
    for mount in mounts.value:
        for socket in located:
            if socket.shown_by(mount):
                says = f"it reaches {socket.path} through its mount at {mount.mount_point}"
                shown = holding(
                    says, quoting(mounts, words_of(mount)), quoting(sockets, socket.path)
                )
                if subject.workload.sandboxed_by is Sandbox.GVISOR:
                    return all_of(shown, _by_sentry(subject), says=says)
                return shown
    if len(located) < len(sockets.value):
        doubt = Unknown(
            Doubt.NOT_SAID,
            "the host's own mounts do not show where all control sockets lie",
            "run Isoscope on the host itself, outside of any chroot",
        )
        return undecided(doubt, mounts, host, sockets)
    return failing("no control socket is mounted in it", mounts, host, sockets)


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "engine-socket-mounted",
        "A manager's control socket is mounted",
        what="The workload reaches the socket through which a container engine or VM manager takes "
        "orders, by itself or through a directory that holds it.",
        why="Whoever can write to it can start a privileged container: that is root on the host. A "
        "read-only mount does not help, sockets are connected to and not written.",
        by_hand="grep -E 'docker.sock|podman.sock|containerd.sock|libvirt' /proc/PID/mountinfo; "
        "find /proc/PID/root/run -type s",
        remedy="Take the mount away; where a tool needs the engine, give it a proxy that lets "
        "through only what it may ask.",
        references=("docker-run(1): --volume", "unix(7)"),
        judge=_engine_socket,
    ),
)
