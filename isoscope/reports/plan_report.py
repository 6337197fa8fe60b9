"""A plan of suppositions as text, Markdown and HTML, each marked as supposed, not observed."""

from __future__ import annotations

import html
from collections.abc import Iterator

from isoscope import __version__
from isoscope.assessment.supposing.plan import Plan
from isoscope.reports.html_report import html_page
from isoscope.reports.html_text import listed
from isoscope.reports.layout import Page
from isoscope.reports.markdown_report import plain_in_markdown
from isoscope.reports.plan_words import (
    MEANS,
    SUPPOSED,
    Entry,
    head_of,
    sections_of,
    summary_of,
)
from isoscope.reports.words import LETTERS, SYMBOL

_CAPTION = 14


def plan_text(plan: Plan, page: Page | None = None) -> str:
    """The plan as plain text, ending in a newline."""
    page = page or Page()
    return "\n".join(line.rstrip() for line in _text_lines(plan, page)) + "\n"


def _text_lines(plan: Plan, page: Page) -> Iterator[str]:
    yield page.strong(f"What if: {SUPPOSED.lower()}")
    yield from page.wrapped(MEANS, indent="  ")
    yield ""
    for caption, text in head_of(plan):
        yield from page.captioned(f"  {caption}", text, caption_width=_CAPTION + 2)
    yield from page.captioned("  Comes to", summary_of(plan), caption_width=_CAPTION + 2)
    yield from map(page.faint, page.wrapped(LETTERS, indent="  "))
    for section in sections_of(plan):
        yield ""
        yield page.strong(section.title)
        for number, entry in enumerate(section.entries, 1):
            lead = f"{number}." if section.numbered else _symbol(entry)
            yield from page.wrapped(entry.text, indent="      ", first=f"  {lead:<3} ")
            for caption, text in entry.details:
                lines = page.wrapped(f"{caption}: {text}", indent="        ", first="      ")
                yield from lines


def _symbol(entry: Entry) -> str:
    return SYMBOL[entry.mark] if entry.mark is not None else " "


def plan_markdown(plan: Plan) -> str:
    """The plan as Markdown, ending in a newline. No text of the host acts as markup."""
    return "\n".join(_markdown_lines(plan)).rstrip() + "\n"


def _markdown_lines(plan: Plan) -> Iterator[str]:
    yield f"# What if: {SUPPOSED.lower()}"
    yield ""
    yield f"**{SUPPOSED}.** {MEANS}"
    yield ""
    yield "| | |"
    yield "| --- | --- |"
    rows = [*head_of(plan), ("Comes to", summary_of(plan)), ("Isoscope", __version__)]
    for caption, text in rows:
        yield f"| {caption} | {plain_in_markdown(text)} |"
    yield from ("", LETTERS)
    for section in sections_of(plan):
        yield ""
        yield f"## {section.title}"
        yield ""
        for number, entry in enumerate(section.entries, 1):
            lead = f"{number}." if section.numbered else "-"
            mark = f"{_symbol(entry)} " if entry.mark is not None else ""
            yield f"{lead} {mark}{plain_in_markdown(entry.text)}"
            indent = " " * (len(lead) + 1)
            for caption, text in entry.details:
                yield f"{indent}- *{caption}*: {plain_in_markdown(text)}"


def plan_html(plan: Plan) -> str:
    """The plan as one HTML file that needs nothing else."""
    return html_page(f"What if: {SUPPOSED.lower()}", "\n".join(_html_lines(plan)))


def _html_lines(plan: Plan) -> Iterator[str]:
    yield f"<h1>What if: {SUPPOSED.lower()}</h1>"
    yield f'<p><span class="badge unproven">{SUPPOSED}</span> {html.escape(MEANS)}</p>'
    yield '<dl class="host">'
    rows = [*head_of(plan), ("Comes to", summary_of(plan)), ("Isoscope", __version__)]
    for caption, text in rows:
        yield f"<dt>{caption}</dt><dd>{html.escape(text)}</dd>"
    yield f'</dl><p class="quiet">{LETTERS}</p>'
    for section in sections_of(plan):
        yield "<section>"
        yield from listed(
            html.escape(section.title),
            (_html_entry(entry) for entry in section.entries),
            tag="ol" if section.numbered else "ul",
        )
        yield "</section>"


def _html_entry(entry: Entry) -> str:
    mark = (
        f'<span class="badge {entry.mark.value}">{SYMBOL[entry.mark]}</span> '
        if entry.mark is not None
        else ""
    )
    details = "".join(
        f'<p><span class="quiet">{caption}:</span> {html.escape(text)}</p>'
        for caption, text in entry.details
    )
    return f"{mark}{html.escape(entry.text)}{details}"
