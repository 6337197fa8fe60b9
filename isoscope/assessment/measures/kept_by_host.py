"""What of a workload may come to lie on the host's disks: memory, storage, secrets.

None of these decides a rung: see `isoscope.assessment.measures.from_host`.
"""

from __future__ import annotations

from isoscope.assessment.declaration import Declaration, Subject, exposure, measure
from isoscope.assessment.judgement import Judgement, all_of, failing, test, undecided
from isoscope.assessment.measures.cgroup_files import shown_by_hand
from isoscope.assessment.measures.from_host import UNSEEN, of_declared, of_host


def _core_dumps(subject: Subject) -> Judgement:
    """The limit does not bind dumps that a program takes: ``core(5)``."""
    pattern = subject.surroundings.of_host["core-pattern"]
    side = subject.process.host_side
    if pattern.holds is not False:
        return pattern
    if side is None:
        return undecided(UNSEEN)
    return all_of(
        test(
            subject.surroundings.reach.core_pattern,
            bool,
            yes=pattern.says,
            no="core dumps go nowhere",
        ),
        test(
            side.core_limit,
            bool,
            yes=pattern.says,
            no="its limit lets it write no core dump",
        ),
        says=f"{pattern.says}, into its file system on the host",
    )


def _swap(subject: Subject) -> Judgement:
    on_host = subject.surroundings.of_host["swapped-in-clear"]
    side = subject.process.host_side
    if on_host.holds is False or side is None or side.swap.value != 0:
        return on_host
    return failing("its cgroup lets none of it be swapped out", side.swap)


def _secrets(subject: Subject) -> Judgement:
    return of_declared(
        subject,
        lambda details: details.environment,
        lambda secrets: test(
            secrets,
            bool,
            yes=lambda count: f"{count} of its variables are named like secrets",
            no="none of its variables is named like a secret",
        ),
    )


def _storage_open(subject: Subject) -> Judgement:
    found = subject.workload.open_sources
    if found is not None:
        return test(
            found,
            bool,
            yes=lambda sources: (
                "every user of the host can "
                + ("write " if any(one.writable for one in sources) else "read ")
                + ", ".join(f"{one.path[:80]} (mode {one.mode:o})" for one in sources[:4])
                + (f" and {len(sources) - 4} more" if len(sources) > 4 else "")
            ),
            no="only their owners, and root, reach what it was given of the host",
        )
    said = subject.workload.container or subject.workload.machine
    if said is None:
        return undecided(UNSEEN, subject.kind)
    return failing("it was given nothing of the host", subject.kind)


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "core-dumps-on-host",
        "Its memory may be kept in core dumps",
        what="When one of its programs crashes, the kernel writes its memory to a file or "
        "hands it to a program of the host.",
        why="Keys and data then lie on the host's disk, long after the workload is gone.",
        by_hand="cat /proc/sys/kernel/core_pattern; grep core /proc/PID/limits",
        remedy="Start it with --ulimit core=0, and set Storage=none in coredump.conf(5) where "
        "systemd takes the dumps.",
        references=("core(5)", "coredump.conf(5)", "getrlimit(2)"),
        judge=_core_dumps,
    ),
    exposure(
        "swapped-in-clear",
        "Its memory may be swapped out in clear",
        what="The host has swap on a disk that is not encrypted, and the workload's pages may go "
        "there.",
        why="What was only ever in memory stays readable on the disk after a power cut or a theft.",
        by_hand="cat /proc/swaps; lsblk -o KNAME,TYPE; "
        + shown_by_hand("memory.swap.max", "memory/memory.memsw.limit_in_bytes"),
        remedy="Encrypt swap with a random key (crypttab(5): swap), use zram, or set "
        "memory.swap.max to 0.",
        references=("swapon(8)", "crypttab(5)", "Documentation/admin-guide/cgroup-v2.rst"),
        judge=_swap,
    ),
    exposure(
        "memory-images-on-disk",
        "All memory may be written to disk",
        what="The host can hibernate to a device, or a crash kernel is loaded that may dump it.",
        why="Either writes the memory of every workload to a disk in one go.",
        by_hand="cat /sys/power/state /sys/power/resume /sys/kernel/kexec_crash_loaded",
        remedy="Boot with nohibernate and unload the crash kernel (kexec -p -u), or encrypt what "
        "they write to.",
        references=("Documentation/power/swsusp.rst", "Documentation/admin-guide/kdump/kdump.rst"),
        judge=of_host("memory-images-on-disk"),
    ),
    measure(
        "storage-encrypted",
        "Storage encrypted at rest",
        what="The file systems on which managers keep images, layers and volumes lie on dm-crypt.",
        why="It helps against a stolen disk. The host holds the key, so it keeps nothing from the "
        "host itself.",
        by_hand="lsblk -o KNAME,TYPE,MOUNTPOINTS; dmsetup table",
        remedy="Put /var/lib/docker, /var/lib/containers and /var/lib/libvirt on LUKS.",
        references=("cryptsetup(8)", "Documentation/admin-guide/device-mapper/dm-crypt.rst"),
        judge=of_host("storage-encrypted"),
    ),
    exposure(
        "storage-open-to-host-users",
        "Users of the host reach its storage",
        what="A directory, volume or disk image that it was given can be read or written by every "
        "user of the host.",
        why="Nobody needs to be root then, nor to break into anything, to read or change its data.",
        by_hand="docker inspect --format '{{json .Mounts}}' NAME; namei -l SOURCE",
        remedy="Take the rights of others away (chmod o-rwx) from the source or a directory above "
        "it.",
        references=("path_resolution(7)", "chmod(1)", "docker-volume(1)"),
        judge=_storage_open,
    ),
    exposure(
        "secrets-in-configuration",
        "Secrets in its configuration",
        what="Variables in its configuration are named like passwords, tokens or keys.",
        why="Whoever may ask the engine reads them with inspect, and they lie in its files on the "
        "host.",
        by_hand="docker inspect --format '{{json .Config.Env}}' NAME",
        remedy="Give secrets as files on a tmpfs (docker secret, podman secret), or fetch them at "
        "run time.",
        references=("docker-secret(1)", "podman-secret(1)", "proc(5): /proc/PID/environ"),
        judge=_secrets,
    ),
)
