"""All measures and exposures, found by their ids."""

from __future__ import annotations

from collections.abc import Mapping

from isoscope.assessment.declaration import Declaration
from isoscope.assessment.ladders import LADDERS
from isoscope.assessment.measures import (
    confinement,
    consoles,
    control_sockets,
    devices,
    file_systems,
    from_host,
    further_devices,
    host_managers,
    host_resources,
    kept_by_host,
    kernel_files,
    kernel_settings,
    keyrings,
    machine_devices,
    machines,
    monitors,
    namespaces,
    neighbours,
    own_limits,
    privileges,
    processor,
    resources,
    root_outside,
    run_by_host,
    runtime_versions,
    sandboxes,
    seccomp,
    service_sockets,
    set_user_id,
    shared_host,
    shared_things,
    side_channels,
    tee,
    vmm_versions,
)
from isoscope.assessment.through_host import NEIGHBOUR_OWNS_THE_HOST
from isoscope.assessment.unclaimable import OWNER_UNKNOWN
from isoscope.assessment.vocabulary import Aspect

_MODULES = (
    privileges,
    root_outside,
    seccomp,
    confinement,
    namespaces,
    control_sockets,
    service_sockets,
    file_systems,
    set_user_id,
    devices,
    further_devices,
    runtime_versions,
    kernel_files,
    kernel_settings,
    processor,
    resources,
    own_limits,
    host_resources,
    host_managers,
    machine_devices,
    machines,
    sandboxes,
    vmm_versions,
    monitors,
    consoles,
    neighbours,
    shared_host,
    shared_things,
    side_channels,
    keyrings,
    tee,
    from_host,
    kept_by_host,
    run_by_host,
)


def _collected() -> dict[str, Declaration]:
    found: dict[str, Declaration] = {}
    for module in _MODULES:
        for declaration in module.DECLARATIONS:
            if declaration.id in found:
                raise ValueError(f"{declaration.id} is declared twice")
            found[declaration.id] = declaration
    for declaration in (NEIGHBOUR_OWNS_THE_HOST, OWNER_UNKNOWN):
        found[declaration.id] = declaration
    for aspect, ladder in LADDERS.items():
        for rung in ladder.rungs:
            for need in rung.needs:
                if need not in found:
                    raise ValueError(f"{aspect}: rung {rung.level} needs {need}, which is nowhere")
        for identity in ladder.shown_beside:
            if identity not in found:
                raise ValueError(f"{aspect}: {identity} is shown beside it and is nowhere")
    return found


CATALOGUE: Mapping[str, Declaration] = _collected()
"""By id, in the order in which they are listed to the user."""


def aspects_of(identity: str) -> tuple[Aspect, ...]:
    """The aspects whose ladders need a measure or exposure, or show it beside them."""
    return tuple(
        aspect
        for aspect, ladder in LADDERS.items()
        if identity in ladder.shown_beside or any(identity in rung.needs for rung in ladder.rungs)
    )
