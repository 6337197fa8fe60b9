"""The host in words: the header's facts, the tree of the host page, and what was not seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from gui.applications import application_nodes
from gui.disagreeing import DisagreementRow, disagreement_rows
from gui.evidence import observation_node, unknown_text
from gui.facts import Fact
from gui.nodes import Node, section
from gui.tees import tee_fact, tee_node
from gui.text import moment, one_line
from isoscope.assessment.vocabulary import Status
from isoscope.inventory.host import (
    Apparmor,
    FlawState,
    GuestSign,
    HostFacts,
    Selinux,
)
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.observation import Observation
from isoscope.inventory.workload import Workload
from isoscope.reports.report import probe_has_problems
from isoscope.snapshot.document import Collector, ProbeOutcome, ProbeState
from isoscope.texts import tr, trn

T = TypeVar("T")

_FLAW_MARK = {
    FlawState.NOT_AFFECTED: Status.MEETS,
    FlawState.MITIGATED: Status.MEETS,
    FlawState.VULNERABLE: Status.FALLS_SHORT,
    FlawState.UNKNOWN: Status.UNPROVEN,
}


@dataclass(frozen=True, slots=True)
class HostDescription:
    """What the header and the host's pages show of one inventory."""

    name: str
    system: str
    kernel: str
    facts: tuple[Fact, ...]
    host: tuple[Node, ...]
    not_seen: tuple[Node, ...]
    not_seen_count: int
    disagreements: tuple[DisagreementRow, ...] = ()


def described(inventory: Inventory) -> HostDescription:
    """The host of an inventory in words."""
    host = inventory.host
    holes = tuple(
        Node(
            one_line(hole.what),
            "" if hole.observation.unknown is None else _reason(hole.observation),
            mark=Status.UNPROVEN,
            children=(observation_node(hole.observation),),
        )
        for hole in inventory.holes
    )
    troubled = tuple(probe for probe in inventory.probes if probe_has_problems(probe))
    count = len(holes) + len(troubled)
    return HostDescription(
        name=_shown(host.name, tr("host of unknown name")),
        system=_shown(host.operating_system, tr("operating system unknown")),
        kernel=f"{_kernel(host)} · {_shown(host.architecture, tr('architecture unknown'))}",
        facts=(
            _guest_fact(host),
            _observed(host.selinux, "SELinux", _selinux),
            _observed(host.apparmor, "AppArmor", _apparmor),
            tee_fact(host.tees),
            Fact(tr("Observed"), moment(inventory.observed_at)),
            _privilege_fact(inventory.collector),
            _not_seen_fact(len(holes), len(troubled)),
        ),
        host=_host_nodes(inventory),
        not_seen=(
            section(
                tr("Places where workloads may run that were not seen"),
                holes,
                empty=tr("Every place that Isoscope knows was looked at."),
            ),
            section(
                tr("What the probes could not read"),
                tuple(_probe(probe) for probe in troubled),
                empty=tr("Every probe read all that it looked for."),
            ),
        ),
        not_seen_count=count,
        disagreements=disagreement_rows(inventory),
    )


def _shown(observation: Observation[str], otherwise: str) -> str:
    return one_line(observation.value) if observation.value else otherwise


def _kernel(host: HostFacts) -> str:
    if not host.kernel.value:
        return tr("kernel unknown")
    release = one_line(host.kernel.value, 80)
    return release if release.casefold().startswith("linux") else f"Linux {release}"


def _reason(observation: Observation[T]) -> str:
    reason = observation.unknown
    return "" if reason is None else unknown_text(reason.explanation, reason.settled_by)


def _guest_fact(host: HostFacts) -> Fact:
    signs = "\n".join(
        f"{one_line(sign.sign, 80)}: {one_line(sign.says, 120)}" for sign in host.guest_signs
    )
    of_guest = [s.says for s in host.guest_signs if s.guest is True]
    if host.is_guest.value is None:
        reason = _reason(host.is_guest)
        return Fact(tr("Itself a guest"), tr("unknown"), f"{reason}\n{signs}".strip())
    if host.is_guest.value:
        return Fact(
            tr("Itself a guest"),
            trn("yes ({number} sign)", "yes ({number} signs)", len(of_guest)),
            signs,
        )
    return Fact(tr("Itself a guest"), tr("no sign of it"), signs)


def _observed(observation: Observation[T], label: str, words: Callable[[T], str]) -> Fact:
    if observation.value is None:
        return Fact(label, tr("unknown"), _reason(observation))
    return Fact(label, words(observation.value))


def _selinux(selinux: Selinux) -> str:
    policy = one_line(selinux.policy or "", 30)
    named = tr("policy {policy}").format(policy=policy) if policy else ""
    return ", ".join(filter(None, (selinux.state, named, "MLS" if selinux.mls else "")))


