"""How the host starts a workload and keeps it running: image, boot, engine, guarantees.

None of these decides a rung: see `isoscope.assessment.measures.from_host`.
"""

from __future__ import annotations

import re

from isoscope.assessment.declaration import Declaration, Subject, exposure, measure
from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    any_of,
    failing,
    not_applicable,
    test,
    undecided,
)
from isoscope.assessment.measures.cgroup_files import shown_by_hand
from isoscope.assessment.measures.from_host import UNSEEN, of_declared, of_host
from isoscope.inventory.observation import Doubt, Unknown

_DIGEST = re.compile(r"[0-9a-f]{64}")


def _pinned(subject: Subject) -> Judgement:
    return of_declared(
        subject,
        lambda details: details.image,
        lambda image: test(
            image,
            lambda name: "@sha256:" in name or _DIGEST.fullmatch(name) is not None,
            yes="its image was named by digest",
            no=lambda name: f"its image was named by tag: {name[:80] or 'none'}",
        ),
    )


def _survives(subject: Subject) -> Judgement:
    return of_declared(
        subject,
        lambda details: details.survives_engine,
        lambda survives: test(
            survives,
            bool,
            yes="it runs on while its engine is restarted",
            no="a restart of its engine stops it: live-restore is off",
        ),
    )


def _guaranteed(subject: Subject) -> Judgement:
    side = subject.process.host_side
    if side is None:
        return undecided(UNSEEN)
    return all_of(
        test(
            subject.process.memory_protected,
            lambda limit: limit.amount is not None,
            yes="some of its memory is never taken from it",
            no="none of its memory is set apart for it",
        ),
        test(
            side.chosen_by_oom,
            lambda score: score <= 0,
            yes="it is no likelier to be killed than others",
            no=lambda score: f"it is among the first to be killed: oom_score_adj {score}",
        ),
        says="some of its memory is never taken from it, and it is not killed before others",
    )


def _starved(subject: Subject) -> Judgement:
    side = subject.process.host_side
    if side is None:
        return undecided(UNSEEN)
    throttled = test(
        side.throttled,
        bool,
        yes=lambda times: f"it had to wait for CPU time in {times} periods, by its quota",
        no="it never had to wait by its quota",
    )
    killed = test(
        side.killed,
        bool,
        yes=lambda times: f"the kernel killed processes of it {times} times for want of memory",
        no="none of its processes was killed for want of memory",
    )
    return any_of(throttled, killed, otherwise=f"{throttled.says}; {killed.says}")


def _migration(subject: Subject) -> Judgement:
    if subject.workload.engine != "libvirt":
        return not_applicable("libvirt does not run it", subject.kind)
    return subject.surroundings.of_host["migration-encrypted"]


def _signatures(subject: Subject) -> Judgement:
    """Docker has no such policy: it takes whatever the registry gives."""
    if subject.workload.own_kernel:
        return not_applicable("it is started from a disk, not from an image", subject.kind)
    if subject.workload.engine == "docker":
        return failing("Docker takes images without a signature", subject.kind)
    if subject.workload.engine != "podman":
        unsaid = Unknown(
            Doubt.NOT_SAID, "where its engine keeps a policy is not known", "ask its engine"
        )
        return undecided(unsaid, subject.kind)
    return subject.surroundings.of_host["signatures-required"]


DECLARATIONS: tuple[Declaration, ...] = (
    measure(
        "image-pinned",
        "Its image is pinned by digest",
        what="Whoever started it named the image by its digest and not by a tag.",
        why="A tag may mean another image tomorrow, and the registry or the host decides which.",
        by_hand="docker inspect --format '{{.Config.Image}}' NAME",
        remedy="Name the image as NAME@sha256:DIGEST, and require signatures in policy.json.",
        references=("containers-policy.json(5)", "OCI image specification: digests"),
        judge=_pinned,
    ),
    measure(
        "image-signature-required",
        "Images need a signature",
        what="The engine refuses an image that nobody signed whose key it was given.",
        why="Whoever can push to the registry, or stands between, otherwise decides what runs.",
        by_hand="cat /etc/containers/policy.json",
        remedy="Set the default of policy.json to reject or sigstoreSigned, and run it with "
        "Podman or CRI-O.",
        references=("containers-policy.json(5)", "podman-image-trust(1)"),
        judge=_signatures,
    ),
    measure(
        "migration-encrypted",
        "Moved to other hosts encrypted",
        what="A guest's memory is moved to another host over TLS only.",
        why="Otherwise all of its memory crosses the network in clear when the host moves it.",
        by_hand="grep -E '^(migrate|backup)_tls' /etc/libvirt/qemu.conf",
        remedy="Give libvirt certificates and set migrate_tls_force = 1 in qemu.conf.",
        references=("libvirt: qemu.conf", "virsh(1): migrate --tls"),
        judge=_migration,
    ),
    measure(
        "host-boot-verified",
        "The host boots only signed code",
        what="The firmware checks what it starts (Secure Boot), and the kernel keeps to signed "
        "modules or locks itself down.",
        why="Otherwise whoever once was root may stay in the kernel across reboots, below every "
        "workload.",
        by_hand="mokutil --sb-state; cat /sys/kernel/security/lockdown; ls /sys/class/tpm",
        remedy="Turn Secure Boot on and boot with lockdown=integrity or module.sig_enforce=1.",
        references=("kernel_lockdown(7)", "Documentation/admin-guide/module-signing.rst"),
        judge=of_host("host-boot-verified"),
    ),
    measure(
        "survives-engine-restart",
        "Runs on while its engine restarts",
        what="Its processes do not end when the engine's daemon is stopped or updated.",
        why="Otherwise an update of the engine is an outage of every workload.",
        by_hand="docker info --format '{{.LiveRestoreEnabled}}'",
        remedy='Set "live-restore": true in daemon.json and reload dockerd.',
        references=("dockerd(8)", "Docker: Live restore", "conmon(8)"),
        judge=_survives,
    ),
    measure(
        "resources-guaranteed",
        "Some resources are guaranteed to it",
        what="Some of its memory is never reclaimed, and it is not killed before others.",
        why="Without a guarantee it is the first to suffer whenever the host is short.",
        by_hand=shown_by_hand("memory.min") + "; cat /proc/PID/oom_score_adj",
        remedy="Set memory.min on its cgroup (systemd: MemoryMin=) and no positive "
        "--oom-score-adj.",
        references=("Documentation/admin-guide/cgroup-v2.rst: memory.min", "proc(5)"),
        judge=_guaranteed,
    ),
    exposure(
        "starved-now",
        "It was short of CPU time or memory",
        what="The kernel made it wait by its CPU quota, or killed processes of it for want of "
        "memory.",
        why="It already does not get what it asks for; limits that bind are an outage in the "
        "making.",
        by_hand=shown_by_hand("cpu.stat", "memory.events", "cpu/cpu.stat", "memory/memory.failcnt"),
        remedy="Raise the limit that binds, or give the workload less to do.",
        references=(
            "Documentation/scheduler/sched-bwc.rst",
            "Documentation/admin-guide/cgroup-v2.rst: memory.events",
        ),
        judge=_starved,
    ),
)
