"""``isoscope explain``: the text of one measure, exposure or word, or a list of all."""

from __future__ import annotations

import shutil
from argparse import Namespace
from collections.abc import Iterator

from isoscope.assessment.catalogue import CATALOGUE
from isoscope.assessment.declaration import Declaration
from isoscope.assessment.ladders import LADDERS
from isoscope.assessment.vocabulary import FindingKind
from isoscope.cli.errors import MEETS, WRONG_USAGE, CommandError, near
from isoscope.cli.files import write_output
from isoscope.glossary import Term, term_of, terms
from isoscope.reports.layout import PLAIN_COLUMNS, Page
from isoscope.reports.plain import padded
from isoscope.reports.words import DIRECTION

_HEADINGS = {
    FindingKind.EXPOSURE: "Exposures: what opens a path",
    FindingKind.MEASURE: "Measures: what protects",
}


def run(options: Namespace) -> int:
    """Prints it.

    Raises:
        CommandError: there is no such measure, exposure or word.
    """
    columns = shutil.get_terminal_size((PLAIN_COLUMNS, 0)).columns
    page = Page.fitting(columns, colour=False)
    lines: Iterator[str]
    if options.measure is None:
        lines = _list(page)
    elif options.measure in CATALOGUE:
        lines = _text(CATALOGUE[options.measure], page)
    elif (term := term_of(options.measure)) is not None:
        lines = _word(term, page)
    else:
        known = (*CATALOGUE, *(term.word for term in terms()))
        hint = near(options.measure, known) or "; `isoscope explain` lists them"
        raise CommandError(
            f"there is no measure, exposure or word {options.measure!r}{hint}", WRONG_USAGE
        )
    write_output(("\n".join(lines) + "\n").encode(), None)
    return MEETS


def _list(page: Page) -> Iterator[str]:
    longest = max(map(len, CATALOGUE)) + 2
    for kind, heading in _HEADINGS.items():
        yield heading
        for declaration in CATALOGUE.values():
            if declaration.kind is kind:
                indent = " " * (longest + 2)
                lines = page.wrapped(declaration.title, indent=indent)
                yield f"  {padded(declaration.id, longest)}{lines[0].strip()}"
                yield from lines[1:]
        yield ""
    yield "Words"
    longest = max(len(term.word) for term in terms()) + 2
    for term in terms():
        lines = page.wrapped(term.meaning, indent=" " * (longest + 2))
        yield f"  {padded(term.word, longest)}{lines[0].strip()}"
        yield from lines[1:]
    yield ""
    yield "`isoscope explain ID` says more of one of them."


def _word(term: Term, page: Page) -> Iterator[str]:
    also = f" (also: {', '.join(term.also)})" if term.also else ""
    yield f"{term.word}{also}"
    yield ""
    yield from page.wrapped(term.meaning, indent="  ")
    if term.see:
        yield ""
        yield f"See also: {', '.join(term.see)}"


def _text(declaration: Declaration, page: Page) -> Iterator[str]:
    yield f"{declaration.title} ({declaration.kind.value} {declaration.id})"
    for heading, text in (
        ("What it is", declaration.what),
        ("Why it matters", declaration.why),
        ("See it by hand", declaration.by_hand),
        ("Change it", declaration.remedy),
    ):
        yield ""
        yield heading
        yield from page.wrapped(text, indent="  ")
    if needed := list(_needed(declaration.id)):
        yield ""
        yield (
            "Rungs that need it"
            if declaration.kind is FindingKind.MEASURE
            else ("Rungs that need it ruled out")
        )
        yield from needed
    if declaration.references:
        yield ""
        yield "References"
        yield from (f"  {reference}" for reference in declaration.references)


def _needed(measure: str) -> Iterator[str]:
    for aspect, ladder in LADDERS.items():
        for rung in ladder.rungs:
            if measure in rung.needs:
                yield (
                    f"  {DIRECTION[aspect.direction]}, {aspect.property.value}: "
                    f"{rung.level} {rung.name}"
                )
