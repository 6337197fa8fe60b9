"""Host text for widgets: plain, visible, bounded. Nothing that comes from a host is markup."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from isoscope.reports.plain import readable
from isoscope.texts import tr, trn

LINE_LIMIT = 400
"""Characters of one name or line that a widget is given; a longer one loses its middle."""

TEXT_LIMIT = 4000
"""Characters of a quoted document that a widget is given."""

TOOLTIP_LIMIT = 1500


def one_line(text: str, limit: int = LINE_LIMIT) -> str:
    """One visible line of at most ``limit`` characters."""
    return readable(text, limit)


def lines(text: str, limit: int = TEXT_LIMIT) -> str:
    """Visible text that keeps its line breaks, for quoted evidence; what is cut is counted."""
    parts = text[:limit].expandtabs(4).replace("\0", "\n").split("\n")
    shown = "\n".join(map(readable, parts)).rstrip()
    return (
        shown
        if len(text) <= limit
        else trn(
            "{text}… ({number} character)", "{text}… ({number} characters)", len(text), text=shown
        )
    )


def and_more(number: int) -> str:
    """The last line of a list that has more than it shows."""
    return trn("and {number} more", "and {number} more", number)


def named_and_more(named: Iterable[str], more: int) -> str:
    """Names after each other, and how many are left out."""
    listed = ", ".join(named)
    if more <= 0:
        return listed
    return trn("{names} and {number} more", "{names} and {number} more", more, names=listed)


def tooltip(text: str) -> str:
    """A tooltip that shows the text as it is.

    Qt takes a tooltip for rich text when it looks like it (``Qt::mightBeRichText``), so it is made
    rich text on purpose, with the text escaped.
    """
    import html  # not before it is needed: the window is painted first

    if not text:
        return ""
    shown = html.escape(lines(text, TOOLTIP_LIMIT), quote=True)
    return f'<p style="white-space: pre-wrap">{shown}</p>'


def moment(at: float) -> str:
    """A time for a person: date, hour and zone of the reader's clock."""
    try:
        when = datetime.fromtimestamp(at, UTC).astimezone()
    except (OverflowError, OSError, ValueError):
        return tr("at an impossible time")
    return when.strftime("%Y-%m-%d %H:%M:%S %Z")
