"""Isolation is transitive through the host."""

from typing import Any

import pytest

from isoscope.assessment.capabilities import mask
from isoscope.assessment.evaluation import Standing, capped
from isoscope.assessment.ladders import ladder
from isoscope.assessment.verdict import Finding
from isoscope.assessment.vocabulary import Aspect, FindingKind, FindingState
from isoscope.inventory.observation import Unknown
from isoscope.inventory.workload import (
    Capabilities,
    LaunchSecurity,
    Limit,
    SeccompMode,
    Workload,
)
from tests.fakes.workloads import (
    DOCKER_DEFAULT,
    GIB,
    HW_I,
    UNREAD,
    WH_C,
    WW_A,
    WW_C,
    WW_I,
    a_container,
    a_machine,
    a_mount,
    assessed,
    finding,
    own_mounts,
    rungs,
)

IDENTITY = "neighbour-owns-the-host"
OWNING = Capabilities(
    DOCKER_DEFAULT.effective | mask("SYS_ADMIN"), DOCKER_DEFAULT.bounding | mask("SYS_ADMIN"), 40
)
BOUNDED: dict[str, Any] = {"memory": Limit(GIB), "processes": Limit(10.0), "cpu": Limit(1.0)}
ASPECTS_OF_NEIGHBOURS = [WW_C, WW_I, WW_A]


def owner(tenant: str = "evil") -> Workload:
    """One that can take the host, though bounded."""
    return a_container("owner", tenant=tenant, capabilities=OWNING, **BOUNDED)


@pytest.mark.parametrize("aspect", ASPECTS_OF_NEIGHBOURS)
def test_who_can_take_the_host_takes_every_other_tenant_along(aspect: Aspect) -> None:
    acme = a_container("acme", tenant="acme", **BOUNDED)
    before = assessed(acme, a_container("other", tenant="blue", **BOUNDED))
    after = assessed(acme, owner())
    assert rungs(before, acme, aspect)[0] > 0
    assert rungs(after, acme, aspect) == (0, 0)
    shown = finding(after, acme, IDENTITY)
    assert shown.state is FindingState.PRESENT
    assert shown.others == ("docker:owner",)
    assert shown.says == "owner (evil) can take the host"


def test_its_own_tenant_it_does_not_take_along() -> None:
    same = a_container("same", tenant="evil", **BOUNDED)
    shown = assessed(same, owner())
    assert rungs(shown, same, WW_I)[0] > 0
    assert finding(shown, same, IDENTITY).state is FindingState.ABSENT


def test_guests_are_taken_along_too() -> None:
    guest = a_machine("g", tenant="acme")
    shown = assessed(guest, owner())
    assert rungs(shown, guest, WW_C) == (0, 0)


def test_who_only_reads_the_host_takes_confidentiality_along() -> None:
    reading = a_container(
        "reading",
        tenant="evil",
        mounts=own_mounts(950, a_mount("/", "/host", writable=False)),
        **BOUNDED,
    )
    acme = a_container("acme", tenant="acme", **BOUNDED)
    shown = assessed(acme, reading)
    assert rungs(shown, acme, WW_C) == (0, 0)
    assert rungs(shown, acme, WW_I)[0] > 0
    assert rungs(shown, acme, WW_A)[0] > 0


def test_who_is_weakened_but_not_open_leaves_the_rest_as_it_is() -> None:
    weakened = a_container("w", tenant="evil", seccomp=SeccompMode.DISABLED)
    acme = a_container("acme", tenant="acme")
    assert rungs(assessed(acme, weakened), acme, WW_I) == (1, 1)


def test_who_may_own_it_leaves_it_open() -> None:
    maybe = a_container("maybe", tenant="blue", capabilities=UNREAD)
    acme = a_container("acme", tenant="acme")
    shown = assessed(acme, maybe)
    found = finding(shown, acme, IDENTITY)
    assert found.state is FindingState.UNKNOWN
    assert found.unknown is not None
    assert rungs(shown, acme, WW_I) == (0, 1)


def test_one_of_unknown_owner_leaves_it_open() -> None:
    unknown = a_container("u", attributes_unknown=UNREAD, capabilities=OWNING)
    acme = a_container("acme", tenant="acme")
    shown = assessed(acme, unknown)
    assert finding(shown, acme, IDENTITY).state is FindingState.UNKNOWN
    assert rungs(shown, acme, WW_I) == (0, 3), "it may also be of the same tenant"
    assert rungs(shown, unknown, HW_I) == (0, 0)


def test_availability_follows_integrity() -> None:
    acme = a_container("acme", tenant="acme")
    shown = assessed(acme, owner())
    assert rungs(shown, acme, WW_A) == (0, 0), "who owns the host lifts every limit on it"


def test_a_tee_on_the_hosts_word_saves_nobody() -> None:
    guest = a_machine(
        "g",
        tenant="acme",
        says={"launch_security": LaunchSecurity("sev-snp", debug_allowed=False)},
    )
    shown = assessed(guest, owner())
    assert rungs(shown, guest, WW_C) == (0, 2)
    unknowns = {finding.id for finding in shown.explain_workload(guest.id, WW_C).unknowns}
    assert unknowns == {"memory-encrypted-by-tee", "memory-integrity-by-tee", "tee-debug-allowed"}


class TestWhatItsOwnIsolationFromTheHostSaves:
    """``WW(T) ≤ max(WH(T), min HW(N))``, on standings made by hand: no evidence exists yet."""

    OPEN = Finding(IDENTITY, FindingKind.EXPOSURE, "docker:a", FindingState.PRESENT, "")
    CLOSED = Finding(IDENTITY, FindingKind.EXPOSURE, "docker:a", FindingState.ABSENT, "")
    UNCLEAR = Finding(
        IDENTITY,
        FindingKind.EXPOSURE,
        "docker:a",
        FindingState.UNKNOWN,
        "",
        unknown=Unknown(UNREAD.reason, "", ""),
    )

    @pytest.mark.parametrize(
        ("own", "through", "from_host", "expected"),
        [
            ((2, 4), OPEN, (0, 0), (0, 0)),
            ((2, 4), OPEN, (3, 3), (2, 3)),
            ((2, 4), OPEN, (1, 4), (1, 4)),
            ((2, 4), CLOSED, (0, 0), (2, 4)),
            ((2, 4), UNCLEAR, (0, 0), (0, 4)),
            ((2, 4), UNCLEAR, (3, 3), (2, 4)),
            ((0, 1), OPEN, (4, 4), (0, 1)),
        ],
    )
    def test_it_binds_up_to_there(
        self,
        own: tuple[int, int],
        through: Finding,
        from_host: tuple[int, int],
        expected: tuple[int, int],
    ) -> None:
        needs: tuple[tuple[Finding, ...], ...] = ((),) * 6
        isolation = Standing(ladder(WH_C), ((),) * 5, *from_host)
        standing = capped(Standing(ladder(WW_C), needs, *own), through, isolation)
        assert (standing.low, standing.high) == expected
