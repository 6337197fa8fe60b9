"""Plans of what is supposed: what to change where, why, what to prove, in every format."""

from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from isoscope.assessment.assess import conclude, judge
from isoscope.assessment.comparison import Look
from isoscope.assessment.supposing.plan import Plan, plan_of
from isoscope.assessment.supposing.suppositions import (
    NOTHING,
    Enclosure,
    Move,
    Proof,
    Suppositions,
)
from isoscope.assessment.viewpoint import OPERATOR
from isoscope.bundled import built_in_profiles
from isoscope.inventory.host import TeeAvailability
from isoscope.inventory.technology import Technology
from isoscope.inventory.workload import Workload
from isoscope.reports.plan_report import plan_html, plan_markdown, plan_text
from isoscope.reports.plan_words import SUPPOSED, sections_of, summary_of
from tests.fakes.workloads import a_container, a_host, an_inventory
from tests.unit.assessment.test_supposing import with_socket

(SHARED_TEAM_HOST,) = (p for p in built_in_profiles() if p.id == "shared-team-host")
Writer = Callable[[Plan], str]
WRITERS: tuple[Writer, ...] = (plan_text, plan_markdown, plan_html)
MINE, BAD = a_container("mine", tenant="acme"), with_socket()
HOSTILE = "<b>x</b>\x1b[31m\u202e|`*\x00" + "n" * 100_000


def plan(
    suppositions: Suppositions, *workloads: Workload, tees: tuple[TeeAvailability, ...] = ()
) -> Plan:
    host = replace(a_host(), tees=tees)
    judged = judge(an_inventory(*(workloads or (MINE, BAD)), host=host))
    before = conclude(judged, profile=SHARED_TEAM_HOST, viewpoint=OPERATOR)
    return plan_of(Look(judged, before), suppositions)


DROPPED = NOTHING.settling("engine-socket-mounted", [BAD.id])
ATTESTED = NOTHING.moving([BAD.id], Move(Enclosure.SEV_SNP, Proof.EXPECTED))


@pytest.mark.parametrize("write", WRITERS)
def test_every_format_says_that_it_was_supposed_and_what_to_do_and_prove(write: Writer) -> None:
    said = write(plan(DROPPED.joined(NOTHING.settling("memory-limited", [MINE.id]))))
    assert "supposed, not observed" in said.lower()
    for words in ("Take the mount away", "bad", "globex", "Memory limited: in place", "Prove"):
        assert words in said
    body = said.rpartition("<body>")[2].lower()
    assert not any(word in body for word in ("secure", "safe", "trusted"))


def test_a_plan_names_the_verdicts_that_would_change_before_and_after() -> None:
    made = plan(DROPPED)
    said = plan_text(made)
    assert "mine (acme)  WW·I: 0/1 falls short → " in said
    assert {change.subject for change in made.tenants} == {"acme", "globex"}
    assert summary_of(made).startswith("1 change on 1 workload: of tenants’ verdicts ")


def test_nothing_supposed_is_an_empty_plan() -> None:
    made = plan(NOTHING)
    assert made.after is made.before
    assert sections_of(made) == ()
    assert summary_of(made) == "Nothing is supposed that would change anything."


def test_what_is_so_already_is_no_step_of_the_plan() -> None:
    assert plan(NOTHING.settling("engine-socket-mounted", [MINE.id])).steps == ()


def test_what_a_move_settles_is_no_step_besides() -> None:
    (step,) = plan(ATTESTED.joined(DROPPED)).steps
    assert step.title.startswith("Run it in an AMD SEV-SNP virtual machine")


def test_evidence_is_to_be_fetched_verified_and_expected() -> None:
    (step,) = plan(ATTESTED).steps
    proofs = "\n".join(step.prove)
    assert "isoscope attest verify" in proofs
    assert "isoscope attest challenge" in proofs
    assert "Look at the host again" in proofs


def test_without_evidence_it_is_the_hosts_word() -> None:
    (step,) = plan(NOTHING.moving([BAD.id], Move(Enclosure.TDX))).steps
    assert "on the host's word" in step.title
    assert "adversary" in step.prove[0]


@pytest.mark.parametrize(
    ("available", "says"), [(True, ""), (False, "cannot run"), (None, "may not be able to run")]
)
def test_a_host_that_says_it_cannot_is_quoted(available: bool | None, says: str) -> None:
    tee = TeeAvailability(Technology.AMD_SEV_SNP, available, (), "the CPU lacks it")
    (step,) = plan(ATTESTED, tees=(tee,)).steps
    assert says in step.doubt
    assert bool(step.doubt) is bool(says)


def test_what_stays_unknown_is_listed_with_what_would_settle_it() -> None:
    made = plan(ATTESTED)
    titles = {title for one in made.open for title in one.titles}
    assert "The VMM runs as root" in titles
    assert "What would stay unknown" in plan_text(made)
    assert "Run it so, and look again" in plan_text(made)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        self.seen.append(tag)


@pytest.mark.parametrize("write", WRITERS)
def test_names_of_a_host_stay_text_and_short(write: Writer) -> None:
    hostile = replace(BAD, name=HOSTILE)
    said = write(plan(ATTESTED, MINE, hostile))
    assert len(said) < 60_000
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "\0" not in said
    if write is plan_html:
        tags = _Tags()
        tags.feed(said)
        assert "b" not in tags.seen
        assert "script" not in tags.seen
    if write is plan_markdown:
        assert "<b>" not in said


def test_the_words_stand_in_the_heading() -> None:
    assert plan_markdown(plan(DROPPED)).startswith(f"# What if: {SUPPOSED.lower()}")
