"""Which seccomp filter an engine says that a container got.

Sources: Docker Engine API reference, ``HostConfig.SecurityOpt`` and ``GET /info``,
``SecurityOptions``; OCI runtime specification, config-linux, "Seccomp".
"""

from __future__ import annotations

from isoscope.inventory.declared import GivenFilter
from isoscope.inventory.json_fields import (
    NotSaidError,
    get_list,
    get_object,
    get_str,
    get_texts,
    parse_json,
)

_LETS_THROUGH = ("SCMP_ACT_ALLOW", "SCMP_ACT_LOG")
_BUILT_IN = ("default", "builtin")
_REFUSED_BY_ALL = ("kexec_load", "swapon", "userfaultfd")
"""System calls that neither Docker's and containerd's nor Podman's own filter lets through,
whatever capabilities the container has: moby, profiles/seccomp; containers-common, seccomp.json."""
_CONDITIONS = ("args", "includes", "excludes")
"""Of a rule that does not hold always."""


def given_filter(document: object) -> GivenFilter:
    """The filter of one container. Docker's client sends the profile itself, Podman keeps the path
    of its file; where neither is there, it is the engine's own.

    Raises:
        ValueError: the options are none, or the profile is none.
    """
    for option in get_texts(document, "HostConfig", "SecurityOpt"):
        name, _, value = option.partition("=" if "=" in option else ":")
        if name != "seccomp":
            continue
        if value == "unconfined":
            return UNCONFINED
        if not value.lstrip().startswith("{"):
            return GivenFilter(value, allows_the_rest=None)
        return parse_profile(value)
    return GivenFilter("", allows_the_rest=None)


UNCONFINED = GivenFilter("unconfined", allows_the_rest=True, keeps_away=False, keys=True)


def parse_profile(text: str) -> GivenFilter:
    """A profile in the words of the OCI runtime specification.

    Raises:
        ValueError: it is none.
    """
    return filter_of(parse_json(text))


def filter_in_bundle(document: object) -> GivenFilter:
    """The filter in the configuration that an engine handed to the runtime: ``linux.seccomp``.

    Raises:
        ValueError: it is no such document.
    """
    linux = get_object(document, "linux")
    return filter_of(linux["seccomp"]) if linux.get("seccomp") is not None else UNCONFINED


def filter_of(profile: object) -> GivenFilter:
    """A filter by its default action and its rules.

    Raises:
        ValueError: it is none.
    """
    action = get_str(profile, "defaultAction")
    let_through: set[str] = set()
    refused: set[str] = set()
    try:
        rules = get_list(profile, "syscalls")
    except NotSaidError:
        rules = []
    for rule in rules:
        names = _names(rule)
        if get_str(rule, "action") in _LETS_THROUGH:
            let_through.update(names)
        elif not any(get_object(rule).get(condition) for condition in _CONDITIONS):
            refused.update(names)
    by_default = action in _LETS_THROUGH
    kept_away = [
        name in refused if by_default else name not in let_through for name in _REFUSED_BY_ALL
    ]
    keys = "keyctl" in let_through or (by_default and "keyctl" not in refused)
    return GivenFilter("of its own", by_default, len(let_through), any(kept_away), keys)


def _names(rule: object) -> tuple[str, ...]:
    """Docker still takes ``name`` for a single one."""
    try:
        return get_texts(rule, "names")
    except NotSaidError:
        return (get_str(rule, "name"),)


def own_filter_is_built_in(info: object) -> bool:
    """Whether the filter that an engine gives where nothing is asked for is the one it came with:
    ``name=seccomp,profile=builtin``, of older engines ``profile=default``.

    Raises:
        NotSaidError: it does not speak of one.
        ValueError: it is no such document.
    """
    for option in get_texts(info, "SecurityOptions"):
        words = dict(word.partition("=")[::2] for word in option.split(","))
        if words.get("name") == "seccomp":
            return words.get("profile") in _BUILT_IN
    raise NotSaidError("SecurityOptions does not name seccomp")
