"""Filters of system calls: whether one stands, who set it, and what it lets through.

The kernel shows only that a filter is there. What it lets through is the engine's word, or that of
the bundle that the engine wrote: where neither is read, a filter may let everything through.
"""

from __future__ import annotations

import re

from isoscope.assessment.declaration import Declaration, Subject, exposure, measure
from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    any_of,
    holding,
    negated,
    not_applicable,
    test,
    undecided,
)
from isoscope.inventory.declared import DeclaredDetails, GivenFilter
from isoscope.inventory.observation import Doubt, Observation, Unknown
from isoscope.inventory.workload import DeclaredContainer, SeccompMode

_VM = "its processes are behind a kernel of their own"
_SECCOMP_OFF = re.compile(r"seccomp[=:]unconfined")
_NOBODY_SAYS = Unknown(
    Doubt.NOT_SAID,
    "it has a seccomp filter; who set it, and whether it keeps any system call away, nobody says",
    "give Isoscope access to the engine that runs it, or look at the filter that its manager sets",
)


def _seccomp_filter(subject: Subject) -> Judgement:
    """Whether a filter stands that the workload did not put there itself, and that keeps calls
    away."""
    if subject.workload.behind_own_kernel:
        return not_applicable(_VM, subject.kind)
    process, container = subject.process, subject.workload.container
    filtered = test(
        process.seccomp,
        lambda mode: mode is not SeccompMode.DISABLED,
        yes=lambda mode: f"seccomp mode is {mode}",
        no="no seccomp filter: all system calls reach the kernel",
    )
    if not filtered.holds:
        return filtered
    if process.seccomp.value is SeccompMode.STRICT:
        return filtered  # four calls, whoever asked for it: seccomp(2)
    if container is None:
        return undecided(_NOBODY_SAYS, process.seccomp)
    from_outside = _set_from_outside(subject, container)
    keeping = _keeps_calls_away(container, process.seccomp)
    return all_of(filtered, from_outside, keeping, says=f"{filtered.says}; {keeping.says}")


def _set_from_outside(subject: Subject, container: DeclaredContainer) -> Judgement:
    """A process can set a filter itself, one that lets everything through too, but only after it
    gave up new privileges for good: ``seccomp(2)``. Where it did so, its engine must say who set
    the filter."""
    set_before = negated(
        test(
            subject.process.no_new_privileges,
            bool,
            yes="it may have set its filter itself",
            no="it did not set its filter itself, which takes no-new-privileges",
        )
    )
    given = test(
        container.security_options,
        lambda options: not any(map(_SECCOMP_OFF.fullmatch, options)),
        yes="its engine gave it a seccomp filter",
        no="its engine gave it no seccomp filter, so that it set the one that it has itself",
    )
    unprivileged = negated(
        test(
            container.privileged,
            bool,
            yes="its engine gave it no seccomp filter: it is privileged",
            no="it is not privileged",
        )
    )
    by_engine = all_of(given, unprivileged, says=given.says)
    return any_of(set_before, by_engine, otherwise=by_engine.says)


def _keeps_calls_away(container: DeclaredContainer, shown: Observation[SeccompMode]) -> Judgement:
    """Whether the filter that its engine gave it keeps at least one call away that every engine's
    own keeps away."""
    given = _given(container)
    if given is None or given.value is None:
        return undecided(_doubt(given), *_known(given, shown))
    if given.value.keeps_away is not None:
        return test(
            given,
            lambda found: bool(found.keeps_away),
            yes="its filter keeps calls away",
            no="its filter refuses none of the calls that every engine's own refuses: it lets "
            "everything through that matters",
        )
    return _built_in(container.details, given, given.value)


