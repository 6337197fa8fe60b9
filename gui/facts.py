"""One fact of a host's header."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of the header; the detail is its tooltip."""

    label: str
    value: str
    detail: str = ""
