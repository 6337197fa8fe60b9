"""What the demonstration is made of: its story, its hosts, and its evidence with its own roots."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import assets
from gui.demo.story import Kind, Step, Story, parse_story
from isoscope.texts import tr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gui.attesting import Given
    from gui.judging import Seen
    from gui.rows import Subject

PLACE = "demo"
"""Below the assets."""

ORIGIN = {
    Kind.RECORDED: tr("Demonstration, recorded"),
    Kind.SYNTHETIC: tr("Demonstration, SYNTHETIC"),
}


@cache
def bundled_story() -> Story:
    """The story that ships with Isoscope.

    Raises:
        StoryError: it cannot be told.
    """
    return parse_story(assets.text(f"{PLACE}/story.toml"), "story.toml")


def host_of(step: Step) -> Seen:
    """The host of a step, looked at; takes some hundred milliseconds, for a worker."""
    from dataclasses import replace

    from gui import judging
    from isoscope.attestation.roots import parse_roots
    from isoscope.snapshot.codec import load

    snapshot = load(assets.data(f"{PLACE}/{step.host.file}"))
    seen = judging.looked_at(snapshot, ORIGIN[step.host.kind], None)
    return replace(seen, roots=parse_roots(assets.text(f"{PLACE}/roots.toml")))


def subject_of(step: Step, seen: Seen) -> Subject:
    """What a step looks at.

    Raises:
        LookupError: its host has no such workload, or several.
    """
    from gui.rows import Subject, SubjectKind

    if not step.of_workload:
        return Subject(SubjectKind.TENANT, step.subject)
    ids = [found.id for found in seen.inventory.workloads if found.name == step.subject]
    if len(ids) != 1:
        raise LookupError(f"{step.host.file} has {len(ids)} workloads called {step.subject}")
    return Subject(SubjectKind.WORKLOAD, ids[0])


def evidence_of(step: Step, seen: Seen) -> Mapping[str, Given]:
    """What a step gives for its workload, as the answer to the demonstration's own nonce.

    Raises:
        LookupError: see `subject_of`.
    """
    from gui.attesting import Given
    from isoscope.attestation.challenge import Way, challenge
    from isoscope.attestation.given_files import GivenFile

    if not step.evidence:
        return {}
    files = tuple(GivenFile(name, assets.data(f"{PLACE}/{name}")) for name in step.evidence)
    asked = challenge(Way.CONFIGFS_TSM, bytes.fromhex(assets.text(f"{PLACE}/nonce.txt").strip()))
    return {subject_of(step, seen).id: Given(files, asked)}
