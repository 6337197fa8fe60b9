"""Rows are ordered worst first and found by what describes them."""

from __future__ import annotations

from dataclasses import replace

from gui.rows import Subject, SubjectKind, rows_of
from isoscope.assessment.vocabulary import ASPECTS, Status
from tests.gui.handmade import HOSTILE, assessment, three_tenants, verdicts


def test_workloads_of_a_tenant_stand_worst_first_then_by_name() -> None:
    made = assessment(
        {
            "t": {
                "fine": verdicts(),
                "open": verdicts(ww_c=(0, 2, 2)),
                "bad": verdicts(ww_c=(0, 0, 2)),
                "also-bad": verdicts(hw_c=(0, 0, 2)),
            }
        }
    )
    rows = rows_of(made).workloads["t"]
    assert [row.name for row in rows] == ["also-bad", "bad", "open", "fine"]
    assert [row.status for row in rows] == [
        Status.FALLS_SHORT,
        Status.FALLS_SHORT,
        Status.UNPROVEN,
        Status.MEETS,
    ]


def test_of_two_that_fall_short_the_one_with_more_such_verdicts_stands_first() -> None:
    once, twice = verdicts(ww_c=(0, 0, 2)), verdicts(ww_c=(0, 0, 2), hw_a=(0, 0, 2))
    rows = rows_of(assessment({"a": {"w": once}, "b": {"w": twice}, "c": {"w": once}})).tenants
    assert [row.name for row in rows] == ["b", "a", "c"]


def test_numbers_in_names_are_ordered_as_numbers() -> None:
    rows = rows_of(assessment({"t": {name: verdicts() for name in ("w10", "w2", "W1")}}))
    assert [row.name for row in rows.workloads["t"]] == ["W1", "w2", "w10"]


def test_a_workload_that_is_a_tenant_of_its_own_is_called_by_its_name() -> None:
    made = assessment({"docker:0-0": {"web": verdicts()}})
    made.tenants = (replace(made.tenants[0], claimed_by="nobody"),)
    row = rows_of(made).tenants[0]
    assert (row.name, row.note) == ("web", "claimed by nobody")
    assert "docker:0-0" in row.full_name


def test_every_row_has_all_nine_verdicts() -> None:
    rows = rows_of(three_tenants())
    for row in (*rows.tenants, *rows.workloads["acme"]):
        assert set(row.verdicts) == set(ASPECTS)


def test_a_search_finds_a_tenant_by_its_name_or_by_a_workload() -> None:
    rows = rows_of(three_tenants())
    assert [row.name for row in rows.matching("ACME")] == ["acme"]
    assert [row.name for row in rows.matching("ledger")] == ["globex"]
    assert [row.name for row in rows.matching("acme ledger")] == []
    assert rows.matching("   ") == rows.tenants


def test_a_search_that_describes_the_tenant_shows_all_its_workloads() -> None:
    rows = rows_of(three_tenants())
    assert len(rows.workloads_matching("acme", "acme")) == 2
    assert [row.name for row in rows.workloads_matching("acme", "web")] == ["web"]
    assert rows.workloads_matching("nobody", "") == ()


def test_hostile_names_are_kept_apart_and_shown_bounded() -> None:
    made = assessment({name or "empty": {name: verdicts()} for name in HOSTILE})
    rows = rows_of(made)
    assert len(rows.tenants) == len(HOSTILE)
    for tenant in rows.tenants:
        row = rows.workloads[tenant.subject.id][0]
        assert row.subject.kind is SubjectKind.WORKLOAD
        assert 0 < len(row.name) <= 400
        assert row.subject == Subject(SubjectKind.WORKLOAD, row.subject.id)
