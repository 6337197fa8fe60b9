"""What ships with Isoscope and is read from its assets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import assets
from isoscope.assessment.profile import Profile, ProfileError, parse_profile
from isoscope.attestation.roots import parse_roots

PROFILE_NAMES = (
    "personal-laptop",
    "shared-team-host",
    "public-multi-tenant-cloud",
    "regulated-workload",
    "exposed-site",
)
"""From the least to the most that is required."""
DEFAULT_PROFILE = "shared-team-host"
"""What is required where nobody says otherwise."""


@cache
def built_in_profiles() -> tuple[Profile, ...]:
    """The built-in profiles of design §4, in the order in which they are offered."""
    texts = {name: assets.text(f"profiles/{name}.toml") for name in PROFILE_NAMES}
    return tuple(parse_profile(text, name) for name, text in texts.items())


def named_profile(name: str, read: Callable[[str], str]) -> Profile:
    """The profile that a tenants file names: a built-in one, or a file whose name ends in
    ``.toml``.

    Args:
        name: as it is written there.
        read: gives the text of such a file.

    Raises:
        ProfileError: there is no such profile, or the file holds none.
    """
    built_in = {profile.id: profile for profile in built_in_profiles()}
    if name in built_in:
        return built_in[name]
    if not name.endswith(".toml"):
        raise ProfileError(
            f"there is no profile {name!r}; there are {', '.join(built_in)}, or name a TOML file "
            "beside this one"
        )
    file = name.rpartition("/")[2]
    return parse_profile(read(name), file.removesuffix(".toml"), file)


@cache
def pinned_roots() -> Mapping[str, Mapping[str, str]]:
    """The vendors' roots: names by the SHA-256 of their keys, per vendor."""
    return parse_roots(assets.text("attestation/roots.toml"))
