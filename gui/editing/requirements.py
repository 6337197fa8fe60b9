"""The tenants file and the profiles as they are edited: immutable, each change another one.

What is made here is read by the assessment's own readers before it counts. All of it is slow enough
for a worker, and pure but for profiles that a tenants file names beside itself.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gui.files import read_text
from gui.tenants_file import UNNAMED, read_rules

if TYPE_CHECKING:
    from gui.choices import Choices
    from isoscope.assessment.profile import Profile
    from isoscope.assessment.tenants import TenantRule, TenantRules


@dataclass(frozen=True, slots=True)
class Requirements:
    """What is edited."""

    profiles: tuple[Profile, ...]
    """Those that are offered: the built-in ones and the user's own."""
    profile: Profile
    """What is required of tenants that have none of their own."""
    path: Path | None = None
    """Where the tenants file is kept; None where it was not saved yet."""
    text: str = ""
    """The tenants file."""
    rules: TenantRules | None = None
    """What it says; None: nobody wrote one."""

    @property
    def name(self) -> str:
        """What the tenants file is called where a rule of it is quoted."""
        return self.path.name if self.path is not None else UNNAMED

    def own_profile(self, tenant: str) -> Profile | None:
        """The profile of a tenant's own."""
        return None if self.rules is None else self.rules.profiles.get(tenant)


def at_first(choices: Choices) -> Requirements:
    """What the command line chose."""
    return Requirements(
        choices.profiles,
        choices.first.profile,
        choices.tenants_file,
        choices.tenants_text,
        choices.rules,
    )


def opened(before: Requirements, path: Path) -> Requirements:
    """With the tenants file of that name.

    Raises:
        OSError, ValueError: see `read_rules`.
    """
    return with_text(replace(before, path=path), read_text(path))


def with_text(before: Requirements, text: str) -> Requirements:
    """With another text of the tenants file.

    Raises:
        OSError, ValueError: see `read_rules`.
    """
    return replace(before, text=text, rules=read_rules(text, before.path))


def with_rules(before: Requirements, rules: Sequence[TenantRule], place: int) -> Requirements:
    """With further rules, after as many as ``place`` says.

    Raises:
        ValueError: the file is written in a way in which none can be put there.
    """
    from isoscope.assessment import tenants_text

    return with_text(before, tenants_text.with_rules(before.text, rules, place))


def with_tenant_profile(before: Requirements, tenant: str, profile: Profile | None) -> Requirements:
    """With another profile of a tenant's own: a built-in one by its name, another as a whole, so
    that the file needs none beside it.

    Raises:
        ValueError: the file is written in a way in which that cannot be changed.
    """
    from isoscope.assessment import tenants_text
    from isoscope.bundled import built_in_profiles

    built_in = profile is not None and profile in built_in_profiles()
    said = profile.id if profile is not None and built_in else profile
    return with_text(before, tenants_text.with_profile(before.text, tenant, said))


def with_reference_values(before: Requirements, tenant: str, values: str) -> Requirements:
    """With other reference values of a tenant's.

    Raises:
        ValueError: they say something that none can, or the file cannot be changed so.
    """
    from isoscope.assessment import tenants_text

    return with_text(before, tenants_text.with_reference_values(before.text, tenant, values))


def reference_values(now: Requirements, tenant: str) -> str:
    """The reference values of a tenant as a document of their own."""
    from isoscope.assessment.tenants_text import reference_values_text

    return reference_values_text(now.text, tenant)


def with_profile(before: Requirements, profile: Profile) -> Requirements:
    """With a profile of the user's own, which is required from now on; another of its id goes."""
    others = tuple(one for one in before.profiles if one.id != profile.id)
    return replace(before, profiles=(*others, profile), profile=profile)


def own_id(title: str, taken: Collection[str]) -> str:
    """An id for a profile of the user's own: its title, as files are named."""
    letters = (c if c.isascii() and c.isalnum() else "-" for c in title.casefold()[:60])
    plain = "-".join(part for part in "".join(letters).split("-") if part) or "own"
    number, made = 1, plain
    while made in taken:
        number += 1
        made = f"{plain}-{number}"
    return made
