"""Keys that the kernel keeps for each user of a user namespace, whoever's workload put them there:
keyrings(7), user-keyring(7)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from isoscope.assessment.judgement import Judgement, failing, holding, with_others
from isoscope.assessment.neighbours.relations import Group, Neighbours, Words
from isoscope.inventory.capability_names import mask
from isoscope.inventory.observation import Doubt, Observation, Unknown
from isoscope.inventory.workload import NamespaceKind, SeccompMode, Workload

_SETUID = mask("SETUID")
_FILTER_NOT_SAID = Unknown(
    Doubt.NOT_SAID,
    "whether its seccomp filter lets keyctl(2) through, nobody says",
    "look for keyctl in the filter that its manager sets",
)


class _Uses(NamedTuple):
    """Whether a workload can put keys into keyrings, and get them out."""

    keys: bool | None
    said: tuple[Observation[object], ...]
    doubt: Unknown | None = None


class _Place(NamedTuple):
    namespace: int
    user: int


@dataclass(slots=True)
class _Index:
    uses: list[_Uses]
    said: Words
    users: dict[_Place, Group] = field(default_factory=lambda: defaultdict(Group))
    """Workloads that use keys, by user."""
    any_user: dict[int, Group] = field(default_factory=lambda: defaultdict(Group))
    """Those that may become any user of their user namespace."""
    unclear: Group = field(default_factory=Group)


def shared_keyrings(neighbours: Neighbours) -> list[Judgement]:
    """For each workload that may have keys: whether another tenant's gets at them as the same user
    of the same user namespace."""
    index = _Index([_uses(workload) for workload in neighbours.workloads], Words(neighbours))
    for place, uses in enumerate(index.uses):
        process = neighbours.process(place)
        namespace = process.namespaces[NamespaceKind.USER].value
        users, held = process.host_user_ids.value, process.capabilities.value
        for observation in uses.said:
            index.said.note(place, observation)
        if uses.keys is False:
            continue
        if uses.keys is None or namespace is None or users is None or held is None:
            neighbours.add(index.unclear, place)
            continue
        for user in users:
            neighbours.add(index.users[_Place(namespace, user)], place)
        if held.effective & _SETUID:
            neighbours.add(index.any_user[namespace], place)
    return [_judge(neighbours, place, index) for place in range(len(index.uses))]


def _judge(neighbours: Neighbours, place: int, index: _Index) -> Judgement:
    uses, process = index.uses[place], neighbours.process(place)
    if uses.keys is False:
        return failing("it has no keys in keyrings of the host's kernel", *uses.said)
    if not neighbours.has_neighbours(place):
        return neighbours.alone("no other tenant runs here")
    space, users = process.namespaces[NamespaceKind.USER], process.host_user_ids
    if space.value is None or users.value is None:
        return neighbours.unclear(space if space.value is None else users)
    said = (*uses.said, space, users)
    groups = [index.users[_Place(space.value, user)] for user in sorted(users.value)]
    groups.append(index.any_user[space.value])
    what = f"keyrings of user {', '.join(map(str, sorted(users.value)[:3]))}"
    for group in groups:
        others = neighbours.strangers(group, place)
        possible = others or neighbours.possible_strangers(group, place)
        if not possible:
            continue
        says = (
            f"{what} are open to {neighbours.names(possible)} too, and no seccomp filter is known "
        )
        says += "to keep it from keyctl(2)" if uses.keys is None else "keeps either from keyctl(2)"
        if others and uses.keys:
            judgement = holding(says, *said, *index.uses[others[0]].said)
            return with_others(judgement, neighbours.ids(others))
        if others:
            doubt = uses.doubt or _FILTER_NOT_SAID
            return Judgement(None, says, said, doubt, neighbours.ids(others))
        return neighbours.unclear_tenant(says, possible, *said)
    hidden = neighbours.hidden(index.unclear, place)
    if hidden:
        theirs = index.uses[hidden[0]]
        doubt = theirs.doubt or _FILTER_NOT_SAID
        says = f"{what} may be open to {neighbours.names(hidden)} too: {doubt.explanation}"
        return Judgement(None, says, said, doubt, neighbours.ids(hidden))
    return neighbours.alone(
        f"{what} are open to no other tenant", *said, *index.said.of_others(place)
    )


def _uses(workload: Workload) -> _Uses:
    """Whether a workload reaches the kernel's key management."""
    process = workload.process
    if process is None:
        raise ValueError(f"{workload.id} does not run")
    if workload.behind_own_kernel:
        return _Uses(False, (process.seccomp,))
    mode = process.seccomp
    if mode.value is None:
        return _Uses(None, (mode,), mode.doubt)
    if mode.value is not SeccompMode.FILTER:
        return _Uses(mode.value is SeccompMode.DISABLED, (mode,))
    details = None if workload.container is None else workload.container.details
    given = None if details is None else details.given_filter
    if details is None or given is None or given.value is None:
        doubt = None if given is None else given.unknown
        return _Uses(None, (mode,), doubt or _FILTER_NOT_SAID)
    if given.value.keys is not None:
        return _Uses(given.value.keys, (mode, given))
    built_in = details.built_in_filter
    if not given.value.name and workload.engine == "docker" and built_in and built_in.value:
        # Docker's own lets neither add_key(2) nor keyctl(2) through: keys have no namespaces.
        return _Uses(False, (mode, given, built_in))
    return _Uses(None, (mode, given), _FILTER_NOT_SAID)
