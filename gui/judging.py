"""From a snapshot to what the window shows, all of it on a worker thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from gui.choices import Question
from gui.describing import HostDescription, described
from gui.explaining import Explained, explained
from gui.files import read_file, write_file
from gui.rows import Rows, Subject, rows_of

if TYPE_CHECKING:
    from argparse import Namespace

    from isoscope.assessment.assess import Assessment
    from isoscope.assessment.vocabulary import Aspect
    from isoscope.inventory.inventory import Inventory
    from isoscope.snapshot.document import Snapshot
    from probes.collect import Progress


@dataclass(frozen=True, slots=True)
class Seen:
    """A snapshot with the description of its host: what no viewpoint changes."""

    snapshot: Snapshot
    origin: str
    """Name of the file it was loaded from; empty for a scan."""
    inventory: Inventory
    host: HostDescription


@dataclass(frozen=True, slots=True)
class Shown:
    """What the window shows: a snapshot, judged for one question."""

    seen: Seen
    question: Question
    assessment: Assessment
    rows: Rows


def scanned(options: Namespace, tell: Callable[[Progress], None], cancel: Event) -> Snapshot:
    """A snapshot of this machine; a cancelled one holds what was read until then.

    Probes are imported here, not when the window opens.
    """
    from probes.collect import DEFAULT_TIMEOUT, collect
    from probes.host.local import LocalHost
    from probes.registry import CollectionOptions, all_probes

    timeout = getattr(options, "timeout", None) or DEFAULT_TIMEOUT
    where = CollectionOptions(
        docker=tuple(getattr(options, "docker", None) or ()),
        podman=tuple(getattr(options, "podman", None) or ()),
        libvirt=tuple(getattr(options, "libvirt", None) or ()),
        timeout=timeout,
    )
    only = getattr(options, "only", None) or ()
    skip = getattr(options, "skip", None) or ()
    probes = all_probes(where)
    used = [p for p in probes if p.name not in skip and (not only or p.name in only)]
    left_out = [p.name for p in probes if p not in used]
    return collect(
        LocalHost(), used, skipped=left_out, timeout=timeout, progress=tell, cancel=cancel
    )


def loaded(path: Path) -> Snapshot:
    """The snapshot of a file.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no snapshot.
    """
    from isoscope.snapshot.codec import load

    return load(read_file(path))


def saved(snapshot: Snapshot, path: Path) -> None:
    """Writes a snapshot; a name that ends in ``.gz`` is compressed.

    Raises:
        OSError: it cannot be written.
    """
    from isoscope.snapshot.codec import dump

    write_file(path, dump(snapshot, compressed=path.suffix == ".gz"))


def looked_at(snapshot: Snapshot, origin: str) -> Seen:
    """The inventory of a snapshot and the description of its host."""
    from isoscope.inventory.build import build_inventory

    inventory = build_inventory(snapshot)
    return Seen(snapshot, origin, inventory, described(inventory))


def judged(seen: Seen, question: Question) -> Shown:
    """The answers to a question."""
    from isoscope.assessment.assess import assess

    assessment = assess(
        seen.inventory,
        profile=question.profile,
        viewpoint=question.viewpoint,
        rules=question.rules,
    )
    return Shown(seen, question, assessment, rows_of(assessment))


def explanation(shown: Shown, subject: Subject, aspect: Aspect) -> Explained:
    """Why one verdict is what it is.

    Raises:
        KeyError: there is no such subject.
    """
    from isoscope.assessment.catalogue import CATALOGUE
    from isoscope.assessment.ladders import ladder

    return explained(
        shown.assessment,
        subject,
        aspect,
        texts=CATALOGUE,
        ladder=lambda asked: ladder(asked).rungs,
    )
