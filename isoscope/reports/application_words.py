"""Applications that run in several TEEs, in words for every report and the screen."""

from __future__ import annotations

from collections.abc import Mapping

from isoscope.assessment.same_application import SameApplication

TITLE = "The same application in different TEEs, or in one and in none"
_MOST = 12


def application_sentence(found: SameApplication, names: Mapping[str, str]) -> str:
    """Which workloads, each with the TEE that it claims, and how that is known."""
    listed = [
        f"{names.get(workload) or workload} ({technology})"
        for workload, technology in list(found.workloads.items())[:_MOST]
    ]
    more = len(found.workloads) - _MOST
    beyond = f" and {more} more" if more > 0 else ""
    return f"{found.name}: {', '.join(listed)}{beyond}: {found.says}"
