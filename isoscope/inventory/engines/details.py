"""The details of a container that an engine's document holds: `DeclaredDetails`."""

from __future__ import annotations

import re

from isoscope.inventory.declared import DeclaredDetails, GivenFilter, KeptLog
from isoscope.inventory.engines.description import JsonDescription
from isoscope.inventory.engines.seccomp_profile import (
    filter_in_bundle,
    given_filter,
    own_filter_is_built_in,
)
from isoscope.inventory.json_fields import (
    NotSaidError,
    get_bool,
    get_field,
    get_int,
    get_str,
    get_texts,
    parse_json,
)
from isoscope.inventory.observation import ENGINE, Observation, parsed
from isoscope.snapshot.reading import Reading
from isoscope.snapshot.secret_words import CUT_SECRETS, CUT_SHORT


def declared_details(
    document: JsonDescription,
    image: Observation[str],
    survives: Observation[bool],
    built_in_filter: Observation[bool],
    rootless: Observation[bool],
    bundle: JsonDescription,
) -> DeclaredDetails:
    """What a document says of one container, its engine of all of its, and, where these only name
    a file, its bundle."""
    if document.doubt is not None:
        built_in_filter = document.observe("built-in-filter", own_filter_is_built_in)
    asked_for = document.observe("given-filter", given_filter, "HostConfig", "SecurityOpt")

    def text(key: str, *path: str) -> Observation[str]:
        return document.observe(key, lambda d: get_str(d, *path), *path)

    return DeclaredDetails(
        user_namespace_mode=text("user-namespace-mode", "HostConfig", "UsernsMode"),
        uts_mode=text("uts-mode", "HostConfig", "UTSMode"),
        cgroup_namespace_mode=document.observe(
            "cgroup-namespace-mode", _cgroup_namespace, "HostConfig"
        ),
        apparmor_profile=text("apparmor-profile", "AppArmorProfile"),
        process_label=text("process-label", "ProcessLabel"),
        cpus=text("declared-cpus", "HostConfig", "CpusetCpus"),
        oom_score=document.observe(
            "declared-oom-score",
            lambda d: get_int(d, "HostConfig", "OomScoreAdj"),
            "HostConfig",
            "OomScoreAdj",
        ),
        user=text("declared-user", "Config", "User"),
        image=image,
        environment=document.observe(
            "secret-names", lambda d: secret_names(get_field(d, "Config", "Env")), "Config", "Env"
        ),
        # Of a container that the engine does not describe, it says nothing.
        log=document.observe("log", kept_log, "HostConfig", "LogConfig"),
        survives_engine=survives
        if document.doubt is None
        else document.observe("survives-engine", lambda d: get_bool(d, "LiveRestoreEnabled")),
        given_filter=_shown_filter(asked_for, built_in_filter, bundle),
        built_in_filter=built_in_filter,
        engine_rootless=rootless
        if document.doubt is None
        else document.observe("engine-rootless", lambda _: False),
    )


def _shown_filter(
    asked_for: Observation[GivenFilter], built_in: Observation[bool], bundle: JsonDescription
) -> Observation[GivenFilter]:
    """The filter itself: where it stands in a file, as the bundle has it, if that was read."""
    found = asked_for.value
    if found is None or found.keeps_away is not None:
        return asked_for
    if not found.name and built_in.value is not False:
        return asked_for
    shown = bundle.observe(asked_for.key, filter_in_bundle, "linux", "seccomp", "defaultAction")
    return shown if shown.known else asked_for


def built_in_filter(info: Reading) -> Observation[bool]:
    """Whether the seccomp filter that an engine gives of itself is its built-in one."""
    return parsed(
        "host",
        "built-in-filter",
        info,
        lambda text: own_filter_is_built_in(parse_json(text)),
        parties=ENGINE,
        settled_by="docker info --format '{{.SecurityOptions}}'",
        excerpt="SecurityOptions",
    )


def runs_without_root(info: Reading) -> Observation[bool]:
    """Whether an engine runs as an ordinary user: Docker and Podman say ``name=rootless``."""
    return parsed(
        "host",
        "engine-rootless",
        info,
        lambda text: "name=rootless" in get_texts(parse_json(text), "SecurityOptions"),
        parties=ENGINE,
        settled_by="docker info --format '{{.SecurityOptions}}'",
        excerpt="SecurityOptions",
    )


def survives_engine(engine: str, endpoint: Reading, info: Reading) -> Observation[bool]:
    """Whether an engine's containers run on while it is restarted: Docker's ``live-restore``,
    dockerd(8). Podman has no daemon: conmon(8) holds each container."""
    if engine == "podman":
        return parsed(
            "host",
            "survives-engine",
            endpoint,
            lambda _: True,
            parties=ENGINE,
            settled_by="ask Podman",
            excerpt="Podman has no daemon",
        )
    return parsed(
        "host",
        "survives-engine",
        info,
        lambda text: get_bool(parse_json(text), "LiveRestoreEnabled"),
        parties=ENGINE,
        settled_by="docker info --format '{{.LiveRestoreEnabled}}'",
        excerpt="LiveRestoreEnabled",
    )


def kept_log(document: object) -> KeptLog:
    """What bounds a container's log: Docker rotates it by ``max-size``, and its driver ``local``
    without being told; Podman words the bound of its own drivers as ``Size``, ``0B`` for none.

    Raises:
        ValueError: it is no such document.
    """
    driver = get_str(document, "HostConfig", "LogConfig", "Type")
    if driver == "none":
        return KeptLog(driver, bounded=True)
    if driver in ("json-file", "local"):
        options = get_field(document, "HostConfig", "LogConfig", "Config")
        size = options.get("max-size") if isinstance(options, dict) else None
        if size is None:
            size = _podman_size(document) or (_LOCAL_DEFAULT if driver == "local" else "")
    elif driver == "k8s-file":
        size = _podman_size(document)
    else:
        return KeptLog(driver, bounded=None)
    amount = _AMOUNT.match(str(size).strip())
    return KeptLog(driver, bounded=amount is not None and float(amount[0]) > 0)


_AMOUNT = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18})?")
_LOCAL_DEFAULT = "20m"


def _podman_size(document: object) -> str:
    try:
        return get_str(document, "HostConfig", "LogConfig", "Size")
    except NotSaidError:
        return ""


def _cgroup_namespace(document: object) -> str:
    """Docker and Podman spell the field differently."""
    for name in ("CgroupnsMode", "CgroupMode"):
        try:
            return get_str(document, "HostConfig", name)
        except NotSaidError:
            continue
    raise NotSaidError("HostConfig has neither CgroupnsMode nor CgroupMode")


def secret_names(found: object) -> int:
    """How many names were counted when the values of an environment were cut out.

    Raises:
        ValueError: it is not what is left of an environment.
    """
    if found in (None, []):
        return 0
    if isinstance(found, dict) and CUT_SHORT in found:
        count = found.get(CUT_SECRETS, 0)
        if isinstance(count, int) and not isinstance(count, bool) and count >= 0:
            return count
    raise ValueError("the environment is not what Isoscope leaves of it")