def _allow_list(subject: Subject) -> Judgement:
    """A filter that lets through what it does not name grows with every new kernel."""
    stands = _seccomp_filter(subject)
    container = subject.workload.container
    if not stands.holds or container is None:
        return stands
    given = _given(container)
    if given is None or given.value is None:
        return undecided(_doubt(given), *_known(given))
    kept = given.value
    if kept.allows_the_rest is None:
        listed = _built_in(container.details, given, kept)
        return all_of(stands, listed, says=listed.says) if listed.holds else listed
    listed = test(
        given,
        lambda found: not found.allows_the_rest,
        yes=f"its filter lets through the {kept.allowed} system calls that it names",
        no="its filter lets through every system call that it does not name",
    )
    return all_of(stands, listed, says=listed.says)


def _built_in(
    details: DeclaredDetails | None, given: Observation[GivenFilter], kept: GivenFilter
) -> Judgement:
    """Whether a filter that is not shown is the one that its engine came with, which names what it
    lets through."""
    built_in = details.built_in_filter if details is not None else None
    if kept.name or built_in is None:
        doubt = Unknown(
            Doubt.NOT_SAID,
            f"what the filter in {kept.name[:60] or 'its engine'} lets through, was not read",
            "run Isoscope as root; look for defaultAction in the profile",
        )
        return undecided(doubt, given)
    if built_in.value is None:
        return undecided(built_in.doubt, given, built_in)
    if not built_in.value:
        doubt = Unknown(
            Doubt.NOT_SAID,
            "its engine gives a filter from a file of the host, which was not read",
            "run Isoscope as root; look for seccomp-profile in daemon.json, and for defaultAction "
            "in that profile",
        )
        return undecided(doubt, given, built_in)
    return holding(
        "it is its engine's built-in one, which names what it lets through", given, built_in
    )


def _given(container: DeclaredContainer) -> Observation[GivenFilter] | None:
    return None if container.details is None else container.details.given_filter


def _doubt(given: Observation[GivenFilter] | None) -> Unknown:
    if given is not None and given.unknown is not None:
        return given.unknown
    return Unknown(
        Doubt.NOT_SAID,
        "which system calls its filter lets through, its engine did not say",
        "give Isoscope access to its engine, or look at the filter that its manager sets",
    )


def _known(*observations: Observation[object] | None) -> tuple[Observation[object], ...]:
    return tuple(each for each in observations if each is not None)


def _seccomp_unconfined(subject: Subject) -> Judgement:
    return negated(_seccomp_filter(subject))


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "seccomp-unconfined",
        "No seccomp filter",
        what="No filter stands between the container and the kernel's system calls, or only one "
        "that it put there itself or that lets everything through.",
        why="The engine's default filter keeps some fifty rarely used calls away, among them those "
        "of many kernel escapes.",
        by_hand="grep Seccomp /proc/PID/status; docker inspect --format "
        "'{{.HostConfig.SecurityOpt}}' NAME",
        remedy="Take --security-opt seccomp=unconfined, or seccomp=PROFILE, away: the engine's own "
        "filter then stands.",
        references=(
            "seccomp(2)",
            "proc(5)",
            "Docker: Seccomp security profiles for Docker",
            "OCI runtime specification: config-linux, Seccomp",
        ),
        judge=_seccomp_unconfined,
    ),
    measure(
        "seccomp-filter",
        "A seccomp filter",
        what="The kernel checks each system call of the container against a filter, which its "
        "engine set and which keeps calls away.",
        why="System calls that are not let through cannot be attacked.",
        by_hand="grep Seccomp /proc/PID/status",
        remedy="Use the engine's default profile, or a narrower one.",
        references=("seccomp(2)",),
        judge=_seccomp_filter,
    ),
    measure(
        "seccomp-allow-list",
        "A seccomp filter that names what it allows",
        what="The container's filter refuses every system call that it does not name.",
        why="A filter that only names what it refuses lets through whatever a newer kernel adds.",
        by_hand="docker inspect --format '{{.HostConfig.SecurityOpt}}' NAME; docker info --format "
        "'{{.SecurityOptions}}'",
        remedy="Use the engine's default profile, or one whose defaultAction is SCMP_ACT_ERRNO.",
        references=(
            "Docker: Seccomp security profiles for Docker",
            "OCI runtime specification: config-linux, Seccomp",
            "seccomp(2)",
        ),
        judge=_allow_list,
    ),
)
