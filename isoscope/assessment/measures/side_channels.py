"""What the hardware tells of one workload to another, or lets one change in another."""

from __future__ import annotations

from isoscope.assessment.declaration import Declaration, Subject, exposure, measure
from isoscope.assessment.judgement import Judgement, not_applicable, test, undecided
from isoscope.assessment.measures.neighbours import surveyed
from isoscope.inventory.observation import Doubt, Unknown

_NOT_LOOKED = Unknown(Doubt.NOT_SAID, "nobody looked for it", "scan again")


def _memory_errors(subject: Subject) -> Judgement:
    counted = subject.inventory.host.memory_errors
    if counted is None:
        return undecided(_NOT_LOOKED)
    return test(
        counted,
        lambda _: True,
        yes=lambda sums: f"memory corrects errors: {sums[0]} were, {sums[1]} could not be",
        no="",
    )


def _cache(subject: Subject) -> Judgement:
    groups = subject.inventory.host.cache_groups
    if groups is None:
        return undecided(_NOT_LOOKED)
    if groups.value:
        return undecided(_GROUPS_NOT_READ, groups)
    return test(groups, lambda found: found, yes="", no="nothing shares out caches here")


_GROUPS_NOT_READ = Unknown(
    Doubt.NOT_SAID,
    "resctrl is mounted; which parts of the cache its groups have was not read",
    "grep . /sys/fs/resctrl/*/schemata /sys/fs/resctrl/*/tasks",
)


def _speculation(subject: Subject) -> Judgement:
    if subject.workload.own_kernel:
        return not_applicable("the guest's own kernel decides on that", subject.kind)
    left_open = subject.process.speculation
    if left_open is None:
        return undecided(_NOT_LOOKED)
    return test(
        left_open,
        lambda settings: not settings,
        yes="its programs run with speculation restricted",
        no=lambda settings: "; ".join(sorted(settings)),
    )


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "neighbour-reads-power-meters",
        "A neighbour may read the CPUs' power meters",
        what="Another tenant's container runs as root of the host, and sees the energy counters of "
        "the CPUs in its /sys.",
        why="How much energy the CPUs use tells what is computed on them: keys were read so "
        "(PLATYPUS).",
        by_hand="ls -l /sys/class/powercap/*/energy_uj; grep powercap /proc/OTHER_PID/mountinfo",
        remedy="Run the neighbour in a user namespace of its own, or with an engine that hides "
        "/sys/devices/virtual/powercap (Docker from 24.0.7).",
        references=(
            "Documentation/power/powercap/powercap.rst",
            "CVE-2020-8694",
            "GHSA-jq35-85cj-fj4p",
        ),
        judge=surveyed("neighbour-reads-power-meters"),
    ),
    measure(
        "memory-errors-corrected",
        "Memory corrects errors",
        what="A memory controller of the host counts errors, which memory with ECC finds and, for "
        "the most part, corrects.",
        why="A neighbour that reads its own memory in the right rhythm can flip bits in the rows "
        "beside it, which may be this workload's (Rowhammer). ECC makes that harder and visible.",
        by_hand="grep . /sys/devices/system/edac/mc/mc*/?e_count; dmidecode -t memory",
        remedy="Use memory with ECC, load the EDAC driver, and look into every uncorrected error.",
        references=("Documentation/driver-api/edac.rst", "Kim et al.: Rowhammer, ISCA 2014"),
        judge=_memory_errors,
    ),
    exposure(
        "shared-memory-node",
        "Memory of the same node as another tenant's",
        what="A workload of another tenant may get memory of the same NUMA node.",
        why="One that reads and writes all that a node's memory bears slows the others there; and "
        "only memory beside each other is changed by reading the neighbouring rows (Rowhammer).",
        by_hand="grep Mems_allowed_list /proc/PID/status /proc/OTHER_PID/status; numactl -H",
        remedy="Where the host has several nodes, give each tenant its own: --cpuset-mems, or "
        "<numatune> with mode='strict'.",
        references=("cpuset(7)", "numa(7)", "proc(5): Mems_allowed_list"),
        judge=surveyed("shared-memory-node"),
    ),
    measure(
        "cache-partitioned",
        "A part of the cache of its own",
        what="The kernel gives the workload's group parts of the last cache, or of the memory's "
        "bandwidth, that no other tenant's has (resctrl).",
        why="In a cache that is shared out, nobody learns by its own misses what a neighbour "
        "reads, nor slows it by filling the cache.",
        by_hand="mount | grep resctrl; grep . /sys/fs/resctrl/*/schemata /sys/fs/resctrl/*/tasks",
        remedy="On a CPU that can (CAT, MBA), give guests <cachetune> and <memorytune>, and "
        "containers a group of their own (intelRdt of the OCI runtime specification).",
        references=(
            "Documentation/filesystems/resctrl.rst",
            "https://libvirt.org/formatdomain.html#cpu-tuning",
        ),
        judge=_cache,
    ),
    measure(
        "speculation-restricted",
        "Its programs restrict speculation",
        what="The kernel restricts speculative store bypass and indirect branch speculation for "
        "all of its processes.",
        why="Where it does not, what one program speculates on can be led, or watched, by another "
        "on the same CPU, where the CPU has the flaw.",
        by_hand="grep Specul /proc/PID/status",
        remedy="Let the program ask for it (prctl(2): PR_SET_SPECULATION_CTRL), or boot with "
        "spec_store_bypass_disable=on spectre_v2_user=on.",
        references=(
            "Documentation/userspace-api/spec_ctrl.rst",
            "proc(5): Speculation_Store_Bypass",
        ),
        judge=_speculation,
    ),
)
