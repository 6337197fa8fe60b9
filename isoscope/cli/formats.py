"""Reports in the format that was asked for; each is imported only when it is written."""

from __future__ import annotations

import sys

from isoscope.cli.errors import WRONG_USAGE, CommandError
from isoscope.reports.layout import Page
from isoscope.reports.report import Report

PDF = "pdf"


def check_format(wanted: str, output: str | None) -> None:
    """Refuses a format that could not be written, before any work.

    Raises:
        CommandError: so it is.
    """
    if wanted != PDF:
        return
    if output in (None, "-") and sys.stdout.isatty():
        raise CommandError("a PDF is nothing for a terminal; name a file with -o", WRONG_USAGE)
    try:
        from gui.pdf_report import begin_without_window

        begin_without_window()
    except ImportError as error:
        raise CommandError(
            f"a PDF needs Qt ({error}); install PySide6-Essentials and the system's Qt libraries "
            "(packaging/run does it), or use --format html",
            WRONG_USAGE,
        ) from None
    except RuntimeError as error:
        raise CommandError(f"a PDF needs fonts: {error}", WRONG_USAGE) from None


def written(report: Report, wanted: str, page: Page) -> bytes:
    """The report in one of the formats.

    Args:
        report: what is written.
        wanted: the format.
        page: the page of a text for a terminal.
    """
    if wanted == PDF:
        from gui.pdf_report import pdf_report

        return pdf_report(report)
    return _text(report, wanted, page).encode("utf-8", "backslashreplace")


def _text(report: Report, wanted: str, page: Page) -> str:
    if wanted == "json":
        from isoscope.reports.json_report import json_report

        return json_report(report)
    if wanted == "html":
        from isoscope.reports.html_report import html_report

        return html_report(report)
    if wanted == "csv":
        from isoscope.reports.csv_report import csv_report

        return csv_report(report)
    if wanted == "markdown":
        from isoscope.reports.markdown_report import markdown_report

        return markdown_report(report)
    if wanted == "sarif":
        from isoscope.reports.sarif_report import sarif_report

        return sarif_report(report)
    from isoscope.reports.text_report import text_report

    return text_report(report, page)
