"""Who a workload belongs to, and who says so."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.assessment.assess import conclude, judge
from isoscope.assessment.profile import Profile
from isoscope.assessment.tenants import (
    NO_RULES,
    TenantRulesError,
    claim,
    claims,
    parse_tenant_rules,
    tenant_unknown,
)
from isoscope.assessment.verdict import NOBODY, UNKNOWN
from isoscope.assessment.viewpoint import OPERATOR
from isoscope.assessment.vocabulary import FindingState, Status
from isoscope.inventory.observation import Party
from isoscope.inventory.workload import Attributes, SeccompMode, Workload
from tests.fakes.workloads import (
    HW_I,
    UNREAD,
    WW_C,
    WW_I,
    a_container,
    a_machine,
    a_mount,
    an_inventory,
    assessed,
    finding,
    own_mounts,
    rungs,
)

EVERY_CLAIM = {
    "labels": {"isoscope.tenant": "by-label"},
    "metadata_tenant": "by-metadata",
    "kubernetes_namespace": "by-namespace",
    "compose_project": "by-project",
    "rootless_user": "uid 1000",
}
IN_ORDER = [
    ("labels", "by-label", "label isoscope.tenant"),
    ("metadata_tenant", "by-metadata", "libvirt metadata isoscope.tenant"),
    ("kubernetes_namespace", "by-namespace", "Kubernetes namespace"),
    ("compose_project", "by-project (uid 1000)", "Compose project"),
    ("rootless_user", "uid 1000", "the user who runs it"),
]


def with_attributes(**attributes: object) -> Workload:
    return a_container("web", attributes=Attributes(**attributes))  # type: ignore[arg-type]


@pytest.mark.parametrize("place", range(len(IN_ORDER)))
def test_the_first_that_says_so_counts(place: int) -> None:
    left = [key for key, _, _ in IN_ORDER[place:]]
    workload = with_attributes(**{key: EVERY_CLAIM[key] for key in left})
    found = claim(workload, NO_RULES)
    assert (found.tenant, found.claimed_by) == IN_ORDER[place][1:]
    assert found.claimed


def test_what_nobody_claims_is_a_tenant_of_its_own() -> None:
    found = claim(with_attributes(), NO_RULES)
    assert (found.tenant, found.claimed_by) == ("docker:web", NOBODY)
    assert not found.claimed


def test_what_could_not_be_read_may_be_anybodys() -> None:
    found = claim(a_container("web", attributes_unknown=UNREAD), NO_RULES)
    assert found.claimed_by == UNKNOWN
    assert tenant_unknown(found)
    assert not found.claimed


def test_an_empty_label_claims_nothing() -> None:
    assert not claim(with_attributes(labels={"isoscope.tenant": ""}), NO_RULES).claimed


def test_a_label_is_the_word_of_whoever_started_it_and_a_cgroup_the_kernels() -> None:
    assert Party.WORKLOAD in claim(a_container("a", tenant="acme"), NO_RULES).parties
    rules = parse_tenant_rules('[[rule]]\ntenant = "x"\ncgroup = "/x/*"', "t")
    assert claim(with_attributes(cgroup="/x/1"), rules).parties == {Party.HOST_KERNEL}


def test_projects_of_one_name_but_of_two_users_are_two_tenants() -> None:
    one = with_attributes(compose_project="app", rootless_user="uid 1000")
    other = with_attributes(compose_project="app", rootless_user="uid 1001")
    assert claim(one, NO_RULES).tenant != claim(other, NO_RULES).tenant


class TestRules:
    @pytest.mark.parametrize(
        ("pattern", "attributes"),
        [
            ('engine = "dock*"', {}),
            ('name = "we?"', {}),
            ('image = "shop/*"', {"image": "shop/web:3"}),
            ('compose-project = "shop"', {"compose_project": "shop"}),
            ('kubernetes-namespace = "shop"', {"kubernetes_namespace": "shop"}),
            ('metadata-tenant = "shop"', {"metadata_tenant": "shop"}),
            ('cgroup = "/tenants/shop/*"', {"cgroup": "/tenants/shop/1"}),
            ('host-user = "uid 1000"', {"rootless_user": "uid 1000"}),
            ('label.team = "sh*"', {"labels": {"team": "shop"}}),
        ],
    )
    def test_each_kind_of_pattern(self, pattern: str, attributes: dict[str, object]) -> None:
        rules = parse_tenant_rules(f'[[rule]]\ntenant = "shop"\n{pattern}', "t.toml")
        found = claim(with_attributes(**attributes), rules)
        assert (found.tenant, found.claimed_by) == ("shop", "rule 1 of t.toml")

    def test_a_rule_outranks_a_label(self) -> None:
        rules = parse_tenant_rules('[[rule]]\ntenant = "audited"\nname = "*"', "t.toml")
        assert claim(a_container("web", tenant="acme"), rules).tenant == "audited"

    def test_the_first_that_matches_counts_and_all_its_patterns_must(self) -> None:
        text = """
            [[rule]]
            tenant = "first"
            name = "web"
            engine = "podman"
            [[rule]]
            tenant = "second"
            name = "web"
            [[rule]]
            tenant = "third"
            name = "*"
        """
        found = claim(with_attributes(), parse_tenant_rules(text, "t.toml"))
        assert (found.tenant, found.claimed_by) == ("second", "rule 2 of t.toml")

    def test_case_counts(self) -> None:
        rules = parse_tenant_rules('[[rule]]\ntenant = "t"\nname = "WEB"', "t.toml")
        assert not claim(with_attributes(), rules).claimed

    def test_a_rule_on_the_kernels_word_claims_what_has_no_labels(self) -> None:
        rules = parse_tenant_rules('[[rule]]\ntenant = "t"\ncgroup = "/x/*"', "t.toml")
        unread = a_container("web", attributes=Attributes(cgroup="/x/1"), attributes_unknown=UNREAD)
        assert claim(unread, rules).tenant == "t"

    @pytest.mark.parametrize("pattern", ['name = "web"', 'label.team = "x"', 'image = "*"'])
    def test_one_that_might_have_matched_leaves_it_open(self, pattern: str) -> None:
        rules = parse_tenant_rules(
            f'[[rule]]\ntenant = "t"\n{pattern}\n[[rule]]\ntenant = "u"\nengine = "*"', "t.toml"
        )
        assert tenant_unknown(claim(a_container("web", attributes_unknown=UNREAD), rules))

    def test_one_that_cannot_match_leaves_the_next_to_decide(self) -> None:
        rules = parse_tenant_rules(
            '[[rule]]\ntenant = "t"\nengine = "podman"\nname = "x"\n'
            '[[rule]]\ntenant = "u"\nengine = "docker"',
            "t.toml",
        )
        assert claim(a_container("web", attributes_unknown=UNREAD), rules).tenant == "u"

    def test_a_cgroup_that_was_not_read_leaves_a_rule_on_it_open(self) -> None:
        rules = parse_tenant_rules('[[rule]]\ntenant = "t"\ncgroup = "/x/*"', "t.toml")
        assert tenant_unknown(claim(a_container("web", tenant="acme"), rules))

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("[[rule", "t.toml: not TOML"),
            ("rule = 1", "t.toml: 'rule' is not a list"),
            ("rule = [1]", "rule 1 of t.toml is not a table"),
            ("[[tenant]]", "t.toml: 'tenant' is not known"),
            ("[[rule]]", "rule 1 of t.toml has no tenant"),
            ('[[rule]]\ntenant = ""', "rule 1 of t.toml has no tenant"),
            ("[[rule]]\ntenant = 1", "rule 1 of t.toml has no tenant"),
            ('[[rule]]\ntenant = "t"', "matches on nothing and would claim every workload"),
            ('[[rule]]\ntenant = "t"\nlabel = "x"', "label is not a table"),
            ('[[rule]]\ntenant = "t"\nname = 1', "the pattern of 'name' is not text"),
            ('[[rule]]\ntenant = "t"\nlabel.a = 1', "the pattern of 'a' is not text"),
            (
                '[[rule]]\ntenant = "t"\nnmae = "x"',
                "'nmae' is not known; use tenant, label, engine",
            ),
            ("a = " + "[" * 5000, "t.toml: not TOML"),
            ("a = 1" + "0" * 5000, "t.toml: not TOML"),
        ],
    )
    def test_a_file_that_says_something_else_gets_one_line(self, text: str, message: str) -> None:
        with pytest.raises(TenantRulesError) as error:
            parse_tenant_rules(text, "t.toml")
        assert message in str(error.value)
        assert "\n" not in str(error.value)

    @given(st.text())
    def test_no_text_is_a_crash(self, text: str) -> None:
        with suppress(TenantRulesError):
            parse_tenant_rules(text, "t.toml")


class TestNobodyTalksItselfIntoATenant:
    """A workload that nobody claims is alone, whatever others call themselves."""

    def test_by_claiming_its_id(self) -> None:
        alone, claimant = a_container("alone"), a_container("evil", tenant="docker:alone")
        found = claims([alone, claimant], NO_RULES)
        assert found[alone.id].tenant == "docker:alone"
        assert found[claimant.id].tenant == "docker:alone (by label isoscope.tenant)"

    def test_and_so_hides_no_sharing(self) -> None:
        shared = a_mount("/srv/data", "/data")
        alone = a_container("alone", mounts=own_mounts(1, shared))
        claimant = a_container("evil", tenant="docker:alone", mounts=own_mounts(2, shared))
        found = assessed(alone, claimant)
        assert finding(found, alone, "shared-writable-storage").state is FindingState.PRESENT

    def test_and_an_unclaimed_one_is_never_of_another_unclaimed_one(self) -> None:
        shared = a_mount("/srv/data", "/data")
        one = a_container("one", mounts=own_mounts(1, shared))
        other = a_container("other", mounts=own_mounts(2, shared))
        assert rungs(assessed(one, other), one, WW_I) == (0, 0)


class TestUnknownOwners:
    """A workload whose owner is not known may be anybody's."""

    def test_what_it_shares_is_unknown_and_never_within_one_tenant(self) -> None:
        shared = a_mount("/srv/data", "/data")
        known = a_container("known", tenant="acme", mounts=own_mounts(1, shared))
        unknown = a_container("unknown", attributes_unknown=UNREAD, mounts=own_mounts(2, shared))
        found = assessed(known, unknown)
        for workload in (known, unknown):
            shown = finding(found, workload, "shared-writable-storage")
            assert shown.state is FindingState.UNKNOWN
            assert rungs(found, workload, WW_C)[0] == 0

    def test_it_pulls_every_tenants_low_rung_down_and_lifts_nobodys(self) -> None:
        workloads = [
            a_container("a", tenant="acme"),
            a_container("b", tenant="blue"),
            a_container("u", attributes_unknown=UNREAD, seccomp=SeccompMode.DISABLED),
        ]
        found = assessed(*workloads)
        tenants = {tenant.name: tenant for tenant in found.tenants}
        for name in ("acme", "blue"):
            shown = tenants[name].verdicts[HW_I]
            assert (shown.low, shown.high) == (1, 2)
            assert tenants[name].may_include == ("docker:u",)

    def test_it_does_not_pull_down_one_that_nobody_claims(self) -> None:
        alone = a_container("alone")
        unknown = a_container("u", attributes_unknown=UNREAD, seccomp=SeccompMode.DISABLED)
        tenants = {tenant.name: tenant for tenant in assessed(alone, unknown).tenants}
        assert tenants["docker:alone"].verdicts[HW_I].low == 2
        assert not tenants["docker:alone"].may_include


