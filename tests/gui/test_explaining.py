"""The pane's answers: why, whose word, what is unknown, what to change, down to the evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gui.evidence import evidence_node, value_text
from gui.explaining import Explained
from gui.nodes import Node, NodeStyle
from gui.rows import Subject, SubjectKind
from gui.words import headline
from isoscope.assessment.ladders import ladder
from isoscope.assessment.verdict import Verdict
from isoscope.assessment.vocabulary import ASPECTS, Aspect, Direction, Property, Status
from isoscope.inventory.disagreement import Disagreement
from isoscope.inventory.host import Selinux, SelinuxState
from isoscope.inventory.observation import Evidence
from tests.gui.handmade import AT, assessment, fact, three_tenants, verdicts
from tests.gui.shown import explanation

HW_C = Aspect(Direction.HOST_FROM_WORKLOAD, Property.CONFIDENTIALITY)
WW_C = ASPECTS[0]


def of_tenant(name: str, aspect: Aspect) -> Explained:
    """What the pane shows of a tenant."""
    return explanation(three_tenants(), Subject(SubjectKind.TENANT, name), aspect)


def sections(explained: Explained) -> dict[str, Node]:
    """The parts by their headings, counts left out."""
    return {node.text.split(" (")[0]: node for node in explained.nodes}


@pytest.mark.parametrize(
    ("low", "high", "required", "words"),
    [
        (0, 0, 2, "Falls short: stands on rung 0 (open); rung 2 (standard) is required."),
        (
            0,
            2,
            2,
            (
                "Unproven: somewhere between rung 0 (open) and rung 2 (standard); "
                "rung 2 (standard) is required."
            ),
        ),
        (3, 3, 2, "Meets: stands on rung 3 (hardened); rung 2 (standard) is required."),
        (1, 1, None, "Nothing is required here: stands on rung 1 (weakened)."),
    ],
)
def test_the_headline_is_the_verdict_as_a_sentence(
    low: int, high: int, required: int | None, words: str
) -> None:
    assert headline(Verdict(HW_C, low, high, required), ladder(HW_C).rungs) == words


def test_a_verdict_that_falls_short_answers_why_and_what_to_change() -> None:
    parts = sections(of_tenant("acme", HW_C))
    why = parts["Why it stands on rung 0"]
    assert why.children[0].mark is Status.FALLS_SHORT
    assert why.children[0].note.startswith("web: /var/run/docker.sock is mounted")
    change = parts["What to change"].children[0]
    assert change.text == "To reach rung 1 (weakened), which is required"
    assert change.children[0].text == "Remove the mount of the engine's socket."


def test_what_to_type_names_the_process_of_the_workload() -> None:
    why = sections(of_tenant("acme", HW_C))["Why it stands on rung 0"]
    about = next(n for n in why.children[0].children if n.text == "About this")
    by_hand = next(n for n in about.children if n.text == "See it by hand").children[0]
    assert by_hand.style is NodeStyle.COMMANDS
    assert "/proc/4711/mountinfo" in by_hand.text


def test_whose_word_it_rests_on_is_said_beside_every_verdict() -> None:
    words = sections(of_tenant("acme", HW_C))["Whose word it rests on"]
    assert [node.text for node in words.children] == ["The host's kernel", "The container engine"]


def test_what_decides_no_rung_stands_in_a_part_of_its_own() -> None:
    beside = "Beside this, and deciding no rung"
    from_host = Aspect(Direction.WORKLOAD_FROM_HOST, Property.CONFIDENTIALITY)
    (node,) = sections(of_tenant("acme", from_host))[beside].children
    assert node.text == "The host can enter it"
    assert "root of the host enters it" in node.note
    assert beside not in sections(of_tenant("acme", HW_C))


def test_an_unknown_says_why_and_what_would_settle_it() -> None:
    part = sections(of_tenant("globex", WW_C))["What is unknown, and what would settle it"]
    assert part.children[0].mark is Status.UNPROVEN
    assert part.children[0].note == (
        "ledger: /proc/4711/status: denied\nSettled by: run Isoscope as root"
    )


def test_evidence_is_reached_with_source_time_privilege_and_raw_words() -> None:
    why = sections(of_tenant("acme", HW_C))["Why it stands on rung 0"]
    observation = next(n for n in why.children[0].children if n.text.startswith("mounts"))
    assert observation.note == "on the word of the host's kernel"
    evidence = observation.children[0]
    assert evidence.text == "/proc/1/mounts"
    assert evidence.note.startswith("read 2026-11-2")
    assert evidence.note.endswith("as root")
    assert evidence.children[0].style is NodeStyle.QUOTE
    assert "second line" in evidence.children[0].text


def test_a_met_verdict_asks_for_no_change_beyond_the_next_rung() -> None:
    parts = sections(of_tenant("initech", HW_C))
    assert [node.text for node in parts["What to change"].children] == [
        "To reach rung 3 (hardened), the next one"
    ]


def test_a_disagreement_of_manager_and_kernel_is_shown_with_both_words() -> None:
    made = assessment({"t": {"w": verdicts()}})
    both = fact("network", "bridge"), fact("network", "host")
    workload = replace(
        made.inventory.workloads[0],
        disagreements=(Disagreement("network", "bridge", "host", *both),),
    )
    made.inventory = replace(made.inventory, workloads=(workload,))
    shown = explanation(made, Subject(SubjectKind.WORKLOAD, workload.id), WW_C)
    part = sections(shown)["Where the manager and the kernel differ"]
    assert part.children[0].note == "declared: bridge\nthe kernel shows: host"


def test_all_three_statuses_of_the_direction_come_along() -> None:
    statuses = of_tenant("acme", HW_C).statuses
    assert statuses[Property.CONFIDENTIALITY] is Status.FALLS_SHORT
    assert statuses[Property.INTEGRITY] is Status.FALLS_SHORT


def test_hostile_evidence_stays_text() -> None:
    node = evidence_node(Evidence("/proc/1/\x1b[2Jx", "a\x00b\n<b>\u202e", AT, "root"))
    assert "\x1b" not in node.text
    assert node.children[0].text == "a\nb\n<b>\\u202e"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"),
        (24 << 30, "25,769,803,776"),
        (0.5, "0.5"),
        (frozenset({10, 9}), "9, 10"),
        ((), "(none)"),
        ("", "(empty)"),
        (Selinux(SelinuxState.ENFORCING, "targeted", mls=True), None),
        (tuple(range(100)), None),
    ],
)
def test_values_are_words_and_not_python(value: object, text: str | None) -> None:
    shown = value_text(value)
    if text is not None:
        assert shown == text
    assert "(" not in shown.replace("(none)", "").replace("(empty)", "")
    assert "Selinux" not in shown
    assert len(shown) < 120
