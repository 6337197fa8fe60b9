"""The evidence page: files in, checks out, and nothing said before something was given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.attested_nodes import attested_nodes
from gui.attesting import MOST_FILES, Attested, Given, asked_anew, read_given
from gui.nodes import Node
from gui.pages.evidence import EvidencePage
from gui.rows import Subject, SubjectKind
from isoscope.attestation.challenge import Way
from isoscope.attestation.checks import Check, Kind, Verification, failed, not_possible, passed
from isoscope.attestation.given_files import GivenFile, Verified

WORKLOAD = Subject(SubjectKind.WORKLOAD, "libvirt:1")
TENANT = Subject(SubjectKind.TENANT, "acme")
HOSTILE = "<b>ok</b>\x1b[31m\u202ereport"


def verification(*checks: Check, **changed: object) -> Verification:
    made: dict[str, object] = {
        "kind": Kind.SEV_SNP,
        "title": "an AMD SEV-SNP report",
        "evaluated_at": datetime(2026, 11, 27, tzinfo=UTC),
        "checks": (passed("signature", "it holds"), *checks),
        "required": frozenset({"signature"}),
        "claims": {"measurement": "ab" * 48, "host_data": "00"},
        "relies_on": ("cpu-vendor",),
        "residual_trust": ("AMD.",),
    }
    return Verification(**{**made, **changed})  # type: ignore[arg-type]


def attested(*verified: Verified, files: tuple[str, ...] = ("report.bin",)) -> Attested:
    given = Given(tuple(GivenFile(name, b"x") for name in files))
    return Attested(given, verified)


def texts(nodes: tuple[Node, ...]) -> str:
    return "\n".join(node.as_text() for node in nodes)


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[EvidencePage]:
    parent = QWidget()
    qtbot.addWidget(parent)
    made = EvidencePage(parent)
    made.resize(420, 600)
    parent.show()
    yield made  # with its parent, which Python would drop
    parent.close()


def test_a_tenant_has_no_evidence_of_its_own(page: EvidencePage) -> None:
    page.show_workload(TENANT, "acme", None)
    assert page.says_nothing
    assert not page.add.isEnabled()
    assert not page.ask.isEnabled()


def test_a_workload_without_evidence_says_what_to_do(page: EvidencePage) -> None:
    page.show_workload(WORKLOAD, "vm", None)
    assert page.says_nothing
    assert page.add.isEnabled()
    assert not page.forget.isEnabled()
    assert page.challenge.isHidden()


def test_what_refuses_stands_first() -> None:
    made = verification(not_possible("nonce", "none was given"), failed("debug-off", "debug is on"))
    nodes = attested_nodes(attested(Verified("report.bin", made)))
    checks = nodes[0].children[0].children
    assert [node.text for node in checks] == ["debug off", "nonce", "signature"]
    assert nodes[0].text == "Refused: report.bin"


def test_claims_that_are_all_zero_are_left_out() -> None:
    said = texts(attested_nodes(attested(Verified("report.bin", verification()))))
    assert "measurement" in said
    assert "host data" not in said


def test_a_file_that_is_no_evidence_says_so_and_keeps_the_others() -> None:
    both = attested(Verified("a.bin", None, "it is empty"), Verified("b.bin", verification()))
    said = texts(attested_nodes(both))
    assert "a.bin: no evidence\nit is empty" in said
    assert "Verified: b.bin" in said


def test_files_beside_the_evidence_are_named() -> None:
    one = attested(Verified("report.bin", verification()), files=("report.bin", "ask.pem"))
    assert "ask.pem" in texts(attested_nodes(one))


def test_hostile_names_and_details_are_plain_visible_text() -> None:
    made = verification(failed("debug-off", HOSTILE), claims={HOSTILE: HOSTILE})
    said = texts(attested_nodes(attested(Verified(HOSTILE, made))))
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "<b>ok</b>" in said


def test_asking_shows_commands_with_the_nonce_to_copy(page: EvidencePage) -> None:
    challenge = asked_anew(Way.CONFIGFS_TSM)
    page.show_workload(WORKLOAD, "vm", Attested(Given(challenge=challenge)))
    assert challenge.nonce.decode() in page.challenge.commands.toPlainText()
    page.challenge.copy.click()
    assert QGuiApplication.clipboard().text() == page.challenge.commands.toPlainText()


@pytest.mark.parametrize("way", list(Way))
def test_every_way_of_asking_is_offered(page: EvidencePage, way: Way, qtbot: QtBot) -> None:
    page.show_workload(WORKLOAD, "vm", None)
    action = next(a for a in page.ask.menu().actions() if a.data() == way.value)
    with qtbot.waitSignal(page.asked) as asked:
        action.trigger()
    assert asked.args == [WORKLOAD.id, way.value]


def test_two_nonces_differ() -> None:
    assert asked_anew(Way.GRAMINE).nonce != asked_anew(Way.GRAMINE).nonce


def test_dropped_files_are_given_for_the_workload_that_is_shown(
    page: EvidencePage, qtbot: QtBot, tmp_path: Path
) -> None:
    page.show_workload(WORKLOAD, "vm", None)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in ("a", "b")])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, mime, buttons, keys)
    page.dragEnterEvent(entering)
    assert entering.isAccepted()
    dropping = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, buttons, keys)
    with qtbot.waitSignal(page.given) as given:
        page.dropEvent(dropping)
    assert given.args == [WORKLOAD.id, [tmp_path / "a", tmp_path / "b"]]


def test_a_file_of_the_same_name_takes_the_place_of_the_one_before() -> None:
    given = Given().with_files([GivenFile("a", b"1"), GivenFile("b", b"2")])
    again = given.with_files([GivenFile("a", b"3")])
    assert {file.name: file.content for file in again.files} == {"a": b"3", "b": b"2"}


def test_more_files_than_evidence_comes_with_push_out_the_oldest() -> None:
    given = Given().with_files([GivenFile(str(n), b"") for n in range(MOST_FILES + 5)])
    assert len(given.files) == MOST_FILES
    assert given.files[-1].name == str(MOST_FILES + 4)


def test_a_file_that_is_larger_than_evidence_is_not_read(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate((1 << 22) + 1)
    with pytest.raises(OSError, match="larger than 4 MiB"):
        read_given([large])
