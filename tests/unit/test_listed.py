"""What managers list is told before anything else, and never says more than they do."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isoscope.assessment.tenants import NO_RULES, claims
from isoscope.inventory.build import build_inventory
from isoscope.inventory.listed import is_of_lists, listed
from isoscope.inventory.workload import WorkloadKind
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Channel, Reading, Source
from tests.benchmarks.many_snapshot import many
from tests.fakes.docker import URL, an_engine, described
from tests.fakes.host import FakeHost, a_host, snapshot_of

LIST = Source(Channel.ENGINE, URL, "GET /containers/json?all=1")


def few(snapshot: Snapshot) -> Snapshot:
    """Only what is looked at early."""
    kept = [
        reading
        for source, reading in snapshot.readings.items()
        if is_of_lists(source.channel, source.target, source.request)
    ]
    return Snapshot.of(kept, collector=snapshot.collector, started_at=1.0, finished_at=2.0)


def of_engine(*readings: Reading) -> Snapshot:
    return few(snapshot_of(FakeHost(a_host()), *readings))


def with_list(text: str) -> Snapshot:
    """A host whose engine lists this."""
    answers = [reading for reading in an_engine() if reading.source != LIST]
    return of_engine(*answers, Reading(LIST, 1.0, "root", content=text.encode()))


def test_the_lists_name_every_workload_with_the_tenant_that_it_turns_out_to_have() -> None:
    snapshot = many(40, tenants=5)
    judged, early = build_inventory(snapshot).workloads, listed(few(snapshot))
    assert {w.id: (w.name, w.kind, w.engine) for w in early} == {
        w.id: (w.name, w.kind, w.engine) for w in judged
    }
    owners = {id_: claim.tenant for id_, claim in claims(judged, NO_RULES).items()}
    assert {id_: claim.tenant for id_, claim in claims(early, NO_RULES).items()} == owners


def test_no_document_about_a_single_container_is_looked_at() -> None:
    wanted = few(many(40, tenants=5)).readings
    assert LIST in wanted
    assert not [s for s in wanted if s.channel is Channel.ENGINE and s.request.count("/") > 2]
    assert not [s for s in wanted if s.target.startswith("/proc/") and "sys" not in s.target]


def test_what_has_ended_is_not_listed() -> None:
    entries = [
        {"Id": str(place) * 64, "Names": [f"/{state}"], "State": state, "Labels": {}}
        for place, state in enumerate(("running", "exited", "paused", "created", "dead"))
    ]
    assert [each.name for each in listed(with_list(json.dumps(entries)))] == ["running", "paused"]


def test_nothing_is_listed_of_an_engine_that_runs_on_another_kernel() -> None:
    info = Source(Channel.ENGINE, URL, "GET /info")
    elsewhere = json.dumps({"KernelVersion": "9.9.9", "Name": "vm"}).encode()
    answers = [reading for reading in an_engine(described(11)) if reading.source != info]
    assert listed(of_engine(*answers)) != ()
    assert listed(of_engine(*answers, Reading(info, 1.0, "root", content=elsewhere))) == ()


@pytest.mark.parametrize("labels", ["7", '{"a": 1}', '["x"]'])
def test_labels_that_cannot_be_read_leave_the_tenant_unknown(labels: str) -> None:
    text = f'[{{"Id": "{"a" * 64}", "Names": ["/x"], "State": "running", "Labels": {labels}}}]'
    (found,) = listed(with_list(text))
    assert found.kind is WorkloadKind.CONTAINER
    assert found.attributes_unknown is not None
    assert not claims([found], NO_RULES)[found.id].claimed


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["Id", "Names", "State", "Labels", "Image", "x"]), inner, max_size=5
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_is_listed_nothing_breaks(value: object) -> None:
    listed(with_list(json.dumps(value)))
    listed(with_list(json.dumps([{"Id": "a" * 64, "Names": value, "State": value}])))
