"""Tasks of containerd and containers of CRI-O, in the words of their bundles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from posixpath import basename

from isoscope.inventory.bundles.databases import Databases
from isoscope.inventory.bundles.pods import CRIO_SANDBOX, image_in, pod_of
from isoscope.inventory.bundles.spec import annotations_of, cgroups_path_of, declared_by_bundle
from isoscope.inventory.engines.description import Described, JsonDescription, doubt_of
from isoscope.inventory.engines.holes import hole
from isoscope.inventory.host import Hole
from isoscope.inventory.json_fields import NotSaidError
from isoscope.inventory.observation import (
    ENGINE,
    Observation,
    Unknown,
    known,
    unknown,
)
from isoscope.inventory.procfs import parse_number
from isoscope.inventory.workload import Attributes, WorkloadKind
from isoscope.snapshot.bundle_places import (
    CONTAINERD_STATE,
    CRIO,
    CRIO_CONTAINERS,
    CRIO_RUNNING,
    TASKS,
    Task,
    cgroup_of_bundle,
    task_at,
)
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Channel, Gap, Reading

_TENANT = "isoscope.tenant"


def described_bundles(snapshot: Snapshot) -> tuple[list[Described], list[Hole]]:
    """All of them, and a hole for each directory of theirs that could not be read."""
    tasks = {task.path: task for task in _tasks(snapshot)}
    databases = Databases(snapshot)
    found = [
        _task(snapshot, task, databases.labels_of(task))
        for task in tasks.values()
        if not _is_gone(snapshot, task)
    ]
    listing = snapshot.directory(CRIO_CONTAINERS)
    crio = snapshot.get(Channel.STATUS, CRIO)
    if crio.content is not None:
        names = (name for name in listing.names() if len(name) == 64)
        found += [each for name in names for each in _of_crio(snapshot, name)]
    holes = [
        hole(f"{what}, below {reading.source.target}", doubt, reading)
        for what, reading in _places(snapshot, crio, listing)
        if (doubt := doubt_of(reading)) is not None and reading.gap is not Gap.ABSENT
    ]
    return found, holes


def _places(snapshot: Snapshot, crio: Reading, listing: Reading) -> Iterator[tuple[str, Reading]]:
    usual = f"{CONTAINERD_STATE}/{TASKS}"
    yield "tasks of containerd", snapshot.directory(usual)
    for reading in snapshot.of_channel(Channel.DIRECTORY):
        if reading.source.target != usual and _is_of_tasks(reading.source.target):
            yield "tasks of containerd", reading
    yield "containers of CRI-O", listing if crio.content is not None else crio


def _is_of_tasks(path: str) -> bool:
    """Whether a directory holds containerd's namespaces, or the tasks of one."""
    return f"{path}/".endswith(f"/{TASKS}/") or task_at(f"{path}/x") is not None


def _tasks(snapshot: Snapshot) -> Iterator[Task]:
    """Tasks that a listing names, or whose bundle was read."""
    for reading in snapshot.of_channel(Channel.DIRECTORY):
        if f"/{TASKS}/" in reading.source.target:
            for name in reading.names():
                task = task_at(f"{reading.source.target}/{name}")
                if task is not None:
                    yield task
    for reading in snapshot.of_channel(Channel.FILE):
        path, slash, name = reading.source.target.rpartition("/")
        if slash and name == "config.json" and (task := task_at(path)) is not None:
            yield task


def _is_gone(snapshot: Snapshot, task: Task) -> bool:
    """Whether its directory was removed, as that of a task that ends is, before it was read."""
    return snapshot.file(f"{task.path}/config.json").gap in (Gap.ABSENT, Gap.GONE)


def _task(snapshot: Snapshot, task: Task, labels: Mapping[str, str] | Unknown) -> Described:
    """A task whose directory is there. containerd says nowhere in it whether it still runs."""
    document = snapshot.file(f"{task.path}/config.json")
    program = snapshot.file(f"{task.path}/runtime")
    shim = snapshot.file(f"{task.path}/shim-binary-path")
    identity = f"containerd:{task.namespace}/{task.id}"
    return _described(
        identity,
        task.id,
        "containerd",
        document,
        snapshot.file(f"{task.path}/init.pid"),
        _runtime(identity, program, shim),
        labels,
    )


