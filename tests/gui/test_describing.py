"""The host in words: what it is, who looked, and what nobody saw."""

from __future__ import annotations

from dataclasses import replace

from gui.describing import described
from gui.nodes import Node
from isoscope.assessment.vocabulary import Status
from isoscope.inventory.host import GuestSign
from isoscope.inventory.observation import KERNEL, Observation
from isoscope.inventory.technology import Technology
from isoscope.inventory.tee_use import TeeUse
from isoscope.inventory.workload import Attributes
from isoscope.snapshot.document import Collector, ProbeOutcome, ProbeState
from tests.fakes.workloads import a_container, an_inventory
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


def test_what_is_no_tee_of_workloads_is_not_counted_as_one_that_is_available() -> None:
    made = inventory(())
    on = tuple(replace(t, available=t.technology is Technology.AMD_TSME) for t in made.host.tees)
    shown = described(replace(made, host=replace(made.host, tees=on)))
    fact = next(f for f in shown.facts if f.label.startswith("TEEs"))
    assert fact.value == "none of 11"
    assert "AMD TSME: on, and no TEE of workloads" in text_of(shown.host)


def test_an_application_in_a_tee_and_in_none_is_shown_with_the_host() -> None:
    use = TeeUse("sgx", "an enclave is mapped", "gramine", "redis")
    inside = a_container("inside")
    observed = Observation(inside.id, "tee", use, None, (), KERNEL)
    outside = replace(a_container("outside"), attributes=Attributes(image="redis:7"))
    shown = described(an_inventory(replace(inside, tee=observed), outside))
    text = text_of(shown.host)
    assert "redis: inside (sgx), outside (no TEE): only their names are the same" in text
    assert "The same application" not in text_of(described(inventory(())).host)


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