class TestUnseenWorkloads:
    """Where workloads may run unseen, they may be any tenant's."""

    def test_no_tenant_is_proven_to_stand_anywhere(self) -> None:
        found = assessed(a_container("a", tenant="acme"), unseen="processes of other users")
        (acme,) = found.tenants
        assert all(shown.low == 0 for shown in acme.verdicts.values())
        assert acme.verdicts[HW_I].high == 2

    def test_one_that_is_a_tenant_by_itself_still_is(self) -> None:
        found = assessed(a_container("a"), unseen="processes of other users")
        (alone,) = found.tenants
        assert alone.verdicts[HW_I].low == 2

    def test_a_host_on_which_nothing_was_seen_is_unproven_and_not_in_order(self) -> None:
        profile = Profile("p", "P", "", {HW_I: 1})
        assert assessed(profile=profile, unseen="everything").status is Status.UNPROVEN
        assert assessed(profile=profile).status is Status.NOT_REQUIRED
        assert assessed(unseen="everything").status is Status.NOT_REQUIRED


def test_tenants_are_listed_worst_first_and_then_by_name() -> None:
    found = assessed(
        a_container("1", tenant="zeta"),
        a_container("2", tenant="alpha"),
        a_container("3", tenant="beta", seccomp=SeccompMode.DISABLED),
        a_container("4", tenant="unread", seccomp=UNREAD),
        profile=Profile("p", "P", "", {HW_I: 2}),
    )
    assert [tenant.name for tenant in found.tenants] == ["beta", "unread", "alpha", "zeta"]
    assert found.status is Status.FALLS_SHORT


