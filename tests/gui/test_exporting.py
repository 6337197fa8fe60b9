"""Reports from the window: every format, of all or of one tenant, whole or not at all."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QTextTable
from pytestqt.qtbot import QtBot

from gui.activity import Activity
from gui.bridge import Bridge
from gui.exporter import Exporter
from gui.exporting import FORMATS, export
from gui.jobs import Jobs
from gui.judging import Shown
from gui.printing import document_of, pdf_of
from isoscope.assessment.viewpoint import TENANT
from tests.gui.test_word import shown as two_tenants


def shown() -> Shown:
    return two_tenants(TENANT)


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_says_from_whose_viewpoint(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"report{ending.upper()}"
    export(shown(), path)
    content = path.read_bytes()
    assert content
    if ending == ".pdf":
        assert content.startswith(b"%PDF-")
    else:
        assert b"tenant" in content
        assert b"acme" in content


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("ending", [".json", ".csv", ".html", ".md", ".txt"])
def test_a_report_of_one_tenant_has_no_verdict_of_another(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"report{ending}"
    export(shown(), path, "acme")
    said = path.read_text()
    assert "acme" in said
    if ending == ".json":
        assert [tenant["name"] for tenant in json.loads(said)["tenants"]] == ["acme"]


def test_an_ending_of_no_format_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "report.docx"
    with pytest.raises(ValueError, match=r"no format is called \.docx"):
        export(shown(), path)
    assert not path.exists()


@pytest.mark.usefixtures("qapp")
def test_markup_in_a_name_stays_text_in_the_pdf() -> None:
    plain = pdf_of("a <b>bold</b> name", "t")
    assert plain.startswith(b"%PDF-")
    assert pdf_of("x\n\n" * 2000, "t").count(b"/Type /Page\n") > 10


@pytest.mark.usefixtures("qapp")
def test_each_line_is_on_one_page_of_the_pdf() -> None:
    paragraphs = "\n\n".join(["q " * 400] * 40)
    content = pdf_of(paragraphs, "t")
    assert content.count(b"/Type /Page\n") > 3
    first_letter = b"<0001> Tj"
    assert sum(page.count(first_letter) for page in drawn(content)) == 40 * 400


@pytest.mark.usefixtures("qapp")
def test_a_paragraph_taller_than_a_page_goes_on_on_the_next_one() -> None:
    assert pdf_of("q " * 20_000, "t").count(b"/Type /Page\n") > 2


def drawn(pdf: bytes) -> Iterator[bytes]:
    """The parts of a PDF that draw text; letters are numbered in the order in which they come."""
    for found in re.finditer(rb"stream\r?\n", pdf):
        with contextlib.suppress(zlib.error):
            content = zlib.decompressobj().decompress(pdf[found.end() :])
            if b" Tj" in content:
                yield content


@pytest.mark.usefixtures("qapp")
def test_a_table_without_headings_begins_with_its_first_row() -> None:
    document = document_of("| | |\n| --- | --- |\n| a | b |\n", 400.0)
    frames = document.rootFrame().childFrames()
    assert [frame.rows() for frame in frames if isinstance(frame, QTextTable)] == [1]


def test_a_pdf_is_laid_out_on_a_thread_of_pythons_without_a_word_of_qt(
    qtbot: QtBot,
) -> None:
    made: list[bytes] = []
    worker = threading.Thread(target=lambda: made.append(pdf_of("x\n\n" * 2000, "t")))
    worker.start()
    qtbot.waitUntil(lambda: not worker.is_alive())
    assert made[0].startswith(b"%PDF-")
    # That a warning of Qt's fails the test is set in pyproject.toml.


@pytest.fixture
def exporter(qtbot: QtBot) -> Exporter:
    parent = QObject()
    made = Exporter(Jobs(Bridge(parent)), parent)
    made._kept = parent  # type: ignore[attr-defined]
    return made


def test_the_window_is_told_when_it_is_written(
    exporter: Exporter, qtbot: QtBot, tmp_path: Path
) -> None:
    with qtbot.waitSignal(exporter.exported) as exported:
        exporter.export(shown(), tmp_path / "report.md")
    assert exported.args == ["report.md"]


def test_a_file_that_cannot_be_written_is_one_line(
    exporter: Exporter, qtbot: QtBot, tmp_path: Path
) -> None:
    with qtbot.waitSignal(exporter.failed) as failed:
        exporter.export(shown(), tmp_path / "nowhere" / "report.md")
    assert "cannot be written" in failed.args[0]
    assert "\n" not in failed.args[0]


def test_a_report_that_is_dropped_leaves_no_file(
    exporter: Exporter, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.pdf"
    laid_out, go_on = Event(), Event()

    def slow(_text: str, _title: str, stopped: Callable[[], bool], _tell: object) -> bytes:
        laid_out.set()
        go_on.wait(20)
        assert stopped()
        return b"%PDF-half"

    monkeypatch.setattr("gui.pdf_report.pdf_of", slow)
    told: list[object] = []
    exporter.activity_changed.connect(told.append)
    exporter.export(shown(), path)
    qtbot.waitUntil(laid_out.is_set)
    assert told == [Activity("Writing report.pdf …")]
    exporter.cancel()
    assert told[-1] is None
    go_on.set()
    qtbot.waitUntil(lambda: all(t.name != "export" for t in threading.enumerate()))
    assert list(tmp_path.iterdir()) == []


def test_the_pages_of_a_pdf_are_told(exporter: Exporter, qtbot: QtBot, tmp_path: Path) -> None:
    pages: list[tuple[int, int]] = []
    export(shown(), tmp_path / "report.pdf", tell=lambda page, of: pages.append((page, of)))
    assert [page for page, _ in pages] == list(range(1, pages[0][1] + 1))


def test_a_report_that_is_stopped_in_the_middle_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("before")
    asked = iter([False, False, False, *[True] * 9])
    assert not export(shown(), path, stopped=lambda: next(asked))
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]
