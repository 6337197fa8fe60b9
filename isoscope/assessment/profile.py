"""Profiles: the least rung that somebody requires, per direction and property."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from isoscope.assessment.ladders import ladder
from isoscope.assessment.vocabulary import Aspect, Direction, Property


class ProfileError(ValueError):
    """A profile that cannot be used; its text is one line that says what is wrong."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A requirement profile. An aspect that is missing from ``required`` is not required."""

    id: str
    title: str
    description: str
    required: Mapping[Aspect, int]

    def least(self, aspect: Aspect) -> int | None:
        """The least rung required; None where none is."""
        return self.required.get(aspect)


def strictest(profiles: Iterable[Profile]) -> Profile:
    """What is required of a workload that may be any tenant's: of each aspect the most that one of
    the profiles requires."""
    required: dict[Aspect, int] = {}
    for profile in profiles:
        for aspect, level in profile.required.items():
            required[aspect] = max(level, required.get(aspect, 0))
    return Profile(
        "any-tenant",
        "whichever tenant it is",
        "Whose it is was not read, so it may be any tenant's.",
        required,
    )


def parse_profile(text: str, name: str, file: str = "") -> Profile:
    """A profile from TOML.

    The document has ``title``, ``description`` and a table per direction with ``confidentiality``,
    ``integrity`` and ``availability`` as rungs; what is left out is not required.

    Args:
        text: the TOML document.
        name: the profile's id.
        file: what to call its file in errors; its id where that is left out.

    Raises:
        ProfileError: it is no TOML, says something that no ladder has, or requires nothing.
    """
    called = file or name
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # tomllib lets both of them through
        raise ProfileError(f"{called}: not TOML: {error}; mend it there") from error
    return profile_of(document, name, called)


def profile_of(document: Mapping[str, Any], name: str, called: str = "") -> Profile:
    """A profile from what `parse_profile` takes, as tables.

    One that requires nothing, or only rung 0, everything meets: a file that was cut to nothing must
    not pass for a requirement.

    Raises:
        ProfileError: it says something that no ladder has, or requires nothing.
    """
    called = called or name
    required: dict[Aspect, int] = {}
    allowed = (*Direction, "title", "description")
    for key in document:
        if key not in allowed:
            raise ProfileError(f"{called}: {key!r} is not known; use {', '.join(allowed)}")
    for direction in Direction:
        required.update(_requirements(document.get(direction.value, {}), direction, called))
    title = _text(document, "title", name, called)
    description = _text(document, "description", "", called)
    if not any(required.values()):
        raise ProfileError(
            f"{called}: requires nothing; name a rung above 0, such as [host-from-workload] with "
            "integrity = 2"
        )
    return Profile(name, title, description, required)


def _text(document: Mapping[str, Any], key: str, default: str, called: str) -> str:
    value = document.get(key, default)
    if not isinstance(value, str):
        raise ProfileError(f"{called}: {key} is not text")
    return value


def _requirements(table: object, direction: Direction, name: str) -> dict[Aspect, int]:
    if not isinstance(table, dict):
        raise ProfileError(f"{name}: {direction} is not a table")
    required = {}
    for key, level in table.items():
        if key not in set(Property):
            raise ProfileError(f"{name}: {direction}.{key} is not known; use {', '.join(Property)}")
        aspect = Aspect(direction, Property(key))
        top = ladder(aspect).top
        if not isinstance(level, int) or isinstance(level, bool) or not 0 <= level <= top:
            raise ProfileError(f"{name}: {direction}.{key} is {level!r}, not a rung of 0 to {top}")
        required[aspect] = level
    return required
