"""Quotas of file systems: what is asked of them, and what they bound."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.machine import host_facts
from isoscope.inventory.machine.quotas import parse_flags, parse_places
from isoscope.inventory.quotas import ProjectQuota, Quotas
from isoscope.inventory.workload import Mount, NamespaceKind
from isoscope.snapshot.quota_places import PROJECTS, QUOTAS, mount_lines, upper_directory
from isoscope.snapshot.reading import Gap, Reading, Source
from probes.host.local import LocalHost
from probes.probe import Recorder
from probes.quotas import keep_quotas, places_to_ask, projects_of
from tests.fakes.host import FakeHost
from tests.fakes.workloads import (
    UNREAD,
    a_container,
    a_host,
    a_mount,
    assessed,
    finding,
    own_mounts,
)
from tests.unit.machine_readings import file, snapshot

PRESENT, ABSENT, UNKNOWN = FindingState.PRESENT, FindingState.ABSENT, FindingState.UNKNOWN
UPPER = "/var/lib/docker/overlay2/abc/diff"
OWN_TABLE = (
    "23 1 254:1 / / rw - ext4 /dev/vda1 rw\n"
    "24 23 254:2 / /var/lib/docker rw - xfs /dev/vdb rw,prjquota\n"
    "25 23 254:3 /deep /srv rw - xfs /dev/vdc rw,prjquota\n"
    "26 23 0:30 / /tmp rw - tmpfs tmpfs rw\n"
)
CONTAINERS_TABLE = (
    f"90 80 0:90 / / rw - overlay overlay rw,lowerdir=l/A:l/B,upperdir={UPPER},workdir=/w\n"
    "91 90 254:3 /deep/data /data rw - xfs /dev/vdc rw\n"
    "92 90 254:1 /etc/x /x rw - ext4 /dev/vda1 rw\n"
)
PROJECT = ProjectQuota(7, inherits=True, most=1 << 30)
DEVICES = {"/": "254:1", "/var/lib/docker": "254:2"}
REMAPPED: dict[str, Any] = {"in_host_namespace": {NamespaceKind.USER: False}}


def asked(flags: object, places: object = Gap.UNSUPPORTED) -> dict[Source, Reading]:
    host = FakeHost({}, answers={QUOTAS: flags, PROJECTS: places})
    recorder = Recorder(float("inf"))
    keep_quotas(host, recorder, OWN_TABLE, [CONTAINERS_TABLE])
    return {reading.source: reading for reading in recorder.close()[0]}


def test_places_are_asked_after_only_where_a_project_quota_is_enforced() -> None:
    assert set(asked({"devices": {"254:1": 0, "254:2": 1}})) == {QUOTAS}
    assert set(asked({"devices": {"254:1": 0, "254:2": 48}})) == {QUOTAS, PROJECTS}
    assert set(asked(Gap.UNSUPPORTED)) == {QUOTAS}


def test_this_kernel_answers_for_what_is_mounted_here() -> None:
    host, recorder = LocalHost(), Recorder(float("inf"))
    keep_quotas(host, recorder, host.file("/proc/self/mountinfo").text(), [])
    for reading in recorder.close()[0]:
        if reading.gap is None and reading.source == QUOTAS:
            assert all(found >= 0 for found in parse_flags(reading.text()).values())


def test_a_volume_is_asked_after_where_the_host_has_it() -> None:
    here = list(mount_lines(OWN_TABLE))
    assert places_to_ask(here, [CONTAINERS_TABLE], {"254:3"}) == {
        UPPER: UPPER,
        "254:3:/deep/data": "/srv/data",
    }
    assert places_to_ask(here, [CONTAINERS_TABLE], {"254:9"}) == {UPPER: UPPER}


def test_a_real_directory_has_a_project_or_says_nothing(tmp_path: Path) -> None:
    answer = projects_of({"real": str(tmp_path), "gone": "/nonexistent"})
    assert set(parse_places(answer.decode())) <= {"real"}


def of_host(**documents: object) -> Quotas | None:
    given = {"QUOTAS": QUOTAS, "PROJECTS": PROJECTS}
    readings = [
        Reading(given[name], 1.0, "root", json.dumps(document).encode())
        for name, document in documents.items()
    ]
    table = file("/proc/self/mountinfo", OWN_TABLE)
    found = host_facts(snapshot(table, *readings)).quotas
    assert found is not None
    return found.value


def test_what_was_asked_is_one_fact_of_the_host() -> None:
    said = {"project": 7, "inherits": True, "most": 1 << 30}
    found = of_host(QUOTAS={"devices": {"254:2": 48}}, PROJECTS={"places": {UPPER: said}})
    assert found is not None
    assert found.device_of(UPPER) == "254:2"
    assert found.device_of("/home/x") == "254:1"
    assert found.project_bounds("254:2", UPPER)
    assert not found.keeps_none("254:1")
    without = of_host(QUOTAS={"devices": {"254:2": 48}})
    assert without is not None
    assert not without.project_bounds("254:2", UPPER)
    assert of_host(PROJECTS={"places": {UPPER: said}}) is None
    assert of_host(QUOTAS={"devices": {"254:2": "x"}}) is None


def overlay() -> tuple[Mount, ...]:
    first, *rest = own_mounts(901)
    return (replace(first, super_options=frozenset({"rw", f"upperdir={UPPER}"})), *rest)


def quotas(flags: Mapping[str, int], **places: ProjectQuota) -> dict[str, Any]:
    named = {UPPER if name == "upper" else name.replace("_", ":"): p for name, p in places.items()}
    return {"quotas": Quotas(flags, DEVICES, named)}


BIND = a_mount("/v", "/v", device="254:2")


@pytest.mark.parametrize(
    ("facts", "host", "state"),
    [
        ({}, {}, UNKNOWN),
        ({}, {"quotas": UNREAD}, UNKNOWN),
        ({}, quotas({"254:2": 0}), ABSENT),
        ({}, quotas({"254:2": 1 | 4 | 16}), ABSENT),
        ({}, quotas({"254:1": 0}), UNKNOWN),
        ({}, quotas({"254:2": 2}), UNKNOWN),
        (REMAPPED, quotas({"254:2": 48}, upper=PROJECT), PRESENT),
        ({}, quotas({"254:2": 48}, upper=PROJECT), UNKNOWN),
        (REMAPPED, quotas({"254:2": 16}, upper=PROJECT), ABSENT),
        (REMAPPED, quotas({"254:2": 48}), UNKNOWN),
        (REMAPPED, quotas({"254:2": 48}, upper=replace(PROJECT, project=0)), UNKNOWN),
        (REMAPPED, quotas({"254:2": 48}, upper=replace(PROJECT, inherits=False)), UNKNOWN),
        (REMAPPED, quotas({"254:2": 48}, upper=replace(PROJECT, most=0)), UNKNOWN),
        ({**REMAPPED, "mounts": (*overlay(), BIND)}, quotas({"254:2": 48}, upper=PROJECT), UNKNOWN),
    ],
)
def test_storage_is_bounded_by_quotas_of_projects_alone(
    facts: dict[str, Any], host: dict[str, Any], state: FindingState
) -> None:
    container = a_container("c", **{"mounts": overlay(), **facts})
    found = assessed(container, host=a_host(**host))
    assert finding(found, container, "storage-limited").state is state


def test_a_volume_with_a_project_of_its_own_is_bounded_too() -> None:
    host = a_host(quotas=Quotas({"254:2": 48}, DEVICES, {UPPER: PROJECT, "254:2:/v": PROJECT}))
    container = a_container("c", mounts=(*overlay(), BIND), **REMAPPED)
    assert finding(assessed(container, host=host), container, "storage-limited").state is PRESENT


def test_mount_tables_tell_where_an_overlay_is_written() -> None:
    first, second, _ = mount_lines(CONTAINERS_TABLE)
    assert upper_directory(first.super_options) == UPPER
    assert (second.device, second.root) == ("254:3", "/deep/data")
    assert list(mount_lines("nonsense\n- -\n")) == []


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.dictionaries(
        st.sampled_from(("devices", "places", "project", "inherits", "most", "a")), inner
    ),
)


@given(_ANYTHING, st.text())
def test_documents_may_be_anything(found: object, text: str) -> None:
    for read in (parse_flags, parse_places):
        with suppress(ValueError):
            read(json.dumps(found))
    list(mount_lines(text))
