"""What ships with Isoscope and is read from its assets."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import assets
from isoscope.assessment.profile import Profile, parse_profile
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


@cache
def pinned_roots() -> Mapping[str, Mapping[str, str]]:
    """The vendors' roots: names by the SHA-256 of their keys, per vendor."""
    return parse_roots(assets.text("attestation/roots.toml"))
