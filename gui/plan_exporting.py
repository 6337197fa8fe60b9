"""Plans of what is supposed, written on a worker; the file's name says the format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gui.exporting import FORMATS as REPORTS
from gui.exporting import encoded
from gui.files import write_file

if TYPE_CHECKING:
    from isoscope.assessment.supposing.plan import Plan


def export_plan(plan: Plan, path: Path) -> None:
    """Writes a plan, marked as supposed and not observed.

    Args:
        plan: what is supposed, and what it comes to.
        path: the file; its ending says the format.

    Raises:
        ValueError: the ending is of no format.
        OSError: it cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in _WRITERS:
        raise ValueError(f"no format is called {ending or 'nothing'}; use {', '.join(FORMATS)}")
    write_file(path, _WRITERS[ending](plan))


def _markdown(plan: Plan) -> bytes:
    from isoscope.reports.plan_report import plan_markdown

    return encoded(plan_markdown(plan))


def _html(plan: Plan) -> bytes:
    from isoscope.reports.plan_report import plan_html

    return encoded(plan_html(plan))


def _pdf(plan: Plan) -> bytes:
    from gui.printing import pdf_of
    from isoscope.reports.plan_report import plan_markdown
    from isoscope.reports.plan_words import SUPPOSED

    return pdf_of(plan_markdown(plan), f"Isoscope: what if. {SUPPOSED}")


def _text(plan: Plan) -> bytes:
    from isoscope.reports.plan_report import plan_text

    return encoded(plan_text(plan))


_WRITERS: Mapping[str, Callable[[Plan], bytes]] = {
    ".md": _markdown,
    ".html": _html,
    ".pdf": _pdf,
    ".txt": _text,
}

FORMATS: Mapping[str, str] = {ending: REPORTS[ending] for ending in _WRITERS}
"""Formats by the ending of a file's name, in the order in which they are offered."""
