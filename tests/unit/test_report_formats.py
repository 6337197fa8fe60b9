"""Every format says the same, to the number, and lets no text of the host act."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from isoscope.assessment.profile import Profile
from isoscope.assessment.verdict import Verdict
from isoscope.assessment.viewpoint import OPERATOR
from isoscope.assessment.vocabulary import (
    ASPECTS,
    Aspect,
    Direction,
    FindingKind,
    FindingState,
    Property,
    Status,
)
from isoscope.inventory.host import HostFacts, Selinux, SelinuxState
from isoscope.inventory.observation import KERNEL, Observation, Party, Unknown, known, unknown
from isoscope.inventory.workload import WorkloadKind
from isoscope.reports.csv_report import COLUMNS, csv_pieces, csv_report
from isoscope.reports.html_report import html_report
from isoscope.reports.json_report import json_pieces, json_report
from isoscope.reports.layout import Page
from isoscope.reports.markdown_report import markdown_report, plain_in_markdown
from isoscope.reports.report import (
    ChangeReport,
    DisagreementReport,
    FindingReport,
    HoleReport,
    NumberedObservation,
    Report,
    TenantReport,
    VerdictReport,
    WorkloadReport,
    count,
)
from isoscope.reports.text_report import text_report
from isoscope.snapshot.document import Collector, ProbeOutcome, ProbeState
from isoscope.snapshot.reading import Channel, Gap, Reading, Source

HOSTILE = "<b>x</b>\x1b[31m\u202e|[a](http://e)\n=cmd()"
MOUNTS = Reading(
    Source(Channel.FILE, "/proc/7/mountinfo"), 3.0, "root", content=b"1 2 /run \x1b[0m"
)
HW_C = Aspect(Direction.HOST_FROM_WORKLOAD, Property.CONFIDENTIALITY)
HW_A = Aspect(Direction.HOST_FROM_WORKLOAD, Property.AVAILABILITY)
WH_A = Aspect(Direction.WORKLOAD_FROM_HOST, Property.AVAILABILITY)


def host(name: str = "h1") -> HostFacts:
    def fact(key: str, value: Any) -> Observation[Any]:  # noqa: ANN401
        return known("host", key, value, parties=KERNEL)

    return HostFacts(
        name=fact("name", name),
        operating_system=fact("operating-system", "Debian 12"),
        kernel=fact("kernel", "6.1"),
        architecture=fact("architecture", "x86_64"),
        is_guest=unknown("host", "is-guest", Gap.DENIED, "not allowed to look", "run it as root"),
        guest_signs=(),
        lsms=fact("lsms", ("selinux",)),
        selinux=fact("selinux", Selinux(SelinuxState.ENFORCING, "targeted", mls=True)),
        apparmor=unknown("host", "apparmor", Gap.NOT_READ, "nobody looked", "look"),
        cpu_flaws={},
        flaw_list=fact("flaw-list", ()),
        vectors_off=fact("vectors-off", frozenset()),
        smt_active=fact("smt", False),
        page_merging=fact("ksm", False),
        bridges_filtered=fact("ksm", False),
        memory_bytes=fact("memory", 1024),
        online_cpus=fact("cpus", frozenset({1, 0})),
        swap_active=fact("swap", False),
        tees=(),
    )


def finding(workload: str, name: str, state: FindingState, says: str, o: str) -> FindingReport:
    why = Unknown(Gap.DENIED, "Permission denied", "run it as root")
    return FindingReport(
        id=name,
        kind=FindingKind.EXPOSURE,
        title=f"Title of {name}",
        workload=workload,
        state=state,
        says=says,
        others=(),
        observations=(o,),
        unknown=why if state is FindingState.UNKNOWN else None,
    )


def verdicts(workload: str, says: str) -> tuple[VerdictReport, ...]:
    """HW·C falls short, HW·A is unproven, the others of HW and WW meet, WH is not required."""
    made = []
    for aspect in ASPECTS:
        required = None if aspect.direction is Direction.WORKLOAD_FROM_HOST else 1
        low, high = (0, 0) if aspect in (HW_C, WH_A) else (1, 1)
        if aspect == HW_A:
            low, high = 0, 2
        verdict = VerdictReport(
            Verdict(aspect, low, high, required), f"low {low}", f"high {high}", "required"
        )
        if aspect == HW_C:
            socket = finding(workload, "engine-socket-mounted", FindingState.PRESENT, says, "o1")
            change = ChangeReport(
                1, "Take the mount away.", socket.id, socket.title, workload, True, (), False
            )
            verdict = replace(verdict, held_by=(socket,), to_reach=(change,))
        if aspect == HW_A:
            limit = finding(workload, "memory-limited", FindingState.UNKNOWN, "denied", "o2")
            change = ChangeReport(
                1, "Settle it: run it as root", limit.id, limit.title, workload, True, (), True
            )
            verdict = replace(
                verdict,
                unknowns=(limit,),
                to_reach=(change,),
                relies_on=(Party.HOST_KERNEL, Party.CONTAINER_ENGINE),
            )
        made.append(verdict)
    return tuple(made)


def report(
    name: str = "acme", workload_name: str = "web", says: str = "it mounts the socket"
) -> Report:
    workload_id = "docker:" + "3f" * 32
    found = verdicts(workload_id, says)
    tenants = (TenantReport(name, "label isoscope.tenant", (workload_id,), (), found),)
    workloads = (
        WorkloadReport(
            workload_id,
            WorkloadKind.CONTAINER,
            "docker",
            workload_name,
            name,
            "label isoscope.tenant",
            "running",
            7,
            ("docker", "kernel"),
            found,
        ),
    )
    observations = (
        NumberedObservation("o1", known(workload_id, "mounts", (says,), MOUNTS, parties=KERNEL)),
        NumberedObservation(
            "o2",
            unknown(workload_id, "memory", Gap.DENIED, "Permission denied", "run it as root"),
        ),
    )
    holes = (
        HoleReport(
            f"the engine at {workload_name}",
            Unknown(Gap.TIMED_OUT, "no answer", "restart it"),
            "o2",
        ),
    )
    probes = (
        ProbeOutcome("docker", ProbeState.COMPLETE, 0.0812),
        ProbeOutcome("libvirt", ProbeState.TIMED_OUT, 10.0, ("no end after 10 s",)),
    )
    return Report(
        version="0.1.0",
        host=host(),
        host_observations={"name": "o1"},
        collector=Collector("0.1.0", 0, 0, "this machine"),
        privilege="root",
        observed_at="2026-11-23T05:00:00Z",
        profile=Profile("shared-team-host", "Shared team host", "for tests", {HW_C: 1}),
        viewpoint=OPERATOR.distrusting(Party.VM_MANAGER),
        only_tenant="",
        tenants=tenants,
        workloads=workloads,
        stopped=(),
        names={workload_id: workload_name},
        tees=(),
        probes=probes,
        holes=holes,
        disagreements=(),
        evidence=(),
        observations=observations,
        status=Status.FALLS_SHORT,
        counts=count(tenants, workloads, (), observations, holes, probes),
    )


class TextOf(HTMLParser):
    """The text of an HTML document, and its elements."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.elements: set[str] = set()
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        assert not any(name in ("src", "href") and "//" in (value or "") for name, value in attrs)

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.pieces)


