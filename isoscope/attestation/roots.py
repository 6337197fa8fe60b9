"""The pinned roots of the vendors, from the list that ships with Isoscope."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

_HASH = re.compile(r"[0-9a-f]{64}")


def parse_roots(text: str) -> Mapping[str, Mapping[str, str]]:
    """Names of roots by the SHA-256 of their SubjectPublicKeyInfo, per vendor.

    Raises:
        ValueError: it is no TOML, or a hash is none.
    """
    found: dict[str, Mapping[str, str]] = {}
    try:
        document = tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    for vendor, roots in document.items():
        table = roots if isinstance(roots, dict) else {"it": roots}
        for name, digest in table.items():
            if not _HASH.fullmatch(str(digest)):
                raise ValueError(f"{vendor}: {name} is not a SHA-256 in lower case")
        found[vendor] = {digest: name for name, digest in table.items()}
    return found
