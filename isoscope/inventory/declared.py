"""What a container engine says of a container beyond what bears on its rungs: what the kernel can
contradict, and what the engine itself keeps of it."""

from __future__ import annotations

from dataclasses import dataclass

from isoscope.inventory.observation import Observation


@dataclass(frozen=True, slots=True)
class KeptLog:
    """``HostConfig.LogConfig``: Docker's "Configure logging drivers", podman-run(1)."""

    driver: str
    bounded: bool | None
    """Whether the engine keeps no more than some size of it; None where another program keeps it,
    by rules of its own."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program that has a part in making containers, by its own version."""

    name: str
    """``Docker Engine``, ``Podman``, ``containerd``, or a runtime: ``runc``, ``crun``."""
    version: str
    """As it says it, without a leading ``v``: ``1.1.5+ds1``."""
    package: str = ""
    """The package of a distribution that it came in; empty where nobody says so."""


@dataclass(frozen=True, slots=True)
class GivenFilter:
    """The seccomp filter that an engine says it gave: ``HostConfig.SecurityOpt``."""

    name: str
    """``unconfined``, ``of its own``, the path of a profile, or empty for the engine's own."""
    allows_the_rest: bool | None
    """Whether it lets through what it does not name; None: not said here."""
    allowed: int = 0
    """How many system calls it names to let them through."""
    keeps_away: bool | None = None
    """Whether it refuses at least one call of those that the filters of all engines refuse; None:
    not said here."""
    keys: bool | None = None
    """Whether it lets keyctl(2) through; None: not said here."""


@dataclass(frozen=True, slots=True)
class DeclaredDetails:
    """Further fields of ContainerInspect, Docker Engine API reference."""

    user_namespace_mode: Observation[str]
    """``HostConfig.UsernsMode``: ``host``, or empty or a kind of Podman's for the engine's own."""
    uts_mode: Observation[str]
    cgroup_namespace_mode: Observation[str]
    """``private``, ``host``, or empty where the engine chooses."""
    apparmor_profile: Observation[str]
    process_label: Observation[str]
    """``ProcessLabel``: the context of SELinux that its processes were given."""
    cpus: Observation[str]
    """``HostConfig.CpusetCpus``, cpuset(7); empty: all."""
    oom_score: Observation[int]
    user: Observation[str]
    """``Config.User``; empty: the image's, which is root unless it says otherwise."""
    image: Observation[str]
    """The image as whoever started it named it."""
    environment: Observation[int]
    """How many variables of its configuration have names like those of secrets."""
    survives_engine: Observation[bool]
    """Whether it runs on while its engine is restarted."""
    log: Observation[KeptLog]
    """Where what it writes to its standard output is kept."""
    given_filter: Observation[GivenFilter] | None = None
    """The seccomp filter that it was given; None where nobody looked."""
    built_in_filter: Observation[bool] | None = None
    """Whether the filter that its engine gives of itself is the one that the engine came with."""
    engine_rootless: Observation[bool] | None = None
    """Whether its engine runs as an ordinary user; None where nobody looked."""
