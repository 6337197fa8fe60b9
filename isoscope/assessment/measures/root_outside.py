"""Who root inside a container is on the host: ``user_namespaces(7)``, ``subuid(5)``."""

from __future__ import annotations

from collections.abc import Mapping

from isoscope.assessment.declaration import Declaration, Subject, exposure, measure
from isoscope.assessment.judgement import (
    Judgement,
    failing,
    holding,
    not_applicable,
    undecided,
)
from isoscope.inventory.observation import Doubt, Observation, Unknown
from isoscope.inventory.process_namespaces import INITIAL_USER
from isoscope.inventory.reach import Reach
from isoscope.inventory.workload import IdMapping, NamespaceKind

_OF_MACHINES = range(524288, 1879048192)
"""User ids that systemd picks for containers, and nobody has: systemd, Users, Groups, UIDs and
GIDs."""


def _root_is_somebody(subject: Subject) -> Judgement:
    if subject.workload.behind_own_kernel:
        return not_applicable("a guest's root is its own kernel's", subject.kind)
    mapped, reach = subject.process.user_id_map, subject.surroundings.reach
    if mapped.value is None:
        return undecided(mapped.doubt, mapped)
    outside = _root_of(mapped.value)
    if outside is None:
        return failing("it has no root inside", mapped)
    if outside == 0:
        return holding("root inside is the host's root", mapped)
    return _account(outside, mapped, reach)


def _account(outside: int, mapped: Observation[object], reach: Reach) -> Judgement:
    """Whether a user id that is not the host's root is that of an account."""
    accounts, delegations = reach.accounts, reach.delegations
    if accounts.value is None:
        return undecided(accounts.doubt, mapped, accounts)
    if outside in accounts.value:
        name = accounts.value[outside][:40]
        return holding(f"root inside is {name} of the host, user {outside}", mapped, accounts)
    if outside in _OF_MACHINES:
        says = f"root inside is user {outside}, of those that only containers have"
        return failing(says, mapped, accounts)
    if delegations.value is None:
        return undecided(delegations.doubt, mapped, accounts, delegations)
    to = [d for d in delegations.value if d.first <= outside < d.first + d.count]
    if to:
        says = f"root inside is user {outside}, delegated to {to[0].account[:40]} for containers"
        return failing(says, mapped, accounts, delegations)
    return _nobody_local(outside, mapped, accounts, delegations)


def _nobody_local(outside: int, *observations: Observation[object]) -> Judgement:
    doubt = Unknown(
        Doubt.NOT_SAID,
        f"root inside is user {outside}, whom no local account has: a directory service may know",
        f"getent passwd {outside}",
    )
    return undecided(doubt, *observations)


def _root_of(extents: tuple[IdMapping, ...]) -> int | None:
    return next((item.outside for item in extents if item.inside == 0 and item.length), None)


def _end_inside(subject: Subject) -> Judgement:
    """A capability counts in the user namespace in which it is held, and in those below: over what
    the host's owns it does not."""
    if subject.workload.behind_own_kernel:
        return not_applicable("a guest's capabilities are its own kernel's", subject.kind)
    process = subject.process
    counts, own = process.capabilities_hold_on_host, process.namespaces[NamespaceKind.USER]
    if counts.value:
        return failing(
            "its capabilities count over all that the host's user namespace owns", counts
        )
    owners = process.namespace_owners
    for needed in (counts, own, owners):
        if needed is None:
            return undecided(_NOT_ASKED, counts)
        if needed.value is None:
            return undecided(needed.doubt, needed)
    return _owned(owners, counts, own) if owners is not None else undecided(_NOT_ASKED, counts)


def _owned(
    owners: Observation[Mapping[NamespaceKind, int]],
    counts: Observation[bool],
    own: Observation[int],
) -> Judgement:
    found = owners.value or {}
    strange = [kind for kind, owner in found.items() if owner not in (own.value, INITIAL_USER)]
    if strange:
        doubt = Unknown(
            Doubt.NOT_SAID,
            f"its {strange[0]} namespace is owned by another user namespace, {found[strange[0]]}; "
            "whether its capabilities count in that, is not read",
            "lsns -t user -o NS,PNS,PID,COMMAND as root",
        )
        return undecided(doubt, owners, counts, own)
    kinds = ", ".join(kind for kind, owner in found.items() if owner == own.value) or "no"
    says = f"its capabilities count over {kinds} namespaces of its own, and none of the host's"
    return holding(says, owners, counts, own)


_NOT_ASKED = Unknown(
    Doubt.NOT_SAID, "nobody asked who owns its namespaces", "lsns -o NS,TYPE,ONS as root"
)

DECLARATIONS: tuple[Declaration, ...] = (
    measure(
        "capabilities-end-inside",
        "Its capabilities end at its own namespaces",
        what="The container has a user namespace of its own, and each other namespace that it is "
        "in is owned by that or by the host's.",
        why="A full set of capabilities in /proc/PID/status says nothing by itself: each counts "
        "only over what its own user namespace owns, and those below.",
        by_hand="lsns -p PID -o NS,TYPE,ONS; readlink /proc/PID/ns/user",
        remedy="Run it in a user namespace of its own: userns-remap in daemon.json, --userns=auto "
        "with Podman, --private-users=pick with systemd-nspawn.",
        references=("user_namespaces(7)", "ioctl_ns(2): NS_GET_USERNS"),
        judge=_end_inside,
    ),
    exposure(
        "root-is-somebody-outside",
        "Root inside is somebody on the host",
        what="User 0 of the container is root of the host, or a person or service that has an "
        "account there.",
        why="Whatever of the host's files it comes to see, it reads and writes as that user: keys, "
        "mail, settings.",
        by_hand="cat /proc/PID/uid_map; getent passwd UID; cat /etc/subuid",
        remedy="Map root to user ids that nobody has: userns-remap in daemon.json, --userns=auto "
        "with Podman, --private-users=pick with systemd-nspawn.",
        references=("user_namespaces(7)", "subuid(5)", "dockerd(8): --userns-remap"),
        judge=_root_is_somebody,
    ),
)
