"""How the engines and VM managers of the host take orders, and as whom they run."""

from __future__ import annotations

from isoscope.assessment.declaration import Declaration, Subject, exposure, measure
from isoscope.assessment.judgement import Judgement, not_applicable, test, undecided
from isoscope.assessment.measures.from_host import of_host
from isoscope.inventory.observation import Doubt, Unknown

_UNSAID = Unknown(
    Doubt.NOT_SAID,
    "nobody says as which user its engine runs",
    "ps -o user= -C dockerd, or of the engine that made it",
)


def _without_root(subject: Subject) -> Judgement:
    if subject.workload.own_kernel:
        return not_applicable("no container engine made it", subject.kind)
    container = subject.workload.container
    details = container.details if container is not None else None
    if details is None or details.engine_rootless is None:
        return undecided(_UNSAID, subject.kind)
    return test(
        details.engine_rootless,
        bool,
        yes="its engine runs as a user without root, and so does what it starts",
        no="its engine runs as root",
    )


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "manager-reached-by-network",
        "A manager takes orders over the network",
        what="A manager (Docker, Podman, libvirt, Incus) takes orders over TCP without asking "
        "clients for a certificate: by its sockets, whatever their port, or as it warns itself.",
        why="Without a certificate of the client's, whoever reaches the port is root of the host: "
        "a workload on a network of its own often does.",
        by_hand="ss -ltnp; docker info --format '{{json .Warnings}}'",
        remedy="Listen on a socket file only, reached over ssh; or ask for certificates of clients "
        "(--tlsverify).",
        references=(
            "https://docs.docker.com/engine/security/protect-access/",
            "https://libvirt.org/remote.html",
            "Documentation/networking/proc_net_tcp.rst",
        ),
        judge=of_host("manager-reached-by-network"),
    ),
    exposure(
        "manager-socket-open-to-all",
        "A manager's socket is open to everybody",
        what="The socket file through which an engine or VM manager takes orders lets every user "
        "of the host write to it.",
        why="What gets out of a workload as any user at all then makes itself root.",
        by_hand="stat -c '%A %U %G %n' /run/docker.sock /run/podman/podman.sock "
        "/run/libvirt/libvirt-sock",
        remedy="Give it mode 0660 and a group without people (SocketMode, SocketGroup of its "
        "socket unit). libvirt's may be open where polkit decides.",
        references=("unix(7): Pathname socket ownership and permissions", "systemd.socket(5)"),
        judge=of_host("manager-socket-open-to-all"),
    ),
    measure(
        "engine-without-root",
        "Its engine runs without root",
        what="The engine that made the container runs as an ordinary user, in a user namespace.",
        why="Who takes over such an engine, or gets out through it, has one user's files and not "
        "the host.",
        by_hand="docker info --format '{{.SecurityOptions}}'; podman info --format "
        "'{{.Host.Security.Rootless}}'",
        remedy="Run it with Podman as a user, or with dockerd-rootless-setuptool.sh.",
        references=(
            "https://docs.docker.com/engine/security/rootless/",
            "podman(1): Rootless mode",
        ),
        judge=_without_root,
    ),
)
