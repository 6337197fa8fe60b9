"""What else of the host a workload may take, or take first: shown, deciding no rung."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.assessment.capabilities import mask
from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.declared import KeptLog
from isoscope.inventory.engines.details import kept_log
from isoscope.inventory.host_side import hurrying_limits, unbounded_limits
from isoscope.inventory.reach import KernelTable, Pressure, Reach
from isoscope.inventory.workload import Capabilities, Limit, Mount
from tests.fakes.workloads import (
    DOCKER_DEFAULT,
    UNREAD,
    a_container,
    a_host,
    a_machine,
    a_mount,
    assessed,
    details,
    finding,
    own_mounts,
    seen,
)
from tests.unit.assessment.test_from_host import side

PRESENT, ABSENT, UNKNOWN = FindingState.PRESENT, FindingState.ABSENT, FindingState.UNKNOWN
NOT_APPLICABLE = FindingState.NOT_APPLICABLE
INFINITE = float("inf")
SWAPS = {"swap_active": True}
RAISES = Capabilities(DOCKER_DEFAULT.effective, DOCKER_DEFAULT.bounding | mask("SYS_RESOURCE"), 40)
NICE = Capabilities(DOCKER_DEFAULT.effective, DOCKER_DEFAULT.bounding | mask("SYS_NICE"), 40)


def of_side(**facts: object) -> dict[str, Any]:
    quiet = {"unbounded": (), "hurrying": (), "swap_limit": INFINITE}
    return {"host_side": side(**(quiet | facts))}


def logging(driver: str, *, bounded: bool | None) -> dict[str, Any]:
    return {"says": {"details": details(log=KeptLog(driver, bounded=bounded))}}


def a_tmpfs(place: str, *options: str, writable: bool = True) -> Mount:
    mount = a_mount("/", place, device="0:900", kind="tmpfs", writable=writable, source="tmpfs")
    return replace(mount, super_options=frozenset(options))


def a_ramfs(place: str) -> Mount:
    return replace(a_tmpfs(place, "rw"), file_system="ramfs")


def with_tmpfs(*mounts: Mount, **facts: object) -> dict[str, Any]:
    root = own_mounts(901)[0]
    return {"mounts": (root, *mounts), **facts}


@pytest.mark.parametrize(
    ("identity", "facts", "state"),
    [
        ("spared-by-oom-killer", of_side(), ABSENT),
        ("spared-by-oom-killer", of_side(chosen_by_oom=-900), PRESENT),
        ("spared-by-oom-killer", of_side(chosen_by_oom=300), ABSENT),
        ("spared-by-oom-killer", of_side(chosen_by_oom=UNREAD), UNKNOWN),
        ("spared-by-oom-killer", {}, UNKNOWN),
        ("spared-by-oom-killer", {**of_side(), "capabilities": RAISES}, PRESENT),
        ("spared-by-oom-killer", {**of_side(), "capabilities": UNREAD}, UNKNOWN),
        ("realtime-scheduling-allowed", of_side(), ABSENT),
        ("realtime-scheduling-allowed", {**of_side(), "capabilities": RAISES}, PRESENT),
        ("realtime-scheduling-allowed", of_side(hurrying=("real-time priorities",)), PRESENT),
        ("realtime-scheduling-allowed", of_side(hurrying=UNREAD), UNKNOWN),
        ("realtime-scheduling-allowed", {**of_side(), "capabilities": NICE}, PRESENT),
        (
            "realtime-scheduling-allowed",
            {**of_side(), "capabilities": NICE, "no_new_privileges": True},
            ABSENT,
        ),
        (
            "realtime-scheduling-allowed",
            {**of_side(), "capabilities": NICE, "capabilities_hold_on_host": False},
            ABSENT,
        ),
        ("realtime-scheduling-allowed", {**of_side(), "capabilities": UNREAD}, UNKNOWN),
        ("process-limits-open", of_side(), ABSENT),
        ("process-limits-open", of_side(unbounded=("locked memory",)), PRESENT),
        ("process-limits-open", of_side(unbounded=UNREAD), UNKNOWN),
        ("process-limits-open", {**of_side(), "capabilities": RAISES}, PRESENT),
        ("process-limits-open", {**of_side(), "capabilities": NICE}, ABSENT),
        ("tmpfs-limited", with_tmpfs(a_tmpfs("/tmp", "rw", "size=64k")), PRESENT),
        ("tmpfs-limited", with_tmpfs(a_tmpfs("/tmp", "rw", "size=0k")), ABSENT),
        ("tmpfs-limited", with_tmpfs(a_ramfs("/tmp")), ABSENT),
        ("tmpfs-limited", with_tmpfs(a_tmpfs("/tmp", "rw")), ABSENT),
        ("tmpfs-limited", with_tmpfs(a_tmpfs("/tmp", "ro"), a_tmpfs("/x", writable=False)), ABSENT),
        ("tmpfs-limited", with_tmpfs(a_tmpfs("/x", writable=False)), PRESENT),
        ("tmpfs-limited", with_tmpfs(a_tmpfs("/tmp", "rw"), memory=Limit(1e6)), PRESENT),
        ("tmpfs-limited", with_tmpfs(a_tmpfs("/tmp", "rw"), memory=UNREAD), UNKNOWN),
        ("tmpfs-limited", {"mounts": UNREAD}, UNKNOWN),
        ("cpus-left-for-host", {}, ABSENT),
        ("cpus-left-for-host", {"allowed_cpus": frozenset({0, 1})}, PRESENT),
        ("cpus-left-for-host", {"allowed_cpus": frozenset({0, 1, 2, 3, 64})}, ABSENT),
        ("cpus-left-for-host", {"allowed_cpus": UNREAD}, UNKNOWN),
        ("log-limited", logging("local", bounded=True), PRESENT),
        ("log-limited", logging("json-file", bounded=False), ABSENT),
        ("log-limited", logging("journald", bounded=None), UNKNOWN),
        ("log-limited", {"says": {"details": None}}, UNKNOWN),
    ],
)
def test_it_is_found(identity: str, facts: dict[str, Any], state: FindingState) -> None:
    container = a_container("c", **facts)
    found = finding(assessed(container), container, identity)
    assert found.state is state, found.says


@pytest.mark.parametrize(
    ("host", "limit", "state"),
    [
        ({"swap_active": False}, INFINITE, PRESENT),
        ({"swap_active": False}, UNREAD, PRESENT),
        (SWAPS, INFINITE, ABSENT),
        (SWAPS, 4096.0, PRESENT),
        (SWAPS, UNREAD, UNKNOWN),
        ({"swap_active": UNREAD}, INFINITE, UNKNOWN),
    ],
)
def test_swap_is_limited_or_there_is_none(
    host: dict[str, Any], limit: object, state: FindingState
) -> None:
    container = a_container("c", **of_side(swap_limit=limit))
    found = finding(assessed(container, host=a_host(**host)), container, "swap-limited")
    assert found.state is state


@pytest.mark.parametrize("identity", ["tmpfs-limited", "log-limited"])
def test_a_guest_has_a_kernel_of_its_own_for_these(identity: str) -> None:
    guest = a_machine("g")
    assert finding(assessed(guest), guest, identity).state is NOT_APPLICABLE


@pytest.mark.parametrize(
    "identity", ["spared-by-oom-killer", "realtime-scheduling-allowed", "process-limits-open"]
)
def test_capabilities_of_a_monitor_are_not_its_guest_s(identity: str) -> None:
    guest = a_machine("g", **of_side(), capabilities=RAISES)
    assert finding(assessed(guest), guest, identity).state is ABSENT


LIMITS = (
    "Limit                     Soft Limit           Hard Limit           Units     \n"
    "Max core file size        0                    {core:<20} bytes     \n"
    "Max locked memory         8388608              {locked:<20} bytes     \n"
    "Max pending signals       96365                96365                signals   \n"
    "Max msgqueue size         819200               819200               bytes     \n"
    "Max nice priority         0                    {nice:<20} \n"
    "Max realtime priority     0                    {realtime:<20} \n"
)


def limits(core: str = "0", locked: str = "65536", nice: str = "0", realtime: str = "0") -> str:
    return LIMITS.format(core=core, locked=locked, nice=nice, realtime=realtime)


def test_the_hard_limit_is_the_one_that_bounds() -> None:
    assert unbounded_limits(limits()) == ()
    assert unbounded_limits(limits(core="unlimited")) == ("core dumps",)
    assert unbounded_limits(limits(locked="unlimited")) == ("locked memory",)
    assert hurrying_limits(limits()) == ()
    assert hurrying_limits(limits(nice="20")) == ()
    assert hurrying_limits(limits(nice="40")) == ("nice values to -20",)
    assert hurrying_limits(limits(nice="25", realtime="99")) == (
        "real-time priorities to 99",
        "nice values to -5",
    )
    assert hurrying_limits(limits(realtime="unlimited")) == ("real-time priorities",)


@given(st.text(max_size=300))
def test_limits_may_be_any_text(text: str) -> None:
    for parse in (unbounded_limits, hurrying_limits):
        with pytest.raises(ValueError, match=r"\S"):
            parse(text)


@pytest.mark.parametrize(
    ("config", "log"),
    [
        ({"Type": "json-file", "Config": {}}, KeptLog("json-file", bounded=False)),
        ({"Type": "json-file", "Config": None}, KeptLog("json-file", bounded=False)),
        ({"Type": "json-file", "Config": {"max-size": "10m"}}, KeptLog("json-file", bounded=True)),
        ({"Type": "json-file", "Config": {"max-size": "-1"}}, KeptLog("json-file", bounded=False)),
        ({"Type": "local", "Config": {}}, KeptLog("local", bounded=True)),
        ({"Type": "local", "Config": {"max-size": "-1"}}, KeptLog("local", bounded=False)),
        ({"Type": "json-file", "Config": {"max-size": "0.5g"}}, KeptLog("json-file", bounded=True)),
        ({"Type": "none", "Config": {}}, KeptLog("none", bounded=True)),
        ({"Type": "passthrough"}, KeptLog("passthrough", bounded=None)),
        ({"Type": "journald", "Config": {}}, KeptLog("journald", bounded=None)),
        ({"Type": "k8s-file", "Size": "0B"}, KeptLog("k8s-file", bounded=False)),
        ({"Type": "k8s-file", "Size": "10MB"}, KeptLog("k8s-file", bounded=True)),
        ({"Type": "json-file", "Config": None, "Size": "0B"}, KeptLog("json-file", bounded=False)),
    ],
)
def test_a_log_is_bounded_by_its_driver_or_its_options(
    config: dict[str, object], log: KeptLog
) -> None:
    assert kept_log({"HostConfig": {"LogConfig": config}}) == log


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=9),
        lambda inner: st.dictionaries(st.sampled_from(("Type", "Config", "max-size")), inner),
    )
)
def test_a_log_may_be_configured_in_any_way(config: object) -> None:
    try:
        found = kept_log({"HostConfig": {"LogConfig": config}})
    except ValueError:
        return
    assert found.bounded in (True, False, None)


@pytest.mark.parametrize(
    ("identity", "facts", "state"),
    [
        ("kernel-table-nearly-full", {"tables": (KernelTable("open files", 79, 100),)}, ABSENT),
        ("kernel-table-nearly-full", {"tables": (KernelTable("open files", 80, 100),)}, PRESENT),
        ("kernel-table-nearly-full", {"tables": UNREAD}, UNKNOWN),
        ("host-under-pressure", {"pressure": (Pressure("memory", 9.9),)}, ABSENT),
        ("host-under-pressure", {"pressure": (Pressure("memory", 10.0),)}, PRESENT),
        ("host-under-pressure", {"pressure": (Pressure("cpu", 30.0),)}, ABSENT),
        ("host-under-pressure", {"pressure": UNREAD}, UNKNOWN),
    ],
)
@pytest.mark.parametrize("make", [a_container, a_machine])
def test_what_all_of_the_host_run_out_of_is_told_to_each(
    make: Any,  # noqa: ANN401
    identity: str,
    facts: dict[str, Any],
    state: FindingState,
) -> None:
    reach = Reach(**{key: seen(key, value) for key, value in facts.items()})
    one = make("one")
    found = finding(assessed(one, host=replace(a_host(), reach=reach)), one, identity)
    assert found.state is state


def test_how_many_cpus_there_are_must_be_known() -> None:
    container = a_container("c", allowed_cpus=frozenset({0}))
    found = assessed(container, host=a_host(online_cpus=UNREAD))
    assert finding(found, container, "cpus-left-for-host").state is UNKNOWN