def test_json_has_what_the_contract_says() -> None:
    document = json.loads(json_report(report()))
    assert document["format"] == 1
    assert document["host"]["name"] == "h1"
    assert document["host"]["observed_at"] == "2026-11-23T05:00:00Z"
    assert document["host"]["is_guest"] is None
    assert document["host"]["unknown"]["is_guest"]["settled_by"] == "run it as root"
    assert document["profile"] == "shared-team-host"
    assert document["viewpoint"] == "operator"
    assert document["distrusted"] == ["vm-manager"]
    assert document["status"] == "falls-short"
    assert document["selinux"].items() >= {
        "state": "enforcing", "policy": "targeted", "mls": True,
    }.items()  # fmt: skip
    assert document["probes"][0] == {
        "name": "docker", "state": "complete", "seconds": 0.081, "problems": [],
    }  # fmt: skip


def test_json_has_nine_verdicts_for_every_tenant_and_workload() -> None:
    document = json.loads(json_report(report()))
    nine = [(aspect.direction, aspect.property) for aspect in ASPECTS]
    for subject in (*document["tenants"], *document["workloads"]):
        assert [(v["direction"], v["property"]) for v in subject["verdicts"]] == nine


def test_json_explains_a_verdict_and_refers_to_observations() -> None:
    document = json.loads(json_report(report()))
    verdict = document["tenants"][0]["verdicts"][ASPECTS.index(HW_C)]
    assert (verdict["low"], verdict["high"], verdict["required"]) == (0, 0, 1)
    held_by = verdict["held_by"][0]
    assert held_by["id"] == "engine-socket-mounted"
    assert held_by["kind"] == "exposure"
    assert held_by["finding"] == "present"
    assert held_by["observations"] == ["o1"]
    assert verdict["to_reach"][0]["rung"] == 1
    assert verdict["to_reach"][0]["change"] == "Take the mount away."
    observation = document["observations"][0]
    assert observation["id"] == "o1"
    assert observation["source"] == "/proc/7/mountinfo"
    assert observation["privilege"] == "root"
    assert observation["parties"] == ["host-kernel"]


