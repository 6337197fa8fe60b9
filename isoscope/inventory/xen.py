"""Guests of Xen, as ``xl`` lists them in the domain that controls the others.

The hypervisor itself runs them: where no QEMU in this domain emulates their devices, no process of
the host is theirs, and what is asked of a VMM's process stays unknown. The list is the word of
Xen's tools, of this domain's kernel and of the hypervisor below it.

Source: libxl_types.idl (``libxl_domain_config``), which ``xl list --long`` words as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from isoscope.inventory.engines.description import (
    Described,
    JsonDescription,
    doubt_of,
    misunderstood,
)
from isoscope.inventory.engines.holes import hole
from isoscope.inventory.host import Hole
from isoscope.inventory.json_fields import get_int, get_list, get_str, parse_json
from isoscope.inventory.observation import VM_MANAGER, Doubt, Observation, Party, Unknown
from isoscope.inventory.reach import HostSide
from isoscope.inventory.workload import Attributes, ProcessFacts, WorkloadKind
from isoscope.inventory.xen_machine import text_at, xen_machine
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Channel, Reading
from isoscope.snapshot.xen import (
    CAPABILITIES,
    DESCRIBE_DOMAINS,
    FEATURES,
    HYPERVISOR,
    LIST_DOMAINS,
    TOOL,
    controls_others,
)

_PARTIES = VM_MANAGER | {Party.OUTER_HYPERVISOR}
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CONTROL_DOMAIN = 0


def described_guests(snapshot: Snapshot) -> tuple[list[Described], list[Hole]]:
    """The guests of this machine's Xen; a hole where there is one and they cannot be listed."""
    if snapshot.file(HYPERVISOR).text().strip() != "xen":
        return [], []
    features = snapshot.file(FEATURES)
    capabilities = snapshot.file(CAPABILITIES)
    controls = controls_others(capabilities.text(), features.text())
    if controls is False or (controls is None and capabilities.content is not None):
        return [], []  # a guest itself
    listing = snapshot.get(Channel.LIBRARY, TOOL, LIST_DOMAINS)
    described = snapshot.get(Channel.LIBRARY, TOOL, DESCRIBE_DOMAINS)
    found: dict[int, Described] = {}
    for reading in (*(() if controls else (features,)), listing, described):
        doubt = doubt_of(reading)
        if doubt is not None:
            return [], [_hole("guests of Xen", doubt, reading)]
    try:
        states = _states(listing)
        for entry in get_list(parse_json(described.text())):
            number = get_int(entry, "domid")
            if number != _CONTROL_DOMAIN:
                found[number] = _described(entry, described, states.get(number, ""))
    except ValueError as error:
        doubt = misunderstood(described, error)
        return list(found.values()), [_hole("guests of Xen", doubt, described)]
    missing = sorted(states.keys() - found.keys() - {_CONTROL_DOMAIN})
    return list(found.values()), [_undescribed(number, described) for number in missing]


def _states(listing: Reading) -> dict[int, str]:
    """The state of each domain, in the letters of ``xl list``."""
    return {
        get_int(entry, "domid"): get_str(entry, "state")
        for entry in get_list(parse_json(listing.text()))
    }


def _undescribed(number: int, reading: Reading) -> Hole:
    """A guest that is listed and not described, as while it is made or unmade."""
    says = f"{reading.source}: domain {number} is not in it, and xl list has it"
    doubt = Unknown(Doubt.NOT_SAID, says, f"scan again; xl list --long {number}")
    return _hole(f"domain {number} of Xen", doubt, reading)


def _hole(what: str, doubt: Unknown, reading: Reading) -> Hole:
    """A hole that no list of processes closes: guests have none here."""
    return replace(hole(what, doubt, reading), shown_by_kernel=False)


_STATES = {"d": "dying", "c": "crashed", "s": "shut off", "p": "paused"}
"""Letters of ``xl list``, those that say most first; all others are of guests that run."""
_ENDED = ("dying", "crashed", "shut off")


def _described(entry: object, listing: Reading, letters: str) -> Described:
    state = next((word for letter, word in _STATES.items() if letter in letters), "running")
    uuid = get_str(entry, "config", "c_info", "uuid").lower()
    if not _UUID.fullmatch(uuid):
        raise ValueError("a UUID is none")
    identity = f"xen:{uuid}"
    document = JsonDescription(identity, listing, _PARTIES, entry)
    return Described(
        id=identity,
        kind=WorkloadKind.VIRTUAL_MACHINE,
        engine="xen",
        name=text_at(entry, "config", "c_info", "name") or uuid,
        state=state,
        runs=state not in _ENDED,
        pid=None,
        attributes=Attributes(),
        endpoint=listing,
        machine=xen_machine(document),
        uuid=uuid,
        xen_domain=str(get_int(entry, "domid")),
    )


def without_process(facts: ProcessFacts) -> ProcessFacts:
    """The facts of a guest that no process of this host runs: none of them can be known."""
    changed: dict[str, Any] = {
        each.name: _unseen(getattr(facts, each.name)) for each in fields(facts)
    }
    return replace(facts, **changed)


def _unseen(fact: object) -> object:
    if isinstance(fact, Observation):
        return fact if fact.known else replace(fact, unknown=_UNSEEN, evidence=())
    if isinstance(fact, Mapping):
        return {key: _unseen(each) for key, each in fact.items()}
    if isinstance(fact, HostSide):
        inner: dict[str, Any] = {
            each.name: _unseen(getattr(fact, each.name)) for each in fields(fact)
        }
        return replace(fact, **inner)
    return fact


_UNSEEN = Unknown(
    Doubt.NOT_SAID,
    "the hypervisor runs it and no process of this host does, so that there is no VMM to look at",
    "look at the hypervisor itself: xl info, xl dmesg",
)
