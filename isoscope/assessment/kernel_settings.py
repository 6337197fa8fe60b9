"""What the kernel's settings mean to whoever shares it: judged once for all workloads of a host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from isoscope.assessment.judgement import Judgement, all_of, not_applicable, test, undecided
from isoscope.inventory.host import HostFacts
from isoscope.inventory.observation import Doubt, Observation, Unknown

Holds = Callable[[str], bool]


def at_least(number: int) -> Holds:
    """Whether a value is this number or a higher one."""
    return lambda value: value.lstrip("-").isdecimal() and int(value) >= number


def one_of(*values: str) -> Holds:
    """Whether a value is one of these."""
    return lambda value: value in values


@dataclass(frozen=True, slots=True)
class Topic:
    """Settings that together close one way into the kernel."""

    id: str
    wanted: Mapping[str, Holds]
    """By the setting's name: whether a value closes it."""
    closed: str
    """In words, where all do."""


TOPICS = (
    Topic(
        "kernel-addresses-hidden",
        {"kernel.kptr_restrict": at_least(1), "kernel.dmesg_restrict": at_least(1)},
        "the kernel tells no addresses and no messages to users without privilege",
    ),
    Topic(
        "kernel-profiling-restricted",
        {"kernel.perf_event_paranoid": at_least(2)},
        "users without privilege measure their own programs only",
    ),
    Topic(
        "unprivileged-bpf-off",
        {
            "kernel.unprivileged_bpf_disabled": one_of("1", "2"),
            "net.core.bpf_jit_harden": at_least(1),
        },
        "users without privilege load no BPF programs, and what is compiled is hardened",
    ),
    Topic(
        "io-uring-restricted",
        {"kernel.io_uring_disabled": at_least(1)},
        "io_uring is closed to users without privilege",
    ),
    Topic(
        "userfaultfd-restricted",
        {"vm.unprivileged_userfaultfd": one_of("0")},
        "users without privilege cannot hold the kernel up with userfaultfd",
    ),
    Topic(
        "tracing-scoped",
        {"kernel.yama.ptrace_scope": at_least(1)},
        "a process traces its own children only, unless it is privileged",
    ),
    Topic(
        "terminals-hardened",
        {"dev.tty.ldisc_autoload": one_of("0"), "dev.tty.legacy_tiocsti": one_of("0")},
        "no line discipline is loaded for a user, and no input is pushed into a terminal",
    ),
    Topic(
        "links-protected",
        {
            "fs.protected_symlinks": at_least(1),
            "fs.protected_hardlinks": at_least(1),
            "fs.suid_dumpable": one_of("0", "2"),
        },
        "links in shared directories lead nobody astray, and privileged programs leave no readable "
        "dumps",
    ),
    Topic(
        "kernel-replacement-off",
        {"kernel.kexec_load_disabled": at_least(1)},
        "no other kernel can be started from this one",
    ),
    Topic(
        "module-loading-restricted",
        {"kernel.modules_disabled": at_least(1)},
        "no further module can be loaded",
    ),
    Topic(
        "module-signatures-enforced",
        {"module.sig_enforce": one_of("Y", "1")},
        "only signed modules are loaded",
    ),
    Topic(
        "kernel-locked-down",
        {"lockdown": one_of("integrity", "confidentiality")},
        "root does not change the running kernel",
    ),
    Topic(
        "microcode-current",
        {"old_microcode": lambda value: value == "Not affected"},
        "the kernel knows of no newer microcode",
    ),
    Topic(
        "loopback-not-routed",
        {"net.ipv4.conf.all.route_localnet": one_of("0")},
        "what listens on the host's loopback is not reached from other interfaces",
    ),
)
"""Each is a measure; which of them a kernel ought to have is for its owner to weigh."""

_MICROCODE = "microcode-current"
_BELOW = Unknown(
    Doubt.BELOW_THE_GUEST,
    "this host is, or may be, a guest: what its CPUs say of their microcode is decided below it",
    "look at /sys/devices/system/cpu/vulnerabilities on the machine that runs this host",
)

_USER_NAMESPACES = {
    "user.max_user_namespaces": one_of("0"),
    "kernel.unprivileged_userns_clone": one_of("0"),
    "kernel.apparmor_restrict_unprivileged_userns": one_of("1"),
}


def judged_settings(host: HostFacts) -> Mapping[str, Judgement]:
    """Judgements on a host's settings, by the id of the measure or exposure; none where they were
    not read. Of a guest's microcode only the machine below can speak."""
    settings = host.kernel_settings
    found = {topic.id: _judge(topic, settings) for topic in TOPICS if settings}
    if settings:
        found["user-namespaces-for-all"] = _for_all(settings)
        if host.is_guest.value is not False and found[_MICROCODE].holds:
            found[_MICROCODE] = undecided(_BELOW, *found[_MICROCODE].observations, host.is_guest)
    return found


def _judge(topic: Topic, settings: Mapping[str, Observation[str]]) -> Judgement:
    offered = [name for name in topic.wanted if settings[name].value != ""]
    if not offered:
        names = " and ".join(topic.wanted)
        observations = [settings[name] for name in topic.wanted]
        return not_applicable(f"this kernel has no {names}", *observations)
    each = [_is(settings[name], topic.wanted[name]) for name in offered]
    return all_of(*each, says=topic.closed)


def _is(setting: Observation[str], closes: Holds) -> Judgement:
    says = f"{setting.key} is {setting.value}"
    return test(setting, closes, yes=says, no=says)


def _for_all(settings: Mapping[str, Observation[str]]) -> Judgement:
    """Whether users without privilege make user namespaces; any one setting rules it out."""
    closing = [
        test(settings[name], closes, yes=f"{name} keeps them from it", no=f"{name} does not")
        for name, closes in _USER_NAMESPACES.items()
        if settings[name].value != ""
    ]
    closed = next((each for each in closing if each.holds), None)
    if closed is not None:
        return Judgement(holds=False, says=closed.says, observations=closed.observations)
    unknown = next((each for each in closing if each.holds is None), None)
    if unknown is not None:
        return unknown
    observations = tuple(settings[name] for name in _USER_NAMESPACES)
    says = "users without privilege may make user namespaces, and reach what only root reaches else"
    return Judgement(holds=True, says=says, observations=observations)
