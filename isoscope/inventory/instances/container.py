"""What Incus or LXD says of a container, as far as it does not only hand on LXC's own defaults.

Source: the Incus documentation, "Instance options" and "Devices".
"""

from __future__ import annotations

import re

from isoscope.inventory.declared import DeclaredDetails, GivenFilter
from isoscope.inventory.engines.details import secret_names
from isoscope.inventory.engines.seccomp_profile import UNCONFINED
from isoscope.inventory.instances.devices import given_devices, volumes
from isoscope.inventory.instances.networks import Networks
from isoscope.inventory.instances.settings import (
    CONFIG,
    DEVICES,
    Instance,
    byte_amount,
    config_of,
    switched,
    unsaid,
    without_raw,
)
from isoscope.inventory.json_fields import NotSaidError, get_field, get_object
from isoscope.inventory.observation import Observation
from isoscope.inventory.workload import DeclaredContainer, Limit

RUNTIME = "lxc"
"""What runs every container: liblxc."""
_PRIVILEGED = "security.privileged"
_BY_LXC = unsaid("no setting says it: LXC's own defaults hold")
_ALLOWANCE = re.compile(r"([0-9]{1,9})ms/([0-9]{1,9})ms")
_CPUS = re.compile(r"[0-9]{1,4}(?:-[0-9]{1,4})?(?:,[0-9]{1,4}(?:-[0-9]{1,4})?)*")


def declared_container(instance: Instance, networks: Networks) -> DeclaredContainer:
    """What the settings of a container say.

    ``security.privileged`` means that root inside is root outside, and no more devices or system
    calls: so it is the mode of the user namespace, and not what Docker calls privileged.
    """

    def private(key: str) -> Observation[str]:
        return instance.observe(key, _private, CONFIG)

    return DeclaredContainer(
        privileged=instance.observe("privileged", _given_everything, CONFIG, _PRIVILEGED),
        network_mode=private("network-mode"),
        pid_mode=private("pid-mode"),
        ipc_mode=private("ipc-mode"),
        security_options=instance.observe("security-options", _security_options, CONFIG),
        capabilities_added=instance.observe("capabilities-added", _BY_LXC),
        capabilities_dropped=instance.observe("capabilities-dropped", _BY_LXC),
        read_only_root=instance.observe("read-only-root", _read_only_root, DEVICES),
        networks=instance.observe("networks", networks.of_instance, DEVICES),
        volumes=instance.observe("volumes", volumes, DEVICES),
        memory=instance.observe("declared-memory-limit", _memory, CONFIG, "limits.memory"),
        processes=instance.setting("declared-process-limit", "limits.processes", _processes),
        cpu=instance.setting("declared-cpu-limit", "limits.cpu.allowance", _cpu),
        runtime=instance.observe("runtime", lambda _: RUNTIME, "type"),
        devices=instance.observe("devices", given_devices, DEVICES),
        details=_details(instance),
    )


def _details(instance: Instance) -> DeclaredDetails:
    return DeclaredDetails(
        user_namespace_mode=instance.observe(
            "user-namespace-mode", _user_namespace, CONFIG, _PRIVILEGED
        ),
        uts_mode=instance.observe("uts-mode", _private, CONFIG),
        cgroup_namespace_mode=instance.observe("cgroup-namespace-mode", _BY_LXC),
        apparmor_profile=instance.observe("apparmor-profile", _BY_LXC),
        process_label=instance.observe("process-label", _BY_LXC),
        cpus=instance.setting("declared-cpus", "limits.cpu", _cpus),
        oom_score=instance.observe("declared-oom-score", _BY_LXC),
        user=instance.observe("declared-user", _BY_LXC),
        image=instance.setting("image", "image.description", _image),
        environment=instance.observe("secret-names", _secret_names, CONFIG, "environment"),
        log=instance.observe("log", unsaid("how much of its console is kept, no setting says")),
        # A monitor of LXC's holds each container, not the server.
        survives_engine=instance.observe("survives-engine", lambda _: True, "type"),
        given_filter=instance.observe("given-filter", _given_filter, CONFIG),
        engine_rootless=instance.observe("engine-rootless", lambda _: False, "type"),
    )


def _private(document: object) -> str:
    without_raw(document, "lxc")
    return "private"


def _given_everything(document: object) -> bool:
    """Never by its settings alone."""
    without_raw(document, "lxc")
    return False


def _user_namespace(document: object) -> str:
    without_raw(document, "lxc")
    return "host" if switched(document, _PRIVILEGED, unless_set=False) else "private"


def _denies_by_default(document: object) -> bool:
    return switched(
        document,
        "security.syscalls.deny_default",
        "security.syscalls.blacklist_default",
        unless_set=True,
    )


def _asks_for_filter(document: object) -> bool:
    """Whether anything makes it give a filter beside the one that it gives by default."""
    return any(
        value and key.startswith("security.syscalls.") and not key.endswith("_default")
        for key, value in config_of(document).items()
    )


def _security_options(document: object) -> tuple[str, ...]:
    """In Docker's words."""
    without_raw(document, "lxc")
    without_raw(document, "seccomp")
    filtered = _denies_by_default(document) or _asks_for_filter(document)
    return () if filtered else ("seccomp=unconfined",)


def _given_filter(document: object) -> GivenFilter:
    """Filters of Incus and LXD deny what they name, by default kexec_load(2) among it
    (``defaultSeccompPolicy``); ``security.syscalls.allow`` makes one that allows."""
    if _security_options(document):
        return UNCONFINED
    allowed = config_of(document).get("security.syscalls.allow") or config_of(document).get(
        "security.syscalls.whitelist", ""
    )
    names = [line.split()[0] for line in allowed.split("\n") if line.strip()]
    if names:
        return GivenFilter("", False, len(names), keeps_away="kexec_load" not in names)
    return GivenFilter("", True, keeps_away=_denies_by_default(document) or None)


def _read_only_root(document: object) -> bool:
    """The root of an instance can be nothing else than writable."""
    without_raw(document, "lxc")
    return False


def _memory(document: object) -> Limit:
    said = config_of(document)
    amount = said.get("limits.memory", "")
    if not amount or said.get("limits.memory.enforce") == "soft":
        return Limit(None)
    return Limit(byte_amount(amount), "limits.memory")


def _processes(text: str) -> Limit:
    return Limit(float(int(text)), "limits.processes") if text else Limit(None)


def _cpu(text: str) -> Limit:
    """``25ms/100ms`` limits; a percentage only weighs against the others."""
    found = _ALLOWANCE.fullmatch(text)
    if found is None or not int(found[2]):
        return Limit(None)
    return Limit(int(found[1]) / int(found[2]), "limits.cpu.allowance")


def _cpus(text: str) -> str:
    """A list of CPUs; a bare number is how many, and the server chooses which."""
    if text.isdecimal() or not text:
        return ""
    if _CPUS.fullmatch(text) is None:
        raise ValueError(f"{text[:40]!r} is no list of CPUs")
    return text


def _image(text: str) -> str:
    if not text:
        raise NotSaidError("its image has no description")
    return text


def _secret_names(document: object) -> int:
    config = get_object(document, CONFIG)
    return secret_names(get_field(config, "environment") if "environment" in config else None)