def test_json_tells_an_unknown_from_a_value() -> None:
    observation = json.loads(json_report(report()))["observations"][1]
    assert observation["value"] is None
    assert observation["unknown"] == {
        "reason": "denied", "explanation": "Permission denied", "settled_by": "run it as root",
    }  # fmt: skip


def test_an_unknown_selinux_has_its_reason() -> None:
    facts = replace(host(), selinux=unknown("host", "selinux", Gap.DENIED, "no look", "as root"))
    document = json.loads(json_report(replace(report(), host=facts)))
    assert document["selinux"]["state"] == "unknown"
    assert document["selinux"]["reason"] == "no look"


def test_json_holds_no_lone_surrogate_and_acts_on_no_terminal() -> None:
    written = json_report(report(workload_name="a\udcff\x1b\u202e"))
    assert written.isascii()
    assert not re.search(r"\\ud[89a-f]", written)


def test_csv_has_a_row_for_each_subject_and_aspect() -> None:
    rows = list(csv.DictReader(io.StringIO(csv_report(report()))))
    assert [row["subject"] for row in rows] == ["tenant"] * 9 + ["workload"] * 9
    assert all(len(row) == len(COLUMNS) for row in rows)
    falling = [row for row in rows if row["status"] == "falls-short"]
    assert {row["held_by"] for row in falling} == {"engine-socket-mounted"}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " ="])
def test_no_cell_of_csv_is_a_formula(start: str) -> None:
    written = csv_report(report(name=f"{start}cmd|' /C calc'!A0"))
    for row in csv.reader(io.StringIO(written)):
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


def test_all_formats_show_the_same_numbers() -> None:
    made = report()
    document = json.loads(json_report(made))
    assert document["counts"]["verdicts"] == {
        "meets": 4, "falls-short": 1, "unproven": 1, "not-required": 3,
    }  # fmt: skip
    expected = ["✗ 0/1 falls short", "? 0–2/1 unproven", "· 1 not required", "✓ 1/1 meets"]
    for written in (text_report(made), markdown_report(made), TextOf(html_report(made)).text):
        for cell, times in zip(expected, (1, 1, 2, 4), strict=True):
            assert written.count(cell) == times, (cell, written)
        assert "1 falls short" in written
    statuses = [row["status"] for row in csv.DictReader(io.StringIO(csv_report(made)))]
    assert statuses.count("falls-short") == 2  # the tenant's and its workload's
    assert statuses.count("meets") == 8


