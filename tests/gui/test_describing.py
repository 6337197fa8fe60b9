"""The host in words: what it is, who looked, and what nobody saw."""

from __future__ import annotations

from dataclasses import replace

from gui.describing import described
from gui.nodes import Node
from isoscope.assessment.vocabulary import Status
from isoscope.inventory.host import GuestSign
from isoscope.snapshot.document import Collector, ProbeOutcome, ProbeState
from tests.gui.handmade import inventory, not_known, workload


def text_of(nodes: tuple[Node, ...]) -> str:
    """Everything that a tree says."""
    return "\n".join(node.as_text() for node in nodes)


def test_signs_that_decide_come_first_and_the_others_are_counted() -> None:
    host = described(inventory(())).host[0]
    assert host.text == "Itself a guest: yes (2 signs)"
    assert host.children[0].note == "set: a guest"
    assert host.children[2].text == "Signs that do not decide (1)"
    assert host.children[2].children[0].text == "/sys/hypervisor"


def test_an_unknown_guest_state_says_why() -> None:
    made = inventory(())
    facts = replace(
        made.host,
        is_guest=not_known("is-guest"),  # type: ignore[arg-type]
        guest_signs=(GuestSign("one", "KVM", guest=True), GuestSign("two", "bare", guest=False)),
    )
    shown = described(replace(made, host=facts))
    fact = next(f for f in shown.facts if f.label == "Itself a guest")
    assert fact.value == "unknown"
    assert "denied" in fact.detail
    assert "one: KVM" in fact.detail


def test_holes_and_probe_problems_are_named_with_what_settles_them() -> None:
    shown = described(inventory(()))
    assert shown.not_seen_count == 2
    said = text_of(shown.not_seen)
    assert "the Podman service of uid 1000" in said
    assert "Settled by: run Isoscope as root" in said
    assert "libvirt: timed-out" in said
    assert "no end after 10.0 s" in said


def test_a_complete_look_says_so_and_does_not_say_that_all_is_well() -> None:
    made = replace(
        inventory(()), holes=(), probes=(ProbeOutcome("docker", ProbeState.COMPLETE, 0.1),)
    )
    shown = described(made)
    assert shown.not_seen_count == 0
    said = text_of(shown.not_seen).casefold()
    assert not any(word in said for word in ("secure", "safe", "trusted", "fine"))


def test_a_skipped_probe_counts_as_not_seen() -> None:
    made = replace(
        inventory(()), holes=(), probes=(ProbeOutcome("docker", ProbeState.SKIPPED, 0.0),)
    )
    assert described(made).not_seen_count == 1


def test_stopped_workloads_are_listed_and_called_not_assessed() -> None:
    made = replace(inventory(()), stopped=(workload("docker:1", "sleeper"),))
    part = next(n for n in described(made).host if n.text.startswith("Stopped workloads"))
    assert part.children[0].text == "sleeper"
    assert "not assessed" in part.text


def test_a_captured_tree_has_no_known_privilege() -> None:
    made = replace(inventory(()), collector=Collector("0.1.0", None, None, "captured tree"))
    fact = next(f for f in described(made).facts if f.label == "Looked at")
    assert fact.value == "captured tree, as unknown privilege"


def test_a_vulnerable_cpu_is_marked_and_an_unread_flaw_is_unknown() -> None:
    part = next(n for n in described(inventory(())).host if n.text.startswith("CPU flaws"))
    marks = {node.text.split(":")[0]: node.mark for node in part.children}
    assert marks == {
        "mds": Status.FALLS_SHORT,
        "meltdown": Status.MEETS,
        "retbleed": Status.UNPROVEN,
    }
