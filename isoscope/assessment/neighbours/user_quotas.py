"""Quotas that the kernel keeps for each user of the host, whoever's workloads run as that user:
keyrings(7), inotify(7), setrlimit(2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from isoscope.assessment.judgement import Judgement
from isoscope.assessment.neighbours.possessions import (
    NOTHING,
    Possessions,
    Things,
    Wording,
    in_common,
)
from isoscope.assessment.neighbours.relations import Neighbours
from isoscope.inventory.user_quotas import KeyCount

_SHOWN = 3


def shared_quotas(neighbours: Neighbours) -> list[Judgement]:
    """For each workload: whether processes of another tenant's run as one of its users, and so use
    up what the kernel gives that user."""
    host = neighbours.inventory.host
    counted = host.key_users.value if host.key_users is not None else None
    made: dict[frozenset[int], Things] = {}
    each = []
    for index in range(len(neighbours.workloads)):
        users = neighbours.process(index).host_user_ids
        own = users.value or frozenset()
        if own not in made:
            made[own] = {user: _named(user, counted or {}) for user in sorted(own)} or NOTHING
        each.append(Possessions(made[own], (users,), None if users.known else users))
    return in_common(neighbours, each, Wording(_says, "no other tenant runs as a user of its own"))


def _named(user: int, counted: Mapping[int, KeyCount]) -> str:
    own = counted.get(user)
    return f"user {user}" + (f" ({own.keys} of {own.most} keys)" if own is not None else "")


def _says(users: Sequence[str], names: str) -> str:
    more = f" and {len(users) - _SHOWN} more" if len(users) > _SHOWN else ""
    return f"the kernel's quotas of {', '.join(users[:_SHOWN])}{more} are also used by {names}"
