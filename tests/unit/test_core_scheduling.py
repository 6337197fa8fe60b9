"""Which CPUs are threads of one core, and what core scheduling says of tasks."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.build import build_inventory
from isoscope.inventory.core_cookies import parse_core_cookies
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.observation import Observation
from isoscope.snapshot.places import CORE_COOKIES
from isoscope.snapshot.reading import Gap
from probes.collect import collect
from probes.core_scheduling import core_cookies
from probes.host.local import LocalHost
from probes.kernel import KernelProbe
from probes.machine import HostProbe
from tests.fakes.host import FakeHost, Tree, a_container, a_host

CPU = "/sys/devices/system/cpu"
SMT: Tree = {
    f"{CPU}/smt/active": "1\n",
    f"{CPU}/smt/control": "on\n",
    f"{CPU}/online": "0-3\n",
    f"{CPU}/cpu0/topology/thread_siblings_list": "0,2\n",
    f"{CPU}/cpu1/topology/thread_siblings_list": "1,3\n",
    f"{CPU}/cpu2/topology/thread_siblings_list": "0,2\n",
    f"{CPU}/cpu3/topology/thread_siblings_list": "1,3\n",
}


def looked_at(*trees: Tree, cookies: object = None) -> tuple[Inventory, FakeHost]:
    answers = {} if cookies is None else {CORE_COOKIES: {"cookies": cookies}}
    host = FakeHost(a_host(), *trees, answers=answers)
    return build_inventory(collect(host, [HostProbe(), KernelProbe()])), host


def cores_of(*trees: Tree) -> Observation[Any]:
    found = looked_at(*trees)[0].host.cores
    assert found is not None
    return found


def cookies_of(*trees: Tree, cookies: object = None) -> Observation[frozenset[int]]:
    (workload,) = looked_at(*trees, cookies=cookies)[0].workloads
    assert workload.process is not None
    assert workload.process.core_cookies is not None
    return workload.process.core_cookies


class TestCores:
    def test_are_read_once_each(self) -> None:
        found = cores_of(SMT)
        both = frozenset({0, 2}), frozenset({1, 3})
        assert found.value == {0: both[0], 2: both[0], 1: both[1], 3: both[1]}
        snapshot = collect(FakeHost(a_host(), SMT), [HostProbe()])
        read = [s.target for s in snapshot.readings if s.target.endswith("siblings_list")]
        assert read == [f"{CPU}/cpu{cpu}/topology/thread_siblings_list" for cpu in (0, 1)]

    def test_of_one_thread_are_not_read(self) -> None:
        found = cores_of({f"{CPU}/online": "0-1\n"})
        assert found.value == {0: frozenset({0}), 1: frozenset({1})}

    @pytest.mark.parametrize("text", ["", "1,3", "nonsense", "0-99999999"])
    def test_that_are_not_understood_are_unknown(self, text: str) -> None:
        assert not cores_of(SMT, {f"{CPU}/cpu0/topology/thread_siblings_list": text}).known

    def test_that_were_not_read_are_unknown(self) -> None:
        assert not cores_of(SMT, {f"{CPU}/cpu1/topology/thread_siblings_list": Gap.DENIED}).known
        assert not cores_of(SMT, {f"{CPU}/online": Gap.DENIED}).known


class TestCookies:
    def test_of_a_workload_are_those_of_all_its_tasks(self) -> None:
        assert cookies_of(SMT, a_container(4711), cookies={"4711": 9}).value == frozenset({9})

    def test_of_a_kernel_without_core_scheduling_are_none(self) -> None:
        assert cookies_of(SMT, a_container(4711)).value == frozenset({0})

    def test_that_lack_a_process_are_unknown(self) -> None:
        assert not cookies_of(SMT, a_container(4711), cookies={"1": 9}).known

    def test_of_all_workloads_are_one_question(self) -> None:
        _, host = looked_at(SMT, a_container(4711), a_container(4712), cookies={"4711": 9})
        assert host.asked.count(CORE_COOKIES) == 1

    def test_are_not_asked_for_where_one_thread_of_each_core_runs(self) -> None:
        inventory, host = looked_at(a_container(4711), cookies={"4711": 9})
        assert CORE_COOKIES not in host.asked
        assert [w.process and w.process.core_cookies for w in inventory.workloads] == [None]

    @pytest.mark.parametrize(
        "text",
        ["", "[]", "{}", '{"cookies": 1}', '{"cookies": {"a": 1}}', '{"cookies": {"1": -1}}'],
    )
    def test_of_another_shape_are_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="cookie"):
            parse_core_cookies(text)

    @given(st.text(max_size=60) | st.from_regex(r'\{"cookies": \{"[0-9]{1,30}": .{0,9}\}\}'))
    def test_whatever_is_given_is_read_or_refused(self, text: str) -> None:
        try:
            found = parse_core_cookies(text)
        except ValueError:
            return
        assert all(isinstance(cookie, int) for cookie in found.values())

    def test_this_kernel_answers_or_says_why_not(self) -> None:
        reading = core_cookies(LocalHost(), [1])
        if reading.content is None:
            assert reading.gap in (Gap.UNSUPPORTED, Gap.DENIED)
        else:
            assert set(parse_core_cookies(reading.text())) <= {1}
