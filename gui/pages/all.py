"""The pages of the window, in the order of their tabs; each is imported when it is first opened."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gui.pages.host_view import HostView, PageEntry
from gui.pages.page import while_there
from isoscope.texts import tr

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from gui.judging import Shown
    from gui.pages.overview import OverviewPage
    from gui.pages.page import Page
    from gui.pages.what_if import WhatIfPage
    from gui.paths import MapQuestion
    from gui.rows import Subject
    from gui.session import Session
    from gui.supposing import Asked
    from isoscope.assessment.vocabulary import Aspect


def _overview(parent: QWidget, session: Session) -> Page:
    from gui.helping import HelpAnswers
    from gui.pages.overview import OverviewPage

    page = OverviewPage(parent)
    page.wanted.connect(session.explain)
    evidence = page.detail.evidence
    evidence.given.connect(session.evidence.give)
    evidence.asked.connect(session.evidence.ask)
    evidence.forgotten.connect(session.evidence.forget)

    def suppose(subject: Subject | None, findings: tuple[tuple[str, str], ...]) -> None:
        if isinstance(parent, HostView):
            parent.choose("what-if")
            supposing: WhatIfPage = parent.page("what-if")  # type: ignore[assignment]
            supposing.suppose_otherwise(subject, findings)

    page.detail.verdict.supposed.connect(suppose)
    helping = page.detail.helping
    answers = HelpAnswers(
        session.bridge,
        done=while_there(page, helping.show_helping),
        failed=while_there(page, helping.show_failed),
    )
    helping.wanted.connect(partial(HelpAnswers.ask, answers))  # a bound method keeps nothing
    helping.supposed.connect(partial(suppose, None))
    return page


def _word(parent: QWidget, session: Session) -> Page:
    from gui.pages.word import WordPage

    page = WordPage(parent)
    page.wanted.connect(session.choose_viewpoint)
    page.compared.connect(session.compare_viewpoint)
    session.believed.connect(page.show_believing)
    return page


def _host(parent: QWidget, session: Session) -> Page:  # noqa: ARG001 - it asks nothing
    from gui.pages.host import HostPage

    return HostPage(parent)


def _live(parent: QWidget, session: Session) -> Page:
    from gui.pages.live import LivePage
    from gui.sampling import Sampler
    from gui.taking import watched

    page = LivePage(parent)
    sampler = Sampler(
        session.bridge, while_there(page, page.show_rows), while_there(page, page.show_failed)
    )

    def watch(shown: Shown | None) -> None:
        if shown is None:
            sampler.stop()
        else:
            sampler.start(partial(watched, shown))

    page.watch.connect(watch)
    return page


def _history(parent: QWidget, session: Session) -> Page:
    from gui.pages.history import HistoryPage

    kept = session.history
    page = HistoryPage(kept.most, parent)
    page.shown.connect(lambda _: kept.tell_looks())
    page.chosen.connect(kept.compare_with)
    page.kept_at_most.connect(kept.keep_at_most)
    page.look_every.connect(kept.look_every)
    page.forgotten.connect(kept.forget_all)
    kept.looks_changed.connect(page.show_looks)
    kept.looks_changed.connect(lambda _: kept.ask_trend())
    kept.trend_changed.connect(page.show_trend)
    kept.compared.connect(page.show_since)
    return page


def _map(parent: QWidget, session: Session) -> Page:
    from gui.mapping import MapAnswers
    from gui.pages.map import MapPage

    page = MapPage(parent)

    def failed(line: str) -> None:
        page.show_failed(line)
        session.failed.emit(line)

    answers = MapAnswers(
        session.bridge,
        done=while_there(page, page.show_mapped),
        failed=while_there(page, failed),
    )

    def ask(shown: Shown, question: MapQuestion) -> None:
        answers.ask(shown, question)  # a connection to its method would not keep the object

    def open_finding(subject: Subject, aspect: Aspect) -> None:
        if isinstance(parent, HostView):
            parent.choose("overview")
            overview: OverviewPage = parent.page("overview")  # type: ignore[assignment]
            overview.look_at(subject, aspect)

    page.wanted.connect(ask)
    page.cancelled.connect(answers.cancel)
    page.forgotten.connect(answers.forget)
    page.chosen.connect(open_finding)
    return page


def _what_if(parent: QWidget, session: Session) -> Page:
    from gui.pages.what_if import WhatIfPage
    from gui.supposing_answers import WhatIfAnswers

    page = WhatIfPage(parent)

    def failed(line: str) -> None:
        page.show_failed(line)
        session.failed.emit(line)

    answers = WhatIfAnswers(
        session.bridge,
        done=while_there(page, page.show_what_if),
        remedied=while_there(page, page.suppose_also),
        failed=while_there(page, failed),
    )

    def ask(shown: Shown, asked: Asked) -> None:
        answers.ask(shown, asked)  # a connection to its method would not keep the object

    def ask_remedies(shown: Shown, subject: Subject, findings: tuple[tuple[str, str], ...]) -> None:
        answers.ask_remedies(shown, subject, findings)

    page.wanted.connect(ask)
    page.remedies_wanted.connect(ask_remedies)
    page.forgotten.connect(lambda: answers.forget())  # noqa: PLW0108 - it keeps the object
    page.result.export_wanted.connect(session.exporter.export_plan)
    return page


PAGES = (
    PageEntry("overview", tr("&Overview"), _overview),
    PageEntry("host", tr("Hos&t"), _host),
    PageEntry("word", tr("Whose wor&d"), _word),
    PageEntry("what-if", tr("What if"), _what_if),
    PageEntry("map", tr("&Map"), _map),
    PageEntry("live", tr("&Live"), _live),
    PageEntry("history", tr("Histor&y"), _history),
)