def _of_crio(snapshot: Snapshot, identifier: str) -> Iterable[Described]:
    """A container of the storage, unless it is Podman's: those have no sandbox."""
    document = snapshot.file(f"{CRIO_CONTAINERS}/{identifier}/userdata/config.json")
    identity = f"crio:{identifier}"
    description = JsonDescription.of(identity, document, ENGINE)
    annotations = annotations_of(description)
    if not annotations.get(CRIO_SANDBOX) or _PODMANS in cgroups_path_of(description):
        return ()  # Podman puts the annotation on what it makes of Kubernetes' manifests
    pid = snapshot.file(f"{CRIO_RUNNING}/{identifier}/userdata/pidfile")
    handler = annotations.get("io.kubernetes.cri-o.RuntimeHandler", "")
    runtime = known(
        identity,
        "runtime",
        handler or "the default",
        document,
        parties=ENGINE,
        excerpt=f"io.kubernetes.cri-o.RuntimeHandler: {handler}",
    )
    # CRI-O has no labels but those among the annotations.
    return (_described(identity, identifier, "crio", document, pid, runtime, {}),)


def _described(
    identity: str,
    identifier: str,
    engine: str,
    reading: Reading,
    pid_file: Reading,
    runtime: Observation[str],
    own_labels: Mapping[str, str] | Unknown,
) -> Described:
    document = JsonDescription.of(identity, reading, ENGINE)
    labels = annotations_of(document)
    if not isinstance(own_labels, Unknown):
        labels |= own_labels
    pod = pod_of(labels)
    pid = _pid(pid_file)
    doubt = document.doubt
    if doubt is None and pod is None and _TENANT not in labels and isinstance(own_labels, Unknown):
        doubt = own_labels
    name = labels.get("nerdctl/name", "") if pod is None else pod.title
    return Described(
        id=identity,
        kind=WorkloadKind.CONTAINER if pod is None else WorkloadKind.POD_CONTAINER,
        engine=engine,
        name=name or identifier[:_SHOWN],
        state="",
        # A pid file that cannot be read may name a process.
        runs=pid is not None or pid_file.gap not in (None, Gap.ABSENT, Gap.GONE),
        pid=pid,
        attributes=Attributes(
            labels=labels,
            image=image_in(labels),
            compose_project=labels.get("com.docker.compose.project", ""),
            kubernetes_namespace="" if pod is None else pod.namespace,
        ),
        endpoint=reading,
        container=declared_by_bundle(document, runtime, _image(document)),
        pod="" if pod is None else pod.sandbox_id,
        infrastructure=pod is not None and pod.sandbox,
        attributes_unknown=doubt,
        cgroup=cgroup_of_bundle(cgroups_path_of(document), identifier),
        by_pid_file=True,
    )


_PODMANS = "libpod"
"""In the name of every cgroup that Podman makes."""
_SHOWN = 40
"""Characters of an id that serve as a name: those of ``ctr`` are names."""


def _pid(reading: Reading) -> int | None:
    if reading.content is None:
        return None
    try:
        return parse_number(reading.text().strip()) or None
    except ValueError:
        return None


def _image(document: JsonDescription) -> Observation[str]:
    def read(_: object) -> str:
        found = image_in(annotations_of(document))
        if not found:
            raise NotSaidError("the name of its image is not there")
        return found

    return document.observe("image", read, "annotations")


def _runtime(identity: str, program: Reading, shim: Reading) -> Observation[str]:
    """The program that the shim was told to run, or else the shim: ``kata`` for
    ``containerd-shim-kata-v2``."""
    said = program.text().strip()
    if said:
        return known(identity, "runtime", basename(said), program, parties=ENGINE)
    if shim.content is not None and program.gap in (None, Gap.ABSENT):
        path = shim.text().strip()
        name = basename(path).removeprefix("containerd-shim-").rpartition("-v")[0] or basename(path)
        return known(identity, "runtime", name, shim, parties=ENGINE, excerpt=path)
    unread = program if shim.content is not None else shim
    return unknown(
        identity,
        "runtime",
        unread.gap or Gap.NOT_READ,
        f"{unread.source}: {unread.gap}",
        "run Isoscope as root",
        unread,
        parties=ENGINE,
    )
