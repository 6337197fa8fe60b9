"""The host in a few lines, for everybody who shows it as text."""

from __future__ import annotations

from collections.abc import Iterable

from isoscope.inventory.host import Apparmor, GuestSign, HostFacts, Selinux, StageState
from isoscope.inventory.observation import Observation
from isoscope.inventory.technology import TeeNature
from isoscope.reports.report import Report, TeeReport
from isoscope.reports.words import count_of


def host_lines(report: Report) -> list[tuple[str, str]]:
    """What the host is, as pairs of a caption and its text; the text comes from the host and must
    be made readable by whoever shows it."""
    host = report.host
    return [
        (
            "System",
            ", ".join(
                known_or_why(fact)
                for fact in (host.operating_system, host.kernel, host.architecture)
            ),
        ),
        ("Guest", _guest(host)),
        ("LSMs", _lsms(host)),
        ("TEEs", _tees(report.tees)),
        ("Observed", f"{report.observed_at}, {_looked(report)}"),
    ]


def judged_as(report: Report) -> str:
    """From whose viewpoint, and against which profile."""
    viewpoint, profile = report.viewpoint, report.profile
    changed = [f"without {party}" for party in sorted(viewpoint.distrusted)]
    seen = ", ".join([viewpoint.title.lower(), *changed])
    own = len(report.own_profiles)
    but = f" but for {count_of(own, 'tenant')} with a profile of their own" if own else ""
    return f"{profile.title} (profile){but}, {seen} (viewpoint)"


def known_or_why(observation: Observation[str]) -> str:
    """The value, or that it is unknown and why."""
    if observation.unknown is not None:
        return f"unknown ({observation.unknown.explanation})"
    return str(observation.value)


def selinux_in_words(observation: Observation[Selinux]) -> str:
    """``enforcing, targeted policy, MLS/MCS``; ``unknown (why)``."""
    if observation.unknown is not None:
        return f"unknown ({observation.unknown.explanation})"
    value = observation.value
    if value is None:
        return "unknown"
    parts = [value.state.value]
    if value.policy:
        parts.append(f"{value.policy} policy")
    if value.mls is not None:
        parts.append("with MLS/MCS" if value.mls else "without MLS/MCS")
    return ", ".join(parts)


def apparmor_in_words(observation: Observation[Apparmor]) -> str:
    """``enabled, 12 profiles enforced``; ``unknown (why)``."""
    if observation.unknown is not None:
        return f"unknown ({observation.unknown.explanation})"
    value = observation.value
    if value is None:
        return "unknown"
    if not value.enabled:
        return "not enabled"
    if value.profiles_enforced is None:
        return "enabled"
    return f"enabled, {count_of(value.profiles_enforced, 'profile')} enforced"


def _guest(host: HostFacts) -> str:
    if host.is_guest.unknown is not None:
        text = f"unknown ({host.is_guest.unknown.explanation})"
    else:
        text = "this host is itself a guest" if host.is_guest.value else "no sign of a hypervisor"
    signs = _grouped(host.guest_signs)
    return f"{text}; {signs}" if signs else text


def _grouped(signs: Iterable[GuestSign]) -> str:
    """The signs that say something, those that disagree with each other apart."""
    telling = [sign for sign in signs if sign.guest is not None]
    if not telling:
        return ""
    yes = [f"{sign.sign}: {sign.says}" for sign in telling if sign.guest]
    no = [f"{sign.sign}: {sign.says}" for sign in telling if not sign.guest]
    if yes and no:
        return f"signs disagree: {'; '.join(yes)} — but {'; '.join(no)}"
    return "; ".join(yes)


def _lsms(host: HostFacts) -> str:
    lsms = host.lsms
    if lsms.unknown is not None:
        active = f"unknown ({lsms.unknown.explanation})"
    else:
        active = ", ".join(lsms.value or ()) or "none"
    return (
        f"{active}; SELinux {selinux_in_words(host.selinux)}; "
        f"AppArmor {apparmor_in_words(host.apparmor)}"
    )


def _tees(tees: Iterable[TeeReport]) -> str:
    """What is no TEE of workloads is named as what it is, and only where there is any of it."""
    found = list(tees)
    real = [tee for tee in found if tee.technology.nature is TeeNature.TEE]
    available = _names(tee for tee in real if tee.available)
    partly = _names(
        tee
        for tee in real
        if not tee.available and any(stage.state is StageState.PRESENT for stage in tee.stages)
    )
    unknown = _names(tee for tee in real if tee.available is None)
    parts = [f"available: {available}" if available else "none available"]
    if partly:
        parts.append(f"begun but not complete: {partly}")
    if unknown:
        parts.append(f"unknown: {unknown}")
    for nature, words in _NO_TEE.items():
        others = _names(t for t in found if t.available and t.technology.nature is nature)
        if others:
            parts.append(f"{words}: {others}")
    return "; ".join(parts)


_NO_TEE = {
    TeeNature.MEMORY_ENCRYPTION: "memory encrypted under one key, which is no TEE",
    TeeNature.HYPERVISOR_ISOLATION: "isolated by a hypervisor, which is no TEE of workloads",
}


def _names(tees: Iterable[TeeReport]) -> str:
    return ", ".join(tee.technology.value for tee in tees)


def _looked(report: Report) -> str:
    if report.collector.uid is None:
        return "from a captured tree"
    return f"looked at as {report.privilege}"
