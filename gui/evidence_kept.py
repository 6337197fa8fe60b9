"""The evidence that was given while the window is open, by workload."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gui.attesting import Given, asked_anew, read_given
from gui.errors import file_error
from gui.jobs import Job, Jobs
from gui.text import one_line
from isoscope.texts import tr

if TYPE_CHECKING:
    from isoscope.attestation.challenge import Way
    from isoscope.attestation.given_files import GivenFile


class EvidenceKept:
    """Reads files on workers and keeps them; whoever wants to judge with them is told."""

    def __init__(
        self,
        jobs: Jobs,
        *,
        changed: Callable[[], None],
        failed: Callable[[str], None],
    ) -> None:
        self._jobs = jobs
        self._changed = changed
        self._failed = failed
        self._given: dict[str, Given] = {}
        self._reading: list[Job] = []

    def by_workload(self) -> Mapping[str, Given]:
        """What was given until now; what comes later does not change it."""
        return dict(self._given)

    def replace(self, given: Mapping[str, Given]) -> None:
        """Keeps this and nothing else; files that are being read are dropped. Tells nobody."""
        for job in self._reading:
            job.discard()
        self._reading.clear()
        self._given = dict(given)

    def give(self, workload: str, paths: Sequence[Path]) -> None:
        """Takes files of evidence for a workload."""

        def work(_: Job) -> tuple[GivenFile, ...]:
            return read_given(paths)

        def done(files: tuple[GivenFile, ...]) -> None:
            self._given[workload] = self._given.get(workload, Given()).with_files(files)
            self._changed()

        self._reading.append(
            self._jobs.start(work, done=done, failed=self._on_failed, name="evidence")
        )

    def _on_failed(self, error: Exception) -> None:
        name = getattr(error, "filename", None) or tr("the evidence")
        self._failed(one_line(file_error(error, tr("{name} cannot be read").format(name=name))))

    def ask(self, workload: str, way: Way) -> None:
        """Makes a fresh nonce for a workload; what was given before no longer answers."""
        before = self._given.get(workload, Given())
        self._given[workload] = before.asking(asked_anew(way))
        self._changed()

    def forget(self, workload: str) -> None:
        """Forgets what was given for a workload, and what was asked."""
        if self._given.pop(workload, None) is not None:
            self._changed()

    def close(self) -> None:
        """Stops listening to workers."""
        for job in self._reading:
            job.discard()
