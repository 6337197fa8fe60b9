"""Observations and their evidence as nodes: down to the raw words, their source and time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import fields, is_dataclass
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from gui.nodes import Node, NodeStyle
from gui.text import lines, moment, named_and_more, one_line
from gui.words import PARTY
from isoscope.assessment.vocabulary import Status
from isoscope.inventory.observation import Evidence, Observation, Party
from isoscope.texts import tr, trn

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")

VALUE_LIMIT = 300
"""Characters of a fact's value; its evidence holds more."""

ITEMS_SHOWN = 12
"""Members of a list or set that a value shows."""


def observation_node(observation: Observation[T], *, expanded: bool = False) -> Node:
    """One fact or unknown, on whose word, with its evidence below."""
    key = one_line(observation.key.replace("_", " ").replace("-", " "), 80)
    word = (
        tr("on the word of {parties}").format(parties=parties(observation.parties))
        if observation.parties
        else ""
    )
    children = tuple(evidence_node(evidence) for evidence in observation.evidence)
    if observation.unknown is not None:
        reason = observation.unknown
        return Node(
            tr("{key}: unknown").format(key=key),
            unknown_text(reason.explanation, reason.settled_by),
            mark=Status.UNPROVEN,
            children=children,
            expanded=expanded,
        )
    text = f"{key}: {one_line(value_text(observation.value), VALUE_LIMIT)}"
    return Node(text, word, children=children, expanded=expanded)


def unknown_text(explanation: str, settled_by: str) -> str:
    """Why something is unknown, and what would settle it."""
    why = one_line(explanation)
    return (
        tr("{why}\nSettled by: {settled_by}").format(why=why, settled_by=one_line(settled_by))
        if settled_by
        else why
    )


def evidence_node(evidence: Evidence) -> Node:
    """Where something was read: source, time, privilege, and the words as they are there."""
    excerpt = lines(evidence.excerpt)
    quoted = (Node(excerpt, style=NodeStyle.QUOTE),) if excerpt.strip() else ()
    return Node(
        one_line(evidence.source),
        tr("read {time}, {privilege}").format(
            time=moment(evidence.at), privilege=privilege(evidence.privilege)
        ),
        children=quoted,
        expanded=True,
    )


def privilege(words: str) -> str:
    """With which privilege something was read."""
    return (
        tr("as {user}").format(user=one_line(words, 60))
        if words
        else tr("with an unknown privilege")
    )


def parties(named: Iterable[Party]) -> str:
    """Parties in the order of the design, in words."""
    return ", ".join(PARTY[party] for party in sorted(named, key=list(Party).index))


def value_text(value: object) -> str:
    """A fact's value for a person: no Python notation, bounded."""
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, str):
        return value or tr("(empty)")
    if isinstance(value, float) and not value.is_integer():
        return f"{value:,.6g}"
    if isinstance(value, int | float):
        return f"{int(value):,}" if abs(value) >= 10_000 else str(int(value))
    return _structure_text(value)


def _structure_text(value: object) -> str:
    if is_dataclass(value) and not isinstance(value, type):
        return _dataclass_text(value)
    if isinstance(value, Mapping):
        pairs = islice(value.items(), ITEMS_SHOWN)
        return _listed([f"{value_text(k)}={value_text(v)}" for k, v in pairs], len(value))
    if isinstance(value, Set):
        numbers = all(isinstance(member, int) for member in value)
        members = sorted(value) if numbers else sorted(value, key=str)
        return _listed([value_text(member) for member in members[:ITEMS_SHOWN]], len(value))
    if isinstance(value, tuple | list):
        if len(value) > 1 and is_dataclass(value[0]):
            return trn("{number} entry", "{number} entries", len(value))
        return _listed([value_text(member) for member in value[:ITEMS_SHOWN]], len(value))
    return str(value)


def _listed(shown: list[str], count: int) -> str:
    if not shown:
        return tr("(none)")
    return named_and_more(shown, count - len(shown))


def _dataclass_text(value: DataclassInstance) -> str:
    parts = []
    for each in fields(value):
        member = getattr(value, each.name)
        if member in ("", None, ()):
            continue
        parts.append(f"{each.name.replace('_', ' ')} {value_text(member)}")
    return "; ".join(parts)
