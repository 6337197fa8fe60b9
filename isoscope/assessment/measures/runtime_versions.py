"""Whether what makes a container is a version with a known way out of it."""

from __future__ import annotations

from isoscope.assessment.declaration import Declaration, Subject, exposure
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
from isoscope.assessment.known_escapes import (
    ADVISORIES,
    PACKAGED_ALWAYS,
    Advisory,
    Version,
    parse_version,
)
from isoscope.inventory.declared import Program
from isoscope.inventory.observation import Doubt, Observation, Unknown
from isoscope.inventory.workload import NamespaceKind

_UNSAID = Unknown(
    Doubt.NOT_SAID,
    "nobody says which version of which runtime made it",
    "runc --version, crun --version, or that of the runtime that made it",
)
_SHIMS_RUNTIME = {"io.containerd.runc.v1": "runc", "io.containerd.runc.v2": "runc"}
"""containerd's names for what calls runc."""
_NEEDED = {"docker": ("Docker Engine", "containerd"), "podman": ("Podman",)}
"""What of an engine has a part in its containers, beside the runtime itself."""

_OF_CONTAINERS = [advisory for advisory in ADVISORIES if advisory.program != "QEMU"]


def _known_escape(subject: Subject) -> Judgement:
    if subject.workload.behind_own_kernel:
        return not_applicable("what it runs in is a guest or a sandbox of its own", subject.kind)
    container = subject.workload.container
    if container is None or container.programs is None:
        return undecided(_UNSAID, subject.kind)
    runtime, programs = container.runtime, container.programs
    if programs.value is None:
        return undecided(programs.doubt, programs)
    if runtime.value is None:
        return undecided(runtime.doubt, runtime)
    called = _SHIMS_RUNTIME.get(runtime.value, runtime.value)
    judged = [judged_program(subject, program, programs) for program in programs.value]
    missing = [
        name
        for name in (*_NEEDED.get(subject.workload.engine, ()), called)
        if all(program.name != name for program in programs.value)
    ]
    judged += [_without_version(name, runtime, programs) for name in missing]
    shown = ", ".join(f"{p.name} {p.version[:40]}" for p in programs.value if _is_listed(p, called))
    return any_of(*judged, otherwise=f"no advisory listed here names {shown}")


def _is_listed(program: Program, runtime: str) -> bool:
    return program.name == runtime or any(a.program == program.name for a in ADVISORIES)


def _without_version(name: str, *observations: Observation[object]) -> Judgement:
    doubt = Unknown(
        Doubt.NOT_SAID,
        f"the engine does not say which version of {name[:40]} it uses",
        f"{name[:40]} --version",
    )
    return undecided(doubt, *observations)


def judged_program(subject: Subject, program: Program, programs: Observation[object]) -> Judgement:
    """Whether an advisory names a program, of which these observations speak."""
    said = quoting(programs, f"{program.name} {program.version} {program.package}".strip())
    try:
        version = parse_version(program.version)
    except ValueError:
        return _without_version(program.name, said)
    found = [
        _by_advisory(subject, advisory, program, version, said)
        for advisory in ADVISORIES
        if advisory.program == program.name and advisory.affects(version)
    ]
    unnamed = failing("no advisory names it", said)
    return any_of(unnamed, *found, otherwise=unnamed.says) if found else unnamed


def _by_advisory(
    subject: Subject,
    advisory: Advisory,
    program: Program,
    version: Version,
    said: Observation[object],
) -> Judgement:
    says = f"{program.name} {program.version[:40]} has {advisory.names}"
    if version.ending or program.package or program.name in PACKAGED_ALWAYS:
        doubt = Unknown(
            Doubt.NOT_SAID,
            f"{says} as its project released it; a distribution built this one, and may have "
            "carried the fix back",
            "look up the advisory at the distribution, with the version of its package",
        )
        affected = undecided(doubt, said)
    else:
        affected = holding(f"{says}, by its number", said)
    if not advisory.in_host_network:
        return affected
    reached = test(
        subject.process.in_host_namespace[NamespaceKind.NETWORK],
        bool,
        yes="it is in the host's network namespace",
        no="only from the host's network namespace, in which it is not",
    )
    return all_of(affected, reached, says=f"{affected.says}; {reached.says}")


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "runtime-with-known-escape",
        "Container runtime with a known escape",
        what="By its number, the runtime or engine that made the container is a version out of "
        "which its own project published a way to the host.",
        why="Such ways are public, and need no more than a prepared image or a command run inside.",
        by_hand="docker version; podman version; runc --version; containerd --version",
        remedy="Update it. A distribution may have carried the fix back under an old number: its "
        "own list of advisories says so, the number alone proves neither.",
        references=(
            *(advisory.names for advisory in _OF_CONTAINERS),
            "https://github.com/opencontainers/runc/security/advisories",
            "https://github.com/containerd/containerd/security/advisories",
            "https://github.com/containers/crun/issues/1906",
        ),
        judge=_known_escape,
    ),
)
