"""The tenants file, read with the profiles that it names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gui.files import read_text

if TYPE_CHECKING:
    from isoscope.assessment.profile import Profile
    from isoscope.assessment.tenants import TenantRules

UNNAMED = "tenants.toml"
"""What a tenants file is called that was not saved yet."""


def read_rules(text: str, path: Path | None) -> TenantRules:
    """The rules of a tenants file. Profiles that it names are built in, or files beside it.

    Raises:
        ValueError: it cannot be used, in one line.
        OSError: a profile that it names cannot be read.
    """
    from isoscope.assessment.tenants import parse_tenant_rules
    from isoscope.bundled import named_profile

    def beside(name: str) -> Profile:
        return named_profile(name, lambda file: read_text((path or Path()).parent / file))

    return parse_tenant_rules(text, path.name if path is not None else UNNAMED, beside)
