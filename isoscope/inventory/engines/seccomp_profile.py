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
            return GivenFilter("unconfined", allows_the_rest=True, keys=True)
        if not value.lstrip().startswith("{"):
            return GivenFilter(value, allows_the_rest=None)
        return parse_profile(value)
    return GivenFilter("", allows_the_rest=None)


def parse_profile(text: str) -> GivenFilter:
    """A profile in the words of the OCI runtime specification.

    Raises:
        ValueError: it is none.
    """
    profile = parse_json(text)
    action = get_str(profile, "defaultAction")
    allowed: set[str] = set()
    denied: set[str] = set()
    try:
        rules = get_list(profile, "syscalls")
    except NotSaidError:
        rules = []
    for rule in rules:
        if get_str(rule, "action") in _LETS_THROUGH:
            allowed.update(get_texts(rule, "names"))
        elif not _asks_for_arguments(rule):
            denied.update(get_texts(rule, "names"))
    lets_rest = action in _LETS_THROUGH
    keys = "keyctl" in allowed or (lets_rest and "keyctl" not in denied)
    return GivenFilter("of its own", lets_rest, len(allowed), keys)


def _asks_for_arguments(rule: object) -> bool:
    """Whether a rule is only for calls with some arguments, or for some machines."""
    return any(get_object(rule).get(condition) for condition in ("args", "includes", "excludes"))


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
