"""containerd's database: only labels come out of it, whatever is put in."""

import json
import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isoscope.inventory.bundles.databases import Databases
from isoscope.inventory.observation import Unknown
from isoscope.snapshot.bundle_places import Task, root_of_work
from isoscope.snapshot.container_labels import (
    METADATA,
    Labels,
    labels_document,
    newest_transaction,
    parse_labels,
    read_labels,
)
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from isoscope.snapshot.redact import redacted
from probes.containerd import keep_tasks
from probes.probe import Recorder
from tests.fakes.bolt import PAGE, a_database
from tests.fakes.host import FakeHost, Link, Tree, a_host
from tests.unit.engine_snapshots import reading, snapshot

LABELS = {
    "default": {"": {"team": "a"}, "web": {"isoscope.tenant": "acme"}, "bare": {}},
    "k8s.io": {"": {}, "c" * 64: {"io.kubernetes.pod.namespace": "shop"}},
}
TASK = Task("/run/containerd", "default", "web")
ROOT = "/var/lib/containerd"
WORK = f"{ROOT}/io.containerd.runtime.v2.task/default/web"
DATABASE = f"{ROOT}/{METADATA}"


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("fan_out", [1000, 2])
def test_labels_of_containers_and_namespaces_are_read(inline: bool, fan_out: int) -> None:
    assert read_labels(a_database(LABELS, inline=inline, fan_out=fan_out)) == LABELS


def test_many_containers_are_on_many_pages() -> None:
    many: Labels = {
        "default": {"": {}} | {f"c{number}": {"n": str(number)} for number in range(3000)}
    }
    assert read_labels(a_database(many, inline=False, fan_out=30)) == many


def test_nothing_else_is_kept() -> None:
    kept = redacted(
        Reading(Source(Channel.FILE, DATABASE), 1.0, "root", content=a_database(LABELS))
    )
    assert b"hunter2" not in (kept.content or b"")
    assert json.loads(kept.text()) == LABELS
    assert redacted(kept) == kept


def test_labels_that_look_like_secrets_are_cut() -> None:
    content = a_database({"default": {"": {}, "web": {"api-token": "hunter2"}}})
    assert b"hunter2" not in labels_document(content)


@pytest.mark.parametrize(("transactions", "newest"), [((7, 6), 7), ((8, 9), 9)])
def test_the_newer_of_two_first_pages_counts(transactions: tuple[int, int], newest: int) -> None:
    assert newest_transaction(a_database(LABELS, transactions=transactions)) == newest


def test_a_first_page_that_was_half_written_does_not_count() -> None:
    content = bytearray(a_database(LABELS, transactions=(7, 6)))
    content[40] ^= 1
    assert newest_transaction(bytes(content)) == 6
    assert read_labels(bytes(content)) == LABELS


@pytest.mark.parametrize(
    "content", [b"", b"x" * 40, b"\0" * 3 * PAGE, a_database(LABELS)[: 4 * PAGE], b'{"a":1}', b"{"]
)
def test_what_is_no_database_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        labels_document(content)


def test_pages_that_lead_to_themselves_end() -> None:
    five: Labels = {"default": {"": {}} | {f"c{number}": {} for number in range(5)}}
    content = bytearray(a_database(five, fan_out=2))
    for number in range(4, len(content) // PAGE):
        flags, count = struct.unpack_from("<HH", content, number * PAGE + 8)
        if flags == 1:
            for index in range(count):
                struct.pack_into("<Q", content, number * PAGE + 16 + index * 16 + 8, number)
    with pytest.raises(ValueError, match="damaged"):
        read_labels(bytes(content))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 12 * PAGE), st.booleans())
def test_whatever_stands_in_it_only_value_errors(change: bytes, place: int, inline: bool) -> None:
    content = bytearray(a_database(LABELS, inline=inline, fan_out=2))
    at = place % len(content)
    content[at : at + len(change)] = change
    try:
        found = read_labels(bytes(content))
    except ValueError:
        return
    with suppress(ValueError):  # what begins as JSON does is read as that
        parse_labels(labels_document(bytes(content)).decode())
    assert isinstance(found, dict)


@given(st.text())
def test_whatever_a_snapshot_says_only_value_errors(text: str) -> None:
    try:
        parse_labels(text)
    except ValueError:
        return


@pytest.mark.parametrize(
    ("work", "root"),
    [(WORK, ROOT), ("/x", ""), (f"../{WORK}", ""), (WORK.replace("web", "db"), ""), ("", "")],
)
def test_a_task_s_link_leads_to_the_root(work: str, root: str) -> None:
    assert root_of_work(work, TASK) == root


def labels_of(*readings: Reading) -> object:
    return Databases(snapshot(readings)).labels_of(TASK)


def a_link(target: str = WORK) -> Reading:
    return reading(Channel.LINK, f"{TASK.path}/work", "", target.encode())


def kept(content: object) -> Reading:
    return reading(Channel.FILE, DATABASE, "", content)


def test_a_container_has_its_own_labels() -> None:
    assert labels_of(a_link(), kept(LABELS)) == {"isoscope.tenant": "acme"}


def test_without_a_tenant_of_its_own_it_has_its_namespace_s() -> None:
    of_namespace = {"default": {"": {"isoscope.tenant": "a", "x": "y"}, "web": {"b": "c"}}}
    assert labels_of(a_link(), kept(of_namespace)) == {"isoscope.tenant": "a", "b": "c"}
    of_namespace["default"]["web"]["isoscope.tenant"] = "own"
    assert labels_of(a_link(), kept(of_namespace)) == {"isoscope.tenant": "own", "b": "c"}


@pytest.mark.parametrize(
    "readings",
    [
        (),
        (a_link("/elsewhere"), kept(LABELS)),
        (a_link(),),
        (a_link(), kept(Gap.DENIED)),
        (a_link(), kept(b"[]")),
        (a_link(), kept({"default": {}})),
    ],
)
def test_labels_that_cannot_be_read_are_not_known(readings: tuple[Reading, ...]) -> None:
    assert isinstance(labels_of(*readings), Unknown)


class Busy(FakeHost):
    """A host whose database has another transaction each time that it is read."""

    def __init__(self, *trees: Tree, until: int) -> None:
        super().__init__(*trees)
        self.reads = 0
        self.until = until

    def file(self, path: str, limit: int = 1 << 30) -> Reading:
        found = super().file(path, limit)
        if path != DATABASE:
            return found
        self.reads += 1
        newest = min(self.reads, self.until)
        content = a_database(LABELS, transactions=(newest, 0))
        return Reading(found.source, 1.0, "root", content=content)


def database_read(until: int) -> Reading:
    host = Busy(a_host(), {f"{TASK.path}/work": Link(WORK), DATABASE: b""}, until=until)
    recorder = Recorder(float("inf"))
    keep_tasks(host, recorder, [TASK])
    (found,) = [each for each in recorder.close()[0] if each.source.target == DATABASE]
    return found


def test_a_database_is_read_again_while_it_is_written_to() -> None:
    assert json.loads(database_read(until=3).text()) == LABELS


def test_one_that_is_always_written_to_is_a_gap() -> None:
    found = database_read(until=1000)
    assert (found.content, found.gap) == (None, Gap.FAILED)