def test_a_guests_owner_is_in_its_metadata() -> None:
    found = claim(a_machine("g", tenant="acme"), NO_RULES)
    assert (found.tenant, found.claimed_by) == ("acme", "libvirt metadata isoscope.tenant")


class TestProfilesOfTheirOwn:
    """Tenants may require something else than everybody."""

    STRICT = 'title = "Strict"\n[profile.acme.host-from-workload]\nintegrity = 4\n'

    def test_each_tenant_is_required_by_its_own(self) -> None:
        rules = parse_tenant_rules(f"[profile.acme]\n{self.STRICT}", "t.toml")
        everybody = Profile("all", "All", "", {HW_I: 1})
        judged = judge(
            an_inventory(a_container("a", tenant="acme"), a_container("b", tenant="blue")), rules
        )
        found = conclude(judged, profile=everybody, viewpoint=OPERATOR)
        required = {t.name: t.verdicts[HW_I].required for t in found.tenants}
        assert required == {"acme": 4, "blue": 1}
        assert found.workloads["docker:a"].verdicts[HW_I].required == 4
        assert found.profiles["acme"].title == "Strict"
        assert found.profile is everybody

    def test_of_a_workload_that_may_be_anybodys_the_most_of_all_is_required(self) -> None:
        rules = parse_tenant_rules(f"[profile.acme]\n{self.STRICT}", "t.toml")
        everybody = Profile("all", "All", "", {HW_I: 1, WW_C: 2})
        unread = a_container("u", attributes_unknown=UNREAD)
        judged = judge(an_inventory(a_container("a", tenant="acme"), unread), rules)
        found = conclude(judged, profile=everybody, viewpoint=OPERATOR)
        shown = found.workloads["docker:u"].verdicts
        assert (shown[HW_I].required, shown[WW_C].required) == (4, 2)
        assert found.workloads["docker:a"].verdicts[WW_C].required is None
        own = found.own_profile("docker:u")
        assert own is not None
        assert own.title == "whichever tenant it is"

    def test_not_to_read_whose_a_workload_is_never_makes_it_meet_what_it_did_not(self) -> None:
        rules = parse_tenant_rules(f"[profile.acme]\n{self.STRICT}", "t.toml")
        lenient = Profile("all", "All", "", {})
        read = a_container("a", tenant="acme")
        statuses = []
        for workload in (read, replace(read, attributes_unknown=UNREAD)):
            judged = judge(an_inventory(workload), rules)
            found = conclude(judged, profile=lenient, viewpoint=OPERATOR)
            statuses.append(found.workloads[read.id].verdicts[HW_I].status)
        assert statuses == [Status.FALLS_SHORT, Status.FALLS_SHORT]

    @pytest.mark.parametrize("table", ["[profile.acme]", "[profile.acme.host-from-workload]"])
    def test_one_that_requires_nothing_is_refused(self, table: str) -> None:
        with pytest.raises(TenantRulesError, match=r"t\.toml: profile\.acme: requires nothing"):
            parse_tenant_rules(table, "t.toml")

    def test_one_that_is_only_named_is_found_by_whoever_reads_the_file(self) -> None:
        asked: list[str] = []

        def find(name: str) -> Profile:
            asked.append(name)
            return Profile(name, name, "", {})

        rules = parse_tenant_rules('[profile]\nacme = "ours.toml"', "t.toml", find)
        assert asked == ["ours.toml"]
        assert rules.profiles["acme"].id == "ours.toml"

    def test_where_workloads_run_unseen_they_may_be_of_one_that_requires_something(self) -> None:
        rules = parse_tenant_rules(f"[profile.acme]\n{self.STRICT}", "t.toml")
        judged = judge(an_inventory(unseen="processes of other users"), rules)
        nothing = Profile("nothing", "Nothing", "", {})
        found = conclude(judged, profile=nothing, viewpoint=OPERATOR)
        assert found.status is Status.UNPROVEN

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("profile = 1", "t.toml: profile is not a table by tenant"),
            ("profile.acme = 1", "t.toml: profile.acme is neither a profile's name nor a table"),
            ('profile.acme = "x"', "t.toml: there is no profile 'x'"),
            ("profile.acme.rung = 1", "t.toml: profile.acme: 'rung' is not known"),
        ],
    )
    def test_one_that_is_none_gets_one_line(self, text: str, message: str) -> None:
        with pytest.raises(TenantRulesError) as error:
            parse_tenant_rules(text, "t.toml")
        assert message in str(error.value)
