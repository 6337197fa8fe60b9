"""What the user may choose: profiles and viewpoints, and what the command line chose already."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from gui.files import read_text
from isoscope.assessment.profile import Profile, parse_profile
from isoscope.assessment.viewpoint import BUILT_IN, OPERATOR, Viewpoint
from isoscope.bundled import DEFAULT_PROFILE, built_in_profiles
from isoscope.inventory.observation import Party

if TYPE_CHECKING:
    from isoscope.assessment.tenants import TenantRules

T = TypeVar("T")


class ContentError(ValueError):
    """A file that is not what it should be, in one line."""


@dataclass(frozen=True, slots=True)
class Question:
    """What every verdict is relative to."""

    profile: Profile
    viewpoint: Viewpoint


@dataclass(frozen=True, slots=True)
class Choices:
    """What the choosers offer, and what is chosen at first."""

    profiles: tuple[Profile, ...]
    viewpoints: tuple[Viewpoint, ...]
    first: Question
    rules: TenantRules | None
    """None: nobody wrote any."""
    tenants_file: Path | None = None
    tenants_text: str = ""
    profile_files: Mapping[str, Path] = field(default_factory=dict)
    """Where profiles of the user's own are kept, by their ids."""
    note: str = ""
    """What is to be said when the window opens; empty for nothing."""


def choices_of(options: Namespace) -> Choices:
    """The choices that the options leave; a missing option has its default.

    A profile may be a name or a file; parties that were distrusted or trusted by hand are so in
    every viewpoint.

    Raises:
        ValueError: an option names something that does not exist, in one line.
        ContentError: a file is not what it should be.
        OSError: a file cannot be read.
    """
    profiles = {profile.id: profile for profile in built_in_profiles()}
    files = {}
    name = getattr(options, "profile", None) or DEFAULT_PROFILE
    if name not in profiles:
        if not (Path(name).is_file() or Path(name).suffix):
            raise ValueError(
                f"there is no profile {name!r}; there are {', '.join(profiles)}, or name a file"
            )
        own = profile_in(Path(name))
        profiles[own.id] = own
        files[own.id] = Path(name)
        name = own.id
    distrusted = _parties(getattr(options, "distrust", None))
    trusted = _parties(getattr(options, "trust", None))
    viewpoints = {
        id_: viewpoint.distrusting(*distrusted).trusting(*trusted)
        for id_, viewpoint in BUILT_IN.items()
    }
    wanted = getattr(options, "viewpoint", None) or OPERATOR.id
    if wanted not in viewpoints:
        raise ValueError(f"{wanted}: no such viewpoint; use {', '.join(viewpoints)}")
    first = Question(profiles[name], viewpoints[wanted])
    offered = Choices(
        tuple(profiles.values()), tuple(viewpoints.values()), first, None, profile_files=files
    )
    tenants = getattr(options, "tenants", None)
    return offered if tenants is None else _with_tenants(offered, Path(tenants))


def profile_in(path: Path) -> Profile:
    """The profile of a file.

    Raises:
        ContentError: it holds none.
        OSError: it cannot be read.
    """
    return _parsed(parse_profile, path, path.stem)


def with_profile(question: Question, profile: Profile) -> Question:
    """The same question of another profile."""
    return replace(question, profile=profile)


def with_viewpoint(question: Question, viewpoint: Viewpoint) -> Question:
    """The same question from another viewpoint."""
    return replace(question, viewpoint=viewpoint)


def _with_tenants(choices: Choices, path: Path) -> Choices:
    # Only now: few have such a file, and everybody waits for the first paint.
    from gui.tenants_file import read_rules

    text = read_text(path)
    try:
        return replace(choices, rules=read_rules(text, path), tenants_file=path, tenants_text=text)
    except ValueError as error:
        raise ContentError(str(error)) from error


def _parsed(parse: Callable[[str, str], T], path: Path, name: str) -> T:
    try:
        return parse(read_text(path), name)
    except ValueError as error:
        raise ContentError(str(error)) from error


def _parties(named: Iterable[str] | None) -> tuple[Party, ...]:
    try:
        return tuple(Party(name) for name in named or ())
    except ValueError as error:
        raise ValueError(f"{error}; parties are {', '.join(Party)}") from None
