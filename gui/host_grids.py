"""The host as grids: TEEs stage by stage, labels of workloads, CPU flaws by attack vector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gui.boolean_grid import boolean_grid
from gui.boot_grid import boot_grid
from gui.evidence import observation_node
from gui.grid import Cell, Grid, GridRow
from gui.nodes import Node
from gui.technologies import TECHNOLOGY
from gui.tees import tee_node
from gui.text import one_line
from isoscope.assessment.cpu_flaws import judged_vectors
from isoscope.assessment.vocabulary import Status
from isoscope.inventory.host import (
    AttackVector,
    FlawState,
    HostFacts,
    SelinuxState,
    StageName,
    StageState,
    TeeAvailability,
)
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.machine.attack_vectors import FLAWS_BY_VECTOR
from isoscope.inventory.workload import Workload
from isoscope.reports.words import available_in_words
from isoscope.texts import tr, trn

_STAGES = {
    StageState.PRESENT: (tr("present"), Status.MEETS),
    StageState.ABSENT: (tr("absent"), Status.FALLS_SHORT),
    StageState.UNKNOWN: (tr("unknown"), Status.UNPROVEN),
    StageState.NOT_APPLICABLE: ("–", None),
}
_STAGE_WORDS = {
    StageName.CPU: tr("CPU"),
    StageName.FIRMWARE: tr("Firmware"),
    StageName.KERNEL: tr("Kernel"),
    StageName.HYPERVISOR: tr("Hypervisor"),
    StageName.DEVICE: tr("Device"),
    StageName.CAPACITY: tr("Capacity"),
}
_FLAWS = {
    FlawState.NOT_AFFECTED: (tr("not affected"), Status.MEETS),
    FlawState.MITIGATED: (tr("mitigated"), Status.MEETS),
    FlawState.VULNERABLE: (tr("vulnerable"), Status.FALLS_SHORT),
    FlawState.UNKNOWN: (tr("unknown"), Status.UNPROVEN),
}
_VECTORS = {
    AttackVector.USER_KERNEL: tr("User → kernel"),
    AttackVector.USER_USER: tr("User → user"),
    AttackVector.GUEST_HOST: tr("Guest → host"),
    AttackVector.GUEST_GUEST: tr("Guest → guest"),
    AttackVector.CROSS_THREAD: tr("Across threads"),
}
_NAME_LIMIT = 60


@dataclass(frozen=True, slots=True)
class HostGrids:
    """All grids about one host."""

    tees: Grid
    labels: Grid
    flaws: Grid
    booleans: Grid
    boot: Grid


def host_grids(inventory: Inventory) -> HostGrids:
    """The grids of the host page; made on a worker."""
    host = inventory.host
    return HostGrids(
        tee_grid(host), label_grid(inventory), flaw_grid(host), boolean_grid(host), boot_grid(host)
    )


def tee_grid(host: HostFacts) -> Grid:
    """Each technology and its stages; what is missing first stands in its row."""
    return Grid(
        tr("Trusted execution environments"),
        tr(
            "What this host could give to workloads, on its own word: a claim, never evidence. The "
            "first stage that is missing says what turns it on."
        ),
        (tr("Technology"), tr("Available"), *_STAGE_WORDS.values(), tr("Missing")),
        tuple(_tee_row(tee) for tee in sorted(host.tees, key=_available_first)),
    )


def _available_first(tee: TeeAvailability) -> int:
    return {True: 0, None: 1, False: 2}[tee.available]


def _tee_row(tee: TeeAvailability) -> GridRow:
    mark = {True: Status.MEETS, None: Status.UNPROVEN, False: Status.NOT_REQUIRED}[tee.available]
    stages = {stage.name: stage for stage in tee.stages}
    cells = [
        Cell(TECHNOLOGY[tee.technology]),
        Cell(available_in_words(tee.technology, tee.available), mark),
    ]
    for name in _STAGE_WORDS:
        stage = stages.get(name)
        if stage is None:
            cells.append(Cell("–"))
        else:
            text, mark_of_stage = _STAGES[stage.state]
            cells.append(Cell(text, mark_of_stage, one_line(stage.says, 300)))
    cells.append(Cell(one_line(tee.summary, 200), tip=one_line(tee.summary, 600)))
    return GridRow(tuple(cells), (tee_node(tee),))


def label_grid(inventory: Inventory) -> Grid:
    """The label of each running workload: those that nothing confines first."""
    host = inventory.host
    running = [workload for workload in inventory.workloads if workload.process is not None]
    return Grid(
        tr("SELinux and AppArmor"),
        f"{_selinux_words(host)} {_apparmor_words(host)}",
        (
            tr("Workload"),
            tr("Engine"),
            tr("Module"),
            tr("Confines it"),
            tr("Label"),
            tr("Categories"),
        ),
        tuple(_label_row(workload) for workload in sorted(running, key=_unconfined_first)),
        empty=tr("No running workload was seen."),
    )


def _unconfined_first(workload: Workload) -> tuple[int, str]:
    label = workload.process.label.value if workload.process else None
    order = 1 if label is None else 2 if label.enforced else 0
    return order, workload.name


def _label_row(workload: Workload) -> GridRow:
    assert workload.process is not None  # noqa: S101 - chosen by that
    observation = workload.process.label
    name = Cell(one_line(workload.name or workload.id, _NAME_LIMIT), tip=one_line(workload.id))
    detail: tuple[Node, ...] = (observation_node(observation, expanded=True),)
    label = observation.value
    if label is None:
        why = one_line(observation.doubt.explanation, 300)
        unknown = Cell(tr("unknown"), Status.UNPROVEN, why)
        cells = (name, Cell(workload.engine), Cell("–"), unknown, Cell("–"), Cell("–"))
        return GridRow(cells, detail)
    confines = (
        Cell(tr("yes"), Status.MEETS) if label.enforced else Cell(tr("no"), Status.FALLS_SHORT)
    )
    return GridRow(
        (
            name,
            Cell(workload.engine),
            Cell(label.module),
            confines,
            Cell(one_line(label.label, 120) or "–", tip=one_line(label.label, 400)),
            Cell(one_line(label.categories, 60) or "–"),
        ),
        detail,
    )


def _selinux_words(host: HostFacts) -> str:
    selinux = host.selinux.value
    if selinux is None:
        return tr("SELinux: unknown, {why}.").format(
            why=one_line(host.selinux.doubt.explanation, 200)
        )
    if selinux.state in (SelinuxState.ABSENT, SelinuxState.DISABLED):
        return tr("SELinux is {state}.").format(state=selinux.state.value)
    text = {
        True: tr("SELinux is {state}, policy {policy}, with categories."),
        False: tr("SELinux is {state}, policy {policy}, without categories."),
        None: tr("SELinux is {state}, policy {policy}."),
    }[selinux.mls]
    policy = one_line(selinux.policy, 40) if selinux.policy else tr("unknown")
    return text.format(state=selinux.state.value, policy=policy)


def _apparmor_words(host: HostFacts) -> str:
    apparmor = host.apparmor.value
    if apparmor is None:
        return tr("AppArmor: unknown, {why}.").format(
            why=one_line(host.apparmor.doubt.explanation, 200)
        )
    if not apparmor.enabled:
        return tr("AppArmor is not enabled.")
    if apparmor.profiles_enforced is None:
        return tr("AppArmor is enabled; its profiles could not be read.")
    complaining = apparmor.profiles_complaining or 0
    if complaining:
        return trn(
            "AppArmor is enabled: {number} profile enforced, {complaining} only complain.",
            "AppArmor is enabled: {number} profiles enforced, {complaining} only complain.",
            apparmor.profiles_enforced,
            complaining=f"{complaining:,}",
        )
    return trn(
        "AppArmor is enabled: {number} profile enforced.",
        "AppArmor is enabled: {number} profiles enforced.",
        apparmor.profiles_enforced,
    )


def flaw_grid(host: HostFacts) -> Grid:
    """Each CPU flaw that the kernel reports on, and the vectors that it counts for."""
    vectors = judged_vectors(host)
    rows = [
        GridRow(
            (
                Cell(tr("All of them together")),
                Cell(""),
                *(_vector_cell(vectors[vector].holds, vectors[vector].says) for vector in _VECTORS),
                Cell(""),
            ),
            tuple(
                Node(f"{_VECTORS[vector]}: {one_line(vectors[vector].says, 400)}")
                for vector in _VECTORS
            ),
        )
    ]
    for name in sorted(host.cpu_flaws):
        observation = host.cpu_flaws[name]
        flaw = observation.value
        state = FlawState.UNKNOWN if flaw is None else flaw.state
        text, mark = _FLAWS[state]
        report = "" if flaw is None else one_line(flaw.report, 300)
        rows.append(
            GridRow(
                (
                    Cell(name.replace("_", " ")),
                    Cell(text, mark),
                    *(_flaw_cell(name, vector, state) for vector in _VECTORS),
                    Cell(report, tip=report),
                ),
                (observation_node(observation, expanded=True),),
            )
        )
    about = tr(
        "As the kernel reports them and as its own table of attack vectors counts them: a flaw "
        "that is open towards the kernel is open from neighbour to neighbour."
    )
    if host.is_guest.value is not False:
        guest = tr(
            "This host is itself a guest: what its CPUs say of their flaws is decided below it, "
            "and ends at unknown."
        )
        about = f"{about} {guest}"
    return Grid(
        tr("CPU flaws by attack vector"),
        about,
        (tr("Flaw"), tr("State"), *_VECTORS.values(), tr("What the kernel says")),
        tuple(rows) if host.cpu_flaws else (),
        empty=tr("The kernel’s list of CPU flaws was not read."),
    )


def _vector_cell(holds: bool | None, says: str) -> Cell:  # noqa: FBT001 - three values
    words: Mapping[bool | None, tuple[str, Status]] = {
        True: (tr("open"), Status.FALLS_SHORT),
        False: (tr("closed"), Status.MEETS),
        None: (tr("unknown"), Status.UNPROVEN),
    }
    text, mark = words[holds]
    return Cell(text, mark, one_line(says, 400))


def _flaw_cell(name: str, vector: AttackVector, state: FlawState) -> Cell:
    if name not in FLAWS_BY_VECTOR[vector]:
        return Cell("–")
    text, mark = _FLAWS[state]
    return Cell(text, mark)
