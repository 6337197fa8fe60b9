"""Reports as PDF, laid out by Qt: pages of A4 with their number, for somebody who keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from PySide6.QtCore import QBuffer, QEventLoop, QIODevice, QMarginsF, QRectF, QSizeF
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QGuiApplication,
    QPageLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QTextCursor,
    QTextDocument,
    QTextTable,
)

_DPI = 144
_MARGIN_MM = 16.0
_FOOTER_POINTS = 18.0
_TOUCHES = 0.5
_ABOVE_ROW = 4.0
"""Points between a row's upper edge and its text."""
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
    document = document_of(markdown, page.width())
    pages = _pages(document, page.height())
    painter = QPainter(writer)
    painter.scale(scale, scale)
    count = len(pages)
    for number, (top, bottom) in enumerate(pages):
        if stopped():
            break
        tell(number + 1, count)
        if number:
            writer.newPage()
        _draw(painter, document, top, bottom)
        _footer(painter, page, f"{title} · page {number + 1} of {count}")
    painter.end()
    return bytes(buffer.data().data())


def document_of(markdown: str, width: float) -> QTextDocument:
    """The report laid out in one piece of that width, in points."""
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
    _drop_empty_headers(document)
    document.setDocumentMargin(0)
    document.setTextWidth(width)
    return document


def _drop_empty_headers(document: QTextDocument) -> None:
    """Takes rows away that Markdown asks for above a table, and that say nothing."""
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            cells = (frame.cellAt(0, column) for column in range(frame.columns()))
            if all(cell.firstPosition() == cell.lastPosition() for cell in cells):
                frame.removeRows(0, 1)


def _pages(document: QTextDocument, height: float) -> list[tuple[float, float]]:
    """Where each page begins and ends in the document, in points from its top.

    Pages end between paragraphs or rows of a table, and never below a heading; only what is taller
    than a page is cut within. Qt's own pages cut paragraphs, and then it draws the lines around the
    cut on both pages: out of sight, and read twice by whoever reads the text.
    """
    tops = [0.0]
    ends = document.documentLayout().documentSize().height()
    may_end = ends
    for top in (*_may_begin_at(document), ends):
        while top - tops[-1] > height:
            tops.append(may_end if tops[-1] < may_end < top else tops[-1] + height)
        may_end = top
    return list(pairwise((*tops, ends)))


def _may_begin_at(document: QTextDocument) -> Iterator[float]:
    """The top of each paragraph or row that need not stay below the one before it."""
    layout, block, stays = document.documentLayout(), document.begin(), False
    while block.isValid():
        if not stays:
            row = QTextCursor(block).currentTable() is not None
            yield layout.blockBoundingRect(block).top() - (_ABOVE_ROW if row else 0)
        stays = block.blockFormat().headingLevel() > 0
        block = block.next()


def _draw(painter: QPainter, document: QTextDocument, top: float, bottom: float) -> None:
    """Draws a part of the document at the top of the page."""
    asked = QAbstractTextDocumentLayout.PaintContext()
    part = QRectF(0, top, document.textWidth(), bottom - top)
    # Qt draws what touches the part too, such as the first line below it.
    asked.clip = part.adjusted(0, _TOUCHES, 0, -_TOUCHES)
    asked.palette.setColor(QPalette.ColorRole.Text, QColor("black"))
    painter.save()
    painter.translate(0, -top)
    painter.setClipRect(part)
    document.documentLayout().draw(painter, asked)
    painter.restore()


def _footer(painter: QPainter, page: QSizeF, text: str) -> None:
    painter.save()
    font = painter.font()
    font.setPixelSize(8)  # of the page, which is measured in points
    painter.setFont(font)
    painter.setPen(QColor("#59626d"))
    painter.drawText(QRectF(0, page.height() + 4, page.width(), _FOOTER_POINTS), text)
    painter.restore()
