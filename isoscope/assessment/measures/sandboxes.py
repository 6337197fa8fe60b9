"""What a sandbox, gVisor's or Kata's, was told to let through."""

from __future__ import annotations

from isoscope.assessment.declaration import Declaration, Subject, exposure
from isoscope.assessment.judgement import Judgement, not_applicable, test, undecided
from isoscope.inventory.observation import Doubt, Unknown

_NOT_LOOKED = Unknown(
    Doubt.NOT_SAID, "how its sandbox was told to run was not looked at", "scan again as root"
)


def _opened(subject: Subject) -> Judgement:
    if subject.workload.sandboxed_by is None:
        return not_applicable("it is in no sandbox of gVisor or Kata", subject.kind)
    settings = subject.workload.sandbox_settings
    if settings is None:
        return undecided(_NOT_LOOKED, subject.kind)
    return test(
        settings,
        lambda found: bool(found.openings),
        yes=lambda found: f"its sandbox was told: {', '.join(found.openings)[:200]}",
        no="nothing in how its sandbox was told to run lets more through than by default",
    )


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "sandbox-opened",
        "Its sandbox lets more of the host through",
        what="It runs in gVisor, which was started with a flag by which the workload reaches the "
        "host's kernel, drivers, sockets or devices (--network=host, --host-uds, --host-fifo, "
        "--nvproxy, --tpuproxy, --character-device-policy, --allow-packet-socket-write, "
        "--profile), or may be given one by whoever starts it (--allow-flag-override); or it runs "
        "in Kata, which lets whoever starts a pod choose programs and files of the host by "
        "annotations, or opens a further monitor.",
        why="A sandbox keeps the host's kernel away by what it refuses. Each of these hands a part "
        "of the host to what runs inside.",
        by_hand="pgrep -af runsc-sandbox; grep -sE 'enable_annotations|"
        "extra_monitor_socket' /etc/kata-containers/configuration.toml "
        "/opt/kata/share/defaults/kata-containers/*.toml",
        remedy="Take the flag out of the runtime's arguments (daemon.json: runtimes, runtimeArgs; "
        "/etc/containerd/runsc.toml). For Kata, leave in enable_annotations no pattern that lets "
        "path, kernel, image or a daemon be chosen, and leave extra_monitor_socket empty.",
        references=(
            "gVisor: runsc flags",
            "gVisor: Security Model",
            "Kata Containers: Per-Pod Kata Configurations, restricted annotations",
        ),
        judge=_opened,
    ),
)
