"""Reports of what is shown, written on a worker; the file's name says the format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gui.files import write_file

if TYPE_CHECKING:
    from gui.judging import Shown
    from isoscope.reports.report import Report

FORMATS: Mapping[str, str] = {
    ".html": "HTML, one file",
    ".pdf": "PDF",
    ".md": "Markdown",
    ".json": "JSON",
    ".csv": "CSV",
    ".sarif": "SARIF",
    ".txt": "Text",
}
"""Formats by the ending of a file's name, in the order in which they are offered."""

_EXPLAINS_WORKLOADS = (".json", ".csv")


def export(shown: Shown, path: Path, tenant: str = "") -> None:
    """Writes a report of what is shown: with its viewpoint, profile, time, version and coverage.

    Args:
        shown: an assessment.
        path: the file; its ending says the format.
        tenant: the tenant that is reported alone; empty for all.

    Raises:
        ValueError: the ending is of no format.
        OSError: it cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise ValueError(f"no format is called {ending or 'nothing'}; use {', '.join(FORMATS)}")
    from isoscope.assessment.assess import conclude
    from isoscope.reports.model import build_report

    question = shown.question
    assessment = conclude(shown.judged, profile=question.profile, viewpoint=question.viewpoint)
    report = build_report(
        assessment, tenant=tenant, explain_workloads=ending in _EXPLAINS_WORKLOADS
    )
    write_file(path, _WRITERS[ending](report))


def _html(report: Report) -> bytes:
    from isoscope.reports.html_report import html_report

    return encoded(html_report(report))


def _markdown(report: Report) -> bytes:
    from isoscope.reports.markdown_report import markdown_report

    return encoded(markdown_report(report))


def _pdf(report: Report) -> bytes:
    from gui.pdf_report import pdf_report

    return pdf_report(report)


def _json(report: Report) -> bytes:
    from isoscope.reports.json_report import json_report

    return encoded(json_report(report))


def _csv(report: Report) -> bytes:
    from isoscope.reports.csv_report import csv_report

    return encoded(csv_report(report))


def _sarif(report: Report) -> bytes:
    from isoscope.reports.sarif_report import sarif_report

    return encoded(sarif_report(report))


def _text(report: Report) -> bytes:
    from isoscope.reports.text_report import text_report

    return encoded(text_report(report))


def encoded(text: str) -> bytes:
    """A text as a file holds it: bytes of a path that are no UTF-8 are written as escapes."""
    return text.encode("utf-8", "backslashreplace")


_WRITERS: Mapping[str, Callable[[Report], bytes]] = {
    ".html": _html,
    ".pdf": _pdf,
    ".md": _markdown,
    ".json": _json,
    ".csv": _csv,
    ".sarif": _sarif,
    ".txt": _text,
}