def _apparmor(apparmor: Apparmor) -> str:
    if not apparmor.enabled:
        return tr("not enabled")
    if apparmor.profiles_enforced is None:
        return tr("enabled, profiles not read")
    enforced, complaining = apparmor.profiles_enforced, apparmor.profiles_complaining
    said = trn("enabled, {number} enforced", "enabled, {number} enforced", enforced)
    if not complaining:
        return said
    return f"{said}, {trn('{number} complaining', '{number} complaining', complaining)}"


def _privilege_fact(collector: Collector) -> Fact:
    # "This machine" was the one where the snapshot was taken, which need not be the reader's.
    itself = collector.looked_at == "this machine"
    where = tr("the machine itself") if itself else one_line(collector.looked_at, 40)
    who = (
        tr("unknown privilege")
        if collector.uid is None
        else "root"
        if collector.uid == 0
        else f"uid {collector.uid}"
    )
    capabilities = "" if collector.capabilities is None else f"CapEff {collector.capabilities:016x}"
    detail = f"{capabilities}\nIsoscope {one_line(collector.version, 40)}".strip()
    return Fact(tr("Looked at"), tr("{where}, as {who}").format(where=where, who=who), detail)


def _not_seen_fact(holes: int, troubled: int) -> Fact:
    parts = []
    if holes:
        parts.append(trn("{number} place", "{number} places", holes))
    if troubled:
        parts.append(trn("{number} probe with problems", "{number} probes with problems", troubled))
    return Fact(tr("Not seen"), ", ".join(parts) or tr("nothing that was looked for"))


def _probe(probe: ProbeOutcome) -> Node:
    return Node(
        f"{one_line(probe.name, 60)}: {probe.state}",
        tr("after {seconds:.2f} s").format(seconds=probe.seconds)
        if probe.state is not ProbeState.SKIPPED
        else "",
        mark=Status.UNPROVEN,
        children=tuple(Node(one_line(problem, 600)) for problem in probe.problems),
        expanded=True,
    )


def _host_nodes(inventory: Inventory) -> tuple[Node, ...]:
    host = inventory.host
    signs = tuple(_sign(sign) for sign in host.guest_signs if sign.guest is not None)
    silent = tuple(_sign(sign) for sign in host.guest_signs if sign.guest is None)
    if silent:
        signs += (
            Node(
                tr("Signs that do not decide ({number})").format(number=len(silent)),
                children=silent,
            ),
        )
    system = (
        observation_node(host.name),
        observation_node(host.operating_system),
        observation_node(host.kernel),
        observation_node(host.architecture),
        observation_node(host.lsms),
        observation_node(host.selinux),
        observation_node(host.apparmor),
        observation_node(host.smt_active),
        observation_node(host.page_merging),
        observation_node(host.memory_bytes),
        observation_node(host.online_cpus),
        observation_node(host.swap_active),
        observation_node(host.vectors_off),
        *map(observation_node, host.observations),
    )
    flaws = tuple(
        Node(
            f"{one_line(name, 60)}: {flaw.value.state if flaw.value else tr('unknown')}",
            one_line(flaw.value.report) if flaw.value else _reason(flaw),
            mark=_FLAW_MARK[flaw.value.state] if flaw.value else Status.UNPROVEN,
            children=(observation_node(flaw),),
        )
        for name, flaw in host.cpu_flaws.items()
    )
    return (
        section(
            tr("Itself a guest: {value}").format(value=_guest_fact(host).value),
            (*signs, observation_node(host.is_guest)),
            empty="",
        ),
        section(
            tr("TEEs, on the host's word"),
            tuple(map(tee_node, host.tees)),
            empty=tr("None looked at."),
        ),
        *application_nodes(inventory, {}),
        section(
            tr("CPU flaws, as the kernel reports them"),
            flaws,
            empty=_reason(host.flaw_list) or tr("The kernel reports on none."),
            expanded=False,
        ),
        section(
            tr("Stopped workloads: known to a manager, not assessed"),
            tuple(_stopped(workload) for workload in inventory.stopped),
            empty=tr("None."),
            expanded=False,
        ),
        section(tr("System"), system, empty="", expanded=False),
        section(
            tr("Probes"),
            tuple(
                Node(
                    f"{one_line(p.name, 60)}: {p.state}",
                    f"{p.seconds:.2f} s",
                )
                for p in inventory.probes
            ),
            empty=tr("No probe ran."),
            expanded=False,
        ),
    )


def _sign(sign: GuestSign) -> Node:
    words = {True: tr("a guest"), False: tr("not a guest"), None: ""}[sign.guest]
    says = one_line(sign.says)
    return Node(one_line(sign.sign), f"{says}: {words}" if words else says)


def _stopped(workload: Workload) -> Node:
    note = f"{workload.engine} · {workload.kind} · {workload.state}"
    return Node(one_line(workload.name or workload.id), one_line(note))
