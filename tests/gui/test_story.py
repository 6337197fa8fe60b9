"""The story of the demonstration: how it is read, and that its words are true of its hosts."""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, datetime
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

import assets
from gui.choices import Question
from gui.demo.bundled import bundled_story, evidence_of, host_of, subject_of
from gui.demo.since import since
from gui.demo.story import Host, Kind, Opened, Pane, Step, StoryError, parse_story
from gui.judging import Seen, Shown, judged
from gui.rows import SubjectKind
from isoscope.assessment.verdict import Verdict
from isoscope.assessment.viewpoint import BUILT_IN
from isoscope.assessment.vocabulary import Aspect, Direction, Property, Status
from isoscope.attestation.checks import Outcome, State
from isoscope.attestation.given_files import sort_files, verify_files
from isoscope.attestation.question import Question as Question_
from isoscope.bundled import built_in_profiles, pinned_roots

STORY = bundled_story()
STEPS = {step.id: step for step in STORY.steps}
HOST = 'file = "a.json.gz"\nkind = "recorded"\nsays = "Recorded."\n'
STEP = """\
id = "one"
title = "One"
text = "Text."
notes = "Notes."
host = "a"
profile = "shared-team-host"
viewpoint = "operator"
workload = "web"
direction = "host-from-workload"
property = "integrity"
"""


def written(*, top: str = "", host: str = HOST, step: str = STEP) -> str:
    return (
        f'title = "Story"\nevidence-says = "Made up."\n{top}\n[host.a]\n{host}\n[[step]]\n{step}\n'
    )


def test_a_story_is_read_with_its_defaults() -> None:
    (step,) = parse_story(written(), "s").steps
    assert step.host == Host("a", "a.json.gz", Kind.RECORDED, "Recorded.")
    assert step.aspect == Aspect(Direction.HOST_FROM_WORKLOAD, Property.INTEGRITY)
    assert (step.opened, step.pane, step.evidence) == (Opened.OVERVIEW, Pane.VERDICT, ())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title = ", "not TOML"),
        ("", "host is missing"),
        (written(top='colour = "red"'), "'colour' is not known"),
        (written(host=HOST.replace("recorded", "real")), "there are recorded, synthetic"),
        (written(host=HOST.replace("a.json.gz", "../../etc/passwd")), "use small letters"),
        (written(host=HOST + "x = 1"), "'x' is not known"),
        (written(step=STEP.replace('"a"', '"b"')), "host is 'b'; there are a"),
        (written(step=STEP.replace("shared-team-host", "perfect")), "profile is 'perfect'"),
        (written(step=STEP.replace("operator", "owner")), "viewpoint is 'owner'"),
        (written(step=STEP.replace("host-from-w", "w-from-w")), "direction is"),
        (written(step=STEP.replace('"integrity"', '"beauty"')), "property is"),
        (written(step=STEP + 'tenant = "acme"'), "either a tenant or a workload"),
        (written(step=STEP.replace("workload =", "weight =")), "either a tenant or a workload"),
        (
            written(step=STEP.replace("workload =", "tenant =") + 'evidence = ["e.bin"]'),
            "evidence is of a workload",
        ),
        (written(step=STEP + 'evidence = ["/e.bin"]'), "use small letters"),
        (written(step=STEP + "evidence = []"), "no list of names"),
        (written(step=STEP + 'page = "start"'), "page is 'start'"),
        (written(step=STEP + 'pane = "host"'), "pane is 'host'"),
        (written(step=STEP.replace('"Notes."', '" "')), "notes is no text"),
        (written(step=STEP.replace('title = "One"', "title = 1")), "title is no text"),
        (written(step=f"{STEP}\n[[step]]\n{STEP}"), "two steps are called 'one'"),
        (written(step=f"{STEP}\n[host.b]\n{HOST}"), "no step shows the host 'b'"),
        ('title = "t"\nevidence-says = "e"\nhost = 1\nstep = [1]', "host is no table"),
        (f'title = "t"\nevidence-says = "e"\nstep = [1]\n[host.a]\n{HOST}', "it is no table"),
        (f'title = "t"\nevidence-says = "e"\nstep = []\n[host.a]\n{HOST}', "no array of tables"),
    ],
)
def test_a_story_that_cannot_be_told_says_why_in_one_line(text: str, words: str) -> None:
    with pytest.raises(StoryError, match=r"^story\.toml: ") as error:
        parse_story(text, "story.toml")
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@given(st.text() | st.builds(lambda a, b: written()[:a] + b, st.integers(0, 400), st.text()))
def test_any_text_is_a_story_or_refused(text: str) -> None:
    with contextlib.suppress(StoryError):
        assert parse_story(text, "s").steps


