"""What if: supposed changes, concluded by the same evaluation, and no better than they would be."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isoscope.assessment.assess import JudgedInventory, conclude, judge
from isoscope.assessment.assessment import Assessment
from isoscope.assessment.catalogue import CATALOGUE
from isoscope.assessment.declaration import Subject, Surroundings
from isoscope.assessment.judgement import Judgement, undecided
from isoscope.assessment.ladders import LADDERS
from isoscope.assessment.neighbours.relations import Neighbours
from isoscope.assessment.neighbours.survey import survey
from isoscope.assessment.supposing.on_neighbours import ON_BOTH_SIDES, speaks_for
from isoscope.assessment.supposing.suppose import BETWEEN, suppose
from isoscope.assessment.supposing.suppositions import (
    BY_MOVING,
    NOTHING,
    SUPPOSABLE,
    Enclosure,
    Move,
    Proof,
    Suppositions,
)
from isoscope.assessment.viewpoint import AUDITOR, OPERATOR, TENANT, Viewpoint
from isoscope.assessment.vocabulary import ASPECTS
from isoscope.inventory.observation import Party
from isoscope.inventory.workload import LaunchSecurity, Limit, NamespaceKind, Workload
from tests.fakes.workloads import (
    GIB,
    HW_A,
    HW_C,
    HW_I,
    NOTHING_REQUIRED,
    UNREAD,
    WH_C,
    WH_I,
    WW_A,
    WW_I,
    a_container,
    a_machine,
    a_mount,
    an_inventory,
    on_network,
    own_mounts,
    rungs,
)

SOCKET = a_mount("/docker.sock", "/var/run/docker.sock", device="0:25", kind="tmpfs")
VIEWPOINTS = (OPERATOR, TENANT, AUDITOR, OPERATOR.distrusting(Party.CONTAINER_ENGINE))


def with_socket(name: str = "bad", tenant: str = "globex") -> Workload:
    return a_container(name, tenant=tenant, mounts=own_mounts(77, SOCKET))


def on_common(name: str) -> Workload:
    """A container of a tenant of its own, on the network that all are on."""
    says = on_network("common")
    return a_container(name, tenant=name, says=says, network_interfaces=("lo", "eth0"))


def judged(*workloads: Workload) -> JudgedInventory:
    return judge(an_inventory(*workloads))


def seen_as(found: JudgedInventory, viewpoint: Viewpoint = OPERATOR) -> Assessment:
    return conclude(found, profile=NOTHING_REQUIRED, viewpoint=viewpoint)


def supposed(
    found: JudgedInventory, suppositions: Suppositions, viewpoint: Viewpoint = OPERATOR
) -> Assessment:
    return seen_as(suppose(found, suppositions), viewpoint)


def ranges(assessment: Assessment) -> Mapping[str, list[tuple[int, int]]]:
    subjects = {tenant.name: tenant.verdicts for tenant in assessment.tenants}
    subjects |= {one.id: one.verdicts for one in assessment.workloads.values()}
    return {
        name: [(verdicts[aspect].low, verdicts[aspect].high) for aspect in ASPECTS]
        for name, verdicts in subjects.items()
    }


def a_crowded_host() -> JudgedInventory:
    """Everything that can go wrong between three tenants, and a workload that nobody described."""
    return judged(
        with_socket(),
        replace(on_common("acme"), name="web"),
        on_common("umbrella"),
        a_container("limited", tenant="acme", memory=Limit(GIB, "/a")),
        a_container("db", tenant="globex", processes=UNREAD),
        a_container(
            "host",
            tenant="initech",
            says={"pid_mode": "host"},
            in_host_namespace={NamespaceKind.PID: True},
            namespaces={NamespaceKind.PID: 1},
            mounts=UNREAD,
        ),
        a_container("joined", tenant="acme", namespaces={NamespaceKind.PID: 1}),
        a_container("dark", tenant="acme", described=False, mounts=UNREAD, seccomp=UNREAD),
        a_machine("vm", tenant="initech", says={"launch_security": LaunchSecurity("sev", True)}),
        a_machine("plain", tenant="acme"),
    )


HOST = a_crowded_host()
IDS = sorted(HOST.judgements)


@pytest.mark.parametrize("viewpoint", VIEWPOINTS)
def test_supposing_nothing_changes_nothing(viewpoint: Viewpoint) -> None:
    assert suppose(HOST, NOTHING) == HOST
    assert ranges(supposed(HOST, NOTHING, viewpoint)) == ranges(seen_as(HOST, viewpoint))


def test_of_a_workload_that_is_not_there_nothing_is_supposed() -> None:
    gone = NOTHING.settling("privileged", ["docker:gone"]).moving(["x"], Move(Enclosure.VM))
    assert suppose(HOST, gone) == HOST


def test_dropping_one_engine_socket_lifts_it_and_all_its_neighbours() -> None:
    mine, bad = a_container("mine", tenant="acme"), with_socket()
    found = judged(mine, bad)
    assert rungs(seen_as(found), mine, WW_I) == (0, 0)
    then = supposed(found, NOTHING.settling("engine-socket-mounted", [bad.id]))
    really = seen_as(
        judged(mine, replace(bad, process=a_container("bad", tenant="globex").process))
    )
    assert ranges(then) == ranges(really)
    assert rungs(then, mine, WW_I)[0] > 0
    assert rungs(then, bad, HW_I)[0] > 0


def test_a_socket_that_is_dropped_lifts_nobody_while_another_is_there() -> None:
    mine, bad, worse = a_container("mine", tenant="acme"), with_socket(), with_socket("worse")
    then = supposed(judged(mine, bad, worse), NOTHING.settling("engine-socket-mounted", [bad.id]))
    assert rungs(then, mine, WW_I) == (0, 0)
    assert rungs(then, bad, HW_I)[0] > 0


def test_a_network_that_one_side_leaves_is_left_on_both() -> None:
    one, other = on_common("one"), on_common("other")
    found = judged(one, other)
    assert found.judgements[other.id]["shared-network-segment"].holds
    then = suppose(found, NOTHING.settling("shared-network-segment", [one.id]))
    assert then.judgements[other.id]["shared-network-segment"].holds is False
    assert then.judgements[one.id]["shared-network-segment"].holds is False


def test_who_stays_on_a_network_with_a_third_still_shares_it() -> None:
    one, other, third = map(on_common, ("a", "b", "c"))
    then = suppose(judged(one, other, third), NOTHING.settling("shared-network-segment", [one.id]))
    still = then.judgements[other.id]["shared-network-segment"]
    assert still.holds
    assert still.others == (third.id,)


def test_a_neighbours_limit_protects_the_others() -> None:
    mine, greedy = a_container("mine", tenant="acme"), a_container("greedy", tenant="globex")
    found = judged(mine, greedy)
    assert rungs(seen_as(found), mine, WW_A) == (0, 0)
    then = supposed(found, NOTHING.settling("memory-limited", [greedy.id]))
    assert rungs(then, mine, WW_A) == (1, 1)
    assert rungs(then, greedy, HW_A) == (1, 1)
    assert rungs(then, mine, HW_A) == (0, 0)


def test_a_limit_that_a_neighbour_may_write_itself_protects_nobody() -> None:
    mine = a_container("mine", tenant="acme")
    cgroups = a_mount("/", "/sys/fs/cgroup", device="0:30", kind="cgroup2", source="cgroup2")
    greedy = a_container("greedy", tenant="globex", mounts=own_mounts(78, cgroups))
    found = judged(mine, greedy)
    limited = NOTHING.settling("memory-limited", [greedy.id])
    assert rungs(supposed(found, limited), mine, WW_A) == (0, 0)
    kept = limited.settling("own-limits-writable", [greedy.id])
    assert rungs(supposed(found, kept), mine, WW_A) == (1, 1)


def test_out_of_the_hosts_pid_namespace_one_no_longer_sees_its_neighbours() -> None:
    mine = a_container("mine", tenant="acme")
    nosy = a_container("nosy", tenant="globex", in_host_namespace={NamespaceKind.PID: True})
    nosier = a_container("nosier", tenant="initech", in_host_namespace={NamespaceKind.PID: True})
    identity = "neighbour-in-host-pid-namespace"
    found = judged(mine, nosy, nosier)
    one = suppose(found, NOTHING.settling("host-pid-namespace", [nosy.id]))
    assert one.judgements[mine.id][identity].holds
    assert one.judgements[nosier.id][identity].holds is False
    both = suppose(found, NOTHING.settling("host-pid-namespace", [nosy.id, nosier.id]))
    assert {both.judgements[w][identity].holds for w in both.judgements} == {False}


def test_what_is_supposed_rests_on_the_word_of_who_would_say_so() -> None:
    mine, bad = a_container("mine", tenant="acme"), with_socket()
    found = judged(mine, bad)
    dropped = NOTHING.settling("engine-socket-mounted", [bad.id])
    for viewpoint in (TENANT, AUDITOR, OPERATOR.distrusting(Party.HOST_KERNEL)):
        assert rungs(supposed(found, dropped, viewpoint), bad, HW_I)[0] == 0
    one, other = on_common("one"), on_common("other")
    apart = suppose(judged(one, other), NOTHING.settling("shared-network-segment", [one.id]))
    said = apart.judgements[other.id]["shared-network-segment"]
    assert all(Party.CONTAINER_ENGINE in way for way in said.rests_on)


@pytest.mark.parametrize("into", [Enclosure.SEV_SNP, Enclosure.TDX])
@pytest.mark.parametrize("viewpoint", [OPERATOR, TENANT, AUDITOR])
def test_a_tee_on_the_hosts_word_has_a_high_end_only(into: Enclosure, viewpoint: Viewpoint) -> None:
    for one in (a_container("c", tenant="acme"), a_machine("v", tenant="acme")):
        found = judged(one)
        plain = supposed(found, NOTHING.moving([one.id], Move(into)), viewpoint)
        assert rungs(plain, one, WH_C) == (0, 2)
        assert rungs(plain, one, WH_I) == (0, 2)
        verified = supposed(found, NOTHING.moving([one.id], Move(into, Proof.VERIFIED)), viewpoint)
        assert rungs(verified, one, WH_C) == (3, 3)
        expected = supposed(found, NOTHING.moving([one.id], Move(into, Proof.EXPECTED)), viewpoint)
        assert rungs(expected, one, WH_C) == (4, 4)


def test_evidence_is_nothing_to_who_does_not_believe_the_cpus_vendor() -> None:
    one = a_container("c", tenant="acme")
    move = NOTHING.moving([one.id], Move(Enclosure.TDX, Proof.EXPECTED))
    nobody = AUDITOR.distrusting(Party.CPU_VENDOR)
    assert rungs(supposed(judged(one), move, nobody), one, WH_C)[0] == 0


def test_a_plain_vm_keeps_nothing_from_the_host() -> None:
    one = a_container("c", tenant="acme")
    then = supposed(judged(one), NOTHING.moving([one.id], Move(Enclosure.VM)))
    assert rungs(then, one, WH_C) == (0, 0)


def test_a_plain_vm_has_no_evidence() -> None:
    with pytest.raises(ValueError, match="no hardware signs"):
        Move(Enclosure.VM, Proof.VERIFIED)


def test_a_move_to_a_vm_says_no_more_than_that() -> None:
    """What is not decided by there being a VM, or by facts of the host, is unknown."""
    bad, mine = with_socket(), a_container("mine", tenant="acme")
    then = suppose(judged(bad, mine), NOTHING.moving([bad.id], Move(Enclosure.VM)))
    own = then.judgements[bad.id]
    assert not own["engine-socket-mounted"].applicable
    assert own["own-kernel"].holds
    for identity in (
        "vmm-runs-as-root",
        "vmm-owns-host",
        "vmm-mac-label",
        "vmm-seccomp-sandbox",
        "vmm-control-open",
        "vm-console-open",
        "host-device-passed-through",
        "raw-device-access",
        "shared-network-segment",
        "shared-writable-storage",
        "memory-limited",
        "block-io-limited",
    ):
        assert own[identity].holds is None, identity
        assert own[identity].applicable, identity
    assert rungs(seen_as(then), bad, HW_C) == (0, 5)
    assert rungs(seen_as(then), mine, WW_I)[0] == 0


def test_what_a_vm_leaves_unknown_can_be_supposed_besides() -> None:
    bad, mine = with_socket(), a_container("mine", tenant="acme")
    found = judged(bad, mine)
    moved = NOTHING.moving([bad.id], Move(Enclosure.VM))
    left_open = [
        identity
        for identity in SUPPOSABLE
        if not speaks_for(identity, suppose(found, moved).judgements[bad.id][identity])
    ]
    wanted = moved
    for identity in left_open:
        wanted = wanted.settling(identity, [bad.id])
    assert rungs(supposed(found, wanted), bad, HW_C) == (5, 5)


def test_a_vm_that_is_there_keeps_what_is_known_of_it() -> None:
    vm = a_machine("v", tenant="acme")
    before = judged(vm)
    then = suppose(before, NOTHING.moving([vm.id], Move(Enclosure.SEV_SNP)))
    for identity in ("vmm-runs-as-root", "vmm-mac-label", "memory-limited"):
        assert then.judgements[vm.id][identity].holds == before.judgements[vm.id][identity].holds
    assert rungs(seen_as(then), vm, HW_C) == rungs(seen_as(before), vm, HW_C)


def test_debugging_is_off_in_what_is_supposed() -> None:
    vm = a_machine("v", says={"launch_security": LaunchSecurity("sev-snp", debug_allowed=True)})
    found = judged(vm)
    assert rungs(seen_as(found), vm, WH_C) == (0, 0)
    then = supposed(found, NOTHING.moving([vm.id], Move(Enclosure.SEV_SNP, Proof.VERIFIED)))
    assert rungs(then, vm, WH_C) == (3, 3)


@pytest.mark.parametrize("identity", SUPPOSABLE)
def test_each_that_can_be_supposed_changes_its_judgement_where_it_is_against(
    identity: str,
) -> None:
    """And leaves those of other ids on the same workload alone, but for what it implies."""
    unknown = undecided(UNREAD)
    host = replace(HOST, judgements={w: {**HOST.judgements[w], identity: unknown} for w in IDS})
    then = suppose(host, NOTHING.settling(identity, IDS[:3]))
    for workload in IDS[3:]:
        seen = then.judgements[workload][identity]
        assert seen is unknown or identity in ON_BOTH_SIDES
    for workload in IDS[:3]:
        now = then.judgements[workload][identity]
        assert speaks_for(identity, now)
        assert now.says.startswith("supposed")
        changed = {
            one
            for one in CATALOGUE
            if then.judgements[workload][one] is not host.judgements[workload][one]
        }
        by_others = {one for one in changed if one.startswith("neighbour")}
        assert changed - by_others <= {identity, "some-limit"}


@settings(max_examples=40, deadline=None)
@given(
    settled=st.dictionaries(
        st.sampled_from(SUPPOSABLE), st.frozensets(st.sampled_from(IDS), min_size=1), max_size=6
    ),
    further=st.dictionaries(
        st.sampled_from(SUPPOSABLE), st.frozensets(st.sampled_from(IDS), min_size=1), max_size=3
    ),
    viewpoint=st.sampled_from(VIEWPOINTS),
)
def test_what_is_settled_besides_never_lowers_a_verdict(
    settled: dict[str, frozenset[str]], further: dict[str, frozenset[str]], viewpoint: Viewpoint
) -> None:
    few = Suppositions(settled)
    before = ranges(supposed(HOST, few, viewpoint))
    after = ranges(supposed(HOST, few.joined(Suppositions(further)), viewpoint))
    for subject, was in before.items():
        for (low, high), (then_low, then_high) in zip(was, after[subject], strict=True):
            assert low <= then_low, subject
            assert high <= then_high, subject


@settings(max_examples=25, deadline=None)
@given(
    workloads=st.frozensets(st.sampled_from(IDS), min_size=1),
    into=st.sampled_from(list(Enclosure)),
    viewpoint=st.sampled_from(VIEWPOINTS),
)
def test_more_proof_never_lowers_a_verdict(
    workloads: frozenset[str], into: Enclosure, viewpoint: Viewpoint
) -> None:
    proofs = list(Proof) if into.is_tee else [Proof.NONE]
    found = [
        ranges(supposed(HOST, NOTHING.moving(workloads, Move(into, proof)), viewpoint))
        for proof in proofs
    ]
    for less, more in pairwise(found):
        for subject, was in less.items():
            assert all(a[0] <= b[0] for a, b in zip(was, more[subject], strict=True)), subject


class _Asked(Mapping[str, Judgement]):
    """A neighbourhood that knows whether it was asked."""

    def __init__(self, judgements: Mapping[str, Judgement]) -> None:
        self._judgements = judgements
        self.asked = False

    def __getitem__(self, identity: str) -> Judgement:
        self.asked = True
        return self._judgements[identity]

    def __iter__(self) -> Iterator[str]:
        return iter(self._judgements)

    def __len__(self) -> int:
        return len(self._judgements)


def test_everything_in_which_neighbours_have_a_part_is_judged_anew_after_a_move() -> None:
    inventory = HOST.inventory
    neighbours = Neighbours.of(inventory, HOST.claims)
    shared, around = survey(neighbours), Surroundings.of(inventory)
    needed = {need for ladder in LADDERS.values() for rung in ladder.rungs for need in rung.needs}
    asking = set()
    for workload, kind in zip(inventory.workloads, neighbours.kinds, strict=True):
        for identity in needed:
            neighbourhood = _Asked(shared[workload.id])
            CATALOGUE[identity].judge(Subject(workload, kind, inventory, neighbourhood, around))
            if neighbourhood.asked:
                asking.add(identity)
    assert asking <= set(BETWEEN)


def test_after_a_move_neighbours_are_judged_as_a_look_would_judge_them() -> None:
    mine, other = a_container("mine", tenant="acme"), a_machine("other", tenant="globex")
    then = suppose(judged(mine, other), NOTHING.moving([mine.id], Move(Enclosure.VM)))
    again = judge(then.inventory)
    for workload in (mine.id, other.id):
        for identity in BETWEEN:
            one, two = then.judgements[workload][identity], again.judgements[workload][identity]
            assert (one.holds, one.applicable) == (two.holds, two.applicable), identity


@pytest.mark.parametrize("identity", [*BY_MOVING, "unseen-workloads", "nonsense"])
def test_what_is_decided_elsewhere_cannot_be_supposed_by_itself(identity: str) -> None:
    with pytest.raises(ValueError, match="cannot be supposed by itself"):
        Suppositions({identity: frozenset({"docker:a"})})


def test_suppositions_are_taken_back_as_they_were_made() -> None:
    some = NOTHING.settling("privileged", ["a", "b"])
    assert some.unsettling("privileged", ["a"]).settled == {"privileged": frozenset({"b"})}
    assert not some.unsettling("privileged", ["a", "b"])
    moved = some.moving(["a"], Move(Enclosure.VM))
    assert moved.moving(["a"], None) == some
    assert moved.workloads == {"a", "b"}
    assert moved.among(["b"]) == NOTHING.settling("privileged", ["b"])