@pytest.mark.parametrize("write", [text_report, markdown_report, html_report])
def test_a_person_reads_why_what_to_change_and_what_was_not_seen(write: Any) -> None:  # noqa: ANN401
    words = TextOf(write(report())).text if write is html_report else write(report())
    words = re.sub(r"\s+", " ", words.replace("\\", ""))
    assert "Title of engine-socket-mounted" in words
    assert "it mounts the socket" in words
    assert "Take the mount away." in words
    assert "run it as root" in words
    assert "Rests on the word of the host's kernel, the container engine." in words
    assert "What could not be seen" in words
    assert "no answer; restart it" in words
    assert "without vm-manager" in words


@pytest.mark.parametrize("write", [text_report, markdown_report, html_report, csv_report])
def test_no_report_calls_anything_secure(write: Any) -> None:  # noqa: ANN401
    assert not re.search(r"\b(secure|trusted|safe)\b", write(report()), re.IGNORECASE)


def test_text_lets_no_control_character_through() -> None:
    written = text_report(report(HOSTILE, HOSTILE, HOSTILE))
    assert "\x1b" not in written
    assert "\u202e" not in written
    assert "\\x1b[31m" in written


def test_text_is_as_narrow_as_its_page() -> None:
    for columns in (66, 80, 100):
        written = text_report(report(), Page(columns))
        assert all(len(line) <= columns for line in written.splitlines())


def test_colour_changes_nothing_but_colour() -> None:
    made = report()
    coloured = text_report(made, Page(80, colour=True))
    assert "\x1b[1;31m✗ 0/1 falls short\x1b[0m" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert re.sub(r" +\n", "\n", plain) == text_report(made, Page(80))


def test_tenants_alike_are_told_once() -> None:
    made = report()
    first = made.tenants[0]
    others = tuple(replace(first, name=f"tenant {number}") for number in range(30))
    written = text_report(replace(made, tenants=(first, *others)))
    assert "acme and 30 more" in written
    assert written.count("Take the mount away.") == 2  # over all, and for these


def test_html_holds_no_markup_of_the_host() -> None:
    document = TextOf(html_report(report(HOSTILE, HOSTILE, HOSTILE)))
    assert "b" not in document.elements
    assert "script" not in document.elements
    assert "<b>x</b>\\x1b[31m\\u202e" in document.text


def test_html_needs_no_network() -> None:
    written = html_report(report())
    assert "default-src 'none'" in written
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", written)
    assert "@import" not in written
    assert "url(" not in written


def test_markdown_holds_no_markup_of_the_host() -> None:
    written = markdown_report(report(HOSTILE, HOSTILE, HOSTILE))
    assert "\\<b\\>x\\</b\\>" in written
    assert "\\[a\\]" in written
    assert "\n=cmd" not in written
    for line in written.splitlines():
        if line.startswith("| workload"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 5


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("@team see http://x and www.y.z", "\\@team see http\\://x and www\\.y.z"),
        ("a_b*c`d", "a\\_b\\*c\\`d"),
        ("read-only: yes", "read-only: yes"),
    ],
)
def test_markdown_escapes_only_what_would_act(raw: str, shown: str) -> None:
    assert plain_in_markdown(raw) == shown


def test_nothing_running_is_said_with_what_could_not_be_seen() -> None:
    made = report()
    empty = replace(
        made,
        tenants=(),
        workloads=(),
        counts=count((), (), (), made.observations, made.holes, made.probes),
    )
    words = re.sub(r"\s+", " ", text_report(empty))
    assert "Nothing runs here that Isoscope could see." in words
    assert "could not be looked into" in words
    for write in (json_report, csv_report, html_report, markdown_report):
        write(empty)


def with_beside(made: Report) -> Report:
    """What the host can do is shown at WH·A, where one thing is open and another unknown."""

    def beside(verdict: VerdictReport) -> VerdictReport:
        if verdict.verdict.aspect != WH_A:
            return verdict
        workload = made.workloads[0].id
        door = finding(workload, "host-can-enter", FindingState.PRESENT, "root enters it", "o1")
        unread = finding(workload, "traced-now", FindingState.UNKNOWN, "denied", "o2")
        return replace(verdict, beside=(door, unread))

    tenant = made.tenants[0]
    changed = replace(tenant, verdicts=tuple(map(beside, tenant.verdicts)))
    return replace(made, tenants=(changed,))


