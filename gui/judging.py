"""From a snapshot to what the window shows, all of it on a worker thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from gui.attesting import Attested, Given, attested
from gui.choices import Question
from gui.describing import HostDescription, described
from gui.explaining import Explained, explained
from gui.files import read_file, write_file
from gui.host_grids import HostGrids, host_grids
from gui.rows import Rows, Subject, listed_rows, rows_of
from gui.text import moment
from isoscope.texts import tr, trn

if TYPE_CHECKING:
    from argparse import Namespace

    from gui.asked import Assessment
    from isoscope.assessment.assess import JudgedInventory
    from isoscope.assessment.tenants import TenantRules
    from isoscope.assessment.vocabulary import Aspect
    from isoscope.inventory.inventory import Inventory
    from isoscope.snapshot.document import Snapshot
    from probes.collect import Progress
    from probes.host.access import HostAccess


@dataclass(frozen=True, slots=True)
class Seen:
    """A snapshot with the description of its host: what no viewpoint changes."""

    snapshot: Snapshot
    origin: str
    """Name of the file it was loaded from; empty for a scan."""
    inventory: Inventory
    judged: JudgedInventory
    host: HostDescription
    grids: HostGrids
    rules: TenantRules | None = None
    """By which it was judged who owns what."""
    roots: Mapping[str, Mapping[str, str]] | None = None
    """Roots against which evidence of its workloads is verified: those of a demonstration, which
    no vendor made; None for the pinned ones of the vendors."""
    path: Path | None = None
    """The file it was loaded from; None where there is none that could be opened again."""

    @property
    def demonstration(self) -> bool:
        """Whether it is a host of the demonstration, which stays as it was recorded."""
        return self.roots is not None


@dataclass(frozen=True, slots=True)
class Shown:
    """What the window shows: a snapshot, judged for one question."""

    seen: Seen
    question: Question
    assessment: Assessment
    rows: Rows
    judged: JudgedInventory
    """What the assessment was concluded from: what was seen, with the evidence that was given."""
    attested: Mapping[str, Attested] = field(default_factory=dict)
    """What became of the evidence that was given, by workload id."""

    @property
    def required_by(self) -> str:
        """The profile that everybody is required by, and how many tenants have one of their own."""
        tenants = self.assessment.tenants
        own = sum(self.assessment.own_profile(one.name) is not None for one in tenants)
        profile = self.question.profile.title
        if not own:
            return profile
        return trn(
            "{profile} but for {number} tenant with a profile of their own",
            "{profile} but for {number} tenants with a profile of their own",
            own,
            profile=profile,
        )

    @property
    def from_where(self) -> str:
        """Where it comes from, of when it is, and what is required, in a line."""
        return tr("{origin}, observed {time} · required by {profile}").format(
            origin=self.seen.origin or tr("this machine"),
            time=moment(self.seen.inventory.observed_at),
            profile=self.required_by,
        )


def scanned(options: Namespace, tell: Callable[[Progress], None], cancel: Event) -> Snapshot:
    """A snapshot of this machine; a cancelled one holds what was read until then.

    Probes are imported here, not when the window opens.

    Raises:
        NotADirectoryError: the captured tree that the options name is not there.
    """
    from probes.collect import collect
    from probes.options import DEFAULT_TIMEOUT, CollectionOptions
    from probes.registry import all_probes

    timeout = getattr(options, "timeout", None) or DEFAULT_TIMEOUT
    where = CollectionOptions(
        docker=tuple(getattr(options, "docker", None) or ()),
        podman=tuple(getattr(options, "podman", None) or ()),
        incus=tuple(getattr(options, "incus", None) or ()),
        libvirt=tuple(getattr(options, "libvirt", None) or ()),
        timeout=timeout,
    )
    only = getattr(options, "only", None) or ()
    skip = getattr(options, "skip", None) or ()
    probes = all_probes(where)
    used = [p for p in probes if p.name not in skip and (not only or p.name in only)]
    left_out = [p.name for p in probes if p not in used]
    return collect(
        _host(options), used, skipped=left_out, timeout=timeout, progress=tell, cancel=cancel
    )


def _host(options: Namespace) -> HostAccess:
    root = getattr(options, "root", None)
    if root is not None:
        from probes.host.captured import CapturedTree

        return CapturedTree(Path(root))
    from probes.host.local import LocalHost

    return LocalHost()


def loaded(path: Path, rules: TenantRules | None, tell: Callable[[Rows], None]) -> Snapshot:
    """The snapshot of a file; tells early what is listed in it.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no snapshot.
    """
    from isoscope.inventory.listed import is_of_lists
    from isoscope.snapshot.codec import Ahead, load

    def tell_listed(few: Snapshot) -> None:
        rows = listing(few, rules)
        if rows.tenants:
            tell(rows)

    return load(read_file(path), Ahead(is_of_lists, tell_listed))


def listing(snapshot: Snapshot, rules: TenantRules | None) -> Rows:
    """What managers list, by tenant; nothing of it is judged."""
    from isoscope.assessment.tenants import NO_RULES, claims
    from isoscope.inventory.listed import listed

    workloads = listed(snapshot)
    return listed_rows(workloads, claims(workloads, rules or NO_RULES))


def saved(snapshot: Snapshot, path: Path) -> None:
    """Writes a snapshot; a name that ends in ``.gz`` is compressed.

    Raises:
        OSError: it cannot be written.
    """
    from isoscope.snapshot.codec import dump

    write_file(path, dump(snapshot, compressed=path.suffix == ".gz"))


def looked_at(
    snapshot: Snapshot, origin: str, rules: TenantRules | None, path: Path | None = None
) -> Seen:
    """Everything about a snapshot that holds for each profile and viewpoint."""
    from isoscope.assessment.assess import judge
    from isoscope.assessment.tenants import NO_RULES
    from isoscope.inventory.build import build_inventory

    inventory = build_inventory(snapshot)
    return Seen(
        snapshot,
        origin,
        inventory,
        judge(inventory, rules or NO_RULES),
        described(inventory),
        host_grids(inventory),
        rules,
        path=path,
    )


def judged(
    seen: Seen,
    question: Question,
    only: str,
    given: Mapping[str, Given] | None = None,
    rules: TenantRules | None = None,
) -> Shown:
    """The answers to a question.

    Args:
        seen: what is judged.
        question: by which profile, from which viewpoint.
        only: the tenant that is shown alone; empty for all.
        given: evidence that the user gave, by workload id.
        rules: who owns what, with the tenants' reference values and profiles; the hosts of a
            demonstration keep those that they have.
    """
    from isoscope.assessment.assess import conclude, judge
    from isoscope.assessment.tenants import NO_RULES

    if seen.rules is not rules and not seen.demonstration:
        seen = replace(seen, judged=judge(seen.inventory, rules or NO_RULES), rules=rules)
    now = datetime.now(UTC)
    lifted, results = attested(given or {}, seen.judged, rules, now, seen.roots)
    assessment = conclude(lifted, profile=question.profile, viewpoint=question.viewpoint)
    return Shown(seen, question, assessment, rows_of(assessment, only), lifted, results)


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
