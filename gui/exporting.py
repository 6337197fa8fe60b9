"""Reports of what is shown, written on a worker; the file's name says the format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gui.files import write_file
from gui.letting_go import free
from isoscope.texts import tr

if TYPE_CHECKING:
    from gui.judging import Shown
    from isoscope.reports.report import Report

FORMATS: Mapping[str, str] = {
    ".html": tr("HTML, one file"),
    ".pdf": "PDF",
    ".md": tr("Markdown"),
    ".json": "JSON",
    ".csv": "CSV",
    ".sarif": "SARIF",
    ".txt": tr("Text"),
}
"""Formats by the ending of a file's name, in the order in which they are offered."""

_EXPLAINS_WORKLOADS = (".json", ".csv")


def export(
    shown: Shown,
    path: Path,
    tenant: str = "",
    *,
    stopped: Callable[[], bool] = lambda: False,
    tell: Callable[[int, int], None] = lambda _page, _pages: None,
) -> bool:
    """Writes a report of what is shown: with its viewpoint, profile, time, version and coverage.

    Args:
        shown: an assessment.
        path: the file; its ending says the format.
        tenant: the tenant that is reported alone; empty for all.
        stopped: asked now and then; where it says yes, nothing is written.
        tell: told how many pages are laid out, and of how many.

    Returns:
        Whether it was written.

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
    if stopped():
        return False
    if ending == ".pdf":
        content: Iterable[bytes] = [_pdf(report, stopped, tell)]
    else:
        content = map(encoded, _WRITERS[ending](report))
    try:
        write_file(path, _unless(stopped, content))
    except _StoppedError:
        return False
    finally:
        parts: list[list[Any]] = [
            list(report.workloads),
            list(report.tenants),
            list(report.observations),
        ]
        del report, content, assessment
        free(parts)
    return True


class _StoppedError(Exception):
    """Nobody wants the file any more."""


def _unless(stopped: Callable[[], bool], pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        if stopped():
            raise _StoppedError
        yield piece
    if stopped():
        raise _StoppedError


def _html(report: Report) -> Iterable[str]:
    from isoscope.reports.html_report import html_pieces

    return html_pieces(report)


def _markdown(report: Report) -> Iterable[str]:
    from isoscope.reports.markdown_report import markdown_report

    return [markdown_report(report)]


def _pdf(report: Report, stopped: Callable[[], bool], tell: Callable[[int, int], None]) -> bytes:
    from gui.pdf_report import pdf_report

    return pdf_report(report, stopped, tell)


def _json(report: Report) -> Iterable[str]:
    from isoscope.reports.json_report import json_pieces

    return json_pieces(report)


def _csv(report: Report) -> Iterable[str]:
    from isoscope.reports.csv_report import csv_pieces

    return csv_pieces(report)


def _sarif(report: Report) -> Iterable[str]:
    from isoscope.reports.sarif_report import sarif_pieces

    return sarif_pieces(report)


def _text(report: Report) -> Iterable[str]:
    from isoscope.reports.text_report import text_report

    return [text_report(report)]


def encoded(text: str) -> bytes:
    """A text as a file holds it: bytes of a path that are no UTF-8 are written as escapes."""
    return text.encode("utf-8", "backslashreplace")


_WRITERS: Mapping[str, Callable[[Report], Iterable[str]]] = {
    ".html": _html,
    ".md": _markdown,
    ".json": _json,
    ".csv": _csv,
    ".sarif": _sarif,
    ".txt": _text,
}