@cache
def seen_at(host: str) -> Seen:
    return host_of(next(step for step in STORY.steps if step.host.id == host))


@cache
def shown_at(id_: str) -> Shown:
    """What the window shows at a step."""
    step = STEPS[id_]
    seen = seen_at(step.host.id)
    profiles = {profile.id: profile for profile in built_in_profiles()}
    question = Question(profiles[step.profile], BUILT_IN[step.viewpoint])
    return judged(seen, question, "", evidence_of(step, seen))


def verdict_at(id_: str, aspect: Aspect | None = None, name: str = "") -> Verdict:
    """The verdict that a step is about, or another of the same host."""
    step, shown = STEPS[id_], shown_at(id_)
    subject = subject_of(step, shown.seen)
    if name:
        return next(
            shown.assessment.workloads[w.id].verdicts[aspect or step.aspect]
            for w in shown.seen.inventory.workloads
            if w.name == name
        )
    if subject.kind is SubjectKind.WORKLOAD:
        return shown.assessment.workloads[subject.id].verdicts[aspect or step.aspect]
    (tenant,) = [one for one in shown.assessment.tenants if one.name == subject.id]
    return tenant.verdicts[aspect or step.aspect]


def checks_at(id_: str) -> dict[str, State]:
    (attested,) = shown_at(id_).attested.values()
    (one,) = attested.verified
    assert one.verification is not None
    return {check.name: check.state for check in one.verification.checks}


@pytest.mark.parametrize("step", STORY.steps, ids=lambda step: step.id)
def test_every_step_names_what_exists(step: Step) -> None:
    shown = shown_at(step.id)
    subject = subject_of(step, shown.seen)
    tenants = shown.rows.workloads
    if subject.kind is SubjectKind.TENANT:
        assert subject.id in tenants
    else:
        assert subject in [row.subject for rows in tenants.values() for row in rows]
    assert set(shown.attested) == ({subject.id} if step.evidence else set())


@pytest.mark.parametrize(
    ("id_", "status", "rungs"),
    [
        ("shared-host", Status.UNPROVEN, (1, 2)),
        ("breakout", Status.FALLS_SHORT, (0, 0)),
        ("neighbours", Status.FALLS_SHORT, (0, 0)),
        ("closed", Status.MEETS, None),
        ("strangers", Status.FALLS_SHORT, None),
        ("machines", Status.MEETS, (5, 5)),
        ("host-reads-all", Status.FALLS_SHORT, (0, 0)),
        ("claim", Status.FALLS_SHORT, (0, 2)),
        ("attested", Status.MEETS, (3, 3)),
        ("checks", Status.MEETS, (3, 3)),
        ("debug", Status.FALLS_SHORT, (0, 0)),
        ("elsewhere", Status.FALLS_SHORT, (0, 2)),
        ("whose-word", Status.MEETS, (3, 3)),
    ],
)
def test_each_step_shows_what_its_words_say(
    id_: str, status: Status, rungs: tuple[int, int] | None
) -> None:
    verdict = verdict_at(id_)
    assert verdict.status is status
    assert rungs in (None, (verdict.low, verdict.high))


def test_every_step_has_its_verdict_tested_above() -> None:
    (mark,) = [
        mark
        for mark in test_each_step_shows_what_its_words_say.pytestmark  # type: ignore[attr-defined]
        if mark.name == "parametrize"
    ]
    assert [case[0] for case in mark.args[1]] == list(STEPS)


def test_the_bank_falls_with_its_neighbour_and_its_own_containers_do_not() -> None:
    own = Aspect(Direction.HOST_FROM_WORKLOAD, Property.INTEGRITY)
    for name in ("bank-ledger", "bank-payments"):
        # Whether a distribution's runc has the fixes that its number lacks, nobody read.
        verdict = verdict_at("neighbours", own, name)
        assert (verdict.status, verdict.high) == (Status.UNPROVEN, 2)
    step, shown = STEPS["neighbours"], shown_at("neighbours")
    for tenant in shown.assessment.tenants:
        if tenant.name in ("bank", "clinic"):
            assert tenant.verdicts[step.aspect].status is Status.FALLS_SHORT


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ("neighbours", "closed", "rose"),
        ("host-reads-all", "claim", "may have risen"),
        ("claim", "attested", "rose"),
        ("checks", "debug", "fell"),
    ],
)
def test_what_changed_since_the_step_before_is_counted(before: str, after: str, word: str) -> None:
    was, now = (
        {tenant.name: tenant.verdicts for tenant in shown_at(id_).assessment.tenants}
        for id_ in (before, after)
    )
    changed = sum(
        (was[name][aspect].low, was[name][aspect].high) != (verdict.low, verdict.high)
        for name, verdicts in now.items()
        for aspect, verdict in verdicts.items()
    )
    assert changed
    assert since(shown_at(before), shown_at(after)) == f"verdicts of tenants: {changed} {word}"


