"""containerd: the bundles of its tasks, as its own state directory holds them.

Its API is not spoken: what runs, how it was told to run and whose it is stand in files that only
root reads. Why the labels are read from its database, ``container_labels`` says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from isoscope.snapshot.bundle_places import (
    CONTAINERD_CONFIGURATION,
    OF_DOCKER,
    TASKS,
    WORK,
    Task,
    containerd_states,
    root_of_work,
)
from isoscope.snapshot.container_labels import METADATA, newest_transaction
from isoscope.snapshot.reading import Gap, Reading
from probes.host.access import HostAccess
from probes.probe import Recorder
from probes.sources import keep_sources, sources_in

_MOST_TASKS = 20_000
_SMALL = 64 * 1024
_LARGEST_DATABASE = 128 * 1024 * 1024
_ATTEMPTS = 5


class ContainerdProbe:
    """Reads the bundle of every task of containerd that is not Docker's."""

    name = "containerd"

    def run(self, host: HostAccess, recorder: Recorder) -> None:
        """See ``Probe``."""
        configuration = recorder.keep(host.file(CONTAINERD_CONFIGURATION))
        found: list[Task] = []
        for state in containerd_states(configuration.text()):
            tasks = recorder.keep(host.directory(f"{state}/{TASKS}"))
            recorder.note_gap(tasks, f"tasks of containerd in {state}", "run Isoscope as root")
            for namespace in tasks.names():
                if namespace == OF_DOCKER:
                    continue
                names = recorder.keep(host.directory(f"{state}/{TASKS}/{namespace}"))
                recorder.note_gap(names, f"containerd's {namespace}", "run Isoscope as root")
                found += [Task(state, namespace, name) for name in names.names()[:_MOST_TASKS]]
        keep_sources(host, recorder, keep_tasks(host, recorder, found))


def keep_tasks(host: HostAccess, recorder: Recorder, tasks: Iterable[Task]) -> list[str]:
    """Keeps what the directory of each task says, whether its first process is still there, and
    the labels in the databases that they lead to.

    Returns:
        The paths of the host that their configurations give them.
    """
    sources: list[str] = []
    roots: dict[str, None] = {}
    for task in tasks:
        sources += _keep_task(host, recorder, task)
        root = root_of_work(recorder.keep(host.link(f"{task.path}/{WORK}")).text(), task)
        if root:
            roots[root] = None
    for root in roots:
        database = recorder.keep(_database(host, f"{root}/{METADATA}"))
        recorder.note_gap(database, "labels of containerd's containers", "run Isoscope as root")
    return sources


def _keep_task(host: HostAccess, recorder: Recorder, task: Task) -> list[str]:
    document = recorder.keep(host.file(f"{task.path}/config.json"))
    pid = recorder.keep(host.file(f"{task.path}/init.pid", _SMALL)).text().strip()
    for name in ("runtime", "shim-binary-path"):
        recorder.keep(host.file(f"{task.path}/{name}", _SMALL))
    if document.gap not in (None, Gap.ABSENT, Gap.GONE):
        recorder.note_gap(document, f"{task.namespace}/{task.id}", "run Isoscope as root")
    if pid.isascii() and pid.isdecimal():
        recorder.keep(host.status(f"/proc/{pid}"))
    return sources_in(document)


def _database(host: HostAccess, path: str) -> Reading:
    """A database as one transaction left it: another that is finished while it is read may have
    written over pages that this one needs."""
    reading = host.file(path, _LARGEST_DATABASE)
    for _ in range(_ATTEMPTS):
        again = host.file(path, _LARGEST_DATABASE)
        if reading.content is None or again.content is None:
            return reading if reading.content is None else again
        try:
            if newest_transaction(reading.content) == newest_transaction(again.content):
                return reading
        except ValueError:
            return reading  # what is wrong with it is said when its labels are taken out of it
        reading = again
    detail = "it was written to each time that it was read"
    return replace(reading, content=None, gap=Gap.FAILED, detail=detail)
