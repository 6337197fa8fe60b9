"""Reports as PDF, laid out by Qt: pages of A4 with their number, for somebody who keeps them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QBuffer, QEventLoop, QIODevice, QMarginsF, QRectF, QSizeF
from PySide6.QtGui import (
    QColor,
    QFont,
    QGuiApplication,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextDocument,
)

_DPI = 144
_MARGIN_MM = 16.0
_FOOTER_POINTS = 18.0
_POINTS = 72.0
_STYLE = "table { border-color: #c5cad1; } th, td { padding: 3px; }"


def pdf_of(
    markdown: str,
    title: str,
    stopped: Callable[[], bool] = lambda: False,
    tell: Callable[[int, int], None] = lambda _page, _pages: None,
) -> bytes:
    """A report in Markdown as a PDF document.

    HTML in it stays text: names of a host may look like markup.

    Args:
        markdown: the report.
        title: of the document, at the foot of each page.
        stopped: asked before each page; what is done by then is given back as it is.
        tell: told the number of each page, and how many there are.

    Raises:
        RuntimeError: there is no ``QGuiApplication``, which fonts need.
    """
    if QGuiApplication.instance() is None:
        raise RuntimeError("fonts need a QGuiApplication")
    # The layout of a document starts timers, for which a thread that Qt did not start has no
    # event dispatcher. Making a loop gives it one that lasts as long as the thread.
    QEventLoop()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(title)
    writer.setCreator("Isoscope")
    writer.setResolution(_DPI)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    writer.setPageMargins(margins, QPageLayout.Unit.Millimeter)
    scale = _DPI / _POINTS
    page = QSizeF(writer.width() / scale, writer.height() / scale - _FOOTER_POINTS)
    document = _document(markdown, page)
    painter = QPainter(writer)
    painter.scale(scale, scale)
    count = document.pageCount()
    for number in range(count):
        if stopped():
            break
        tell(number + 1, count)
        if number:
            writer.newPage()
        painter.save()
        painter.translate(0, -number * page.height())
        document.drawContents(
            painter, QRectF(0, number * page.height(), page.width(), page.height())
        )
        painter.restore()
        _footer(painter, page, f"{title} · page {number + 1} of {count}")
    painter.end()
    return bytes(buffer.data().data())


def _document(markdown: str, page: QSizeF) -> QTextDocument:
    document = QTextDocument()
    font = QFont("sans-serif")
    font.setPointSizeF(9.0)
    document.setDefaultFont(font)
    document.setDefaultStyleSheet(_STYLE)
    document.setMarkdown(
        markdown,
        QTextDocument.MarkdownFeature.MarkdownDialectGitHub
        | QTextDocument.MarkdownFeature.MarkdownNoHTML,
    )
    document.setDocumentMargin(0)
    document.setPageSize(page)
    return document


def _footer(painter: QPainter, page: QSizeF, text: str) -> None:
    painter.save()
    font = painter.font()
    font.setPixelSize(8)  # of the page, which is measured in points
    painter.setFont(font)
    painter.setPen(QColor("#59626d"))
    painter.drawText(QRectF(0, page.height() + 4, page.width(), _FOOTER_POINTS), text)
    painter.restore()
