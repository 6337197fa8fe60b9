"""containerd: the bundles of its tasks, as its own state directory holds them.

Its API is not spoken: what runs, and how it was told to run, stands in files that only root reads.
"""

from __future__ import annotations

from isoscope.snapshot.bundle_places import (
    CONTAINERD_CONFIGURATION,
    OF_DOCKER,
    TASKS,
    Task,
    containerd_states,
)
from isoscope.snapshot.reading import Gap
from probes.host.access import HostAccess
from probes.probe import Recorder
from probes.sources import keep_sources, sources_in

_MOST_TASKS = 20_000
_SMALL = 64 * 1024


class ContainerdProbe:
    """Reads the bundle of every task of containerd that is not Docker's."""

    name = "containerd"

    def run(self, host: HostAccess, recorder: Recorder) -> None:
        """See ``Probe``."""
        configuration = recorder.keep(host.file(CONTAINERD_CONFIGURATION))
        sources: list[str] = []
        for state in containerd_states(configuration.text()):
            tasks = recorder.keep(host.directory(f"{state}/{TASKS}"))
            recorder.note_gap(tasks, f"tasks of containerd in {state}", "run Isoscope as root")
            for namespace in tasks.names():
                if namespace == OF_DOCKER:
                    continue
                found = recorder.keep(host.directory(f"{state}/{TASKS}/{namespace}"))
                recorder.note_gap(found, f"containerd's {namespace}", "run Isoscope as root")
                for name in found.names()[:_MOST_TASKS]:
                    sources += keep_task(host, recorder, Task(state, namespace, name))
        keep_sources(host, recorder, sources)


def keep_task(host: HostAccess, recorder: Recorder, task: Task) -> list[str]:
    """Keeps what a task's directory says, and whether its first process is still there.

    Returns:
        The paths of the host that its configuration gives it.
    """
    document = recorder.keep(host.file(f"{task.path}/config.json"))
    pid = recorder.keep(host.file(f"{task.path}/init.pid", _SMALL)).text().strip()
    for name in ("runtime", "shim-binary-path"):
        recorder.keep(host.file(f"{task.path}/{name}", _SMALL))
    if document.gap not in (None, Gap.ABSENT, Gap.GONE):
        recorder.note_gap(document, f"{task.namespace}/{task.id}", "run Isoscope as root")
    if pid.isascii() and pid.isdecimal():
        recorder.keep(host.status(f"/proc/{pid}"))
    return sources_in(document)