@pytest.mark.parametrize("write", [text_report, markdown_report, html_report])
def test_what_decides_no_rung_is_shown_where_it_is_known(write: Any) -> None:  # noqa: ANN401
    def words(made: Report) -> str:
        written = TextOf(write(made)).text if write is html_report else write(made)
        return re.sub(r"\s+", " ", written.replace("\\", ""))

    shown = words(with_beside(report()))
    assert "Title of host-can-enter" in shown
    assert "root enters it" in shown
    assert "WH·A" in shown
    assert "Title of traced-now" not in shown
    assert "deciding no rung" not in words(report())


def test_machines_read_what_decides_no_rung_with_its_aspect() -> None:
    made = with_beside(report())
    (tenant,) = json.loads(json_report(made))["tenants"]
    found = {v["property"]: [b["id"] for b in v["beside"]] for v in tenant["verdicts"][6:]}
    assert found["availability"] == ["host-can-enter", "traced-now"]
    assert found["integrity"] == []
    rows = list(csv.DictReader(io.StringIO(csv_report(made))))
    assert [row["beside"] for row in rows if row["subject"] == "tenant"][-1] == "host-can-enter"


def test_what_stands_among_a_workloads_findings_is_only_named_beside_a_verdict() -> None:
    made = with_beside(report())
    workload = made.workloads[0]
    tenant = made.tenants[0]
    door, unread = tenant.verdicts[-1].beside
    otherwise = replace(unread, says="seen otherwise from here")
    own = replace(workload, verdicts=tenant.verdicts, findings=(door, otherwise))
    document = json.loads(json_report(replace(made, workloads=(own, *made.workloads[1:]))))

    named = {"id": "host-can-enter", "finding": "present"}
    whole = document["tenants"][0]["verdicts"][-1]["beside"][1]
    assert document["tenants"][0]["verdicts"][-1]["beside"][0] == {**named, "workload": workload.id}
    assert document["workloads"][0]["verdicts"][-1]["beside"] == [named, whole]
    assert whole["says"] == "denied"
    assert whole["unknown"]["explanation"] == "Permission denied"
    assert document["workloads"][0]["findings"][0] == {
        **named,
        "observations": ["o1"],
        "says": "root enters it",
    }


def test_tenants_are_not_alike_where_the_host_can_do_more_to_one() -> None:
    made = with_beside(report())
    other = replace(report().tenants[0], name="other")
    assert "acme and 1 more" not in text_report(replace(made, tenants=(*made.tenants, other)))


@pytest.mark.parametrize("write", [text_report, markdown_report, html_report, json_report])
def test_every_disagreement_says_who_says_what(write: Any) -> None:  # noqa: ANN401
    made = report()
    workload = made.workloads[0].id
    one = DisagreementReport(workload, "oom_score", "300", "200", "docker", ("o1", "o2"))
    written = write(replace(made, disagreements=(one,))).replace("\\", "")
    assert "oom_score" in written
    assert "docker says 300" in written or '"declared_by": "docker"' in written
    assert "200" in written


def test_json_that_is_written_piece_by_piece_is_laid_out_line_by_line() -> None:
    for made in (report(), replace(report(), tenants=(), workloads=(), observations=())):
        written = json_report(made)
        fields = (
            f'"{key}": ' + "[\n " + ",\n ".join(map(json.dumps, value)) + "\n]"
            if isinstance(value, list) and value
            else f'"{key}": {json.dumps(value)}'
            for key, value in json.loads(written).items()
        )
        assert written == "{\n" + ",\n".join(fields) + "\n}\n"
        assert max(map(len, json_pieces(made))) < len(written) / 4


def test_a_table_is_written_row_by_row() -> None:
    made = report()
    rows = list(csv.reader(io.StringIO(csv_report(made))))
    assert [next(csv.reader([piece])) for piece in csv_pieces(made)] == rows


def test_every_report_for_people_explains_its_letters() -> None:
    made = report()
    for written in (markdown_report(made), html_report(made), text_report(made)):
        assert "WH: workload from host; C, I, A: confidentiality" in " ".join(written.split())