def test_nothing_is_said_to_have_changed_where_nothing_did_or_another_question_was_asked() -> None:
    assert since(shown_at("breakout"), shown_at("neighbours")) == ""
    assert since(shown_at("closed"), shown_at("strangers")) == ""


def test_one_container_alone_was_made_anew_between_breakout_and_closed() -> None:
    before, after = (
        {w.name: w.id for w in seen_at(host).inventory.workloads} for host in ("shared", "closed")
    )
    assert before.keys() == after.keys()
    assert {name for name in before if before[name] != after[name]} == {"shop-build"}


def test_in_virtual_machines_confidentiality_stays_unproven_as_the_notes_say() -> None:
    of_host = Aspect(Direction.HOST_FROM_WORKLOAD, Property.CONFIDENTIALITY)
    assert verdict_at("machines", of_host).status is Status.UNPROVEN


def test_the_claiming_host_is_the_recorded_one_but_for_its_name_and_the_claim() -> None:
    recorded, synthetic = (seen_at(host).snapshot for host in ("machines", "claims"))
    assert recorded.readings.keys() == synthetic.readings.keys()
    differing = {
        str(source)
        for source, reading in recorded.readings.items()
        if synthetic.readings[source] != reading
    }
    allowed = r"/(etc|proc/sys/kernel)/hostname|/proc/\d+/cmdline|.*virDomainGetXMLDesc.*"
    assert len(differing) == 4
    assert all(re.fullmatch(allowed, source) for source in differing), differing
    assert "SYNTHETIC" in seen_at("claims").host.name
    assert "SYNTHETIC" in synthetic.extra["demonstration"]


def test_the_checks_of_each_report_are_as_told() -> None:
    good, debug, elsewhere = (checks_at(id_) for id_ in ("attested", "debug", "elsewhere"))
    genuine = ("signature", "chain", "root", "validity", "revocation", "tcb", "chip", "product")
    for checks in (good, debug, elsewhere):
        assert {checks[name] for name in genuine} == {State.PASSED}
    assert State.FAILED not in good.values()
    assert good["nonce"] is State.PASSED
    assert {good["measurement"], good["binding"]} == {State.NOT_POSSIBLE}
    assert [name for name, state in debug.items() if state is State.FAILED] == ["debug-off"]
    assert [name for name, state in elsewhere.items() if state is State.FAILED] == ["nonce"]


@pytest.mark.parametrize("file", ["attested.bin", "debug.bin", "elsewhere.bin"])
def test_evidence_of_the_demonstration_is_refused_by_the_vendors_roots(file: str) -> None:
    step = next(step for step in STORY.steps if file in step.evidence)
    seen = seen_at(step.host.id)
    (given_,) = evidence_of(step, seen).values()
    question = Question_(
        moment=datetime.now(UTC),
        roots=pinned_roots(),
        nonce=given_.challenge.nonce,  # type: ignore[union-attr]
    )
    (one,) = verify_files(sort_files(given_.files), question)
    assert one.verification is not None
    assert one.verification.outcome is Outcome.REFUSED
    root = one.verification.check("root")
    assert root is not None
    assert root.state is State.FAILED


def test_roots_of_the_demonstration_are_no_vendors() -> None:
    roots = seen_at("claims").roots
    assert roots is not None
    pinned = {digest for names in pinned_roots().values() for digest in names}
    for names in roots.values():
        assert pinned.isdisjoint(names)
        assert all("DEMONSTRATION" in name and "not AMD" in name for name in names.values())


@pytest.mark.parametrize("step", STORY.steps, ids=lambda step: step.id)
def test_what_is_made_up_is_said_to_be(step: Step) -> None:
    said = STORY.says(step)
    assert (step.kind is Kind.SYNTHETIC) == ("SYNTHETIC" in said)
    if step.evidence:
        assert "signed by keys made for this demonstration, not by AMD" in said


def test_no_word_is_a_promise_and_no_number_is_written_down() -> None:
    for step in STORY.steps:
        for said in (step.title, step.text, step.notes, STORY.says(step)):
            assert not re.search(
                r"\b(secure[ds]?|trusted|trustworthy|safe|safely|guaranteed)\b",
                said.replace("trusted execution environment", ""),
                re.IGNORECASE,
            ), said
            assert not re.search(r"\d", said), said


def test_snapshots_are_small_and_hold_nothing_of_who_made_them() -> None:
    for host in {step.host.file for step in STORY.steps}:
        assert len(assets.data(f"demo/{host}")) < 200_000
