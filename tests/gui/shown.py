"""What the overview is shown in tests: hand-made assessments, and their explanations."""

from __future__ import annotations

from gui.choices import Question
from gui.describing import described
from gui.explaining import Explained, explained
from gui.host_grids import host_grids
from gui.judging import Seen, Shown
from gui.pages.overview import OverviewPage
from gui.rows import Subject, rows_of
from isoscope.assessment.assess import JudgedInventory, conclude, judge
from isoscope.assessment.catalogue import CATALOGUE
from isoscope.assessment.ladders import ladder
from isoscope.assessment.viewpoint import OPERATOR
from isoscope.assessment.vocabulary import Aspect
from isoscope.bundled import built_in_profiles
from isoscope.inventory.workload import Workload
from isoscope.snapshot.document import Snapshot
from tests.fakes.workloads import an_inventory
from tests.gui.handmade import AT, PROFILE, HandMade


def shown(made: HandMade) -> Shown:
    """A hand-made assessment as the session hands it to the window."""
    snapshot = Snapshot(made.inventory.collector, AT, AT + 1, {})
    seen = Seen(
        snapshot,
        "h1.json",
        made.inventory,
        JudgedInventory(made.inventory, {}, {}),
        described(made.inventory),
        host_grids(made.inventory),
    )
    question = Question(PROFILE, OPERATOR)
    return Shown(seen, question, made, rows_of(made), seen.judged)


def explanation(made: HandMade, subject: Subject, aspect: Aspect) -> Explained:
    """What the pane shows."""
    return explained(
        made, subject, aspect, texts=CATALOGUE, ladder=lambda asked: ladder(asked).rungs
    )


def answer(page: OverviewPage, made: HandMade) -> None:
    """Lets a page have its explanations at once."""
    page.wanted.connect(
        lambda subject, aspect: page.show_explained(explanation(made, subject, aspect))
    )


def judged(*workloads: Workload) -> Shown:
    """Workloads of tenants, judged as their operator sees them."""
    inventory = an_inventory(*workloads)
    found = judge(inventory)
    profile = next(p for p in built_in_profiles() if p.id == "shared-team-host")
    assessment = conclude(found, profile=profile, viewpoint=OPERATOR)
    snapshot = Snapshot(inventory.collector, 0.0, 1.0, {})
    seen = Seen(snapshot, "", inventory, found, described(inventory), host_grids(inventory))
    return Shown(seen, Question(profile, OPERATOR), assessment, rows_of(assessment), found)
