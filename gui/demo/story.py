"""The story of the demonstration as data: steps, each over one bundled host.

A story holds words and places to look at, and no result: what a step shows is worked out from its
snapshot by the same code as for any host.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from isoscope.assessment.viewpoint import BUILT_IN
from isoscope.assessment.vocabulary import Aspect, Direction, Property
from isoscope.bundled import PROFILE_NAMES

E = TypeVar("E", bound=StrEnum)

_NAME = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")


class StoryError(ValueError):
    """A story that cannot be told; its text is one line that says what is wrong."""


class Kind(StrEnum):
    """Where a snapshot comes from."""

    RECORDED = "recorded"
    """A collector wrote it on a real host, and nobody changed it."""
    SYNTHETIC = "synthetic"
    """A program changed or made it."""


class Pane(StrEnum):
    """Which part of the details is opened."""

    VERDICT = "verdict"
    EVIDENCE = "evidence"


class Opened(StrEnum):
    """Which page of the window is opened."""

    OVERVIEW = "overview"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Host:
    """A bundled snapshot."""

    id: str
    file: str
    kind: Kind
    says: str
    """Where it comes from, for the audience: shown on every step over it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what is said, and what is looked at.

    Attributes:
        text: for the audience.
        notes: for the speaker.
        subject: the name of a tenant, or of a workload where ``of_workload``.
        evidence: files that are given for that workload.
    """

    id: str
    title: str
    text: str
    notes: str
    host: Host
    profile: str
    viewpoint: str
    opened: Opened
    subject: str
    of_workload: bool
    aspect: Aspect
    pane: Pane
    evidence: tuple[str, ...]

    @property
    def kind(self) -> Kind:
        """Synthetic where the host or the evidence is."""
        return Kind.SYNTHETIC if self.evidence else self.host.kind


@dataclass(frozen=True, slots=True)
class Story:
    """The whole of it, never empty."""

    title: str
    evidence_says: str
    """Who signed the evidence, for the audience: shown on every step that gives some."""
    steps: tuple[Step, ...]

    def says(self, step: Step) -> str:
        """Where all that a step shows comes from."""
        return f"{step.host.says} {self.evidence_says}" if step.evidence else step.host.says


def parse_story(text: str, name: str) -> Story:
    """A story from TOML.

    Args:
        text: the document: ``title``, ``evidence-says``, a table ``host.ID`` per snapshot, and
            ``step`` as an array of tables.
        name: of the file; errors begin with it.

    Raises:
        StoryError: it is no TOML, lacks something, says something that is not known, or names what
            is not there.
    """
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # tomllib lets both of them through
        raise StoryError(f"{name}: not TOML: {error}") from error
    whole = _Table(document, name)
    hosts = {
        id_: _host(id_, _Table(table, f"{name}: host {id_}"))
        for id_, table in whole.tables("host").items()
    }
    steps = tuple(
        _step(_Table(table, f"{name}: step {place}"), hosts)
        for place, table in enumerate(whole.list_of_tables("step"), 1)
    )
    story = Story(whole.words("title"), whole.words("evidence-says"), steps)
    whole.done()
    ids = [step.id for step in steps]
    for id_ in ids:
        if ids.count(id_) > 1:
            raise StoryError(f"{name}: two steps are called {id_!r}")
    unused = set(hosts) - {step.host.id for step in steps}
    if unused:
        raise StoryError(f"{name}: no step shows the host {min(unused)!r}")
    return story


def _host(id_: str, table: _Table) -> Host:
    host = Host(id_, table.name("file"), table.one_of("kind", Kind), table.words("says"))
    table.done()
    return host


def _step(table: _Table, hosts: Mapping[str, Host]) -> Step:
    of_workload = table.has("workload")
    if of_workload is table.has("tenant"):
        raise table.wrong("name either a tenant or a workload")
    evidence = table.names("evidence")
    if evidence and not of_workload:
        raise table.wrong("evidence is of a workload, and none is named")
    step = Step(
        id=table.name("id"),
        title=table.words("title"),
        text=table.words("text"),
        notes=table.words("notes"),
        host=hosts[table.known("host", tuple(hosts))],
        profile=table.known("profile", PROFILE_NAMES),
        viewpoint=table.known("viewpoint", tuple(BUILT_IN)),
        opened=table.one_of("page", Opened, Opened.OVERVIEW),
        subject=table.words("workload" if of_workload else "tenant"),
        of_workload=of_workload,
        aspect=Aspect(table.one_of("direction", Direction), table.one_of("property", Property)),
        pane=table.one_of("pane", Pane, Pane.VERDICT),
        evidence=evidence,
    )
    table.done()
    return step


class _Table:
    """A table of the document of which every key is asked for once; what is left is not known."""

    def __init__(self, content: object, where: str) -> None:
        self._where = where
        if not isinstance(content, dict):
            raise self.wrong("it is no table")
        self._left: dict[str, object] = dict(content)

    def wrong(self, why: str) -> StoryError:
        return StoryError(f"{self._where}: {why}")

    def has(self, key: str) -> bool:
        return key in self._left

    def words(self, key: str) -> str:
        value = self._taken(key)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(f"{key} is no text")
        return " ".join(value.split())

    def name(self, key: str) -> str:
        return self._name(key, self.words(key))

    def names(self, key: str) -> tuple[str, ...]:
        if not self.has(key):
            return ()
        value = self._taken(key)
        if not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
            raise self.wrong(f"{key} is no list of names")
        return tuple(self._name(key, one) for one in value)

    def known(self, key: str, allowed: tuple[str, ...]) -> str:
        value = self.words(key)
        if value not in allowed:
            raise self.wrong(f"{key} is {value!r}; there are {', '.join(allowed)}")
        return value

    def one_of(self, key: str, kind: type[E], otherwise: E | None = None) -> E:
        if otherwise is not None and not self.has(key):
            return otherwise
        return kind(self.known(key, tuple(kind)))

    def tables(self, key: str) -> dict[str, object]:
        value = self._taken(key)
        if not isinstance(value, dict) or not value:
            raise self.wrong(f"{key} is no table")
        return value

    def list_of_tables(self, key: str) -> list[object]:
        value = self._taken(key)
        if not isinstance(value, list) or not value:
            raise self.wrong(f"{key} is no array of tables")
        return value

    def done(self) -> None:
        """Refuses what nobody asked for."""
        if self._left:
            raise self.wrong(f"{min(self._left)!r} is not known")

    def _name(self, key: str, value: str) -> str:
        # Files are looked up below the package: a name leads nowhere else.
        if not _NAME.fullmatch(value):
            raise self.wrong(f"{key} is {value!r}; use small letters, digits, hyphens and dots")
        return value

    def _taken(self, key: str) -> object:
        if key not in self._left:
            raise self.wrong(f"{key} is missing")
        return self._left.pop(key)
