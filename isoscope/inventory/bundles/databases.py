"""The labels of containerd's containers, as its databases have them."""

from __future__ import annotations

from collections.abc import Mapping

from isoscope.inventory.engines.description import doubt_of, misunderstood
from isoscope.inventory.observation import Doubt, Unknown
from isoscope.snapshot.bundle_places import WORK, Task, root_of_work
from isoscope.snapshot.container_labels import METADATA, Labels, parse_labels
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Reading

_TENANT = "isoscope.tenant"
_SETTLED_BY = "run Isoscope as root, or write a tenants rule on its cgroup"


class Databases:
    """The databases of a snapshot, each understood once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._read: dict[str, Labels | Unknown] = {}

    def labels_of(self, task: Task) -> Mapping[str, str] | Unknown:
        """The labels of a task's container, or why they are not known. Of its namespace's labels it
        has the tenant, unless it names one itself."""
        link = self._snapshot.link(f"{task.path}/{WORK}")
        doubt = doubt_of(link)
        if doubt is not None:
            return Unknown(doubt.reason, doubt.explanation, _SETTLED_BY)
        root = root_of_work(link.text(), task)
        if not root:
            says = f"{link.source}: it does not lead to containerd's database"
            return Unknown(Doubt.NOT_UNDERSTOOD, says, _SETTLED_BY)
        reading = self._snapshot.file(f"{root}/{METADATA}")
        if root not in self._read:
            self._read[root] = _labels_in(reading)
        labels = self._read[root]
        if isinstance(labels, Unknown):
            return labels
        of_namespace = labels.get(task.namespace, {})
        own = of_namespace.get(task.id) if task.id else None
        if own is None:
            says = f"{reading.source}: the container is not in containerd's database"
            return Unknown(Doubt.NOT_SAID, says, _SETTLED_BY)
        tenant = of_namespace.get("", {}).get(_TENANT, "")
        return {_TENANT: tenant, **own} if tenant else own


def _labels_in(reading: Reading) -> Labels | Unknown:
    doubt = doubt_of(reading)
    if doubt is not None:
        return Unknown(doubt.reason, doubt.explanation, _SETTLED_BY)
    try:
        return parse_labels(reading.text())
    except ValueError as error:
        return misunderstood(reading, error)
