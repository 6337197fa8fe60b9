"""Privileges that an engine says it gave, against those that the kernel shows."""

from __future__ import annotations

from collections.abc import Iterator

from isoscope.inventory.capability_names import DOCKER_DEFAULT, NAMES, words
from isoscope.inventory.declared import DeclaredDetails
from isoscope.inventory.differing import differs
from isoscope.inventory.disagreement import Disagreement
from isoscope.inventory.procfs import parse_number_list
from isoscope.inventory.workload import DeclaredContainer, ProcessFacts, SecurityLabel

_ROOT = ("", "root", "0")


def privileges_that_differ(
    process: ProcessFacts, container: DeclaredContainer
) -> Iterator[Disagreement | None]:
    """Capabilities, labels, user, CPUs and the score of the OOM killer."""
    yield _capabilities(process, container)
    if container.details is not None:
        yield _apparmor(process, container.details)
        yield _selinux(process, container.details)
        yield _user(process, container.details)
        yield _cpus(process, container.details)
        yield _oom_score(process, container.details)


def _capabilities(process: ProcessFacts, container: DeclaredContainer) -> Disagreement | None:
    """More than was asked for, or fewer than ``--privileged`` gives. That a process gave some up by
    itself contradicts nobody."""
    held, privileged = process.capabilities.value, container.privileged.value
    added, dropped = container.capabilities_added.value, container.capabilities_dropped.value
    if held is None or privileged is None or added is None or dropped is None:
        return None
    every = (1 << (held.last + 1)) - 1
    if privileged:
        missing = every & ~held.bounding
        if not missing:
            return None
        return Disagreement(
            "privileged",
            "every capability",
            f"without {words(missing)}",
            container.privileged,
            process.capabilities,
        )
    more = held.effective & every & ~_asked(added, dropped, every)
    if not more:
        return None
    declared = "the engine's default"
    if added:
        declared += f", with {', '.join(added)}"
    if dropped:
        declared += f", without {', '.join(dropped)}"
    says = "every capability" if held.effective & every == every else f"also {words(more)}"
    return Disagreement(
        "capabilities", declared, says, container.capabilities_added, process.capabilities
    )


def _asked(added: tuple[str, ...], dropped: tuple[str, ...], every: int) -> int:
    """What an engine makes of ``CapAdd`` and ``CapDrop``, from the widest default of any engine."""
    more, fewer = _mask(added), _mask(dropped)
    if "ALL" in added:
        return every & ~fewer
    if "ALL" in dropped:
        return more
    return (DOCKER_DEFAULT | more) & ~fewer


def _mask(names: tuple[str, ...]) -> int:
    numbers = {f"CAP_{name}": 1 << number for number, name in enumerate(NAMES)}
    return sum(numbers.get(name, 0) for name in dict.fromkeys(names))


def _apparmor(process: ProcessFacts, details: DeclaredDetails) -> Disagreement | None:
    """An engine may name a profile that nothing loaded: docker/for-linux issue 976. One that names
    none says nothing: some do not show the profile that they apply."""
    if not details.apparmor_profile.value:
        return None
    return differs(
        "apparmor_profile",
        details.apparmor_profile,
        process.label,
        lambda profile: profile,
        _profile,
    )


def _profile(label: SecurityLabel) -> str:
    if label.module != "apparmor":
        return "no AppArmor label"
    return label.label.rpartition(" (")[0] or label.label


def _selinux(process: ProcessFacts, details: DeclaredDetails) -> Disagreement | None:
    if not details.process_label.value:
        return None
    return differs(
        "selinux_label",
        details.process_label,
        process.label,
        lambda context: context,
        lambda label: label.label if label.module == "selinux" else "no SELinux label",
    )


def _user(process: ProcessFacts, details: DeclaredDetails) -> Disagreement | None:
    """A user that is not root, although one of its processes is root inside."""
    mapping, users = process.user_id_map.value, process.host_user_ids.value
    said = details.user.value
    if said is None or mapping is None or users is None or said.partition(":")[0] in _ROOT:
        return None
    root = {one.outside for one in mapping if one.inside == 0}
    if not root & users:
        return None
    return Disagreement(
        "user", said, "one of its processes runs as root", details.user, process.host_user_ids
    )


def _cpus(process: ProcessFacts, details: DeclaredDetails) -> Disagreement | None:
    allowed = process.allowed_cpus.value
    if not details.cpus.value or allowed is None:
        return None
    try:
        said = parse_number_list(details.cpus.value)
    except ValueError:
        return None
    if allowed <= said:
        return None
    observed = ", ".join(map(str, sorted(allowed)[:16])) + (" …" if len(allowed) > 16 else "")
    return Disagreement("cpus", details.cpus.value, observed, details.cpus, process.allowed_cpus)


def _oom_score(process: ProcessFacts, details: DeclaredDetails) -> Disagreement | None:
    if process.host_side is None:
        return None
    return differs("oom_score", details.oom_score, process.host_side.chosen_by_oom, str, str)
