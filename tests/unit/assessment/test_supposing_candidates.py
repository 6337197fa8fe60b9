"""What could be supposed: everything that holds verdicts down, the most helpful first."""

import pytest

from isoscope.assessment.assess import JudgedInventory, conclude, judge
from isoscope.assessment.comparison import Look
from isoscope.assessment.profile import Profile
from isoscope.assessment.supposing.candidates import HOST_WIDE, Candidate, candidates, remedies_of
from isoscope.assessment.supposing.suppose import suppose
from isoscope.assessment.supposing.suppositions import (
    BY_MOVING,
    NOTHING,
    SUPPOSABLE,
    Enclosure,
    Move,
    Proof,
)
from isoscope.assessment.viewpoint import AUDITOR, OPERATOR, Viewpoint
from isoscope.assessment.vocabulary import ASPECTS, Direction, Status
from isoscope.bundled import built_in_profiles
from isoscope.inventory.workload import SeccompMode
from tests.fakes.workloads import UNREAD, a_container, a_host, an_inventory
from tests.unit.assessment.test_supposing import HOST, IDS, judged, with_socket

(SHARED_TEAM_HOST,) = (p for p in built_in_profiles() if p.id == "shared-team-host")
EVERYONE = frozenset(IDS)


def found(
    host: JudgedInventory,
    *scope: str,
    profile: Profile = SHARED_TEAM_HOST,
    viewpoint: Viewpoint = OPERATOR,
) -> list[Candidate]:
    look = Look(host, conclude(host, profile=profile, viewpoint=viewpoint))
    return list(candidates(look, frozenset(scope)))


def by_id(listed: list[Candidate], identity: str) -> Candidate:
    (one,) = (one for one in listed if one.id == identity)
    return one


def test_all_that_required_verdicts_need_makes_all_of_them_meet() -> None:
    wanted = NOTHING
    for one in found(HOST, *EVERYONE):
        if one.needed_by:
            wanted = wanted.settling(one.id, one.workloads)
    then = conclude(suppose(HOST, wanted), profile=SHARED_TEAM_HOST, viewpoint=OPERATOR)
    assert {tenant.verdicts[aspect].status for tenant in then.tenants for aspect in ASPECTS} <= {
        Status.MEETS,
        Status.NOT_REQUIRED,
    }


def test_a_socket_on_a_neighbour_is_the_first_that_a_tenant_would_have_dropped() -> None:
    mine, bad = a_container("mine", tenant="acme"), with_socket()
    first = found(judged(mine, bad), mine.id)[0]
    assert first.id == "engine-socket-mounted"
    assert first.direction is Direction.WORKLOAD_FROM_WORKLOAD
    assert first.on_neighbours
    assert first.workloads == {bad.id}
    own = by_id(found(judged(mine, bad), bad.id), "engine-socket-mounted")
    assert own.direction is Direction.HOST_FROM_WORKLOAD
    assert not own.on_neighbours


def test_asked_for_all_tenants_neighbours_are_not_listed_twice() -> None:
    listed = found(HOST, *EVERYONE)
    assert not any(one.on_neighbours for one in listed)
    assert len({one.id for one in listed}) == len(listed)


def test_neighbours_limits_are_offered_where_they_are_lacking() -> None:
    mine = a_container("mine", tenant="acme")
    other, same = a_container("other", tenant="globex"), a_container("same", tenant="acme")
    limits = [one for one in found(judged(mine, other, same), mine.id) if "limit" in one.id]
    on_neighbours = {one.id: one.workloads for one in limits if one.on_neighbours}
    assert on_neighbours["some-limit"] == {other.id}
    assert by_id([one for one in limits if not one.on_neighbours], "some-limit").workloads == {
        mine.id
    }


def test_what_is_only_unknown_says_so_and_comes_after_what_is_known() -> None:
    dark = a_container("dark", tenant="acme", seccomp=UNREAD)
    open_ = a_container("open", tenant="acme", seccomp=SeccompMode.DISABLED)
    assert by_id(found(judged(dark), dark.id), "seccomp-unconfined").unknown
    assert not by_id(found(judged(dark, open_), dark.id, open_.id), "seccomp-unconfined").unknown


def test_a_flaw_of_the_cpu_is_settled_for_the_whole_host_or_not_at_all() -> None:
    flawed = a_host(flaws={"meltdown": "Vulnerable"})
    one, other = a_container("one", tenant="acme"), a_container("other", tenant="globex")
    host = judge(an_inventory(one, other, host=flawed))
    listed = [each for each in found(host, one.id) if each.id in HOST_WIDE]
    assert listed
    assert all(each.workloads == {one.id, other.id} for each in listed)


def test_to_whom_nobody_is_believed_nothing_that_is_well_is_offered() -> None:
    """Supposing makes nobody believe: what speaks for a workload already is not offered."""
    fine = a_container("fine", tenant="acme")
    as_operator = {one.id for one in found(judged(fine), fine.id)}
    as_auditor = {one.id for one in found(judged(fine), fine.id, viewpoint=AUDITOR)}
    assert as_auditor == as_operator


def test_of_nothing_that_runs_nothing_is_offered() -> None:
    assert found(judged(), "docker:gone") == []


@pytest.mark.parametrize("identity", SUPPOSABLE)
def test_what_can_be_supposed_is_its_own_remedy(identity: str) -> None:
    assert remedies_of(HOST, [(identity, IDS[0])]) == NOTHING.settling(identity, [IDS[0]])


def test_what_only_a_move_changes_is_remedied_by_the_least_move() -> None:
    for identity, move in BY_MOVING.items():
        assert remedies_of(HOST, [(identity, IDS[0])]) == NOTHING.moving([IDS[0]], move)
    assert BY_MOVING["attested"] == Move(Enclosure.SEV_SNP, Proof.VERIFIED)


def test_a_neighbour_that_owns_the_host_is_remedied_on_that_neighbour() -> None:
    mine, bad = a_container("mine", tenant="acme"), with_socket()
    remedy = remedies_of(judged(mine, bad), [("neighbour-owns-the-host", mine.id)])
    assert remedy.settled == {"engine-socket-mounted": frozenset({bad.id})}
    limits = remedies_of(judged(mine, bad), [("neighbours-memory-limited", mine.id)])
    assert limits.settled["memory-limited"] == {bad.id}


def test_what_only_a_better_look_settles_has_no_remedy_here() -> None:
    assert not remedies_of(HOST, [("unseen-workloads", IDS[0])])
    assert not remedies_of(HOST, [("owner-unknown", IDS[0])])
