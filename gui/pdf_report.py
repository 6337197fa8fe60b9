"""A report as a PDF document, for the window and for the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QFontDatabase, QGuiApplication

from gui.printing import pdf_of
from gui.text import one_line

if TYPE_CHECKING:
    from isoscope.reports.report import Report


def pdf_report(
    report: Report,
    stopped: Callable[[], bool] = lambda: False,
    tell: Callable[[int, int], None] = lambda _page, _pages: None,
) -> bytes:
    """The report with its pages, each with host and number at its foot.

    Args:
        report: what is laid out.
        stopped: asked before each page; what is done by then is given back as it is.
        tell: told the number of each page that is laid out, and how many there are.

    Raises:
        RuntimeError: there is no application of Qt, which fonts need; see `begin_without_window`.
    """
    from isoscope.reports.markdown_report import markdown_report

    host = one_line(str(report.host.name.value or "a host"), 60)
    title = f"Isoscope {report.version} · {host}"
    return pdf_of(markdown_report(report), title, stopped, tell)


def begin_without_window() -> QGuiApplication:
    """An application of Qt that lays out text and shows nothing: no display is needed.

    Raises:
        RuntimeError: there is no font to write with.
    """
    application = QGuiApplication.instance()
    if not isinstance(application, QGuiApplication):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        application = QGuiApplication(sys.argv[:1])
    if not QFontDatabase.families():
        raise RuntimeError("no fonts were found; install some, such as the package fonts-dejavu")
    return application
